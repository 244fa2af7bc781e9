/** Size changes for display only (the network's input goes through src/images/resize.ts). */
import type { Rgba } from './plane';

/** Repeats every pixel `factor` times in both directions. */
export function enlarge(picture: Rgba, factor: number): Rgba {
  const width = picture.width * factor;
  const height = picture.height * factor;
  const source = new Uint32Array(picture.rgba.slice().buffer);
  const target = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / factor) * picture.width;
    for (let x = 0; x < width; x++) target[y * width + x] = source[row + Math.floor(x / factor)] ?? 0;
  }
  return { width, height, rgba: new Uint8Array(target.buffer) };
}

/**
 * Averages blocks so that no side exceeds `limit`; smaller planes stay as they are. For thumbnails: a maximum that is one
 * pixel wide stays visible only as its share, the statistics tell the exact value.
 */
export function shrinkPlane(
  values: Float32Array,
  width: number,
  height: number,
  limit: number
): { readonly values: Float32Array; readonly width: number; readonly height: number } {
  const factor = Math.ceil(Math.max(width, height) / limit);
  if (factor <= 1) return { values, width, height };
  const w = Math.ceil(width / factor);
  const h = Math.ceil(height / factor);
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      let sum = 0;
      let count = 0;
      for (let v = y * factor; v < Math.min(height, (y + 1) * factor); v++) {
        for (let u = x * factor; u < Math.min(width, (x + 1) * factor); u++) {
          sum += values[v * width + u] ?? 0;
          count++;
        }
      }
      out[y * w + x] = sum / count;
    }
  }
  return { values: out, width: w, height: h };
}
