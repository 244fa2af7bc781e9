/** Sums over all axes but the last: what biases, and the scales and shifts of channels, gather on the way back. */
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';

/** Above this many numbers a sum in one go is no faster. */
const WORTH_IT = 256;

/**
 * The sum of a value `[…, C]` over all axes but the last, `[C]`. The WebAssembly backend turns a value round before it
 * sums over leading axes; its average pooling reads the value as it lies, several channels at a time. Two poolings of about
 * the square root of the rows each keep single-precision sums short as well.
 */
export function columnSums(tf: TensorLibrary, value: Tensor): Tensor {
  const channels = value.shape.at(-1) ?? 1;
  const rows = value.size / channels;
  if (tf.getBackend() !== 'wasm' || rows < WORTH_IT) return tf.sum(tf.reshape(value, [rows, channels]), 0);
  const outer = divisorNearRoot(rows);
  const parts = average(tf, tf.reshape(value, [outer, rows / outer, 1, channels]) as Tensor4D);
  const whole = average(tf, tf.reshape(parts, [1, outer, 1, channels]) as Tensor4D);
  return tf.mul(tf.reshape(whole, [channels]), rows);
}

/** Over axis 1; the backend refuses windows of one position. */
function average(tf: TensorLibrary, value: Tensor4D): Tensor {
  const length = value.shape[1];
  return length === 1 ? value : tf.avgPool(value, [length, 1], 1, 'valid');
}

/** The largest divisor that is not above the square root. */
function divisorNearRoot(count: number): number {
  for (let divisor = Math.floor(Math.sqrt(count)); divisor > 1; divisor--) {
    if (count % divisor === 0) return divisor;
  }
  return 1;
}
