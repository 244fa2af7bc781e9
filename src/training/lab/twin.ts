/** Two or more variants of one network on the same seeds and batches, and what sets them apart. */
import type { Change, Variant } from './changes';
import { t } from '../../core/texts';
import { jobsFor, type CurvePoint, type JobResult, type JobRunner, type LabJob } from './job';
import {
  bestAccuracy,
  gapOf,
  lastMeasured,
  meanCurve,
  meanSpread,
  paired,
  stepsTo,
  type MeanSpread,
  type Statistics
} from './measures';
import { LabQueue, type QueueEvent } from './queue';
import { judge, timeDifferences, type Verdict } from './verdict';

export interface TwinPlan {
  /** The first is the one that the others are compared with. */
  readonly variants: readonly Variant[];
  readonly seeds: readonly number[];
  readonly size: number | null;
  /** How many images "all" are. */
  readonly all: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number | null;
  readonly checkEvery: number | null;
  /** Whose time is taken, in [0, 1]. */
  readonly target: number;
}

/** The model as it is beside the model with the changes. */
export function twinsOf(label: string, changes: readonly Change[]): readonly Variant[] {
  return [
    { id: 'asWritten', label: t('As written'), changes: [] },
    { id: 'changed', label, changes }
  ];
}

export function twinJobs(plan: TwinPlan): LabJob[] {
  const { size, epochs, batchSize, learningRate, checkEvery } = plan;
  const training = { size, randomLabels: false, epochs, batchSize, learningRate, checkEvery, everyEpochs: 1 };
  return jobsFor(plan.variants, plan.seeds, training);
}

export interface VariantSummary {
  readonly variant: Variant;
  readonly results: readonly JobResult[];
  /** With mean and spread over seeds at every step that all of them looked at. */
  readonly curves: {
    readonly trainLoss: Curve;
    readonly trainAccuracy: Curve;
    readonly validationLoss: Curve;
    readonly validationAccuracy: Curve;
    /** On batch statistics; the curve above where there is no batch norm. */
    readonly batchLoss: Curve;
    readonly batchAccuracy: Curve;
  };
  readonly gapAccuracy: MeanSpread | null;
  readonly gapLoss: MeanSpread | null;
  readonly finalAccuracy: MeanSpread | null;
  readonly finalLoss: MeanSpread | null;
  readonly best: Readonly<Record<Statistics, MeanSpread | null>>;
  readonly stepsToTarget: Readonly<Record<Statistics, Arrival>>;
  readonly diverged: number;
}

export type Curve = readonly (MeanSpread & { readonly step: number })[];

export interface Arrival {
  /** Over the seeds that arrived. */
  readonly steps: MeanSpread | null;
  readonly arrived: number;
  readonly of: number;
}

/** Against the first variant; positive differences are in the words of each field. */
export interface Comparison {
  readonly variant: string;
  readonly narrowsGapAccuracy: Verdict;
  readonly narrowsGapLoss: Verdict;
  readonly raisesAccuracy: Verdict;
  readonly lowersLoss: Verdict;
  readonly faster: Readonly<Record<Statistics, Verdict>>;
}

export interface TwinSummary {
  readonly target: number;
  readonly variants: readonly VariantSummary[];
  readonly comparisons: readonly Comparison[];
}

/** Smallest mean differences that are worth a word. */
export const WORTH = { accuracy: 0.002, loss: 0.01, steps: 1 } as const;

export function summarizeTwins(results: readonly JobResult[], plan: TwinPlan): TwinSummary {
  const [first, ...others] = plan.variants;
  return {
    target: plan.target,
    variants: plan.variants.map((variant) => summaryOf(variant, results, plan.target)),
    comparisons: first === undefined ? [] : others.map(({ id }) => comparisonOf(first.id, id, results, plan))
  };
}

