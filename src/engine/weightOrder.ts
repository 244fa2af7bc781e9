/**
 * From a file's axis order to the executor's: kernels `[…S, I / groups, O]`, depthwise `[…S, I, M]`, dense `[I, O]`,
 * transposed kernels turned and ordered as those of the convolution they run as, recurrent gates as Keras orders them.
 */
import type { LayerKind } from '../core/layerKind';
import { elementCount, type KernelLayout, type WeightRole } from '../core/tensor';
import { isSpread } from './layers/convolution';

export interface RawWeight {
  readonly role: WeightRole;
  readonly layout: KernelLayout;
  readonly flipped: boolean;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface OrderedWeight {
  readonly role: WeightRole;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The weights of one layer as its forward function expects them, in the same order. */
export function orderWeights(kind: LayerKind, weights: readonly RawWeight[]): OrderedWeight[] {
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return weights.map((weight) => convolutionWeight(kind, weight));
    case 'recurrent':
      return recurrentWeights(kind, weights);
    default:
      return weights.map((weight) => (weight.layout === 'OI' ? reorder(weight, [1, 0], []) : weight));
  }
}

type ConvolutionKind = Extract<LayerKind, { kernelSize: readonly number[] }>;

function convolutionWeight(kind: ConvolutionKind, given: RawWeight): OrderedWeight {
  if (given.layout === 'none') return given;
  const weight = withRank(given, kind.rank);
  const rank = kind.rank;
  const last = [...spatial(0, rank), rank, rank + 1];
  const first = [...spatial(2, rank), 0, 1];
  // A transposed convolution runs as a convolution with the kernel turned; a kernel stored turned is turned back.
  const turn = (kind.kind === 'convTranspose') !== weight.flipped;
  const flips = turn ? (isFirst(weight.layout) ? spatial(2, rank) : spatial(0, rank)) : [];
  const swap = (order: number[]) => [...order.slice(0, rank), order[rank + 1] ?? 0, order[rank] ?? 0];
  const ordered = reorder(weight, orderFor(weight.layout, first, last, swap), flips);
  const isDepthwise =
    kind.kind === 'depthwiseConv' || (kind.kind === 'separableConv' && weight.role === 'depthwiseKernel');
  const shaped =
    kind.kind === 'convTranspose'
      ? groupsToOutputs(ordered, kind.groups)
      : isDepthwise && weight.layout !== 'HWIM'
        ? perInputChannel(kind, ordered)
        : ordered;
  return isSpread(kind) && kind.kind !== 'convTranspose' && weight.role !== 'pointwiseKernel'
    ? spread(shaped, kind.dilation)
    : shaped;
}

/** Axis order that brings a layout to `[…S, I, O]`; `swap` exchanges the two channel axes. */
function orderFor(
  layout: KernelLayout,
  first: number[],
  last: number[],
  swap: (order: number[]) => number[]
): number[] {
  switch (layout) {
    case 'OIHW':
      return swap(first);
    case 'IOHW':
      return first;
    case 'HWOI':
      return swap(last);
    default:
      return last;
  }
}

function isFirst(layout: KernelLayout): boolean {
  return layout === 'OIHW' || layout === 'IOHW';
}

function spatial(start: number, rank: number): number[] {
  return Array.from({ length: rank }, (_, i) => start + i);
}

/** Keras 1 keeps one-dimensional kernels with an extra spatial axis of one. */
function withRank(weight: RawWeight, rank: number): RawWeight {
  const surplus = weight.shape.length - (rank + 2);
  if (surplus <= 0) return weight;
  const start = isFirst(weight.layout) ? 2 : 0;
  const shape = [...weight.shape];
  for (let i = 0; i < surplus; i++) {
    const at = shape.findIndex((size, axis) => axis >= start && axis < start + rank + surplus - i && size === 1);
    if (at >= 0) shape.splice(at, 1);
  }
  return { ...weight, shape };
}

/** `[…S, 1, I M]` (a grouped kernel) to `[…S, I, M]`, the multiplier varying fastest; others stay. */
function perInputChannel(kind: ConvolutionKind, weight: OrderedWeight): OrderedWeight {
  const multiplier = 'depthMultiplier' in kind ? kind.depthMultiplier : 1;
  const space = weight.shape.slice(0, -2);
  const [inner = 1, outer = 1] = weight.shape.slice(-2);
  if (inner !== 1 || outer === multiplier) return weight;
  return { ...weight, shape: [...space, outer / multiplier, multiplier] };
}

/** `[…S, I, O / groups]` of a transposed kernel to `[…S, I / groups, O]`, as a grouped convolution keeps it. */
function groupsToOutputs(weight: OrderedWeight, groups: number): OrderedWeight {
  if (groups === 1) return weight;
  const space = weight.shape.slice(0, -2);
  const [inputs = 1, outputs = 1] = weight.shape.slice(-2);
  const split = { ...weight, layout: 'none', flipped: false } as const;
  const perGroup = inputs / groups;
  const moved = reorder({ ...split, shape: [elementCount(space), groups, perGroup, outputs] }, [0, 2, 1, 3], []);
  return { ...moved, shape: [...space, perGroup, groups * outputs] };
}

/** Puts zeros between the elements of a dilated kernel. */
function spread(weight: OrderedWeight, dilation: readonly number[]): OrderedWeight {
  const rank = dilation.length;
  const shape = weight.shape.map((size, axis) => (axis < rank ? (size - 1) * (dilation[axis] ?? 1) + 1 : size));
  const data = new Float32Array(elementCount(shape));
  const inner = elementCount(weight.shape.slice(rank));
  const space = weight.shape.slice(0, rank);
  const strides = shape.slice(0, rank).map((_, axis) => elementCount(shape.slice(axis + 1)));
  const position = space.map(() => 0);
  for (let from = 0; from < weight.data.length; from += inner) {
    const to = position.reduce((sum, at, axis) => sum + at * (dilation[axis] ?? 1) * (strides[axis] ?? 0), 0);
    data.set(weight.data.subarray(from, from + inner), to);
    advance(position, space);
  }
  return { role: weight.role, shape, data };
}

/** PyTorch's recurrent kernels are `[gates, features]`, and its GRU orders the gates `r z n`, Keras `z r h`. */
function recurrentWeights(kind: Extract<LayerKind, { kind: 'recurrent' }>, weights: readonly RawWeight[]) {
  const torch = weights.some((weight) => weight.layout === 'OI');
  return weights.map((weight): OrderedWeight => {
    const ordered = weight.layout === 'OI' ? reorder(weight, [1, 0], []) : weight;
    return torch && kind.cell === 'gru' ? exchangeFirstGates(ordered, kind.units) : ordered;
  });
}

/** Exchanges columns `[0, units)` and `[units, 2 units)` of the last axis. */
function exchangeFirstGates(weight: OrderedWeight, units: number): OrderedWeight {
  const width = weight.shape.at(-1) ?? 0;
  const data = Float32Array.from(weight.data);
  for (let row = 0; row + width <= data.length; row += width) {
    data.set(weight.data.subarray(row + units, row + 2 * units), row);
    data.set(weight.data.subarray(row, row + units), row + units);
  }
  return { ...weight, data };
}

/** Transposes to `order` (as numpy does), reading the axes in `flips` backwards. */
function reorder(weight: RawWeight, order: readonly number[], flips: readonly number[]): OrderedWeight {
  if (flips.length === 0 && order.every((axis, i) => axis === i)) return weight;
  const { shape, data, role } = weight;
  const target = order.map((axis) => shape[axis] ?? 1);
  const strides = order.map((axis) => {
    const stride = elementCount(shape.slice(axis + 1));
    return flips.includes(axis) ? -stride : stride;
  });
  const start = flips.reduce((sum, axis) => sum + ((shape[axis] ?? 1) - 1) * elementCount(shape.slice(axis + 1)), 0);
  const result = new Float32Array(data.length);
  const position = target.map(() => 0);
  let from = start;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from] ?? 0;
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
  return { role, shape: target, data: result };
}

/** The next position in row-major order. */
function advance(position: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (position[axis] ?? 0) + 1;
    position[axis] = next < (shape[axis] ?? 1) ? next : 0;
    if (position[axis] !== 0) return;
  }
}
