/** What an image file is and how large its picture would be, from the first bytes, before anything is decoded. */

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'bmp';

/** The format by magic bytes; `null` for anything else. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  if (starts(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (starts(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (starts(bytes, [0x47, 0x49, 0x46, 0x38])) return 'gif';
  if (starts(bytes, [0x42, 0x4d]) && bytes.length >= 26) return 'bmp';
  if (starts(bytes, [0x52, 0x49, 0x46, 0x46]) && text(bytes, 8, 4) === 'WEBP') return 'webp';
  return null;
}

/** Width and height as the header states them; `null` where the header is cut off or senseless. */
export function imageSize(bytes: Uint8Array, format: ImageFormat): readonly [number, number] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const size = readers[format](view, bytes);
    return size !== null && size[0] > 0 && size[1] > 0 ? size : null;
  } catch {
    return null; // The view ended inside the header.
  }
}

type SizeReader = (view: DataView, bytes: Uint8Array) => readonly [number, number] | null;

/** The first start-of-frame segment; C4, C8 and CC are no frames. */
const jpegSize: SizeReader = (view) => {
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
};

const webpSize: SizeReader = (view, bytes) => {
  const chunk = text(bytes, 12, 4);
  if (chunk === 'VP8X') return [1 + int24(view, 24), 1 + int24(view, 27)];
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
  }
  return chunk === 'VP8 ' ? [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff] : null;
};

const readers: Record<ImageFormat, SizeReader> = {
  png: (view) => [view.getUint32(16), view.getUint32(20)],
  gif: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  bmp: (view) => [view.getInt32(18, true), Math.abs(view.getInt32(22, true))],
  jpeg: jpegSize,
  webp: webpSize
};

function int24(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
}

function starts(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
