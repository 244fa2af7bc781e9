/**
 * Whether an effect was seen, by one stated rule over seeds. Each seed gives one difference between twins; the claim is that
 * differences are positive. It *holds* where at least four of five differences are positive and their mean exceeds their
 * spread (the sample standard deviation) and the smallest difference worth naming. It *does not* where the same is true of
 * the opposite, or where mean and spread together stay below what is worth naming. All else, and fewer than three seeds, is
 * *too noisy to say*.
 */
import { t } from '../../core/texts';
import { meanSpread } from './measures';

export type Judgement = 'holds' | 'doesNot' | 'tooNoisy';

export interface Verdict {
  readonly judgement: Judgement;
  readonly mean: number;
  readonly spread: number;
  /** Seeds whose difference is as claimed, of all. */
  readonly agreeing: number;
  readonly seeds: readonly number[];
  /** Differences that are only known to be at least so large: one of the twins never got there. */
  readonly bounds: number;
}

export interface Difference {
  readonly seed: number;
  /** As claimed where positive. */
  readonly value: number;
  /** The difference is larger than `value`, nobody knows how much. */
  readonly bound?: boolean;
}

const fewestSeeds = 3;
const share = 0.8;

/** @param worth the smallest mean that counts, in the units of the differences */
export function judge(differences: readonly Difference[], worth: number): Verdict {
  const values = differences.map(({ value }) => value);
  const { mean, spread } = meanSpread(values) ?? { mean: 0, spread: 0 };
  const agreeing = values.filter((value) => value > 0).length;
  const opposing = values.filter((value) => value < 0).length;
  const needed = Math.ceil(share * values.length - 1e-9);
  const clear = Math.abs(mean) > spread && Math.abs(mean) >= worth;
  const judgement: Judgement =
    values.length < fewestSeeds
      ? 'tooNoisy'
      : clear && mean > 0 && agreeing >= needed
        ? 'holds'
        : (clear && mean < 0 && opposing >= needed) || Math.abs(mean) + spread < worth
          ? 'doesNot'
          : 'tooNoisy';
  const seeds = differences.map(({ seed }) => seed);
  return { judgement, mean, spread, agreeing, seeds, bounds: differences.filter(({ bound }) => bound === true).length };
}

/**
 * Differences of times where a run may never arrive: that twin counts with the steps it had, a lower bound.
 * @param pairs steps, or `null` @param budget the steps each run had
 * @returns positive where `b` is faster
 */
export function timeDifferences(
  pairs: readonly { readonly seed: number; readonly a: number | null; readonly b: number | null }[],
  budget: number
): Difference[] {
  return pairs.map(({ seed, a, b }) => ({
    seed,
    value: (a ?? budget) - (b ?? budget),
    bound: (a === null) !== (b === null)
  }));
}

export type Unit = 'points' | 'loss' | 'steps';

export function judgementWord(judgement: Judgement): string {
  switch (judgement) {
    case 'holds':
      return t('holds');
    case 'doesNot':
      return t('does not hold');
    case 'tooNoisy':
      return t('too noisy to say');
  }
}

/** The judgement and the numbers it rests on. Accuracies are in [0, 1] and told in percentage points. */
export function verdictText(verdict: Verdict, unit: Unit): string {
  return `${judgementWord(verdict.judgement)}: ${verdictDetail(verdict, unit)}`;
}

/** The numbers that the judgement rests on, in words. */
export function verdictDetail(verdict: Verdict, unit: Unit): string {
  const { agreeing, seeds, bounds } = verdict;
  const mean = amount(verdict.mean, unit);
  const spread = amount(verdict.spread, unit);
  const list = seeds.join(', ');
  const said =
    seeds.length < fewestSeeds
      ? t('{0} seeds are too few', seeds.length)
      : t(
          '{0} of {1} seeds as claimed, mean difference {2}, spread {3} (seeds {4})',
          agreeing,
          seeds.length,
          mean,
          spread,
          list
        );
  return bounds === 0
    ? said
    : `${said}; ${t('{0} of the differences are larger than counted: one twin never arrived', bounds)}`;
}

/** `3.4 percentage points`, `0.12`, `80 steps` */
export function amount(value: number, unit: Unit): string {
  switch (unit) {
    case 'points':
      return t('{0} percentage points', Number((100 * value).toFixed(1)));
    case 'loss':
      return t('{0} in loss', Number(value.toFixed(3)));
    case 'steps':
      return t('{0} steps', Math.round(value));
  }
}
