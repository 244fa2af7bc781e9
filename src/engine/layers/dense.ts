/** Kind `dense`: along the last axis of a value of any rank. */
import type { KindOf } from '../../core/layerKind';
import { CannotRun } from '../cannotRun';
import type { Tensor, Tensor2D } from '../tensorLibrary';
import { applyActivation } from './activations';
import { type ForwardContext, type LayerWeights, single } from './context';
import { t } from '../../core/texts';

export function dense(
  kind: KindOf<'dense'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const kernel = weights.required('kernel');
  const width = x.shape.at(-1) ?? 1;
  if (width !== kernel.shape[0]) {
    throw new CannotRun(t('its kernel expects {0} values, the input has {1}', kernel.shape[0], width));
  }
  const rows = tf.reshape(x, [-1, width]);
  const product = tf.matMul(rows as Tensor2D, kernel as Tensor2D);
  const biased = kind.useBias ? tf.add(product, weights.required('bias')) : product;
  return applyActivation(tf, kind.activation, tf.reshape(biased, [...x.shape.slice(0, -1), kind.units]));
}
