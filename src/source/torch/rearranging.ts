/** PyTorch's `view`, `permute`, `flatten`, `squeeze`… as kinds: the batch has to stay first and whole. */
import type { LayerKind } from '../../core/layerKind';
import { productOf, type Dim, type Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { Unknown, type Value } from '../interpreter/values';
import { SizeValue } from './values';

/** A kind, or why there is none, with the shape that comes out where it is known all the same. */
export type Rearranged =
  | { readonly kind: LayerKind }
  | {
      readonly kind: null;
      readonly reason: string;
      readonly shape: Shape | null;
      /** Where each sample becomes several: how many. */
      readonly rowsPerSample?: number;
    };

const none = (reason: string, shape: Shape | null = null): Rearranged => ({ kind: null, reason, shape });

export function flattenKind(shape: Shape | null, start: number, end: number): Rearranged {
  const rank = shape?.length ?? null;
  const from = start < 0 && rank !== null ? start + rank : start;
  if (from === 0) return none(t('flattening takes the batch with it'));
  return { kind: { kind: 'flatten', channelsLastOrder: false, startAxis: from, endAxis: end } };
}

/**
 * `x.view(…)`, `x.reshape(…)`. Code is taken to work: a single size that is not known is what is left over. `-1` in the
 * batch's place stands for the batch where the other sizes hold what one sample has.
 */
export function viewKind(shape: Shape | null, target: readonly Value[]): Rearranged {
  const [first, ...rest] = target;
  if (first === undefined) return none(t('the new shape is not known'));
  if (first instanceof Unknown) return none(first.reason);
  const total = shape === null ? null : productOf(shape.slice(1));
  const sizes = rest.map((value): number | null => (typeof value === 'number' ? value : null));
  const open = sizes.filter((size) => size === null || size === -1).length;
  if (rest.length === 0) return none(t('the new shape has no axis beside the batch'));
  if (open > 1) return sameAxes(shape, target) ?? none(t('more than one size of the new shape is not known'));
  if (first === -1) {
    const left = rest.find((value) => typeof value !== 'number');
    if (left instanceof Unknown) return none(left.reason);
    if (left === undefined && sizes.includes(-1)) return none(t('two sizes of the new shape are left open'));
    const product = sizes.reduce<Dim>((all, size) => (all === null || size === null ? null : all * size), 1);
    // PyTorch cuts each sample into rows of this length, and the batch grows.
    if (rest.length === 1 && total !== null && product !== null && product > 0 && product < total) {
      const rowsPerSample = total / product;
      const reason = t('the new shape makes {0} rows of each sample', rowsPerSample);
      if (Number.isInteger(rowsPerSample)) return { kind: null, reason, shape: [null, product], rowsPerSample };
    }
    // One axis of a length that does not divide is an error to be shown; several axes may well regroup batch and samples.
    if (rest.length > 1 && total !== null && product !== null && total !== product) {
      return none(t('the new shape mixes the batch with the other axes'), [null, ...sizes]);
    }
  } else if (!(first instanceof SizeValue && first.isBatch) && typeof first !== 'number') {
    return none(t('the new shape mixes the batch with the other axes'), [
      null,
      ...sizes.map((size) => (size === -1 ? null : size))
    ]);
  }
  if (rest.length === 1 && (open === 1 || (total !== null && sizes[0] === total))) {
    return { kind: { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 } };
  }
  return { kind: { kind: 'reshape', target: sizes.map((size) => size ?? -1) } };
}

/** `x.view(b, c, h * w)` and the like, where sizes of `x` itself are open: a flattening of its last axes. */
function sameAxes(shape: Shape | null, target: readonly Value[]): Rearranged | null {
  if (shape === null || target.length >= shape.length) return null;
  const kept = target.slice(0, -1);
  const matches = kept.every((value, axis) => {
    const size = shape[axis] ?? null;
    if (value instanceof SizeValue)
      return axis === 0
        ? value.isBatch
        : value.factor === 1 && value.axes.length === 1 && value.axes[0]?.endsWith(`:${axis}`) === true;
    return typeof value === 'number' && value === size;
  });
  const startAxis = target.length - 1;
  return matches ? { kind: { kind: 'flatten', channelsLastOrder: false, startAxis, endAxis: -1 } } : null;
}

/** @param order the old axis at each place */
export function permuteKind(shape: Shape | null, order: readonly Value[]): Rearranged {
  const axes = order.filter((axis) => typeof axis === 'number').map((axis) => (axis < 0 ? axis + order.length : axis));
  if (axes.length < order.length) return none(t('the order of the axes is not known'));
  if (axes[0] !== 0) {
    const moved = shape === null ? null : axes.map((axis) => shape[axis] ?? null);
    return none(t('the batch is moved to another place'), moved);
  }
  return { kind: { kind: 'permute', axes: axes.slice(1) } };
}

/** @param axes none: every axis of length 1 */
export function squeezeKind(shape: Shape | null, axes: readonly number[] | null): Rearranged {
  if (shape === null) return none(t('the shape of this tensor is not known'));
  if (axes === null && shape.slice(1).includes(null)) return none(t('which axes have length 1 is not known'));
  const gone = (axis: number): boolean =>
    axis > 0 && shape[axis] === 1 && (axes === null || axes.includes(axis) || axes.includes(axis - shape.length));
  return toShape(shape.filter((_, axis) => !gone(axis)));
}

export function unsqueezeKind(shape: Shape | null, axis: number): Rearranged {
  if (shape === null) return none(t('the shape of this tensor is not known'));
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  if (at === 0) return none(t('an axis is put before the batch'));
  return toShape([...shape.slice(0, at), 1, ...shape.slice(at)]);
}

/** A reshape to sizes of which one at most is open. */
export function toShape(shape: Shape): Rearranged {
  const sizes = shape.slice(1);
  if (sizes.filter((size) => size === null).length > 1) {
    return none(t('the sizes of this tensor are not known'), shape);
  }
  if (sizes.length === 0) return none(t('nothing but the batch is left'), shape);
  return { kind: { kind: 'reshape', target: sizes.map((size) => size ?? -1) } };
}
