/**
 * TensorFlow functions in a functional Keras 2 model (`TFOpLambda`). Those that are plain tensor maths on whole values become
 * the layer that does the same; everything else stays opaque with the reason. Function names are those of
 * `tf.keras` 2.4 to 2.15; nothing is called by name.
 */
import type { Activation } from '../../core/activation';
import type { LayerKind, MergeOperation } from '../../core/layerKind';
import type { LayerSpec } from './spec';
import { t } from '../../core/texts';

/** How Keras 2 writes a first argument that is no output of a layer: `["_CONSTANT_VALUE", -1, value, {…}]`. */
const CONSTANT = '_CONSTANT_VALUE';

type Operand =
  | { readonly type: 'value' }
  | { readonly type: 'constant'; readonly constant: unknown }
  | { readonly type: 'list'; readonly length: number };

interface OperationCall {
  readonly first: Operand;
  /** Arguments by name, without those that are `None`. */
  readonly named: ReadonlyMap<string, unknown>;
}

const isPointer = (value: unknown): boolean =>
  Array.isArray(value) && typeof value[0] === 'string' && value[0] !== CONSTANT && Number.isInteger(value[1]);

const isConstant = (value: readonly unknown[]): boolean => value[0] === CONSTANT;

/** The one use of the operation; `null` where it is used in another way than Keras writes. */
function callOf(inbound: unknown): OperationCall | null {
  if (!Array.isArray(inbound) || inbound.length !== 1) return null;
  const [node]: readonly unknown[] = inbound;
  if (!Array.isArray(node)) return null;
  if (isPointer(node)) return { first: { type: 'value' }, named: namedOf(node[3]) };
  if (isConstant(node)) return { first: { type: 'constant', constant: node[2] }, named: namedOf(node[3]) };
  if (node.length > 0 && node.every(isPointer)) {
    const named = namedOf(Array.isArray(node[0]) ? node[0][3] : undefined);
    return { first: node.length === 1 ? { type: 'value' } : { type: 'list', length: node.length }, named };
  }
  return null;
}

function namedOf(value: unknown): ReadonlyMap<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).filter(([name, item]) => item !== null && name !== 'name'));
}

class NotExpressed extends Error {}

/** A number, or one for each channel. */
type Factor = number | readonly number[];

function factorOf(value: unknown): Factor {
  const numbers = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const known = numbers.filter((each) => typeof each === 'number' && Number.isFinite(each)).map(Number);
  if (known.length !== numbers.length || known.length === 0)
    throw new NotExpressed(t('its constant is neither a number nor a list of numbers'));
  return Array.isArray(value) ? known : (known[0] ?? 0);
}

const each = (factor: Factor, change: (value: number) => number): Factor =>
  typeof factor === 'number' ? change(factor) : factor.map(change);

/** The two operands of `x op y`: two values, or a value and a constant on one side. */
type Pair = { readonly type: 'values' } | { readonly type: 'constantRight' | 'constantLeft'; readonly factor: Factor };

function pairOf({ first, named }: OperationCall): Pair {
  const [[name, second] = [], ...more] = [...named];
  if (name === undefined || more.length > 0 || name !== 'y')
    throw new NotExpressed(t('it has other arguments than x and y'));
  if (first.type === 'list') throw new NotExpressed(t('it reads a list'));
  if (first.type === 'constant') {
    if (!isPointer(second)) throw new NotExpressed(t('both of its operands are constants'));
    return { type: 'constantLeft', factor: factorOf(first.constant) };
  }
  return isPointer(second) ? { type: 'values' } : { type: 'constantRight', factor: factorOf(second) };
}

const rescale = (scale: Factor, offset: Factor): LayerKind => ({ kind: 'rescale', scale, offset });
const merge = (operation: MergeOperation): LayerKind => ({ kind: 'merge', operation });

