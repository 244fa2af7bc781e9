/** What an experiment claims, each claim judged over its seeds by the rule of `src/training/lab/verdict.ts`. */
import { t } from '../../../core/texts';
import type { Variant } from '../../../training/lab/changes';
import type { JobResult } from '../../../training/lab/job';
import { lastMeasured, paired } from '../../../training/lab/measures';
import { summarizeTwins, type Comparison, type TwinPlan, type TwinSummary } from '../../../training/lab/twin';
import { judge, judgementWord, verdictDetail, type Unit, type Verdict } from '../../../training/lab/verdict';
import type { JudgedClaim } from '../../../protocol/experiments';
import type { Group } from './groups';
import type { ExperimentRecord } from './store';

/** The smallest difference in accuracy worth a word where networks end far apart. */
const farApart = 0.01;
/** Of random labels: what counts as learned by heart, and how far above chance validation may end by luck. */
const byHeart = 0.95;
export const luck = 0.2;

export function claimsOf(record: ExperimentRecord, groups: readonly Group[]): readonly JudgedClaim[] {
  const { what } = record.plan;
  const [first] = groups;
  if (first === undefined) return [];
  if (what.kind === 'twin') {
    const { subject, comparison } = twinComparison(record, first);
    return comparison === null ? [] : compared(subject, comparison, first, true);
  }
  switch (what.lab) {
    case 'regularisation':
      return others(first).flatMap(([variant, comparison]) =>
        compared(variant.label, comparison, first, normalises(variant))
      );
    case 'initialScale':
      return scaleClaims(first.results);
    case 'smallData':
      return groups.flatMap((group) =>
        others(group).flatMap(([variant, comparison]) => {
          const subject = t('{0}, {1} images', variant.label, group.size ?? record.trainImages);
          return [
            claim(t('{0}: raises the validation accuracy', subject), comparison.raisesAccuracy, 'points'),
            claim(t('{0}: narrows the gap in accuracy', subject), comparison.narrowsGapAccuracy, 'points')
          ];
        })
      );
    case 'randomLabels':
      return randomClaims(record, first);
    case 'underfitting':
      return underfittingClaims(first);
  }
}

/**
 * Of a twin: where one layer was taken out, what that layer does (with it against without it); else what the change does.
 */
export function twinComparison(
  { plan }: Pick<ExperimentRecord, 'plan'>,
  group: Group
): { readonly subject: string; readonly comparison: Comparison | null } {
  const { what } = plan;
  const [change] = what.kind === 'twin' ? what.changes : [];
  const only = what.kind === 'twin' && what.changes.length === 1;
  if (only && change?.kind === 'without') {
    const swapped: TwinPlan = { ...group.plan, variants: [...group.plan.variants].reverse() };
    return { subject: change.layer, comparison: summarizeTwins(group.results, swapped).comparisons[0] ?? null };
  }
  return { subject: what.kind === 'twin' ? what.label : '', comparison: group.twins.comparisons[0] ?? null };
}

/** The variants beside the first, each with its comparison. */
function others({ twins }: Group): readonly (readonly [Variant, Comparison])[] {
  return twins.comparisons.flatMap((comparison) => {
    const found = twins.variants.find(({ variant }) => variant.id === comparison.variant);
    return found === undefined ? [] : [[found.variant, comparison] as const];
  });
}

const normalises = ({ changes }: Variant): boolean =>
  changes.some((one) => one.kind === 'put' && one.insertion.kind === 'batchNorm');

function compared(subject: string, comparison: Comparison, { twins, results }: Group, timed: boolean): JudgedClaim[] {
  const percent = Math.round(100 * twins.target);
  const norms = results.some(({ points }) => points.some(({ validationOnBatch }) => validationOnBatch !== null));
  const { faster } = comparison;
  const claims = [
    claim(t('{0} narrows the gap in accuracy', subject), comparison.narrowsGapAccuracy, 'points'),
    claim(t('{0} narrows the gap in loss', subject), comparison.narrowsGapLoss, 'loss'),
    claim(t('{0} raises the validation accuracy', subject), comparison.raisesAccuracy, 'points'),
    claim(t('{0} lowers the validation loss', subject), comparison.lowersLoss, 'loss')
  ];
  if (!timed || !arrives(twins)) return claims;
  // A claim of speed names its curve.
  const moving = norms
    ? t('{0} reaches {1} % in fewer steps (moving statistics)', subject, percent)
    : t('{0} reaches {1} % in fewer steps', subject, percent);
  claims.push(claim(moving, faster.moving, 'steps'));
  if (norms) {
    claims.push(
      claim(t('{0} reaches {1} % in fewer steps (batch statistics)', subject, percent), faster.batch, 'steps')
    );
  }
  return claims;
}

