/** How far answers lie apart when something random is drawn again and again. */
import type { AnswerSpread } from '../../protocol/why';
import { leaderOf } from '../answerChange';
import { areProbabilities } from '../outputs';

const shown = 5;

/**
 * @param still the answer without anything random; @param draws one answer each, as long as `still`
 * @returns for the classes that lead (still, or in the mean), every draw's value with mean and standard deviation (n - 1)
 */
export function answerSpread(
  still: Float32Array,
  draws: readonly Float32Array[],
  labels: readonly string[] | null
): AnswerSpread {
  const classes = still.length > 1;
  const leader = leaderOf(still);
  const entries = Array.from(still, (value, index) => {
    const values = Float32Array.from(draws, (draw) => draw[index] ?? 0);
    const mean = values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);
    const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
    return {
      index,
      label: labels?.[index] ?? null,
      still: value,
      values,
      mean,
      deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0
    };
  });
  const leading = entries.sort((a, b) => Math.max(b.still, b.mean) - Math.max(a.still, a.mean)).slice(0, shown);
  return {
    draws: draws.length,
    probabilities: areProbabilities(still),
    kind: classes ? 'classes' : 'values',
    agreeing: classes ? draws.filter((draw) => leaderOf(draw) === leader).length : draws.length,
    entries: leading
  };
}
