/** Which input positions each output position of one layer depends on, axis by axis. */
import type { Interpolation, KindOf, LayerKind, ResizeCoordinates } from '../layerKind';
import { spatialAxes, type DataFormat, type Dim, type Shape } from '../shape';
import { resolveAxis } from '../shapes/outcome';
import {
  axisPads,
  axisWindow,
  centerCropStart,
  outputPaddingOf,
  paddingIsAssumed,
  spanOf,
  transposedCrop
} from '../windows';
import { SAME_POSITION, type Reach } from './bounds';

/** How one input axis is read. */
export type AxisRead =
  /** A window that follows output axis `axis`. */
  | {
      readonly type: 'window';
      readonly axis: number;
      readonly reach: Reach;
      /** Statistics over the whole axis enter too (group norm). */
      readonly statistics: boolean;
      /** The padding had to be guessed for want of the size. */
      readonly assumed: boolean;
    }
  /** Every output position reads the whole axis. */
  | { readonly type: 'all' };

/** By input axis, the batch (index 0) included and always followed as it is. */
export type InputReads = readonly AxisRead[];

const ALL: AxisRead = { type: 'all' };

function window(axis: number, reach: Reach, assumed = false): AxisRead {
  return { type: 'window', axis, reach, statistics: false, assumed };
}

/** Most layers leave positions alone: their reads are made once for each rank. */
const IDENTITIES: readonly InputReads[] = Array.from({ length: 9 }, (_, rank) =>
  Array.from({ length: rank }, (_, axis) => window(axis, SAME_POSITION))
);

/** Output position `p` reads input position `p` on every axis. Equal ranks give the same object. */
export function identityReads(rank: number): InputReads {
  return IDENTITIES[rank] ?? Array.from({ length: rank }, (_, axis) => window(axis, SAME_POSITION));
}

const identity = (shape: Shape): InputReads => identityReads(shape.length);

/** Spatial axes by a rule of their own, the channel axis read as a whole or passed through. */
function spatially(
  input: Shape,
  format: DataFormat,
  channels: 'all' | 'each',
  rule: (axis: number, size: Dim, position: number) => AxisRead
): AxisRead[] {
  const same = identity(input);
  const reads = input.map((_, axis) => (axis === 0 || channels === 'each' ? (same[axis] ?? ALL) : ALL));
  for (const [i, axis] of spatialAxes(input.length, format).entries()) reads[axis] = rule(i, input[axis] ?? null, axis);
  return reads;
}

function slidingReads(
  kind: KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'pool'>,
  input: Shape
): AxisRead[] {
  const size = kind.kind === 'pool' ? kind.poolSize : kind.kernelSize;
  const channels = kind.kind === 'conv' || kind.kind === 'separableConv' ? 'all' : 'each';
  return spatially(input, kind.dataFormat, channels, (i, length, axis) => {
    const sliding = axisWindow(kind, size, i);
    const [before] = axisPads(sliding, length);
    return window(
      axis,
      { n: sliding.stride, low: -before, high: spanOf(sliding) - 1 - before, m: 1, step: sliding.dilation },
      paddingIsAssumed(sliding, length)
    );
  });
}

/** Output `p` receives input `i` where `p = i stride + t dilation - crop` for a kernel element `t`. */
function transposedReads(kind: KindOf<'convTranspose'>, input: Shape): AxisRead[] {
  return spatially(input, kind.dataFormat, 'all', (i, length, axis) => {
    const sliding = axisWindow(kind, kind.kernelSize, i);
    const crop = transposedCrop(sliding, length, outputPaddingOf(kind, i));
    return window(axis, { n: 1, low: crop - (spanOf(sliding) - 1), high: crop, m: sliding.stride });
  });
}

/** Region `p` of `outputs` runs from `floor(p size / outputs)` to `ceil((p + 1) size / outputs) - 1`. */
function adaptiveReads(kind: KindOf<'adaptivePool'>, input: Shape): AxisRead[] {
  return spatially(input, kind.dataFormat, 'each', (i, size, axis) => {
    const outputs = kind.outputSize[i] ?? null;
    if (outputs === null) return window(axis, SAME_POSITION);
    if (outputs === 1 || size === null) return ALL;
    return window(axis, { n: size, low: 1 - outputs, high: size - 1, m: outputs });
  });
}

