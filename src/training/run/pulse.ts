/** How each layer is learning: gradient norms, the size of its steps, channels that stay silent. */
import { channelAxisOf } from './layout';
import type { Parameter } from '../../engine/trainable';
import type { EvaluationParts } from './evaluate';
import type { Examples } from './examples';
import type { LayerPulse } from './report';

/** @param before the weights before the step whose gradients these are */
export function pulsesOf(
  parameters: readonly Parameter[],
  before: ReadonlyMap<string, Float32Array>,
  gradients: ReadonlyMap<string, Float32Array>,
  dead: ReadonlyMap<string, number>
): LayerPulse[] {
  const sums = new Map<string, { gradient: number; step: number; weights: number }>();
  for (const { key, layer, values, learned } of parameters) {
    const gradient = gradients.get(key);
    const was = before.get(key);
    if (!learned || gradient === undefined || was === undefined) continue;
    const sum = sums.get(layer) ?? { gradient: 0, step: 0, weights: 0 };
    for (let i = 0; i < values.length; i++) {
      sum.gradient += (gradient[i] ?? 0) ** 2;
      sum.step += ((values[i] ?? 0) - (was[i] ?? 0)) ** 2;
      sum.weights += (was[i] ?? 0) ** 2;
    }
    sums.set(layer, sum);
  }
  return [...sums].map(([layer, { gradient, step, weights }]) => ({
    layer,
    gradientNorm: Math.sqrt(gradient),
    updateRatio: weights === 0 ? 0 : Math.sqrt(step / weights),
    dead: dead.get(layer) ?? null
  }));
}

/** By layer: the share of channels that are 0 at every position for all examples. Only layers that end in a ReLU can be so. */
export async function deadShares(
  { network, layers }: Pick<EvaluationParts, 'network' | 'layers'>,
  { inputs }: Examples,
  signal: AbortSignal
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  await network.run(inputs, {
    mode: 'infer',
    seed: 1,
    signal,
    onValue: (value) => {
      const kind = layers.get(value.layer)?.kind;
      if (kind === undefined || !('activation' in kind) || kind.kind === 'recurrent') return Promise.resolve();
      if (kind.activation.name !== 'relu' || value.output !== 0) return Promise.resolve();
      const axis = channelAxisOf(kind, value.shape.length);
      found.set(
        value.layer,
        value.inspect((data) => silent(data, value.shape, axis))
      );
      return Promise.resolve();
    }
  });
  return found;
}

function silent(data: Float32Array, shape: readonly number[], axis: number): number {
  const channels = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const alive = new Uint8Array(channels);
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== 0) alive[Math.floor(i / inner) % channels] = 1;
  }
  return 1 - alive.reduce((sum, one) => sum + one, 0) / channels;
}
