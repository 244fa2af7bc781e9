/**
 * Kind `convTranspose`, as a plain convolution of the zero-stretched value with the turned kernel: one way for one to
 * three axes, groups, dilation and output padding, and on wasm faster than the library's own transposed kernel.
 */
import type { KindOf } from '../../core/layerKind';
import { axisWindow, outputPaddingOf, spanOf, transposedCrop, transposedLength } from '../../core/windows';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { applyActivation, fusedActivation } from './activations';
import { inChannelsLast } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { inLastOrder } from './convolution';
import { convolve } from './convolve';
import { padAxes } from './padding';

/** The kernel arrives turned by 180 degrees and ordered `[…S, C / groups, O]` (see `weightOrder.ts`). */
export function transposedConvolution(
  kind: KindOf<'convTranspose'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const fused = fusedActivation(kind.activation);
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (value) => {
    const stretched = kind.strides.reduce<Tensor>(
      (result, stride, axis) => insertZeros(tf, result, axis + 1, stride),
      value
    );
    const pads = kind.kernelSize.map((_, axis): [number, number] => {
      const window = axisWindow(kind, kind.kernelSize, axis);
      const size = value.shape[axis + 1] ?? 1;
      const outputPadding = outputPaddingOf(kind, axis);
      const before = spanOf(window) - 1 - transposedCrop(window, size, outputPadding);
      const length = transposedLength(window, size, outputPadding);
      const stretchedSize = stretched.shape[axis + 1] ?? 1;
      return [before, length + spanOf(window) - 1 - before - stretchedSize];
    });
    const ones = kind.strides.map(() => 1);
    const result = convolve(tf, padAxes(tf, stretched, 1, pads, 'zeros'), weights.required('kernel'), {
      strides: ones,
      dilation: kind.dilation,
      pads: ones.map(() => [0, 0]),
      groups: kind.groups,
      bias: kind.useBias ? weights.required('bias') : null,
      fused
    });
    return fused === 'linear' ? applyActivation(tf, inLastOrder(kind, result.rank), result) : result;
  });
}

/** `a b c` to `a 0 b 0 c` along one axis for a stride of two. */
function insertZeros(tf: TensorLibrary, value: Tensor, axis: number, stride: number): Tensor {
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
  const rows = tf.reshape(spread, [outer, size * stride, inner]);
  const kept = (size - 1) * stride + 1;
  return tf.reshape(tf.slice(rows, [0, 0, 0], [outer, kept, inner]), [
    ...shape.slice(0, axis),
    kept,
    ...shape.slice(axis + 1)
  ]);
}
