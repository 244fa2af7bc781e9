/** Where the windows of a pooling stand on its input. */
import type { KindOf } from '../../core/layerKind';
import { axisPads, axisWindow } from '../../core/windows';
import type { AxisWindows, WindowAxes } from '../../protocol/effects/windows';

export type Pooling = KindOf<'pool'> | KindOf<'globalPool'> | KindOf<'adaptivePool'>;

/** An axis that the value does not have. */
const single: AxisWindows = { size: 1, kernel: 1, stride: 1, dilation: 1, pads: [0, 0], indices: [[0]] };

const range = (length: number, start = 0, step = 1): number[] => Array.from({ length }, (_, i) => start + i * step);

/** Depth, height and width of one to three axes. */
export function liftAxes(axes: readonly AxisWindows[]): WindowAxes {
  const [depth = single, height = single, width = single] = [single, single, single, ...axes].slice(-3);
  return [depth, height, width];
}

/** Sizes as depth, height, width. */
export function liftSizes(sizes: readonly number[]): [number, number, number] {
  const [depth = 1, height = 1, width = 1] = [1, 1, 1, ...sizes].slice(-3);
  return [depth, height, width];
}

/** @param sizes, outputs spatial sizes of the layer's input and output (none for a vector). */
export function poolingAxes(kind: Pooling, sizes: readonly number[], outputs: readonly number[]): WindowAxes {
  return liftAxes(sizes.map((size, axis) => axisOf(kind, size, outputs[axis] ?? 1, axis)));
}

function axisOf(kind: Pooling, size: number, outputs: number, axis: number): AxisWindows {
  switch (kind.kind) {
    case 'globalPool':
      return { size, kernel: size, stride: size, dilation: 1, pads: [0, 0], indices: [range(size)] };
    case 'adaptivePool': {
      // PyTorch's bins: output i covers floor(i n / o) up to ceil((i + 1) n / o).
      const indices = range(outputs).map((at) => {
        const start = Math.floor((at * size) / outputs);
        return range(Math.ceil(((at + 1) * size) / outputs) - start, start);
      });
      const kernel = Math.max(...indices.map((each) => each.length));
      return { size, kernel, stride: Math.floor(size / outputs), dilation: 1, pads: [0, 0], indices };
    }
    case 'pool': {
      const window = axisWindow(kind, kind.poolSize, axis);
      const pads = axisPads(window, size);
      const { kernel, stride, dilation } = window;
      const indices = range(outputs).map((at) => range(kernel, at * stride - pads[0], dilation));
      return { size, kernel, stride, dilation, pads, indices };
    }
  }
}
