/** Where the kernel of a convolution stands, output position by output position. */
import { axisPads, axisWindow, outputPaddingOf, transposedCrop, type AxisWindow } from '../../core/windows';
import type { AxisWindows, WindowAxes } from '../../protocol/effects/windows';
import { liftAxes } from '../pooling/windows';
import type { Convolving } from '../proofConvolution';

/** @param sizes, outputs spatial sizes of the layer's input and output. */
export function convolutionAxes(kind: Convolving, sizes: readonly number[], outputs: readonly number[]): WindowAxes {
  return liftAxes(
    sizes.map((size, axis): AxisWindows => {
      const window = axisWindow(kind, kind.kernelSize, axis);
      const count = outputs[axis] ?? 1;
      if (kind.kind !== 'convTranspose') return slidingAxis(window, size, count);
      const crop = transposedCrop(window, size, outputPaddingOf(kind, axis));
      const { kernel, stride, dilation } = window;
      // Output p receives input i through element t where p = i stride + t dilation - crop.
      const indices = Array.from({ length: count }, (_, at) =>
        Array.from({ length: kernel }, (_none, t) => {
          const i = (at + crop - t * dilation) / stride;
          return Number.isInteger(i) && i >= 0 && i < size ? i : null;
        })
      );
      return { size, kernel, stride, dilation, pads: [0, 0], indices };
    })
  );
}

/** A window that slides along an axis of `size` and stops `count` times. */
export function slidingAxis(window: AxisWindow, size: number, count: number): AxisWindows {
  const pads = axisPads(window, size);
  const { kernel, stride, dilation } = window;
  const indices = Array.from({ length: count }, (_, at) =>
    Array.from({ length: kernel }, (_none, t) => at * stride - pads[0] + t * dilation)
  );
  return { size, kernel, stride, dilation, pads, indices };
}
