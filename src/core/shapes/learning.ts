/** Shapes of dense, recurrent, embedding and normalising layers. */
import type { Activation } from '../activation';
import type { KindOf } from '../layerKind';
import type { Shape } from '../shape';
import { mismatch, resolveAxis, shapes, shapeText, withAxis, type ShapeOutcome } from './outcome';
import { t } from '../texts';

/** `[N, …, F]` to `[N, …, units]`. `expected`: features the kernel reads, where known. */
export function denseShape(kind: KindOf<'dense'>, shape: Shape, expected: number | null): ShapeOutcome {
  if (shape.length < 2) {
    return mismatch(
      'shape-rank',
      t('A dense layer needs at least one axis beside the batch, but gets {0}', shapeText(shape))
    );
  }
  const features = shape.at(-1) ?? null;
  if (features !== null && expected !== null && features !== expected) {
    return mismatch('shape-channels', t('its kernel reads {0} features, but the value has {1}', expected, features));
  }
  return shapes(withAxis(shape, shape.length - 1, kind.units));
}

export function embeddingShape(kind: KindOf<'embedding'>, shape: Shape): ShapeOutcome {
  return shapes([...shape, kind.outputDim]);
}

/** `[N, T, F]` to `[N, units]` or, with `returnSequences`, `[N, T, units]`; twice the units where both directions are joined. */
export function recurrentShape(kind: KindOf<'recurrent'>, shape: Shape, expected: number | null): ShapeOutcome {
  if (shape.length !== 3) {
    return mismatch('shape-rank', t('A recurrent layer needs [batch, time, features], but gets {0}', shapeText(shape)));
  }
  const features = shape[2] ?? null;
  if (features !== null && expected !== null && features !== expected) {
    return mismatch('shape-channels', t('its kernel reads {0} features, but the value has {1}', expected, features));
  }
  const units = kind.bidirectional === 'concat' ? 2 * kind.units : kind.units;
  const batch = shape[0] ?? null;
  return shapes(kind.returnSequences ? [batch, shape[1] ?? null, units] : [batch, units]);
}

/** Every norm keeps the shape; what it learns must fit the axis it normalises. */
export function normShape(axis: number, shape: Shape, expected: number | null): ShapeOutcome {
  const resolved = resolveAxis(axis, shape.length);
  if (resolved === null) return mismatch('shape-axis', t('{0} has no axis {1} to normalise', shapeText(shape), axis));
  const size = shape[resolved] ?? null;
  if (expected !== null && size !== null && expected !== size) {
    return mismatch('shape-channels', t('it normalises {0} channels, but the value has {1}', expected, size));
  }
  return shapes(shape);
}

export function groupNormShape(kind: KindOf<'groupNorm'>, shape: Shape, expected: number | null): ShapeOutcome {
  const outcome = normShape(kind.axis, shape, expected);
  if (outcome.type !== 'shapes') return outcome;
  const size = shape[resolveAxis(kind.axis, shape.length) ?? 0] ?? null;
  if (size !== null && kind.groups > 0 && size % kind.groups !== 0) {
    return mismatch('shape-groups', t('{0} channels cannot be divided into {1} groups', size, kind.groups));
  }
  return outcome;
}

export function layerNormShape(
  axes: readonly number[],
  shape: Shape,
  expected: readonly number[] | null
): ShapeOutcome {
  for (const [i, axis] of axes.entries()) {
    const outcome = normShape(axis, shape, expected?.[i] ?? null);
    if (outcome.type !== 'shapes') return outcome;
  }
  return shapes(shape);
}

/** All activations keep the shape but `glu`, which halves its axis. */
export function activationShape(activation: Activation, shape: Shape): ShapeOutcome {
  if (activation.name === 'unknown') return shapes(shape);
  if (!('axis' in activation)) return shapes(shape);
  const axis = resolveAxis(activation.axis, shape.length);
  if (axis === null) return mismatch('shape-axis', t('{0} has no axis {1}', shapeText(shape), activation.axis));
  if (activation.name !== 'glu') return shapes(shape);
  const size = shape[axis] ?? null;
  if (size !== null && size % 2 !== 0) {
    return mismatch('shape-axis', t('A gated linear unit halves its axis, which has {0} entries', size));
  }
  return shapes(withAxis(shape, axis, size === null ? null : size / 2));
}
