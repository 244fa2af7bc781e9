/**
 * Kernel gradients of convolutions, one position of the kernel at a time: what that position met, times the output's
 * gradient, summed over batch and positions (Dumoulin and Visin 2016, section 4, read for the kernel). A matrix product
 * for each position is what every backend computes fast, whatever strides and dilation.
 */
import { elementCount } from '../../core/tensor';
import { padAxes } from '../layers/padding';
import type { Tensor, Tensor2D, Tensor4D, TensorLibrary } from '../tensorLibrary';
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
  if (tf.getBackend() === 'wasm') return byOneConvolution(tf, value, gradient, filter, geometry);
  const [height = 1, width = 1, channels = 1, outputs = 1] = filter;
  const rows = tf.reshape(gradient, [-1, outputs]) as Tensor2D;
  const parts = metBy(tf, value, gradient, [height, width], geometry).map((met) => {
    const turned = tf.transpose(tf.reshape(met, [-1, channels])) as Tensor2D;
    return tf.reshape(tf.matMul(turned, rows), [1, channels, outputs]);
  });
  return tf.reshape(parts.length === 1 ? (parts[0] ?? value) : tf.concat(parts, 0), [...filter]);
}

/**
 * The same as one convolution: channels take the batch's place and the batch that of the channels; the output's gradient is
 * the kernel, its positions apart by the strides, and moves on by the dilation. WebAssembly's fast kernel then does all of it.
 */
function byOneConvolution(
  tf: TensorLibrary,
  value: Tensor,
  gradient: Tensor,
  filter: readonly number[],
  { strides, dilations, pads }: ConvolutionGeometry
): Tensor {
  const [height = 1, width = 1, channels = 1, outputs = 1] = filter;
  const turned = tf.transpose(value, [3, 1, 2, 0]) as Tensor4D;
  const kernel = tf.transpose(gradient, [1, 2, 0, 3]) as Tensor4D;
  const [, rows = 1, columns = 1] = gradient.shape;
  // Rows beyond the last window are cut off, where the strides leave some over.
  const padded = padAxes(
    tf,
    turned,
    1,
    [
      [pads[0][0], strides[0] * (rows - 1) + dilations[0] * (height - 1) + 1 - pads[0][0] - turned.shape[1]],
      [pads[1][0], strides[1] * (columns - 1) + dilations[1] * (width - 1) + 1 - pads[1][0] - turned.shape[2]]
    ],
    'zeros'
  ) as Tensor4D;
  const found = tf.conv2d(padded, kernel, [...dilations], 'valid', 'NHWC', [...strides]);
  return tf.reshape(tf.transpose(found, [1, 2, 0, 3]), [height, width, channels, outputs]);
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
    const lines = taken(tf, padded, 1, y * dilations[0], strides[0], rows);
    return Array.from({ length: width }, (__, x) => taken(tf, lines, 2, x * dilations[1], strides[1], columns));
  }).flat();
}

/**
 * Positions `start, start + step, …` (`count` of them) of one axis. The library's slice with steps walks through every
 * number in JavaScript; cut into pieces of `step`, the first of each, the same takes two plain slices.
 */
function taken(tf: TensorLibrary, value: Tensor, axis: number, start: number, step: number, count: number): Tensor {
  const { shape } = value;
  const cut = (from: Tensor, at: number, begin: number, length: number) =>
    length === from.shape[at]
      ? from
      : tf.slice(
          from,
          from.shape.map((_, i) => (i === at ? begin : 0)),
          from.shape.map((size, i) => (i === at ? length : size))
        );
  if (step === 1) return cut(value, axis, start, count);
  const missing = Math.max(0, start + count * step - (shape[axis] ?? 1));
  const long = cut(padAxes(tf, value, axis, [[0, missing]], 'zeros'), axis, start, count * step);
  const outer = elementCount(shape.slice(0, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const first = cut(tf.reshape(long, [outer * count, step, inner]), 1, 0, 1);
  return tf.reshape(first, [...shape.slice(0, axis), count, ...shape.slice(axis + 1)]);
}
