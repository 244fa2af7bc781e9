/** The output shapes of one call of one layer: every kind's rule in one place, nested models excepted. */
import type { Activation } from '../activation';
import { fixedInputFeatures } from '../inputFeatures';
import type { KindOf, LayerKind } from '../layerKind';
import type { LayerNode } from '../model';
import { channelAxis, type Shape } from '../shape';
import { concatShape, dotShape, mergeShape } from './combining';
import {
  activationShape,
  denseShape,
  embeddingShape,
  groupNormShape,
  layerNormShape,
  normShape,
  recurrentShape
} from './learning';
import { mismatch, shapes, unknown, type ShapeOutcome } from './outcome';
import {
  cropShape,
  fixedSizeShape,
  flattenShape,
  padShape,
  permuteShape,
  pixelShuffleShape,
  repeatVectorShape,
  reshapeShape,
  upsampleShape
} from './rearranging';
import { adaptivePoolShape, convolutionShape, globalPoolShape, poolShape } from './windowed';
import { t } from '../texts';

/** A layer's own activation acts on what its rule gave. */
function activated(outcome: ShapeOutcome, activation: Activation): ShapeOutcome {
  const [first] = outcome.type === 'shapes' ? outcome.shapes : [];
  return first === undefined ? outcome : activationShape(activation, first);
}

function unary(layer: LayerNode, kind: LayerKind, shape: Shape): ShapeOutcome {
  const features = fixedInputFeatures(layer);
  const expected = features?.[0] ?? null;
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return activated(convolutionShape(kind, shape, expected), kind.activation);
    case 'dense':
      return activated(denseShape(kind, shape, expected), kind.activation);
    case 'pool':
      return poolShape(kind, shape);
    case 'globalPool':
      return globalPoolShape(kind, shape);
    case 'adaptivePool':
      return adaptivePoolShape(kind, shape);
    case 'batchNorm':
      return normShape(kind.axis, shape, expected);
    case 'groupNorm':
      return groupNormShape(kind, shape, expected);
    case 'layerNorm':
      return layerNormShape(kind.axes, shape, features);
    case 'localResponseNorm':
      return normShape(channelAxis(shape.length, kind.dataFormat), shape, null);
    case 'activation':
      return activationShape(kind.activation, shape);
    case 'flatten':
      return flattenShape(kind, shape);
    case 'reshape':
      return reshapeShape(kind, shape);
    case 'permute':
      return permuteShape(kind, shape);
    case 'repeatVector':
      return repeatVectorShape(kind, shape);
    case 'pad':
      return padShape(kind, shape);
    case 'crop':
      return cropShape(kind, shape);
    case 'centerCrop':
    case 'resize':
      return fixedSizeShape(kind, shape);
    case 'upsample':
      return upsampleShape(kind, shape);
    case 'pixelShuffle':
      return pixelShuffleShape(kind, shape);
    case 'augmentation':
      return augmentedShape(kind.size, shape);
    case 'embedding':
      return embeddingShape(kind, shape);
    case 'recurrent':
      return recurrentShape(kind, shape, expected);
    case 'opaque':
      return unknown(kind.reason);
    default:
      return shapes(shape);
  }
}

/** What is known for these very inputs, and nothing for others. */
function opaqueShape(kind: KindOf<'opaque'>, inputs: readonly (Shape | null)[]): ShapeOutcome {
  const { known } = kind;
  const same = known !== undefined && JSON.stringify(known.inputs) === JSON.stringify(inputs);
  return same ? shapes(...known.outputs) : unknown(kind.reason);
}

/** Random image changes keep the size, except a crop; images stand channels last here, as in Keras. */
function augmentedShape(size: readonly [number, number] | null, shape: Shape): ShapeOutcome {
  if (size === null) return shapes(shape);
  if (shape.length !== 4) return mismatch('shape-rank', t('A random crop needs a batch of images'));
  return shapes([shape[0] ?? null, ...size, shape[3] ?? null]);
}

/**
 * The output shapes of one call.
 * @param inputs one for each value the call reads; `null` where it is not known.
 */
export function layerShape(layer: LayerNode, inputs: readonly (Shape | null)[]): ShapeOutcome {
  const { kind } = layer;
  if (kind.kind === 'input') return shapes(kind.shape);
  if (kind.kind === 'opaque') return opaqueShape(kind, inputs);
  const known = inputs.filter((shape) => shape !== null);
  if (known.length < inputs.length) return unknown(t('the shape of its input is not known'));
  switch (kind.kind) {
    case 'merge':
      return mergeShape(kind, known);
    case 'concat':
      return concatShape(kind, known);
    case 'dot':
      return dotShape(kind, known);
    default: {
      const [first] = known;
      return first === undefined ? mismatch('shape-inputs', t('The layer has no input')) : unary(layer, kind, first);
    }
  }
}
