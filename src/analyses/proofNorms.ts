/** Normalisations: the statistics over the values that share them, in float64, then the formula. */
import type { KindOf } from '../core/layerKind';
import type { LayerNode } from '../core/model';
import { channelAxis } from '../core/shape';
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

interface Moments {
  readonly mean: number;
  /** Of the values themselves, not an estimate of what they are drawn from. */
  readonly variance: number;
  readonly meanSquare: number;
  readonly count: number;
}

function momentsOf(values: readonly number[]): Moments {
  const count = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  return {
    mean,
    variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count,
    meanSquare: values.reduce((sum, x) => sum + x * x, 0) / count,
    count
  };
}

/** The input's values that agree with `at` on every axis not in `axes` (axes of the stored shape). */
function valuesAlong(place: Place, at: readonly number[], axes: ReadonlySet<number>): number[] {
  const { stored, values } = place.input;
  const found: number[] = [];
  const visit = (axis: number, flat: number): void => {
    const size = stored[axis];
    if (size === undefined) {
      found.push(values[flat] ?? Number.NaN);
      return;
    }
    if (!axes.has(axis)) visit(axis + 1, flat * size + (at[axis] ?? 0));
    else for (let i = 0; i < size; i++) visit(axis + 1, flat * size + i);
  };
  visit(0, 0);
  return found;
}

const everyAxis = (place: Place): number[] => place.input.stored.map((_, axis) => axis);

interface Affine {
  readonly gamma?: number;
  readonly beta?: number;
}

/** Scale and shift of the number, where the layer has them; they run along `axes` of the stored shape. */
async function affineOf(
  layer: LayerNode,
  kind: { readonly scale: boolean; readonly center: boolean },
  axes: readonly number[],
  place: Place
): Promise<Affine> {
  const entry = alongCoordinates(coordinatesOf(storedIndex(place), place.output.stored), axes, place.output.stored);
  const read = async (role: 'gamma' | 'beta') => (await readRole(layer, role, place.signal))?.[entry] ?? Number.NaN;
  return {
    ...(kind.scale ? { gamma: await read('gamma') } : {}),
    ...(kind.center ? { beta: await read('beta') } : {})
  };
}

const affineWords = (core: string, { gamma, beta }: Affine): string =>
  `${gamma === undefined ? '' : 'gamma * '}${core}${beta === undefined ? '' : ' + beta'}`;

const standardized = '(x - mean) / sqrt(variance + epsilon)';

function standardizedSteps(x: number, moments: Moments, epsilon: number, affine: Affine): Steps {
  const { mean, variance, count } = moments;
  const value = ((x - mean) / Math.sqrt(variance + epsilon)) * (affine.gamma ?? 1) + (affine.beta ?? 0);
  const terms = { x, mean, variance, 'values averaged': count, epsilon, ...affine };
  return formula(affineWords(standardized, affine), terms, value);
}

/** Inference: the moving statistics, one set for each index of the layer's own axis; without them, those of the pass. */
export async function batchNorm(layer: LayerNode, kind: KindOf<'batchNorm'>, place: Place): Promise<Steps> {
  const flat = storedIndex(place);
  const axis = storedAxis(kind.axis, place.output);
  const at = coordinatesOf(flat, place.output.stored);
  const entry = at[axis];
  if (entry === undefined) return none(t('the axis of this layer cannot be shown'));
  const x = place.input.values[flat] ?? Number.NaN;
  if (!kind.tracksStatistics) {
    // Passes run one input at a time: its own values are the batch.
    const others = new Set(everyAxis(place).filter((other) => other !== axis));
    const affine = await affineOf(layer, kind, [axis], place);
    return standardizedSteps(x, momentsOf(valuesAlong(place, at, others)), kind.epsilon, affine);
  }
  const read = async (role: 'movingMean' | 'movingVariance', fallback: number) =>
    (await readRole(layer, role, place.signal))?.[entry] ?? fallback;
  const [mean, variance] = [await read('movingMean', 0), await read('movingVariance', 1)];
  const { gamma = 1, beta = 0 } = await affineOf(layer, kind, [axis], place);
  return formula(
    'gamma * (x - mean) / sqrt(variance + epsilon) + beta',
    { x, mean, variance, epsilon: kind.epsilon, gamma, beta },
    (gamma * (x - mean)) / Math.sqrt(variance + kind.epsilon) + beta
  );
}

