/** Metrics of a run as accumulators over batches: what Keras's classes of these names answer after the same batches. */
import { largestOf, meanOfEntries, meanOfPositions, type Accumulator } from './accumulator';
import { areaUnderCurve, type AucSettings } from './areaUnderCurve';
import { confusionRate } from './confusion';

/** `Precision` and `Recall` count entries above `threshold` as positive; Keras’s `top_k` and `class_id` are not offered. */
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
  | AucSettings
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
