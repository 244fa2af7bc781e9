/** A canonical kind as the Keras layers that compute it: the reverse of `src/core/keras`. */
import type { KindOf, LayerKind } from '../../core/layerKind';
import { t } from '../../core/texts';
import { activationName, activationUnits } from './activations';
import { kerasWeights } from './arrange';
import { plainJson } from './kept';
import {
  alphaDropoutUnit,
  batchNormUnit,
  dropoutUnit,
  groupNormUnit,
  layerNormUnit,
  normalizationUnit,
  unitNormUnit
} from './regular';
import { dataFormat, refuse, refuseFor, unit, type Config, type Json, type Unit, type WriteContext } from './unit';
import { activated } from './activations';
import { adaptivePoolUnits, convolutionUnits, cropping, globalPoolUnits, poolUnits, zeroPadding } from './windowed';

const MERGES = {
  add: 'Add',
  subtract: 'Subtract',
  multiply: 'Multiply',
  average: 'Average',
  maximum: 'Maximum',
  minimum: 'Minimum'
} as const;

const plain = (each: Unit): Unit => ({ ...each, suffix: '' });

/** Everything but inputs and nested models. @throws {CannotWrite} naming the layer and why */
export function unitsOf(kind: Exclude<LayerKind, { kind: 'input' | 'model' }>, context: WriteContext): readonly Unit[] {
  switch (kind.kind) {
    case 'conv':
    case 'depthwiseConv':
    case 'separableConv':
    case 'convTranspose':
      return convolutionUnits(kind, context);
    case 'dense': {
      const weights = kerasWeights(context.layer);
      return activated(kind.activation, context, (activation) =>
        unit('Dense', { units: kind.units, activation, use_bias: kind.useBias }, weights)
      );
    }
    case 'pool':
      return poolUnits(kind, context);
    case 'globalPool':
      return globalPoolUnits(kind, context);
    case 'adaptivePool':
      return adaptivePoolUnits(kind, context);
    case 'batchNorm':
      return [batchNormUnit(kind, context)];
    case 'layerNorm':
      return [layerNormUnit(kind, context)];
    case 'groupNorm':
      return [groupNormUnit(kind, context)];
    case 'unitNorm':
      return [unitNormUnit(kind, context)];
    case 'localResponseNorm':
      return refuseFor(context, t('local response normalization'));
    case 'dropout':
      return [dropoutUnit(kind, context)];
    case 'alphaDropout':
      return [alphaDropoutUnit(kind, context)];
    case 'gaussianDropout':
      return [unit('GaussianDropout', { rate: kind.rate })];
    case 'gaussianNoise':
      return [unit('GaussianNoise', { stddev: kind.stddev })];
    case 'activation':
      return activationUnits(kind.activation, context);
    case 'prelu':
      return [preluUnit(kind, context)];
    case 'flatten':
      return [flattenUnit(kind, context)];
    case 'reshape':
      return [unit('Reshape', { target_shape: [...kind.target] })];
    case 'permute':
      return [unit('Permute', { dims: [...kind.axes] })];
    case 'repeatVector':
      return [unit('RepeatVector', { n: kind.times })];
    case 'pad':
      return [padUnit(kind, context)];
    case 'crop':
      if (context.target === 'tfjs' && kind.crops.length !== 2)
        return refuseFor(context, t('cropping but in two axes'));
      return [plain(cropping(kind.crops, kind.dataFormat, context))];
    case 'centerCrop': {
      if (context.target === 'tfjs') return refuseFor(context, 'CenterCrop');
      const format = kind.dataFormat === 'channelsFirst' ? { data_format: 'channels_first' } : {};
      return [unit('CenterCrop', { height: kind.height, width: kind.width, ...format })];
    }
    case 'upsample':
      return [upsampleUnit(kind, context)];
    case 'resize':
      return [resizeUnit(kind, context)];
    case 'pixelShuffle':
      return refuseFor(context, t('pixel shuffle'));
    case 'merge':
      if (context.target === 'tfjs' && kind.operation === 'subtract') return refuseFor(context, 'Subtract');
      return [unit(MERGES[kind.operation], {})];
    case 'concat':
      return [unit('Concatenate', { axis: kind.axis })];
    case 'dot':
      return [unit('Dot', { axes: [...kind.axes], normalize: kind.normalize })];
    case 'rescale':
      return [rescaleUnit(kind, context)];
    case 'normalization':
      return [normalizationUnit(kind, context)];
    case 'augmentation':
      return [augmentationUnit(kind, context)];
    case 'identity':
      return [identityUnit(context)];
    case 'embedding':
      return [unit('Embedding', { input_dim: kind.inputDim, output_dim: kind.outputDim }, kerasWeights(context.layer))];
    case 'recurrent':
      return [recurrentUnit(kind, context)];
    case 'opaque':
      return refuse(context, kind.reason);
  }
}

