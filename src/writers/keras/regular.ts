/** Normalisation, dropout and noise as Keras layers. */
import type { KindOf } from '../../core/layerKind';
import { t } from '../../core/texts';
import { kerasWeights } from './arrange';
import { refuse, refuseFor, unit, type Json, type Unit, type WriteContext } from './unit';

function axisOf(axes: readonly number[], context: WriteContext): Json {
  if (axes.length === 1) return axes[0] ?? -1;
  // Keras 3 loses a list of axes where it reads a file by the rules of Keras 2.
  context.needsKeras3();
  return [...axes];
}

export function batchNormUnit(kind: KindOf<'batchNorm'>, context: WriteContext): Unit {
  if (!kind.tracksStatistics) return refuse(context, t("Keras's batch normalization always keeps moving statistics"));
  const { axis, momentum, epsilon, center, scale } = kind;
  return unit('BatchNormalization', { axis, momentum, epsilon, center, scale }, kerasWeights(context.layer));
}

export function layerNormUnit(kind: KindOf<'layerNorm'>, context: WriteContext): Unit {
  const { epsilon, center, scale } = kind;
  const axis = axisOf(kind.axes, context);
  const weights = kerasWeights(context.layer);
  if (!kind.rms) return unit('LayerNormalization', { axis, epsilon, center, scale }, weights);
  if (context.target === 'tfjs') return refuseFor(context, t('normalization by the root mean square'));
  context.needsKeras3();
  // rms_scaling multiplies by gamma alone, as RMSNormalization does.
  return center || !scale
    ? unit('LayerNormalization', { axis, epsilon, center, scale, rms_scaling: true }, weights)
    : unit('RMSNormalization', { axis, epsilon }, weights);
}

export function groupNormUnit(kind: KindOf<'groupNorm'>, context: WriteContext): Unit {
  if (context.target === 'tfjs') return refuseFor(context, 'GroupNormalization');
  const { groups, axis, epsilon, center, scale } = kind;
  return unit('GroupNormalization', { groups, axis, epsilon, center, scale }, kerasWeights(context.layer));
}

export function unitNormUnit(kind: KindOf<'unitNorm'>, context: WriteContext): Unit {
  if (context.target === 'tfjs') return refuseFor(context, 'UnitNormalization');
  return unit('UnitNormalization', { axis: axisOf(kind.axes, context) });
}

export function normalizationUnit(kind: KindOf<'normalization'>, context: WriteContext): Unit {
  if (context.target === 'tfjs') return refuseFor(context, 'Normalization');
  const axis: Json = kind.axes === null ? null : axisOf(kind.axes, context);
  const list = (values: readonly number[] | null): Json =>
    values === null ? null : values.length === 1 ? (values[0] ?? 0) : [...values];
  const { invert } = kind;
  const options = invert ? { axis, invert } : { axis };
  if (kind.mean === null) return unit('Normalization', options, kerasWeights(context.layer));
  return unit('Normalization', { ...options, mean: list(kind.mean), variance: list(kind.variance) });
}

/** The sharing of whole maps, for which Keras has layers of their own; `null` for any other. */
function spatialRank(shared: readonly number[], rank: number | null): 1 | 2 | 3 | null {
  const count = shared.length;
  if ((count !== 1 && count !== 2 && count !== 3) || (rank !== null && rank !== count + 2)) return null;
  const [first] = shared;
  return first === 1 && shared.every((axis, i) => axis === i + 1) ? count : null;
}

function noiseShape(shared: readonly number[], context: WriteContext): Json {
  if (shared.length === 0) return null;
  if (context.input === null) return refuse(context, t('which values share a mask cannot be said without its shape'));
  return context.input.map((_, axis) => (shared.includes(axis) ? 1 : null));
}

export function dropoutUnit(kind: KindOf<'dropout'>, context: WriteContext): Unit {
  const { rate, sharedAxes } = kind;
  const rank = spatialRank(sharedAxes, context.input?.length ?? null);
  if (rank !== null && (context.target !== 'tfjs' || rank === 1)) return unit(`SpatialDropout${rank}D`, { rate });
  const first = sharedAxes[0] === 2 && sharedAxes.every((axis, i) => axis === i + 2);
  const count = sharedAxes.length;
  if (context.target !== 'tfjs' && first && (count === 2 || count === 3)) {
    return unit(`SpatialDropout${count}D`, { rate, data_format: 'channels_first' });
  }
  return unit('Dropout', { rate, noise_shape: noiseShape(sharedAxes, context) });
}

export function alphaDropoutUnit(kind: KindOf<'alphaDropout'>, context: WriteContext): Unit {
  const shape = noiseShape(kind.sharedAxes, context);
  return unit('AlphaDropout', { rate: kind.rate, noise_shape: shape });
}