/** Where nobody arrives nobody is faster. */
const arrives = ({ variants }: TwinSummary): boolean =>
  variants.some(({ stepsToTarget }) => stepsToTarget.moving.arrived > 0 || stepsToTarget.batch.arrived > 0);

const finalAccuracy = (result: JobResult): number | null => lastMeasured(result.points)?.validation.accuracy ?? null;
const trainAccuracy = (result: JobResult): number | null => lastMeasured(result.points)?.train.accuracy ?? null;

/** @returns positive where the second variant ends higher */
function higher(
  results: readonly JobResult[],
  variants: readonly [string, string],
  value: (result: JobResult) => number | null,
  worth: number
): Verdict {
  const pairs = paired(results, variants, value);
  return judge(
    pairs.map(({ seed, a, b }) => ({ seed, value: b - a })),
    worth
  );
}

function scaleClaims(results: readonly JobResult[]): JudgedClaim[] {
  const small = ['none-scale0_1', 'batchNorm-scale0_1'] as const;
  const large = ['none-scale10', 'batchNorm-scale10'] as const;
  const ends = (pair: readonly [string, string]): Verdict => higher(results, pair, finalAccuracy, farApart);
  return [
    claim(t('With hidden kernels ten times as large, batch norm ends above its twin'), ends(large), 'points'),
    claim(t('With hidden kernels a tenth as large, batch norm ends above its twin'), ends(small), 'points'),
    claim(
      t('Without batch norm, hidden kernels ten times as large end lower'),
      ends(['none-scale10', 'none-scale1']),
      'points'
    ),
    claim(
      t('With batch norm, hidden kernels ten times as large end lower'),
      ends(['batchNorm-scale10', 'batchNorm-scale1']),
      'points'
    )
  ];
}

function randomClaims({ classes }: ExperimentRecord, group: Group): JudgedClaim[] {
  const alone = group.results.filter(({ job }) => job.variant.id === 'none');
  const each = (value: (result: JobResult) => number | null, difference: (value: number) => number): Verdict =>
    judge(
      alone.flatMap((result) => {
        const found = value(result);
        return found === null ? [] : [{ seed: result.job.seed, value: difference(found) }];
      }),
      0
    );
  const most = Math.min(1, 1 / Math.max(1, classes) + luck);
  return [
    claim(
      t('Without them, at least {0} % of random labels are learned by heart', Math.round(100 * byHeart)),
      each(trainAccuracy, (value) => value - byHeart),
      'points'
    ),
    claim(
      t('What was learned by heart helps nothing: validation stays below {0} %', Math.round(100 * most)),
      each(finalAccuracy, (value) => most - value),
      'points'
    ),
    ...others(group).map(([variant]) =>
      claim(
        t('{0}: fewer random labels are learned by heart', variant.label),
        higher(group.results, [variant.id, 'none'], trainAccuracy, farApart),
        'points'
      )
    )
  ];
}

function underfittingClaims(group: Group): JudgedClaim[] {
  return others(group).flatMap(([variant, comparison]) => [
    claim(
      t('{0}: the network ends lower on its own training images', variant.label),
      higher(group.results, [variant.id, 'none'], trainAccuracy, farApart),
      'points'
    ),
    claim(
      t('{0}: it ends lower on validation images', variant.label),
      higher(group.results, [variant.id, 'none'], finalAccuracy, farApart),
      'points'
    ),
    claim(t('{0}: narrows the gap in accuracy', variant.label), comparison.narrowsGapAccuracy, 'points')
  ]);
}

function claim(text: string, verdict: Verdict, unit: Unit): JudgedClaim {
  const { judgement } = verdict;
  return { text, judgement, word: judgementWord(judgement), detail: verdictDetail(verdict, unit) };
}
