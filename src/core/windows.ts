/**
 * The arithmetic of a window that slides along one axis: how many positions it takes, and where the first one starts.
 * Shape inference, receptive fields and the executor share these functions, so that they cannot disagree.
 */
import type { KindOf, Padding } from './layerKind';
import type { Dim } from './shape';

/** One spatial axis of a convolution or pooling. */
export interface AxisWindow {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: Padding;
  readonly axis: number;
}

/** What both convolutions and pools say about one of their axes. */
interface WindowAttributes {
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding;
}

/** The window of spatial axis `axis` (0 is the first one after batch or channels). */
export function axisWindow(kind: WindowAttributes, size: readonly number[], axis: number): AxisWindow {
  return {
    kernel: size[axis] ?? 1,
    stride: kind.strides[axis] ?? 1,
    dilation: kind.dilation[axis] ?? 1,
    padding: kind.padding,
    axis
  };
}

/** Input pixels from the first to the last one a window touches: `dilation (kernel - 1) + 1`. */
export function spanOf(window: AxisWindow): number {
  return window.dilation * (window.kernel - 1) + 1;
}

/**
 * Padding before and after the axis. TensorFlow's `same` depends on the size; where that is unknown, a multiple of the
 * stride is assumed (see `paddingIsAssumed`).
 */
export function axisPads(window: AxisWindow, size: Dim): readonly [number, number] {
  const span = spanOf(window);
  switch (window.padding.type) {
    case 'valid':
      return [0, 0];
    case 'causal':
      return [span - 1, 0];
    case 'explicit':
      return window.padding.pads[window.axis] ?? [0, 0];
    case 'same': {
      const total =
        size === null
          ? Math.max(0, span - window.stride)
          : Math.max(0, (Math.ceil(size / window.stride) - 1) * window.stride + span - size);
      const before = Math.floor(total / 2);
      return [before, total - before];
    }
  }
}

/** Whether `axisPads` had to assume something for want of the size. */
export function paddingIsAssumed(window: AxisWindow, size: Dim): boolean {
  return size === null && window.padding.type === 'same' && window.stride > 1;
}

/**
 * Positions of the window along an axis of `size` pixels; zero or less where it does not fit.
 * Ceil mode is PyTorch's: a last, partial window counts only if it starts inside the input or the padding before it.
 */
export function windowCount(window: AxisWindow, size: number, ceilMode = false): number {
  if (window.padding.type === 'same' || window.padding.type === 'causal') return Math.ceil(size / window.stride);
  const [before, after] = axisPads(window, size);
  const room = size + before + after - spanOf(window);
  if (room < 0 && !ceilMode) return 0;
  if (!ceilMode) return Math.floor(room / window.stride) + 1;
  const count = Math.ceil(room / window.stride) + 1;
  return (count - 1) * window.stride >= size + before ? count - 1 : count;
}

/**
 * Length after a transposed convolution. Keras (`outputPadding` null): `size stride` for `same`, plus
 * `max(span - stride, 0)` for `valid`; with an output padding `(size - 1) stride + span - 2 pad + outputPadding`, where
 * `same` pads `floor(span / 2)`; PyTorch the same with its explicit pads.
 */
export function transposedLength(window: AxisWindow, size: number, outputPadding: number | null): number {
  const span = spanOf(window);
  if (window.padding.type === 'explicit') {
    const [before, after] = axisPads(window, size);
    return (size - 1) * window.stride - before - after + span + (outputPadding ?? 0);
  }
  if (outputPadding === null) {
    return window.padding.type === 'same'
      ? size * window.stride
      : size * window.stride + Math.max(span - window.stride, 0);
  }
  const pad = window.padding.type === 'same' ? Math.floor(span / 2) : 0;
  return (size - 1) * window.stride + span - 2 * pad + outputPadding;
}

/**
 * Pixels cut off the start of a transposed convolution's full result: output `p` receives input `i` through kernel
 * element `t` where `p = i stride + t dilation - crop`.
 */
export function transposedCrop(window: AxisWindow, size: Dim, outputPadding: number | null): number {
  if (window.padding.type === 'explicit') return axisPads(window, size)[0];
  if (window.padding.type !== 'same') return 0;
  const span = spanOf(window);
  // The length is linear in the size, so what is cut off does not depend on it.
  const surplus = span - transposedLength(window, 1, outputPadding);
  return Math.floor(Math.max(0, surplus) / 2);
}

/** The pads a centre crop cuts: `[before, after]`; the odd pixel goes to the end. */
export function centerCropStart(size: number, target: number): number {
  return Math.floor((size - target) / 2);
}

/** Output padding of one axis of a transposed convolution, `null` where the framework chooses. */
export function outputPaddingOf(kind: KindOf<'convTranspose'>, axis: number): number | null {
  return kind.outputPadding === null ? null : (kind.outputPadding[axis] ?? 0);
}
