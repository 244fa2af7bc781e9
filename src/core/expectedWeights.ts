/**
 * The weights a layer has, from its kind and the shapes it reads: names, shapes and what they count as. Models without
 * weights get their parameter counts and fresh values from here; a file's own weights are compared with it.
 */
import type { KindOf, LayerKind } from './layerKind';
import type { Framework, LayerNode } from './model';
import { channelAxis, type Shape } from './shape';
import { elementCount, type KernelLayout, type WeightRole } from './tensor';
import { resolveAxis } from './shapes/outcome';

export interface ExpectedWeight {
  readonly role: WeightRole;
  /** In Keras's own order: kernels `[…spatial, I / groups, O]`, transposed `[…spatial, O / groups, I]`, depthwise `[…spatial, I, M]`. */
  readonly shape: readonly number[];
  readonly layout: KernelLayout;
  /** `parameter` learns by gradient; `statistic` is measured while training or adapted (moving mean, counters). */
  readonly counts: 'parameter' | 'statistic';
  /** Which direction of a bidirectional layer; 0 everywhere else. */
  readonly direction: 0 | 1;
}

type Draft = Omit<ExpectedWeight, 'direction'>;

const parameter = (role: WeightRole, shape: readonly number[], layout: KernelLayout = 'none'): Draft => ({
  role,
  shape,
  layout,
  counts: 'parameter'
});

const statistic = (role: WeightRole, shape: readonly number[]): Draft => ({
  role,
  shape,
  layout: 'none',
  counts: 'statistic'
});

const biasOf = (useBias: boolean, size: number): Draft[] => (useBias ? [parameter('bias', [size])] : []);

/** Sizes of the given axes of the value, or what the constructor declared; `null` where one is not known. */
function sizesAt(layer: LayerNode, shape: Shape | null, axes: readonly number[]): number[] | null {
  const declared = layer.declaredFeatures;
  const sizes = axes.map((axis, i) => {
    const resolved = shape === null ? null : resolveAxis(axis, shape.length);
    const seen = resolved === null ? null : (shape?.[resolved] ?? null);
    return declared?.[i] ?? seen;
  });
  const known = sizes.filter((size) => size !== null);
  return known.length === sizes.length ? known : null;
}

function convolutionWeights(
  kind: KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>,
  channels: number
): Draft[] {
  const k = kind.kernelSize;
  switch (kind.kind) {
    case 'conv':
      return [
        parameter('kernel', [...k, channels / kind.groups, kind.filters], 'HWIO'),
        ...biasOf(kind.useBias, kind.filters)
      ];
    case 'convTranspose':
      return [
        parameter('kernel', [...k, kind.filters / kind.groups, channels], 'HWOI'),
        ...biasOf(kind.useBias, kind.filters)
      ];
    case 'depthwiseConv':
      return [
        parameter('depthwiseKernel', [...k, channels, kind.depthMultiplier], 'HWIM'),
        ...biasOf(kind.useBias, channels * kind.depthMultiplier)
      ];
    case 'separableConv':
      return [
        parameter('depthwiseKernel', [...k, channels, kind.depthMultiplier], 'HWIM'),
        parameter('pointwiseKernel', [...k.map(() => 1), channels * kind.depthMultiplier, kind.filters], 'HWIO'),
        ...biasOf(kind.useBias, kind.filters)
      ];
  }
}

const GATES = { simple: 1, lstm: 4, gru: 3 } as const;

function recurrentWeights(kind: KindOf<'recurrent'>, features: number, framework: Framework): ExpectedWeight[] {
  const width = GATES[kind.cell] * kind.units;
  // PyTorch keeps one bias for the input and one for the state; Keras's GRU does so with `reset_after`.
  const biases =
    framework === 'pytorch'
      ? [parameter('bias', [width]), parameter('bias', [width])]
      : [parameter('bias', kind.cell === 'gru' && kind.resetAfter ? [2, width] : [width])];
  const one = [
    parameter('kernel', [features, width], 'IO'),
    parameter('recurrentKernel', [kind.units, width], 'IO'),
    ...(kind.useBias ? biases : [])
  ];
  const directions: readonly (0 | 1)[] = kind.bidirectional === null ? [0] : [0, 1];
  return directions.flatMap((direction) => one.map((draft) => ({ ...draft, direction })));
}

