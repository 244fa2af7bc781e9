/** Shapes of layers that move, cut, repeat or resize values without learning anything. */
import type { KindOf } from '../layerKind';
import { channelAxis, productOf, spatialAxes, type DataFormat, type Dim, type Shape } from '../shape';
import { mismatch, resolveAxis, shapes, shapeText, withAxis, type ShapeOutcome } from './outcome';

/** Applies one size function per spatial axis; `null` stays `null`. */
function mapSpatial(
  shape: Shape,
  format: DataFormat,
  rank: number,
  what: string,
  change: (size: Dim, axis: number) => Dim
): ShapeOutcome {
  if (shape.length !== rank + 2) {
    return mismatch('shape-rank', `${what} needs a value of ${rank + 2} axes, but gets ${shapeText(shape)}`);
  }
  const axes = spatialAxes(shape.length, format);
  const changed = axes.reduce<Shape>(
    (result, axis, i) => withAxis(result, axis, change(shape[axis] ?? null, i)),
    shape
  );
  const tooSmall = axes.find((axis) => (changed[axis] ?? 1) <= 0);
  if (tooSmall !== undefined) {
    return mismatch('shape-too-small', `${what} leaves nothing of the ${shapeText(shape)} it gets`);
  }
  return shapes(changed);
}

const plus = (size: Dim, more: number): Dim => (size === null ? null : size + more);

export function padShape(kind: KindOf<'pad'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.pads.length, 'The padding', (size, axis) => {
    const [before, after] = kind.pads[axis] ?? [0, 0];
    return plus(size, before + after);
  });
}

export function cropShape(kind: KindOf<'crop'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.crops.length, 'The cropping', (size, axis) => {
    const [before, after] = kind.crops[axis] ?? [0, 0];
    return plus(size, -before - after);
  });
}

/** Centre crop and resize: the target size whatever comes in. */
export function fixedSizeShape(kind: KindOf<'centerCrop'> | KindOf<'resize'>, shape: Shape): ShapeOutcome {
  const target = [kind.height, kind.width];
  return mapSpatial(shape, kind.dataFormat, 2, 'The resizing', (_, axis) => target[axis] ?? null);
}

/** `floor(size factor)`, as PyTorch and, for whole factors, Keras. */
export function upsampleShape(kind: KindOf<'upsample'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.factors.length, 'The upsampling', (size, axis) =>
    size === null ? null : Math.floor(size * (kind.factors[axis] ?? 1))
  );
}

/** `[N, C r², H, W]` to `[N, C, H r, W r]`. */
export function pixelShuffleShape(kind: KindOf<'pixelShuffle'>, shape: Shape): ShapeOutcome {
  if (shape.length !== 4) {
    return mismatch('shape-rank', `Pixel shuffle needs a value of 4 axes, but gets ${shapeText(shape)}`);
  }
  const axis = channelAxis(shape.length, kind.dataFormat);
  const channels = shape[axis] ?? null;
  const square = kind.factor * kind.factor;
  if (channels !== null && channels % square !== 0) {
    return mismatch(
      'shape-channels',
      `${channels} channels cannot be divided by ${kind.factor}² for the pixel shuffle`
    );
  }
  const spread = mapSpatial(shape, kind.dataFormat, 2, 'Pixel shuffle', (size) =>
    size === null ? null : size * kind.factor
  );
  if (spread.type !== 'shapes') return spread;
  return shapes(...spread.shapes.map((each) => withAxis(each, axis, channels === null ? null : channels / square)));
}

/** Axes `startAxis` to `endAxis` become one; a value without further axes gets one of size 1 (Keras). */
export function flattenShape(kind: KindOf<'flatten'>, shape: Shape): ShapeOutcome {
  if (shape.length === 1) return shapes([shape[0] ?? null, 1]);
  const start = resolveAxis(kind.startAxis, shape.length);
  const end = resolveAxis(kind.endAxis, shape.length);
  if (start === null || end === null || start > end) {
    return mismatch(
      'shape-axis',
      `Flattening axes ${kind.startAxis} to ${kind.endAxis} is not possible for ${shapeText(shape)}`
    );
  }
  return shapes([...shape.slice(0, start), productOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)]);
}

/** The target, with its -1 computed where every other size is known. */
export function reshapeShape(kind: KindOf<'reshape'>, shape: Shape): ShapeOutcome {
  const total = productOf(shape.slice(1));
  const open = kind.target.filter((size) => size === -1).length;
  if (open > 1) return mismatch('shape-reshape', 'A reshape can leave only one size (-1) open');
  const fixed = kind.target.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = kind.target.join(', ');
  if (total !== null && (open === 1 ? fixed === 0 || total % fixed !== 0 : total !== fixed)) {
    return mismatch(
      'shape-reshape',
      `Reshaping to (${target}) needs ${open === 1 ? `a multiple of ${fixed}` : fixed} numbers, but ${shapeText(shape)} has ${total}`
    );
  }
  const computed = total === null ? null : total / fixed;
  return shapes([shape[0] ?? null, ...kind.target.map((size) => (size === -1 ? computed : size))]);
}

export function permuteShape(kind: KindOf<'permute'>, shape: Shape): ShapeOutcome {
  const sorted = [...kind.axes].sort((a, b) => a - b);
  const complete = sorted.length === shape.length - 1 && sorted.every((axis, i) => axis === i + 1);
  if (!complete) {
    return mismatch('shape-axis', `Permuting by (${kind.axes.join(', ')}) is not possible for ${shapeText(shape)}`);
  }
  return shapes([shape[0] ?? null, ...kind.axes.map((axis) => shape[axis] ?? null)]);
}

export function repeatVectorShape(kind: KindOf<'repeatVector'>, shape: Shape): ShapeOutcome {
  if (shape.length !== 2) {
    return mismatch('shape-rank', `Repeating needs a vector (2 axes with the batch), but gets ${shapeText(shape)}`);
  }
  return shapes([shape[0] ?? null, kind.times, shape[1] ?? null]);
}
