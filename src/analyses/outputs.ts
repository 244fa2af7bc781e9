/** A network's outputs as what they are: classes, pictures, masks or numbers. */
import { drawPlane, drawRgb, finiteRange } from '../drawing/plane';
import type { OutputView } from '../protocol/running';
import type { Pixels } from '../protocol/values';
import { namesOf } from './labels';
import type { MapView } from './maps';
import { t } from '../core/texts';

export const topCount = 5;
/** Okabe and Ito's colours, told apart by everybody; the first class (often the background) is black. */
const maskColours = ['#000000', '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7'] as const;

/** Whether the values lie in 0..1 and sum to one (float32 sums of a thousand classes are off by about 1e-5). */
export function areProbabilities(values: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value >= 0 && value <= 1.000001)) return false;
    sum += value;
  }
  return values.length > 1 && Math.abs(sum - 1) < 1e-3;
}

/** The `count` greatest values, greatest first; equal ones by index. Labels are used where there is one for each value. */
export function topValues(values: ArrayLike<number>, labels: readonly string[] | null, count: number) {
  const names = namesOf(labels, values.length);
  const order = Array.from(values, (value, index) => ({ index, label: names?.[index] ?? null, value }));
  return order.sort((a, b) => b.value - a.value || a.index - b.index).slice(0, count);
}

/** @param input the picture the network saw, for the difference to a picture of the same size. */
export function outputView(
  name: string,
  view: MapView,
  labels: readonly string[] | null,
  input: Pixels | null
): OutputView {
  if (view.vector || view.size[0] * view.size[1] * view.slices === 1) {
    const values = Float32Array.from(view.values);
    if (values.length === 1) return { kind: 'number', name, values };
    const probabilities = areProbabilities(values);
    return { kind: 'classes', name, values, probabilities, top: topValues(values, labels, topCount) };
  }
  if (view.size[0] === 1 || view.slices > 1) return { kind: 'number', name, values: Float32Array.from(view.values) };
  return view.channels === 3 && !isPixelSoftmax(view) ? picture(name, view, input) : mask(name, view, labels);
}

function isPixelSoftmax(view: MapView): boolean {
  const pixel = (at: number) => Array.from({ length: view.channels }, (_, c) => view.channel(c)[at] ?? 0);
  const last = view.size[0] * view.size[1] - 1;
  return [0, Math.floor(last / 2), last].every((at) => areProbabilities(pixel(at)));
}

function picture(name: string, view: MapView, input: Pixels | null): OutputView {
  const [height, width] = view.size;
  const planes = [0, 1, 2].map((c) => view.channel(c));
  const values = Float32Array.from({ length: 3 * width * height }, (_, i) => planes[i % 3]?.[Math.floor(i / 3)] ?? 0);
  const found = finiteRange(values);
  const range =
    found.min >= 0 && found.max <= 1
      ? { min: 0, max: 1 }
      : found.min >= -1 && found.max <= 1
        ? { min: -1, max: 1 }
        : found;
  const pixels = drawRgb(values, width, height, range);
  if (input?.width !== width || input.height !== height)
    return { kind: 'image', name, pixels, difference: null, range };
  const gaps = Float32Array.from({ length: width * height }, (_, i) => {
    const gap = (c: number) => (pixels.rgba[4 * i + c] ?? 0) - (input.rgba[4 * i + c] ?? 0);
    return (gap(0) + gap(1) + gap(2)) / 3;
  });
  const largest = gaps.reduce((most, gap) => Math.max(most, Math.abs(gap)), 0);
  // A picture without any difference is drawn in the middle colour, not divided by zero.
  const limit = largest === 0 ? 1 : largest;
  const difference = drawPlane(gaps, width, height, { min: -limit, max: limit }, 'diverging');
  return { kind: 'image', name, pixels, difference: { pixels: difference, largest }, range };
}

/** The winning class of every pixel; one channel is cut at 0.5. */
function mask(name: string, view: MapView, labels: readonly string[] | null): OutputView {
  const [height, width] = view.size;
  const classes = view.channels === 1 ? 2 : view.channels;
  const planes = Array.from({ length: view.channels }, (_, c) => view.channel(c));
  const counts = new Array<number>(classes).fill(0);
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    let winner = 0;
    if (view.channels === 1) winner = (planes[0]?.[i] ?? 0) >= 0.5 ? 1 : 0;
    else for (let c = 1; c < classes; c++) if ((planes[c]?.[i] ?? 0) > (planes[winner]?.[i] ?? 0)) winner = c;
    counts[winner] = (counts[winner] ?? 0) + 1;
    const colour = Number.parseInt(colourOf(winner).slice(1), 16);
    rgba.set([colour >> 16, (colour >> 8) & 255, colour & 255], 4 * i);
  }
  const names = namesOf(labels, classes);
  const legend = counts
    .map((count, index) => ({
      label: names?.[index] ?? t('class {0}', index),
      colour: colourOf(index),
      share: count / (width * height)
    }))
    .filter(({ share }) => share > 0);
  return { kind: 'mask', name, pixels: { width, height, rgba }, legend };
}

const colourOf = (index: number): string => maskColours[index % maskColours.length] ?? '#000000';
