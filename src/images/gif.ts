/** The first frame of a GIF on its canvas; what the frame leaves open is transparent. */
import { decompressFrame, parseGIF, type ParsedGif } from 'gifuct-js';
import type { RgbaImage } from './types';
import { t } from '../core/texts';

type Entry = ParsedGif['frames'][number];
type PictureFrame = Extract<Entry, { image: unknown }>;

/** @throws {Error} where the data is damaged. */
export function decodeGif(bytes: Uint8Array): RgbaImage {
  const gif = parseGIF(Uint8Array.from(bytes).buffer);
  const first = gif.frames.find((frame): frame is PictureFrame => 'image' in frame);
  if (first === undefined) throw new Error(t('there is no picture in it'));
  const { patch, dims } = decompressFrame(first, gif.gct, true);
  const { width, height } = gif.lsd;
  if (dims.left + dims.width > width || dims.top + dims.height > height)
    throw new Error(t('a frame leaves the canvas'));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < dims.height; y++) {
    const row = patch.subarray(4 * y * dims.width, 4 * (y + 1) * dims.width);
    data.set(row, 4 * ((dims.top + y) * width + dims.left));
  }
  return { width, height, data };
}
