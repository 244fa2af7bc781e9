/** What values an argument cannot have, by framework; each rule says what is wanted and what was probably meant. */
import type { Framework } from '../core/model';
import { modernClass } from '../core/keras/legacy';
import { t } from '../core/texts';
import { ACTIVATION_NAMES } from './argumentTables';
import type { LiteralValue } from './literals';
import { nearestWord } from './nearest';

export interface Refusal {
  /** What the argument takes, in words. */
  readonly wanted: string;
  /** What was probably meant. */
  readonly meant: number | string | null;
}

/** `null` where nothing is known to be wrong. */
export type ValueRule = (value: LiteralValue, className: string) => Refusal | null;

const words =
  (allowed: (className: string) => readonly string[], also: readonly string[] = []): ValueRule =>
  (value, className) => {
    const choices = allowed(className);
    if (typeof value !== 'string' || [...choices, ...also].includes(value.toLowerCase())) return null;
    return { wanted: t('one of {0}', choices.join(', ')), meant: nearestWord(value, choices) };
  };

const share: ValueRule = (value) => {
  if (typeof value !== 'number' || (value >= 0 && value <= 1)) return null;
  return { wanted: t('a share between 0 and 1'), meant: value >= 2 && value <= 100 ? value / 100 : null };
};

const rankOf = (className: string): number | null => {
  const digit = /([123])[dD]/.exec(className)?.[1];
  return digit === undefined ? null : Number(digit);
};

/** Whole numbers of at least 1: one, or one for each axis. */
const sizes: ValueRule = (value, className) => {
  const rank = rankOf(className);
  const list = Array.isArray(value) ? (value as readonly LiteralValue[]) : [value];
  const wrong = list.some((size) => typeof size === 'number' && (!Number.isInteger(size) || size < 1));
  const misfit = Array.isArray(value) && rank !== null && list.length !== rank && list.length > 1;
  if (!wrong && !misfit) return null;
  return rank === null || rank === 1
    ? { wanted: t('a whole number of at least 1'), meant: null }
    : { wanted: t('a whole number of at least 1, or {0} of them', rank), meant: null };
};

const count: ValueRule = (value) =>
  typeof value === 'number' && (!Number.isInteger(value) || value < 1)
    ? { wanted: t('a whole number of at least 1'), meant: null }
    : null;

/** Convolutions and pools alone: the padding of a padding layer is a number of pixels. */
const kerasPadding: ValueRule = (value, className) => {
  const name = modernClass(className);
  if (!/Conv|Pooling/.test(name)) return null;
  const causal = /^(Conv1D|SeparableConv1D|DepthwiseConv1D)$/.test(name);
  return words(() => (causal ? ['valid', 'same', 'causal'] : ['valid', 'same']), ['full'])(value, className);
};

const activation: ValueRule = (value) => {
  // In letters of another case some versions accept the name of a layer too.
  if (typeof value !== 'string' || value !== value.toLowerCase() || KERAS_ACTIVATIONS.has(value)) return null;
  return { wanted: t('the name of an activation function'), meant: nearestWord(value, COMMON_ACTIVATIONS) };
};

const COMMON_ACTIVATIONS = 'relu softmax sigmoid tanh linear elu selu gelu swish leaky_relu softplus'.split(' ');
const KERAS_ACTIVATIONS: ReadonlySet<string> = new Set([
  ...ACTIVATION_NAMES,
  ...COMMON_ACTIVATIONS,
  'relu6',
  'silu',
  'hard_swish',
  'identity',
  'gelu_new',
  'softmin'
]);

const KERAS_RULES: ReadonlyMap<string, ValueRule> = new Map([
  ['rate', share],
  ['padding', kerasPadding],
  ['filters', count],
  ['units', count],
  ['groups', count],
  ['depth_multiplier', count],
  ['kernel_size', sizes],
  ['strides', sizes],
  ['pool_size', sizes],
  ['dilation_rate', sizes],
  ['activation', activation],
  [
    'data_format',
    words(() => ['channels_last', 'channels_first'], ['default', 'tf', 'th', 'channelslast', 'channelsfirst'])
  ],
  ['merge_mode', words(() => ['sum', 'mul', 'concat', 'ave'])]
]);

const below =
  (least: number): ValueRule =>
  (value) =>
    typeof value === 'number' && value < least ? { wanted: t('a number of at least {0}', least), meant: null } : null;

const torchSizes: ValueRule = (value, className) => {
  const list = Array.isArray(value) ? (value as readonly LiteralValue[]) : [value];
  return list.some((size) => typeof size === 'number' && (!Number.isInteger(size) || size < 1))
    ? sizes(value, className)
    : null;
};

const TORCH_RULES: ReadonlyMap<string, ValueRule> = new Map([
  ['p', share],
  ['kernel_size', torchSizes],
  ['stride', torchSizes],
  ['dilation', torchSizes],
  ['groups', below(1)],
  ['out_channels', below(0)],
  ['out_features', below(0)],
  [
    'padding',
    (value, className) => (/^Conv/.test(className) ? words(() => ['valid', 'same'])(value, className) : null)
  ],
  ['padding_mode', words(() => ['zeros', 'reflect', 'replicate', 'circular'])]
]);

/** By the argument's own name; names of TensorFlow.js are looked up in Keras's spelling. */
export function valueRule(framework: Framework, name: string): ValueRule | null {
  const rules = framework === 'pytorch' ? TORCH_RULES : KERAS_RULES;
  return (
    rules.get(framework === 'tfjs' ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name) ?? null
  );
}
