/** One forward function for each layer kind that computes; nested graphs and inputs are the executor's own. */
import type { KindName, KindOf, LayerKind } from '../../core/layerKind';
import { CannotRun } from '../cannotRun';
import type { Tensor } from '../tensorLibrary';
import { activationLayer, prelu } from './activations';
import type { Forward, ForwardContext, LayerWeights } from './context';
import { convolution, depthwiseConvolution, separableConvolution } from './convolution';
import { dense } from './dense';
import { concat, dot, merge } from './merging';
import { alphaDropout, dropout, gaussianDropout, gaussianNoise } from './noise';
import {
  batchNormalization,
  groupNormalization,
  layerNormalization,
  localResponseNormalization,
  unitNormalization
} from './normalizing';
import { adaptivePooling, globalPooling, pooling } from './pooling';
import { recurrent } from './recurrent';
import { resize, upsample } from './resizing';
import { augmentation, embedding, identity, normalization, rescale } from './scaling';
import { centerCrop, cropping, flatten, padding, permute, pixelShuffle, repeatVector, reshape } from './shaping';
import { transposedConvolution } from './transposed';
import { t } from '../../core/texts';

type Structural = 'input' | 'model' | 'opaque';

const FORWARD: { readonly [K in Exclude<KindName, Structural>]: Forward<KindOf<K>> } = {
  conv: convolution,
  depthwiseConv: depthwiseConvolution,
  separableConv: separableConvolution,
  convTranspose: transposedConvolution,
  dense,
  pool: pooling,
  globalPool: globalPooling,
  adaptivePool: adaptivePooling,
  batchNorm: batchNormalization,
  layerNorm: layerNormalization,
  groupNorm: groupNormalization,
  unitNorm: unitNormalization,
  localResponseNorm: localResponseNormalization,
  dropout,
  alphaDropout,
  gaussianDropout,
  gaussianNoise,
  activation: activationLayer,
  prelu,
  flatten,
  reshape,
  permute,
  repeatVector,
  pad: padding,
  crop: cropping,
  centerCrop,
  upsample,
  resize,
  pixelShuffle,
  merge,
  concat,
  dot,
  rescale,
  normalization,
  augmentation,
  identity,
  embedding,
  recurrent
};

/**
 * Computes one call of a layer that is neither an input nor a graph of its own.
 * @throws {CannotRun} with the reason, for people
 */
export function forwardLayer(
  kind: LayerKind,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  context: ForwardContext
): readonly Tensor[] {
  if (kind.kind === 'opaque') throw new CannotRun(kind.reason);
  if (kind.kind === 'input' || kind.kind === 'model')
    throw new CannotRun(t('it is part of the graph, not a computation'));
  // The table's type ties each name to its own function; the compiler cannot follow that through the lookup.
  const forward = FORWARD[kind.kind] as Forward<LayerKind>;
  const result = forward(kind, inputs, weights, context);
  return Array.isArray(result) ? result : [result];
}
