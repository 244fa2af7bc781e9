/** Groups of layer kinds, for colours, glyphs and folding. */
import type { KindName } from './layerKind';

export type LayerFamily =
  'conv' | 'pool' | 'norm' | 'dropout' | 'dense' | 'activation' | 'shape' | 'merge' | 'input' | 'model' | 'opaque';

const FAMILIES: Readonly<Record<KindName, LayerFamily>> = {
  input: 'input',
  conv: 'conv',
  depthwiseConv: 'conv',
  separableConv: 'conv',
  convTranspose: 'conv',
  dense: 'dense',
  embedding: 'dense',
  recurrent: 'dense',
  pool: 'pool',
  globalPool: 'pool',
  adaptivePool: 'pool',
  batchNorm: 'norm',
  layerNorm: 'norm',
  groupNorm: 'norm',
  unitNorm: 'norm',
  localResponseNorm: 'norm',
  normalization: 'norm',
  rescale: 'norm',
  dropout: 'dropout',
  alphaDropout: 'dropout',
  gaussianDropout: 'dropout',
  gaussianNoise: 'dropout',
  augmentation: 'dropout',
  activation: 'activation',
  prelu: 'activation',
  flatten: 'shape',
  reshape: 'shape',
  permute: 'shape',
  repeatVector: 'shape',
  pad: 'shape',
  crop: 'shape',
  centerCrop: 'shape',
  upsample: 'shape',
  resize: 'shape',
  pixelShuffle: 'shape',
  identity: 'shape',
  merge: 'merge',
  concat: 'merge',
  dot: 'merge',
  model: 'model',
  opaque: 'opaque'
};

/** The group a kind belongs to; augmentation counts with dropout: random while training, the identity after. */
export function familyOf(kind: KindName): LayerFamily {
  return FAMILIES[kind];
}
