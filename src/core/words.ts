/** Layer kinds in words: a short title for lists, a plain sentence for learners. */
import type { Activation } from './activation';
import type { KindOf, LayerKind, Padding } from './layerKind';
import { t } from './texts';

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
  return [isUniform(strides, strides[0] ?? 1) ? t('stride {0}', strides[0] ?? 1) : t('stride {0}', times(strides))];
}

function paddingWords({ padding }: Windowed): string[] {
  if (padding.type === 'valid') return [];
  if (padding.type !== 'explicit') return [t('{0} padding', padding.type)];
  const sizes = padding.pads.flat();
  if (isUniform(sizes, 0)) return [];
  const amount = isUniform(sizes, sizes[0] ?? 0)
    ? String(sizes[0])
    : padding.pads.map(([before, after]) => (before === after ? String(before) : `${before}/${after}`)).join(' × ');
  return [t('padding {0}{1}', amount, padding.mode === 'zeros' ? '' : ` (${padding.mode})`)];
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
        : [t('{0} per channel', kind.depthMultiplier)]
      : [kind.filters === 1 ? t('1 filter') : t('{0} filters', kind.filters)];
  const dilation = isUniform(kind.dilation, 1) ? [] : [t('dilation {0}', times([...new Set(kind.dilation)]))];
  const groups = 'groups' in kind && kind.groups > 1 ? [t('{0} groups', kind.groups)] : [];
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
      return t('Input {0}', times(kind.shape.slice(1)));
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return convolutionTitle(kind);
    case 'dense':
      return joined(
        kind.units === 1 ? t('Dense, 1 unit') : t('Dense, {0} units', kind.units),
        activationWords(kind.activation)
      );
    case 'pool':
      return joined(
        kind.operation === 'max'
          ? t('Max pooling {0}', times(kind.poolSize))
          : t('Average pooling {0}', times(kind.poolSize)),
        kind.strides.every((stride, i) => stride === kind.poolSize[i]) ? [] : [t('stride {0}', times(kind.strides))],
        paddingWords(kind)
      );
    case 'globalPool':
      return kind.operation === 'max' ? t('Global max pooling') : t('Global average pooling');
    case 'adaptivePool':
      return kind.operation === 'max'
        ? t('Adaptive max pooling to {0}', times(kind.outputSize))
        : t('Adaptive average pooling to {0}', times(kind.outputSize));
    case 'batchNorm':
      return t('Batch norm');
    case 'layerNorm':
      return kind.rms ? t('RMS norm') : t('Layer norm');
    case 'groupNorm':
      return kind.groups === -1 ? t('Instance norm') : t('Group norm, {0} groups', kind.groups);
    case 'unitNorm':
      return t('Unit norm');
    case 'localResponseNorm':
      return t('Local response norm over {0} channels', kind.size);
    case 'dropout':
      return kind.sharedAxes.length > 0 ? t('Spatial dropout {0}', kind.rate) : t('Dropout {0}', kind.rate);
    case 'alphaDropout':
      return t('Alpha dropout {0}', kind.rate);
    case 'gaussianDropout':
      return t('Gaussian dropout {0}', kind.rate);
    case 'gaussianNoise':
      return t('Gaussian noise {0}', kind.stddev);
    case 'activation':
      return capital(activationWords(kind.activation) || 'linear');
    case 'prelu':
      return t('PReLU, learned slope');
    case 'flatten':
      return t('Flatten');
    case 'reshape':
      return t('Reshape to {0}', times(kind.target.map((size) => (size === -1 ? null : size))));
    case 'permute':
      return t('Permute axes {0}', kind.axes.join(', '));
    case 'repeatVector':
      return t('Repeat {0} times', kind.times);
    case 'pad':
      return t(
        'Padding {0}',
        kind.pads.map(([before, after]) => (before === after ? before : `${before}/${after}`)).join(' × ')
      );
    case 'crop':
      return t(
        'Cropping {0}',
        kind.crops.map(([before, after]) => (before === after ? before : `${before}/${after}`)).join(' × ')
      );
    case 'centerCrop':
      return t('Centre crop to {0} × {1}', kind.height, kind.width);
    case 'upsample':
      return t('Upsampling {0}, {1}', times(kind.factors), kind.interpolation);
    case 'resize':
      return t('Resize to {0} × {1}, {2}', kind.height, kind.width, kind.interpolation);
    case 'pixelShuffle':
      return t('Pixel shuffle by {0}', kind.factor);
    case 'merge':
      return mergeTitle(kind.operation);
    case 'concat':
      return t('Concatenate');
    case 'dot':
      return kind.normalize ? t('Dot product, normalised') : t('Dot product');
    case 'rescale':
      return t('Rescale');
    case 'normalization':
      return t('Normalise by stored mean and variance');
    case 'augmentation':
      return t('Augmentation ({0})', kind.operation);
    case 'identity':
      return t('Identity');
    case 'embedding':
      return t('Embedding {0} × {1}', kind.inputDim, kind.outputDim);
    case 'recurrent':
      return recurrentTitle(kind);
    case 'model':
      return kind.timeDistributed
        ? t('Each time step: model of {0} layers', kind.graph.layers.size)
        : t('Model of {0} layers', kind.graph.layers.size);
    case 'opaque':
      return t('Not understood');
  }
}

function mergeTitle(operation: KindOf<'merge'>['operation']): string {
  switch (operation) {
    case 'add':
      return t('Add');
    case 'subtract':
      return t('Subtract');
    case 'multiply':
      return t('Multiply');
    case 'average':
      return t('Average');
    case 'maximum':
      return t('Maximum');
    case 'minimum':
      return t('Minimum');
    default:
      return capital(operation);
  }
}

function recurrentTitle(kind: KindOf<'recurrent'>): string {
  const cell = { simple: t('Recurrent'), lstm: 'LSTM', gru: 'GRU' }[kind.cell];
  return kind.bidirectional === null
    ? t('{0}, {1} units', cell, kind.units)
    : t('Bidirectional {0}, {1} units', cell, kind.units);
}

export { kindWords } from './kindWords';
