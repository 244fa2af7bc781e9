/** Keras activation functions, by name or as a serialised object, as the canonical vocabulary. */
import { LINEAR, RELU, type Activation } from '../activation';
import { Attributes, fieldOf } from './attributes';
import { t } from '../texts';

/** Major version of Keras whose meaning of a name holds. */
export type KerasVersion = 1 | 2 | 3;

const relu = (negativeSlope: number, maxValue: number | null = null, threshold = 0): Activation => ({
  name: 'relu',
  negativeSlope,
  maxValue,
  threshold
});

const FIXED: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['linear', LINEAR],
  ['identity', LINEAR],
  ['relu', RELU],
  ['relu6', relu(0, 6)],
  ['leaky_relu', relu(0.2)],
  ['elu', { name: 'elu', alpha: 1 }],
  ['celu', { name: 'celu', alpha: 1 }],
  ['selu', { name: 'selu' }],
  ['gelu', { name: 'gelu', approximate: false }],
  ['gelu_new', { name: 'gelu', approximate: true }],
  ['sigmoid', { name: 'sigmoid' }],
  ['log_sigmoid', { name: 'logSigmoid' }],
  ['tanh', { name: 'tanh' }],
  ['hard_tanh', { name: 'hardTanh', min: -1, max: 1 }],
  ['tanh_shrink', { name: 'tanhShrink' }],
  ['hard_shrink', { name: 'hardShrink', threshold: 0.5 }],
  ['soft_shrink', { name: 'softShrink', threshold: 0.5 }],
  ['softplus', { name: 'softplus', beta: 1, threshold: null }],
  ['softsign', { name: 'softsign' }],
  ['silu', { name: 'silu' }],
  ['swish', { name: 'silu' }],
  ['hard_silu', { name: 'hardSilu' }],
  ['hard_swish', { name: 'hardSilu' }],
  ['mish', { name: 'mish' }],
  ['exponential', { name: 'exponential' }],
  ['squareplus', { name: 'squareplus', b: 4 }],
  ['softmax', { name: 'softmax', axis: -1 }],
  ['log_softmax', { name: 'logSoftmax', axis: -1 }],
  ['glu', { name: 'glu', axis: -1 }]
]);

/** `hardSigmoid`, `LeakyReLU` and `leaky_relu` are one name. */
function snakeCase(name: string): string {
  return name
    .replace(/ReLU/g, 'Relu')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function byName(name: string, version: KerasVersion): Activation {
  const key = snakeCase(name);
  if (key === 'hard_sigmoid') return { name: 'hardSigmoid', variant: version === 3 ? 'sixth' : 'fifth' };
  // PyTorch-style objects of Keras 3's layer module share the functions' names.
  return FIXED.get(key) ?? { name: 'unknown', sourceName: name };
}

/** The layers that only apply a function: `LeakyReLU`, `Softmax`…; `null` where the class is not one of them. */
export function activationLayer(className: string, attributes: Attributes, version: KerasVersion): Activation | null {
  switch (className) {
    case 'Activation':
      return activationOf(attributes.raw('activation'), version);
    case 'ReLU':
      return relu(
        attributes.number('negative_slope', 0),
        attributes.numberOrNull('max_value'),
        attributes.number('threshold', 0)
      );
    case 'LeakyReLU':
      return relu(attributes.number('negative_slope', attributes.number('alpha', 0.3)));
    case 'ThresholdedReLU':
      return relu(0, null, attributes.number('theta', 1));
    case 'ELU':
      return { name: 'elu', alpha: attributes.number('alpha', 1) };
    case 'Softmax':
      return { name: 'softmax', axis: attributes.axis('axis', -1) };
    default:
      return null;
  }
}

/**
 * An `activation` attribute: `None`, a name, or a serialised object (`{class_name, config}`) that is a function or an
 * activation layer. What is not known becomes `unknown`: the layer can be shown but not run past.
 */
export function activationOf(value: unknown, version: KerasVersion): Activation {
  if (value === undefined || value === null) return LINEAR;
  if (typeof value === 'string') return byName(value, version);
  const className = fieldOf(value, 'class_name');
  const config = fieldOf(value, 'config');
  if (className === 'function' && typeof config === 'string') return byName(config, version);
  if (typeof className !== 'string') return { name: 'unknown', sourceName: t('a custom function') };
  const attributes = new Attributes(
    config instanceof Map
      ? (config as ReadonlyMap<string, unknown>)
      : new Map(config !== null && typeof config === 'object' ? Object.entries(config) : [])
  );
  return activationLayer(className, attributes, version) ?? byName(className, version);
}
