/** PNG to RGBA: every colour type and bit depth. 16-bit samples keep their upper 8 bits. */
import { decode, type DecodedPng } from 'fast-png';
import type { RgbaImage } from './types';

/** @throws {Error} where the data is damaged. */
export function decodePng(bytes: Uint8Array): RgbaImage {
  const png = decode(bytes, { checkCrc: true });
  const { width, height, channels } = png;
  const sample = sampler(png);
  const key = png.transparency === undefined || png.palette !== undefined ? null : [...png.transparency];
  const to8 = (value: number) => (png.depth === 16 ? value >> 8 : Math.round((value * 255) / (2 ** png.depth - 1)));
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const values = Array.from({ length: channels }, (_, c) => sample(i, c));
    const [a = 0, b = 0, c = 0, d = 0] = values;
    let pixel: readonly number[];
    if (png.palette !== undefined) {
      const entry = png.palette[a] ?? [0, 0, 0];
      pixel = [entry[0] ?? 0, entry[1] ?? 0, entry[2] ?? 0, entry[3] ?? 255];
    } else {
      const colours = channels < 3 ? [a, a, a] : [a, b, c];
      const transparent = key !== null && key.every((value, at) => value === values[at]);
      const alpha = channels === 2 ? to8(b) : channels === 4 ? to8(d) : transparent ? 0 : 255;
      pixel = [...colours.map(to8), alpha];
    }
    data.set(pixel, 4 * i);
  }
  return { width, height, data };
}

/** Reads sample `channel` of pixel `index`; depths under 8 are packed, each row starting at a whole byte. */
function sampler(png: DecodedPng): (index: number, channel: number) => number {
  const { width, channels, depth, data } = png;
  if (depth >= 8) return (index, channel) => data[index * channels + channel] ?? 0;
  const rowBytes = Math.ceil((width * depth) / 8);
  const perByte = 8 / depth;
  const mask = 2 ** depth - 1;
  return (index) => {
    const x = index % width;
    const byte = data[Math.floor(index / width) * rowBytes + Math.floor(x / perByte)] ?? 0;
    return (byte >> (8 - depth - (x % perByte) * depth)) & mask;
  };
}
