/** Numbers as colours, in the webview: the cells of one map stay numbers until they are drawn. */
import { colormap, type ColormapId } from '../../../src/core/colormap';
import type { Volume } from '../../../src/protocol/effects/windows';
import { toCanvas } from '../../shared/canvas';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One pixel a cell. */
export function paint(
  values: Float32Array,
  [height, width]: readonly [number, number],
  range: Range,
  map: ColormapId
): HTMLCanvasElement {
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set([...colourOf(values[i] ?? Number.NaN, range, map), 255], 4 * i);
  return toCanvas({ width, height, rgba });
}

/** Red, green, blue; magenta for what is not finite. */
export function colourOf(value: number, { min, max }: Range, map: ColormapId): readonly [number, number, number] {
  if (!Number.isFinite(value)) return [255, 0, 255];
  const share = max > min ? (value - min) / (max - min) : 0.5;
  const entry = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
  const table = colormap(map);
  return [table[entry] ?? 0, table[entry + 1] ?? 0, table[entry + 2] ?? 0];
}

/** Signed values around zero on the diverging scale, others from their least to their greatest. */
export function scaleFor({ min, max }: Range, sequential: 'viridis' | 'gray'): { range: Range; map: ColormapId } {
  const limit = Math.max(Math.abs(min), Math.abs(max));
  return min < 0 ? { range: { min: -limit, max: limit }, map: 'diverging' } : { range: { min, max }, map: sequential };
}

export function sliceOf({ size: [, height, width], values }: Volume, slice: number): Float32Array {
  return values.subarray(slice * height * width, (slice + 1) * height * width);
}
