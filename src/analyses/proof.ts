/** The arithmetic behind one output number, from the values the runtime holds, in float64. */
import { kernelView } from '../core/kernelView';
import type { KindOf } from '../core/layerKind';
import type { LayerNode, Model } from '../core/model';
import type { WeightRole } from '../core/tensor';
import type { PixelProof } from '../protocol/requests';
import type { MapView } from './maps';
import { channelSoftmax, convolution } from './proofConvolution';
import { concatenated, flattened, permuted, reshaped } from './proofMoves';
import {
  coordinatesOf,
  flatIndex,
  formula,
  none,
  softmaxAt,
  storedAxis,
  storedIndex,
  type Place,
  type Steps
} from './proofPlace';
import { adaptivePooling, globalPooling, pooling } from './proofWindows';
import { activateScalar } from './scalarActivation';
import { sourcesOf } from './sources';
import { activationWords } from '../core/words';

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
): Promise<Omit<PixelProof, 'receptiveField'>> {
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
    return proof(none('there is no such number in this layer'));
  }
  const sources = sourcesOf(model, layer.id, occurrence);
  if (sources === null || sources.length === 0)
    return proof(none('this layer reads no value of the pass that can be named'));
  const inputs: MapView[] = [];
  for (const source of sources) {
    try {
      inputs.push(await valueOf(source.layer, source.occurrence));
    } catch {
      signal.throwIfAborted();
      return proof(none(`the value of ${source.layer} is not at hand`));
    }
  }
  const [input] = inputs;
  if (input === undefined) return proof(none('this layer has no input'));
  return proof(await stepsOf(layer, { inputs, sources, input, output, position, channel, signal }));
}

/** The largest finite |value|; 0 where there is none. */
function largestMagnitude(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

async function stepsOf(layer: LayerNode, place: Place): Promise<Steps> {
  const { kind } = layer;
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
    case 'activation':
      return activation(kind, place);
    case 'merge':
      return merge(kind, place);
    case 'concat':
      return concatenated(kind, place);
    case 'flatten':
      return flattened(kind, place);
    case 'reshape':
      return reshaped(place);
    case 'permute':
      return permuted(kind, place);
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianDropout':
    case 'gaussianNoise':
    case 'identity': {
      const x = place.input.values[storedIndex(place)] ?? Number.NaN;
      return formula('x (passed on unchanged at inference)', { x }, x);
    }
    default:
      return none(`the arithmetic of a layer of kind ${kind.kind} is not written out`);
  }
}

function activation(kind: KindOf<'activation'>, place: Place): Steps {
  const flat = storedIndex(place);
  const x = place.input.values[flat] ?? Number.NaN;
  const value = activateScalar(kind.activation, x);
  if (value !== null) return formula(`${activationWords(kind.activation)}(x)`, { x }, value);
  if (kind.activation.name !== 'softmax') return none('this activation needs more than one number');
  const { stored } = place.output;
  const axis = storedAxis(kind.activation.axis, place.output);
  const coordinates = coordinatesOf(flat, stored);
  const at = coordinates[axis];
  if (at === undefined) return none('this softmax runs along an axis that cannot be shown');
  const line = Array.from({ length: stored[axis] ?? 0 }, (_, i) => {
    const each = coordinates.map((own, n) => (n === axis ? i : own));
    return place.input.values[flatIndex(each, stored)] ?? Number.NaN;
  });
  const along = axis === place.output.channelAxis ? 'all channels' : `axis ${String(axis + 1)}`;
  return formula(`exp(x) / sum of exp over ${along}`, { x }, softmaxAt(line, at));
}

/** Along the last stored axis, whatever the layout of the other layers. */
async function dense(layer: LayerNode, kind: KindOf<'dense'>, place: Place): Promise<Steps> {
  const ref = layer.weights.find((weight) => weight.role === 'kernel');
  if (ref === undefined) return none('the layer has no weights');
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
  if (value === null) return none('this activation is not written out');
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

/** Inference: the moving statistics, one set for each index of the layer's own axis. */
async function batchNorm(layer: LayerNode, kind: KindOf<'batchNorm'>, place: Place): Promise<Steps> {
  if (!kind.tracksStatistics) return none('this layer measures its statistics in each pass');
  const flat = storedIndex(place);
  const entry = coordinatesOf(flat, place.output.stored)[storedAxis(kind.axis, place.output)];
  if (entry === undefined) return none('the axis of this layer cannot be shown');
  const read = async (role: WeightRole, fallback: number) =>
    (await readRole(layer, role, place.signal))?.[entry] ?? fallback;
  const x = place.input.values[flat] ?? Number.NaN;
  const [mean, variance] = [await read('movingMean', 0), await read('movingVariance', 1)];
  const [gamma, beta] = [await read('gamma', 1), await read('beta', 0)];
  return formula(
    'gamma * (x - mean) / sqrt(variance + epsilon) + beta',
    { x, mean, variance, epsilon: kind.epsilon, gamma, beta },
    (gamma * (x - mean)) / Math.sqrt(variance + kind.epsilon) + beta
  );
}

async function readRole(layer: LayerNode, role: WeightRole, signal: AbortSignal) {
  return (await layer.weights.find((weight) => weight.role === role)?.read(signal)) ?? null;
}

const mergeWords = {
  add: 'sum',
  subtract: 'a - b',
  multiply: 'product',
  average: 'mean',
  maximum: 'maximum',
  minimum: 'minimum'
} as const;

/** Inputs of length 1 along an axis are stretched along it, as NumPy does. */
function merge(kind: KindOf<'merge'>, place: Place): Steps {
  const { stored } = place.output;
  if (place.inputs.some((view) => view.stored.length !== stored.length))
    return none('inputs of different ranks are stretched here; that is not written out');
  const target = coordinatesOf(storedIndex(place), stored);
  const values = place.inputs.map((view) => {
    const source = target.map((at, axis) => (view.stored[axis] === 1 ? 0 : at));
    return view.values[flatIndex(source, view.stored)] ?? Number.NaN;
  });
  const sum = values.reduce((a, b) => a + b, 0);
  const results = {
    add: sum,
    subtract: (values[0] ?? 0) - (values[1] ?? 0),
    multiply: values.reduce((a, b) => a * b, 1),
    average: sum / values.length,
    maximum: Math.max(...values),
    minimum: Math.min(...values)
  };
  const terms = Object.fromEntries(values.map((value, i) => [`input ${String(i + 1)}`, value]));
  return formula(mergeWords[kind.operation], terms, results[kind.operation]);
}
