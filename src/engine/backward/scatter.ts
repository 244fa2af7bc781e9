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
  const [batch = 1, height = 1, width = 1, channels = 1] = value.shape;
  const [, rows = 1, columns = 1] = gradient.shape;
  const incoming = gradient.dataSync<'float32'>();
  const values = operation === 'max' ? value.dataSync<'float32'>() : null;
  const result = new Float32Array(elementCount(value.shape));
  const share = 1 / (size[0] * size[1]);
  let from = 0;
  for (let n = 0; n < batch; n++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const corner = ((n * height + y * strides[0]) * width + x * strides[1]) * channels;
        for (let c = 0; c < channels; c++, from++) {
          const amount = incoming[from] ?? 0;
          if (amount === 0) continue;
          let best = -1;
          let most = -Infinity;
          for (let v = 0; v < size[0]; v++) {
            for (let u = 0; u < size[1]; u++) {
              const at = corner + (v * width + u) * channels + c;
              if (values === null) {
                result[at] = (result[at] ?? 0) + amount * share;
              } else {
                const candidate = values[at] ?? 0;
                if (best < 0 || candidate > most) {
                  best = at;
                  most = candidate;
                }
              }
            }
          }
          if (best >= 0) result[best] = (result[best] ?? 0) + amount;
        }
      }
    }
  }
  return tf.tensor(result, value.shape);
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
