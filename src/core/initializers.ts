/**
 * How fresh weights are drawn: the initialisers of Keras and PyTorch as bounds and deviations, and the draw itself.
 *
 * Fans are Keras's: `fan_in = receptive field * shape[-2]`, `fan_out = receptive field * shape[-1]` of the kernel in Keras's
 * own order, whatever the axes mean there (so a transposed kernel's fan-in counts its outputs; PyTorch does the same).
 */
import type { ExpectedWeight } from './expectedWeights';
import type { LayerKind } from './layerKind';
import type { Framework, Initializer, LayerNode } from './model';
import { inLanguage } from './numbers';
import type { Random } from './random';
import { elementCount, type DenseTensor } from './tensor';
import { t } from './texts';

/** What an initialiser does to one weight. */
export type Distribution =
  | { readonly type: 'constant'; readonly value: number }
  /** In [low, high). */
  | { readonly type: 'uniform'; readonly low: number; readonly high: number }
  | { readonly type: 'normal'; readonly mean: number; readonly stddev: number }
  /** Normal, drawn again outside two of its own deviations `stddev`. */
  | { readonly type: 'truncatedNormal'; readonly mean: number; readonly stddev: number }
  | { readonly type: 'orthogonal'; readonly gain: number }
  | { readonly type: 'identity'; readonly gain: number }
  /** Zeros, with ones for the forget gate, the second quarter (Keras's `unit_forget_bias`). */
  | { readonly type: 'forgetGateOnes' }
  | { readonly type: 'unknown' };

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Fans of a weight shape, as Keras's `compute_fans`. */
export function computeFans(shape: readonly number[]): Fans {
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = elementCount(shape.slice(0, -2));
  return { fanIn: field * (shape.at(-2) ?? 1), fanOut: field * (shape.at(-1) ?? 1) };
}

/** Deviation of a standard normal cut at two deviations: dividing by it restores the deviation asked for. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

type Mode = 'fanIn' | 'fanOut' | 'fanAverage';
type Shape = 'uniform' | 'truncatedNormal' | 'normal';

function scaled(fans: Fans, scale: number, mode: Mode, shape: Shape): Distribution {
  const fan = mode === 'fanIn' ? fans.fanIn : mode === 'fanOut' ? fans.fanOut : (fans.fanIn + fans.fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (shape === 'uniform') {
    const bound = Math.sqrt(3 * variance);
    return { type: 'uniform', low: -bound, high: bound };
  }
  const stddev = Math.sqrt(variance);
  return shape === 'normal'
    ? { type: 'normal', mean: 0, stddev }
    : { type: 'truncatedNormal', mean: 0, stddev: stddev / TRUNCATED_DEVIATION };
}

const MODES: ReadonlyMap<string, Mode> = new Map([
  ['fanIn', 'fanIn'],
  ['fanOut', 'fanOut'],
  ['fanAvg', 'fanAverage']
]);
const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['Uniform', 'uniform'],
  ['Normal', 'truncatedNormal'],
  ['UntruncatedNormal', 'normal']
]);

/** Keras's VarianceScaling where it has no name of its own: `fanInUniform`, `fanAvgNormal`, `fanOutUntruncatedNormal`… */
function varianceScaling(name: string, scale: number, fans: Fans): Distribution {
  const [, fan = '', form = ''] = /^(fan[A-Z][a-z]+)(.+)$/.exec(name) ?? [];
  const mode = MODES.get(fan);
  const shape = SHAPES.get(form);
  return mode === undefined || shape === undefined ? { type: 'unknown' } : scaled(fans, scale, mode, shape);
}

/**
 * The distribution an initialiser draws a weight from; VarianceScaling as `fanInUniform`, `fanAvgNormal`… with a `scale`.
 * `torchUniform` takes its fan from the parameter `fanIn` (a bias has its kernel's), else from the shape.
 */
