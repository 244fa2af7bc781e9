/** The X-ray of a normalisation layer over a batch: what its values were, are after normalising, and after gamma and beta. */
import type { Statistics } from '../../protocol/values';
import { statistics } from '../statistics';
import type { NormPlan } from './plan';
import { eachSample, type NormParameters, type Pause, type UnitStatistics } from './stages';

export const outlierLimits = { shift: 0.5, ratio: 2 } as const;
const bins = 24;
const channelLimit = 2048;
/** The shared axis reaches this many deviations from each stage's mean, but not beyond its values. */
const reach = 4;

export interface Histograms {
  readonly edges: readonly number[];
  /** `[stage][channel][bin]` */
  readonly counts: Uint32Array;
  readonly shownChannels: number;
  readonly stages: readonly [Statistics, Statistics, Statistics];
}

type Three = readonly [Float32Array, Float32Array, Float32Array];

/** @param values the batch before normalising, normalised, and after gamma and beta, each in the plan's order */
export async function channelHistograms(plan: NormPlan, values: Three, pause: Pause): Promise<Histograms> {
  const before = statistics(values[0]);
  await pause();
  const normalized = statistics(values[1]);
  await pause();
  const stages = [before, normalized, statistics(values[2])] as const;
  await pause();
  const edges = sharedEdges(stages, bins);
  const shownChannels = Math.min(channelLimit, plan.channels);
  const counts = new Uint32Array(3 * shownChannels * bins);
  const place = binOf(edges);
  for (const [stage, data] of values.entries()) {
    await eachSample(plan, pause, (_, at) => {
      for (let e = 0; e < plan.sampleSize; e++) {
        const channel = plan.channelOf[e] ?? 0;
        const bin = place(data[at + e] ?? Number.NaN);
        if (channel >= shownChannels || bin < 0) continue;
        const index = (stage * shownChannels + channel) * bins + bin;
        counts[index] = (counts[index] ?? 0) + 1;
      }
    });
  }
  return { edges, counts, shownChannels, stages };
}

/** One channel alone, on an axis of its own that all three stages share. */
export function oneChannel(plan: NormPlan, values: Three, channel: number, count = 48) {
  const own = values.map((data) => valuesOf(plan, data, channel)) as [Float32Array, Float32Array, Float32Array];
  const edges = sharedEdges([statistics(own[0]), statistics(own[1]), statistics(own[2])], count);
  const place = binOf(edges);
  const counts = own.map((data) => {
    const bars = new Array<number>(edges.length - 1).fill(0);
    for (const value of data) {
      const bin = place(value);
      if (bin >= 0) bars[bin] = (bars[bin] ?? 0) + 1;
    }
    return bars;
  }) as [number[], number[], number[]];
  return { edges, counts };
}

/** All values of a channel in the batch. */
export function valuesOf(plan: NormPlan, data: Float32Array, channel: number): Float32Array {
  const elements: number[] = [];
  plan.channelOf.forEach((own, element) => {
    if (own === channel) elements.push(element);
  });
  const found = new Float32Array(plan.batch * elements.length);
  for (let sample = 0; sample < plan.batch; sample++) {
    elements.forEach((element, i) => {
      found[sample * elements.length + i] = data[sample * plan.sampleSize + element] ?? Number.NaN;
    });
  }
  return found;
}

/** From the least to the greatest value within `reach` deviations over all stages. */
export function sharedEdges(stages: readonly Statistics[], count: number): number[] {
  const low = Math.min(...stages.map(({ min, mean, std }) => Math.max(min, mean - reach * std)));
  const high = Math.max(...stages.map(({ max, mean, std }) => Math.min(max, mean + reach * std)));
  if (!(high > low)) return [low - 0.5, low + 0.5];
  return Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
}

/** -1 for what is not finite; values beyond the ends count in the end bins. */
function binOf(edges: readonly number[]): (value: number) => number {
  const low = edges[0] ?? 0;
  const count = edges.length - 1;
  const width = ((edges.at(-1) ?? 1) - low) / count;
  return (value) => (Number.isFinite(value) ? Math.max(0, Math.min(count - 1, Math.floor((value - low) / width))) : -1);
}

export interface Outlier {
  readonly channel: number;
  /** `(batch mean - moving mean) / sqrt(moving variance + epsilon)` */
  readonly shift: number;
  /** `batch variance / moving variance`, epsilon added to both. */
  readonly ratio: number;
}

/** Channels whose batch and moving statistics disagree beyond `outlierLimits`, worst first. */
export function outliersOf(own: UnitStatistics, { mean, variance }: NormParameters, epsilon: number): Outlier[] {
  if (mean === null || variance === null) return [];
  const all = Array.from(own.mean, (batchMean, channel): Outlier => {
    const moving = (variance[channel] ?? 0) + epsilon;
    return {
      channel,
      shift: (batchMean - (mean[channel] ?? 0)) / Math.sqrt(moving),
      ratio: ((own.variance[channel] ?? 0) + epsilon) / moving
    };
  });
  const badness = ({ shift, ratio }: Outlier) =>
    Math.max(Math.abs(shift) / outlierLimits.shift, Math.abs(Math.log(ratio)) / Math.log(outlierLimits.ratio));
  return all.filter((one) => badness(one) > 1).sort((a, b) => badness(b) - badness(a));
}

/** Never trained: Keras and PyTorch start at mean 0, variance 1. */
export function areInitial({ mean, variance }: NormParameters): boolean {
  if (mean === null || variance === null) return false;
  return Array.from(mean).every((value) => value === 0) && Array.from(variance).every((value) => value === 1);
}

/** Mean over the parameters that belong to each channel: themselves where each channel has one. */
export function byChannel(plan: NormPlan, parameters: ArrayLike<number> | null): Float32Array | null {
  if (parameters === null) return null;
  if (plan.parameters === plan.channels) return Float32Array.from(parameters);
  const sum = new Float64Array(plan.channels);
  const count = new Float64Array(plan.channels);
  plan.parameterOf.forEach((parameter, element) => {
    const channel = plan.channelOf[element] ?? 0;
    sum[channel] = (sum[channel] ?? 0) + (parameters[parameter] ?? 0);
    count[channel] = (count[channel] ?? 0) + 1;
  });
  return Float32Array.from(sum, (total, channel) => total / Math.max(1, count[channel] ?? 1));
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return largest;
}
