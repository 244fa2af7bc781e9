/** What a row of the film strip tells beside its map: how batch norm moved the values, what dropout would drop. */
import type { LayerKind } from '../core/layerKind';
import { createRandom, seedFor } from '../core/random';
import { elementCount } from '../core/tensor';
import { finiteRange } from '../drawing/plane';
import type { DroppedCells, LayerThumbnail, ValueChange } from '../protocol/running';
import type { ValueRange } from '../protocol/values';
import { isSeries, longestBars, thumbnailSide, type MapView } from './maps';
import { countInBins } from './statistics';

const bins = 24;

/**
 * The histograms of all values before and after a layer, on bins they share.
 * @param shown the range on which both pictures are drawn
 */
export function valueChange(
  from: string,
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  shown: ValueRange
): ValueChange {
  const [one, two] = [finiteRange(before), finiteRange(after)];
  const range = { min: Math.min(one.min, two.min), max: Math.max(one.max, two.max) };
  let outside = 0;
  for (let i = 0; i < after.length; i++) {
    const value = after[i] ?? Number.NaN;
    if (value < shown.min || value > shown.max) outside++;
  }
  return {
    from,
    range,
    before: countInBins(before, range, bins),
    after: countInBins(after, range, bins),
    outside: outside / Math.max(1, after.length)
  };
}

/**
 * Adds the cells of the picture that a training pass would drop, for the kinds that drop values.
 * @param seed of the pass; the mask is the one the engine draws for this layer and occurrence from that seed.
 */
export function withDropped(found: LayerThumbnail, view: MapView, kind: LayerKind, seed: number): LayerThumbnail {
  if (kind.kind !== 'dropout' && kind.kind !== 'alphaDropout') return found;
  const { rate, sharedAxes } = kind;
  const mask = dropMask([1, ...view.stored], sharedAxes, rate, seedFor(seed, `${found.layer}#${found.occurrence}`));
  const cells = cellsOf(found, view, (flat) => mask(flat));
  return { ...found, dropped: { rate, seed, ...cells } };
}

/**
 * Whether the mask drops the value at an index of the stored, row-major array (batch of one).
 * @param shape batch axis first; axes in `sharedAxes` (batch included, negative ones from the end) share one entry.
 */
export function dropMask(
  shape: readonly number[],
  sharedAxes: readonly number[],
  rate: number,
  seed: number
): (flat: number) => boolean {
  const shared = new Set(sharedAxes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const maskShape = shape.map((size, axis) => (shared.has(axis) ? 1 : size));
  const random = createRandom(seed);
  const dropped = Uint8Array.from({ length: elementCount(maskShape) }, () => (random.uniform() >= rate ? 0 : 1));
  return (flat) => {
    let rest = flat;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      const index = rest % size;
      rest = Math.floor(rest / size);
      if (shared.has(axis)) continue;
      at += index * stride;
      stride *= size;
    }
    return dropped[at] === 1;
  };
}

type Cells = Pick<DroppedCells, 'width' | 'height' | 'cells'>;

/** One cell for each pixel, bar or point of the picture. */
function cellsOf(found: LayerThumbnail, view: MapView, drops: (flat: number) => boolean): Cells {
  const { picture } = found;
  const side = picture.kind === 'map' ? thumbnailSide : longestBars;
  const [high, wide] = view.vector ? [1, view.values.length] : view.size;
  const factor = Math.max(1, Math.ceil(Math.max(high, wide) / side));
  const [height, width] = [Math.ceil(high / factor), Math.ceil(wide / factor)];
  const cells = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = [y * factor, x * factor];
      const flat = picture.kind === 'bars' ? x * factor : view.indexOf(picture.channel, ...positionIn(view, place));
      cells[y * width + x] = drops(flat) ? 1 : 0;
    }
  }
  return { width, height, cells };
}

function positionIn(view: MapView, [y = 0, x = 0]: readonly number[]): number[] {
  if (isSeries(view)) return [x];
  return view.slices > 1 || view.shape.length === 4 ? [Math.floor(view.slices / 2), y, x] : [y, x];
}
