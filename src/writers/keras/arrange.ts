/**
 * A layer's weights in the order and with the axes of Keras 2 and 3 (kernels `[…S, I / groups, O]`, transposed
 * `[…S, O, I]`, depthwise `[…S, I, M]`, dense `[I, O]`), whatever framework they come from.
 */
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import { elementCount, type KernelLayout, type NumericArray, type TensorRef, type WeightRole } from '../../core/tensor';
import { t } from '../../core/texts';
import { CannotWrite } from '../cannotWrite';
import { valuesOf, type WeightValues } from '../weightValues';

/** One weight as Keras keeps it; the values are read when the file is written. */
export interface KerasWeight {
  /** Keras's own word: `moving_mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether Keras lists it among the trainable weights of a trainable layer. */
  readonly learns: boolean;
  /** Direction of a bidirectional layer, `null` elsewhere. */
  readonly direction: 'forward' | 'backward' | null;
  values(weights: WeightValues): Promise<NumericArray>;
}

const NAMES: Readonly<Partial<Record<WeightRole, string>>> = {
  kernel: 'kernel',
  depthwiseKernel: 'depthwise_kernel',
  pointwiseKernel: 'pointwise_kernel',
  recurrentKernel: 'recurrent_kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
  alpha: 'alpha',
  embeddings: 'embeddings',
  mean: 'mean',
  variance: 'variance',
  count: 'count'
};

const FIXED: ReadonlySet<WeightRole> = new Set(['movingMean', 'movingVariance', 'mean', 'variance', 'count']);

/** The roles of a layer in Keras's order; `null` where the kind keeps none. */
export function rolesOf(kind: LayerKind): readonly WeightRole[] {
  const bias = (use: boolean): WeightRole[] => (use ? ['bias'] : []);
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
    case 'dense':
      return ['kernel', ...bias(kind.useBias)];
    case 'depthwiseConv':
      return ['depthwiseKernel', ...bias(kind.useBias)];
    case 'separableConv':
      return ['depthwiseKernel', 'pointwiseKernel', ...bias(kind.useBias)];
    case 'batchNorm':
      return [...affine(kind), 'movingMean', 'movingVariance'];
    case 'layerNorm':
    case 'groupNorm':
      return affine(kind);
    case 'prelu':
      return ['alpha'];
    case 'embedding':
      return ['embeddings'];
    case 'normalization':
      return kind.mean === null ? ['mean', 'variance', 'count'] : [];
    case 'recurrent':
      return ['kernel', 'recurrentKernel', ...bias(kind.useBias)];
    default:
      return [];
  }
}

const affine = (kind: { readonly scale: boolean; readonly center: boolean }): WeightRole[] => [
  ...(kind.scale ? (['gamma'] as const) : []),
  ...(kind.center ? (['beta'] as const) : [])
];

/** @throws {CannotWrite} where the layer lacks a weight that its kind needs */
export function kerasWeights(layer: LayerNode): readonly KerasWeight[] {
  if (layer.kind.kind === 'recurrent') return recurrentWeights(layer, layer.kind);
  return rolesOf(layer.kind).flatMap((role): KerasWeight[] => {
    const index = layer.weights.findIndex((ref) => ref.role === role);
    const ref = layer.weights[index];
    if (ref === undefined) {
      // Not every version stores the counter beside an adapted mean.
      if (role === 'count') return [counter()];
      throw new CannotWrite(layer.name, t('the model holds no {0} for this layer', NAMES[role] ?? role));
    }
    const move = movesOf(layer.kind, ref);
    return [weightOf(role, move.shape, null, async (weights) => move.apply(await valuesOf(layer, index, weights)))];
  });
}

function weightOf(
  role: WeightRole,
  shape: readonly number[],
  direction: KerasWeight['direction'],
  values: KerasWeight['values']
): KerasWeight {
  return { name: NAMES[role] ?? role, shape, learns: !FIXED.has(role), direction, values };
}

const counter = () => weightOf('count', [], null, () => Promise.resolve(Int32Array.of(0)));

interface Moves {
  readonly shape: readonly number[];
  apply(values: NumericArray): NumericArray;
}

const still = (shape: readonly number[]): Moves => ({ shape, apply: (values) => values });

/** How the weight moves to Keras's axes. */
function movesOf(kind: LayerKind, ref: TensorRef): Moves {
  switch (kind.kind) {
    case 'conv':
    case 'separableConv':
    case 'depthwiseConv':
    case 'convTranspose': {
      if (ref.layout === 'none') return still(ref.shape);
      const flips = ref.flipped ? spatialAxes(ref) : [];
      const moved = transposed(ref.shape, ordersOf(ref, kind.kind === 'convTranspose'), flips);
      return ref.role === 'depthwiseKernel' && ref.layout !== 'HWIM' ? perChannel(moved, kind) : moved;
    }
    case 'prelu':
      return still(ref.shape);
    default:
      return ref.layout === 'OI' ? transposed(ref.shape, [1, 0], []) : still(ref.shape);
  }
}

const channelsLead = (layout: KernelLayout) => layout === 'OIHW' || layout === 'IOHW';

