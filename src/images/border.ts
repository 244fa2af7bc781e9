/** What surrounds the subject of a picture. */
import type { RgbaImage } from './types';

/** Whether the outermost pixels are light on average (above the middle grey): dark strokes on paper. */
export function hasLightBorder({ width, height, data }: RgbaImage): boolean {
  let sum = 0;
  let count = 0;
  const add = (x: number, y: number): void => {
    const at = 4 * (y * width + x);
    sum += (data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0);
    count += 3;
  };
  for (let x = 0; x < width; x++) {
    add(x, 0);
    add(x, height - 1);
  }
  for (let y = 0; y < height; y++) {
    add(0, y);
    add(width - 1, y);
  }
  return sum > 127.5 * count;
}
