/** PyTorch's activations, as classes and as functions, with PyTorch's defaults. */
import { LINEAR, type Activation } from '../../core/activation';
import type { Given } from './given';

const RELU = { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } as const;

type Read = (given: Given, rank: number | null) => Activation;

/** The axis softmax takes where none is given: 0 for 0, 1 and 3 axes, else 1 (`_get_softmax_dim`). */
function softmaxAxis(given: Given, rank: number | null): number {
  const axis = given.numberOrNone('dim', null);
  return given.raw('dim') === undefined || given.raw('dim') === null ? (rank === 3 ? 0 : 1) : (axis ?? 1);
}

const BY_NAME: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['relu', () => RELU],
  ['relu6', () => ({ ...RELU, maxValue: 6 })],
  ['leakyrelu', (given) => ({ ...RELU, negativeSlope: given.number('negative_slope', 0.01) })],
  // Its slope is drawn while training; at inference it is the middle of the range.
  [
    'rrelu',
    (given) => ({
      ...RELU,
      negativeSlope: (given.number('lower', 1 / 8) + given.number('upper', 1 / 3)) / 2
    })
  ],
  ['elu', (given) => ({ name: 'elu', alpha: given.number('alpha', 1) })],
  ['celu', (given) => ({ name: 'celu', alpha: given.number('alpha', 1) })],
  ['selu', () => ({ name: 'selu' })],
  ['gelu', (given) => ({ name: 'gelu', approximate: given.word('approximate', 'none') === 'tanh' })],
  ['silu', () => ({ name: 'silu' })],
  ['mish', () => ({ name: 'mish' })],
  ['hardswish', () => ({ name: 'hardSilu' })],
  ['hardsigmoid', () => ({ name: 'hardSigmoid', variant: 'sixth' })],
  ['sigmoid', () => ({ name: 'sigmoid' })],
  ['tanh', () => ({ name: 'tanh' })],
  ['hardtanh', (given) => ({ name: 'hardTanh', min: given.number('min_val', -1), max: given.number('max_val', 1) })],
  ['tanhshrink', () => ({ name: 'tanhShrink' })],
  ['hardshrink', (given) => ({ name: 'hardShrink', threshold: given.number('lambd', 0.5) })],
  ['softshrink', (given) => ({ name: 'softShrink', threshold: given.number('lambd', 0.5) })],
  [
    'softplus',
    (given) => ({ name: 'softplus', beta: given.number('beta', 1), threshold: given.number('threshold', 20) })
  ],
  ['softsign', () => ({ name: 'softsign' })],
  ['logsigmoid', () => ({ name: 'logSigmoid' })],
  ['exp', () => ({ name: 'exponential' })],
  ['softmax', (given, rank) => ({ name: 'softmax', axis: softmaxAxis(given, rank) })],
  ['softmax2d', () => ({ name: 'softmax', axis: -3 })],
  ['logsoftmax', (given, rank) => ({ name: 'logSoftmax', axis: softmaxAxis(given, rank) })],
  ['glu', (given) => ({ name: 'glu', axis: given.number('dim', -1) })],
  ['identity', () => LINEAR]
]);

/** @param name of the class or function, in any spelling: `LeakyReLU`, `leaky_relu_` */
export function torchActivation(name: string, given: Given, rank: number | null): Activation | null {
  return BY_NAME.get(name.toLowerCase().replaceAll('_', ''))?.(given, rank) ?? null;
}
