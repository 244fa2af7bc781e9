/** Shapes of layers that move, cut, repeat or resize values without learning anything. */
import type { KindOf } from '../layerKind';
import { channelAxis, productOf, spatialAxes, type DataFormat, type Dim, type Shape } from '../shape';
import { mismatch, resolveAxis, shapes, shapeText, withAxis, type ShapeOutcome } from './outcome';
import { t } from '../texts';

/** Applies one size function per spatial axis; `null` stays `null`. */
function mapSpatial(
  shape: Shape,
  format: DataFormat,
  rank: number,
  what: string,
  change: (size: Dim, axis: number) => Dim
): ShapeOutcome {
  if (shape.length !== rank + 2) {
    return mismatch('shape-rank', t('{0} needs a value of {1} axes, but gets {2}', what, rank + 2, shapeText(shape)));
  }
  const axes = spatialAxes(shape.length, format);
  const changed = axes.reduce<Shape>(
    (result, axis, i) => withAxis(result, axis, change(shape[axis] ?? null, i)),
    shape
  );
  const tooSmall = axes.find((axis) => (changed[axis] ?? 1) <= 0);
  if (tooSmall !== undefined) {
    return mismatch('shape-too-small', t('{0} leaves nothing of the {1} it gets', what, shapeText(shape)));
  }
  return shapes(changed);
}

const plus = (size: Dim, more: number): Dim => (size === null ? null : size + more);

export function padShape(kind: KindOf<'pad'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.pads.length, t('The padding'), (size, axis) => {
    const [before, after] = kind.pads[axis] ?? [0, 0];
    return plus(size, before + after);
  });
}

export function cropShape(kind: KindOf<'crop'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.crops.length, t('The cropping'), (size, axis) => {
    const [before, after] = kind.crops[axis] ?? [0, 0];
    return plus(size, -before - after);
  });
}

/** Centre crop and resize: the target size whatever comes in. */
export function fixedSizeShape(kind: KindOf<'centerCrop'> | KindOf<'resize'>, shape: Shape): ShapeOutcome {
  const target = [kind.height, kind.width];
  return mapSpatial(shape, kind.dataFormat, 2, t('The resizing'), (_, axis) => target[axis] ?? null);
}

/** `floor(size factor)`, as PyTorch and, for whole factors, Keras. */
export function upsampleShape(kind: KindOf<'upsample'>, shape: Shape): ShapeOutcome {
  return mapSpatial(shape, kind.dataFormat, kind.factors.length, t('The upsampling'), (size, axis) =>
    size === null ? null : Math.floor(size * (kind.factors[axis] ?? 1))
  );
}

/** `[N, C r², H, W]` to `[N, C, H r, W r]`. */
export function pixelShuffleShape(kind: KindOf<'pixelShuffle'>, shape: Shape): ShapeOutcome {
  if (shape.length !== 4) {
    return mismatch('shape-rank', t('Pixel shuffle needs a value of 4 axes, but gets {0}', shapeText(shape)));
  }
  const axis = channelAxis(shape.length, kind.dataFormat);
  const channels = shape[axis] ?? null;
  const square = kind.factor * kind.factor;
  if (channels !== null && channels % square !== 0) {
    return mismatch(
      'shape-channels',
      t('{0} channels cannot be divided by {1}² for the pixel shuffle', channels, kind.factor)
    );
  }
  const spread = mapSpatial(shape, kind.dataFormat, 2, t('Pixel shuffle'), (size) =>
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
      t('Flattening axes {0} to {1} is not possible for {2}', kind.startAxis, kind.endAxis, shapeText(shape))
    );
  }
  return shapes([...shape.slice(0, start), productOf(shape.slice(start, end + 1)), ...shape.slice(end + 1)]);
}

/** The target, with its -1 computed where every other size is known. */
export function reshapeShape(kind: KindOf<'reshape'>, shape: Shape): ShapeOutcome {
  const total = productOf(shape.slice(1));
  const open = kind.target.filter((size) => size === -1).length;
  if (open > 1) return mismatch('shape-reshape', t('A reshape can leave only one size (-1) open'));
  const fixed = kind.target.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const target = kind.target.join(', ');
  if (total !== null && (open === 1 ? fixed === 0 || total % fixed !== 0 : total !== fixed)) {
    return mismatch(
      'shape-reshape',
      t(
        'Reshaping to ({0}) needs {1} numbers, but {2} has {3}',
        target,
        open === 1 ? t('a multiple of {0}', fixed) : fixed,
        shapeText(shape),
        total
      )
    );
  }
  const computed = total === null ? null : total / fixed;
  return shapes([shape[0] ?? null, ...kind.target.map((size) => (size === -1 ? computed : size))]);
}

export function permuteShape(kind: KindOf<'permute'>, shape: Shape): ShapeOutcome {
  const sorted = [...kind.axes].sort((a, b) => a - b);
  const complete = sorted.length === shape.length - 1 && sorted.every((axis, i) => axis === i + 1);
  if (!complete) {
    return mismatch(
      'shape-axis',
      t('Permuting by ({0}) is not possible for {1}', kind.axes.join(', '), shapeText(shape))
    );
  }
  return shapes([shape[0] ?? null, ...kind.axes.map((axis) => shape[axis] ?? null)]);
}

export function repeatVectorShape(kind: KindOf<'repeatVector'>, shape: Shape): ShapeOutcome {
  if (shape.length !== 2) {
    return mismatch(
      'shape-rank',
      t('Repeating needs a vector (2 axes with the batch), but gets {0}', shapeText(shape))
    );
  }
  return shapes([shape[0] ?? null, kind.times, shape[1] ?? null]);
}
