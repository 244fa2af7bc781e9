/** Metrics of a run as accumulators over batches: what Keras's classes of these names answer after the same batches. */
import type { InputProblem } from '../core/result';
import { elementCount, type DenseTensor } from '../core/tensor';
import { denseTarget, layoutOf, type Layout } from './losses/layout';
import { sigmoid } from './losses/probability';
import { lossProblem, type LossTarget } from './losses/value';

export interface Accumulator<T> {
  /** Takes a batch in. @returns why it does not fit, else `null`. */
  add(prediction: DenseTensor, target: LossTarget): InputProblem | null;
  /** What the batches so far amount to. */
  value(): T;
  reset(): void;
}

/** `Precision` and `Recall` count entries above `threshold` as positive; `topK` and class ids are not offered. */
export type MetricSettings =
  | {
      /**
       * `accuracy` is what Keras makes of the word: with one output binary, with class numbers sparse, else categorical.
       * `classAxis` is the prediction's axis of classes (-1; 1 in PyTorch's layout).
       */
      readonly name: 'accuracy' | 'sparseCategoricalAccuracy' | 'categoricalAccuracy';
      readonly classAxis: number;
      /** Only where `accuracy` is binary: 0.5 for probabilities, 0 for logits. */
      readonly threshold: number;
    }
  | { readonly name: 'binaryAccuracy'; readonly threshold: number }
  | { readonly name: 'topK'; readonly k: number; readonly classAxis: number }
  | { readonly name: 'precision' | 'recall'; readonly threshold: number }
  | {
      readonly name: 'auc';
      readonly curve: 'ROC' | 'PR';
      readonly numThresholds: number;
      readonly fromLogits: boolean;
    }
  | { readonly name: 'meanAbsoluteError' | 'meanSquaredError' };

export type MetricName = MetricSettings['name'];

/** Keras's defaults (probabilities, classes last). */
export const METRIC_DEFAULTS: Readonly<Record<MetricName, MetricSettings>> = {
  accuracy: { name: 'accuracy', classAxis: -1, threshold: 0.5 },
  sparseCategoricalAccuracy: { name: 'sparseCategoricalAccuracy', classAxis: -1, threshold: 0.5 },
  categoricalAccuracy: { name: 'categoricalAccuracy', classAxis: -1, threshold: 0.5 },
  binaryAccuracy: { name: 'binaryAccuracy', threshold: 0.5 },
  topK: { name: 'topK', k: 5, classAxis: -1 },
  precision: { name: 'precision', threshold: 0.5 },
  recall: { name: 'recall', threshold: 0.5 },
  auc: { name: 'auc', curve: 'ROC', numThresholds: 200, fromLogits: false },
  meanAbsoluteError: { name: 'meanAbsoluteError' },
  meanSquaredError: { name: 'meanSquaredError' }
};

export function createMetric(settings: MetricSettings): Accumulator<number> {
  switch (settings.name) {
    case 'accuracy':
    case 'sparseCategoricalAccuracy':
    case 'categoricalAccuracy':
      return accuracy(settings);
    case 'binaryAccuracy':
      return meanOfEntries(settings.name, (p, t) => Number(Number(p > settings.threshold) === t));
    case 'topK':
      return meanOfPositions(settings.name, settings.classAxis, (row, label) =>
        Number(isInTop(row, label, settings.k))
      );
    case 'precision':
    case 'recall':
      return confusionRate(settings.name, settings.threshold);
    case 'auc':
      return areaUnderCurve(settings);
    case 'meanAbsoluteError':
      return meanOfEntries(settings.name, (p, t) => Math.abs(p - t));
    case 'meanSquaredError':
      return meanOfEntries(settings.name, (p, t) => (p - t) ** 2);
  }
}

function accuracy(
  settings: Extract<MetricSettings, { readonly name: 'accuracy' | 'sparseCategoricalAccuracy' | 'categoricalAccuracy' }>
) {
  const overClasses = meanOfPositions(settings.name, settings.classAxis, (row, label) =>
    Number(largestOf(row) === label)
  );
  if (settings.name !== 'accuracy') return overClasses;
  const binary = meanOfEntries(settings.name, (p, t) => Number(Number(p > settings.threshold) === t));
  let last = overClasses;
  const answer: Accumulator<number> = {
    add(prediction, target) {
      const rank = prediction.shape.length;
      const axis = settings.classAxis < 0 ? rank + settings.classAxis : settings.classAxis;
      last = rank < 2 || prediction.shape[axis] === 1 ? binary : overClasses;
      return last.add(prediction, target);
    },
    value: () => last.value(),
    reset() {
      binary.reset();
      overClasses.reset();
    }
  };
  return answer;
}

