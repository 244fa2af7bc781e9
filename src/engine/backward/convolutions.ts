/**
 * Input gradients of convolutions as convolutions: the output's gradient, spread by the strides, is convolved with the
 * kernel turned by 180 degrees and its channel axes exchanged (Dumoulin and Visin 2016, section 4).
 */
import { padAxes } from '../layers/padding';
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';

type Pair = readonly [number, number];

export interface ConvolutionGeometry {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: readonly [Pair, Pair];
}

/**
 * @param gradient `[N, H', W', O]`; @param filter `[h, w, C, O]`
 * @param shape of the convolution's input, `[N, H, W, C]`
 */
export function convolutionInputGradient(
  tf: TensorLibrary,
  gradient: Tensor4D,
  filter: Tensor4D,
  shape: readonly number[],
  geometry: ConvolutionGeometry
): Tensor {
  const padded = spreadAndPad(tf, gradient, filter.shape, shape, geometry);
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return tf.conv2d(padded as Tensor4D, turned as Tensor4D, 1, 'valid', 'NHWC', [...geometry.dilations]);
}

/**
 * @param gradient `[N, H', W', C M]`, the multiplier varying fastest; @param filter `[h, w, C, M]`
 * @param shape of the convolution's (padded) input, `[N, H, W, C]`
 */
export function depthwiseInputGradient(
  tf: TensorLibrary,
  gradient: Tensor4D,
  filter: Tensor4D,
  shape: readonly number[],
  { strides, dilations }: Omit<ConvolutionGeometry, 'pads'>
): Tensor {
  const none = [0, 0] as const;
  const padded = spreadAndPad(tf, gradient, filter.shape, shape, { strides, dilations, pads: [none, none] });
  const turned = tf.reverse(filter, [0, 1]);
  const [height, width, channels, multiplier] = filter.shape;
  const [n = 1, rows = 1, columns = 1] = padded.shape;
  const split = tf.reshape(padded, [n * rows * columns, channels, multiplier]);
  const parts = Array.from({ length: multiplier }, (_, m) => {
    const part =
      multiplier === 1 ? padded : tf.reshape(tf.slice(split, [0, 0, m], [-1, -1, 1]), [n, rows, columns, channels]);
    const kernel = tf.slice(turned, [0, 0, 0, m], [height, width, channels, 1]);
    return tf.depthwiseConv2d(part as Tensor4D, kernel as Tensor4D, 1, 'valid', 'NHWC', [...dilations]) as Tensor;
  });
  return parts.reduce((sum, part) => tf.add(sum, part));
}

/** Zeros between the entries for the strides, and around them so that the convolution gives the input's size. */
function spreadAndPad(
  tf: TensorLibrary,
  gradient: Tensor,
  filter: readonly number[],
  shape: readonly number[],
  { strides, dilations, pads }: ConvolutionGeometry
): Tensor {
  const spread = ([0, 1] as const).reduce<Tensor>((value, i) => insertZeros(tf, value, i + 1, strides[i]), gradient);
  const around = ([0, 1] as const).map((i): Pair => {
    const span = dilations[i] * ((filter[i] ?? 1) - 1);
    const before = span - pads[i][0];
    return [before, (shape[i + 1] ?? 1) + span - before - (spread.shape[i + 1] ?? 1)];
  });
  return padAxes(tf, spread, 1, around, 'zeros');
}

/** `a b c` to `a 0 b 0 c` along one axis for a stride of two. */
export function insertZeros(tf: TensorLibrary, value: Tensor, axis: number, stride: number): Tensor {
  if (stride === 1) return value;
  const { shape } = value;
  const size = shape[axis] ?? 1;
  const outer = shape.slice(0, axis).reduce((product, length) => product * length, 1);
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const spread = tf.pad(tf.reshape(value, [outer * size, 1, inner]), [
    [0, 0],
    [0, stride - 1],
    [0, 0]
  ]);
  const kept = (size - 1) * stride + 1;
  const rows = tf.slice(tf.reshape(spread, [outer, size * stride, inner]), [0, 0, 0], [outer, kept, inner]);
  return tf.reshape(rows, [...shape.slice(0, axis), kept, ...shape.slice(axis + 1)]);
}
