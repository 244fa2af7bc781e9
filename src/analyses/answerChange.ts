/** What a change does to a network's first output. */
import type { DenseTensor } from '../core/tensor';
import type { AnswerChange } from '../protocol/answer';
import { areProbabilities } from './outputs';

const shown = 5;

/** @param before, after one row of equal length each: `[1, K]` for classes, any shape for values. */
export function answerChange(before: DenseTensor, after: DenseTensor, labels: readonly string[] | null): AnswerChange {
  const classes = before.shape.slice(1).filter((size) => size !== 1).length === 1 && before.data.length > 1;
  const count = Math.min(before.data.length, after.data.length);
  let largestDifference = 0;
  for (let i = 0; i < count; i++) {
    largestDifference = Math.max(largestDifference, Math.abs((after.data[i] ?? 0) - (before.data[i] ?? 0)));
  }
  const names = labels?.length === count ? labels : null;
  const entry = (index: number) => ({
    index,
    label: names?.[index] ?? null,
    before: before.data[index] ?? 0,
    after: after.data[index] ?? 0
  });
  if (!classes) {
    const entries = Array.from({ length: Math.min(count, shown) }, (_, index) => entry(index));
    return { entries, probabilities: false, kind: 'values', flipped: false, largestDifference };
  }
  const leading = [...leadersOf(before.data, shown), ...leadersOf(after.data, shown)];
  const entries = [...new Set(leading)]
    .map(entry)
    .sort((a, b) => Math.max(b.before, b.after) - Math.max(a.before, a.after))
    .slice(0, shown);
  return {
    entries,
    probabilities: areProbabilities(before.data) && areProbabilities(after.data),
    kind: 'classes',
    flipped: leaderOf(before.data) !== leaderOf(after.data),
    largestDifference
  };
}

/** Index of the greatest value; the first of equal ones; -1 without values. */
export function leaderOf(values: ArrayLike<number>): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (best < 0 || (values[i] ?? Number.NEGATIVE_INFINITY) > (values[best] ?? Number.NEGATIVE_INFINITY)) best = i;
  }
  return best;
}

function leadersOf(values: ArrayLike<number>, count: number): number[] {
  return Array.from({ length: values.length }, (_, index) => index)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}
