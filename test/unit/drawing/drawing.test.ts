import { describe, expect, it } from 'vitest';
import { colormap } from '../../../src/core/colormap';
import { drawLine } from '../../../src/drawing/lines';
import { drawPlane, drawRgb, symmetricRange } from '../../../src/drawing/plane';
import { enlarge, shrinkPlane } from '../../../src/drawing/scale';
import { columnsFor, drawSheet } from '../../../src/drawing/sheet';

const entry = (name: 'viridis' | 'gray' | 'diverging', i: number) => [...colormap(name).subarray(3 * i, 3 * i + 3)];
const luminance = ([r = 0, g = 0, b = 0]: number[]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe('colour tables', () => {
  it('hold the published ends and middle', () => {
    expect([entry('viridis', 0), entry('viridis', 255)]).toEqual([
      [68, 1, 84],
      [253, 231, 37]
    ]);
    expect([entry('diverging', 0), entry('diverging', 255)]).toEqual([
      [5, 48, 97],
      [103, 0, 31]
    ]);
    expect(entry('gray', 99)).toEqual([99, 99, 99]);
  });
  it('are smooth, and viridis grows lighter all the way', () => {
    for (const name of ['viridis', 'gray', 'diverging'] as const) {
      expect(colormap(name)).toHaveLength(768);
      for (let i = 1; i < 256; i++) {
        const [a, b] = [entry(name, i - 1), entry(name, i)];
        for (let c = 0; c < 3; c++) expect(Math.abs((a[c] ?? 0) - (b[c] ?? 0))).toBeLessThanOrEqual(6);
        if (name === 'viridis') expect(luminance(b)).toBeGreaterThan(luminance(a) - 0.5);
      }
    }
  });
});

describe('planes', () => {
  it('map the range to the table, clip outside it and mark NaN', () => {
    const { rgba } = drawPlane([-2, 0, 1, 5, Number.NaN], 5, 1, { min: 0, max: 1 }, 'gray');
    expect([0, 1, 2, 3].map((i) => rgba[4 * i])).toEqual([0, 0, 255, 255]);
    expect([...rgba.subarray(16, 20)]).toEqual([255, 0, 255, 255]);
  });
  it('centre a signed range at zero, infinities left out', () => {
    expect(symmetricRange([1, -3, Infinity])).toEqual({ min: -3, max: 3 });
  });
  it('draw three channels as colour', () => {
    expect([...drawRgb([-1, 0, 1], 1, 1, { min: -1, max: 1 }).rgba]).toEqual([0, 128, 255, 255]);
  });
});

describe('sizes', () => {
  it('enlarges by repeating and shrinks by averaging', () => {
    const small = drawPlane([0, 1], 2, 1, { min: 0, max: 1 }, 'gray');
    const large = enlarge(small, 3);
    expect([large.width, large.height, large.rgba[4 * 2], large.rgba[4 * 3]]).toEqual([6, 3, 0, 255]);
    expect(shrinkPlane(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2, 2)).toEqual({
      width: 2,
      height: 1,
      values: Float32Array.of((1 + 2 + 4 + 5) / 4, 4.5)
    });
  });
});

describe('sheets and lines', () => {
  it('place every tile and leave room for the legend', () => {
    const tile = drawPlane(new Float32Array(9).fill(1), 3, 3, { min: 0, max: 1 }, 'gray');
    const plain = drawSheet([tile, tile, tile, tile], null, 2);
    const marked = drawSheet([tile, tile, tile, tile], { range: { min: 0, max: 1 }, map: 'gray' }, 2);
    expect(columnsFor(16, 3, 3)).toBe(4);
    expect(marked.height).toBeGreaterThan(plain.height);
    expect(plain.width).toBe(8 + 30 + 2 + 30 + 8);
  });
  it('draw the extremes of a series at the edges', () => {
    const { width, height, rgba } = drawLine([0, 1], { min: 0, max: 1 }, 8, 1);
    const blue = (x: number, y: number) => rgba[4 * (y * width + x)] === 33;
    expect([width, height, blue(0, 7), blue(1, 0)]).toEqual([2, 8, true, true]);
  });
});
