/** Dotted names of Keras in one spelling, whichever package they come from. */
import { isKerasClass } from '../../core/keras/kerasLayer';
import { kerasSignature } from '../../core/keras/signatures';

const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^tensorflow\.compat\.v[12]\b/, 'tensorflow'],
  [/^tensorflow\.python\.keras\b/, 'keras'],
  [/^tensorflow\.keras\b/, 'keras'],
  [/^(tf_keras|keras_core)\b/, 'keras'],
  [/^keras\.(src|api|_tf_keras\.keras)\b/, 'keras'],
  // Layers and models by the modules they once lived in: `keras.layers.convolutional.Conv2D`.
  [/^keras\.layers\.(?:\w+\.)*([A-Z]\w*|Input)$/, 'keras.layers.$1'],
  [/^keras\.(?:engine|models)\.(?:\w+\.)*(Model|Sequential|Input)$/, 'keras.$1']
];

export function canonicalPath(path: string): string {
  return PREFIXES.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), path);
}

/** The class name of a layer's path; `null` for paths that name no layer class. */
export function layerClassOf(path: string): string | null {
  const name = /^keras\.layers\.([A-Z]\w*)$/.exec(path)?.[1];
  return name === undefined || name === 'Input' || name === 'Layer' ? null : name;
}

export function isKnownLayer(className: string): boolean {
  return kerasSignature(className) !== null || isKerasClass(className);
}

/** What a name means after `from module import *`. */
export function wildcardPath(modules: readonly string[], name: string): string | null {
  for (const module of modules) {
    if (/^keras\.layers\b/.test(module) && (name === 'Input' || isKnownLayer(name) || FUNCTIONAL_LAYERS.has(name)))
      return `keras.layers.${name}`;
    if (/^keras(\.models|\.engine)?\b/.test(module) && ['Sequential', 'Model', 'Input'].includes(name)) {
      return `keras.${name}`;
    }
    if (module === 'keras' || module === 'tensorflow') {
      if (['layers', 'models', 'backend'].includes(name)) return `keras.${name}`;
    }
  }
  return null;
}

/** Layers as lower-case functions: `keras.layers.add([a, b])`. */
export const FUNCTIONAL_LAYERS: ReadonlyMap<string, string> = new Map([
  ['add', 'Add'],
  ['subtract', 'Subtract'],
  ['multiply', 'Multiply'],
  ['average', 'Average'],
  ['maximum', 'Maximum'],
  ['minimum', 'Minimum'],
  ['concatenate', 'Concatenate'],
  ['dot', 'Dot']
]);

const ACTIVATIONS = 'relu relu6 elu selu sigmoid tanh softmax silu swish gelu leaky_relu softplus'.split(' ');

interface Operation {
  readonly className: string;
  readonly activation: string | null;
}

/** Operations of TensorFlow and `keras.ops` that a layer class expresses. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...ACTIVATIONS.map((name): [string, Operation] => [name, { className: 'Activation', activation: name }]),
  ['add', { className: 'Add', activation: null }],
  ['multiply', { className: 'Multiply', activation: null }],
  ['subtract', { className: 'Subtract', activation: null }],
  ['maximum', { className: 'Maximum', activation: null }],
  ['minimum', { className: 'Minimum', activation: null }],
  ['concat', { className: 'Concatenate', activation: null }],
  ['concatenate', { className: 'Concatenate', activation: null }]
]);
