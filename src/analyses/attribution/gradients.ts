/** Attribution by gradients with respect to the input: plain, under noise, along a path. */
import { createRandom } from '../../core/random';
import type { DenseTensor } from '../../core/tensor';
import { batchSize, gradientAt, lookedAt, withInput, type Explainer, type Question } from './explainer';

/**
 * Vanilla gradient (Simonyan et al. 2014): the signed gradient of the score with respect to each input value; pictures of
 * it show its size.
 * @returns shaped as the input
 */
export async function saliency(explainer: Explainer, question: Question): Promise<DenseTensor> {
  const { objective, inputs, inputKey, experiment } = question;
  return gradientAt(await explainer.gradient(inputs, { objective, at: [inputKey], experiment }), inputKey);
}

export interface SmoothOptions {
  readonly samples: number;
  /** Standard deviation of the noise as a share of the input's range (greatest minus least value). */
  readonly sigma: number;
  readonly seed: number;
}

/** The noise of one sample, standard normal, as `smoothGrad` draws it. */
export function noiseOf(seed: number, samples: number, length: number): Float32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: samples }, () => Float32Array.from({ length }, () => random.normal()));
}

/** SmoothGrad (Smilkov et al. 2017): the mean of the gradients at noisy copies of the input. */
export async function smoothGrad(
  explainer: Explainer,
  question: Question,
  { samples, sigma, seed }: SmoothOptions
): Promise<DenseTensor> {
  const input = lookedAt(question);
  const deviation = sigma * rangeOf(input.data);
  const noise = noiseOf(seed, samples, input.data.length);
  const copies = noise.map((one) => one.map((value, i) => (input.data[i] ?? 0) + deviation * value));
  return meanGradient(explainer, question, copies, () => 1 / samples);
}

export interface IntegratedOptions {
  readonly steps: number;
  /** Shaped as the input. */
  readonly baseline: Float32Array;
}

export interface Integrated {
  readonly attribution: DenseTensor;
  /** Score of the input, of the baseline, and the sum of all attributions, which should be their difference. */
  readonly score: number;
  readonly baselineScore: number;
  readonly sum: number;
}

/**
 * Integrated gradients (Sundararajan et al. 2017, equation 1): the input's difference to the baseline times the mean
 * gradient along the straight line between them, by the midpoint rule. Completeness says that the attributions sum to the
 * difference of the scores; what is missing is the error of the sum over steps.
 */
export async function integratedGradients(
  explainer: Explainer,
  question: Question,
  { steps, baseline }: IntegratedOptions
): Promise<Integrated> {
  const input = lookedAt(question);
  const points = Array.from({ length: steps }, (_, k) => {
    const share = (k + 0.5) / steps;
    return input.data.map((value, i) => (baseline[i] ?? 0) + share * (value - (baseline[i] ?? 0)));
  });
  const mean = await meanGradient(explainer, question, points, () => 1 / steps);
  const data = mean.data.map((gradient, i) => gradient * ((input.data[i] ?? 0) - (baseline[i] ?? 0)));
  const { objective, experiment } = question;
  const ends = { shape: [2, ...input.shape.slice(1)], data: Float32Array.from([...input.data, ...baseline]) };
  const scores = await explainer.gradient(withInput(question, ends), { objective, at: [], experiment });
  const [score = 0, baselineScore = 0] = scores.objective;
  let sum = 0;
  for (const value of data) sum += value;
  return { attribution: { shape: input.shape, data }, score, baselineScore, sum };
}

/** The weighted sum of the gradients at several inputs, a few at a time. */
async function meanGradient(
  explainer: Explainer,
  question: Question,
  points: readonly Float32Array[],
  weight: (index: number) => number
): Promise<DenseTensor> {
  const { shape } = lookedAt(question);
  const { objective, inputKey, experiment, onProgress } = question;
  const length = points[0]?.length ?? 0;
  const sum = new Float64Array(length);
  const size = batchSize(length);
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size);
    const data = new Float32Array(part.length * length);
    part.forEach((point, i) => data.set(point, i * length));
    const batch = { shape: [part.length, ...shape.slice(1)], data };
    const result = await explainer.gradient(withInput(question, batch), { objective, at: [inputKey], experiment });
    const gradient = gradientAt(result, inputKey).data;
    for (let n = 0; n < part.length; n++) {
      const factor = weight(start + n);
      for (let i = 0; i < length; i++) sum[i] = (sum[i] ?? 0) + factor * (gradient[n * length + i] ?? 0);
    }
    onProgress?.(Math.min(1, (start + part.length) / points.length));
  }
  return { shape, data: Float32Array.from(sum) };
}

function rangeOf(values: Float32Array): number {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most > least ? most - least : 1;
}
