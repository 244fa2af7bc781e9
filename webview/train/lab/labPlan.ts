/** The plan of an experiment: what is offered with what was changed, and three lengths of it. */
import type { ExperimentKind, ExperimentOffer, ExperimentPlan } from '../../../src/protocol/experiments';
import type { PlanEdits, Subject } from './labState';
import type { ReadTwin } from './twinChoice';

/** @returns `null` where the offer does not hold it */
export function basePlan(offer: ExperimentOffer, subject: Subject, twin: ReadTwin | null): ExperimentPlan | null {
  if (subject.kind === 'lab') return offer.labs.find(({ lab }) => lab === subject.lab)?.plan ?? null;
  if (twin === null) return null;
  const what: ExperimentKind = { kind: 'twin', label: twin.label, changes: [twin.change] };
  return { ...offer.twinPlan, what };
}

export function edited(plan: ExperimentPlan, { batchNormMomentum, ...edits }: PlanEdits): ExperimentPlan {
  return {
    ...plan,
    ...edits,
    form: batchNormMomentum === undefined ? plan.form : { ...plan.form, batchNormMomentum }
  };
}

export type LengthName = 'quick' | 'default' | 'full';
type Length = Pick<ExperimentPlan, 'seeds' | 'size' | 'epochs'>;

/** Fewer seeds than these give no verdict. */
export const fewestSeeds = 3;
const fewestImages = 50;

/**
 * Quick: three seeds, half the epochs and half the images of the default, about a sixth of its time.
 * Full: all images and as many epochs as the form of a run has, at least the default's.
 */
export function lengthsOf(plan: ExperimentPlan, offer: ExperimentOffer): Readonly<Record<LengthName, Length>> {
  const { seeds, size, epochs } = plan;
  const half = Math.max(fewestImages, Math.round((size ?? offer.trainImages) / 2 / 10) * 10);
  return {
    quick: {
      seeds: seeds.slice(0, fewestSeeds),
      size: Math.min(half, offer.trainImages),
      epochs: Math.max(1, Math.ceil(epochs / 2))
    },
    default: { seeds, size, epochs },
    full: { seeds, size: null, epochs: Math.max(epochs, plan.form.epochs) }
  };
}

export function sameLength(a: Length, b: Length): boolean {
  return a.size === b.size && a.epochs === b.epochs && a.seeds.join() === b.seeds.join();
}

/** `count` seeds from `first` on. */
export function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
