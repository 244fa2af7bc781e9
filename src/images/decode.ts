/**
 * One way in for pictures: PNG, JPEG, WebP, GIF and BMP by their first bytes, upright by EXIF, and flat: transparent
 * pixels are laid on white (the page most pictures were drawn for), so alpha is 255 everywhere afterwards.
 */
import { fail, ok, type InputProblem, type Result } from '../core/result';
import { decodeBmp } from './bmp';
import { decodeGif } from './gif';
import { orientationOf, upright } from './orientation';
import { decodePng } from './png';
import { imageFormat, imageSize, type ImageFormat } from './sniff';
import type { RgbaImage } from './types';
import { decodeJpeg, decodeWebp } from './wasmCodecs';
import { t } from '../core/texts';

/** 64 million pixels take 256 MB as RGBA; the header is checked before a single pixel is decoded. */
export const pixelLimit = 64_000_000;
const byteLimit = 256_000_000;

const decoders: Record<ImageFormat, (bytes: Uint8Array) => RgbaImage | Promise<RgbaImage>> = {
  png: decodePng,
  jpeg: decodeJpeg,
  webp: decodeWebp,
  gif: decodeGif,
  bmp: decodeBmp
};

/** @param file the name that problems are reported under. */
export async function decodeImage(bytes: Uint8Array, file = 'image'): Promise<Result<RgbaImage>> {
  const problem = (what: string, remedy: string): { readonly ok: false; readonly error: InputProblem } =>
    fail({ file, problem: what, remedy });
  const format = imageFormat(bytes);
  if (format === null)
    return problem(t('is not an image this program reads'), t('Use a PNG, JPEG, WebP, GIF or BMP file'));
  if (bytes.length > byteLimit) return problem(t('the image file is larger than 256 MB'), t('Use a smaller picture'));
  const size = imageSize(bytes, format);
  if (size === null) return problem(t('the {0} header is damaged', format), t('Copy or export the picture again'));
  if (size[0] * size[1] > pixelLimit) {
    return problem(
      t('the picture claims {0} x {1} pixels, the limit is 64 million', size[0], size[1]),
      t('Use a smaller picture')
    );
  }
  try {
    const image = await decoders[format](bytes);
    return ok(onWhite(upright(image, format === 'bmp' || format === 'gif' ? 1 : orientationOf(bytes))));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return problem(
      t('the {0} data cannot be decoded ({1})', format, reason ?? 'damaged'),
      t('Copy or export the picture again')
    );
  }
}

/** Alpha blended over white, rounded to the nearest level. */
export function onWhite(image: RgbaImage): RgbaImage {
  const data = Uint8Array.from(image.data);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] ?? 255;
    if (alpha === 255) continue;
    for (let c = 0; c < 3; c++) data[i + c] = Math.round(((data[i + c] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    data[i + 3] = 255;
  }
  return { ...image, data };
}
