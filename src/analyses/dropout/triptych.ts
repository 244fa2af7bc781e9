/** One mask on a layer's values, cut down to what a picture shows. */
import { drawNoise, isDropped, noiseShape, type NoiseKind } from '../../core/noise';
import { createRandom, seedFor } from '../../core/random';
import type { DataFormat } from '../../core/shape';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { finiteRange, symmetricRange } from '../../drawing/plane';
import { valueKey } from '../../engine/experiment';
import type { MaskPanel } from '../../protocol/effects/dropout';
import type { ValueRange } from '../../protocol/values';
import { mapView, type MapView } from '../maps';
import { meanAbsolute } from '../statistics';

const valuesShown = 60_000;
const mapsShown = 8;
const unitsShown = 24;

/** The numbers a mask draws, spread over the whole value: `[1, …]` in the value's own layout. */
export function noiseTensor(kind: NoiseKind, shape: readonly number[], seed: number, place: string): DenseTensor {
  const drawn = drawNoise(kind, shape, [createRandom(seedFor(seed, place))]);
  return { shape, data: broadcast(drawn, noiseShape(kind, shape), shape) };
}

/** The stream's name of one call, as the engine forms it. */
export const streamName = valueKey;

function broadcast(values: Float32Array, from: readonly number[], to: readonly number[]): Float32Array {
  const whole = new Float32Array(elementCount(to));
  for (let i = 0; i < whole.length; i++) {
    let rest = i;
    let at = 0;
    let stride = 1;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const size = to[axis] ?? 1;
      const own = from[axis] ?? 1;
      at += (own === 1 ? 0 : rest % size) * stride;
      stride *= own;
      rest = Math.floor(rest / size);
    }
    whole[i] = values[at] ?? Number.NaN;
  }
  return whole;
}

/** How many entries a mask draws, and how many of them are dropped. */
export function countDropped(kind: NoiseKind, shape: readonly number[], seed: number, place: string) {
  const values = drawNoise(kind, shape, [createRandom(seedFor(seed, place))]);
  return { drawn: values.length, dropped: values.reduce((sum, value) => sum + (isDropped(kind, value) ? 1 : 0), 0) };
}

/** The channels that are shown: the strongest by mean |a| that fit the page, in ascending order. */
export function shownChannels(view: MapView): number[] {
  const most = view.vector
    ? unitsShown
    : Math.max(1, Math.min(mapsShown, Math.floor(valuesShown / (view.size[0] * view.size[1]))));
  const strength = Array.from({ length: view.channels }, (_, channel) => meanAbsolute(view.channel(channel)));
  return strength
    .map((_, channel) => channel)
    .sort((a, b) => (strength[b] ?? 0) - (strength[a] ?? 0) || a - b)
    .slice(0, most)
    .sort((a, b) => a - b);
}

/** Planes of the chosen channels one after the other; the middle slice of volumes. */
export function planesOf(view: MapView, channels: readonly number[]): Float32Array {
  const size = view.size[0] * view.size[1];
  const values = new Float32Array(channels.length * size);
  channels.forEach((channel, i) => values.set(view.plane(channel, Math.floor(view.slices / 2)), i * size));
  return values;
}

/** One scale for all three panels. */
export function rangeOf(parts: readonly Float32Array[]): ValueRange {
  const ranges = parts.map((part) => finiteRange(part));
  const min = Math.min(...ranges.map((range) => range.min));
  const max = Math.max(...ranges.map((range) => range.max));
  return min < 0 ? symmetricRange([min, max]) : { min: 0, max };
}

/** @param before, after the layer's input and output, `[1, …]` */
export function maskPanel(
  kind: NoiseKind,
  place: string,
  seed: number,
  before: DenseTensor,
  after: DenseTensor,
  format: DataFormat,
  shown: readonly number[],
  change: MaskPanel['change']
): MaskPanel {
  return {
    seed,
    noise: planesOf(mapView(noiseTensor(kind, before.shape, seed, place), format), shown),
    after: planesOf(mapView(after, format), shown),
    ...countDropped(kind, before.shape, seed, place),
    mean: meanOf(after.data),
    change
  };
}

export function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
