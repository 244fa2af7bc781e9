/** Other weights for a whole network: shaken a little, or shuffled into nonsense. */
import type { LayerNode } from '../../core/model';
import { createRandom, seedFor } from '../../core/random';
import { isLearned, type WeightRole } from '../../core/tensor';

const KERNELS: ReadonlySet<WeightRole> = new Set(['kernel', 'depthwiseKernel', 'pointwiseKernel', 'recurrentKernel']);

/** How noise is measured. */
export type NoiseMeasure =
  /** `w (1 + sigma e)`: each weight by its own size. */
  | 'proportional'
  /** `w + sigma s e` with `s` the standard deviation of the layer's weight: each weight alike. */
  | 'layer';

/** Values by layer id, aligned with `LayerNode.weights`; `null` where a weight stays. */
export type WeightValues = Map<string, readonly (Float32Array | null)[]>;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const atOnce = 200_000;

/** All learned weights, read once. */
export async function readLearned(layers: Iterable<LayerNode>, signal: AbortSignal): Promise<WeightValues> {
  const values: WeightValues = new Map();
  for (const layer of layers) {
    if (!layer.weights.some(({ role }) => isLearned(role))) continue;
    const own: (Float32Array | null)[] = [];
    for (const weight of layer.weights) {
      own.push(isLearned(weight.role) ? Float32Array.from(await weight.read(signal)) : null);
    }
    values.set(layer.id, own);
    await breathe();
    signal.throwIfAborted();
  }
  return values;
}

/** Standard normal numbers for every weight, drawn from the seed for each layer and weight on its own. */
export async function drawNoise(values: WeightValues, seed: number, signal: AbortSignal): Promise<WeightValues> {
  const result: WeightValues = new Map();
  for (const [id, own] of values) {
    const drawn: (Float32Array | null)[] = [];
    for (const [i, weight] of own.entries()) {
      if (weight === null) {
        drawn.push(null);
        continue;
      }
      const random = createRandom(seedFor(seed, `${id}/${i}`));
      const noise = new Float32Array(weight.length);
      for (let k = 0; k < weight.length; k++) {
        noise[k] = random.normal();
        if (k % atOnce === atOnce - 1) {
          await breathe();
          signal.throwIfAborted();
        }
      }
      drawn.push(noise);
    }
    result.set(id, drawn);
  }
  signal.throwIfAborted();
  return result;
}

/** By weight, which does not change while it is held. */
const deviations = new WeakMap<Float32Array, number>();

function deviationOf(weight: Float32Array): number {
  const known = deviations.get(weight) ?? deviation(weight);
  deviations.set(weight, known);
  return known;
}

/** The weights with the noise of `drawNoise` added. @param sigma strength of the noise, relative as `measure` says */
export function addNoise(
  values: WeightValues,
  noise: WeightValues,
  { sigma, measure }: { readonly sigma: number; readonly measure: NoiseMeasure }
): WeightValues {
  const result: WeightValues = new Map();
  for (const [id, own] of values) {
    const drawn = noise.get(id);
    result.set(
      id,
      own.map((weight, i) => {
        const epsilon = drawn?.[i] ?? null;
        if (weight === null || epsilon === null) return null;
        const noisy = new Float32Array(weight.length);
        // Millions of weights at every move of a slider: a plain loop for each measure, and no sums done twice.
        if (measure === 'layer') {
          const size = sigma * deviationOf(weight);
          for (let k = 0; k < noisy.length; k++) noisy[k] = (weight[k] as number) + size * (epsilon[k] as number);
        } else {
          for (let k = 0; k < noisy.length; k++) {
            const w = weight[k] as number;
            noisy[k] = w + sigma * w * (epsilon[k] as number);
          }
        }
        return noisy;
      })
    );
  }
  return result;
}

/** The weights with Gaussian noise drawn from the seed: `drawNoise`, added. */
export async function shaken(
  values: WeightValues,
  { sigma, measure, seed }: { readonly sigma: number; readonly measure: NoiseMeasure; readonly seed: number },
  signal: AbortSignal
): Promise<WeightValues> {
  return addNoise(values, await drawNoise(values, seed, signal), { sigma, measure });
}

/** Numbers in all of the weights together. */
export function countOf(values: WeightValues): number {
  let count = 0;
  for (const own of values.values()) for (const weight of own) count += weight?.length ?? 0;
  return count;
}

/**
 * Every kernel with its values in a random order: as large as before, but knowing nothing. What Adebayo et al. 2018 do by
 * drawing anew; shuffling keeps each layer's scale.
 */
export async function shuffled(
  values: WeightValues,
  layers: ReadonlyMap<string, LayerNode>,
  seed: number,
  signal: AbortSignal
): Promise<WeightValues> {
  const result: WeightValues = new Map();
  for (const [id, own] of values) {
    const changed: (Float32Array | null)[] = [];
    for (const [i, weight] of own.entries()) {
      const role = layers.get(id)?.weights[i]?.role;
      if (weight === null || role === undefined || !KERNELS.has(role)) {
        changed.push(null);
        continue;
      }
      const mixed = Float32Array.from(weight);
      const random = createRandom(seedFor(seed, `${id}/${i}`));
      for (let k = mixed.length - 1; k > 0; k--) {
        const other = random.below(k + 1);
        const kept = mixed[k] ?? 0;
        mixed[k] = mixed[other] ?? 0;
        mixed[other] = kept;
        if (k % atOnce === 0) {
          await breathe();
          signal.throwIfAborted();
        }
      }
      changed.push(mixed);
    }
    result.set(id, changed);
  }
  return result;
}

/** Population standard deviation. */
export function deviation(values: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] as number;
  const mean = sum / Math.max(1, values.length);
  let squares = 0;
  for (let k = 0; k < values.length; k++) squares += ((values[k] as number) - mean) ** 2;
  return Math.sqrt(squares / Math.max(1, values.length));
}
