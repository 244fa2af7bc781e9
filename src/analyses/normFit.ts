/**
 * How well an input fits what a network was trained on, told by its batch normalisations: each keeps the mean and variance
 * its inputs had in training. How sure the answer is tells little by itself: numbers 255 times too large make any network sure.
 */
import type { Model } from '../core/model';
import { elementCount } from '../core/tensor';
import { allLayers } from './layers';

/** A batch normalisation whose statistics were learned, ready to judge its output. */
export interface NormReference {
  readonly layer: string;
  readonly name: string;
  /**
   * Root mean square of `(x - moving mean) / moving deviation` over all channels and places; near 1 in training, `null`
   * where every channel is switched off.
   */
  deviation(shape: readonly number[], output: Float32Array): number | null;
}

/** The batch normalisations that tracked statistics in training, in execution order; none for random weights. */
export async function trainedNorms(model: Model, signal: AbortSignal): Promise<NormReference[]> {
  if (model.weightsOrigin.kind !== 'file' && model.weightsOrigin.kind !== 'trained') return [];
  const found: NormReference[] = [];
  for (const layer of allLayers(model.root).values()) {
    if (layer.kind.kind !== 'batchNorm' || !layer.kind.tracksStatistics) continue;
    const read = (role: string) => layer.weights.find((weight) => weight.role === role)?.read(signal) ?? null;
    const [gamma, beta] = [await read('gamma'), await read('beta')];
    const { axis } = layer.kind;
    const { id, name } = layer;
    found.push({ layer: id, name, deviation: (shape, output) => deviationOf(shape, output, axis, gamma, beta) });
  }
  return found;
}

const smallGamma = 1e-3;

/** Undoes scale and shift, `z = (y - beta) / gamma`; channels that are switched off say nothing. */
function deviationOf(
  shape: readonly number[],
  values: Float32Array,
  axis: number,
  gamma: ArrayLike<number> | null,
  beta: ArrayLike<number> | null
): number | null {
  const at = axis < 0 ? shape.length + axis : axis;
  const channels = shape[at] ?? 1;
  const inner = elementCount(shape.slice(at + 1));
  let sum = 0;
  let count = 0;
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    const scale = gamma?.[channel] ?? 1;
    const shift = beta?.[channel] ?? 0;
    if (Math.abs(scale) < smallGamma) continue;
    for (let i = start; i < start + inner; i++) {
      const z = ((values[i] ?? Number.NaN) - shift) / scale;
      sum += z * z;
    }
    count += inner;
  }
  return count === 0 ? null : Math.sqrt(sum / count);
}

/** The spread relative to training: the geometric mean of the deviations; 1 is as in training, `null` where nothing tells. */
export function relativeSpread(deviations: readonly (number | null)[]): number | null {
  const known = deviations.filter((deviation) => deviation !== null);
  if (known.length === 0) return null;
  return Math.exp(known.reduce((sum, deviation) => sum + Math.log(deviation), 0) / known.length);
}

/**
 * A single picture has none of the differences between pictures, so its spread is often smaller than in training (down to
 * 0.57 for a thin digit in the sample network) and seldom larger (up to 1.1). A wrong range gives 1.75 and more for -1..1
 * instead of 0..1, and more than 100 for 0..255.
 */
export const isLikeTraining = (spread: number | null): boolean => spread !== null && spread >= 0.5 && spread <= 1.5;

export interface Judged {
  readonly spread: number | null;
  /** The probability of the winning class; `null` where the values are no probabilities. */
  readonly confidence: number | null;
}

const cap = 1e-7;
const logOdds = (probability: number): number => {
  const p = Math.min(1 - cap, Math.max(cap, probability));
  return Math.log(p / (1 - p));
};

/**
 * The one whose numbers are like those in training; among several such the surest, if it is clearly surer (odds at least
 * e times the next one's: this tells a digit from its negative). `null` where nothing tells or it stays open.
 */
export function clearlyBest(answers: readonly Judged[]): number | null {
  const open = answers
    .map(({ spread, confidence }, index) => ({ index, spread, odds: confidence === null ? null : logOdds(confidence) }))
    .filter(({ spread }) => isLikeTraining(spread))
    .sort((a, b) => (b.odds ?? -Infinity) - (a.odds ?? -Infinity));
  const [first, second] = open;
  if (first === undefined) return null;
  if (second === undefined) return first.index;
  return first.odds !== null && second.odds !== null && first.odds - second.odds >= 1 ? first.index : null;
}
