/** Activation functions, exact to the definitions of the framework that names them. */
import type { Activation } from '../../core/activation';
import { CannotRun } from '../cannotRun';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { type ForwardContext, type LayerWeights, single } from './context';
import type { KindOf } from '../../core/layerKind';
import { alongAxes, positiveAxis, range } from './axes';
import { t } from '../../core/texts';

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Kind `activation`. */
export function activationLayer(
  kind: KindOf<'activation'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  return applyActivation(context.tf, kind.activation, single(inputs));
}

/** Which activations a convolution kernel computes on the way; `linear` leaves it to `applyActivation`. */
export function fusedActivation(activation: Activation): 'linear' | 'relu' | 'relu6' {
  if (activation.name !== 'relu' || activation.negativeSlope !== 0 || activation.threshold !== 0) return 'linear';
  if (activation.maxValue === null) return 'relu';
  return activation.maxValue === 6 ? 'relu6' : 'linear';
}

/** @throws {CannotRun} for a function this program does not know. */
export function applyActivation(tf: TensorLibrary, activation: Activation, x: Tensor): Tensor {
  switch (activation.name) {
    case 'linear':
      return x;
    case 'relu':
      return rectify(tf, activation, x);
    case 'elu':
      return piecewise(tf, x, (negative) => tf.mul(tf.expm1(negative), activation.alpha));
    case 'celu':
      return piecewise(tf, x, (negative) => tf.mul(tf.expm1(tf.div(negative, activation.alpha)), activation.alpha));
    case 'selu':
      return tf.mul(
        piecewise(tf, x, (negative) => tf.mul(tf.expm1(negative), SELU_ALPHA)),
        SELU_SCALE
      );
    case 'gelu':
      return activation.approximate ? approximateGelu(tf, x) : exactGelu(tf, x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'hardSigmoid':
      return activation.variant === 'fifth'
        ? tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1)
        : tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6);
    case 'tanh':
      return tf.tanh(x);
    case 'hardTanh':
      return tf.clipByValue(x, activation.min, activation.max);
    case 'tanhShrink':
      return tf.sub(x, tf.tanh(x));
    case 'hardShrink':
      return tf.where(tf.greater(tf.abs(x), activation.threshold), x, tf.zerosLike(x));
    case 'softShrink':
      return tf.mul(tf.sign(x), tf.relu(tf.sub(tf.abs(x), activation.threshold)));
    case 'softplus':
      return softplus(tf, x, activation.beta, activation.threshold);
    case 'softsign':
      return tf.div(x, tf.add(tf.abs(x), 1));
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'hardSilu':
      return tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6));
    case 'mish':
      return tf.mul(x, tf.tanh(softplus(tf, x, 1, null)));
    case 'exponential':
      return tf.exp(x);
    case 'squareplus':
      return tf.div(tf.add(x, tf.sqrt(tf.add(tf.square(x), activation.b))), 2);
    case 'logSigmoid':
      return tf.neg(softplus(tf, tf.neg(x), 1, null));
    case 'softmax':
      return alongLast(tf, x, activation.axis, (value) => tf.softmax(value));
    case 'logSoftmax':
      return alongLast(tf, x, activation.axis, (value) => tf.logSoftmax(value));
    case 'glu': {
      const [value, gate] = tf.split(x, 2, positiveAxis(activation.axis, x.rank));
      return tf.mul(value ?? x, tf.sigmoid(gate ?? x));
    }
    case 'unknown':
      throw new CannotRun(t('its activation "{0}" is not known', activation.sourceName));
  }
}

/** Keras's ReLU: `x` above the threshold up to the maximum, `negativeSlope (x - threshold)` elsewhere. */
function rectify(tf: TensorLibrary, activation: Extract<Activation, { name: 'relu' }>, x: Tensor): Tensor {
  const { negativeSlope, maxValue, threshold } = activation;
  if (threshold === 0 && maxValue === null) return negativeSlope === 0 ? tf.relu(x) : tf.leakyRelu(x, negativeSlope);
  // Only what lies above the threshold is taken from it.
  const bounded = maxValue === null ? x : tf.clipByValue(x, Math.min(threshold, maxValue), maxValue);
  const below = negativeSlope === 0 ? tf.zerosLike(x) : tf.mul(tf.sub(x, threshold), negativeSlope);
  return tf.where(tf.greater(x, threshold), bounded, below);
}

/** `x` where positive, `below(min(x, 0))` elsewhere: the clamp keeps exponentials of large values out. */
function piecewise(tf: TensorLibrary, x: Tensor, below: (negative: Tensor) => Tensor): Tensor {
  return tf.add(tf.relu(x), below(tf.minimum(x, 0)));
}

/** `x Phi(x)` by the error function. */
function exactGelu(tf: TensorLibrary, x: Tensor): Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function approximateGelu(tf: TensorLibrary, x: Tensor): Tensor {
  const inner = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** `log(1 + exp(beta x)) / beta`, computed without overflow; above PyTorch's threshold simply `x`. */
function softplus(tf: TensorLibrary, x: Tensor, beta: number, threshold: number | null): Tensor {
  const scaled = beta === 1 ? x : tf.mul(x, beta);
  const smooth = tf.add(tf.relu(scaled), tf.log1p(tf.exp(tf.neg(tf.abs(scaled)))));
  const result = beta === 1 ? smooth : tf.div(smooth, beta);
  return threshold === null ? result : tf.where(tf.greater(scaled, threshold), x, result);
}

/** The library's softmax works along the last axis only. */
function alongLast(tf: TensorLibrary, x: Tensor, axis: number, compute: (value: Tensor) => Tensor): Tensor {
  const at = positiveAxis(axis, x.rank);
  if (at === x.rank - 1) return compute(x);
  const order = [...range(0, x.rank).filter((other) => other !== at), at];
  const back = order.map((_, target) => order.indexOf(target));
  return tf.transpose(compute(tf.transpose(x, order)), back);
}

/** Kind `prelu`: `x` where positive, `alpha x` elsewhere. */
export function prelu(
  kind: KindOf<'prelu'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const alpha = weights.required('alpha');
  const slopes =
    kind.parameters === 'elementwise'
      ? tf.expandDims(alpha, 0)
      : kind.parameters === 'perChannel'
        ? alongAxes(tf, alpha, [Math.min(1, x.rank - 1)], x.shape)
        : tf.reshape(
            alpha,
            x.shape.map(() => 1)
          );
  return tf.add(tf.relu(x), tf.mul(slopes, tf.minimum(x, 0)));
}
