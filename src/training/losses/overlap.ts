/** Losses of overlap (Dice, Tversky): one loss for each group of entries, which may reach over the batch. */
import { fail, ok, type Result } from '../../core/result';
import type { DenseTensor } from '../../core/tensor';
import { resolveAxis } from './layout';
import { EPSILON } from './probability';
import type { Reduction } from './settings';
import { lossProblem, type LossValue } from './value';

/**
 * Both losses are 1 - a TP / (TP + x FN' + y FP' + ...) over sums: with I = sum(t p), T = sum(t), P = sum(p),
 * Dice = 1 - 2 I / (T + P + 1e-7) and Tversky = 1 - I / (I + alpha (T - I) + beta (P - I) + 1e-7) as Keras computes it.
 * @returns the loss, and its derivatives by I and by P.
 */
type OverlapFormula = (i: number, t: number, p: number) => readonly [loss: number, byI: number, byP: number];

const dice: OverlapFormula = (i, t, p) => {
  const size = t + p + EPSILON;
  return [1 - (2 * i) / size, -2 / size, (2 * i) / (size * size)];
};

function tversky(alpha: number, beta: number): OverlapFormula {
  return (i, t, p) => {
    const size = i + alpha * (t - i) + beta * (p - i) + EPSILON;
    const squared = size * size;
    return [1 - i / size, -1 / size + (i * (1 - alpha - beta)) / squared, (i * beta) / squared];
  };
}

interface OverlapSettings {
  readonly name: 'Dice' | 'Tversky';
  readonly axes: readonly number[] | null;
  readonly reduction: Reduction;
}

/** The group of each entry when the given axes are summed over, and how many groups there are. */
function groupsOf(shape: readonly number[], axes: ReadonlySet<number>): { of: Int32Array; count: number } {
  const size = shape.reduce((product, length) => product * length, 1);
  const strides: number[] = new Array<number>(shape.length).fill(0);
  let count = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.has(axis)) continue;
    strides[axis] = count;
    count *= shape[axis] ?? 1;
  }
  const of = new Int32Array(size);
  for (let at = 0; at < size; at++) {
    let rest = at;
    let group = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = shape[axis] ?? 1;
      group += (rest % length) * (strides[axis] ?? 0);
      rest = Math.floor(rest / length);
    }
    of[at] = group;
  }
  return { of, count };
}

/**
 * The loss of overlap between prediction and target, both in one shape. Where a group holds the whole batch (Keras's
 * default), the batch's loss is multiplied by the mean of the sample weights; `perSample` is each sample by itself.
 */
export function overlapLoss(
  settings: OverlapSettings & { readonly alpha?: number; readonly beta?: number },
  prediction: DenseTensor,
  target: Float32Array,
  sampleWeights: Float64Array | null
): Result<LossValue> {
  const { shape, data } = prediction;
  const formula = settings.name === 'Dice' ? dice : tversky(settings.alpha ?? 0.5, settings.beta ?? 0.5);
  const axes = new Set<number>();
  for (const axis of settings.axes ?? shape.keys()) {
    const index = resolveAxis(axis, shape.length);
    if (index === null) {
      return fail(
        lossProblem(
          settings.name,
          `a prediction of ${shape.length} axes has no axis ${axis}`,
          'Name axes of the prediction'
        )
      );
    }
    axes.add(index);
  }
  const samples = shape[0] ?? 1;
  if (sampleWeights !== null && sampleWeights.length !== samples) {
    return fail(
      lossProblem(
        settings.name,
        `${sampleWeights.length} sample weights for ${samples} samples`,
        'Give one weight a sample'
      )
    );
  }
  const all = axes.has(0);
  const groups = groupsOf(shape, axes);
  const sums = overlaps(data, target, groups.of, groups.count);
  const perGroup = groups.count / samples;
  const meanWeight = sampleWeights === null ? 1 : sampleWeights.reduce((sum, weight) => sum + weight, 0) / samples;

  const divisor = settings.reduction === 'mean' ? groups.count : settings.reduction === 'sum' || all ? 1 : samples;
  const factors = new Float64Array(2 * groups.count);
  let value = 0;
  for (let group = 0; group < groups.count; group++) {
    const [loss, byI, byP] = formula(sums.i[group] ?? 0, sums.t[group] ?? 0, sums.p[group] ?? 0);
    const weight = (all ? meanWeight : (sampleWeights?.[Math.floor(group / perGroup)] ?? 1)) / divisor;
    value += weight * loss;
    factors[2 * group] = weight * byI;
    factors[2 * group + 1] = weight * byP;
  }
  const gradient = new Float32Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const group = groups.of[at] ?? 0;
    gradient[at] = (factors[2 * group] ?? 0) * (target[at] ?? 0) + (factors[2 * group + 1] ?? 0);
  }
  return ok({ value, gradient, perSample: eachSample(data, target, samples, formula) });
}

function overlaps(p: Float32Array, t: Float32Array, groups: Int32Array, count: number) {
  const sums = { i: new Float64Array(count), t: new Float64Array(count), p: new Float64Array(count) };
  for (let at = 0; at < p.length; at++) {
    const group = groups[at] ?? 0;
    const predicted = p[at] ?? 0;
    const wanted = t[at] ?? 0;
    sums.i[group] = (sums.i[group] ?? 0) + predicted * wanted;
    sums.t[group] = (sums.t[group] ?? 0) + wanted;
    sums.p[group] = (sums.p[group] ?? 0) + predicted;
  }
  return sums;
}

function eachSample(p: Float32Array, t: Float32Array, samples: number, formula: OverlapFormula): Float64Array {
  const stride = p.length / samples;
  const sums = overlaps(
    p,
    t,
    Int32Array.from(p, (_, at) => Math.floor(at / stride)),
    samples
  );
  return Float64Array.from(sums.i, (i, n) => formula(i, sums.t[n] ?? 0, sums.p[n] ?? 0)[0]);
}
