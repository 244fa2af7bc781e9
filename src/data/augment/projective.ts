/**
 * Moves pixels by a projective transform, as TensorFlow's `ImageProjectiveTransformV3` does, which Keras's geometric
 * layers use (tensorflow/core/kernels/image/image_ops.h). Coordinates are float32 there and are rounded so here.
 */
import { elementCount, type DenseTensor } from '../../core/tensor';

/** `reflect` mirrors with the edge pixel twice (`d c b a | a b c d | d c b a`). */
export type FillMode = 'reflect' | 'wrap' | 'constant' | 'nearest';
export type Interpolation = 'bilinear' | 'nearest';

export interface Sampling {
  readonly fillMode: FillMode;
  readonly interpolation: Interpolation;
  /** For `constant`. */
  readonly fillValue: number;
}

/**
 * `[a0, a1, a2, b0, b1, b2, c0, c1]`: the output pixel (x, y) is taken from
 * ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1.
 */
export type Transform = readonly [number, number, number, number, number, number, number, number];

const f = Math.fround;

/** Where a coordinate outside the picture is read; a coordinate inside stays. @param length pixels along the axis */
function mapped(at: number, length: number, mode: FillMode): number {
  if (mode === 'constant') return at;
  let x = at;
  const last = length - 1;
  if (mode === 'reflect') {
    const period = 2 * length;
    if (x < 0) {
      if (length <= 1) x = 0;
      else {
        if (x < period) x = f(f(period * Math.trunc(f(-x / period))) + x);
        x = x < -length ? f(x + period) : f(-x - 1);
      }
    } else if (x > last) {
      if (length <= 1) x = 0;
      else {
        x = f(x - f(period * Math.trunc(f(x / period))));
        if (x >= length) x = f(period - x - 1);
      }
    }
  } else if (mode === 'wrap') {
    if (x < 0) x = length <= 1 ? 0 : f(x + length * (Math.trunc(f(-x / last)) + 1));
    else if (x > last) x = length <= 1 ? 0 : f(x - length * Math.trunc(f(x / last)));
  }
  return Math.max(0, Math.min(last, x));
}

/** Rounds halves away from zero, as C's `round` does. */
function rounded(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}

/**
 * @param images `[N, H, W, C]` @param transforms one for each image
 * @returns a new tensor of the same shape
 */
export function projective(images: DenseTensor, transforms: readonly Transform[], sampling: Sampling): DenseTensor {
  const [n = 0, height = 0, width = 0, channels = 0] = images.shape;
  const { fillMode, interpolation } = sampling;
  const fill = f(sampling.fillValue);
  const from = images.data;
  const out = new Float32Array(elementCount(images.shape));
  const row = width * channels;
  for (let image = 0; image < n; image++) {
    const [a0, a1, a2, b0, b1, b2, c0, c1] = (transforms[image] ?? [1, 0, 0, 0, 1, 0, 0, 0]).map(
      f
    ) as unknown as Transform;
    const base = image * height * row;
    const read = (y: number, x: number, c: number): number =>
      y >= 0 && y < height && x >= 0 && x < width ? (from[base + y * row + x * channels + c] ?? 0) : fill;
    let to = base;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const k = f(f(f(c0 * x) + f(c1 * y)) + 1);
        if (k === 0) {
          out.fill(fill, to, to + channels);
          to += channels;
          continue;
        }
        const u = mapped(f(f(f(f(a0 * x) + f(a1 * y)) + a2) / k), width, fillMode);
        const v = mapped(f(f(f(f(b0 * x) + f(b1 * y)) + b2) / k), height, fillMode);
        if (interpolation === 'nearest') {
          const [i, j] = [rounded(v), rounded(u)];
          for (let c = 0; c < channels; c++) out[to++] = read(i, j, c);
          continue;
        }
        const [top, left] = [Math.floor(v), Math.floor(u)];
        const [dy, dx] = [f(v - top), f(u - left)];
        const [ey, ex] = [f(top + 1 - v), f(left + 1 - u)];
        for (let c = 0; c < channels; c++) {
          const above = ex * read(top, left, c) + dx * read(top, left + 1, c);
          const below = ex * read(top + 1, left, c) + dx * read(top + 1, left + 1, c);
          out[to++] = ey * above + dy * below;
        }
      }
    }
  }
  return { shape: images.shape, data: out };
}
