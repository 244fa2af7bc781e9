import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/images/decode';
import { readNpy } from '../../src/images/npy';
import { resize } from '../../src/images/resize';
import type { RgbaImage } from '../../src/images/types';

const folder = join(__dirname, '..', 'fixtures', 'images');
const bytes = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

interface Entry {
  file: string;
  width: number;
  height: number;
  filter: 'bilinear' | 'bicubic';
}
const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { decoded: Entry[]; resized: Entry[] };

async function decoded(name: string): Promise<RgbaImage> {
  const result = await decodeImage(bytes(name), name);
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

function largestDifference(image: RgbaImage, rgb: Uint8Array): number {
  expect(rgb.length).toBe(image.width * image.height * 3);
  let worst = 0;
  for (let i = 0; i < image.width * image.height; i++) {
    for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs((image.data[4 * i + c] ?? 0) - (rgb[3 * i + c] ?? 0)));
  }
  return worst;
}

describe('pictures decode as Pillow decodes them', () => {
  // Lossless formats are equal; JPEG and lossy WebP may round one level apart.
  for (const entry of index.decoded) {
    it(entry.file, async () => {
      const image = await decoded(entry.file);
      expect([image.width, image.height]).toEqual([entry.width, entry.height]);
      const limit = /\.jpg$|lossy/.test(entry.file) ? 1 : 0;
      expect(largestDifference(image, bytes(`${entry.file}.rgb`))).toBeLessThanOrEqual(limit);
    });
  }
});

describe('resizing equals Pillow', () => {
  for (const entry of index.resized) {
    it(`${entry.filter} to ${String(entry.width)} x ${String(entry.height)}`, async () => {
      const image = resize(await decoded('rgb.png'), entry.width, entry.height, entry.filter);
      expect(largestDifference(image, bytes(entry.file))).toBe(0);
    });
  }
});

describe('npy', () => {
  it('reads doubles and column-major integers', () => {
    const floats = readNpy(bytes('floats.npy'));
    const fortran = readNpy(bytes('fortran.npy'));
    expect(floats.ok && [...floats.value.data]).toEqual(Array.from({ length: 12 }, (_, i) => i / 4));
    expect(fortran.ok && [...fortran.value.data]).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(fortran.ok && fortran.value.shape).toEqual([3, 4]);
  });
});