export function distributionOf(initializer: Initializer, shape: readonly number[]): Distribution {
  const { parameters } = initializer;
  const fans = computeFans(shape);
  const number = (name: string, fallback: number): number =>
    Object.hasOwn(parameters, name) ? (parameters[name] ?? fallback) : fallback;
  switch (initializer.name) {
    case 'zeros':
      return { type: 'constant', value: 0 };
    case 'ones':
      return { type: 'constant', value: 1 };
    case 'constant':
      return { type: 'constant', value: number('value', 0) };
    case 'glorotUniform':
      return scaled(fans, 1, 'fanAverage', 'uniform');
    case 'glorotNormal':
      return scaled(fans, 1, 'fanAverage', 'truncatedNormal');
    case 'heUniform':
      return scaled(fans, 2, 'fanIn', 'uniform');
    case 'heNormal':
      return scaled(fans, 2, 'fanIn', 'truncatedNormal');
    case 'lecunUniform':
      return scaled(fans, 1, 'fanIn', 'uniform');
    case 'lecunNormal':
      return scaled(fans, 1, 'fanIn', 'truncatedNormal');
    case 'torchUniform': {
      const bound = 1 / Math.sqrt(Math.max(1, number('fanIn', fans.fanIn)));
      return { type: 'uniform', low: -bound, high: bound };
    }
    case 'randomUniform':
      return { type: 'uniform', low: number('minval', -0.05), high: number('maxval', 0.05) };
    case 'randomNormal':
      return { type: 'normal', mean: number('mean', 0), stddev: number('stddev', 0.05) };
    case 'truncatedNormal':
      return { type: 'truncatedNormal', mean: number('mean', 0), stddev: number('stddev', 0.05) };
    case 'orthogonal':
      return { type: 'orthogonal', gain: number('gain', 1) };
    case 'identity':
      return { type: 'identity', gain: number('gain', 1) };
    case 'unitForgetBias':
      return { type: 'forgetGateOnes' };
    default:
      return varianceScaling(initializer.name, number('scale', 1), fans);
  }
}

const named = (name: string, parameters: Readonly<Record<string, number>> = {}): Initializer => ({ name, parameters });

/** Input connections of one output, as PyTorch counts them for a layer's kernel and its bias. */
function torchFanIn(kernel: ExpectedWeight): number {
  const { fanIn } = computeFans(kernel.shape);
  // A depthwise kernel is a grouped convolution there: each filter reads one channel.
  return kernel.layout === 'HWIM' ? fanIn / (kernel.shape.at(-2) ?? 1) : fanIn;
}

function torchDefault(kind: LayerKind, weight: ExpectedWeight, all: readonly ExpectedWeight[]): Initializer {
  switch (weight.role) {
    case 'gamma':
    case 'movingVariance':
      return named('ones');
    case 'alpha':
      return named('constant', { value: 0.25 });
    case 'embeddings':
      return named('randomNormal', { mean: 0, stddev: 1 });
    case 'beta':
    case 'movingMean':
      return named('zeros');
    default: {
      if (kind.kind === 'recurrent') return named('torchUniform', { fanIn: kind.units });
      const kernel = weight.role === 'bias' ? all.find((other) => other.layout !== 'none') : weight;
      return named('torchUniform', kernel === undefined ? {} : { fanIn: torchFanIn(kernel) });
    }
  }
}

function kerasDefault(weight: ExpectedWeight): Initializer {
  switch (weight.role) {
    case 'kernel':
    case 'depthwiseKernel':
    case 'pointwiseKernel':
      return named('glorotUniform');
    case 'recurrentKernel':
      return named('orthogonal');
    case 'embeddings':
      return named('randomUniform', { minval: -0.05, maxval: 0.05 });
    case 'gamma':
    case 'movingVariance':
    case 'variance':
      return named('ones');
    case 'bias':
      return named('zeros');
    default:
      return named('zeros');
  }
}

/** Keras's LSTM starts with its forget gates open unless told otherwise. */
function opensForgetGate(layer: LayerNode, weight: ExpectedWeight): boolean {
  const { kind } = layer;
  if (kind.kind !== 'recurrent' || kind.cell !== 'lstm' || weight.role !== 'bias') return false;
  const own = layer.initializers?.get('bias')?.name ?? 'zeros';
  return own === 'zeros' && layer.config.get('unit_forget_bias') !== false;
}

