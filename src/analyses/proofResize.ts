/** Resizing: every number is a weighted sum of a few numbers of the same channel. */
import type { KindOf } from '../core/layerKind';
import { spatialAxes, type DataFormat } from '../core/shape';
import { centerCropStart } from '../core/windows';
import { resizeTaps, type ResizeRule } from '../engine/layers/resizeTaps';
import type { Tap } from '../engine/layers/taps';
import { coordinatesOf, flatIndex, formula, nameOf, none, storedIndex, type Place, type Steps } from './proofPlace';
import { t } from '../core/texts';

const shownTaps = 16;

/** Products of the weights of all axes, over the places they reach together. */
function weightedSum(place: Place, perAxis: readonly (readonly Tap[])[]): Steps {
  const { stored, values } = place.input;
  const reached = perAxis.reduce<{ at: number[]; weight: number }[]>(
    (all, taps) =>
      all.flatMap((one) => taps.map((tap) => ({ at: [...one.at, tap.index], weight: one.weight * tap.weight }))),
    [{ at: [], weight: 1 }]
  );
  const parts = reached.map(({ at, weight }) => {
    const x = values[flatIndex(at, stored)] ?? Number.NaN;
    return { at, weight, x, product: x * weight };
  });
  const value = parts.reduce((sum, { product }) => sum + product, 0);
  const [only] = parts;
  const from = nameOf(place, 0);
  if (only !== undefined && parts.length === 1 && only.weight === 1)
    return formula(t('x = {0}[{1}] (the nearest, not changed)', from, only.at.join(', ')), { x: only.x }, value);
  const shown = [...parts].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, shownTaps);
  const terms = Object.fromEntries(
    shown.map(({ at, weight, x }) => [`${String(Math.round(weight * 1e6) / 1e6)} * [${at.join(', ')}]`, x])
  );
  return formula(t('sum of weight * x over {0} values of {1}', parts.length, from), terms, value);
}

/** The number itself on axes that are not resampled. */
const kept = (index: number): readonly Tap[] => [{ index, weight: 1 }];

export function resized(kind: KindOf<'upsample'> | KindOf<'resize'>, place: Place): Steps {
  const { interpolation, coordinates } = kind;
  const rule: ResizeRule = { interpolation, coordinates, dialect: place.dialect };
  const { stored } = place.output;
  const axes = spatialAxes(stored.length + 1, kind.dataFormat).map((axis) => axis - 1);
  const taps = coordinatesOf(storedIndex(place), stored).map((at, axis) => {
    const [from, to] = [place.input.stored[axis] ?? 1, stored[axis] ?? 1];
    return from === to || !axes.includes(axis) ? kept(at) : (resizeTaps(from, to, rule)[at] ?? []);
  });
  return weightedSum(place, taps);
}

/** Keras's image layers: the largest centred part of the target's proportions, resized bilinearly. */
export function resizedPart(target: readonly [number, number], format: DataFormat, place: Place): Steps {
  const { stored } = place.input;
  const axes = spatialAxes(stored.length + 1, format)
    .slice(-2)
    .map((axis) => axis - 1);
  const [height, width] = axes.map((axis) => stored[axis] ?? 1);
  if (height === undefined || width === undefined) return none(t('this value has no rows and columns to resize'));
  const part = [
    Math.min(height, Math.floor((width * target[0]) / target[1])),
    Math.min(width, Math.floor((height * target[1]) / target[0]))
  ];
  const rule: ResizeRule = { interpolation: 'bilinear', coordinates: 'halfPixel', dialect: 'keras' };
  const taps = coordinatesOf(storedIndex(place), place.output.stored).map((at, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return kept(at);
    const start = centerCropStart(stored[axis] ?? 1, part[i] ?? 1);
    const found = resizeTaps(part[i] ?? 1, target[i] ?? 1, rule)[at] ?? [];
    return found.map(({ index, weight }) => ({ index: index + start, weight }));
  });
  return weightedSum(place, taps);
}