const RADIUS: Readonly<Record<Exclude<Interpolation, 'nearest' | 'area'>, number>> = {
  bilinear: 1,
  bicubic: 2,
  lanczos3: 3,
  lanczos5: 5
};

/** Input pixels an enlarged or reduced pixel is made from; `size` to `target` positions. */
export function resizeReach(
  size: number,
  target: number,
  interpolation: Interpolation,
  coordinates: ResizeCoordinates
): Reach {
  if (interpolation === 'area') return { n: size, low: 1 - target, high: size - 1, m: target };
  // The sampled place, as the fraction `(rise p + shift) / over`.
  const [rise, shift, over] =
    coordinates === 'alignCorners' && target > 1
      ? [size - 1, 0, target - 1]
      : coordinates === 'halfPixel'
        ? [2 * size, size - target, 2 * target]
        : [size, 0, target];
  if (interpolation === 'nearest') {
    // Half-pixel nearest takes `floor(place + 1/2)`, the others `floor(place)` or the rounded place with aligned corners.
    const middle = coordinates === 'asymmetric' ? 0 : Math.floor(over / 2);
    return { n: rise, low: shift + middle - over + 1, high: shift + middle, m: over };
  }
  const more = RADIUS[interpolation] - 1;
  return { n: rise, low: shift - over + 1 - more * over, high: shift + over - 1 + more * over, m: over };
}

function resizedReads(kind: KindOf<'upsample'> | KindOf<'resize'>, input: Shape, output: Shape): AxisRead[] {
  return spatially(input, kind.dataFormat, 'each', (i, size, axis) => {
    const target = output[axis] ?? null;
    const factor = kind.kind === 'upsample' ? (kind.factors[i] ?? 1) : null;
    if (size !== null && target !== null)
      return window(axis, resizeReach(size, target, kind.interpolation, kind.coordinates));
    return factor !== null && Number.isInteger(factor) && kind.coordinates !== 'alignCorners'
      ? window(axis, resizeReach(1, factor, kind.interpolation, kind.coordinates))
      : ALL;
  });
}

function shiftedReads(input: Shape, format: DataFormat, start: (axis: number, size: Dim) => number): AxisRead[] {
  return spatially(input, format, 'each', (i, size, axis) => {
    const shift = start(i, size);
    return window(axis, { n: 1, low: shift, high: shift, m: 1 });
  });
}

/** Norms read whole axes for their statistics; each value itself still follows its own place. */
function withStatistics(input: Shape, axes: readonly number[]): AxisRead[] {
  const whole = new Set(axes.map((axis) => resolveAxis(axis, input.length)));
  return input.map((_, axis) => ({
    type: 'window',
    axis,
    reach: SAME_POSITION,
    statistics: whole.has(axis),
    assumed: false
  }));
}

/** Axes that a reshape leaves alone: groups of equal products that hold one axis longer than 1 on both sides. */
function reshapedReads(input: Shape, output: Shape): AxisRead[] {
  const reads: AxisRead[] = input.map((_, axis) => (axis === 0 ? window(0, SAME_POSITION) : ALL));
  let [i, o] = [1, 1];
  while (i < input.length && o < output.length) {
    const from = input[i] ?? null;
    const to = output[o] ?? null;
    if (from === 1 && to !== 1) i++;
    else if (to === 1 && from !== 1) o++;
    else if (from !== null && from === to) reads[i++] = window(o++, SAME_POSITION);
    else break;
  }
  return reads;
}

function permutedReads(kind: KindOf<'permute'>, input: Shape): AxisRead[] {
  const reads = [...identity(input)];
  for (const [i, axis] of kind.axes.entries()) reads[axis] = window(i + 1, SAME_POSITION);
  return reads;
}

/** Merged values are aligned at the end; a size of 1 beside a larger one is read everywhere. */
function broadcastReads(input: Shape, output: Shape): InputReads {
  const offset = output.length - input.length;
  if (offset === 0 && !input.some((size, axis) => size === 1 && output[axis] !== 1)) return identity(input);
  return input.map((size, axis) => {
    if (axis === 0) return window(0, SAME_POSITION);
    const stretched = size === 1 && output[axis + offset] !== 1;
    return window(axis + offset, stretched ? { n: 0, low: 0, high: 0, m: 1 } : SAME_POSITION);
  });
}

function softmaxAxis(kind: LayerKind): number | null {
  const activation = 'activation' in kind ? kind.activation : null;
  return activation !== null && 'axis' in activation ? activation.axis : null;
}