/** Axes 1 to the last that share a slope; one slope for all, or one for each of PyTorch's channels, in Keras's shape. */
function preluUnit(kind: KindOf<'prelu'>, context: WriteContext): Unit {
  const weights = kerasWeights(context.layer);
  if (kind.parameters === 'elementwise') {
    return unit('PReLU', { shared_axes: kind.sharedAxes.length === 0 ? null : [...kind.sharedAxes] }, weights);
  }
  if (context.input === null) return refuse(context, t('its slopes cannot be placed without the shape of its input'));
  const axes = context.input.slice(1).map((_, i) => i + 1);
  const shared = kind.parameters === 'single' ? axes : axes.slice(1);
  const shapeOf = (shape: readonly number[]) => axes.map((axis) => (shared.includes(axis) ? 1 : (shape[0] ?? 1)));
  return unit(
    'PReLU',
    { shared_axes: shared.length === 0 ? null : shared },
    weights.map((weight) => ({ ...weight, shape: shapeOf(weight.shape) }))
  );
}

function flattenUnit(kind: KindOf<'flatten'>, context: WriteContext): Unit {
  const rank = context.input?.length ?? null;
  const last = rank !== null && kind.endAxis >= 0 ? kind.endAxis - rank : kind.endAxis;
  if (kind.startAxis === 1 && last === -1) {
    return unit('Flatten', { data_format: kind.channelsLastOrder ? 'channels_first' : 'channels_last' });
  }
  const sizes = context.input?.slice(1) ?? [];
  const known = sizes.filter((size) => size !== null);
  const end = (rank ?? 0) + last;
  if (rank === null || known.length !== sizes.length || kind.startAxis < 1 || end < kind.startAxis) {
    return refuse(context, t('Keras flattens all axes but the batch'));
  }
  const joined = known.slice(kind.startAxis - 1, end).reduce((product, size) => product * size, 1);
  return unit('Reshape', { target_shape: [...known.slice(0, kind.startAxis - 1), joined, ...known.slice(end)] });
}

function padUnit(kind: KindOf<'pad'>, context: WriteContext): Unit {
  if (kind.mode !== 'zeros') return refuseFor(context, t('padding with {0}', kind.mode));
  if (kind.value !== 0) return refuseFor(context, t('padding with {0}', kind.value));
  if (context.target === 'tfjs' && kind.pads.length !== 2) return refuseFor(context, t('padding but in two axes'));
  return plain(zeroPadding(kind.pads, kind.dataFormat, context));
}

function upsampleUnit(kind: KindOf<'upsample'>, context: WriteContext): Unit {
  const rank = kind.factors.length;
  const wanted = context.target === 'tfjs' ? 'asymmetric' : 'halfPixel';
  // Whole factors repeat each value, wherever the centres are.
  if (kind.interpolation !== 'nearest' && kind.coordinates !== wanted) {
    return refuseFor(context, t('upsampling with these sample positions ({0})', kind.coordinates));
  }
  const config: Config = { size: rank === 1 ? (kind.factors[0] ?? 1) : [...kind.factors] };
  if (rank !== 2) {
    if (context.target === 'tfjs') return refuseFor(context, `UpSampling${rank}D`);
    if (rank === 1 && kind.dataFormat === 'channelsFirst') return refuseFor(context, t('channels first on one axis'));
    return unit(`UpSampling${rank}D`, rank === 1 ? config : { ...config, data_format: dataFormat(kind.dataFormat) });
  }
  const known: readonly string[] =
    context.target === 'tfjs' ? ['nearest', 'bilinear'] : ['nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'];
  if (!known.includes(kind.interpolation)) return refuseFor(context, t('{0} interpolation', kind.interpolation));
  return unit('UpSampling2D', {
    ...config,
    data_format: dataFormat(kind.dataFormat),
    interpolation: kind.interpolation
  });
}

