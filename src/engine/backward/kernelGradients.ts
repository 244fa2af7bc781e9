/**
 * Kernel gradients of convolutions, one position of the kernel at a time: what that position met, times the output's
 * gradient, summed over batch and positions (Dumoulin and Visin 2016, section 4, read for the kernel). A matrix product
 * for each position is what every backend computes fast, whatever strides and dilation.
 */
import { everyNth } from '../layers/axes';
import { padAxes } from '../layers/padding';
import type { Tensor, Tensor2D, TensorLibrary } from '../tensorLibrary';
import type { ConvolutionGeometry } from './convolutions';

/**
 * @param value `[N, H, W, C]`; @param gradient of the output, `[N, H', W', O]`; @param filter shape of the kernel, `[h, w, C, O]`
 * @returns shaped as the kernel
 */
export function convolutionKernelGradient(
  tf: TensorLibrary,
  value: Tensor,
  gradient: Tensor,
  filter: readonly number[],
  geometry: ConvolutionGeometry
): Tensor {
  const [height = 1, width = 1, channels = 1, outputs = 1] = filter;
  const rows = tf.reshape(gradient, [-1, outputs]) as Tensor2D;
  const parts = metBy(tf, value, gradient, [height, width], geometry).map((met) => {
    const turned = tf.transpose(tf.reshape(met, [-1, channels])) as Tensor2D;
    return tf.reshape(tf.matMul(turned, rows), [1, channels, outputs]);
  });
  return tf.reshape(parts.length === 1 ? (parts[0] ?? value) : tf.concat(parts, 0), [...filter]);
}

/**
 * @param gradient `[N, H', W', C M]`, the multiplier varying fastest; @param filter shape of the kernel, `[h, w, C, M]`
 * @returns shaped as the kernel
 */
export function depthwiseKernelGradient(
  tf: TensorLibrary,
  value: Tensor,
  gradient: Tensor,
  filter: readonly number[],
  geometry: Omit<ConvolutionGeometry, 'pads'>
): Tensor {
  const [height = 1, width = 1, channels = 1, multiplier = 1] = filter;
  const rows = tf.reshape(gradient, [-1, channels, multiplier]);
  const none = [0, 0] as const;
  const parts = metBy(tf, value, gradient, [height, width], { ...geometry, pads: [none, none] }).map((met) =>
    tf.sum(tf.mul(tf.reshape(met, [-1, channels, 1]), rows), 0, true)
  );
  return tf.reshape(parts.length === 1 ? (parts[0] ?? value) : tf.concat(parts, 0), [...filter]);
}

/** The values that each position of the kernel meets, in reading order, each shaped `[N, H', W', C]`. */
function metBy(
  tf: TensorLibrary,
  value: Tensor,
  gradient: Tensor,
  [height, width]: readonly [number, number],
  { strides, dilations, pads }: ConvolutionGeometry
): Tensor[] {
  const padded = padAxes(tf, value, 1, pads, 'zeros');
  const [, rows = 1, columns = 1] = gradient.shape;
  return Array.from({ length: height }, (_, y) => {
    const lines = everyNth(tf, padded, 1, y * dilations[0], strides[0], rows);
    return Array.from({ length: width }, (__, x) => everyNth(tf, lines, 2, x * dilations[1], strides[1], columns));
  }).flat();
}
