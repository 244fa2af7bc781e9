/** Many tiles on one sheet with a colour bar: what `kernels` and `maps` write as PNG. */
import { colormap, type ColormapId } from '../core/colormap';
import { enlarge } from './scale';
import type { Range, Rgba } from './plane';
import { shortNumber, textWidth, writeText } from './text';

const gap = 2;
const margin = 8;
const barHeight = 10;
const textScale = 2;
/** Small kernels are enlarged to about this many pixels a side. */
const wantedTile = 32;
const largestSide = 8192;

/** Columns that make a sheet of equal tiles roughly square. */
export function columnsFor(count: number, width: number, height: number): number {
  return Math.max(1, Math.min(count, Math.round(Math.sqrt((count * height) / Math.max(1, width)))));
}

/**
 * Lays tiles of one size out in rows, left to right.
 * @param legend the range and table of a shared scale; `null` where every tile has its own.
 */
export function drawSheet(
  tiles: readonly Rgba[],
  legend: { readonly range: Range; readonly map: ColormapId } | null,
  columns?: number
): Rgba {
  const first = tiles[0] ?? { width: 1, height: 1, rgba: new Uint8Array(4) };
  const factor = Math.max(1, Math.floor(wantedTile / Math.max(first.width, first.height)));
  const across = columns ?? columnsFor(tiles.length, first.width, first.height);
  const down = Math.max(1, Math.ceil(tiles.length / across));
  const tileWidth = first.width * factor;
  const tileHeight = first.height * factor;
  const legendHeight = legend === null ? 0 : barHeight + 5 * textScale + margin + 4;
  const legendWidth = legend === null ? 0 : 160;
  const width = Math.min(largestSide, 2 * margin + Math.max(legendWidth, across * (tileWidth + gap) - gap));
  const height = Math.min(largestSide, 2 * margin + down * (tileHeight + gap) - gap + legendHeight);
  const sheet: Rgba = { width, height, rgba: new Uint8Array(width * height * 4).fill(255) };
  tiles.forEach((tile, index) => {
    const x = margin + (index % across) * (tileWidth + gap);
    const y = margin + Math.floor(index / across) * (tileHeight + gap);
    paste(sheet, factor === 1 ? tile : enlarge(tile, factor), x, y);
  });
  if (legend !== null) drawLegend(sheet, legend.range, legend.map, margin, height - legendHeight);
  return sheet;
}

/** Copies a picture into another; what does not fit is cut. */
export function paste(target: Rgba, picture: Rgba, left: number, top: number): void {
  const width = Math.min(picture.width, target.width - left);
  if (width <= 0) return;
  for (let y = 0; y < Math.min(picture.height, target.height - top); y++) {
    const row = picture.rgba.subarray(4 * y * picture.width, 4 * (y * picture.width + width));
    target.rgba.set(row, 4 * ((top + y) * target.width + left));
  }
}

function drawLegend(sheet: Rgba, range: Range, map: ColormapId, left: number, top: number): void {
  const table = colormap(map);
  const width = Math.min(256, sheet.width - 2 * left);
  for (let x = 0; x < width; x++) {
    const entry = 3 * Math.round((x / Math.max(1, width - 1)) * 255);
    const colour = [table[entry] ?? 0, table[entry + 1] ?? 0, table[entry + 2] ?? 0, 255];
    for (let y = 0; y < barHeight; y++) sheet.rgba.set(colour, 4 * ((top + margin + y) * sheet.width + left + x));
  }
  const baseline = top + margin + barHeight + 4;
  const high = shortNumber(range.max);
  writeText(sheet, shortNumber(range.min), left, baseline, textScale);
  writeText(sheet, high, left + width - textWidth(high, textScale), baseline, textScale);
}
