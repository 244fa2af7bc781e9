/** Gradients that put numbers back where they were taken from: pooling windows, maxima, gathered and sliced positions. */
import { elementCount } from '../../core/tensor';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { insertZeros } from './convolutions';

export interface WindowGeometry {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly operation: 'max' | 'average';
}

/**
 * Pooling without padding. A maximum's gradient goes to the first of equal values in reading order, as in TensorFlow and
 * PyTorch; a mean's goes to all values of the window in equal shares.
 * @param value `[N, H, W, C]`; @param gradient `[N, H', W', C]`
 */
export function windowGradient(
  tf: TensorLibrary,
  value: Tensor,
  gradient: Tensor,
  { size, strides, operation }: WindowGeometry
): Tensor {
  const result = new Float32Array(elementCount(value.shape));
  const incoming = gradient.dataSync<'float32'>();
  const spread: Spread = {
    corners: cornersOf(value.shape, gradient.shape, strides),
    places: placesOf(value.shape, size),
    channels: value.shape.at(-1) ?? 1
  };
  if (operation === 'max') toLargest(spread, value.dataSync<'float32'>(), incoming, result);
  else toAll(spread, incoming, result);
  return tf.tensor(result, value.shape);
}

/** Offsets of numbers: of each window's first, and of a window's places from there. Channels lie side by side. */
interface Spread {
  readonly corners: Int32Array;
  readonly places: Int32Array;
  readonly channels: number;
}

function cornersOf(
  [batch = 1, height = 1, width = 1, channels = 1]: readonly number[],
  [, rows = 1, columns = 1]: readonly number[],
  strides: readonly [number, number]
): Int32Array {
  const corners = new Int32Array(batch * rows * columns);
  let at = 0;
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        corners[at++] = ((n * height + y * strides[0]) * width + x * strides[1]) * channels;
  return corners;
}

function placesOf([, , width = 1, channels = 1]: readonly number[], size: readonly [number, number]): Int32Array {
  return Int32Array.from(
    { length: size[0] * size[1] },
    (_, i) => (Math.floor(i / size[1]) * width + (i % size[1])) * channels
  );
}

function toLargest(
  { corners, places, channels }: Spread,
  values: Float32Array,
  incoming: Float32Array,
  result: Float32Array
): void {
  let from = 0;
  for (const corner of corners) {
    for (let c = 0; c < channels; c++, from++) {
      const start = corner + c;
      let best = start;
      let most = values[start] as number;
      for (let k = 1; k < places.length; k++) {
        const at = start + (places[k] as number);
        const candidate = values[at] as number;
        if (candidate > most) {
          best = at;
          most = candidate;
        }
      }
      result[best] = (result[best] as number) + (incoming[from] as number);
    }
  }
}

function toAll({ corners, places, channels }: Spread, incoming: Float32Array, result: Float32Array): void {
  let from = 0;
  for (const corner of corners) {
    for (let c = 0; c < channels; c++, from++) {
      const share = (incoming[from] as number) / places.length;
      for (const place of places) {
        const at = corner + c + place;
        result[at] = (result[at] as number) + share;
      }
    }
  }
}

/** Equal maxima along the axis share the gradient. */
export function maximumGradient(
  tf: TensorLibrary,
  value: Tensor,
  output: Tensor,
  gradient: Tensor,
  axis: number,
  keepDims: boolean
): Tensor {
  const kept = (tensor: Tensor) => (keepDims ? tensor : tf.expandDims(tensor, axis));
  const winners = tf.cast(tf.equal(value, kept(output)), 'float32');
  return tf.mul(winners, tf.div(kept(gradient), tf.sum(winners, axis, true)));
}

/** @param indices a list of positions along `axis`. */
export function gatherGradient(
  tf: TensorLibrary,
  shape: readonly number[],
  indices: Tensor,
  gradient: Tensor,
  axis: number
): Tensor {
  const positions = indices.dataSync();
  const incoming = gradient.dataSync<'float32'>();
  const size = shape[axis] ?? 1;
  const outer = elementCount(shape.slice(0, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const result = new Float32Array(elementCount(shape));
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < positions.length; i++) {
      const from = (o * positions.length + i) * inner;
      const to = (o * size + (positions[i] ?? 0)) * inner;
      for (let k = 0; k < inner; k++) result[to + k] = (result[to + k] ?? 0) + (incoming[from + k] ?? 0);
    }
  }
  return tf.tensor(result, [...shape]);
}

/** Of a slice with steps: zeros between, before and after. */
export function everyNthGradient(
  tf: TensorLibrary,
  shape: readonly number[],
  gradient: Tensor,
  begin: readonly number[],
  strides: readonly number[]
): Tensor {
  const spread = strides.reduce((value, stride, axis) => insertZeros(tf, value, axis, stride), gradient);
  const around = shape.map((size, axis): [number, number] => {
    const before = begin[axis] ?? 0;
    return [before, size - before - (spread.shape[axis] ?? 1)];
  });
  return tf.pad(spread, around);
}
