/** Kinds `pool`, `globalPool` and `adaptivePool`. */
import type { KindOf } from '../../core/layerKind';
import { channelAxis, spatialAxes } from '../../core/shape';
import { axisPads, axisWindow, spanOf, windowCount } from '../../core/windows';
import { CannotRun } from '../cannotRun';
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';
import { everyNth, inChannelsLast } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { padAxes } from './padding';
import { type AxisTaps, resampleAxis } from './taps';
import { t } from '../../core/texts';

/** One spatial axis of a pooling, resolved against the value's size. */
interface PoolAxis {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

export function pooling(
  kind: KindOf<'pool'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (value) => {
    const axes = kind.poolSize.map((size, i): PoolAxis => {
      const window = axisWindow(kind, kind.poolSize, i);
      const length = value.shape[i + 1] ?? 0;
      const [before] = axisPads(window, length);
      const count = windowCount(window, length, kind.ceilMode);
      if (count < 1) throw new CannotRun(t('its window is larger than the value'));
      // The last window decides how far the value must reach: short of the end, or beyond it in ceil mode.
      const after = (count - 1) * window.stride + spanOf(window) - before - length;
      return { size, stride: window.stride, dilation: window.dilation, count, before, after };
    });
    const fill = kind.operation === 'max' ? -Infinity : 0;
    const padded = padAxes(
      tf,
      value,
      1,
      axes.map(({ before, after }) => [before, after]),
      'zeros',
      fill
    );
    if (kind.operation === 'max') return reduceWindows(tf, padded, axes, 'max');
    return divideByShare(tf, kind, reduceWindows(tf, padded, axes, 'average'), axes, value.shape);
  });
}

/**
 * Maximum or mean over full windows. Both are separable, so volumes are pooled over height and width first and then
 * along depth with the library's two-dimensional kernels.
 */
function reduceWindows(
  tf: TensorLibrary,
  value: Tensor,
  axes: readonly PoolAxis[],
  operation: 'max' | 'average'
): Tensor {
  const [n = 1, ...rest] = value.shape;
  const channels = rest.at(-1) ?? 1;
  const [first, second, third] = axes;
  if (first === undefined) return value;
  if (second === undefined) {
    const line = tf.reshape(value, [n, 1, rest[0] ?? 1, channels]);
    return tf.squeeze(reduceWindows2d(tf, line, [notPooled(1), first], operation), [1]);
  }
  if (third === undefined) return reduceWindows2d(tf, value, [first, second], operation);
  const [depth = 1, height = 1, width = 1] = rest;
  const planes = reduceWindows2d(
    tf,
    tf.reshape(value, [n * depth, height, width, channels]),
    [second, third],
    operation
  );
  const plane = second.count * third.count;
  const deep = reduceWindows2d(
    tf,
    tf.reshape(planes, [n, depth, plane, channels]),
    [first, notPooled(plane)],
    operation
  );
  return tf.reshape(deep, [n, first.count, second.count, third.count, channels]);
}

/** An axis that is left as it is. */
function notPooled(length: number): PoolAxis {
  return { size: 1, stride: 1, dilation: 1, count: length, before: 0, after: 0 };
}

function reduceWindows2d(
  tf: TensorLibrary,
  value: Tensor,
  [rows, columns]: readonly [PoolAxis, PoolAxis],
  operation: 'max' | 'average'
): Tensor {
  const onePixel = rows.size === 1 && columns.size === 1;
  if (!onePixel && rows.dilation === 1 && columns.dilation === 1) {
    const pool = operation === 'max' ? tf.maxPool : tf.avgPool;
    return pool(value as Tensor4D, [rows.size, columns.size], [rows.stride, columns.stride], 'valid');
  }
  // Dilated (max pooling in PyTorch) and one-pixel windows: combine the shifted values.
  let result: Tensor | null = null;
  for (let y = 0; y < rows.size; y++) {
    for (let x = 0; x < columns.size; x++) {
      const line = everyNth(tf, value, 1, y * rows.dilation, rows.stride, rows.count);
      const part = everyNth(tf, line, 2, x * columns.dilation, columns.stride, columns.count);
      result = result === null ? part : operation === 'max' ? tf.maximum(result, part) : tf.add(result, part);
    }
  }
  const total = result ?? value;
  return operation === 'max' ? total : tf.div(total, rows.size * columns.size);
}

/**
 * Window means so far divide by the full window. TensorFlow divides by the pixels inside the value, PyTorch by those
 * inside the value and its padding, which differs from the full window only at a partial one in ceil mode.
 */
function divideByShare(
  tf: TensorLibrary,
  kind: KindOf<'pool'>,
  means: Tensor,
  axes: readonly PoolAxis[],
  shape: readonly number[]
): Tensor {
  return axes.reduce((result, axis, i) => {
    const window = axisWindow(kind, kind.poolSize, i);
    const length = shape[i + 1] ?? 0;
    const [before, after] = axisPads(window, length);
    const from = kind.countIncludePad ? -before : 0;
    const to = kind.countIncludePad ? length + after : length;
    const factors = Float32Array.from({ length: axis.count }, (_, at) => {
      const start = at * axis.stride - before;
      let inside = 0;
      for (let t = 0; t < axis.size; t++) {
        const position = start + t * axis.dilation;
        if (position >= from && position < to) inside++;
      }
      return axis.size / inside;
    });
    if (factors.every((factor) => factor === 1)) return result;
    return tf.mul(
      result,
      tf.tensor(
        factors,
        result.shape.map((size, at) => (at === i + 1 ? size : 1))
      )
    );
  }, means);
}

export function globalPooling(
  kind: KindOf<'globalPool'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const value = single(inputs);
  const axes = spatialAxes(value.rank, kind.dataFormat);
  // One axis after the other keeps single-precision sums short, and with them their rounding.
  const reduced = axes
    .toReversed()
    .reduce<Tensor>(
      (result, axis) => (kind.operation === 'max' ? tf.max(result, axis, true) : tf.mean(result, axis, true)),
      value
    );
  return kind.keepDims ? reduced : tf.squeeze(reduced, [...axes]);
}

/** PyTorch's windows: from `floor(i n / m)` to `ceil((i + 1) n / m)`. */
export function adaptivePooling(
  kind: KindOf<'adaptivePool'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const value = single(inputs);
  const unbatched = value.rank === channelAxis(value.rank, kind.dataFormat);
  if (unbatched) throw new CannotRun(t('its input has no channel axis'));
  return spatialAxes(value.rank, kind.dataFormat).reduce<Tensor>((result, axis, i) => {
    const length = result.shape[axis] ?? 1;
    const target = kind.outputSize[i] ?? length;
    if (target === length) return result;
    const windows = Array.from({ length: target }, (_, at) => ({
      start: Math.floor((at * length) / target),
      end: Math.ceil(((at + 1) * length) / target)
    }));
    if (kind.operation === 'max') {
      const parts = windows.map(({ start, end }) =>
        tf.max(everyNth(tf, result, axis, start, 1, end - start), axis, true)
      );
      return parts.length === 1 ? (parts[0] ?? result) : tf.concat(parts, axis);
    }
    const taps: AxisTaps = windows.map(({ start, end }) =>
      Array.from({ length: end - start }, (_, t) => ({ index: start + t, weight: 1 / (end - start) }))
    );
    return resampleAxis(tf, result, axis, taps);
  }, value);
}
