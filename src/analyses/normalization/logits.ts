/** The numbers before the last softmax or sigmoid, and back. */
import { LINEAR } from '../../core/activation';
import type { LayerKind } from '../../core/layerKind';
import type { Model } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import type { Experiment } from '../../engine/experiment';

/** The experiment whose first output are the logits; `null` where the first output does not end in a softmax. */
export function logitExperiment(model: Model): Experiment | null {
  let graph = model.root;
  for (;;) {
    const call = graph.calls[graph.outputs[0]?.call ?? -1];
    const layer = graph.layers.get(call?.layer ?? '');
    if (layer === undefined) return null;
    const { kind } = layer;
    if (kind.kind === 'model') {
      graph = kind.graph;
      continue;
    }
    const calls = graph.calls.filter((other) => other.layer === layer.id).length;
    if (calls !== 1 || !('activation' in kind) || kind.activation.name !== 'softmax') return null;
    const changed: LayerKind = kind.kind === 'activation' ? { kind: 'identity' } : { ...kind, activation: LINEAR };
    return { kinds: new Map([[layer.id, changed]]) };
  }
}

/** Softmax over the last axis. */
export function softmaxRows({ shape, data }: DenseTensor): DenseTensor {
  const width = shape.at(-1) ?? 1;
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    const top = row.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (const value of row) sum += Math.exp(value - top);
    row.forEach((value, i) => {
      result[start + i] = Math.exp(value - top) / sum;
    });
  }
  return { shape, data: result };
}

/** One run holds both changes. */
export function bothExperiments(a: Experiment | null | undefined, b: Experiment | null | undefined): Experiment {
  return {
    modes: merged(a?.modes, b?.modes),
    kinds: merged(a?.kinds, b?.kinds),
    weights: merged(a?.weights, b?.weights),
    factors: merged(a?.factors, b?.factors),
    values: merged(a?.values, b?.values)
  };
}

function merged<T>(a: ReadonlyMap<string, T> | undefined, b: ReadonlyMap<string, T> | undefined) {
  return a === undefined && b === undefined ? undefined : new Map([...(a ?? []), ...(b ?? [])]);
}
