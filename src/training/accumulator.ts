/** Accumulators over batches: means over entries and over positions. */
import type { InputProblem } from '../core/result';
import { elementCount, type DenseTensor } from '../core/tensor';
import { denseTarget, layoutOf, type Layout } from './losses/layout';
import { lossProblem, type LossTarget } from './losses/value';

export interface Accumulator<T> {
  /** Takes a batch in. @returns why it does not fit, else `null`. */
  add(prediction: DenseTensor, target: LossTarget): InputProblem | null;
  /** What the batches so far amount to. */
  value(): T;
  reset(): void;
}

/** The first of the largest entries, as `argmax` takes it. */
export function largestOf(row: Float32Array): number {
  let best = 0;
  for (let c = 1; c < row.length; c++) if ((row[c] ?? 0) > (row[best] ?? 0)) best = c;
  return best;
}

/** A running mean; 0 before anything was added, as in Keras. */
function runningMean() {
  let sum = 0;
  let count = 0;
  return {
    take(value: number): void {
      sum += value;
      count++;
    },
    value: () => (count === 0 ? 0 : sum / count),
    reset(): void {
      sum = 0;
      count = 0;
    }
  };
}

export function meanOfEntries(name: string, score: (p: number, t: number) => number): Accumulator<number> {
  const mean = runningMean();
  return {
    add(prediction, target) {
      const dense = denseTarget(name, prediction, target, -1);
      if (!dense.ok) return dense.error;
      prediction.data.forEach((p, i) => mean.take(score(p, dense.value[i] ?? 0)));
      return null;
    },
    value: mean.value,
    reset: mean.reset
  };
}

/** Visits every position with its row of predictions and its class (of a dense target, the largest entry). */
export function eachPosition(
  name: string,
  classAxis: number,
  prediction: DenseTensor,
  target: LossTarget,
  visit: (row: Float32Array, label: number) => void
): InputProblem | null {
  const layout = layoutOf(name, prediction, classAxis);
  if (!layout.ok) return layout.error;
  const { outer, classes, inner, positions } = layout.value;
  const given = target.kind === 'classes' ? target.classes.length : target.values.length;
  if (given !== (target.kind === 'classes' ? positions : elementCount(prediction.shape))) {
    return lossProblem(
      name,
      `a target of ${given} entries does not fit ${positions} positions of ${classes} classes`,
      'Give one class number for each position, or one value for each entry'
    );
  }
  const row = new Float32Array(classes);
  const wanted = new Float32Array(classes);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      gather(prediction.data, layout.value, o, i, row);
      if (target.kind === 'classes') visit(row, target.classes[o * inner + i] ?? -1);
      else {
        gather(target.values, layout.value, o, i, wanted);
        visit(row, largestOf(wanted));
      }
    }
  }
  return null;
}

function gather(data: Float32Array, { classes, inner }: Layout, o: number, i: number, row: Float32Array): void {
  for (let c = 0; c < classes; c++) row[c] = data[(o * classes + c) * inner + i] ?? 0;
}

export function meanOfPositions(
  name: string,
  classAxis: number,
  score: (row: Float32Array, label: number) => number
): Accumulator<number> {
  const mean = runningMean();
  return {
    add: (prediction, target) =>
      eachPosition(name, classAxis, prediction, target, (row, label) => mean.take(score(row, label))),
    value: mean.value,
    reset: mean.reset
  };
}
