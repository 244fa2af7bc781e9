/** Kinds that prepare values: `rescale`, `normalization`, `augmentation`, `embedding`. */
import type { KindOf } from '../../core/layerKind';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { alongAxes, positiveAxis } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { resizeKeepingProportions } from './shaping';

/** `x scale + offset`; lists run along the last axis. */
export function rescale(
  kind: KindOf<'rescale'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const factor = (value: number | readonly number[]) => (typeof value === 'number' ? value : tf.tensor1d([...value]));
  return tf.add(tf.mul(single(inputs), factor(kind.scale)), factor(kind.offset));
}

/** Keras's lower bound of the standard deviation it divides by. */
const SMALLEST_DEVIATION = 1e-7;

export function normalization(
  kind: KindOf<'normalization'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const axes = (kind.axes ?? []).map((axis) => positiveAxis(axis, x.rank));
  const mean = statistic(tf, kind.mean, weights, 'mean', axes, x.shape);
  const variance = statistic(tf, kind.variance, weights, 'variance', axes, x.shape);
  const deviation = tf.maximum(tf.sqrt(variance), SMALLEST_DEVIATION);
  return kind.invert ? tf.add(tf.mul(x, deviation), mean) : tf.div(tf.sub(x, mean), deviation);
}

function statistic(
  tf: TensorLibrary,
  given: readonly number[] | null,
  weights: LayerWeights,
  role: 'mean' | 'variance',
  axes: readonly number[],
  shape: readonly number[]
): Tensor {
  const values = given === null ? weights.required(role) : tf.tensor1d([...given]);
  if (values.size === 1)
    return tf.reshape(
      values,
      shape.map(() => 1)
    );
  return alongAxes(tf, values, axes, shape);
}

/**
 * Random image changes are the identity at inference. RandomCrop, as Keras documents it, then takes the largest middle
 * part of its proportions and resizes it (Keras 3.15 leaves the image as it is, against its own documented shape).
 */
export function augmentation(
  kind: KindOf<'augmentation'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  return kind.size === null ? x : resizeKeepingProportions(tf, x, kind.size, 'channelsLast');
}

export function embedding(
  _kind: KindOf<'embedding'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return tf.gather(weights.required('embeddings'), tf.cast(single(inputs), 'int32'));
}

export function identity(_kind: unknown, inputs: readonly Tensor[]): Tensor {
  return single(inputs);
}
