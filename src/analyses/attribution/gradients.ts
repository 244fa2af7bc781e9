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

/** SmoothGrad (Smilkov et al. 2017): the mean of the gradients at noisy copies of the input. */
export async function smoothGrad(
  explainer: Explainer,
  question: Question,
  { samples, sigma, seed }: SmoothOptions
): Promise<DenseTensor> {
  const input = lookedAt(question);
  const deviation = sigma * rangeOf(input.data);
  const random = createRandom(seed);
  return meanGradient(explainer, question, samples, () =>
    input.data.map((value) => value + deviation * Math.fround(random.normal()))
  );
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
  const mean = await meanGradient(explainer, question, steps, (k) => {
    const share = (k + 0.5) / steps;
    return input.data.map((value, i) => (baseline[i] ?? 0) + share * (value - (baseline[i] ?? 0)));
  });
  const data = mean.data.map((gradient, i) => gradient * ((input.data[i] ?? 0) - (baseline[i] ?? 0)));
  const { objective, experiment } = question;
  const ends = { shape: [2, ...input.shape.slice(1)], data: Float32Array.from([...input.data, ...baseline]) };
  const scores = await explainer.gradient(withInput(question, ends), { objective, at: [], experiment });
  const [score = 0, baselineScore = 0] = scores.objective;
  let sum = 0;
  for (const value of data) sum += value;
  return { attribution: { shape: input.shape, data }, score, baselineScore, sum };
}

/** The mean of the gradients at several inputs, a few at a time; `point` is called once for each, in order. */
async function meanGradient(
  explainer: Explainer,
  question: Question,
  count: number,
  point: (index: number) => Float32Array
): Promise<DenseTensor> {
  const { shape, data: own } = lookedAt(question);
  const { objective, inputKey, experiment, onProgress } = question;
  const { length } = own;
  const sum = new Float64Array(length);
  const size = batchSize(length);
  for (let start = 0; start < count; start += size) {
    const entries = Math.min(size, count - start);
    const data = new Float32Array(entries * length);
    for (let n = 0; n < entries; n++) data.set(point(start + n), n * length);
    const batch = { shape: [entries, ...shape.slice(1)], data };
    const result = await explainer.gradient(withInput(question, batch), { objective, at: [inputKey], experiment });
    const gradient = gradientAt(result, inputKey).data;
    for (let i = 0; i < gradient.length; i++) sum[i % length] = (sum[i % length] ?? 0) + (gradient[i] ?? 0) / count;
    onProgress?.((start + entries) / count);
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
