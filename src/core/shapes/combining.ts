/** Shapes of layers with several inputs: element-wise merges, concatenation, dot products. */
import type { KindOf } from '../layerKind';
import type { Dim, Shape } from '../shape';
import { mismatch, resolveAxis, shapes, shapeText, withAxis, type ShapeOutcome } from './outcome';
import { t } from '../texts';

/** One size of a broadcast, `undefined` where the two do not fit. Unknown with anything is unknown, as Keras reports it. */
function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === null || b === null) return null;
  if (a === b || b === 1) return a;
  return a === 1 ? b : undefined;
}

/**
 * Broadcast of two shapes. Axes after the batch are aligned at the end, so that a vector per sample meets an image's
 * channels; the batch meets the batch.
 */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const offset = long.length - short.length;
  const batch = long[0] ?? short[0] ?? null;
  const rest: Dim[] = [];
  for (let axis = 1; axis < long.length; axis++) {
    const partner = axis - offset;
    const size = partner >= 1 ? broadcastDim(long[axis] ?? null, short[partner] ?? null) : (long[axis] ?? null);
    if (size === undefined) return null;
    rest.push(size);
  }
  return [batch, ...rest];
}

export function mergeShape(kind: KindOf<'merge'>, inputs: readonly Shape[]): ShapeOutcome {
  const [first, ...others] = inputs;
  if (first === undefined) return mismatch('shape-inputs', t('A merge needs at least one input'));
  if (kind.operation === 'subtract' && inputs.length !== 2) {
    return mismatch('shape-inputs', t('A subtraction needs two inputs, but gets {0}', inputs.length));
  }
  let result: Shape = first;
  for (const other of others) {
    const merged = broadcast(result, other);
    if (merged === null) {
      return mismatch(
        'shape-merge',
        t('Values of different shapes cannot be combined element by element: {0}', inputs.map(shapeText).join(' and '))
      );
    }
    result = merged;
  }
  return shapes(result);
}

/** Sizes beside the joined axis are the first input's, known or not, as Keras reports them. */
export function concatShape(kind: KindOf<'concat'>, inputs: readonly Shape[]): ShapeOutcome {
  const [first] = inputs;
  if (first === undefined) return mismatch('shape-inputs', t('A concatenation needs at least one input'));
  const axis = resolveAxis(kind.axis, first.length);
  if (axis === null) return mismatch('shape-axis', t('{0} has no axis {1}', shapeText(first), kind.axis));
  const misfit = mismatch(
    'shape-concat',
    t(
      'Values can be joined along axis {0} only where all other sizes agree: {1}',
      kind.axis,
      inputs.map(shapeText).join(', ')
    )
  );
  let joined: Dim = 0;
  for (const shape of inputs) {
    if (shape.length !== first.length) return misfit;
    const size: Dim = shape[axis] ?? null;
    joined = joined === null || size === null ? null : joined + size;
    for (const [i, other] of shape.entries()) {
      if (i === axis) continue;
      const known: Dim = first[i] ?? null;
      if (known !== null && other !== null && known !== other) return misfit;
    }
  }
  return shapes(withAxis(first, axis, joined));
}

/** The contracted axes disappear; what is left of the second input loses its batch. A scalar per sample gets one axis. */
export function dotShape(kind: KindOf<'dot'>, inputs: readonly Shape[]): ShapeOutcome {
  const [a, b] = inputs;
  if (a === undefined || b === undefined || inputs.length !== 2) {
    return mismatch('shape-inputs', t('A dot product needs two inputs, but gets {0}', inputs.length));
  }
  const axisA = resolveAxis(kind.axes[0], a.length);
  const axisB = resolveAxis(kind.axes[1], b.length);
  if (axisA === null || axisB === null) {
    return mismatch(
      'shape-axis',
      t('{0} and {1} have no axes {2}', shapeText(a), shapeText(b), kind.axes.join(' and '))
    );
  }
  const sizeA = a[axisA] ?? null;
  const sizeB = b[axisB] ?? null;
  if (sizeA !== null && sizeB !== null && sizeA !== sizeB) {
    return mismatch(
      'shape-dot',
      t(
        'The axes of a dot product must be of one length: {0} of {1}, {2} of {3}',
        sizeA,
        shapeText(a),
        sizeB,
        shapeText(b)
      )
    );
  }
  const left = a.filter((_, i) => i !== axisA);
  const right = b.filter((_, i) => i !== axisB && i !== 0);
  const joined = [...left, ...right];
  return shapes(joined.length === 1 ? [...joined, 1] : joined);
}
