/** Numbers to pixels: one pure path for the panel's tiles and the command line's sheets. */
import { colormap, type ColormapId } from '../core/colormap';

/** Row-major RGBA, 4 bytes a pixel. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** NaN and infinities are neither the lowest nor the highest value: they get a colour no table holds. */
const notFiniteColour = [255, 0, 255] as const;

/**
 * Colours a plane of numbers.
 * @param values row-major, at least `width * height`; @param range the values that the table's two ends stand for;
 * a range without extent gives the table's middle.
 */
export function drawPlane(
  values: ArrayLike<number>,
  width: number,
  height: number,
  range: Range,
  map: ColormapId
): Rgba {
  const table = colormap(map);
  const rgba = new Uint8Array(width * height * 4);
  const extent = range.max - range.min;
  for (let i = 0; i < width * height; i++) {
    const value = values[i] ?? Number.NaN;
    const at = 4 * i;
    rgba[at + 3] = 255;
    if (!Number.isFinite(value)) {
      rgba.set(notFiniteColour, at);
      continue;
    }
    const share = extent > 0 ? (value - range.min) / extent : 0.5;
    const entry = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
    rgba[at] = table[entry] ?? 0;
    rgba[at + 1] = table[entry + 1] ?? 0;
    rgba[at + 2] = table[entry + 2] ?? 0;
  }
  return { width, height, rgba };
}

/** Draws `[height, width, 3]` values as colours, `range` spanning 0 to 255 in every channel. */
export function drawRgb(values: ArrayLike<number>, width: number, height: number, range: Range): Rgba {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  const extent = range.max - range.min;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      const value = values[3 * i + c] ?? Number.NaN;
      const share = extent > 0 ? (value - range.min) / extent : 0.5;
      rgba[4 * i + c] = Number.isFinite(value) ? Math.max(0, Math.min(255, Math.round(share * 255))) : 255;
    }
  }
  return { width, height, rgba };
}

/** Least and greatest finite value; `{0, 0}` where there is none. */
export function finiteRange(values: ArrayLike<number>): Range {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : { min: 0, max: 0 };
}

/** `[-limit, limit]` with the largest finite absolute value: the range of a diverging scale centred at zero. */
export function symmetricRange(values: ArrayLike<number>): Range {
  const { min, max } = finiteRange(values);
  const limit = Math.max(Math.abs(min), Math.abs(max));
  return { min: -limit, max: limit };
}

/** The range a picture of values is coloured by: around zero on a diverging scale, else from the least to the greatest. */
export function rangeFor(values: ArrayLike<number>, map: ColormapId): Range {
  return map === 'diverging' ? symmetricRange(values) : finiteRange(values);
}
