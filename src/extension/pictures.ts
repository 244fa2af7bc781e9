/** Pixels as pictures that fit into a hover's markdown. */
import { encode } from 'fast-png';
import type { Pixels } from '../protocol/values';

/** Hover pictures are enlarged by whole factors to about this many pixels, so that a 3 × 3 kernel can be seen. */
const targetSize = 36;

/** As many as fit, in order. */
export function withinBudget(uris: readonly string[], maxBytes: number): readonly string[] {
  let used = 0;
  return uris.filter((uri) => (used += uri.length) <= maxBytes);
}

/** Enlarged by a whole factor, as a `data:image/png;base64,` address. */
export function pngDataUri(pixels: Pixels): string {
  const factor = Math.max(1, Math.floor(targetSize / Math.max(pixels.width, pixels.height, 1)));
  const { width, height, rgba } = enlarge(pixels, factor);
  const png = encode({ width, height, data: rgba, channels: 4 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Nearest neighbour: each number stays one square. */
export function enlarge({ width, height, rgba }: Pixels, factor: number): Pixels {
  const source = new Uint32Array(Uint8Array.from(rgba).buffer);
  const target = new Uint32Array(width * factor * height * factor);
  for (let y = 0; y < height * factor; y++) {
    const row = Math.floor(y / factor) * width;
    for (let x = 0; x < width * factor; x++) {
      target[y * width * factor + x] = source[row + Math.floor(x / factor)] ?? 0;
    }
  }
  return { width: width * factor, height: height * factor, rgba: new Uint8Array(target.buffer) };
}
