/** Activation functions in the words of a file format, as an attribute of a layer or as layers of their own. */
import type { Activation } from '../../core/activation';
import { t } from '../../core/texts';
import { refuseFor, unit, type Target, type Unit, type WriteContext } from './unit';

const EVERYWHERE: ReadonlyMap<Activation['name'], string> = new Map([
  ['linear', 'linear'],
  ['selu', 'selu'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['softsign', 'softsign']
]);

/** Functions that Keras 3 has by name and earlier versions or TensorFlow.js lack, or have under another name. */
const KERAS_3: ReadonlyMap<Activation['name'], string> = new Map([
  ['mish', 'mish'],
  ['hardSilu', 'hard_silu'],
  ['tanhShrink', 'tanh_shrink'],
  ['logSigmoid', 'log_sigmoid']
]);

/** Those that only mean the same with Keras's own parameters. */
function withUsualParameters(activation: Activation): string | null {
  switch (activation.name) {
    case 'celu':
      return activation.alpha === 1 ? 'celu' : null;
    case 'hardTanh':
      return activation.min === -1 && activation.max === 1 ? 'hard_tanh' : null;
    case 'hardShrink':
      return activation.threshold === 0.5 ? 'hard_shrink' : null;
    case 'softShrink':
      return activation.threshold === 0.5 ? 'soft_shrink' : null;
    case 'squareplus':
      return activation.b === 4 ? 'squareplus' : null;
    case 'logSoftmax':
      return activation.axis === -1 ? 'log_softmax' : null;
    case 'glu':
      return activation.axis === -1 ? 'glu' : null;
    default:
      return null;
  }
}

function reluName(activation: Extract<Activation, { name: 'relu' }>, target: Target): string | null {
  const { negativeSlope, maxValue, threshold } = activation;
  if (threshold !== 0) return null;
  if (negativeSlope === 0 && maxValue === null) return 'relu';
  if (negativeSlope === 0 && maxValue === 6) return 'relu6';
  return target === 'keras' && negativeSlope === 0.2 && maxValue === null ? 'leaky_relu' : null;
}

/** The function's name where the target has one that means exactly this, and whether only Keras 3 knows it. */
function named(activation: Activation, target: Target): { readonly name: string; readonly newest: boolean } | null {
  const known = (name: string | null, newest = false) => (name === null ? null : { name, newest });
  const everywhere = EVERYWHERE.get(activation.name);
  if (everywhere !== undefined) return known(everywhere);
  switch (activation.name) {
    case 'relu':
      return known(reluName(activation, target));
    case 'elu':
      return known(activation.alpha === 1 ? 'elu' : null);
    case 'softmax':
      return known(activation.axis === -1 ? 'softmax' : null);
    case 'softplus':
      // PyTorch's threshold only avoids an overflow: above it both are x to the last bit of float32.
      return known(activation.beta === 1 && (activation.threshold ?? 20) >= 20 ? 'softplus' : null);
    case 'silu':
      return known('swish');
    case 'gelu':
      return known(activation.approximate ? null : 'gelu');
    case 'exponential':
      return target === 'tfjs' ? null : known('exponential');
    case 'hardSigmoid':
      // One name, two functions: Keras 3 and PyTorch divide by six, the others multiply by a fifth.
      if (target === 'keras') return known(activation.variant === 'sixth' ? 'hard_sigmoid' : null);
      if (target === 'tfjs') return known(activation.variant === 'fifth' ? 'hard_sigmoid' : null);
      return null;
    case 'mish':
      return known('mish', true);
    default:
      if (target === 'tfjs') return null;
      return known(KERAS_3.get(activation.name) ?? withUsualParameters(activation), true);
  }
}

/** The value of an `activation` attribute, `null` where the function needs layers of its own. */
export function activationName(activation: Activation, context: WriteContext): string | null {
  const found = named(activation, context.target);
  if (found?.newest === true) context.needsKeras3();
  return found?.name ?? null;
}

function reluUnit(activation: Extract<Activation, { name: 'relu' }>, context: WriteContext): Unit {
  const { negativeSlope, maxValue, threshold } = activation;
  if (context.target !== 'tfjs') {
    return unit('ReLU', { max_value: maxValue, negative_slope: negativeSlope, threshold });
  }
  if (maxValue === null && threshold === 0) return unit('LeakyReLU', { alpha: negativeSlope });
  if (negativeSlope === 0 && threshold === 0) return unit('ReLU', { max_value: maxValue });
  if (negativeSlope === 0 && maxValue === null) return unit('ThresholdedReLU', { theta: threshold });
  return refuseFor(context, t('a ReLU with several parameters'));
}

/**
 * The function as layers; the last one stands for it.
 * @throws {CannotWrite} where the target has nothing that computes it
 */
export function activationUnits(activation: Activation, context: WriteContext): readonly Unit[] {
  const name = activationName(activation, context);
  if (name !== null) return [unit('Activation', { activation: name })];
  switch (activation.name) {
    case 'relu':
      return [reluUnit(activation, context)];
    case 'elu':
      return [unit('ELU', { alpha: activation.alpha })];
    case 'softmax':
      return [unit('Softmax', { axis: activation.axis })];
    case 'hardSigmoid': {
      const [scale, offset] = activation.variant === 'fifth' ? [0.2, 0.5] : [1 / 6, 0.5];
      const clip = context.target === 'tfjs' ? { max_value: 1 } : { max_value: 1, negative_slope: 0, threshold: 0 };
      return [{ ...unit('Rescaling', { scale, offset }), suffix: 'scale' }, unit('ReLU', clip)];
    }
    case 'unknown':
      return refuseFor(context, t('the function {0}', activation.sourceName));
    default:
      return refuseFor(context, t('the activation {0} with its parameters', activation.name));
  }
}

/**
 * A layer with an activation: in its attribute where the target has a word for it, else in layers behind it.
 * @param make the layer's own unit, given the attribute's value
 */
export function activated(
  activation: Activation,
  context: WriteContext,
  make: (attribute: string) => Unit
): readonly Unit[] {
  const name = activationName(activation, context);
  if (name !== null) return [make(name)];
  const behind = activationUnits(activation, context).map((each): Unit => ({
    ...each,
    suffix: each.suffix === '' ? 'activation' : each.suffix
  }));
  return [make('linear'), ...behind];
}
