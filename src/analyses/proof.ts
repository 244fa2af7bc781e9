/** The arithmetic behind one output number, from the values the runtime holds, in float64. */
import { kernelView, toChannelsLast } from '../core/kernelView';
import type { KindOf } from '../core/layerKind';
import type { LayerNode, Model } from '../core/model';
import type { WeightRole } from '../core/tensor';
import type { PixelProof } from '../protocol/requests';
import type { MapView } from './maps';
import { loadKernel } from './kernels';
import { activateScalar } from './scalarActivation';
import { sourcesOf } from './sources';
import { windowStart } from './windowStart';
import { activationWords } from '../core/words';

type Steps = PixelProof['steps'];
type Formula = Extract<Steps, { kind: 'formula' }>;
const shownChannels = 16;
const relativeTolerance = 1e-5;
const none = (reason: string): Steps => ({ kind: 'none', reason });

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
  return proof(await stepsOf(layer, { inputs, input, output, position, channel, signal }));
}

/** The largest finite |value|; 0 where there is none. */
function largestMagnitude(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
}

interface Place {
  readonly inputs: readonly MapView[];
  readonly input: MapView;
  readonly output: MapView;
  readonly position: readonly number[];
  readonly channel: number;
  readonly signal: AbortSignal;
}

async function stepsOf(layer: LayerNode, place: Place): Promise<Steps> {
  const { kind } = layer;
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
      return convolution(layer, kind, place);
    case 'dense':
      return dense(layer, kind, place);
    case 'pool':
      return pooling(kind, place);
    case 'batchNorm':
      return batchNorm(layer, kind, place);
    case 'activation': {
      const x = place.input.at(place.channel, ...place.position);
      const value = activateScalar(kind.activation, x);
      if (value !== null)
        return {
          kind: 'formula',
          text: `${activationWords(kind.activation)}(x)`,
          terms: [{ name: 'x', value: x }],
          value
        };
      return kind.activation.name === 'softmax'
        ? softmax(place, (c) => place.input.at(c, ...place.position))
        : none('this activation needs more than one number');
    }
    case 'merge':
      return merge(kind, place);
    case 'dropout':
    case 'identity': {
      const x = place.input.at(place.channel, ...place.position);
      return {
        kind: 'formula',
        text: 'x (passed on unchanged at inference)',
        terms: [{ name: 'x', value: x }],
        value: x
      };
    }
    default:
      return none(`the arithmetic of a layer of kind ${kind.kind} is not written out`);
  }
}

type Convolution = KindOf<'conv'> | KindOf<'depthwiseConv'>;

/** `sum over channels and window of input * kernel + bias`, then the activation. */
async function convolution(layer: LayerNode, kind: Convolution, place: Place): Promise<Steps> {
  if (kind.padding.type === 'explicit' && kind.padding.mode !== 'zeros')
    return none('padding other than zeros is not written out');
  const kernel = await loadKernel(layer, undefined, place.signal);
  if (kernel === null) return none('the layer has no weights');
  const { input, position } = place;
  const sizes = input.shape.slice(0, -1);
  const starts = position.map((at, axis) => windowStart(kind, axis, at, sizes[axis] ?? 1));
  const positions = windowPositions(kind.kernelSize);
  const contributions = (output: number) => {
    const depthwise = kind.kind === 'depthwiseConv';
    const perGroup = depthwise ? 1 : kernel.view.inputs;
    const firstInput = depthwise
      ? Math.floor(output / kind.depthMultiplier)
      : Math.floor(output / (kernel.view.outputs / kind.groups)) * perGroup;
    return Array.from({ length: perGroup }, (_, i) => {
      const weights = kernel.view.plane(output, i);
      const patch = Float32Array.from(positions, (offset) => {
        const at = starts.map((start, axis) => start + (offset[axis] ?? 0) * (kind.dilation[axis] ?? 1));
        const outside = at.some((index, axis) => index < 0 || index >= (sizes[axis] ?? 0));
        return outside ? 0 : input.at(firstInput + i, ...at);
      });
      const sum = patch.reduce((total, value, n) => total + value * (weights[n] ?? 0), 0);
      return { channel: firstInput + i, patch, kernel: weights, sum };
    });
  };
  const linear = (output: number) =>
    contributions(output).reduce((total, part) => total + part.sum, 0) + (kernel.bias?.[output] ?? 0);
  const parts = contributions(place.channel);
  const sumOfProducts = parts.reduce((total, part) => total + part.sum, 0);
  const bias = kernel.bias?.[place.channel] ?? 0;
  const value = activateScalar(kind.activation, sumOfProducts + bias) ?? softmaxOf(kind.activation.name, place, linear);
  if (value === null) return none('this activation is not written out');
  return {
    kind: 'convolution',
    channels: [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, shownChannels),
    kernelSize: kind.kernelSize,
    totalChannels: parts.length,
    sumOfProducts,
    bias,
    activation: activationWords(kind.activation),
    value
  };
}

/** All indices of a window, row-major. */
function windowPositions(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (all, length) => all.flatMap((start) => Array.from({ length }, (_, i) => [...start, i])),
    [[]]
  );
}

