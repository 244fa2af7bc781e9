/** Every argument name a layer class takes, in any version of its framework: a name missing here fails in all of them. */
import { modernClass } from '../core/keras/legacy';
import type { Framework } from '../core/model';
import { camelCase } from './argumentNames';
import { ACTIVATIONS, BASE, LAYERS } from './kerasArguments';
import { TORCH_ARGUMENTS } from './torchArguments';

const list = (names: string): readonly string[] => names.split(' ').filter((name) => name !== '');

/** Keras 2's general arguments, and what Keras 1 called things. */
const OLD_BASE = list(
  'batch_input_shape batch_size batch_shape weights implementation dynamic input_dtype autocast ragged sparse input_length'
);
const KERAS_1 = list(
  'nb_filter nb_row nb_col kernel_dim1 kernel_dim2 kernel_dim3 filter_length border_mode subsample subsample_length ' +
    'dim_ordering init inner_init forget_bias_init inner_activation W_regularizer U_regularizer b_regularizer W_constraint ' +
    'U_constraint b_constraint bias output_dim p sigma pool_length stride length atrous_rate mode beta_init gamma_init ' +
    'dropout_W dropout_U concat_axis dot_axes output_shape return_seq consume_less'
);

/** Arguments that single classes had before Keras 3, or that only TensorFlow's Keras has. */
const OLD: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'BatchNormalization',
    list('renorm renorm_clipping renorm_momentum fused virtual_batch_size adjustment synchronized')
  ],
  ['LeakyReLU', list('alpha')],
  ['Embedding', list('input_length')],
  ['LSTM', list('time_major')],
  ['GRU', list('time_major')],
  ['SimpleRNN', list('time_major')],
  ['Conv1DTranspose', list('output_padding')],
  ['Conv2DTranspose', list('output_padding')],
  ['Conv3DTranspose', list('output_padding')],
  ['Softmax', list('axis')],
  ['Lambda', list('function')]
]);

const KERAS: ReadonlyMap<string, readonly string[]> = new Map(
  LAYERS.map(([name, names]) => [
    name,
    [...list(names), ...list(BASE), ...OLD_BASE, ...KERAS_1, ...(OLD.get(name) ?? [])]
  ])
);

const INPUT = list(
  'shape batch_size dtype sparse ragged batch_shape name tensor optional type_spec batch_input_shape input_shape'
);

/** Names that a class takes; `null` for a class that is not listed. */
export function argumentsOf(framework: Framework, className: string): readonly string[] | null {
  if (framework === 'pytorch') return TORCH_ARGUMENTS.get(className) ?? null;
  const names = /^Input(Layer)?$/.test(className) ? INPUT : KERAS.get(modernClass(className));
  if (names === undefined) return null;
  if (framework !== 'tfjs') return names;
  // TensorFlow.js began with the names of Keras 2.
  return [...names.filter((name) => !KERAS_1.includes(name)), 'input_d_type', 'updatable'].map(camelCase);
}

/** Current names first where several are near: what is offered as a correction. */
export function offeredArguments(framework: Framework, className: string): readonly string[] {
  const old = new Set([...OLD_BASE, ...KERAS_1].flatMap((name) => [name, camelCase(name)]));
  return (argumentsOf(framework, className) ?? []).filter((name) => framework === 'pytorch' || !old.has(name));
}

export const ACTIVATION_NAMES = list(ACTIVATIONS);
