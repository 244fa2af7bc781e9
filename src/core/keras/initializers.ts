/** How Keras draws fresh weights: the `…_initializer` attributes as canonical names. */
import type { Initializer } from '../model';
import { Attributes, fieldOf } from './attributes';

const plain = (name: string): Initializer => ({ name, parameters: {} });

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['zeros', 'zeros'],
  ['zero', 'zeros'],
  ['ones', 'ones'],
  ['one', 'ones'],
  ['glorotuniform', 'glorotUniform'],
  ['glorotnormal', 'glorotNormal'],
  ['xavieruniform', 'glorotUniform'],
  ['xaviernormal', 'glorotNormal'],
  ['heuniform', 'heUniform'],
  ['henormal', 'heNormal'],
  ['lecununiform', 'lecunUniform'],
  ['lecunnormal', 'lecunNormal'],
  ['orthogonal', 'orthogonal'],
  ['identity', 'identity']
]);

const WITH_NUMBERS: ReadonlyMap<string, { name: string; defaults: Readonly<Record<string, number>> }> = new Map([
  ['constant', { name: 'constant', defaults: { value: 0 } }],
  ['randomnormal', { name: 'randomNormal', defaults: { mean: 0, stddev: 0.05 } }],
  ['normal', { name: 'randomNormal', defaults: { mean: 0, stddev: 0.05 } }],
  ['randomuniform', { name: 'randomUniform', defaults: { minval: -0.05, maxval: 0.05 } }],
  ['uniform', { name: 'randomUniform', defaults: { minval: -0.05, maxval: 0.05 } }],
  ['truncatednormal', { name: 'truncatedNormal', defaults: { mean: 0, stddev: 0.05 } }]
]);

/**
 * The usual settings of VarianceScaling have names of their own; the others are `fanInUniform`, `fanAvgNormal`… with
 * their `scale` (variance `scale / fan`; `Normal` is truncated, `UntruncatedNormal` is not).
 */
function varianceScaling(attributes: Attributes): Initializer {
  const scale = attributes.number('scale', 1);
  const mode = attributes.text('mode', 'fan_in');
  const distribution = attributes.text('distribution', 'truncated_normal').toLowerCase();
  const uniform = distribution === 'uniform';
  const shape = uniform ? 'Uniform' : distribution.startsWith('untruncated') ? 'UntruncatedNormal' : 'Normal';
  if (!shape.startsWith('Untruncated')) {
    if (mode === 'fan_avg' && scale === 1) return plain(`glorot${shape}`);
    if (mode === 'fan_in' && scale === 2) return plain(`he${shape}`);
    if (mode === 'fan_in' && scale === 1) return plain(`lecun${shape}`);
  }
  const fan = mode === 'fan_avg' ? 'fanAvg' : mode === 'fan_out' ? 'fanOut' : 'fanIn';
  return { name: `${fan}${shape}`, parameters: { scale } };
}

/** An initialiser by name or as a serialised object; `fallback` where it is not given, `unknown` where not understood. */
export function initializerOf(value: unknown, fallback: string): Initializer {
  if (value === undefined || value === null) return initializerOf(fallback, 'zeros');
  const className = typeof value === 'string' ? value : fieldOf(value, 'class_name');
  if (typeof className !== 'string') return plain('unknown');
  const key = className.replace(/_/g, '').toLowerCase();
  const simple = SIMPLE.get(key);
  if (simple !== undefined) return plain(simple);
  const config = typeof value === 'string' ? undefined : fieldOf(value, 'config');
  if (key === 'variancescaling') {
    const entries = ['scale', 'mode', 'distribution'].map((name) => [name, fieldOf(config, name)] as const);
    return varianceScaling(new Attributes(new Map(entries)));
  }
  const known = WITH_NUMBERS.get(key);
  if (known === undefined) return plain('unknown');
  const parameters = Object.entries(known.defaults).map(([name, number]): [string, number] => {
    const given = fieldOf(config, name);
    return [name, typeof given === 'number' ? given : number];
  });
  return { name: known.name, parameters: Object.fromEntries(parameters) };
}

type RoleTable = readonly (readonly [role: string, attribute: string, fallback: string])[];

const KERNEL_BIAS: RoleTable = [
  ['kernel', 'kernel_initializer', 'glorot_uniform'],
  ['bias', 'bias_initializer', 'zeros']
];
const DEPTHWISE: RoleTable = [
  ['depthwiseKernel', 'depthwise_initializer', 'glorot_uniform'],
  ['bias', 'bias_initializer', 'zeros']
];
const NORM: RoleTable = [
  ['gamma', 'gamma_initializer', 'ones'],
  ['beta', 'beta_initializer', 'zeros']
];

/** By canonical kind: which weight is drawn how, with Keras's own default. */
const ROLES: ReadonlyMap<string, RoleTable> = new Map([
  ['conv', KERNEL_BIAS],
  ['convTranspose', KERNEL_BIAS],
  ['dense', KERNEL_BIAS],
  ['depthwiseConv', DEPTHWISE],
  ['separableConv', [...DEPTHWISE, ['pointwiseKernel', 'pointwise_initializer', 'glorot_uniform']]],
  [
    'batchNorm',
    [
      ...NORM,
      ['movingMean', 'moving_mean_initializer', 'zeros'],
      ['movingVariance', 'moving_variance_initializer', 'ones']
    ]
  ],
  ['layerNorm', NORM],
  ['groupNorm', NORM],
  ['prelu', [['alpha', 'alpha_initializer', 'zeros']]],
  ['embedding', [['embeddings', 'embeddings_initializer', 'uniform']]],
  ['recurrent', [...KERNEL_BIAS, ['recurrentKernel', 'recurrent_initializer', 'orthogonal']]]
]);

/** Initialisers of a layer of the given kind, by weight role. */
export function initializersOf(kind: string, attributes: Attributes): ReadonlyMap<string, Initializer> {
  const table = ROLES.get(kind) ?? [];
  return new Map(table.map(([role, name, fallback]) => [role, initializerOf(attributes.raw(name), fallback)]));
}