const affine = (shape: readonly number[], scale: boolean, center: boolean): Draft[] => [
  ...(scale ? [parameter('gamma', shape)] : []),
  ...(center ? [parameter('beta', shape)] : [])
];

function preluWeights(layer: LayerNode, kind: KindOf<'prelu'>, shape: Shape | null): Draft[] | null {
  if (kind.parameters === 'single') return [parameter('alpha', [1])];
  if (kind.parameters === 'perChannel') {
    const sizes = sizesAt(layer, shape, [1]);
    return sizes === null ? null : [parameter('alpha', sizes)];
  }
  if (shape === null) return null;
  const sizes = shape.slice(1).map((size, i) => (kind.sharedAxes.includes(i + 1) ? 1 : size));
  const known = sizes.filter((size) => size !== null);
  return known.length === sizes.length ? [parameter('alpha', known)] : null;
}

function normalizationWeights(layer: LayerNode, kind: KindOf<'normalization'>, shape: Shape | null): Draft[] | null {
  if (kind.mean !== null) return [];
  const sizes = kind.axes === null ? [] : sizesAt(layer, shape, kind.axes);
  return sizes === null ? null : [statistic('mean', sizes), statistic('variance', sizes), statistic('count', [])];
}

function single(layer: LayerNode, kind: LayerKind, shape: Shape | null): Draft[] | null {
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose': {
      const channels = sizesAt(layer, shape, [channelAxis(kind.rank + 2, kind.dataFormat)]);
      return channels === null ? null : convolutionWeights(kind, channels[0] ?? 0);
    }
    case 'dense': {
      const features = sizesAt(layer, shape, [-1]);
      if (features === null) return null;
      return [parameter('kernel', [features[0] ?? 0, kind.units], 'IO'), ...biasOf(kind.useBias, kind.units)];
    }
    case 'batchNorm': {
      if (!kind.scale && !kind.center && !kind.tracksStatistics) return [];
      const sizes = sizesAt(layer, shape, [kind.axis]);
      if (sizes === null) return null;
      const moving = kind.tracksStatistics ? [statistic('movingMean', sizes), statistic('movingVariance', sizes)] : [];
      return [...affine(sizes, kind.scale, kind.center), ...moving];
    }
    case 'layerNorm': {
      if (!kind.scale && !kind.center) return [];
      const sizes = sizesAt(layer, shape, kind.axes);
      return sizes === null ? null : affine(sizes, kind.scale, kind.center);
    }
    case 'groupNorm': {
      if (!kind.scale && !kind.center) return [];
      const sizes = sizesAt(layer, shape, [kind.axis]);
      return sizes === null ? null : affine(sizes, kind.scale, kind.center);
    }
    case 'prelu':
      return preluWeights(layer, kind, shape);
    case 'embedding':
      return [parameter('embeddings', [kind.inputDim, kind.outputDim])];
    case 'normalization':
      return normalizationWeights(layer, kind, shape);
    case 'opaque':
    case 'model':
      return null;
    default:
      return [];
  }
}

/**
 * The weights of a layer that reads a value of `inputShape`, in the order Keras keeps them (both directions of a
 * bidirectional layer one after the other). `null` where kind and shapes do not tell: an opaque layer, unknown channels.
 * A nested model has no weights of its own.
 */
export function expectedWeights(
  layer: LayerNode,
  inputShape: Shape | null,
  framework: Framework
): readonly ExpectedWeight[] | null {
  const { kind } = layer;
  if (kind.kind === 'recurrent') {
    const features = sizesAt(layer, inputShape, [2]);
    return features === null ? null : recurrentWeights(kind, features[0] ?? 0, framework);
  }
  return single(layer, kind, inputShape)?.map((draft): ExpectedWeight => ({ ...draft, direction: 0 })) ?? null;
}

/** Elements of all the given weights. */
export function countElements(weights: readonly { readonly shape: readonly number[] }[]): number {
  return weights.reduce((sum, weight) => sum + elementCount(weight.shape), 0);
}