function spatialAxes(ref: TensorRef): number[] {
  const start = channelsLead(ref.layout) ? 2 : 0;
  return Array.from({ length: ref.shape.length - 2 }, (_, i) => start + i);
}

/** Axes in the order `[…S, I, O]`, or `[…S, O, I]` for a transposed convolution. */
function ordersOf(ref: TensorRef, transposedKernel: boolean): number[] {
  const space = spatialAxes(ref);
  const rank = space.length;
  const [inputs, outputs] =
    ref.layout === 'OIHW'
      ? [1, 0]
      : ref.layout === 'IOHW'
        ? [0, 1]
        : ref.layout === 'HWOI'
          ? [rank + 1, rank]
          : [rank, rank + 1];
  return transposedKernel ? [...space, outputs, inputs] : [...space, inputs, outputs];
}

/** `[…S, 1, I M]` of a grouped kernel as `[…S, I, M]`, the multiplier varying fastest. */
function perChannel(moves: Moves, kind: LayerKind): Moves {
  const multiplier = 'depthMultiplier' in kind ? kind.depthMultiplier : 1;
  const [inner = 1, outer = 1] = moves.shape.slice(-2);
  if (inner !== 1 || outer === multiplier) return moves;
  return { ...moves, shape: [...moves.shape.slice(0, -2), outer / multiplier, multiplier] };
}

/** As numpy's `transpose`, the axes in `flips` read backwards. */
function transposed(shape: readonly number[], order: readonly number[], flips: readonly number[]): Moves {
  if (flips.length === 0 && order.every((axis, i) => axis === i)) return still(shape);
  const target = order.map((axis) => shape[axis] ?? 1);
  const strides = order.map((axis) => elementCount(shape.slice(axis + 1)) * (flips.includes(axis) ? -1 : 1));
  const start = flips.reduce((sum, axis) => sum + ((shape[axis] ?? 1) - 1) * elementCount(shape.slice(axis + 1)), 0);
  return {
    shape: target,
    apply: (values) => {
      const result = new Float32Array(values.length);
      const position = target.map(() => 0);
      let from = start;
      for (let to = 0; to < result.length; to++) {
        result[to] = values[from] ?? 0;
        for (let axis = target.length - 1; axis >= 0; axis--) {
          const next = (position[axis] ?? 0) + 1;
          if (next < (target[axis] ?? 1)) {
            position[axis] = next;
            from += strides[axis] ?? 0;
            break;
          }
          position[axis] = 0;
          from -= (next - 1) * (strides[axis] ?? 0);
        }
      }
      return result;
    }
  };
}

type Recurrent = Extract<LayerKind, { kind: 'recurrent' }>;

/** Kernels, then biases, of one direction after the other; PyTorch's two biases become Keras's one. */
function recurrentWeights(layer: LayerNode, kind: Recurrent): KerasWeight[] {
  const directions: readonly KerasWeight['direction'][] =
    kind.bidirectional === null ? [null] : ['forward', 'backward'];
  const placed = layer.weights.map((ref, index) => ({ ref, index }));
  const kept = (role: WeightRole) => placed.filter(({ ref }) => ref.role === role);
  const torch = layer.weights.some(({ layout }) => layout === 'OI');
  const gates =
    torch && kind.cell === 'gru'
      ? (values: NumericArray, width: number) => updateFirst(values, width, kind.units)
      : null;
  return directions.flatMap((direction, which) =>
    rolesOf(kind).map((role): KerasWeight => {
      const all = kept(role);
      const each = all.length / directions.length;
      const own = all.slice(which * each, (which + 1) * each);
      const [first] = own;
      if (first === undefined || !Number.isInteger(each)) {
        throw new CannotWrite(layer.name, t('the model holds no {0} for this layer', NAMES[role] ?? role));
      }
      if (role !== 'bias') {
        const move = movesOf(kind, first.ref);
        const width = move.shape.at(-1) ?? 0;
        return weightOf(role, move.shape, direction, async (weights) => {
          const values = move.apply(await valuesOf(layer, first.index, weights));
          return gates === null ? values : gates(values, width);
        });
      }
      const width = first.ref.shape.at(-1) ?? 0;
      const apart = own.length === 2 && kind.cell === 'gru' && kind.resetAfter;
      return weightOf(
        role,
        own.length === 1 ? first.ref.shape : apart ? [2, width] : [width],
        direction,
        async (weights) => {
          const parts: NumericArray[] = [];
          for (const { index } of own) {
            const values = await valuesOf(layer, index, weights);
            parts.push(gates === null ? values : gates(values, width));
          }
          const [one, two] = parts;
          if (one === undefined || two === undefined) return one ?? new Float32Array();
          if (apart) return Float32Array.from([...one, ...two]);
          return Float32Array.from(one, (value, i) => value + (two[i] ?? 0));
        }
      );
    })
  );
}

/** PyTorch's GRU orders the gates `r z n`, Keras `z r h`. */
function updateFirst(values: NumericArray, width: number, units: number): NumericArray {
  const result = Float32Array.from(values);
  for (let row = 0; row + width <= values.length; row += width) {
    result.set(values.subarray(row + units, row + 2 * units), row);
    result.set(values.subarray(row, row + units), row + units);
  }
  return result;
}
