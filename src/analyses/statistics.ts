/** Plain numbers about arrays; NaN and infinities are counted apart and take part in nothing else. */
import type { Histogram, Statistics, ValueRange } from '../protocol/values';

/** Sums in float64. All zero where there is no finite entry. */
export function statistics(values: ArrayLike<number>): Statistics {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let magnitudes = 0;
  let zeros = 0;
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    finite++;
    sum += value;
    magnitudes += Math.abs(value);
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const count = values.length;
  const notFinite = count - finite;
  if (finite === 0) return { count, min: 0, max: 0, mean: 0, meanAbs: 0, std: 0, zeros: 0, notFinite };
  const mean = sum / finite;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? Number.NaN;
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  const [meanAbs, std] = [magnitudes / finite, Math.sqrt(squares / finite)];
  return { count, min, max, mean, meanAbs, std, zeros: zeros / count, notFinite };
}

/** Equal bins from the least to the greatest finite value; one bin where all are equal. */
export function histogram(values: ArrayLike<number>, bins = 40): Histogram {
  const { min, max, count, notFinite } = statistics(values);
  if (min === max) return { edges: [min, max], counts: [count - notFinite] };
  const counts = countInBins(values, { min, max }, bins);
  return { edges: Array.from({ length: bins + 1 }, (_, i) => min + ((max - min) * i) / bins), counts };
}

/** How many finite values lie in each of `bins` equal parts of the range; those outside count in the first or last. */
export function countInBins(values: ArrayLike<number>, { min, max }: ValueRange, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  const extent = max - min || 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(((value - min) / extent) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** Mean of |a| over the finite entries: how strongly a channel responds, whatever its sign. */
export function meanAbsolute(values: ArrayLike<number>): number {
  let sum = 0;
  let finite = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    sum += Math.abs(value);
    finite++;
  }
  return finite === 0 ? 0 : sum / finite;
}