function resizeUnit(kind: KindOf<'resize'>, context: WriteContext): Unit {
  if (context.target === 'tfjs') return refuseFor(context, 'Resizing');
  if (kind.coordinates !== 'halfPixel') {
    return refuseFor(context, t('resizing with these sample positions ({0})', kind.coordinates));
  }
  if (kind.interpolation === 'area') return refuseFor(context, t('{0} interpolation', kind.interpolation));
  const format = kind.dataFormat === 'channelsFirst' ? { data_format: 'channels_first' } : {};
  const { height, width, interpolation } = kind;
  return unit('Resizing', { height, width, interpolation, crop_to_aspect_ratio: false, ...format });
}

function rescaleUnit(kind: KindOf<'rescale'>, context: WriteContext): Unit {
  const value = (given: number | readonly number[]): Json => (typeof given === 'number' ? given : [...given]);
  if (context.target === 'tfjs' && (typeof kind.scale !== 'number' || typeof kind.offset !== 'number')) {
    return refuseFor(context, t('a scale for each channel'));
  }
  return unit('Rescaling', { scale: value(kind.scale), offset: value(kind.offset) });
}

/** Attributes of the base class, which other versions spell otherwise. */
const COMMON = new Set(['name', 'trainable', 'dtype', 'batch_input_shape', 'input_shape']);

function augmentationUnit(kind: KindOf<'augmentation'>, context: WriteContext): Unit {
  if (context.target === 'tfjs') {
    if (kind.size !== null) return refuseFor(context, kind.operation);
    context.notice(
      t(
        '{0} changes pictures only while training; TensorFlow.js has no such layer, so a layer that passes values on stands in its place.',
        context.layer.name
      )
    );
    return unit('Activation', { activation: 'linear' });
  }
  const given: [string, Json][] = [];
  for (const [name, value] of Object.entries(kind.parameters)) {
    const json = plainJson(value);
    if (!COMMON.has(name) && json !== undefined) given.push([name, json]);
  }
  return unit(kind.operation, Object.fromEntries(given));
}

function identityUnit(context: WriteContext): Unit {
  const { sourceType } = context.layer;
  if (context.target !== 'tfjs' && (sourceType === 'ActivityRegularization' || sourceType === 'Masking')) {
    return unit(sourceType, {});
  }
  // Keras has Identity since 2.13 only.
  return context.target === 'keras' ? unit('Identity', {}) : unit('Activation', { activation: 'linear' });
}

const CELLS = { simple: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' } as const;

function gateName(activation: KindOf<'recurrent'>['activation'], context: WriteContext): string {
  if (context.target === 'h5' && activation.name === 'hardSigmoid') {
    // The gates have no layer of their own; the file's version says which of the two functions is meant.
    if (activation.variant === 'sixth') context.needsKeras3();
    return 'hard_sigmoid';
  }
  return activationName(activation, context) ?? refuseFor(context, t('the activation {0} in a cell', activation.name));
}

/** A cell's layer; around it, where there are two directions, `Bidirectional` (see `model.ts`). */
function recurrentUnit(kind: KindOf<'recurrent'>, context: WriteContext): Unit {
  const activation = gateName(kind.activation, context);
  const gated = kind.cell === 'simple' ? {} : { recurrent_activation: gateName(kind.recurrentActivation, context) };
  if (context.target === 'tfjs' && kind.cell === 'gru' && kind.resetAfter) {
    return refuseFor(context, t('a GRU that applies its reset gate after the product'));
  }
  const reset = kind.cell === 'gru' && context.target !== 'tfjs' ? { reset_after: kind.resetAfter } : {};
  return unit(
    CELLS[kind.cell],
    {
      units: kind.units,
      activation,
      ...gated,
      use_bias: kind.useBias,
      return_sequences: kind.returnSequences,
      go_backwards: kind.goBackwards,
      ...reset
    },
    kerasWeights(context.layer)
  );
}
