/**
 * Multiply-adds of one call, for a batch of one. One multiply-add counts as one; biases, activations, pooling,
 * normalisation, merges, resizing and moving values count none (docs/counting.md).
 */
import type { GraphShapes } from './inferShapes';
import type { KindOf } from './layerKind';
import type { LayerNode } from './model';
import { channelAxis, productOf, spatialAxes, type Dim, type Shape } from './shape';
import { elementCount } from './tensor';
import { resolveAxis } from './shapes/outcome';

/** What a call reads and gives; `null` or missing where shapes are not known. */
export interface CallValues {
  readonly inputs: readonly (Shape | null)[];
  readonly outputs: readonly Shape[];
}

const times = (...factors: readonly Dim[]): Dim => productOf(factors);

function spatialProduct(shape: Shape, format: 'channelsFirst' | 'channelsLast'): Dim {
  return productOf(spatialAxes(shape.length, format).map((axis) => shape[axis] ?? null));
}

/**
 * Convolution: one multiply-add for each kernel element at each output position; transposed: at each input position,
 * since every input pixel is spread by the whole kernel.
 */
function convolutionMacs(
  kind: KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>,
  input: Shape,
  output: Shape
): Dim {
  const taps = elementCount(kind.kernelSize);
  const channels = input[channelAxis(input.length, kind.dataFormat)] ?? null;
  const positions = spatialProduct(kind.kind === 'convTranspose' ? input : output, kind.dataFormat);
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
      return times(positions, taps, channels, kind.filters / kind.groups);
    case 'depthwiseConv':
      return times(positions, taps, channels, kind.depthMultiplier);
    case 'separableConv':
      return times(positions, channels, kind.depthMultiplier, taps + kind.filters);
  }
}

/** Input and state products of every gate at every step; `[N, T, F]`. */
function recurrentMacs(kind: KindOf<'recurrent'>, input: Shape): Dim {
  const gates = { simple: 1, lstm: 4, gru: 3 }[kind.cell];
  const directions = kind.bidirectional === null ? 1 : 2;
  const features = input[2] ?? null;
  return times(input[1] ?? null, gates * kind.units * directions, features === null ? null : features + kind.units);
}

function dotMacs(kind: KindOf<'dot'>, input: Shape, output: Shape): Dim {
  const axis = resolveAxis(kind.axes[0], input.length);
  return axis === null ? null : times(productOf(output.slice(1)), input[axis] ?? null);
}

/** `null` where kind or shapes do not tell. A nested model is counted by `graphMacs`. */
export function callMacs(layer: LayerNode, values: CallValues): number | null {
  const { kind } = layer;
  const [input] = values.inputs;
  const [output] = values.outputs;
  switch (kind.kind) {
    case 'opaque':
    case 'model':
      return null;
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return input && output ? convolutionMacs(kind, input, output) : null;
    case 'dense':
      return input && output ? times(productOf(input.slice(1)), kind.units) : null;
    case 'recurrent':
      return input && output ? recurrentMacs(kind, input) : null;
    case 'dot':
      return input && output ? dotMacs(kind, input, output) : null;
    default:
      return 0;
  }
}

/** Sum over all calls of a graph, graphs inside it included; `null` as soon as one call is not known. */
export function graphMacs(shapes: GraphShapes, memo: Map<GraphShapes, number | null> = new Map()): number | null {
  return foldGraph(shapes, memo, callMacs);
}

/**
 * Bytes of every value the layers of a graph compute, batch of one, float32; inputs are values of the outside.
 * A value counts even where a runtime could reuse its input's memory.
 */
export function graphActivationBytes(
  shapes: GraphShapes,
  memo: Map<GraphShapes, number | null> = new Map()
): number | null {
  return foldGraph(shapes, memo, (layer, values) => (layer.kind.kind === 'input' ? 0 : outputBytes(values)));
}

/** Bytes of what one call gives, batch of one, float32. */
export function outputBytes(values: CallValues): number | null {
  if (values.outputs.length === 0) return null;
  return values.outputs.reduce<number | null>((sum, shape) => {
    const elements = productOf(shape.slice(1));
    return sum === null || elements === null ? null : sum + 4 * elements;
  }, 0);
}

/** Adds up a count over a graph's calls; a time-distributed graph counts once for each time step. */
function foldGraph(
  shapes: GraphShapes,
  memo: Map<GraphShapes, number | null>,
  count: (layer: LayerNode, values: CallValues) => number | null
): number | null {
  const before = memo.get(shapes);
  if (before !== undefined) return before;
  let sum: number | null = 0;
  for (const [i, values] of shapes.calls.entries()) {
    const layer = shapes.graph.layers.get(shapes.graph.calls[i]?.layer ?? '');
    const one: number | null =
      layer === undefined
        ? null
        : layer.kind.kind === 'model'
          ? values.nested === null
            ? null
            : times(foldGraph(values.nested, memo, count), timeSteps(layer, values.inputs))
          : count(layer, values);
    sum = sum === null || one === null ? null : sum + one;
  }
  memo.set(shapes, sum);
  return sum;
}

/** How often one call of a nested model runs its graph; 1 for everything that is not time distributed. */
export function timeSteps(layer: LayerNode, inputs: readonly (Shape | null)[]): number | null {
  if (layer.kind.kind !== 'model' || !layer.kind.timeDistributed) return 1;
  return inputs[0]?.[1] ?? null;
}