function kindReads(kind: LayerKind, input: Shape, output: Shape): InputReads {
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'pool':
      return slidingReads(kind, input);
    case 'convTranspose':
      return transposedReads(kind, input);
    case 'globalPool':
      return spatially(input, kind.dataFormat, 'each', () => ALL).map((read, axis) =>
        axis > 0 && input.length !== output.length && read.type === 'window' ? window(1, SAME_POSITION) : read
      );
    case 'adaptivePool':
      return adaptiveReads(kind, input);
    case 'dense':
      return identity(input).map((read, axis) => (axis === input.length - 1 ? ALL : read));
    case 'batchNorm':
      return kind.tracksStatistics
        ? identity(input)
        : withStatistics(
            input,
            input.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== resolveAxis(kind.axis, input.length))
          );
    case 'layerNorm':
    case 'unitNorm':
      return withStatistics(input, kind.axes);
    case 'groupNorm':
      return withStatistics(
        input,
        input.map((_, axis) => axis).filter((axis) => axis > 0)
      );
    case 'flatten': {
      const start = resolveAxis(kind.startAxis, input.length) ?? 1;
      const end = resolveAxis(kind.endAxis, input.length) ?? input.length - 1;
      if (input.length === output.length) return identity(input);
      return input.map((_, axis) =>
        axis >= start && axis <= end ? ALL : window(axis > end ? axis - (end - start) : axis, SAME_POSITION)
      );
    }
    case 'reshape':
      return reshapedReads(input, output);
    case 'permute':
      return permutedReads(kind, input);
    case 'repeatVector':
      return [window(0, SAME_POSITION), window(2, SAME_POSITION)];
    case 'pad':
      return shiftedReads(input, kind.dataFormat, (axis) => -(kind.pads[axis]?.[0] ?? 0));
    case 'crop':
      return shiftedReads(input, kind.dataFormat, (axis) => kind.crops[axis]?.[0] ?? 0);
    case 'centerCrop':
      return spatially(input, kind.dataFormat, 'each', (i, size, axis) => {
        const target = i === 0 ? kind.height : kind.width;
        // A value smaller than the target is resized by Keras, which reads all of it.
        if (size === null || size < target) return ALL;
        const start = centerCropStart(size, target);
        return window(axis, { n: 1, low: start, high: start, m: 1 });
      });
    case 'augmentation':
      return kind.size === null ? identity(input) : croppedReads(kind.size, input);
    case 'upsample':
    case 'resize':
      return resizedReads(kind, input, output);
    case 'pixelShuffle':
      return spatially(input, kind.dataFormat, 'all', (_, _size, axis) =>
        window(axis, { n: 1, low: 1 - kind.factor, high: 0, m: kind.factor })
      );
    case 'merge':
      return broadcastReads(input, output);
    case 'concat': {
      const along = resolveAxis(kind.axis, input.length);
      return identity(input).map((read, axis) => (axis === along ? ALL : read));
    }
    case 'dot':
    case 'recurrent':
      return input.map((_, axis) => (axis === 0 ? window(0, SAME_POSITION) : ALL));
    default:
      return identity(input);
  }
}

/** Keras's RandomCrop takes the middle at inference. */
function croppedReads(size: readonly [number, number], input: Shape): AxisRead[] {
  return shiftedReads(input, 'channelsLast', (axis, length) =>
    length === null ? 0 : centerCropStart(length, size[axis] ?? length)
  );
}

/**
 * How a call reads one of its inputs. Not for nested models, whose own calls are followed.
 * @param input shape of the input looked at; @param output shape of the call's output.
 */
export function inputReads(kind: LayerKind, input: Shape, output: Shape): InputReads {
  const reads = kindReads(kind, input, output);
  const along = softmaxAxis(kind);
  const axis = along === null ? null : resolveAxis(along, output.length);
  // A softmax divides by a sum over its axis: over space, that reads everything.
  return axis === null
    ? reads
    : reads.map((read) => (read.type === 'window' && read.axis === axis ? { ...read, statistics: true } : read));
}

/** The spatial axes of a value as this layer understands them; empty where the layer does not say. */
export function spatialAxesRead(kind: LayerKind, rank: number): readonly number[] {
  return 'dataFormat' in kind && kind.kind !== 'localResponseNorm' ? spatialAxes(rank, kind.dataFormat) : [];
}