export async function layerNorm(layer: LayerNode, kind: KindOf<'layerNorm'>, place: Place): Promise<Steps> {
  const flat = storedIndex(place);
  const axes = kind.axes.map((axis) => storedAxis(axis, place.output)).sort((a, b) => a - b);
  const moments = momentsOf(valuesAlong(place, coordinatesOf(flat, place.output.stored), new Set(axes)));
  const x = place.input.values[flat] ?? Number.NaN;
  const affine = await affineOf(layer, kind, axes, place);
  if (!kind.rms) return standardizedSteps(x, moments, kind.epsilon, affine);
  const { meanSquare, count } = moments;
  return formula(
    affineWords(t('x / sqrt(mean of squares + epsilon)'), affine),
    { x, 'mean of squares': meanSquare, 'values averaged': count, epsilon: kind.epsilon, ...affine },
    (x / Math.sqrt(meanSquare + kind.epsilon)) * (affine.gamma ?? 1) + (affine.beta ?? 0)
  );
}

/** Statistics over the channels of one group and all positions. */
export async function groupNorm(layer: LayerNode, kind: KindOf<'groupNorm'>, place: Place): Promise<Steps> {
  const flat = storedIndex(place);
  const { stored } = place.output;
  const axis = storedAxis(kind.axis, place.output);
  const at = coordinatesOf(flat, stored);
  const channels = stored[axis];
  const channel = at[axis];
  if (channels === undefined || channel === undefined) return none(t('the axis of this layer cannot be shown'));
  const size = channels / (kind.groups === -1 ? channels : kind.groups);
  const first = Math.floor(channel / size) * size;
  const others = new Set(everyAxis(place).filter((other) => other !== axis));
  const members = Array.from({ length: size }, (_, i) => at.map((own, n) => (n === axis ? first + i : own)));
  const moments = momentsOf(members.flatMap((member) => valuesAlong(place, member, others)));
  const affine = await affineOf(layer, kind, [axis], place);
  return standardizedSteps(place.input.values[flat] ?? Number.NaN, moments, kind.epsilon, affine);
}

export function unitNorm(kind: KindOf<'unitNorm'>, place: Place): Steps {
  const flat = storedIndex(place);
  const axes = new Set(kind.axes.map((axis) => storedAxis(axis, place.output)));
  const values = valuesAlong(place, coordinatesOf(flat, place.output.stored), axes);
  const norm = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const x = place.input.values[flat] ?? Number.NaN;
  const terms = { x, norm, 'values in the norm': values.length, epsilon: kind.epsilon };
  return formula('x / max(norm, epsilon)', terms, x / Math.max(norm, kind.epsilon));
}

/** Over `size` neighbouring channels; those beyond the ends count as zeros. */
export function localResponseNorm(kind: KindOf<'localResponseNorm'>, place: Place): Steps {
  const flat = storedIndex(place);
  const { stored } = place.output;
  const axis = channelAxis(stored.length + 1, kind.dataFormat) - 1;
  const at = coordinatesOf(flat, stored);
  const first = (at[axis] ?? 0) - Math.floor(kind.size / 2);
  let squares = 0;
  for (let channel = Math.max(0, first); channel < Math.min(stored[axis] ?? 0, first + kind.size); channel++) {
    const neighbour = at.map((own, n) => (n === axis ? channel : own));
    squares += (place.input.values[flatIndex(neighbour, stored)] ?? Number.NaN) ** 2;
  }
  const x = place.input.values[flat] ?? Number.NaN;
  const { k, alpha, beta, size } = kind;
  return formula(
    t('x / (k + alpha * (sum of squares over the neighbouring channels) / size) ^ beta'),
    { x, 'sum of squares': squares, size, k, alpha, beta },
    x / (k + (alpha * squares) / size) ** beta
  );
}
