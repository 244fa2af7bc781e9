/** Losses over the class axis as a whole: one loss for each position, whose entries are gathered into a row. */
import type { Layout } from './layout';
import type { Unreduced } from './reduce';

/**
 * One position's loss.
 * @param p the prediction's entries along the class axis.
 * @param t the target's.
 * @param gradient filled with the derivative of the loss by each entry of `p`.
 */
export type RowFormula = (p: Float64Array, t: Float64Array, gradient: Float64Array) => number;

/** Runs a formula over all positions of `[outer, classes, inner]` data. */
export function rowLosses(
  layout: Layout,
  prediction: Float32Array,
  target: Float32Array,
  formula: RowFormula
): Unreduced {
  const { outer, classes, inner } = layout;
  const p = new Float64Array(classes);
  const t = new Float64Array(classes);
  const row = new Float64Array(classes);
  const values = new Float64Array(layout.positions);
  const gradient = new Float64Array(prediction.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * classes * inner + i;
      for (let c = 0; c < classes; c++) {
        p[c] = prediction[start + c * inner] ?? 0;
        t[c] = target[start + c * inner] ?? 0;
      }
      values[o * inner + i] = formula(p, t, row);
      for (let c = 0; c < classes; c++) gradient[start + c * inner] = row[c] ?? 0;
    }
  }
  return { samples: layout.samples, values, gradient, shares: null, ignored: null, averaged: 1 };
}

/** As `rowLosses` for class numbers: `formula` gets the position's class; ignored positions are left at 0. */
export function classLosses(
  layout: Layout,
  prediction: Float32Array,
  labels: Int32Array,
  options: { readonly ignoreIndex: number | null; readonly classWeights: readonly number[] | null },
  formula: (p: Float64Array, label: number, gradient: Float64Array) => number
): Unreduced {
  const { outer, classes, inner } = layout;
  const p = new Float64Array(classes);
  const row = new Float64Array(classes);
  const values = new Float64Array(layout.positions);
  const shares = new Float64Array(layout.positions);
  const ignored = new Uint8Array(layout.positions);
  const gradient = new Float64Array(prediction.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const position = o * inner + i;
      const label = labels[position] ?? 0;
      if (label === options.ignoreIndex) {
        ignored[position] = 1;
        continue;
      }
      const start = o * classes * inner + i;
      for (let c = 0; c < classes; c++) p[c] = prediction[start + c * inner] ?? 0;
      values[position] = formula(p, label, row);
      shares[position] = options.classWeights?.[label] ?? 1;
      for (let c = 0; c < classes; c++) gradient[start + c * inner] = row[c] ?? 0;
    }
  }
  return { samples: layout.samples, values, gradient, shares, ignored, averaged: 1 };
}

/** log(sum(exp(x))), shifted by the largest entry. */
export function logSumExp(x: Float64Array): number {
  let largest = -Infinity;
  for (const value of x) if (value > largest) largest = value;
  if (largest === -Infinity) largest = 0;
  let sum = 0;
  for (const value of x) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}