function summaryOf(variant: Variant, all: readonly JobResult[], target: number): VariantSummary {
  const results = all.filter(({ job }) => job.variant.id === variant.id);
  const over = (value: (result: JobResult) => number | null): MeanSpread | null =>
    meanSpread(results.flatMap((result) => value(result) ?? []));
  const arrival = (statistics: Statistics): Arrival => {
    const steps = results.flatMap(({ points }) => stepsTo(points, target, statistics) ?? []);
    return { steps: meanSpread(steps), arrived: steps.length, of: results.length };
  };
  const curve = (value: (point: CurvePoint) => number | null): Curve => meanCurve(results, value);
  return {
    variant,
    results,
    curves: {
      trainLoss: curve(({ train }) => train?.loss ?? null),
      trainAccuracy: curve(({ train }) => train?.accuracy ?? null),
      validationLoss: curve(({ validation }) => validation.loss),
      validationAccuracy: curve(({ validation }) => validation.accuracy),
      batchLoss: curve(({ validation, validationOnBatch }) => (validationOnBatch ?? validation).loss),
      batchAccuracy: curve(({ validation, validationOnBatch }) => (validationOnBatch ?? validation).accuracy)
    },
    gapAccuracy: over((result) => gapOf(result)?.accuracy ?? null),
    gapLoss: over((result) => gapOf(result)?.loss ?? null),
    finalAccuracy: over(({ points }) => lastMeasured(points)?.validation.accuracy ?? null),
    finalLoss: over(({ points }) => lastMeasured(points)?.validation.loss ?? null),
    best: {
      moving: over(({ points }) => bestAccuracy(points, 'moving')),
      batch: over(({ points }) => bestAccuracy(points, 'batch'))
    },
    stepsToTarget: { moving: arrival('moving'), batch: arrival('batch') },
    diverged: results.filter(({ ending }) => ending.kind === 'diverged').length
  };
}

function comparisonOf(first: string, other: string, results: readonly JobResult[], plan: TwinPlan): Comparison {
  const compare = (value: (result: JobResult) => number | null, direction: 1 | -1, worth: number): Verdict =>
    judge(
      paired(results, [first, other], value).map(({ seed, a, b }) => ({ seed, value: direction * (b - a) })),
      worth
    );
  const faster = (statistics: Statistics): Verdict => {
    const pairs = paired(results, [first, other], ({ points }) => ({ at: stepsTo(points, plan.target, statistics) }));
    const times = pairs.map(({ seed, a, b }) => ({ seed, a: a.at, b: b.at }));
    const budget = plan.epochs * Math.ceil((plan.size ?? plan.all) / plan.batchSize);
    return judge(timeDifferences(times, budget), WORTH.steps);
  };
  return {
    variant: other,
    narrowsGapAccuracy: compare((result) => gapOf(result)?.accuracy ?? null, -1, WORTH.accuracy),
    narrowsGapLoss: compare((result) => gapOf(result)?.loss ?? null, -1, WORTH.loss),
    raisesAccuracy: compare(({ points }) => lastMeasured(points)?.validation.accuracy ?? null, 1, WORTH.accuracy),
    lowersLoss: compare(({ points }) => lastMeasured(points)?.validation.loss ?? null, -1, WORTH.loss),
    faster: { moving: faster('moving'), batch: faster('batch') }
  };
}

export interface TwinExperiment {
  readonly queue: LabQueue;
  /** What is known so far. */
  summary(): TwinSummary;
}

/** A queue of the plan's jobs through any runner; start, stop and resume it as every lab. */
export function twinExperiment(
  plan: TwinPlan,
  run: JobRunner,
  options: {
    readonly results?: readonly JobResult[] | undefined;
    readonly onEvent?: ((event: QueueEvent) => void) | undefined;
    readonly keep?: ((result: JobResult) => Promise<void>) | undefined;
    readonly turn?: (() => Promise<void>) | undefined;
  } = {}
): TwinExperiment {
  const queue = new LabQueue({ jobs: twinJobs(plan), run, ...options });
  return { queue, summary: () => summarizeTwins(queue.results, plan) };
}

/**
 * How much of the data a moving mean has seen: after t steps `1 - momentum^t`, the rest is the initial value. Below one half
 * a short run looks broken on moving statistics and is not.
 */
export function movingShare(momentum: number, steps: number): number {
  return 1 - momentum ** steps;
}

/** Why the two validation curves of a batch norm part; `null` where they do not by more than 5 points, or there is but one. */
export function partingText(point: CurvePoint, momentum: number): string | null {
  const { validation, validationOnBatch, step } = point;
  if (validationOnBatch === null || validationOnBatch.accuracy - validation.accuracy < 0.05) return null;
  const held = Math.round(100 * movingShare(momentum, step));
  return t(
    'After {0} steps with momentum {1} the moving statistics hold {2} % of the data; the rest is what they started from. With momentum 0.9 they follow sooner.',
    step,
    momentum,
    held
  );
}
