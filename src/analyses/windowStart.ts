/** Where a window stands on its input. */
import type { Padding } from '../core/layerKind';

export interface WindowGeometry {
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding;
}

/** Input index of the window's first sample for output index `at`; negative inside the padding. */
export function windowStart(geometry: WindowGeometry, axis: number, at: number, inputSize: number): number {
  const stride = geometry.strides[axis] ?? 1;
  const extent = ((geometry.kernelSize[axis] ?? 1) - 1) * (geometry.dilation[axis] ?? 1) + 1;
  return at * stride - paddingBefore(geometry.padding, axis, inputSize, stride, extent);
}

function paddingBefore(padding: Padding, axis: number, size: number, stride: number, extent: number): number {
  switch (padding.type) {
    case 'valid':
      return 0;
    case 'causal':
      return extent - 1;
    case 'explicit':
      return padding.pads[axis]?.[0] ?? 0;
    case 'same': {
      // TensorFlow's rule: the odd pixel goes behind.
      const total = (Math.ceil(size / stride) - 1) * stride + extent - size;
      return Math.floor(Math.max(0, total) / 2);
    }
  }
}
