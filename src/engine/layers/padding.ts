/** Explicit padding of a value's axes in every mode. */
import type { PadMode } from '../../core/layerKind';
import { CannotRun } from '../cannotRun';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { t } from '../../core/texts';

export type Pads = readonly (readonly [number, number])[];

export function hasPadding(pads: Pads): boolean {
  return pads.some(([before, after]) => before !== 0 || after !== 0);
}

/**
 * Pads the axes from `firstAxis` on; a negative pad cuts.
 * @param value used by mode `zeros` only; -Infinity for max pooling
 */
export function padAxes(
  tf: TensorLibrary,
  tensor: Tensor,
  firstAxis: number,
  pads: Pads,
  mode: PadMode,
  value = 0
): Tensor {
  const cut = cutAxes(
    tf,
    tensor,
    firstAxis,
    pads.map(([before, after]) => [Math.max(-before, 0), Math.max(-after, 0)] as const)
  );
  const grow = pads.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as [number, number]);
  if (!hasPadding(grow)) return cut;
  if (mode === 'zeros') {
    const all = cut.shape.map((_, axis): [number, number] => grow[axis - firstAxis] ?? [0, 0]);
    return tf.pad(cut, all, value);
  }
  return grow.reduce((padded, [before, after], i) => {
    if (before === 0 && after === 0) return padded;
    const axis = firstAxis + i;
    const size = padded.shape[axis] ?? 0;
    const indices = Int32Array.from({ length: before + size + after }, (_, at) => mirrored(at - before, size, mode));
    return tf.gather(padded, tf.tensor1d(indices, 'int32'), axis);
  }, cut);
}

/** Cuts `[before, after]` elements off the axes from `firstAxis` on. */
export function cutAxes(tf: TensorLibrary, tensor: Tensor, firstAxis: number, crops: Pads): Tensor {
  if (!hasPadding(crops)) return tensor;
  const begin = tensor.shape.map((_, axis) => crops[axis - firstAxis]?.[0] ?? 0);
  const size = tensor.shape.map((length, axis) => {
    const [before, after] = crops[axis - firstAxis] ?? [0, 0];
    return length - before - after;
  });
  if (size.some((length) => length < 1)) throw new CannotRun(t('it would cut away the whole value'));
  return tf.slice(tensor, begin, size);
}

/** The position inside `[0, size)` that a position outside shows. */
function mirrored(position: number, size: number, mode: Exclude<PadMode, 'zeros'>): number {
  switch (mode) {
    case 'replicate':
      return Math.min(Math.max(position, 0), size - 1);
    case 'circular':
      return ((position % size) + size) % size;
    case 'reflect': {
      if (size === 1) return 0;
      const period = 2 * (size - 1);
      const inside = ((position % period) + period) % period;
      return inside < size ? inside : period - inside;
    }
  }
}
