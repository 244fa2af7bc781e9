/** EXIF orientation, applied as PIL's `ImageOps.exif_transpose` does. */
import { load } from 'exifreader';
import type { RgbaImage } from './types';

/** 1 to 8; 1 (upright) where the file says nothing readable. */
export function orientationOf(bytes: Uint8Array): number {
  try {
    const value = load(Uint8Array.from(bytes).buffer).Orientation?.value;
    return typeof value === 'number' && value >= 1 && value <= 8 ? value : 1;
  } catch {
    return 1; // No metadata at all is the usual case.
  }
}

/** Turns and mirrors the picture so that it stands upright. */
export function upright(image: RgbaImage, orientation: number): RgbaImage {
  if (orientation === 1) return image;
  const { width, height } = image;
  const turned = orientation >= 5;
  const w = turned ? height : width;
  const h = turned ? width : height;
  const from = new Uint32Array(Uint8Array.from(image.data).buffer);
  const to = new Uint32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [u, v] = sourceOf(orientation, x, y, width, height);
      to[y * w + x] = from[v * width + u] ?? 0;
    }
  }
  return { width: w, height: h, data: new Uint8Array(to.buffer) };
}

function sourceOf(orientation: number, x: number, y: number, width: number, height: number): readonly [number, number] {
  switch (orientation) {
    case 2:
      return [width - 1 - x, y];
    case 3:
      return [width - 1 - x, height - 1 - y];
    case 4:
      return [x, height - 1 - y];
    case 5:
      return [y, x];
    case 6:
      return [y, height - 1 - x];
    case 7:
      return [width - 1 - y, height - 1 - x];
    default:
      return [width - 1 - y, x];
  }
}
