/** A series of numbers as a line in a small picture, zero marked where it is in sight. */
import type { Range, Rgba } from './plane';

const background = [255, 255, 255, 255] as const;
const axis = [200, 200, 200, 255] as const;
const ink = [33, 102, 172, 255] as const;

/** One pixel column (times `columnWidth`) for each value. */
export function drawLine(values: ArrayLike<number>, range: Range, height = 32, columnWidth = 4): Rgba {
  const width = Math.max(1, values.length) * columnWidth;
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) rgba.set(background, 4 * i);
  const extent = range.max - range.min;
  const rowOf = (value: number) =>
    Math.max(
      0,
      Math.min(height - 1, Math.round((1 - (extent > 0 ? (value - range.min) / extent : 0.5)) * (height - 1)))
    );
  const put = (x: number, y: number, colour: readonly number[]) => {
    rgba.set(colour, 4 * (y * width + x));
  };
  if (range.min <= 0 && range.max >= 0) for (let x = 0; x < width; x++) put(x, rowOf(0), axis);
  let previous: number | null = null;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      previous = null;
      continue;
    }
    const row = rowOf(value);
    if (previous !== null) {
      for (let y = Math.min(previous, row); y <= Math.max(previous, row); y++) put(i * columnWidth, y, ink);
    }
    for (let x = i * columnWidth; x < (i + 1) * columnWidth; x++) put(x, row, ink);
    previous = row;
  }
  return { width, height, rgba };
}
