/** The arithmetic behind one output number, from the values the runtime holds, in float64. */
import { kernelView } from '../core/kernelView';
import type { KindOf, LayerKind } from '../core/layerKind';
import type { LayerNode, Model } from '../core/model';
import type { PixelProof } from '../protocol/running';
import type { MapView } from './maps';
import { channelSoftmax, convolution } from './proofConvolution';
import { dotProduct, merge } from './proofMerges';
import {
  centreCropped,
  concatenated,
  cropped,
  flattened,
  padded,
  permuted,
  pixelShuffled,
  repeated,
  reshaped
} from './proofMoves';
import { batchNorm, groupNorm, layerNorm, localResponseNorm, unitNorm } from './proofNorms';
import {
  coordinatesOf,
  flatIndex,
  formula,
  none,
  readRole,
  softmaxAt,
  storedAxis,
  storedIndex,
  type Place,
  type Steps
} from './proofPlace';
import { recurrentSteps } from './proofRecurrent';
import { resized, resizedPart } from './proofResize';
import { embedded, normalized, prelu, rescaled } from './proofScaling';
import { adaptivePooling, globalPooling, pooling } from './proofWindows';
import { activateScalar } from './scalarActivation';
import { sourcesOf } from './sources';
import { activationWords } from '../core/words';
import { t } from '../core/texts';

const shownChannels = 16;
const relativeTolerance = 1e-5;

/** @param valueOf a value of the pass, by layer and occurrence. @param position spatial indices, none for a vector. */
export async function provePixel(
  model: Model,
  layer: LayerNode,
  occurrence: number,
  position: readonly number[],
  channel: number,
  valueOf: (layer: string, occurrence: number) => Promise<MapView>,
  signal: AbortSignal
): Promise<Omit<PixelProof, 'receptiveField' | 'receptiveFieldInput'>> {
  const output = await valueOf(layer.id, occurrence);
  const tolerance = relativeTolerance * largestMagnitude(output.values);
  const proof = (steps: Steps) => ({
    layer: layer.id,
    position,
    channel,
    runtimeValue: output.at(channel, ...position),
    tolerance,
    steps
  });
  const spatialRank = output.vector ? 0 : output.shape.length - 1;
  const inside = position.every((at, axis) => at >= 0 && at < (output.shape[axis] ?? 0));
  if (position.length !== spatialRank || !inside || !(channel >= 0 && channel < output.channels)) {
    return proof(none(t('there is no such number in this layer')));
  }
  const { kind } = layer;
  if (kind.kind === 'input' || kind.kind === 'model' || kind.kind === 'opaque') return proof(none(reasonOf(kind)));
  const sources = sourcesOf(model, layer.id, occurrence);
  if (sources === null || sources.length === 0)
    return proof(none(t('this layer reads no value of the pass that can be named')));
  const inputs: MapView[] = [];
  for (const source of sources) {
    try {
      inputs.push(await valueOf(source.layer, source.occurrence));
    } catch {
      signal.throwIfAborted();
      return proof(none(t('the value of {0} is not at hand', source.layer)));
    }
  }
  const [input] = inputs;
  if (input === undefined) return proof(none(t('this layer has no input')));
  const dialect = model.framework === 'pytorch' ? 'pytorch' : 'keras';
  return proof(await stepsOf(layer, kind, { inputs, sources, input, output, position, channel, dialect, signal }));
}

