/** Keras's `class_weight`: weights of classes turned into weights of samples. */
import { elementCount } from '../../core/tensor';
import type { LossTarget } from './value';

/**
 * Each sample's weight is its class's, as `fit(class_weight=...)` does it (a class without a weight counts 1). Soft and
 * one-hot targets count as their largest entry. For maps the mean over the positions is taken.
 * @param shape the prediction's, `[N, ..., C]`, classes last; `[N, 1]` with targets of 0 and 1.
 * @returns `[N]`
 */
export function sampleWeightsOf(
  classWeights: ReadonlyMap<number, number>,
  target: LossTarget,
  shape: readonly number[]
): Float64Array {
  const samples = shape[0] ?? 0;
  const classes = shape.at(-1) ?? 1;
  const labels = target.kind === 'classes' ? target.classes : labelsOf(target.values, elementCount(shape), classes);
  const positions = samples === 0 ? 0 : labels.length / samples;
  const weights = new Float64Array(samples);
  for (let n = 0; n < samples; n++) {
    let sum = 0;
    for (let at = n * positions; at < (n + 1) * positions; at++) sum += classWeights.get(labels[at] ?? 0) ?? 1;
    weights[n] = positions === 0 ? 1 : sum / positions;
  }
  return weights;
}

function labelsOf(values: Float32Array, size: number, classes: number): Int32Array {
  if (classes === 1 || values.length !== size) return Int32Array.from(values, Math.round);
  return Int32Array.from({ length: size / classes }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if ((values[row * classes + c] ?? 0) > (values[row * classes + best] ?? 0)) best = c;
    }
    return best;
  });
}
