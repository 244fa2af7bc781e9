/** Values of an example as a picture for people, where their shape is a picture's. */
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import type { RgbaImage } from '../images/types';
import type { ExampleValues } from './dataSet';

/** Height, width, channels and where the channel axis stands; `null` for what is no picture. */
export interface PictureShape {
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 RGB, 4 RGB with a fourth channel that is not drawn. */
  readonly channels: number;
  readonly channelsFirst: boolean;
}

/** `[H, W]`, `[H, W, C]` or `[C, H, W]` with C of 1, 3 or 4; channels last where both readings are possible. */
export function pictureShape(shape: readonly number[]): PictureShape | null {
  const [a = 0, b = 0, c = 0] = shape;
  if (a < 1 || b < 1) return null;
  if (shape.length === 2) return { height: a, width: b, channels: 1, channelsFirst: false };
  if (shape.length !== 3 || c < 1) return null;
  if ([1, 3, 4].includes(c)) return { height: a, width: b, channels: c, channelsFirst: false };
  return [1, 3, 4].includes(a) ? { height: b, width: c, channels: a, channelsFirst: true } : null;
}

/** What a value of 0 and of 1 becomes among the 256 levels: `level = value * factor + offset`. */
export interface Levels {
  readonly factor: number;
  readonly offset: number;
}

export const byteLevels: Levels = { factor: 1, offset: 0 };

/** The usual ranges of stored pictures (0..255, 0..1, -1..1) by the lowest and highest value seen; any other is stretched. */
export function levelsOf(low: number, high: number): Levels {
  if (low >= 0 && high <= 1) return { factor: 255, offset: 0 };
  if (low >= -1 && high <= 1) return { factor: 127.5, offset: 127.5 };
  if (low >= 0 && high <= 255) return byteLevels;
  const factor = 255 / (high - low);
  return Number.isFinite(factor) ? { factor, offset: -low * factor } : byteLevels;
}

/** @param name for the message where the shape is no picture's. */
export function drawn(
  values: ExampleValues,
  shape: readonly number[],
  { factor, offset }: Levels,
  name: string
): Result<RgbaImage> {
  const picture = pictureShape(shape);
  if (picture === null) {
    const remedy = t('Choose data of shape height x width x channels to see pictures');
    return fail({ file: name, problem: t('numbers of shape {0} are no picture', shape.join(' x ')), remedy });
  }
  const { height, width, channels, channelsFirst } = picture;
  const pixels = height * width;
  const data = new Uint8Array(4 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      const from = channels === 1 ? 0 : c;
      const value = values[channelsFirst ? from * pixels + i : i * channels + from] ?? 0;
      data[4 * i + c] = Math.max(0, Math.min(255, Math.round(value * factor + offset)));
    }
    data[4 * i + 3] = 255;
  }
  return ok({ width, height, data });
}
