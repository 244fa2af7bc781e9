/** Curves of a variant for the charts: mean over the seeds with its band, and the training under way. */
import type { CurvePoint, LabJob, VariantSummary } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import type { CurveColour, GrowingCurve } from '../trainChart';
import { hasBoth } from './statistics';

export type Quantity = 'accuracy' | 'loss';
type Curve = VariantSummary['curves']['trainLoss'];

/** The training under way. */
export interface Running {
  readonly variant: string;
  readonly size: number | null;
  readonly epochs: number;
  readonly points: readonly CurvePoint[];
}

export function runningOf(jobs: readonly LabJob[], id: string | null, points: readonly CurvePoint[]): Running | null {
  const job = jobs.find((one) => one.id === id);
  return job === undefined || points.length === 0
    ? null
    : { variant: job.variant.id, size: job.size, epochs: job.epochs, points };
}

export interface CurveLook {
  readonly training: CurveColour;
  readonly validation: CurveColour;
  readonly batch: CurveColour;
  /** Before the names of the curves. */
  readonly prefix: string;
}

/** Training dashed, validation solid, validation on batch statistics dotted where it is another curve. */
export function variantCurves(
  summary: VariantSummary,
  quantity: Quantity,
  running: Running | null,
  look: CurveLook
): GrowingCurve[] {
  const { curves, variant } = summary;
  const accuracy = quantity === 'accuracy';
  const mean = (curve: Curve) => curve.map(({ step, mean: value }) => [step, value] as const);
  const band = (curve: Curve) =>
    curve.map(({ step, mean: value, spread }) => [step, value - spread, value + spread] as const);
  const validation = accuracy ? curves.validationAccuracy : curves.validationLoss;
  const both = hasBoth(summary);
  const found: GrowingCurve[] = [
    {
      name: look.prefix + t('training'),
      colour: look.training,
      dashed: true,
      points: mean(accuracy ? curves.trainAccuracy : curves.trainLoss),
      band: band(accuracy ? curves.trainAccuracy : curves.trainLoss)
    },
    {
      name: look.prefix + (both ? t('validation, moving statistics') : t('validation')),
      colour: look.validation,
      points: mean(validation),
      band: band(validation)
    }
  ];
  if (both)
    found.push({
      name: look.prefix + t('validation, batch statistics'),
      colour: look.batch,
      dotted: true,
      points: mean(accuracy ? curves.batchAccuracy : curves.batchLoss)
    });
  if (running?.variant === variant.id) {
    const own = (value: (point: CurvePoint) => number | undefined) =>
      running.points.flatMap((point) => {
        const found_ = value(point);
        return found_ === undefined ? [] : [[point.step, found_] as const];
      });
    found.push(
      {
        name: look.prefix + t('training under way'),
        colour: look.training,
        dashed: true,
        thin: true,
        points: own(({ train }) => (accuracy ? train?.accuracy : train?.loss))
      },
      {
        name: look.prefix + t('validation under way'),
        colour: look.validation,
        thin: true,
        points: own(({ validation: one }) => (accuracy ? one.accuracy : one.loss))
      }
    );
  }
  return found;
}

/** How far the axis goes: to the last step looked at, and to the end of the training under way as it is foreseen. */
export function stepsOf(variants: readonly VariantSummary[], running: Running | null): number {
  const seen = variants.flatMap(({ curves }) => curves.validationAccuracy.at(-1)?.step ?? []);
  const end = running?.points.findLast(({ train }) => train !== null);
  const foreseen = end === undefined || running === null ? [] : [(end.step / end.epoch) * running.epochs];
  const now = running?.points.at(-1)?.step ?? 1;
  return Math.max(1, now, ...seen, ...foreseen);
}

/** The lowest tenth that any accuracy reaches down to. */
export function lowestShare(variants: readonly VariantSummary[]): number {
  const values = variants.flatMap(({ curves }) =>
    [...curves.trainAccuracy, ...curves.validationAccuracy, ...curves.batchAccuracy].map(
      ({ mean, spread }) => mean - spread
    )
  );
  return values.length === 0 ? 0 : Math.max(0, Math.floor(10 * Math.min(...values)) / 10);
}

/** A loss that starts far above all others, or explodes, would flatten the rest: it leaves the chart at the top. */
export function lossCeiling(variants: readonly VariantSummary[]): number {
  const curves = variants.flatMap(({ curves: one }) => [one.trainLoss, one.validationLoss, one.batchLoss]);
  const most = Math.max(0.1, ...curves.flatMap((curve) => curve.map(({ mean, spread }) => mean + spread)));
  const ends = curves.flatMap((curve) => curve.at(-1)?.mean ?? []).sort((a, b) => a - b);
  const usual = ends[Math.floor(ends.length / 2)] ?? most;
  return Math.min(most * 1.05, Math.max(3, 6 * usual));
}
