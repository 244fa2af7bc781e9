/** Which input positions each output position of a resize reads along one axis, and with what weights. */
import type { Interpolation, ResizeCoordinates } from '../../core/layerKind';
import type { AxisTaps, Tap } from './taps';

export interface ResizeRule {
  readonly interpolation: Interpolation;
  readonly coordinates: ResizeCoordinates;
  /** TensorFlow and PyTorch differ in the cubic coefficient, in what lies beyond the border, and in `area`. */
  readonly dialect: 'keras' | 'pytorch';
}

/** @param from length of the input axis; @param to length of the output axis */
export function resizeTaps(from: number, to: number, rule: ResizeRule): AxisTaps {
  return Array.from({ length: to }, (_, at) => tapsAt(at, from, to, rule));
}

function tapsAt(at: number, from: number, to: number, rule: ResizeRule): readonly Tap[] {
  const scale = rule.coordinates === 'alignCorners' ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const position = rule.coordinates === 'halfPixel' ? (at + 0.5) * scale - 0.5 : at * scale;
  switch (rule.interpolation) {
    case 'nearest':
      return [{ index: clamp(nearest(at, scale, rule.coordinates), from), weight: 1 }];
    case 'bilinear': {
      const inside = Math.min(Math.max(position, 0), from - 1);
      const lower = Math.floor(inside);
      const share = inside - lower;
      return share === 0
        ? [{ index: lower, weight: 1 }]
        : [
            { index: lower, weight: 1 - share },
            { index: clamp(lower + 1, from), weight: share }
          ];
    }
    case 'bicubic':
      return bicubicTaps(position, from, rule);
    case 'area':
      return rule.dialect === 'keras' ? overlapTaps(at, from, to) : windowTaps(at, from, to);
    case 'lanczos3':
      return lanczosTaps(position, from, 3);
    case 'lanczos5':
      return lanczosTaps(position, from, 5);
  }
}

function nearest(at: number, scale: number, coordinates: ResizeCoordinates): number {
  switch (coordinates) {
    case 'halfPixel':
      return Math.floor((at + 0.5) * scale);
    case 'asymmetric':
      return Math.floor(at * scale);
    case 'alignCorners':
      return Math.round(at * scale);
  }
}

/** TensorFlow looks its cubic weights up in a table with this many steps for each pixel. */
const CUBIC_TABLE = 1024;

/**
 * Keys's cubic convolution. TensorFlow with half-pixel centres takes a = -0.5 and leaves out positions beyond the
 * border, renormalising; PyTorch takes a = -0.75 and repeats the border.
 */
function bicubicTaps(position: number, from: number, rule: ResizeRule): readonly Tap[] {
  const keys = rule.dialect === 'keras' && rule.coordinates === 'halfPixel';
  const a = keys ? -0.5 : -0.75;
  const base = Math.floor(position);
  const exact = position - base;
  const fraction = rule.dialect === 'keras' ? Math.round(exact * CUBIC_TABLE) / CUBIC_TABLE : exact;
  const taps = [-1, 0, 1, 2].map((offset) => ({ index: base + offset, weight: cubic(Math.abs(fraction - offset), a) }));
  return keys
    ? normalized(taps.filter(({ index }) => index >= 0 && index < from))
    : taps.map(({ index, weight }) => ({ index: clamp(index, from), weight }));
}

function cubic(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}

function lanczosTaps(position: number, from: number, radius: number): readonly Tap[] {
  const taps: Tap[] = [];
  for (let index = Math.ceil(position - radius); index <= Math.floor(position + radius); index++) {
    if (index < 0 || index >= from) continue;
    const x = Math.PI * (position - index);
    taps.push({ index, weight: x === 0 ? 1 : (radius * Math.sin(x) * Math.sin(x / radius)) / (x * x) });
  }
  return normalized(taps);
}

/** TensorFlow's area: the mean over `[at scale, (at + 1) scale)`, border pixels by their share. */
function overlapTaps(at: number, from: number, to: number): readonly Tap[] {
  const scale = from / to;
  const start = at * scale;
  const end = (at + 1) * scale;
  const taps: Tap[] = [];
  for (let index = Math.floor(start); index < Math.ceil(end); index++) {
    const weight = (Math.min(index + 1, end) - Math.max(index, start)) / scale;
    if (weight > 1e-9) taps.push({ index: clamp(index, from), weight });
  }
  return taps;
}

/** PyTorch's area: adaptive average pooling. */
function windowTaps(at: number, from: number, to: number): readonly Tap[] {
  const start = Math.floor((at * from) / to);
  const end = Math.ceil(((at + 1) * from) / to);
  return Array.from({ length: end - start }, (_, i) => ({ index: start + i, weight: 1 / (end - start) }));
}

function normalized(taps: readonly Tap[]): readonly Tap[] {
  const sum = taps.reduce((total, { weight }) => total + weight, 0);
  return taps.map(({ index, weight }) => ({ index, weight: weight / sum }));
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}