/** The layer's own initialiser for a weight, or its framework's default. */
export function initializerFor(
  layer: LayerNode,
  weight: ExpectedWeight,
  all: readonly ExpectedWeight[],
  framework: Framework
): Initializer {
  if (framework !== 'pytorch' && opensForgetGate(layer, weight)) return named('unitForgetBias');
  const own = layer.initializers?.get(weight.role);
  if (own !== undefined && distributionOf(own, weight.shape).type !== 'unknown') return own;
  return framework === 'pytorch' ? torchDefault(layer.kind, weight, all) : kerasDefault(weight);
}

/** A fresh weight. An unknown distribution draws as Keras's default for kernels, glorot uniform. */
export function drawWeight(shape: readonly number[], distribution: Distribution, random: Random): DenseTensor {
  const data = new Float32Array(elementCount(shape));
  switch (distribution.type) {
    case 'constant':
      data.fill(distribution.value);
      break;
    case 'uniform':
      for (let i = 0; i < data.length; i++) {
        data[i] = distribution.low + (distribution.high - distribution.low) * random.uniform();
      }
      break;
    case 'normal':
      for (let i = 0; i < data.length; i++) data[i] = distribution.mean + distribution.stddev * random.normal();
      break;
    case 'truncatedNormal':
      for (let i = 0; i < data.length; i++)
        data[i] = distribution.mean + distribution.stddev * random.truncatedNormal();
      break;
    case 'orthogonal':
      fillOrthogonal(data, shape.at(-1) ?? 1, distribution.gain, random);
      break;
    case 'identity': {
      const columns = shape.at(-1) ?? 1;
      for (let i = 0; i < columns && i * columns + i < data.length; i++) data[i * columns + i] = distribution.gain;
      break;
    }
    case 'forgetGateOnes': {
      const units = data.length / 4;
      data.fill(1, units, 2 * units);
      break;
    }
    case 'unknown':
      return drawWeight(shape, scaled(computeFans(shape), 1, 'fanAverage', 'uniform'), random);
  }
  return { shape, data };
}

/** Rows (or columns, whichever are fewer) become orthonormal: Gram and Schmidt on random normal vectors. */
function fillOrthogonal(data: Float32Array, columns: number, gain: number, random: Random): void {
  const rows = data.length / columns;
  const [vectors, length] = rows < columns ? [rows, columns] : [columns, rows];
  const basis: Float64Array[] = [];
  while (basis.length < vectors) {
    const vector = Float64Array.from({ length }, () => random.normal());
    for (const other of basis) {
      const along = other.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) - along * (other[i] ?? 0);
    }
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    // A vector that was nearly dependent on the others would be mostly rounding error.
    if (norm > 1e-6) basis.push(vector.map((value) => value / norm));
  }
  for (const [v, vector] of basis.entries()) {
    for (const [i, value] of vector.entries()) data[rows < columns ? v * columns + i : i * columns + v] = gain * value;
  }
}

/** `glorotUniform, bound 0.12`: what a picture of fresh weights says about them. */
export function initializerNote(initializer: Initializer, shape: readonly number[]): string {
  const distribution = distributionOf(initializer, shape);
  const short = (value: number): string => inLanguage(String(Number(value.toPrecision(2))));
  switch (distribution.type) {
    case 'constant':
      return t('{0}, all {1}', initializer.name, short(distribution.value));
    case 'uniform':
      return distribution.low === -distribution.high
        ? t('{0}, bound {1}', initializer.name, short(distribution.high))
        : t('{0}, from {1} to {2}', initializer.name, short(distribution.low), short(distribution.high));
    case 'normal':
    case 'truncatedNormal':
      return t('{0}, deviation {1}', initializer.name, short(distribution.stddev));
    case 'orthogonal':
    case 'identity':
      return t('{0}, gain {1}', initializer.name, short(distribution.gain));
    case 'forgetGateOnes':
      return t('{0}, zeros with ones for the forget gate', initializer.name);
    case 'unknown':
      return t('{0} is not known; drawn as glorotUniform', initializer.name);
  }
}
