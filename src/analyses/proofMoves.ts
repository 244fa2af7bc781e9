/** Layers that compute nothing: where the value comes from. */
import type { KindOf, PadMode } from '../core/layerKind';
import { channelAxis, spatialAxes, type DataFormat } from '../core/shape';
import { centerCropStart } from '../core/windows';
import type { MapView } from './maps';
import {
  coordinatesOf,
  flatIndex,
  formula,
  nameOf,
  none,
  storedAxis,
  storedIndex,
  viewAs,
  type Place,
  type Steps
} from './proofPlace';
import { t } from '../core/texts';

/** The value of one place of an input, and that place in words. */
function taken(view: MapView, flat: number, from: string): Steps {
  const x = view.values[flat] ?? Number.NaN;
  return formula(t('x = {0}[{1}] (moved, not changed)', from, coordinatesOf(flat, view.stored).join(', ')), { x }, x);
}

export function flattened(kind: KindOf<'flatten'>, place: Place): Steps {
  const flat = storedIndex(place);
  if (!kind.channelsLastOrder) return taken(place.input, flat, nameOf(place, 0));
  const input = viewAs(place.input, 'channelsFirst');
  const position = coordinatesOf(flat, input.shape);
  return taken(input, input.indexOf(position.at(-1) ?? 0, ...position.slice(0, -1)), nameOf(place, 0));
}

/** Row-major order stays; only the axes change. */
export function reshaped(place: Place): Steps {
  return taken(place.input, storedIndex(place), nameOf(place, 0));
}

export function permuted(kind: KindOf<'permute'>, place: Place): Steps {
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  const source = place.input.stored.map((_, axis) => target[kind.axes.indexOf(axis + 1)] ?? 0);
  return taken(place.input, flatIndex(source, place.input.stored), nameOf(place, 0));
}

/** The input whose part of the axis the place falls into. */
export function concatenated(kind: KindOf<'concat'>, place: Place): Steps {
  const axis = storedAxis(kind.axis, place.output);
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  let along = target[axis];
  if (along === undefined) return none(t('values are joined along the batch here'));
  for (const [i, view] of place.inputs.entries()) {
    const size = view.stored[axis] ?? 0;
    if (along < size) {
      const source = target.map((at, n) => (n === axis ? (along ?? 0) : at));
      return taken(view, flatIndex(source, view.stored), nameOf(place, i));
    }
    along -= size;
  }
  return none(t('the inputs are shorter than the output'));
}

/** Each row is the same. */
export function repeated(place: Place): Steps {
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  return taken(place.input, target.at(-1) ?? 0, nameOf(place, 0));
}

/** A place of the input, or the fill value beside it. */
export function padded(kind: KindOf<'pad'>, place: Place): Steps {
  const first = kind.dataFormat === 'channelsFirst' ? 1 : 0;
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  const source = target.map((at, axis) => {
    const [before, after] = kind.pads[axis - first] ?? [0, 0];
    // A negative pad cuts first: what it cut away is not mirrored.
    const start = Math.max(0, -before);
    const kept = (place.input.stored[axis] ?? 1) - start - Math.max(0, -after);
    const inside = mirrored(at - Math.max(0, before), kept, kind.mode);
    return inside === null ? null : inside + start;
  });
  const known = source.filter((at) => at !== null);
  if (known.length < source.length)
    return formula(t('x = the padding value (no input reaches this place)'), { x: kind.value }, kind.value);
  return taken(place.input, flatIndex(known, place.input.stored), nameOf(place, 0));
}

/** The position inside `[0, size)` that a position outside shows; `null` where a fill value stands there. */
function mirrored(position: number, size: number, mode: PadMode): number | null {
  if (position >= 0 && position < size) return position;
  switch (mode) {
    case 'zeros':
      return null;
    case 'replicate':
      return position < 0 ? 0 : size - 1;
    case 'circular':
      return ((position % size) + size) % size;
    case 'reflect': {
      let at = position;
      while (size > 1 && (at < 0 || at >= size)) at = at < 0 ? -at : 2 * (size - 1) - at;
      return size > 1 ? at : 0;
    }
  }
}

/** @param starts what is cut off in front of each axis of the stored shape */
function shifted(place: Place, starts: readonly number[]): Steps {
  const source = coordinatesOf(storedIndex(place), place.output.stored).map((at, axis) => at + (starts[axis] ?? 0));
  return taken(place.input, flatIndex(source, place.input.stored), nameOf(place, 0));
}

export function cropped(kind: KindOf<'crop'>, place: Place): Steps {
  const first = kind.dataFormat === 'channelsFirst' ? 1 : 0;
  return shifted(
    place,
    place.input.stored.map((_, axis) => kind.crops[axis - first]?.[0] ?? 0)
  );
}

/** The middle of an image; `null` where it is too small and is resized instead. */
export function centreCropped(target: readonly [number, number], format: DataFormat, place: Place): Steps | null {
  const { stored } = place.input;
  const axes = spatialAxes(stored.length + 1, format).slice(-2);
  const starts = stored.map(() => 0);
  for (const [i, axis] of axes.entries()) {
    const size = stored[axis - 1] ?? 1;
    const kept = target[i] ?? size;
    if (size < kept) return null;
    starts[axis - 1] = centerCropStart(size, kept);
  }
  return shifted(place, starts);
}

/**
 * Channels to pixels: which channel of the block a place comes from. PyTorch counts the offset in the block fastest,
 * TensorFlow the channel.
 */
export function pixelShuffled(kind: KindOf<'pixelShuffle'>, place: Place): Steps {
  const { factor: r, dataFormat } = kind;
  const { stored } = place.output;
  const target = coordinatesOf(storedIndex(place), stored);
  const channel = channelAxis(stored.length + 1, dataFormat) - 1;
  const [row = 0, column = 0] = spatialAxes(stored.length + 1, dataFormat).map((axis) => axis - 1);
  const block = ((target[row] ?? 0) % r) * r + ((target[column] ?? 0) % r);
  const own = target[channel] ?? 0;
  const from = dataFormat === 'channelsFirst' ? own * r * r + block : block * (stored[channel] ?? 1) + own;
  const source = target.map((at, axis) =>
    axis === channel ? from : axis === row || axis === column ? Math.floor(at / r) : at
  );
  return taken(place.input, flatIndex(source, place.input.stored), nameOf(place, 0));
}