function arithmetic(operator: 'add' | 'subtract' | 'multiply' | 'divide', call: OperationCall): LayerKind {
  const pair = pairOf(call);
  if (pair.type === 'values') {
    if (operator === 'divide') throw new NotExpressed(t('it divides one value by another'));
    return merge(operator);
  }
  const { factor } = pair;
  const left = pair.type === 'constantLeft';
  switch (operator) {
    case 'add':
      return rescale(1, factor);
    case 'subtract':
      return left
        ? rescale(-1, factor)
        : rescale(
            1,
            each(factor, (value) => -value)
          );
    case 'multiply':
      return rescale(factor, 0);
    case 'divide':
      if (left) throw new NotExpressed(t('it divides a constant by a value'));
      if ([factor].flat().includes(0)) throw new NotExpressed(t('it divides by zero'));
      return rescale(
        each(factor, (value) => 1 / value),
        0
      );
  }
}

function extreme(operation: 'maximum' | 'minimum', call: OperationCall): LayerKind {
  const pair = pairOf(call);
  if (pair.type === 'values') return merge(operation);
  if (operation === 'maximum' && pair.factor === 0) return { kind: 'activation', activation: PLAIN_RELU };
  throw new NotExpressed(t('it compares a value with a constant'));
}

/** The call's only other arguments; anything else means something this table does not know. */
function only(call: OperationCall, ...names: readonly string[]): (name: string) => unknown {
  const stray = [...call.named.keys()].find((name) => !names.includes(name));
  if (stray !== undefined) throw new NotExpressed(t('it has the argument {0}', stray.slice(0, 40)));
  if (call.first.type === 'constant') throw new NotExpressed(t('it is applied to a constant'));
  return (name) => call.named.get(name);
}

function integers(value: unknown, what: string): number[] {
  const list = Array.isArray(value) ? value.filter((item) => typeof item === 'number' && Number.isInteger(item)) : [];
  if (!Array.isArray(value) || list.length !== value.length || list.length === 0)
    throw new NotExpressed(t('its {0} is computed, not written down', what));
  return list.map(Number);
}

function single(call: OperationCall): void {
  if (call.first.type === 'list') throw new NotExpressed(t('it reads a list'));
}

const PLAIN_RELU = { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } as const;

const activate =
  (activation: Activation): Translate =>
  (call) => {
    only(call);
    single(call);
    return { kind: 'activation', activation };
  };

type Translate = (call: OperationCall) => LayerKind;

const softmax: Translate = (call) => {
  const axis = only(call, 'axis')('axis') ?? -1;
  single(call);
  if (typeof axis !== 'number' || !Number.isInteger(axis) || axis === 0)
    throw new NotExpressed(t('its axis is not one of the value'));
  return { kind: 'activation', activation: { name: 'softmax', axis } };
};

const leaky: Translate = (call) => {
  const alpha = only(call, 'alpha')('alpha') ?? 0.2;
  single(call);
  if (typeof alpha !== 'number') throw new NotExpressed(t('its slope is not a number'));
  return { kind: 'activation', activation: { ...PLAIN_RELU, negativeSlope: alpha } };
};

const gelu: Translate = (call) => {
  const approximate = only(call, 'approximate')('approximate') ?? false;
  single(call);
  if (typeof approximate !== 'boolean') throw new NotExpressed(t('whether it is approximate is not known'));
  return { kind: 'activation', activation: { name: 'gelu', approximate } };
};

const concat: Translate = (call) => {
  const axis = only(call, 'axis')('axis');
  if (typeof axis !== 'number' || !Number.isInteger(axis) || axis === 0)
    throw new NotExpressed(t('it joins along the batch or an axis that is not known'));
  return { kind: 'concat', axis };
};

/** `tf.reshape` counts the batch, which has to stay: `[-1, …]` with sizes that are written down. */
const reshape: Translate = (call) => {
  const [batch, ...target] = integers(only(call, 'shape')('shape'), 'shape');
  single(call);
  if (batch !== -1 || target.length === 0 || target.some((size) => size < 1))
    throw new NotExpressed(t('it reshapes across the batch'));
  return { kind: 'reshape', target };
};

