/** How answers spread over many passes under masks (Monte Carlo dropout, Gal and Ghahramani 2016). */
import { areProbabilities } from '../outputs';
import { leaderOf } from '../answerChange';
import type { AnswerMeaning } from './meaning';

/** Mean and standard deviation (over the number of passes) of each output; `rows` are `[passes, outputs]`. */
export function meanAndStd(rows: Float32Array, passes: number): { mean: Float64Array; std: Float64Array } {
  const outputs = rows.length / Math.max(1, passes);
  const mean = new Float64Array(outputs);
  const std = new Float64Array(outputs);
  for (let k = 0; k < outputs; k++) {
    let sum = 0;
    for (let row = 0; row < passes; row++) sum += rows[row * outputs + k] ?? 0;
    mean[k] = sum / passes;
    let squares = 0;
    for (let row = 0; row < passes; row++) squares += ((rows[row * outputs + k] ?? 0) - (mean[k] ?? 0)) ** 2;
    std[k] = Math.sqrt(squares / passes);
  }
  return { mean, std };
}

/** The values themselves where they are probabilities, else their softmax. */
export function asProbabilities(values: Float32Array): Float64Array {
  if (areProbabilities(values)) return Float64Array.from(values);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(values, (value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** Shannon's entropy in bits. */
export function entropy(probabilities: ArrayLike<number>): number {
  let bits = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] ?? 0;
    if (p > 0) bits -= p * Math.log2(p);
  }
  return bits;
}

/** Labels that each hold or not: the sum of their own entropies, in bits. */
export function labelEntropy(probabilities: ArrayLike<number>): number {
  let bits = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] ?? 0;
    bits += entropy([p, 1 - p]);
  }
  return bits;
}

/**
 * Predictive entropy `H[mean p]` and mutual information `H[mean p] - mean H[p]` between answer and mask (Houlsby et al.
 * 2011; Gal, Islam and Ghahramani 2017), in bits. Labels are taken as independent of each other, given the mask, and
 * their entropies are summed.
 */
export function uncertainty(
  rows: Float32Array,
  passes: number,
  meaning: AnswerMeaning = 'classes'
): { entropy: number; mutualInformation: number } {
  const bits = meaning === 'labels' ? labelEntropy : entropy;
  const outputs = rows.length / Math.max(1, passes);
  const mean = new Float64Array(outputs);
  let inner = 0;
  for (let row = 0; row < passes; row++) {
    const own = rows.subarray(row * outputs, (row + 1) * outputs);
    const p = meaning === 'labels' ? Float64Array.from(own) : asProbabilities(own);
    p.forEach((value, k) => (mean[k] = (mean[k] ?? 0) + value / passes));
    inner += bits(p) / passes;
  }
  const whole = bits(mean);
  return { entropy: whole, mutualInformation: Math.max(0, whole - inner) };
}

/** Upper end of the entropy, in bits. */
export function entropyLimit(outputs: number, meaning: AnswerMeaning): number {
  return meaning === 'labels' ? outputs : Math.log2(Math.max(1, outputs));
}

/** Leading output of each row. */
export function leaders(rows: Float32Array, count: number): number[] {
  const outputs = rows.length / Math.max(1, count);
  return Array.from({ length: count }, (_, row) => leaderOf(rows.subarray(row * outputs, (row + 1) * outputs)));
}
