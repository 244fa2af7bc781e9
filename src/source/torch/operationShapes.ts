/** Shapes and numbers of operations: pieces, slices, scaling by a number. */
import type { LayerKind } from '../../core/layerKind';
import type { Dim, Shape } from '../../core/shape';
import { broadcast } from '../../core/shapes/combining';
import { SliceValue, type Value } from '../interpreter/values';
import { DataTensor, ParameterValue, SizeValue, WeightsValue } from './values';

/** Functions of each number by itself that are no activations here. */
export const ELEMENTWISE = new Set(
  'abs sqrt rsqrt log pow square neg sign round floor ceil sin cos erf masked_fill where cumsum softmin threshold'.split(
    ' '
  )
);

export function scaling(operator: string, other: Value, numberFirst: boolean): LayerKind | null {
  if (typeof other !== 'number') return null;
  switch (operator) {
    case '+':
      return { kind: 'rescale', scale: 1, offset: other };
    case '-':
      return numberFirst
        ? { kind: 'rescale', scale: -1, offset: other }
        : { kind: 'rescale', scale: 1, offset: -other };
    case '*':
      return { kind: 'rescale', scale: other, offset: 0 };
    case '/':
      return numberFirst || other === 0 ? null : { kind: 'rescale', scale: 1 / other, offset: 0 };
    default:
      return null;
  }
}

/** Lengths of the pieces of an axis; the last one is what is left. */
export function piecesOf(size: Dim, by: { readonly count: number } | { readonly size: number }): Dim[] | null {
  if (size === null) return 'count' in by ? Array.from({ length: by.count }, () => null) : null;
  const piece = 'count' in by ? Math.ceil(size / by.count) : by.size;
  if (piece <= 0) return null;
  const pieces: number[] = [];
  for (let left = size; left > 0; left -= piece) pieces.push(Math.min(piece, left));
  return pieces;
}

export function paddedShape(shape: Shape | null, flat: readonly number[]): Shape | null {
  if (shape === null || flat.length > 2 * (shape.length - 1)) return null;
  return shape.map((size, axis) => {
    const at = 2 * (shape.length - 1 - axis);
    return size === null ? null : size + (flat[at] ?? 0) + (flat[at + 1] ?? 0);
  });
}

/** The shape of `x[a:b, :, None, …]`; `null` where the batch is touched or an index is not known. */
export function slicedShape(shape: Shape | null, parts: readonly Value[]): Shape | null {
  if (shape === null) return null;
  const used = parts.filter((part) => part !== null && part !== ELLIPSIS).length;
  const result: Dim[] = [];
  let axis = 0;
  for (const part of parts) {
    if (part === null) result.push(1);
    else if (part === ELLIPSIS) {
      const end = axis + shape.length - used;
      while (axis < end) result.push(shape[axis++] ?? null);
    } else {
      const size = shape[axis] ?? null;
      if (part instanceof SliceValue) {
        if (axis === 0 && !isWhole(part)) return null;
        result.push(sliceLength(size, part));
      } else if (typeof part !== 'number' || axis === 0) return null;
      axis++;
    }
  }
  return [...result, ...shape.slice(axis)];
}

/** How `...` arrives. */
const ELLIPSIS = '...';

function isWhole(slice: SliceValue): boolean {
  return slice.start === null && slice.stop === null && slice.step === null;
}

function sliceLength(size: Dim, slice: SliceValue): Dim {
  if (isWhole(slice)) return size;
  const { start, stop } = slice;
  const step = slice.step ?? 1;
  const number = (value: Value): boolean => value === null || typeof value === 'number';
  if (size === null || !number(start) || !number(stop) || typeof step !== 'number' || step <= 0) return null;
  const wrap = (place: number): number => Math.min(size, Math.max(0, place < 0 ? place + size : place));
  const from = typeof start === 'number' ? wrap(start) : 0;
  const to = typeof stop === 'number' ? wrap(stop) : size;
  return Math.max(0, Math.ceil((to - from) / step));
}

/** The shape of `x` and another value together: numbers keep it, tensors of known sizes broadcast, all else is not known. */
export function besideOther(shape: Shape, other: Value): Shape | null {
  if (other instanceof WeightsValue) return null;
  if (other instanceof ParameterValue || other instanceof DataTensor) {
    return other.sizes === null ? null : withConstant(shape, other.sizes);
  }
  return typeof other === 'number' || typeof other === 'boolean' || other instanceof SizeValue ? shape : null;
}

/** PyTorch's broadcasting, aligned at the end; a constant with more axes than the value, or one that does not fit: not known. */
function withConstant(shape: Shape, sizes: readonly Dim[]): Shape | null {
  if (sizes.length > shape.length) return null;
  const offset = shape.length - sizes.length;
  const all: Dim[] = [];
  for (const [axis, own] of shape.entries()) {
    const size = axis < offset ? 1 : (sizes[axis - offset] ?? null);
    if (size === 1 || size === own) all.push(own);
    else if (own === 1) all.push(size);
    // A constant of more than one row meets a batch of that many alone.
    else if (own === null) all.push(axis === 0 ? null : size);
    else if (size === null) all.push(own);
    else return null;
  }
  return all;
}

/** The shape of a product of matrices, `x @ y`; what stands before their two axes broadcasts. */
export function productShape(x: Shape | null, y: Shape | null): Shape | null {
  if (x === null || y === null || x.length !== y.length) return null;
  const last = y.at(-1) ?? null;
  if (x.length < 3) return [...x.slice(0, -1), last];
  const before = broadcast(x.slice(0, -2), y.slice(0, -2));
  return before === null ? null : [...before, x.at(-2) ?? null, last];
}
