/** How a prediction's entries are laid out around its class axis, and targets brought into that layout. */
import { fail, ok, type Result } from '../../core/result';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { lossProblem, type LossTarget } from './value';

/** A prediction seen as `[outer, classes, inner]`: entry (o, c, i) is at `(o * classes + c) * inner + i`. */
export interface Layout {
  /** Number of samples. */
  readonly samples: number;
  readonly outer: number;
  readonly classes: number;
  readonly inner: number;
  /** Losses there are: `outer * inner`, those of one sample beside each other. */
  readonly positions: number;
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** A negative axis counted from the end, or `null` where there is no such axis. */
export function resolveAxis(axis: number, rank: number): number | null {
  const index = axis < 0 ? rank + axis : axis;
  return Number.isInteger(index) && index >= 0 && index < rank ? index : null;
}

/** Refuses a prediction that holds no samples or whose data and shape contradict each other. */
export function checkPrediction(name: string, prediction: DenseTensor): Result<number> {
  const samples = prediction.shape[0];
  if (samples === undefined || samples < 1 || prediction.data.length === 0) {
    return fail(
      lossProblem(name, `the prediction ${shapeText(prediction.shape)} holds no sample`, 'Give it at least one sample')
    );
  }
  if (elementCount(prediction.shape) !== prediction.data.length) {
    return fail(
      lossProblem(
        name,
        `the prediction's shape ${shapeText(prediction.shape)} does not hold its ${prediction.data.length} numbers`,
        'Give shape and numbers of one tensor'
      )
    );
  }
  return ok(samples);
}

/** The layout around a class axis; the batch axis cannot be one. */
export function layoutOf(name: string, prediction: DenseTensor, axis: number): Result<Layout> {
  const { shape } = prediction;
  const index = resolveAxis(axis, shape.length);
  const classes = index === null ? undefined : shape[index];
  if (index === null || index === 0 || classes === undefined) {
    return fail(
      lossProblem(
        name,
        `a prediction ${shapeText(shape)} has no class axis ${axis}`,
        'Let the model answer with one axis of classes after the batch axis, or name the axis of the classes'
      )
    );
  }
  const outer = elementCount(shape.slice(0, index));
  const inner = elementCount(shape.slice(index + 1));
  return ok({ samples: shape[0] ?? 0, outer, classes, inner, positions: outer * inner });
}

/** One class a position, checked to lie within the classes (or to be the one that is ignored). */
export function checkClasses(
  name: string,
  classes: Int32Array,
  layout: Layout,
  ignoreIndex: number | null
): Result<Int32Array> {
  if (classes.length !== layout.positions) {
    return fail(
      lossProblem(
        name,
        `${classes.length} class numbers do not fit a prediction with ${layout.positions} positions of ${layout.classes} classes`,
        'Give one class number for each sample (and each position of a map)'
      )
    );
  }
  const perSample = layout.positions / layout.samples;
  for (let at = 0; at < classes.length; at++) {
    const label = classes[at] ?? 0;
    if ((label >= 0 && label < layout.classes) || label === ignoreIndex) continue;
    return fail(
      lossProblem(
        name,
        `the class ${label} of sample ${Math.floor(at / perSample)} lies outside the model's ${layout.classes} classes (0 to ${layout.classes - 1})`,
        `Give the model's last layer ${label >= 0 ? `at least ${label + 1} outputs` : 'classes that count from 0'}, or correct the labels`
      )
    );
  }
  return ok(classes);
}

/**
 * The target as one number for each entry of the prediction. Class numbers become 0 and 1 where there is one for each
 * entry (a single output), else one-hot along the class axis.
 */
export function denseTarget(
  name: string,
  prediction: DenseTensor,
  target: LossTarget,
  classAxis: number
): Result<Float32Array> {
  const size = prediction.data.length;
  if (target.kind === 'values') {
    if (target.values.length === size) return ok(target.values);
    return fail(
      lossProblem(
        name,
        `the target holds ${target.values.length} numbers, the prediction ${shapeText(prediction.shape)} holds ${size}`,
        'Give the target the shape of the model’s output, or class numbers with a loss that takes them (SparseCategoricalCrossentropy, CrossEntropyLoss)'
      )
    );
  }
  if (target.classes.length === size) return ok(Float32Array.from(target.classes));
  const layout = layoutOf(name, prediction, classAxis);
  if (!layout.ok) return layout;
  const checked = checkClasses(name, target.classes, layout.value, null);
  if (!checked.ok) return checked;
  const { classes, inner } = layout.value;
  const dense = new Float32Array(size);
  target.classes.forEach((label, at) => {
    dense[(Math.floor(at / inner) * classes + label) * inner + (at % inner)] = 1;
  });
  return ok(dense);
}