/** The first of the largest entries, as `argmax` takes it. */
function largestOf(row: Float32Array): number {
  let best = 0;
  for (let c = 1; c < row.length; c++) if ((row[c] ?? 0) > (row[best] ?? 0)) best = c;
  return best;
}

/** TensorFlow's `in_top_k`: fewer than k classes are larger than the label's; a label that is not finite is not in. */
function isInTop(row: Float32Array, label: number, k: number): boolean {
  const own = row[label] ?? NaN;
  if (!Number.isFinite(own)) return false;
  let larger = 0;
  for (const value of row) {
    if (!Number.isFinite(value)) return false;
    if (value > own) larger++;
  }
  return larger < k;
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

function meanOfEntries(name: string, score: (p: number, t: number) => number): Accumulator<number> {
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
function eachPosition(
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

function meanOfPositions(
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

/** TP / (TP + FP) or TP / (TP + FN); 0 where nothing is counted. Any target but 0 is positive. */
function confusionRate(name: 'precision' | 'recall', threshold: number): Accumulator<number> {
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
 * Keras's AUC with `numThresholds` even thresholds in [0, 1], the first a little below 0 and the last a little above 1: the
 * trapezoids of the ROC curve, or the precision-recall curve interpolated after Davis and Goadrich (2006). Predictions are
 * clipped to [0, 1] and fall into the bucket `ceil(p (T - 1)) - 1`, computed in float32 as Keras does.
 */
function areaUnderCurve(settings: Extract<MetricSettings, { readonly name: 'auc' }>): Accumulator<number> {
  const count = settings.numThresholds;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(count);
  return {
    add(prediction, target) {
      const dense = denseTarget(settings.name, prediction, target, -1);
      if (!dense.ok) return dense.error;
      prediction.data.forEach((x, i) => {
        const p = Math.min(Math.max(settings.fromLogits ? Math.fround(sigmoid(x)) : x, 0), 1);
        const bucket = Math.max(Math.ceil(Math.fround(p * (count - 1))) - 1, 0);
        const side = (dense.value[i] ?? 0) !== 0 ? positives : negatives;
        side[bucket] = (side[bucket] ?? 0) + 1;
      });
      return null;
    },
    value() {
      const tp = sumsFromTop(positives);
      const fp = sumsFromTop(negatives);
      return settings.curve === 'ROC' ? rocArea(tp, fp) : precisionRecallArea(tp, fp);
    },
    reset() {
      positives.fill(0);
      negatives.fill(0);
    }
  };
}

/** How many lie in a bucket or above it. */
function sumsFromTop(buckets: Float64Array): Float64Array {
  const sums = Float64Array.from(buckets);
  for (let i = sums.length - 2; i >= 0; i--) sums[i] = (sums[i] ?? 0) + (sums[i + 1] ?? 0);
  return sums;
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

function rocArea(tp: Float64Array, fp: Float64Array): number {
  const x = fp.map((value) => ratio(value, fp[0] ?? 0));
  const y = tp.map((value) => ratio(value, tp[0] ?? 0));
  let area = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    area += (((x[i] ?? 0) - (x[i + 1] ?? 0)) * ((y[i] ?? 0) + (y[i + 1] ?? 0))) / 2;
  }
  return area;
}

function precisionRecallArea(tp: Float64Array, fp: Float64Array): number {
  const p = tp.map((value, i) => value + (fp[i] ?? 0));
  let area = 0;
  for (let i = 0; i + 1 < tp.length; i++) {
    const gained = (tp[i] ?? 0) - (tp[i + 1] ?? 0);
    const here = p[i] ?? 0;
    const above = p[i + 1] ?? 0;
    const slope = ratio(gained, Math.max(here - above, 0));
    const intercept = (tp[i + 1] ?? 0) - slope * above;
    const safe = here > 0 && above > 0 ? here / above : 1;
    area += ratio(slope * (gained + intercept * Math.log(safe)), tp[0] ?? 0);
  }
  return area;
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
