/** One kernel over one grey picture: cross-correlation, as every deep-learning library calls convolution. */
import type { RgbaImage } from '../../images/types';
import { windowCount, type AxisWindow } from '../../core/windows';
import type { OwnKernelMap, OwnKernelParams } from '../../protocol/effects/steps';
import { liftAxes } from '../pooling/windows';
import { slidingAxis } from './slide';

const edge = 48;

/**
 * `out[y, x] = sum over i, j of k[i, j] in[s y + d i - p, s x + d j - p]`, zero outside the picture
 * (`same`: TensorFlow's padding, the odd pixel behind). `null` where the window does not fit.
 */
export function convolveByHand(
  input: Float32Array,
  [height, width]: readonly [number, number],
  { size, kernel, stride, padding, dilation }: Omit<OwnKernelParams, 'picture'>
): OwnKernelMap | null {
  const window = (axis: number): AxisWindow => ({ kernel: size, stride, dilation, padding: { type: padding }, axis });
  const rows = slidingAxis(window(0), height, windowCount(window(0), height));
  const columns = slidingAxis(window(1), width, windowCount(window(1), width));
  const [high, wide] = [rows.indices.length, columns.indices.length];
  if (high < 1 || wide < 1) return null;
  const values = new Float32Array(high * wide);
  rows.indices.forEach((ys, y) => {
    columns.indices.forEach((xs, x) => {
      let sum = 0;
      ys.forEach((row, i) => {
        if (row === null || row < 0 || row >= height) return;
        xs.forEach((column, j) => {
          if (column === null || column < 0 || column >= width) return;
          sum += (input[row * width + column] ?? 0) * (kernel[i * size + j] ?? 0);
        });
      });
      values[y * wide + x] = sum;
    });
  });
  return {
    axes: liftAxes([rows, columns]),
    input: { size: [1, height, width], values: input },
    output: { size: [1, high, wide], values }
  };
}

/** ITU-R BT.601 luma, in [0, 1]; `[height, width]`. */
export function greyPicture({ width, height, data }: RgbaImage): {
  readonly size: readonly [number, number];
  readonly values: Float32Array;
} {
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const [r = 0, g = 0, b = 0] = data.subarray(4 * i, 4 * i + 3);
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
  });
  return { size: [height, width], values };
}

/** The built-in picture, 48 x 48 in [0, 1]: a disc, a square, a diagonal, a ramp and fine stripes, one for each kind of kernel. */
export function builtinPicture(): { readonly size: readonly [number, number]; readonly values: Float32Array } {
  const values = new Float32Array(edge * edge).fill(0.1);
  const put = (y: number, x: number, value: number) => {
    values[y * edge + x] = value;
  };
  for (let y = 0; y < edge; y++) {
    for (let x = 0; x < edge; x++) {
      // A soft-edged disc, upper left.
      const far = Math.hypot(y - 13, x - 13);
      if (far < 10) put(y, x, Math.min(0.95, 0.1 + (10 - far) * 0.6));
      // A square with a darker one inside, upper right.
      if (y >= 5 && y < 21 && x >= 28 && x < 44) put(y, x, y >= 10 && y < 16 && x >= 33 && x < 39 ? 0.35 : 0.85);
      // A diagonal line, lower left.
      if (y >= 27 && x < 20 && Math.abs(y - 27 - x) < 2) put(y, x, 0.9);
      // Stripes of one pixel over a ramp, lower right.
      if (y >= 27 && y < 37 && x >= 25) put(y, x, (x - 25) / 22);
      if (y >= 38 && y < 46 && x >= 25) put(y, x, x % 2 === 0 ? 0.8 : 0.15);
    }
  }
  return { size: [edge, edge], values };
}
