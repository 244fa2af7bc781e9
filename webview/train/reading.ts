/** What a run's scores say: the gap between training and validation, and what kind of trouble there is, if any. */
import type { EpochReport, TrainingForm } from '../../src/protocol/training';
import { isShare } from './metricWords';

/** Training above validation by this share is overfitting. */
const wideGap = 0.05;
/** A validation loss this far above its own best, while the training loss goes down, is overfitting too. */
const risenBy = 1.15;
/** A network that gets fewer than this share of its own training examples right underfits. */
const weak = 0.7;

export interface Reading {
  readonly epoch: number;
  readonly train: number | null;
  readonly validation: number | null;
  /** Training minus validation for a share; `null` without a metric or without validation. */
  readonly gap: number | null;
  /** Validation loss minus training loss. */
  readonly lossGap: number | null;
  readonly trainLoss: number;
  readonly validationLoss: number | null;
  /** The epoch with the lowest validation loss. */
  readonly bestEpoch: number | null;
  /** How much better validation is on the statistics of each batch. */
  readonly lag: number | null;
  readonly kind: 'lagging' | 'overfit' | 'underfit' | 'fits';
}

export function readRun(epochs: readonly EpochReport[], metricNames: readonly string[]): Reading | null {
  const last = epochs.at(-1);
  const first = epochs[0];
  if (last === undefined || first === undefined) return null;
  const share = isShare(metricNames[0]);
  const train = last.train.metrics[0] ?? null;
  const validation = last.validation?.metrics[0] ?? null;
  const onBatch = last.validationOnBatch?.metrics[0] ?? null;
  const validationLoss = last.validation?.loss ?? null;
  const losses = epochs.flatMap(({ epoch, validation: one }) => (one === null ? [] : [{ epoch, loss: one.loss }]));
  const best = losses.reduce<(typeof losses)[number] | null>(
    (low, one) => (low === null || one.loss < low.loss ? one : low),
    null
  );
  const gap = train === null || validation === null ? null : train - validation;
  const lag = share && validation !== null && onBatch !== null ? onBatch - validation : null;
  const risen =
    best !== null &&
    validationLoss !== null &&
    validationLoss > risenBy * best.loss &&
    last.train.loss < first.train.loss;
  const over = (share && gap !== null && gap > wideGap) || (risen && epochs.length > 2);
  const under = share ? train !== null && train < weak : last.train.loss > 0.9 * first.train.loss && epochs.length > 2;
  return {
    epoch: last.epoch,
    train,
    validation,
    gap,
    lossGap: validationLoss === null ? null : validationLoss - last.train.loss,
    trainLoss: last.train.loss,
    validationLoss,
    bestEpoch: best?.epoch ?? null,
    lag,
    kind: lag !== null && lag > wideGap ? 'lagging' : over ? 'overfit' : under ? 'underfit' : 'fits'
  };
}

/** The share of the data that a moving mean holds after `steps` steps: 1 - m^t, as it starts at 0 (mean) or 1 (variance). */
export function heldShare(momentum: number, steps: number): number {
  return 1 - momentum ** steps;
}

/** The form of the experiment that follows from a reading. */
export function nextForm(reading: Reading, form: TrainingForm): Partial<TrainingForm> {
  switch (reading.kind) {
    case 'lagging':
      return { batchNormMomentum: 0.9 };
    case 'overfit':
      return form.augment ? { l2: form.l2 === 0 ? 0.001 : form.l2 * 10 } : { augment: true };
    case 'underfit':
    case 'fits':
      return { epochs: form.epochs * 2 };
  }
}
