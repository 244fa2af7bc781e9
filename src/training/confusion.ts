/** Counts of true classes against predicted ones, and the rates made of them. */
import { eachPosition, largestOf, type Accumulator } from './accumulator';
import { denseTarget } from './losses/layout';

/** TP / (TP + FP) or TP / (TP + FN); 0 where nothing is counted. Any target but 0 is positive. */
export function confusionRate(name: 'precision' | 'recall', threshold: number): Accumulator<number> {
  let hits = 0;
  let others = 0;
  return {
    add(prediction, target) {
      const dense = denseTarget(name, prediction, target, -1);
      if (!dense.ok) return dense.error;
      prediction.data.forEach((p, i) => {
        const positive = p > threshold;
        const wanted = (dense.value[i] ?? 0) !== 0;
        if (positive && wanted) hits++;
        else if (name === 'precision' ? positive : wanted) others++;
      });
      return null;
    },
    value: () => (hits + others === 0 ? 0 : hits / (hits + others)),
    reset() {
      hits = 0;
      others = 0;
    }
  };
}

/**
 * Counts by class: entry `[true * classes + predicted]`. Positions whose class lies outside (an ignored one) are left out.
 * With a single output (`classes` 2), entries above `threshold` are class 1.
 */
export function createConfusion(
  classes: number,
  options: { readonly classAxis: number; readonly threshold: number } = { classAxis: -1, threshold: 0.5 }
): Accumulator<Uint32Array> {
  const name = 'confusion matrix';
  const counts = new Uint32Array(classes * classes);
  const count = (truth: number, predicted: number): void => {
    if (truth < 0 || truth >= classes || predicted >= classes) return;
    const at = truth * classes + predicted;
    counts[at] = (counts[at] ?? 0) + 1;
  };
  return {
    add(prediction, target) {
      const rank = prediction.shape.length;
      const axis = options.classAxis < 0 ? rank + options.classAxis : options.classAxis;
      if (rank < 2 || prediction.shape[axis] === 1) {
        const dense = denseTarget(name, prediction, target, -1);
        if (!dense.ok) return dense.error;
        prediction.data.forEach((p, i) => count(Math.round(dense.value[i] ?? 0), Number(p > options.threshold)));
        return null;
      }
      return eachPosition(name, options.classAxis, prediction, target, (row, label) => count(label, largestOf(row)));
    },
    value: () => Uint32Array.from(counts),
    reset: () => void counts.fill(0)
  };
}
