/** Layers that change each number by itself: PReLU, rescaling, normalisation by stored statistics, embedding. */
import type { KindOf } from '../core/layerKind';
import type { LayerNode } from '../core/model';
import {
  alongCoordinates,
  coordinatesOf,
  flatIndex,
  formula,
  none,
  readRole,
  storedAxis,
  storedIndex,
  type Place,
  type Steps
} from './proofPlace';
import { t } from '../core/texts';

/** `x` where positive, `alpha x` elsewhere. */
export async function prelu(layer: LayerNode, kind: KindOf<'prelu'>, place: Place): Promise<Steps> {
  const alphas = await readRole(layer, 'alpha', place.signal);
  if (alphas === null) return none(t('the layer has no slopes'));
  const flat = storedIndex(place);
  const { stored } = place.output;
  const at = coordinatesOf(flat, stored);
  const shape = stored.map((size, axis) => (kind.sharedAxes.includes(axis + 1) ? 1 : size));
  const entry = {
    single: 0,
    perChannel: at[0] ?? 0,
    elementwise: flatIndex(
      at.map((own, axis) => (shape[axis] === 1 ? 0 : own)),
      shape
    )
  }[kind.parameters];
  const alpha = alphas[entry] ?? Number.NaN;
  const x = place.input.values[flat] ?? Number.NaN;
  return formula(t('x where x > 0, else alpha * x'), { x, alpha }, x > 0 ? x : alpha * x);
}

/** Lists run along the last axis. */
export function rescaled(kind: KindOf<'rescale'>, place: Place): Steps {
  const flat = storedIndex(place);
  const last = coordinatesOf(flat, place.output.stored).at(-1) ?? 0;
  const entry = (value: number | readonly number[]): number =>
    typeof value === 'number' ? value : (value[value.length === 1 ? 0 : last] ?? Number.NaN);
  const x = place.input.values[flat] ?? Number.NaN;
  const [scale, offset] = [entry(kind.scale), entry(kind.offset)];
  return formula('x * scale + offset', { x, scale, offset }, x * scale + offset);
}

/** Keras's lower bound of the standard deviation it divides by. */
const smallestDeviation = 1e-7;

export async function normalized(layer: LayerNode, kind: KindOf<'normalization'>, place: Place): Promise<Steps> {
  const flat = storedIndex(place);
  const { stored } = place.output;
  const axes = (kind.axes ?? []).map((axis) => storedAxis(axis, place.output)).sort((a, b) => a - b);
  const entry = alongCoordinates(coordinatesOf(flat, stored), axes, stored);
  const means = kind.mean ?? (await readRole(layer, 'mean', place.signal));
  const variances = kind.variance ?? (await readRole(layer, 'variance', place.signal));
  if (means === null || variances === null) return none(t('the layer has no mean and variance yet'));
  const pick = (values: ArrayLike<number>): number => values[values.length === 1 ? 0 : entry] ?? Number.NaN;
  const x = place.input.values[flat] ?? Number.NaN;
  const [mean, variance] = [pick(means), pick(variances)];
  const deviation = Math.max(Math.sqrt(variance), smallestDeviation);
  return kind.invert
    ? formula('x * sqrt(variance) + mean', { x, mean, variance }, x * deviation + mean)
    : formula('(x - mean) / sqrt(variance)', { x, mean, variance }, (x - mean) / deviation);
}

/** One row of the table, chosen by the number at the same place of the input. */
export async function embedded(layer: LayerNode, kind: KindOf<'embedding'>, place: Place): Promise<Steps> {
  const table = await readRole(layer, 'embeddings', place.signal);
  if (table === null) return none(t('the layer has no table'));
  const flat = storedIndex(place);
  const column = flat % kind.outputDim;
  const row = Math.trunc(place.input.values[Math.floor(flat / kind.outputDim)] ?? Number.NaN);
  if (!(row >= 0 && row < kind.inputDim))
    return none(t('the table has rows 0 to {0}; the input asks for row {1}', kind.inputDim - 1, row));
  const value = table[row * kind.outputDim + column] ?? Number.NaN;
  return formula(t('table[{0}, {1}] (row {0}, looked up)', row, column), { row, column, value }, value);
}
