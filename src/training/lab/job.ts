/** One training of a lab, and what came out of it; plain data, kept as JSON. */
import type { Variant } from './changes';

export interface LabJob {
  /** Unique in its lab, fit for a file name. */
  readonly id: string;
  readonly variant: Variant;
  /** Of weights, order, masks, noise and the sample of training images: variants of one seed differ in nothing else. */
  readonly seed: number;
  /** Training images; `null`: all. */
  readonly size: number | null;
  /** Every training image gets a label drawn by the seed: what is learned then is memorised. */
  readonly randomLabels: boolean;
  readonly epochs: number;
  readonly batchSize: number;
  /** Steps between looks at the validation data, beside the end of each epoch; `null`: only then. */
  readonly checkEvery: number | null;
  /** Epochs between looks that measure training images too, beside the last epoch; 1: after each. */
  readonly everyEpochs: number;
  /** In place of the optimizer's own; `null` keeps that. */
  readonly learningRate: number | null;
}

export interface Score {
  readonly loss: number;
  /** In [0, 1]. */
  readonly accuracy: number;
}

/** A look at the network after some steps. Losses are without penalties, so that variants compare. */
export interface CurvePoint {
  readonly step: number;
  readonly epoch: number;
  /** Means over the epoch as it was trained: dropout on, weights on the move. */
  readonly running: Score | null;
  /** On training images as validation is measured: dropout off, moving statistics. */
  readonly train: Score | null;
  /** With moving statistics. */
  readonly validation: Score;
  /** With each batch's own statistics; `null` without batch norm. */
  readonly validationOnBatch: Score | null;
}

export type JobEnding =
  | { readonly kind: 'finished' }
  /** A loss that is no number any more. */
  | { readonly kind: 'diverged'; readonly step: number; readonly layer: string | null }
  /** It could not be run, and why. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface JobResult {
  readonly version: 1;
  readonly job: LabJob;
  readonly points: readonly CurvePoint[];
  readonly ending: JobEnding;
  /** Layers with other weights than the model's own: `Twin.refreshed`. */
  readonly refreshed: readonly string[];
  readonly seconds: number;
}

export interface JobHooks {
  readonly signal: AbortSignal;
  /** In [0, 1]. */
  onShare?(share: number): void;
  onPoint?(point: CurvePoint): void;
  /** Awaited between steps: lets messages in. */
  turn(): Promise<void>;
}

/** Runs one job from its beginning. @throws the signal's reason when it aborts */
export type JobRunner = (job: LabJob, hooks: JobHooks) => Promise<JobResult>;

/** Jobs for every variant and seed: one seed after the other, so that an early look compares all variants. */
export function jobsFor(
  variants: readonly Variant[],
  seeds: readonly number[],
  plan: Omit<LabJob, 'id' | 'variant' | 'seed'>
): LabJob[] {
  return seeds.flatMap((seed) =>
    variants.map((variant) => {
      const size = plan.size === null ? 'all' : String(plan.size);
      const id = [variant.id, size, ...(plan.randomLabels ? ['random'] : []), `seed${String(seed)}`].join('-');
      return { ...plan, id, variant, seed };
    })
  );
}