const transpose: Translate = (call) => {
  const perm = integers(only(call, 'perm', 'conjugate')('perm'), t('order of axes'));
  single(call);
  if (call.named.get('conjugate') === true) throw new NotExpressed(t('it conjugates'));
  const [batch, ...axes] = perm;
  if (batch !== 0 || [...axes].sort((a, b) => a - b).some((axis, i) => axis !== i + 1))
    throw new NotExpressed(t('it moves the batch'));
  return { kind: 'permute', axes };
};

const cast: Translate = (call) => {
  const dtype = only(call, 'dtype')('dtype');
  single(call);
  if (dtype !== 'float32' && dtype !== 'float64') throw new NotExpressed(t('it casts to other numbers than floats'));
  return { kind: 'identity' };
};

const negative: Translate = (call) => {
  only(call);
  single(call);
  return rescale(-1, 0);
};

const identity: Translate = (call) => {
  only(call);
  single(call);
  return { kind: 'identity' };
};

const add: Translate = (call) => arithmetic('add', call);
const multiply: Translate = (call) => arithmetic('multiply', call);
const divide: Translate = (call) => arithmetic('divide', call);
const plain = (name: 'sigmoid' | 'tanh' | 'softsign' | 'selu' | 'silu' | 'exponential'): Translate =>
  activate({ name });
const softplus = activate({ name: 'softplus', beta: 1, threshold: null });

const FUNCTIONS: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['math.add', add],
  ['__operators__.add', add],
  ['math.subtract', (call) => arithmetic('subtract', call)],
  ['math.multiply', multiply],
  ['math.truediv', divide],
  ['math.divide', divide],
  ['math.negative', negative],
  ['math.maximum', (call) => extreme('maximum', call)],
  ['math.minimum', (call) => extreme('minimum', call)],
  ['concat', concat],
  ['reshape', reshape],
  ['transpose', transpose],
  ['compat.v1.transpose', transpose],
  ['cast', cast],
  ['identity', identity],
  ['stop_gradient', identity],
  ['nn.relu', activate(PLAIN_RELU)],
  ['nn.relu6', activate({ ...PLAIN_RELU, maxValue: 6 })],
  ['nn.leaky_relu', leaky],
  ['nn.elu', activate({ name: 'elu', alpha: 1 })],
  ['nn.selu', plain('selu')],
  ['nn.gelu', gelu],
  ['nn.silu', plain('silu')],
  ['nn.swish', plain('silu')],
  ['nn.softmax', softmax],
  ['nn.softsign', plain('softsign')],
  ['math.softplus', softplus],
  ['nn.softplus', softplus],
  ['math.sigmoid', plain('sigmoid')],
  ['nn.sigmoid', plain('sigmoid')],
  ['math.tanh', plain('tanh')],
  ['nn.tanh', plain('tanh')],
  ['math.exp', plain('exponential')]
]);

/** The layer that computes what the function does; opaque, with the reason, where there is none. */
export function tfOperation(spec: LayerSpec): LayerKind {
  const name = spec.attributes.get('function');
  const shown = typeof name === 'string' ? `tf.${name.replace(/^__operators__\./, 'operators.').slice(0, 60)}` : null;
  if (shown === null) return { kind: 'opaque', reason: t('the TensorFlow function is not named') };
  const translate = FUNCTIONS.get(String(name));
  if (translate === undefined)
    return { kind: 'opaque', reason: t('the TensorFlow function {0} is not one of those this program knows', shown) };
  const call = callOf(spec.inbound);
  const opaque = (why: string): LayerKind => ({
    kind: 'opaque',
    reason: t('the TensorFlow function {0} is used in a way that no layer here computes: {1}', shown, why)
  });
  if (call === null) return opaque(t('its arguments are not written as Keras 2 writes them'));
  try {
    return translate(call);
  } catch (error) {
    if (!(error instanceof NotExpressed)) throw error;
    return opaque(error.message);
  }
}
