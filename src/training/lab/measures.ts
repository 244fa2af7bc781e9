/** What the curves of jobs say in numbers. */
import type { CurvePoint, JobResult, Score } from './job';

/** Which statistics batch norms normalise by; without batch norm both are the same curve. */
export type Statistics = 'moving' | 'batch';

export interface Gap {
  /** Training accuracy minus validation accuracy, both with dropout off. */
  readonly accuracy: number;
  /** Validation loss minus training loss: larger is worse, as with accuracy. */
  readonly loss: number;
}

export interface MeanSpread {
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for a single value. */
  readonly spread: number;
  readonly count: number;
}

/** @returns `null` for no values */
export function meanSpread(values: readonly number[]): MeanSpread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: count === 1 ? 0 : Math.sqrt(squares / (count - 1)), count };
}

export function validationOf(point: CurvePoint, statistics: Statistics): Score {
  return statistics === 'batch' ? (point.validationOnBatch ?? point.validation) : point.validation;
}

/** The last look that measured the training images too; `null` for a run that ended before its first epoch did. */
export function lastMeasured(points: readonly CurvePoint[]): (CurvePoint & { readonly train: Score }) | null {
  for (const point of [...points].reverse()) {
    const { train } = point;
    if (train !== null) return { ...point, train };
  }
  return null;
}

/** At the end of a run, with moving statistics on both sides. */
export function gapOf(result: JobResult): Gap | null {
  const last = lastMeasured(result.points);
  if (last === null) return null;
  return {
    accuracy: last.train.accuracy - last.validation.accuracy,
    loss: last.validation.loss - last.train.loss
  };
}

/** The first look at which validation reaches an accuracy, in steps; `null`: it never does. */
export function stepsTo(points: readonly CurvePoint[], accuracy: number, statistics: Statistics): number | null {
  return points.find((point) => validationOf(point, statistics).accuracy >= accuracy)?.step ?? null;
}

export function bestAccuracy(points: readonly CurvePoint[], statistics: Statistics): number | null {
  return points.length === 0 ? null : Math.max(...points.map((point) => validationOf(point, statistics).accuracy));
}

/** Mean and spread at each step that all the runs looked at, for one curve with a band. */
export function meanCurve(
  results: readonly JobResult[],
  value: (point: CurvePoint) => number | null
): readonly (MeanSpread & { readonly step: number })[] {
  const [first] = results;
  if (first === undefined) return [];
  return first.points.flatMap(({ step }) => {
    const values = results.flatMap(({ points }) => {
      const point = points.find((one) => one.step === step);
      const found = point === undefined ? null : value(point);
      return found === null ? [] : [found];
    });
    const both = values.length === results.length ? meanSpread(values) : null;
    return both === null ? [] : [{ step, ...both }];
  });
}

/** A value for each seed that has both variants, in the order of the seeds. */
export function paired<T>(
  results: readonly JobResult[],
  [a, b]: readonly [string, string],
  value: (result: JobResult) => T | null
): readonly { readonly seed: number; readonly a: T; readonly b: T }[] {
  const seeds = [...new Set(results.map(({ job }) => job.seed))].sort((x, y) => x - y);
  return seeds.flatMap((seed) => {
    const of = (variant: string): T | null => {
      const found = results.find(({ job }) => job.seed === seed && job.variant.id === variant);
      return found === undefined ? null : value(found);
    };
    const [first, second] = [of(a), of(b)];
    return first === null || second === null ? [] : [{ seed, a: first, b: second }];
  });
}
