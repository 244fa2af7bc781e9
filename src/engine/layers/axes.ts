/** Moving axes: most kernels of the tensor library know channels-last values only. */
import type { DataFormat } from '../../core/shape';
import type { Tensor, TensorLibrary } from '../tensorLibrary';

/** `[N, C, …S]` to `[N, …S, C]`; a channels-last value is returned as it is. */
export function toChannelsLast(tf: TensorLibrary, value: Tensor, format: DataFormat): Tensor {
  if (format === 'channelsLast' || value.rank < 3) return value;
  return tf.transpose(value, [0, ...range(2, value.rank), 1]);
}

/** The inverse of `toChannelsLast`. */
export function fromChannelsLast(tf: TensorLibrary, value: Tensor, format: DataFormat): Tensor {
  if (format === 'channelsLast' || value.rank < 3) return value;
  return tf.transpose(value, [0, value.rank - 1, ...range(1, value.rank - 1)]);
}

/** Runs `compute` on the channels-last form of a value and gives the result back in the value's own layout. */
export function inChannelsLast(
  tf: TensorLibrary,
  value: Tensor,
  format: DataFormat,
  compute: (value: Tensor) => Tensor
): Tensor {
  return fromChannelsLast(tf, compute(toChannelsLast(tf, value, format)), format);
}

/** `start … end - 1`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** A negative axis counted from the end. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Reshapes a per-axis parameter so that it broadcasts against a value: `[C]` to `[1, C, 1, 1]` for axis 1. */
export function alongAxes(tf: TensorLibrary, parameter: Tensor, axes: readonly number[], shape: readonly number[]) {
  const target = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  return tf.reshape(parameter, target);
}

/** Positions `start, start + step, …` (`count` of them) of one axis. */
export function everyNth(
  tf: TensorLibrary,
  value: Tensor,
  axis: number,
  start: number,
  step: number,
  count: number
): Tensor {
  const begin = value.shape.map((_, i) => (i === axis ? start : 0));
  const end = value.shape.map((size, i) => (i === axis ? start + (count - 1) * step + 1 : size));
  if (step === 1) {
    return count === value.shape[axis]
      ? value
      : tf.slice(
          value,
          begin,
          end.map((stop, i) => stop - (begin[i] ?? 0))
        );
  }
  return tf.stridedSlice(
    value,
    begin,
    end,
    value.shape.map((_, i) => (i === axis ? step : 1))
  );
}
