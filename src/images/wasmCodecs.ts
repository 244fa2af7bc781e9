/** The WebAssembly decoders: libjpeg-turbo (mozjpeg) and libwebp, so that pixels equal what PIL gives. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import decodeJpegWith, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import decodeWebpWith, { init as initWebp } from '@jsquash/webp/decode.js';
import type { RgbaImage } from './types';

/** The codecs construct the browser's `ImageData`; Node has none, so they get this one. */
class PlainImageData {
  readonly colorSpace = 'srgb';
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number
  ) {}
}

/** Beside the bundle where there is one, else in the package they come from (running from sources). */
function locate(file: string, packageName: string): string {
  const places = [
    join(__dirname, 'wasm', file),
    join(__dirname, '..', '..', 'node_modules', '@jsquash', packageName, 'codec', 'dec', file),
    join(__dirname, '..', 'node_modules', '@jsquash', packageName, 'codec', 'dec', file)
  ];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`the decoder ${file} is missing from this installation`);
  return found;
}

async function compile(file: string, packageName: string): Promise<WebAssembly.Module> {
  if (!('ImageData' in globalThis)) {
    Object.defineProperty(globalThis, 'ImageData', { value: PlainImageData, configurable: true });
  }
  return WebAssembly.compile(await readFile(locate(file, packageName)));
}

let jpegReady: Promise<void> | null = null;
let webpReady: Promise<void> | null = null;

/** @throws {Error} where the data is damaged. Orientation is not applied here. */
export async function decodeJpeg(bytes: Uint8Array): Promise<RgbaImage> {
  jpegReady ??= compile('mozjpeg_dec.wasm', 'jpeg').then((module) => initJpeg(module));
  await jpegReady;
  return plain(await decodeJpegWith(exactBuffer(bytes)));
}

/** @throws {Error} where the data is damaged. */
export async function decodeWebp(bytes: Uint8Array): Promise<RgbaImage> {
  webpReady ??= compile('webp_dec.wasm', 'webp').then((module) => initWebp(module));
  await webpReady;
  return plain(await decodeWebpWith(exactBuffer(bytes)));
}

function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function plain(image: { width: number; height: number; data: ArrayLike<number> }): RgbaImage {
  return { width: image.width, height: image.height, data: Uint8Array.from(image.data) };
}
