/** Kinds that are random while training and the value itself otherwise: dropouts and Gaussian noise. */
import type { KindOf } from '../../core/layerKind';
import { ALPHA_PRIME, alphaMap, drawNoise, noiseShape, type NoiseKind } from '../../core/noise';
import type { Tensor } from '../tensorLibrary';
import { type ForwardContext, type LayerWeights, single } from './context';

/** Keeps each value with probability `1 - rate` and divides it by that. */
export function dropout(
  kind: KindOf<'dropout'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.rate <= 0) return x;
  return context.tf.mul(x, drawn(kind, x, context));
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
  const kept = drawn(kind, x, context);
  const { scale, shift } = alphaMap(kind.rate);
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
  return context.tf.mul(x, drawn(kind, x, context));
}

export function gaussianNoise(
  kind: KindOf<'gaussianNoise'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  if (context.mode === 'infer' || kind.stddev <= 0) return x;
  return context.tf.add(x, drawn(kind, x, context));
}

function drawn(kind: NoiseKind, x: Tensor, { tf, random, rows }: ForwardContext): Tensor {
  return tf.tensor(drawNoise(kind, x.shape, rows ?? [random]), noiseShape(kind, x.shape));
}
