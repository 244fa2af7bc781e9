/** What can be said in numbers about an attribution map. */
import type { DataFormat } from '../../core/shape';
import type { DenseTensor } from '../../core/tensor';
import { mapView } from '../maps';
import type { PositionMap } from './cam';
import { asPlaces, type Window } from './occlusion';

/**
 * One plane from an attribution of every input value: the largest size, or the signed sum, over the channels. Numbers
 * without places stand in a row.
 */
export function overChannels(attribution: DenseTensor, format: DataFormat, how: 'largest' | 'sum'): PositionMap {
  const view = mapView(asPlaces(attribution), attribution.shape.length === 2 ? 'channelsLast' : format);
  const values = new Float32Array(view.size[0] * view.size[1] * view.slices);
  for (let c = 0; c < view.channels; c++) {
    view.channel(c).forEach((value, i) => {
      const before = values[i] ?? 0;
      values[i] = how === 'sum' ? before + value : Math.max(before, Math.abs(value));
    });
  }
  return { slices: view.slices, size: view.size, values };
}

/** The share of all positive attribution that lies in the brightest tenth of the positions; `null` without any. */
export function brightestTenth(values: Float32Array): number | null {
  const positive = Float32Array.from(values, (value) => Math.max(0, value)).sort();
  const total = positive.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return null;
  const tenth = Math.max(1, Math.round(positive.length / 10));
  return positive.subarray(positive.length - tenth).reduce((sum, value) => sum + value, 0) / total;
}

/** The window of the given size over which the map's sum is greatest (the first of equals). */
export function hottestWindow(
  { size: [height, width], values }: PositionMap,
  window: readonly [number, number]
): Window {
  const h = Math.min(window[0], height);
  const w = Math.min(window[1], width);
  // A summed-area table: each window is four look-ups.
  const table = new Float64Array((height + 1) * (width + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    for (let x = 0; x < width; x++) {
      row += values[y * width + x] ?? 0;
      table[(y + 1) * (width + 1) + x + 1] = (table[y * (width + 1) + x + 1] ?? 0) + row;
    }
  }
  const at = (y: number, x: number) => table[y * (width + 1) + x] ?? 0;
  let best: Window = { top: 0, left: 0, height: h, width: w };
  let most = -Infinity;
  for (let top = 0; top + h <= height; top++) {
    for (let left = 0; left + w <= width; left++) {
      const sum = at(top + h, left + w) - at(top, left + w) - at(top + h, left) + at(top, left);
      if (sum > most + 1e-12) {
        most = sum;
        best = { top, left, height: h, width: w };
      }
    }
  }
  return best;
}

/** Bilinear, pixel centres at halves, borders repeated: a coarse map over a finer picture. */
export function enlargeMap(
  { size: [height, width], values, slices }: PositionMap,
  to: readonly [number, number]
): PositionMap {
  const plane = values.subarray(Math.floor(slices / 2) * height * width);
  const out = new Float32Array(to[0] * to[1]);
  const place = (i: number, from: number, target: number) => {
    const inside = Math.min(Math.max(((i + 0.5) * from) / target - 0.5, 0), from - 1);
    const lower = Math.floor(inside);
    return { lower, upper: Math.min(lower + 1, from - 1), share: inside - lower };
  };
  for (let y = 0; y < to[0]; y++) {
    const row = place(y, height, to[0]);
    for (let x = 0; x < to[1]; x++) {
      const column = place(x, width, to[1]);
      const line = (r: number) => {
        const left = plane[r * width + column.lower] ?? 0;
        return left + ((plane[r * width + column.upper] ?? 0) - left) * column.share;
      };
      out[y * to[1] + x] = line(row.lower) + (line(row.upper) - line(row.lower)) * row.share;
    }
  }
  return { slices: 1, size: to, values: out };
}

/**
 * Spearman's rank correlation of the sizes of two maps, equal values sharing their mean rank: what Adebayo et al. 2018
 * compare maps of trained and randomised networks by. `null` where one of them is constant.
 */
export function rankCorrelation(a: Float32Array, b: Float32Array): number | null {
  const x = ranks(a.map(Math.abs));
  const y = ranks(b.map(Math.abs));
  const mean = (x.length - 1) / 2;
  let both = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i] ?? 0) - mean;
    const dy = (y[i] ?? 0) - mean;
    both += dx * dy;
    squaresX += dx * dx;
    squaresY += dy * dy;
  }
  return squaresX > 0 && squaresY > 0 ? both / Math.sqrt(squaresX * squaresY) : null;
}

function ranks(values: Float32Array): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((p, q) => (values[p] ?? 0) - (values[q] ?? 0));
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1] ?? 0] === values[order[start] ?? 0]) end++;
    for (let i = start; i <= end; i++) result[order[i] ?? 0] = (start + end) / 2;
    start = end + 1;
  }
  return result;
}
