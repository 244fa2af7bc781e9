/** Convolution and dense layers of Keras. */
import type { Padding } from '../layerKind';
import { activationOf } from './activations';
import type { Attributes } from './attributes';
import { eachRank, type KerasContext, type Translator } from './context';
import { t } from '../texts';

/** `valid`, `same`, `causal`, and Keras 1's `full` (every position with any overlap), in any case of letters. */
export function paddingOf(attributes: Attributes, effectiveKernel: readonly number[]): Padding {
  const value = attributes.text('padding', 'valid').toLowerCase();
  if (value === 'valid' || value === 'same' || value === 'causal') return { type: value };
  if (value === 'full') {
    return { type: 'explicit', pads: effectiveKernel.map((size) => [size - 1, size - 1] as const), mode: 'zeros' };
  }
  throw attributes.problem('padding', t('valid, same or causal'));
}

function convolving<R extends 1 | 2 | 3>(attributes: Attributes, context: KerasContext, rank: R) {
  const kernelSize = attributes.sizes('kernel_size', rank);
  const dilation = attributes.sizes('dilation_rate', rank, 1);
  const effective = kernelSize.map((size, i) => (size - 1) * (dilation[i] ?? 1) + 1);
  return {
    rank,
    kernelSize,
    strides: attributes.sizes('strides', rank, 1),
    dilation,
    padding: paddingOf(attributes, effective),
    dataFormat: attributes.dataFormat(),
    useBias: attributes.boolean('use_bias', true),
    activation: activationOf(attributes.raw('activation'), context.version)
  };
}

const filters = (attributes: Attributes) => attributes.size('filters', undefined, 1);

export const CONVOLUTIONS: ReadonlyMap<string, Translator> = new Map<string, Translator>([
  ...eachRank('Conv', (rank) => (attributes, context) => ({
    kind: 'conv',
    filters: filters(attributes),
    groups: attributes.size('groups', 1, 1),
    ...convolving(attributes, context, rank)
  })),
  ...eachRank('DepthwiseConv', (rank) => (attributes, context) => ({
    kind: 'depthwiseConv',
    depthMultiplier: attributes.size('depth_multiplier', 1, 1),
    ...convolving(attributes, context, rank)
  })),
  ...eachRank('SeparableConv', (rank) => (attributes, context) => ({
    kind: 'separableConv',
    filters: filters(attributes),
    depthMultiplier: attributes.size('depth_multiplier', 1, 1),
    ...convolving(attributes, context, rank)
  })),
  ...eachRank(
    'Conv',
    (rank) => (attributes, context) => ({
      kind: 'convTranspose',
      filters: filters(attributes),
      groups: 1,
      outputPadding: attributes.has('output_padding') ? attributes.sizes('output_padding', rank, undefined, 0) : null,
      ...convolving(attributes, context, rank)
    }),
    'Transpose'
  ),
  [
    'Dense',
    (attributes, context) => ({
      kind: 'dense',
      units: attributes.size('units', undefined, 1),
      useBias: attributes.boolean('use_bias', true),
      activation: activationOf(attributes.raw('activation'), context.version)
    })
  ]
]);
