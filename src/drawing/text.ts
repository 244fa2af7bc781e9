/** A 3 x 5 bitmap font for the numbers in a sheet's legend. */
import type { Rgba } from './plane';

/** Rows of three bits, top to bottom. */
const glyphs = new Map<string, readonly number[]>([
  ['0', [7, 5, 5, 5, 7]],
  ['1', [2, 6, 2, 2, 7]],
  ['2', [7, 1, 7, 4, 7]],
  ['3', [7, 1, 3, 1, 7]],
  ['4', [5, 5, 7, 1, 1]],
  ['5', [7, 4, 7, 1, 7]],
  ['6', [7, 4, 7, 5, 7]],
  ['7', [7, 1, 2, 2, 2]],
  ['8', [7, 5, 7, 5, 7]],
  ['9', [7, 5, 7, 1, 7]],
  ['-', [0, 0, 7, 0, 0]],
  ['+', [0, 2, 7, 2, 0]],
  ['.', [0, 0, 0, 0, 2]],
  ['e', [7, 5, 7, 4, 7]]
]);

const advance = 4;

/** Width in pixels of a text at `scale`. */
export function textWidth(text: string, scale: number): number {
  return Math.max(0, text.length * advance - 1) * scale;
}

/** Writes dark text with its top left corner at (x, y); what the font lacks stays blank, what is outside is cut. */
export function writeText(picture: Rgba, text: string, x: number, y: number, scale: number): void {
  [...text].forEach((character, index) => {
    const rows = glyphs.get(character) ?? [];
    rows.forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if (((bits >> (2 - column)) & 1) === 0) continue;
        fill(picture, x + (index * advance + column) * scale, y + row * scale, scale);
      }
    });
  });
}

function fill(picture: Rgba, left: number, top: number, size: number): void {
  for (let y = Math.max(0, top); y < Math.min(picture.height, top + size); y++) {
    for (let x = Math.max(0, left); x < Math.min(picture.width, left + size); x++) {
      picture.rgba.set([32, 32, 32, 255], 4 * (y * picture.width + x));
    }
  }
}

/** A number short enough for a legend: three significant digits. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2);
  return String(Number(value.toPrecision(3)));
}
