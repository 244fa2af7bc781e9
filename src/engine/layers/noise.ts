/** Kinds that are random while training and the value itself otherwise: dropouts and Gaussian noise. */
import type { KindOf } from '../../core/layerKind';
import { elementCount } from '../../core/tensor';
import type { Tensor } from '../tensorLibrary';
import { type ForwardContext, type LayerWeights, single } from './context';

/** What an alpha dropout sets dropped values to: selu's lower bound. */
const ALPHA_PRIME = -1.6732632423543772 * 1.0507009873554805;

/** Keeps each value with probability `1 - rate` and divides it by that. */
export function dropout(
  kind: KindOf<'dropout'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.rate <= 0) return x;
  const { tf } = context;
  if (kind.rate >= 1) return tf.zerosLike(x);
  return tf.mul(x, mask(context, x.shape, kind.sharedAxes, kind.rate, 1 / (1 - kind.rate)));
}

/** Klambauer et al. 2017: dropped values go to `alpha'`, then an affine map restores mean and variance. */
export function alphaDropout(
  kind: KindOf<'alphaDropout'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.rate <= 0) return x;
  const { tf } = context;
  const kept = mask(context, x.shape, kind.sharedAxes, kind.rate, 1);
  const scale = 1 / Math.sqrt((1 - kind.rate) * (1 + kind.rate * ALPHA_PRIME ** 2));
  const shift = -scale * ALPHA_PRIME * kind.rate;
  const dropped = tf.mul(tf.sub(1, kept), ALPHA_PRIME);
  return tf.add(tf.mul(tf.add(tf.mul(x, kept), dropped), scale), shift);
}

/** Multiplies by a normal variable of mean 1 and standard deviation `sqrt(rate / (1 - rate))`. */
export function gaussianDropout(
  kind: KindOf<'gaussianDropout'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.rate <= 0) return x;
  return context.tf.mul(x, normal(context, x.shape, 1, Math.sqrt(kind.rate / (1 - kind.rate))));
}

export function gaussianNoise(
  kind: KindOf<'gaussianNoise'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.stddev <= 0) return x;
  return context.tf.add(x, normal(context, x.shape, 0, kind.stddev));
}

/** `kept` with probability `1 - rate`, else 0; axes that share an entry have size one. */
function mask(
  { tf, random }: ForwardContext,
  shape: readonly number[],
  sharedAxes: readonly number[],
  rate: number,
  kept: number
): Tensor {
  const maskShape = shape.map((size, axis) =>
    sharedAxes.some((shared) => (shared < 0 ? shared + shape.length : shared) === axis) ? 1 : size
  );
  const values = new Float32Array(elementCount(maskShape));
  for (let i = 0; i < values.length; i++) values[i] = random.uniform() >= rate ? kept : 0;
  return tf.tensor(values, maskShape);
}

function normal({ tf, random }: ForwardContext, shape: readonly number[], mean: number, deviation: number): Tensor {
  const values = new Float32Array(elementCount(shape));
  for (let i = 0; i < values.length; i++) values[i] = mean + deviation * random.normal();
  return tf.tensor(values, [...shape]);
}