/** The largest finite |value|; 0 where there is none. */
function largestMagnitude(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

type Structural = KindOf<'input'> | KindOf<'model'> | KindOf<'opaque'>;

/** Why there is no arithmetic to write out. */
function reasonOf(kind: Structural): string {
  switch (kind.kind) {
    case 'input':
      return t('an input computes nothing: the number is the one that was given');
    case 'model':
      return t('this is a model of its own: look at the layers inside it for the arithmetic');
    case 'opaque':
      return t('this layer is not understood ({0}), so its arithmetic cannot be written out', kind.reason);
  }
}

async function stepsOf(layer: LayerNode, kind: Exclude<LayerKind, Structural>, place: Place): Promise<Steps> {
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return convolution(layer, kind, place);
    case 'dense':
      return dense(layer, kind, place);
    case 'pool':
      return pooling(kind, place);
    case 'globalPool':
      return globalPooling(kind, place);
    case 'adaptivePool':
      return adaptivePooling(kind, place);
    case 'batchNorm':
      return batchNorm(layer, kind, place);
    case 'layerNorm':
      return layerNorm(layer, kind, place);
    case 'groupNorm':
      return groupNorm(layer, kind, place);
    case 'unitNorm':
      return unitNorm(kind, place);
    case 'localResponseNorm':
      return localResponseNorm(kind, place);
    case 'activation':
      return activation(kind, place);
    case 'prelu':
      return prelu(layer, kind, place);
    case 'merge':
      return merge(kind, place);
    case 'dot':
      return dotProduct(kind, place);
    case 'concat':
      return concatenated(kind, place);
    case 'flatten':
      return flattened(kind, place);
    case 'reshape':
      return reshaped(place);
    case 'permute':
      return permuted(kind, place);
    case 'repeatVector':
      return repeated(place);
    case 'pad':
      return padded(kind, place);
    case 'crop':
      return cropped(kind, place);
    case 'centerCrop': {
      const target = [kind.height, kind.width] as const;
      return centreCropped(target, kind.dataFormat, place) ?? resizedPart(target, kind.dataFormat, place);
    }
    case 'pixelShuffle':
      return pixelShuffled(kind, place);
    case 'upsample':
    case 'resize':
      return resized(kind, place);
    case 'rescale':
      return rescaled(kind, place);
    case 'normalization':
      return normalized(layer, kind, place);
    case 'embedding':
      return embedded(layer, kind, place);
    case 'recurrent':
      return recurrentSteps(layer, kind, place);
    case 'augmentation':
      return kind.size === null ? passedOn(place) : resizedPart(kind.size, 'channelsLast', place);
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianDropout':
    case 'gaussianNoise':
    case 'identity':
      return passedOn(place);
  }
}

function passedOn(place: Place): Steps {
  const x = place.input.values[storedIndex(place)] ?? Number.NaN;
  return formula(t('x (passed on unchanged at inference)'), { x }, x);
}

function activation(kind: KindOf<'activation'>, place: Place): Steps {
  const flat = storedIndex(place);
  const x = place.input.values[flat] ?? Number.NaN;
  const value = activateScalar(kind.activation, x);
  if (value !== null) return formula(`${activationWords(kind.activation)}(x)`, { x }, value);
  if (kind.activation.name !== 'softmax') return none(t('this activation needs more than one number'));
  const { stored } = place.output;
  const axis = storedAxis(kind.activation.axis, place.output);
  const coordinates = coordinatesOf(flat, stored);
  const at = coordinates[axis];
  if (at === undefined) return none(t('this softmax runs along an axis that cannot be shown'));
  const line = Array.from({ length: stored[axis] ?? 0 }, (_, i) => {
    const each = coordinates.map((own, n) => (n === axis ? i : own));
    return place.input.values[flatIndex(each, stored)] ?? Number.NaN;
  });
  const along = axis === place.output.channelAxis ? t('all channels') : t('axis {0}', axis + 1);
  return formula(t('exp(x) / sum of exp over {0}', along), { x }, softmaxAt(line, at));
}

/** Along the last stored axis, whatever the layout of the other layers. */
async function dense(layer: LayerNode, kind: KindOf<'dense'>, place: Place): Promise<Steps> {
  const ref = layer.weights.find((weight) => weight.role === 'kernel');
  if (ref === undefined) return none(t('the layer has no weights'));
  // Looked at in place: the matrix of a large classifier is too big to be turned around for one number.
  const view = kernelView({
    shape: ref.shape,
    layout: ref.layout,
    flipped: ref.flipped,
    data: await ref.read(place.signal)
  });
  const coordinates = coordinatesOf(storedIndex(place), place.output.stored);
  const unit = coordinates.at(-1) ?? 0;
  const row = flatIndex(coordinates.slice(0, -1), place.output.stored) * view.inputs;
  const bias = kind.useBias ? await readRole(layer, 'bias', place.signal) : null;
  const xs = Array.from({ length: view.inputs }, (_, i) => place.input.values[row + i] ?? Number.NaN);
  const product = (output: number) => xs.reduce((sum, x, i) => sum + x * view.at(output, i), 0);
  const sumOfProducts = product(unit);
  const own = bias?.[unit] ?? 0;
  const value =
    activateScalar(kind.activation, sumOfProducts + own) ??
    (place.output.channelAxis === place.output.stored.length - 1
      ? channelSoftmax(kind.activation, place, (output) => product(output) + (bias?.[output] ?? 0))
      : null);
  if (value === null) return none(t('this activation is not written out'));
  const channels = xs.map((x, i) => {
    const weight = view.at(unit, i);
    return { channel: i, patch: Float32Array.of(x), kernel: Float32Array.of(weight), sum: x * weight };
  });
  channels.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  return {
    kind: 'convolution',
    channels: channels.slice(0, shownChannels),
    kernelSize: [1],
    totalChannels: xs.length,
    sumOfProducts,
    bias: own,
    activation: activationWords(kind.activation),
    value
  };
}
