/**
 * The three stages of a normalisation layer, computed apart from the engine: the values before, the normalised ones
 * `(x - mean) / sqrt(variance + epsilon)` and `gamma * normalised + beta` (Ioffe and Szegedy 2015; Ba et al. 2016 over the features
 * of a sample; Wu and He 2018 over groups of channels). Variances are biased, as all of them define them. Sums in float64.
 */
import type { StatisticsMode } from '../../protocol/effects/normalization';
import type { NormPlan } from './plan';

export interface UnitStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** The layer's own numbers; `null` where it has none. */
export interface NormParameters {
  readonly gamma: Float32Array | null;
  readonly beta: Float32Array | null;
  readonly mean: ArrayLike<number> | null;
  readonly variance: ArrayLike<number> | null;
}

/** Lets others run between two samples, and stops where the request is cancelled. */
export type Pause = () => Promise<void>;
const noPause: Pause = () => Promise.resolve();

/** Mean and biased variance of each unit; for `rms` mean 0 and the mean square. @param data `[N, …]` as the plan's shape */
export async function unitStatistics(plan: NormPlan, data: Float32Array, pause = noPause): Promise<UnitStatistics> {
  const mean = new Float64Array(plan.units);
  const variance = new Float64Array(plan.units);
  if (plan.form !== 'rms') {
    await eachSample(plan, pause, (sample, at) => {
      for (let e = 0; e < plan.sampleSize; e++) {
        const unit = (plan.unitOf[e] ?? 0) + sample * plan.unitStride;
        mean[unit] = (mean[unit] ?? 0) + (data[at + e] ?? 0);
      }
    });
    for (let unit = 0; unit < mean.length; unit++) mean[unit] = (mean[unit] ?? 0) / plan.valuesPerUnit;
  }
  await eachSample(plan, pause, (sample, at) => {
    for (let e = 0; e < plan.sampleSize; e++) {
      const unit = (plan.unitOf[e] ?? 0) + sample * plan.unitStride;
      variance[unit] = (variance[unit] ?? 0) + ((data[at + e] ?? 0) - (mean[unit] ?? 0)) ** 2;
    }
  });
  for (let unit = 0; unit < variance.length; unit++) variance[unit] = (variance[unit] ?? 0) / plan.valuesPerUnit;
  return { mean, variance };
}

/** What the layer subtracts and divides by: the batch's, the input's own, or the moving statistics. */
export function usedStatistics(
  plan: NormPlan,
  own: UnitStatistics,
  parameters: NormParameters,
  mode: StatisticsMode
): UnitStatistics {
  if (plan.form !== 'batch' || mode === 'batch' || parameters.mean === null || parameters.variance === null) return own;
  return { mean: Float64Array.from(parameters.mean), variance: Float64Array.from(parameters.variance) };
}

/** Where `(x - mean) * inverse * gamma + beta` finds its numbers, by element of a sample. */
export interface NormStages {
  normalized(sample: number, element: number, x: number): number;
  result(element: number, normalized: number): number;
}

export function stagesOf(plan: NormPlan, used: UnitStatistics, { gamma, beta }: NormParameters): NormStages {
  const inverse = used.variance.map((variance) => 1 / Math.sqrt(variance + plan.epsilon));
  return {
    normalized: (sample, element, x) => {
      const unit = (plan.unitOf[element] ?? 0) + sample * plan.unitStride;
      return (x - (used.mean[unit] ?? 0)) * (inverse[unit] ?? 1);
    },
    result: (element, normalized) => {
      const parameter = plan.parameterOf[element] ?? 0;
      return normalized * (gamma?.[parameter] ?? 1) + (beta?.[parameter] ?? 0);
    }
  };
}

/** The layer's output for the whole batch. */
export async function normalizeAll(
  plan: NormPlan,
  stages: NormStages,
  data: Float32Array,
  pause = noPause
): Promise<{ readonly normalized: Float32Array; readonly result: Float32Array }> {
  const normalized = new Float32Array(data.length);
  const result = new Float32Array(data.length);
  await eachSample(plan, pause, (sample, at) => {
    for (let e = 0; e < plan.sampleSize; e++) {
      const value = stages.normalized(sample, e, data[at + e] ?? 0);
      normalized[at + e] = value;
      result[at + e] = stages.result(e, value);
    }
  });
  return { normalized, result };
}

export async function eachSample(
  plan: Pick<NormPlan, 'batch' | 'sampleSize'>,
  pause: Pause,
  visit: (sample: number, at: number) => void
): Promise<void> {
  for (let sample = 0; sample < plan.batch; sample++) {
    visit(sample, sample * plan.sampleSize);
    await pause();
  }
}
