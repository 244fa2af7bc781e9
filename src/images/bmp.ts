/** Uncompressed Windows bitmaps: 1, 4 and 8 bits with a palette, 24 and 32 bits, both row orders. */
import type { RgbaImage } from './types';
import { t } from '../core/texts';

/** @throws {Error} where the data is damaged or of a kind that does not occur any more (run-length, 16 bits). */
export function decodeBmp(bytes: Uint8Array): RgbaImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = view.getUint32(10, true);
  const headerSize = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(t('bitmaps of {0} bits are not supported', bits));
  if (compression !== 0 && !(compression === 3 && bits === 32))
    throw new Error(t('compressed bitmaps are not supported'));
  const height = Math.abs(signedHeight);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  if (pixels + rowBytes * height > bytes.length) throw new Error(t('the pixels are cut off'));
  const hasAlpha = bits === 32 && compression === 3 && headerSize >= 56 && view.getUint32(66, true) !== 0;
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = pixels + (signedHeight > 0 ? height - 1 - y : y) * rowBytes;
    for (let x = 0; x < width; x++) {
      let at: number;
      if (bits >= 24) {
        at = row + (x * bits) / 8;
      } else {
        const byte = view.getUint8(row + Math.floor((x * bits) / 8));
        at = 14 + headerSize + 4 * ((byte >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1));
      }
      const alpha = hasAlpha ? view.getUint8(at + 3) : 255;
      data.set([view.getUint8(at + 2), view.getUint8(at + 1), view.getUint8(at), alpha], 4 * (y * width + x));
    }
  }
  return { width, height, data };
}
