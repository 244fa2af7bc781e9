/** Feature maps of one value of the pass: channels last whatever the model's layout, planes and pictures of them. */
import type { DataFormat } from '../core/shape';
import { elementCount, type DenseTensor } from '../core/tensor';
import { finiteRange, rangeFor, drawPlane } from '../drawing/plane';
import { shrinkPlane } from '../drawing/scale';
import type { LayerThumbnail, MapSheet, ThumbnailPicture } from '../protocol/running';
import type { ColormapName, ScaleMode, Tiles, ValueRange } from '../protocol/values';
import { statistics } from './statistics';
import { sweep, type Sweep } from './sweep';

export const thumbnailSide = 48;
export const longestBars = 512;
/** Slices of a volume are sent with its thumbnail, so that one slider moves all rows: small ones, and not without end. */
const sliceSide = 32;
const mostSlices = 64;
const perChannelLimit = 4096;

/** A value of the pass, batch entry 0, as `channels` planes of `size`, `slices` deep. */
export interface MapView {
  /** Channels last, without the batch. */
  readonly shape: readonly number[];
  readonly channels: number;
  readonly size: readonly [number, number];
  readonly slices: number;
  readonly values: Float32Array;
  /** True where there are no spatial axes. */
  readonly vector: boolean;
  /** The shape as the runtime keeps it, without the batch, and the axis of it that counts the channels. */
  readonly stored: readonly number[];
  readonly channelAxis: number;
  /** Where `at` finds its value in `values`. */
  indexOf(channel: number, ...position: readonly number[]): number;
  plane(channel: number, slice: number): Float32Array;
  /** All slices of a channel. */
  channel(channel: number): Float32Array;
  at(channel: number, ...position: readonly number[]): number;
}

/** @param tensor batch axis first; ranks other than 2 to 5 are shown as one long vector. */
export function mapView(tensor: DenseTensor, format: DataFormat): MapView {
  const inner = tensor.shape.slice(1);
  const spatial =
    inner.length < 2 || inner.length > 4 ? [] : format === 'channelsFirst' ? inner.slice(1) : inner.slice(0, -1);
  const vector = spatial.length === 0;
  const channels = vector ? elementCount(inner) : ((format === 'channelsFirst' ? inner[0] : inner.at(-1)) ?? 1);
  const positions = elementCount(spatial);
  const first = format === 'channelsFirst' && !vector;
  const values = tensor.data.subarray(0, elementCount(inner));
  const [slices, height, width] = [
    spatial.length === 3 ? (spatial[0] ?? 1) : 1,
    spatial.length < 2 ? 1 : (spatial.at(-2) ?? 1),
    vector ? 1 : (spatial.at(-1) ?? 1)
  ];
  const index = (channel: number, position: number) =>
    first ? channel * positions + position : position * channels + channel;
  const part = (channel: number, start: number, length: number): Float32Array => {
    if (first) return values.slice(channel * positions + start, channel * positions + start + length);
    const own = new Float32Array(length);
    for (let i = 0; i < length; i++) own[i] = values[(start + i) * channels + channel] ?? Number.NaN;
    return own;
  };
  const indexOf = (channel: number, ...position: readonly number[]) => {
    const flat = position.reduce((sum, at, axis) => sum * (spatial[axis] ?? 1) + at, 0);
    return index(channel, vector ? 0 : flat);
  };
  return {
    shape: vector ? inner : [...spatial, channels],
    channels,
    size: [height, width],
    slices,
    values,
    vector,
    stored: inner,
    channelAxis: first ? 0 : Math.max(0, inner.length - 1),
    indexOf,
    plane: (channel, slice) => part(channel, slice * height * width, height * width),
    channel: (channel) => part(channel, 0, positions),
    at: (channel, ...position) => values[indexOf(channel, ...position)] ?? Number.NaN
  };
}

