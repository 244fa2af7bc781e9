/**
 * Very long PNG sheets (one example a row, tens of thousands of rows) as bytes of their own channels: as RGBA such a
 * sheet would take four times the memory, and the limit on single pictures does not fit it.
 */
import { decode } from 'fast-png';
import { fail, ok, type Result } from '../core/result';
import { imageFormat, imageSize } from './sniff';

/** Bytes a decoded sheet may take: 65,000 grey rows of 784 are 51 MB. */
const LARGEST = 2 ** 29;

export interface Sheet {
  readonly width: number;
  readonly height: number;
  /** 1 where every pixel is grey, else 3; alpha is left out. */
  readonly channels: 1 | 3;
  /** Row-major, `height * width * channels` bytes. */
  readonly data: Uint8Array;
}

/** @param bytes a PNG of 8 bits a channel without a palette. */
export function decodeSheet(bytes: Uint8Array, file: string): Result<Sheet> {
  const bad = (problem: string) =>
    fail({ file, problem, remedy: 'Use an 8-bit PNG with one example in each row of pixels' });
  if (imageFormat(bytes) !== 'png') return bad('is not a PNG');
  const size = imageSize(bytes, 'png');
  if (size === null) return bad('has a damaged header');
  const [width, height] = size;
  // Deflate packs at most 1032 to 1: a header that claims more than its file can hold lies.
  if (width * height * 4 > LARGEST || width * height > bytes.length * 1032 * 8) {
    return bad(`claims ${String(width)} x ${String(height)} pixels, which is too many`);
  }
  try {
    const png = decode(bytes, { checkCrc: true });
    if (png.depth !== 8 || png.palette !== undefined) return bad('is not of 8 bits a channel');
    const { channels, data } = png;
    const pixels = width * height;
    if (channels === 1 && data instanceof Uint8Array) return ok({ width, height, channels: 1, data });
    const colours = channels >= 3;
    const grey = !colours || isGrey(data, channels, pixels);
    const kept = grey ? 1 : 3;
    const out = new Uint8Array(pixels * kept);
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < kept; c++) out[i * kept + c] = data[i * channels + c] ?? 0;
    }
    return ok({ width, height, channels: kept, data: out });
  } catch (error) {
    return bad(`cannot be decoded (${error instanceof Error ? error.message : 'damaged'})`);
  }
}

function isGrey(data: ArrayLike<number>, channels: number, pixels: number): boolean {
  for (let i = 0; i < pixels; i++) {
    const at = i * channels;
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}
