/** What training makes smaller: each batch entry's loss, and its gradient with respect to the scores or outputs. */
import { t } from '../../core/texts';
import type { Objective } from '../gradient';
import type { Tensor } from '../tensorLibrary';
import { Unwalkable } from './plan';

export interface Seed {
  /** Shaped as the value that the objective is computed from. */
  readonly gradient: Float32Array;
  /** The objective of each batch entry. */
  readonly values: number[];
}

type Loss = Extract<Objective, { kind: 'loss' }>;
type OfRow = (values: Float32Array, targets: Float32Array, gradient: Float32Array) => number;

const LOSSES: { readonly [L in Loss['loss']]: OfRow } = { crossEntropy, binaryCrossEntropy, squaredError };

/** @throws {Unwalkable} where the targets do not fit */
export function lossSeed(value: Tensor, { loss, targets }: Loss): Seed {
  const [batch = 1, ...rest] = value.shape;
  const data = value.dataSync<'float32'>();
  const size = data.length / batch;
  if (targets.length !== data.length) {
    throw new Unwalkable(
      'output',
      t('it has {0} values for this batch, the targets are {1}', data.length, targets.length)
    );
  }
  if (loss === 'crossEntropy' && rest.some((length) => length !== 1 && length !== size)) {
    throw new Unwalkable('output', t('it has places: cross entropy is taken of one row of classes'));
  }
  const gradient = new Float32Array(data.length);
  const part = (values: Float32Array, n: number) => values.subarray(n * size, (n + 1) * size);
  const values = Array.from({ length: batch }, (_, n) =>
    LOSSES[loss](part(data, n), part(targets, n), part(gradient, n))
  );
  return { gradient, values };
}

/** By the log-sum-exp of the scores less their greatest; its gradient is softmax times the sum of the targets, less the targets. */
function crossEntropy(scores: Float32Array, targets: Float32Array, gradient: Float32Array): number {
  const most = scores.reduce((largest, score) => Math.max(largest, score), -Infinity);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - most);
  const logSum = most + Math.log(sum);
  const mass = targets.reduce((total, target) => total + target, 0);
  return scores.reduce((loss, score, i) => {
    const target = targets[i] ?? 0;
    gradient[i] = Math.exp(score - logSum) * mass - target;
    return loss + target * (logSum - score);
  }, 0);
}

/** `max(z, 0) - z t + log(1 + exp(-|z|))` of each score `z`, which never overflows; the mean over the row. */
function binaryCrossEntropy(scores: Float32Array, targets: Float32Array, gradient: Float32Array): number {
  return scores.reduce((loss, z, i) => {
    const target = targets[i] ?? 0;
    gradient[i] = (1 / (1 + Math.exp(-z)) - target) / scores.length;
    return loss + (Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)))) / scores.length;
  }, 0);
}

function squaredError(values: Float32Array, targets: Float32Array, gradient: Float32Array): number {
  return values.reduce((loss, value, i) => {
    const gap = value - (targets[i] ?? 0);
    gradient[i] = (2 * gap) / values.length;
    return loss + (gap * gap) / values.length;
  }, 0);
}
