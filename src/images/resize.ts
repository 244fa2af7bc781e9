/**
 * Resizing equal to Pillow's `Image.resize`: two passes (rows, then columns) of a separable filter whose support grows
 * with the reduction, in Pillow's fixed-point arithmetic (libImaging/Resample.c), rounding to 8 bits after each pass.
 */
import type { RgbaImage } from './types';

export type ResizeFilter = 'bilinear' | 'bicubic';

const precision = 2 ** 22;

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Pillow's filters: a triangle of radius 1, and Catmull-Rom-like cubic with a = -0.5 of radius 2. */
const filters: Record<ResizeFilter, { readonly support: number; readonly weight: (x: number) => number }> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (value) => {
      const a = -0.5;
      const x = Math.abs(value);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
  }
};

/** For each output position: the first input position and integer weights that sum to about 2^22. */
function tapsFor(from: number, to: number, filter: ResizeFilter): Taps[] {
  const { support, weight } = filters[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * stretch + 0.5));
    const end = Math.min(from, Math.trunc(centre + support * stretch + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => weight((k + first - centre + 0.5) / stretch));
    const total = raw.reduce((sum, w) => sum + w, 0);
    return { first, weights: raw.map((w) => Math.trunc((w / total) * precision + (w < 0 ? -0.5 : 0.5))) };
  });
}

/** @returns a new picture of exactly `width` x `height`; the same one where the size is already right. */
export function resize(image: RgbaImage, width: number, height: number, filter: ResizeFilter = 'bilinear'): RgbaImage {
  const wide = image.width === width ? image : pass(image, width, filter, true);
  return wide.height === height ? wide : pass(wide, height, filter, false);
}

function pass(image: RgbaImage, size: number, filter: ResizeFilter, horizontal: boolean): RgbaImage {
  const width = horizontal ? size : image.width;
  const height = horizontal ? image.height : size;
  const taps = tapsFor(horizontal ? image.width : image.height, size, filter);
  const step = horizontal ? 4 : 4 * image.width;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tap = taps[horizontal ? x : y];
      if (tap === undefined) continue;
      const start = horizontal ? 4 * (y * image.width + tap.first) : 4 * (tap.first * image.width + x);
      for (let c = 0; c < 4; c++) {
        let sum = precision / 2;
        let at = start + c;
        for (const weight of tap.weights) {
          sum += weight * (image.data[at] ?? 0);
          at += step;
        }
        data[4 * (y * width + x) + c] = Math.max(0, Math.min(255, Math.floor(sum / precision)));
      }
    }
  }
  return { width, height, data };
}

/** The part of the picture from (left, top), all inside it. */
export function crop(image: RgbaImage, left: number, top: number, width: number, height: number): RgbaImage {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const start = 4 * ((top + y) * image.width + left);
    data.set(image.data.subarray(start, start + 4 * width), 4 * y * width);
  }
  return { width, height, data };
}

/**
 * Brings the picture to a size: `stretch` ignores its proportions, `cover` fills and cuts equally on both sides,
 * `contain` shows all of it on a black ground.
 */
export function fitTo(
  image: RgbaImage,
  width: number,
  height: number,
  fit: 'stretch' | 'cover' | 'contain',
  filter: ResizeFilter = 'bilinear'
): RgbaImage {
  if (fit === 'stretch') return resize(image, width, height, filter);
  const choose = fit === 'cover' ? Math.max : Math.min;
  const scale = choose(width / image.width, height / image.height);
  const w = Math.max(1, Math.round(image.width * scale));
  const h = Math.max(1, Math.round(image.height * scale));
  const scaled = resize(image, w, h, filter);
  const left = Math.floor(Math.abs(w - width) / 2);
  const top = Math.floor(Math.abs(h - height) / 2);
  if (fit === 'cover') return crop(scaled, left, top, width, height);
  const data = new Uint8Array(width * height * 4);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  for (let y = 0; y < h; y++) {
    data.set(scaled.data.subarray(4 * y * w, 4 * (y + 1) * w), 4 * ((top + y) * width + left));
  }
  return { width, height, data };
}