/** Channels last with the batch: what `maps --npy` writes. */
export function toChannelsLastTensor(view: MapView): DenseTensor {
  if (view.vector) return { shape: [1, ...view.shape], data: Float32Array.from(view.values) };
  const data = new Float32Array(view.values.length);
  for (let c = 0; c < view.channels; c++) {
    view.channel(c).forEach((value, position) => {
      data[position * view.channels + c] = value;
    });
  }
  return { shape: [1, ...view.shape], data };
}

export function describeMaps(view: MapView, layer: string, occurrence: number): MapSheet {
  const all = statistics(view.values);
  return {
    layer,
    occurrence,
    shape: view.shape,
    channels: view.channels,
    size: view.size,
    slices: view.slices,
    statistics: all,
    perChannel: Array.from({ length: Math.min(perChannelLimit, view.channels) }, (_, c) => statistics(view.channel(c))),
    signed: all.min < 0
  };
}

/** Pictures of the asked channels; the shared range spans the whole value. */
export function mapTiles(
  view: MapView,
  channels: readonly number[],
  slice: number,
  scale: ScaleMode,
  map: ColormapName
): Tiles {
  const shared = rangeFor(view.values, map);
  const ranges: ValueRange[] = [];
  const tiles = channels.map((channel) => {
    const values = view.plane(channel, slice);
    const range = scale === 'shared' ? shared : rangeFor(values, map);
    ranges.push(range);
    return drawPlane(values, view.size[1], view.size[0], range, map);
  });
  return { tiles, ranges };
}

/** The channel with the largest mean |a|; the first of equals. */
export function strongestChannel(view: MapView): number {
  return sweep(view.values, view.channels, view.channelAxis === 0 && !view.vector).strongest;
}

/** The channel and the range of another thumbnail that this one is to be drawn by. */
export type Likeness = ThumbnailPicture;

/**
 * The film strip's picture of one value.
 * @param like draws the same channel on the same colours and range, so that two rows can be compared; left aside where
 * the two are of different kinds.
 */
export function thumbnail(
  view: MapView,
  layer: string,
  occurrence: number,
  like: Likeness | null = null
): LayerThumbnail {
  const swept = sweep(view.values, view.channels, view.channelAxis === 0 && !view.vector);
  const picture = pictureOf(view, like, swept);
  const { shape, stored } = view;
  return {
    layer,
    occurrence,
    shape,
    stored,
    statistics: swept.facts,
    picture,
    comparedWith: null,
    dropped: null
  };
}

function pictureOf(view: MapView, like: Likeness | null, { facts, strongest }: Sweep): ThumbnailPicture {
  if (view.vector) {
    const { values } = shrinkPlane(view.values, view.values.length, 1, longestBars);
    const range = like?.kind === 'bars' ? like.range : finiteRange(values);
    return { kind: 'bars', values: Float32Array.from(values), range };
  }
  const alike = like !== null && like.kind !== 'bars' && like.channel < view.channels ? like : null;
  const channel = alike?.channel ?? strongest;
  const middle = Math.floor(view.slices / 2);
  const plane = view.plane(channel, middle);
  if (isSeries(view)) {
    const { values } = shrinkPlane(plane, plane.length, 1, longestBars);
    return { kind: 'line', channel, values, range: alike?.kind === 'line' ? alike.range : finiteRange(values) };
  }
  const same = alike?.kind === 'map' ? alike : null;
  const map = same?.colormap ?? (facts.min < 0 ? 'diverging' : 'viridis');
  const range = same?.range ?? rangeFor(view.slices > 1 ? view.channel(channel) : plane, map);
  const draw = (values: Float32Array, side: number) => {
    const small = shrinkPlane(values, view.size[1], view.size[0], side);
    return drawPlane(small.values, small.width, small.height, range, map);
  };
  const slices =
    view.slices > 1 && view.slices <= mostSlices
      ? Array.from({ length: view.slices }, (_, slice) => draw(view.plane(channel, slice), sliceSide))
      : [];
  return { kind: 'map', channel, pixels: draw(plane, thumbnailSide), range, colormap: map, slices };
}

export const isSeries = (view: MapView): boolean => view.size[0] === 1 && view.shape.length === 2;
