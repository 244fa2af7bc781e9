/** Kinds `batchNorm`, `layerNorm`, `groupNorm`, `unitNorm` and `localResponseNorm`. */
import type { KindOf } from '../../core/layerKind';
import { channelAxis } from '../../core/shape';
import { CannotRun } from '../cannotRun';
import type { Tensor, Tensor1D, Tensor4D, TensorLibrary } from '../tensorLibrary';
import { alongAxes, everyNth, positiveAxis, range } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { padAxes } from './padding';
import { t } from '../../core/texts';

/** `gamma (x - mean) / sqrt(variance + epsilon) + beta`; in training mode with the batch's own statistics. */
export function batchNormalization(
  kind: KindOf<'batchNorm'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf, mode }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axis = positiveAxis(kind.axis, x.rank);
  const gamma = kind.scale ? weights.required('gamma') : null;
  const beta = kind.center ? weights.required('beta') : null;
  const useBatch = mode === 'train' || !kind.tracksStatistics;
  const batch = useBatch ? channelMoments(tf, kind, x) : null;
  const mean = batch?.mean ?? weights.required('movingMean');
  const variance = batch?.variance ?? weights.required('movingVariance');
  if (axis === x.rank - 1 && x.rank === 4) {
    return tf.batchNorm4d(
      x as Tensor4D,
      mean as Tensor1D,
      variance as Tensor1D,
      (beta ?? undefined) as Tensor1D | undefined,
      (gamma ?? undefined) as Tensor1D | undefined,
      kind.epsilon
    );
  }
  const inverse = tf.rsqrt(tf.add(variance, kind.epsilon));
  const scale = gamma === null ? inverse : tf.mul(gamma, inverse);
  const along = (parameter: Tensor) => alongAxes(tf, parameter, [axis], x.shape);
  const scaled = tf.mul(tf.sub(x, along(mean)), along(scale));
  return beta === null ? scaled : tf.add(scaled, along(beta));
}

/** Mean and biased variance of each channel over batch and positions, `[C]` each: what batch norm normalises a batch with. */
export function channelMoments(
  tf: TensorLibrary,
  kind: KindOf<'batchNorm'>,
  x: Tensor
): { readonly mean: Tensor; readonly variance: Tensor } {
  const axis = positiveAxis(kind.axis, x.rank);
  const { mean, variance } = momentsOf(
    tf,
    x,
    range(0, x.rank).filter((other) => other !== axis)
  );
  return { mean: tf.reshape(mean, [-1]), variance: tf.reshape(variance, [-1]) };
}

export function layerNormalization(
  kind: KindOf<'layerNorm'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axes = kind.axes.map((axis) => positiveAxis(axis, x.rank));
  const along = (parameter: Tensor) => alongAxes(tf, parameter, axes, x.shape);
  const normalized = kind.rms
    ? tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), axes, true), kind.epsilon)))
    : standardize(tf, x, axes, kind.epsilon);
  const scaled = kind.scale ? tf.mul(normalized, along(weights.required('gamma'))) : normalized;
  return kind.center ? tf.add(scaled, along(weights.required('beta'))) : scaled;
}

/** Statistics over each group of channels and all other axes but the batch; -1 groups: instance norm. */
export function groupNormalization(
  kind: KindOf<'groupNorm'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axis = positiveAxis(kind.axis, x.rank);
  const channels = x.shape[axis] ?? 1;
  const groups = kind.groups === -1 ? channels : kind.groups;
  if (groups < 1 || channels % groups !== 0) {
    throw new CannotRun(t('its {0} channels do not divide into {1} groups', channels, kind.groups));
  }
  const grouped = tf.reshape(x, [...x.shape.slice(0, axis), groups, channels / groups, ...x.shape.slice(axis + 1)]);
  const statistical = range(1, grouped.rank).filter((other) => other !== axis);
  const normalized = tf.reshape(standardize(tf, grouped, statistical, kind.epsilon), x.shape);
  const along = (parameter: Tensor) => alongAxes(tf, parameter, [axis], x.shape);
  const scaled = kind.scale ? tf.mul(normalized, along(weights.required('gamma'))) : normalized;
  return kind.center ? tf.add(scaled, along(weights.required('beta'))) : scaled;
}

/** `x / max(|x|, epsilon)` with the Euclidean norm over the axes. */
export function unitNormalization(
  kind: KindOf<'unitNorm'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axes = kind.axes.map((axis) => positiveAxis(axis, x.rank));
  const norm = tf.sqrt(tf.sum(tf.square(x), axes, true));
  return tf.div(x, tf.maximum(norm, kind.epsilon));
}

/** PyTorch's: `x / (k + alpha mean(x^2 over size channels))^beta`, the mean counting channels beyond the ends as zeros. */
export function localResponseNormalization(
  kind: KindOf<'localResponseNorm'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axis = channelAxis(x.rank, kind.dataFormat);
  const channels = x.shape[axis] ?? 1;
  const before = Math.floor(kind.size / 2);
  const squares = padAxes(tf, tf.square(x), axis, [[before, kind.size - 1 - before]], 'zeros');
  const sum = range(0, kind.size)
    .map((offset) => everyNth(tf, squares, axis, offset, 1, channels))
    .reduce((total, part) => tf.add(total, part));
  return tf.div(x, tf.pow(tf.add(tf.mul(sum, kind.alpha / kind.size), kind.k), kind.beta));
}

/** Zero mean and unit variance over the axes. */
function standardize(tf: TensorLibrary, x: Tensor, axes: number[], epsilon: number): Tensor {
  const { mean, variance } = momentsOf(tf, x, axes);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
}

/** Mean and biased variance, axes kept; one axis at a time, so that single-precision sums stay short. */
function momentsOf(tf: TensorLibrary, x: Tensor, axes: readonly number[]): { mean: Tensor; variance: Tensor } {
  const average = (value: Tensor) =>
    axes.toReversed().reduce<Tensor>((result, axis) => tf.mean(result, axis, true), value);
  const mean = average(x);
  return { mean, variance: average(tf.square(tf.sub(x, mean))) };
}
