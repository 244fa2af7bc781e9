/** Layer kinds in words: a short title for lists, a plain sentence for learners. */
import type { Activation } from './activation';
import type { KindOf, LayerKind, Padding } from './layerKind';

const times = (sizes: readonly (number | null)[]): string => sizes.map((size) => size ?? '?').join(' × ');

const isUniform = (sizes: readonly number[], value: number): boolean => sizes.every((size) => size === value);

/** `relu`, `leaky relu 0.2`, `hard sigmoid`; '' for linear. */
export function activationWords(activation: Activation): string {
  switch (activation.name) {
    case 'linear':
      return '';
    case 'relu':
      if (activation.negativeSlope !== 0) return `leaky relu ${activation.negativeSlope}`;
      return activation.maxValue === null ? 'relu' : `relu${activation.maxValue}`;
    case 'hardSigmoid':
      return 'hard sigmoid';
    case 'hardTanh':
      return 'hard tanh';
    case 'tanhShrink':
      return 'tanh shrink';
    case 'hardShrink':
      return 'hard shrink';
    case 'softShrink':
      return 'soft shrink';
    case 'hardSilu':
      return 'hard swish';
    case 'logSigmoid':
      return 'log sigmoid';
    case 'logSoftmax':
      return 'log softmax';
    case 'unknown':
      return `${activation.sourceName} (unknown)`;
    default:
      return activation.name;
  }
}

interface Windowed {
  readonly strides: readonly number[];
  readonly padding: Padding;
}

/** `stride 2`, `stride 2 × 1`; nothing for 1. */
function strideWords(strides: readonly number[]): string[] {
  if (isUniform(strides, 1)) return [];
  return [isUniform(strides, strides[0] ?? 1) ? `stride ${strides[0]}` : `stride ${times(strides)}`];
}

function paddingWords({ padding }: Windowed): string[] {
  if (padding.type === 'valid') return [];
  if (padding.type !== 'explicit') return [`${padding.type} padding`];
  const sizes = padding.pads.flat();
  if (isUniform(sizes, 0)) return [];
  const amount = isUniform(sizes, sizes[0] ?? 0)
    ? String(sizes[0])
    : padding.pads.map(([before, after]) => (before === after ? String(before) : `${before}/${after}`)).join(' × ');
  return [`padding ${amount}${padding.mode === 'zeros' ? '' : ` (${padding.mode})`}`];
}

function joined(...parts: readonly (string | readonly string[])[]): string {
  return parts
    .flat()
    .filter((part) => part !== '')
    .join(', ');
}

type Convolution = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>;

const CONVOLUTIONS = {
  conv: 'Conv',
  depthwiseConv: 'DepthwiseConv',
  separableConv: 'SeparableConv',
  convTranspose: 'ConvTranspose'
} as const;

function convolutionTitle(kind: Convolution): string {
  const filters =
    kind.kind === 'depthwiseConv'
      ? kind.depthMultiplier === 1
        ? []
        : [`${kind.depthMultiplier} per channel`]
      : [`${kind.filters} ${kind.filters === 1 ? 'filter' : 'filters'}`];
  const dilation = isUniform(kind.dilation, 1) ? [] : [`dilation ${times([...new Set(kind.dilation)])}`];
  const groups = 'groups' in kind && kind.groups > 1 ? [`${kind.groups} groups`] : [];
  return joined(
    `${CONVOLUTIONS[kind.kind]}${kind.rank}D ${times(kind.kernelSize)}`,
    filters,
    strideWords(kind.strides),
    dilation,
    groups,
    activationWords(kind.activation)
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The kind with what matters most about it: `Conv2D 3 × 3, 32 filters, relu`. */
export function layerTitle(kind: LayerKind): string {
  switch (kind.kind) {
    case 'input':
      return `Input ${times(kind.shape.slice(1))}`;
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return convolutionTitle(kind);
    case 'dense':
      return joined(`Dense, ${kind.units} ${kind.units === 1 ? 'unit' : 'units'}`, activationWords(kind.activation));
    case 'pool':
      return joined(
        `${capital(kind.operation)} pooling ${times(kind.poolSize)}`,
        kind.strides.every((stride, i) => stride === kind.poolSize[i]) ? [] : [`stride ${times(kind.strides)}`],
        paddingWords(kind)
      );
    case 'globalPool':
      return `Global ${kind.operation} pooling`;
    case 'adaptivePool':
      return `Adaptive ${kind.operation} pooling to ${times(kind.outputSize)}`;
    case 'batchNorm':
      return 'Batch norm';
    case 'layerNorm':
      return kind.rms ? 'RMS norm' : 'Layer norm';
    case 'groupNorm':
      return kind.groups === -1 ? 'Instance norm' : `Group norm, ${kind.groups} groups`;
    case 'unitNorm':
      return 'Unit norm';
    case 'localResponseNorm':
      return `Local response norm over ${kind.size} channels`;
    case 'dropout':
      return `${kind.sharedAxes.length > 0 ? 'Spatial dropout' : 'Dropout'} ${kind.rate}`;
    case 'alphaDropout':
      return `Alpha dropout ${kind.rate}`;
    case 'gaussianDropout':
      return `Gaussian dropout ${kind.rate}`;
    case 'gaussianNoise':
      return `Gaussian noise ${kind.stddev}`;
    case 'activation':
      return capital(activationWords(kind.activation) || 'linear');
    case 'prelu':
      return 'PReLU, learned slope';
    case 'flatten':
      return 'Flatten';
    case 'reshape':
      return `Reshape to ${times(kind.target.map((size) => (size === -1 ? null : size)))}`;
    case 'permute':
      return `Permute axes ${kind.axes.join(', ')}`;
    case 'repeatVector':
      return `Repeat ${kind.times} times`;
    case 'pad':
      return `Padding ${kind.pads.map(([before, after]) => (before === after ? before : `${before}/${after}`)).join(' × ')}`;
    case 'crop':
      return `Cropping ${kind.crops.map(([before, after]) => (before === after ? before : `${before}/${after}`)).join(' × ')}`;
    case 'centerCrop':
      return `Centre crop to ${kind.height} × ${kind.width}`;
    case 'upsample':
      return `Upsampling ${times(kind.factors)}, ${kind.interpolation}`;
    case 'resize':
      return `Resize to ${kind.height} × ${kind.width}, ${kind.interpolation}`;
    case 'pixelShuffle':
      return `Pixel shuffle by ${kind.factor}`;
    case 'merge':
      return capital(kind.operation);
    case 'concat':
      return 'Concatenate';
    case 'dot':
      return kind.normalize ? 'Dot product, normalised' : 'Dot product';
    case 'rescale':
      return 'Rescale';
    case 'normalization':
      return 'Normalise by stored mean and variance';
    case 'augmentation':
      return `Augmentation (${kind.operation})`;
    case 'identity':
      return 'Identity';
    case 'embedding':
      return `Embedding ${kind.inputDim} × ${kind.outputDim}`;
    case 'recurrent':
      return recurrentTitle(kind);
    case 'model':
      return `${kind.timeDistributed ? 'Each time step: ' : ''}Model of ${kind.graph.layers.size} layers`;
    case 'opaque':
      return 'Not understood';
  }
}

function recurrentTitle(kind: KindOf<'recurrent'>): string {
  const cell = { simple: 'Recurrent', lstm: 'LSTM', gru: 'GRU' }[kind.cell];
  return `${kind.bidirectional === null ? '' : 'Bidirectional '}${cell}, ${kind.units} units`;
}

export { kindWords } from './kindWords';