/** Softmax of the channel over all channels; `null` for other activations. */
function softmaxOf(name: string, place: Place, linear: (channel: number) => number): number | null {
  if (name !== 'softmax') return null;
  const all = Array.from({ length: place.output.channels }, (_, c) => linear(c));
  const most = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = all.reduce((sum, x) => sum + Math.exp(x - most), 0);
  return Math.exp((all[place.channel] ?? 0) - most) / total;
}

function softmax(place: Place, linear: (channel: number) => number): Steps {
  const value = softmaxOf('softmax', place, linear) ?? Number.NaN;
  const x = linear(place.channel);
  return { kind: 'formula', text: 'exp(x) / sum of exp over all channels', terms: [{ name: 'x', value: x }], value };
}

async function dense(layer: LayerNode, kind: KindOf<'dense'>, place: Place): Promise<Steps> {
  const ref = layer.weights.find((weight) => weight.role === 'kernel');
  if (ref === undefined) return none('the layer has no weights');
  const data = await ref.read(place.signal);
  const stored = { shape: ref.shape, layout: ref.layout, flipped: ref.flipped, data };
  const view = kernelView(stored);
  const bias = await readRole(layer, 'bias', place.signal);
  const xs = Array.from({ length: view.inputs }, (_, i) => place.input.at(i, ...place.position));
  const matrix = toChannelsLast(stored).data;
  const product = (output: number) => xs.reduce((sum, x, i) => sum + x * (matrix[i * view.outputs + output] ?? 0), 0);
  const linear = (output: number) => product(output) + (bias?.[output] ?? 0);
  const sumOfProducts = product(place.channel);
  const own = bias?.[place.channel] ?? 0;
  const value = activateScalar(kind.activation, sumOfProducts + own) ?? softmaxOf(kind.activation.name, place, linear);
  if (value === null) return none('this activation is not written out');
  const channels = xs.map((x, i) => {
    const weight = view.at(place.channel, i);
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

/** Padding never wins a maximum; it counts in an average only where the layer says so. */
function pooling(kind: KindOf<'pool'>, place: Place): Steps {
  const sizes = place.input.shape.slice(0, -1);
  const window = { kernelSize: kind.poolSize, strides: kind.strides, dilation: kind.dilation, padding: kind.padding };
  const starts = place.position.map((at, axis) => windowStart(window, axis, at, sizes[axis] ?? 1));
  const values = windowPositions(kind.poolSize).map((offset) => {
    const at = starts.map((start, axis) => start + (offset[axis] ?? 0) * (kind.dilation[axis] ?? 1));
    const outside = at.some((index, axis) => index < 0 || index >= (sizes[axis] ?? 0));
    return outside ? Number.NaN : place.input.at(place.channel, ...at);
  });
  const inside = values.filter((value) => !Number.isNaN(value));
  const shown = {
    kind: 'window',
    operation: kind.operation,
    window: Float32Array.from(values),
    size: kind.poolSize
  } as const;
  if (kind.operation === 'max') {
    const value = Math.max(...inside);
    return { ...shown, winner: values.indexOf(value), value };
  }
  if (kind.countIncludePad && kind.ceilMode && inside.length < values.length)
    return none('this average over a cut window is not written out');
  const divisor = kind.countIncludePad ? values.length : inside.length;
  return { ...shown, winner: null, value: inside.reduce((sum, value) => sum + value, 0) / divisor };
}

/** Inference: the moving statistics. */
async function batchNorm(layer: LayerNode, kind: KindOf<'batchNorm'>, place: Place): Promise<Steps> {
  const read = async (role: WeightRole, fallback: number) =>
    (await readRole(layer, role, place.signal))?.[place.channel] ?? fallback;
  const x = place.input.at(place.channel, ...place.position);
  const [mean, variance] = [await read('movingMean', 0), await read('movingVariance', 1)];
  const [gamma, beta] = [await read('gamma', 1), await read('beta', 0)];
  const formula: Formula = {
    kind: 'formula',
    text: 'gamma * (x - mean) / sqrt(variance + epsilon) + beta',
    terms: Object.entries({ x, mean, variance, epsilon: kind.epsilon, gamma, beta }).map(([name, value]) => ({
      name,
      value
    })),
    value: (gamma * (x - mean)) / Math.sqrt(variance + kind.epsilon) + beta
  };
  return formula;
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

function merge(kind: KindOf<'merge'>, place: Place): Steps {
  const same = place.inputs.every((view) => view.values.length === place.output.values.length);
  if (!same) return none('inputs of different shapes are stretched here; that is not written out');
  const values = place.inputs.map((view) => view.at(place.channel, ...place.position));
  const sum = values.reduce((a, b) => a + b, 0);
  const results = {
    add: sum,
    subtract: (values[0] ?? 0) - (values[1] ?? 0),
    multiply: values.reduce((a, b) => a * b, 1),
    average: sum / values.length,
    maximum: Math.max(...values),
    minimum: Math.min(...values)
  };
  const terms = values.map((value, i) => ({ name: `input ${String(i + 1)}`, value }));
  return { kind: 'formula', text: mergeWords[kind.operation], terms, value: results[kind.operation] };
}
