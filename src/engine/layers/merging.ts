/** Kinds that join several values: `merge`, `concat` and `dot`. */
import type { KindOf } from '../../core/layerKind';
import { elementCount } from '../../core/tensor';
import { CannotRun } from '../cannotRun';
import type { Tensor, Tensor3D, TensorLibrary } from '../tensorLibrary';
import { positiveAxis, range } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { t } from '../../core/texts';

export function merge(
  kind: KindOf<'merge'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const first = single(inputs);
  const rest = inputs.slice(1);
  switch (kind.operation) {
    case 'add':
      return rest.reduce<Tensor>((sum, value) => tf.add(sum, value), first);
    case 'average':
      return tf.div(
        rest.reduce<Tensor>((sum, value) => tf.add(sum, value), first),
        inputs.length
      );
    case 'multiply':
      return rest.reduce<Tensor>((product, value) => tf.mul(product, value), first);
    case 'subtract':
      return rest.reduce<Tensor>((difference, value) => tf.sub(difference, value), first);
    case 'maximum':
      return rest.reduce<Tensor>((largest, value) => tf.maximum(largest, value), first);
    case 'minimum':
      return rest.reduce<Tensor>((smallest, value) => tf.minimum(smallest, value), first);
  }
}

export function concat(
  kind: KindOf<'concat'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const first = single(inputs);
  return inputs.length === 1 ? first : tf.concat([...inputs], positiveAxis(kind.axis, first.rank));
}

/** Keras's batched dot product: the two axes (batch included) are summed over, the remaining ones kept in order. */
export function dot(
  kind: KindOf<'dot'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const [a, b] = inputs;
  if (a === undefined || b === undefined) throw new CannotRun(t('it needs two inputs'));
  const left = contracted(tf, a, positiveAxis(kind.axes[0], a.rank), kind.normalize);
  const right = contracted(tf, b, positiveAxis(kind.axes[1], b.rank), kind.normalize);
  const product = tf.matMul(left.matrix, right.matrix, false, true);
  const shape = [a.shape[0] ?? 1, ...left.kept, ...right.kept];
  return tf.reshape(product, shape.length === 1 ? [...shape, 1] : shape);
}

/** The value as `[N, kept, summed]`. */
function contracted(
  tf: TensorLibrary,
  value: Tensor,
  axis: number,
  normalize: boolean
): { readonly matrix: Tensor3D; readonly kept: readonly number[] } {
  const others = range(1, value.rank).filter((other) => other !== axis);
  const kept = others.map((other) => value.shape[other] ?? 1);
  const norm = normalize ? tf.sqrt(tf.maximum(tf.sum(tf.square(value), axis, true), 1e-12)) : tf.scalar(1);
  const ordered = tf.transpose(normalize ? tf.div(value, norm) : value, [0, ...others, axis]);
  const matrix = tf.reshape(ordered, [value.shape[0] ?? 1, elementCount(kept), value.shape[axis] ?? 1]);
  return { matrix: matrix as Tensor3D, kept };
}
