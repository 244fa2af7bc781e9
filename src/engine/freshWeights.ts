/** Fresh values for a layer without weights, by its initialisers or its framework's defaults, from a seeded stream. */
import type { ExpectedWeight } from '../core/expectedWeights';
import type { Initializer, LayerNode } from '../core/model';
import { elementCount } from '../core/tensor';
import { layerStream, type RandomStream } from './random';
import type { RawWeight } from './weightOrder';

/** Draws all weights of a layer; the same seed gives the same values whatever else the model holds. */
export function freshWeights(layer: LayerNode, expected: readonly ExpectedWeight[], seed: number): RawWeight[] {
  const kernel = expected.find((weight) => weight.role === 'kernel' || weight.role === 'depthwiseKernel');
  return expected.map((weight, i) => {
    const stream = layerStream(seed, `${layer.id}/${i}`, 0);
    const fans = fansOf(weight.role === 'bias' && kernel !== undefined ? kernel : weight);
    const initializer = layer.initializers?.get(weight.role) ?? DEFAULTS.get(weight.role) ?? ZEROS;
    const { role, layout, shape } = weight;
    return { role, layout, shape, flipped: false, data: draw(initializer, shape, fans, stream) };
  });
}

const ZEROS: Initializer = { name: 'zeros', parameters: {} };
const ONES: Initializer = { name: 'ones', parameters: {} };
const GLOROT: Initializer = { name: 'glorotUniform', parameters: {} };

const DEFAULTS: ReadonlyMap<string, Initializer> = new Map([
  ['kernel', GLOROT],
  ['depthwiseKernel', GLOROT],
  ['pointwiseKernel', GLOROT],
  ['recurrentKernel', { name: 'orthogonal', parameters: {} }],
  ['embeddings', { name: 'randomUniform', parameters: { minval: -0.05, maxval: 0.05 } }],
  ['gamma', ONES],
  ['movingVariance', ONES],
  ['variance', ONES]
]);

interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Inputs and outputs of one unit, as Keras counts them: the last two axes times the receptive field. */
function fansOf({ shape }: { readonly shape: readonly number[] }): Fans {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = elementCount(shape.slice(0, -2));
  const [second = 1, last = 1] = shape.slice(-2);
  return { fanIn: second * field, fanOut: last * field };
}

function draw(initializer: Initializer, shape: readonly number[], fans: Fans, stream: RandomStream): Float32Array {
  const values = new Float32Array(elementCount(shape));
  const number = (name: string, fallback: number) => initializer.parameters[name] ?? fallback;
  const uniform = (low: number, high: number) => values.map(() => low + (high - low) * stream.uniform());
  const normal = (mean: number, deviation: number) => values.map(() => mean + deviation * stream.normal());
  const truncated = (mean: number, deviation: number) => values.map(() => mean + deviation * truncatedNormal(stream));
  const { fanIn, fanOut } = fans;
  switch (initializer.name) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'constant':
      return values.fill(number('value', 0));
    case 'randomNormal':
      return normal(number('mean', 0), number('stddev', 0.05));
    case 'randomUniform':
      return uniform(number('minval', -0.05), number('maxval', 0.05));
    case 'truncatedNormal':
      return truncated(number('mean', 0), number('stddev', 0.05));
    case 'orthogonal':
      return orthogonal(shape, number('gain', 1), stream);
    case 'identity':
      return identityMatrix(shape, number('gain', 1));
    case 'torchUniform': {
      const bound = number('bound', 1 / Math.sqrt(Math.max(1, fanIn)));
      return uniform(-bound, bound);
    }
    default: {
      const scaling = SCALINGS.get(initializer.name) ?? scalingByName(initializer.name, number('scale', 1));
      const fan = { in: fanIn, out: fanOut, average: (fanIn + fanOut) / 2 }[scaling.fan];
      const variance = scaling.scale / Math.max(1, fan);
      if (scaling.shape === 'uniform') return uniform(-Math.sqrt(3 * variance), Math.sqrt(3 * variance));
      if (scaling.shape === 'normal') return normal(0, Math.sqrt(variance));
      return truncated(0, Math.sqrt(variance) / TRUNCATED_DEVIATION);
    }
  }
}

interface Scaling {
  readonly scale: number;
  readonly fan: 'in' | 'out' | 'average';
  readonly shape: 'uniform' | 'normal' | 'truncated';
}

const SCALINGS: ReadonlyMap<string, Scaling> = new Map([
  ['glorotUniform', { scale: 1, fan: 'average', shape: 'uniform' }],
  ['glorotNormal', { scale: 1, fan: 'average', shape: 'truncated' }],
  ['heUniform', { scale: 2, fan: 'in', shape: 'uniform' }],
  ['heNormal', { scale: 2, fan: 'in', shape: 'truncated' }],
  ['lecunUniform', { scale: 1, fan: 'in', shape: 'uniform' }],
  ['lecunNormal', { scale: 1, fan: 'in', shape: 'truncated' }]
]);

/** `fanInUniform`, `fanAvgUntruncatedNormal`…; anything unknown is drawn as Keras's default kernel. */
function scalingByName(name: string, scale: number): Scaling {
  const parts = /^fan(In|Out|Avg)(Uniform|Normal|UntruncatedNormal)$/.exec(name);
  if (parts === null) return { scale: 1, fan: 'average', shape: 'uniform' };
  return {
    scale,
    fan: parts[1] === 'In' ? 'in' : parts[1] === 'Out' ? 'out' : 'average',
    shape: parts[2] === 'Uniform' ? 'uniform' : parts[2] === 'Normal' ? 'truncated' : 'normal'
  };
}

/** Standard deviation of a standard normal cut at two deviations. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

function truncatedNormal(stream: RandomStream): number {
  let value = stream.normal();
  while (Math.abs(value) > 2) value = stream.normal();
  return value;
}

/** Orthonormal rows or columns by Gram and Schmidt on normal draws (Saxe et al. 2013). */
function orthogonal(shape: readonly number[], gain: number, stream: RandomStream): Float32Array {
  const columns = shape.at(-1) ?? 1;
  const rows = elementCount(shape.slice(0, -1));
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, () => stream.normal());
    for (const earlier of vectors) {
      const share = inner(vector, earlier);
      for (let k = 0; k < length; k++) vector[k] = (vector[k] ?? 0) - share * (earlier[k] ?? 0);
    }
    const norm = Math.sqrt(inner(vector, vector));
    vectors.push(vector.map((value) => value / norm));
  }
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / columns);
    const column = i % columns;
    values[i] = gain * ((rows >= columns ? vectors[column]?.[row] : vectors[row]?.[column]) ?? 0);
  }
  return values;
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function identityMatrix(shape: readonly number[], gain: number): Float32Array {
  const columns = shape.at(-1) ?? 1;
  return Float32Array.from({ length: elementCount(shape) }, (_, i) =>
    Math.floor(i / columns) === i % columns ? gain : 0
  );
}
