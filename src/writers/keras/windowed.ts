/** Convolutions and pools as Keras layers, with padding layers where Keras's own paddings do not say the same. */
import type { KindOf, Padding } from '../../core/layerKind';
import { channelAxis, spatialAxes } from '../../core/shape';
import { t } from '../../core/texts';
import { activated } from './activations';
import { kerasWeights } from './arrange';
import { dataFormat, refuse, refuseFor, unit, type Config, type Json, type Unit, type WriteContext } from './unit';

type Pads = readonly (readonly [number, number])[];

interface Window {
  readonly rank: 1 | 2 | 3;
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding;
  readonly dataFormat: 'channelsLast' | 'channelsFirst';
}

/** Keras's word for the padding, and zeros to be put around the value first. */
interface KerasPadding {
  readonly word: 'valid' | 'same' | 'causal';
  readonly zeros: Pads | null;
}

const span = (window: Window, axis: number) => ((window.size[axis] ?? 1) - 1) * (window.dilation[axis] ?? 1) + 1;

/** With stride 1, `same` pads `span - 1` zeros, the odd one at the end. */
function isSame(window: Window, pads: Pads): boolean {
  return pads.every(([before, after], axis) => {
    const total = span(window, axis) - 1;
    return (window.strides[axis] ?? 1) === 1 && before === Math.floor(total / 2) && after === total - before;
  });
}

function paddingOf(window: Window, context: WriteContext): KerasPadding {
  const { padding } = window;
  if (padding.type !== 'explicit') return { word: padding.type, zeros: null };
  if (padding.pads.every(([before, after]) => before === 0 && after === 0)) return { word: 'valid', zeros: null };
  if (padding.mode !== 'zeros') return refuseFor(context, t('padding with {0}', padding.mode));
  if (isSame(window, padding.pads)) return { word: 'same', zeros: null };
  return { word: 'valid', zeros: padding.pads };
}

/** `ZeroPadding2D` and its relatives. */
export function zeroPadding(pads: Pads, format: Window['dataFormat'], context: WriteContext): Unit {
  return { ...around('ZeroPadding', 'padding', pads, format, context), suffix: 'pad' };
}

/** `Cropping2D` and its relatives. */
export function cropping(crops: Pads, format: Window['dataFormat'], context: WriteContext): Unit {
  return { ...around('Cropping', 'cropping', crops, format, context), suffix: 'crop' };
}

function around(
  stem: string,
  attribute: string,
  sides: Pads,
  format: Window['dataFormat'],
  context: WriteContext
): Unit {
  const rank = sides.length;
  const [first] = sides;
  if (rank === 1 && first !== undefined) {
    if (format === 'channelsFirst') {
      if (stem === 'Cropping' || context.target === 'tfjs') return refuseFor(context, t('channels first on one axis'));
      context.needsKeras3();
      return unit(`${stem}1D`, { [attribute]: [...first], data_format: 'channels_first' });
    }
    return unit(`${stem}1D`, { [attribute]: [...first] });
  }
  const nested: Json = sides.map((pair) => [...pair]);
  return unit(`${stem}${rank}D`, { [attribute]: nested, data_format: dataFormat(format) });
}

type Convolving = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>;

function windowOf(kind: Convolving): Window {
  return { ...kind, size: kind.kernelSize };
}

const own = (kind: Convolving): Config => {
  switch (kind.kind) {
    case 'conv':
      return { filters: kind.filters, groups: kind.groups };
    case 'depthwiseConv':
      return { depth_multiplier: kind.depthMultiplier };
    case 'separableConv':
      return { filters: kind.filters, depth_multiplier: kind.depthMultiplier };
    case 'convTranspose':
      return { filters: kind.filters, output_padding: kind.outputPadding === null ? null : [...kind.outputPadding] };
  }
};

function classOf(kind: Convolving): string {
  switch (kind.kind) {
    case 'conv':
      return `Conv${kind.rank}D`;
    case 'depthwiseConv':
      return `DepthwiseConv${kind.rank}D`;
    case 'separableConv':
      return `SeparableConv${kind.rank}D`;
    case 'convTranspose':
      return `Conv${kind.rank}DTranspose`;
  }
}

/** What TensorFlow.js lacks, or takes without a word and computes otherwise. */
function checkTfjs(kind: Convolving, context: WriteContext): void {
  if (context.target !== 'tfjs') return;
  if (kind.kind === 'conv' && kind.groups !== 1) refuseFor(context, t('a convolution in groups'));
  const missing =
    (kind.kind === 'separableConv' || kind.kind === 'depthwiseConv' ? kind.rank !== 2 : false) ||
    (kind.kind === 'convTranspose' && kind.rank === 1);
  if (missing) refuseFor(context, classOf(kind));
  if (kind.kind === 'convTranspose' && kind.outputPadding !== null) refuseFor(context, t('output padding'));
  if (kind.kind === 'convTranspose' && kind.dilation.some((step) => step !== 1)) {
    refuseFor(context, t('a dilated transposed convolution'));
  }
}

/** @throws {CannotWrite} */
export function convolutionUnits(kind: Convolving, context: WriteContext): readonly Unit[] {
  checkTfjs(kind, context);
  if ((kind.kind === 'depthwiseConv' || kind.kind === 'separableConv') && kind.rank === 3) {
    return refuseFor(context, t('a depthwise convolution over three axes'));
  }
  if (kind.kind === 'convTranspose' && kind.groups !== 1) {
    return refuseFor(context, t('a transposed convolution in groups'));
  }
  const window = windowOf(kind);
  const explicit = kind.kind === 'convTranspose' && kind.padding.type === 'explicit';
  const { word, zeros } = explicit ? ({ word: 'valid', zeros: null } as const) : paddingOf(window, context);
  const weights = kerasWeights(context.layer);
  const units = activated(kind.activation, context, (activation) => {
    const { groups, output_padding, ...config } = own(kind);
    return unit(
      classOf(kind),
      {
        ...config,
        ...(context.target === 'tfjs' || groups === undefined ? {} : { groups }),
        ...(context.target === 'tfjs' || output_padding === undefined || explicit ? {} : { output_padding }),
        kernel_size: [...kind.kernelSize],
        strides: [...kind.strides],
        padding: word,
        data_format: dataFormat(kind.dataFormat),
        dilation_rate: [...kind.dilation],
        activation,
        use_bias: kind.useBias
      },
      weights
    );
  });
  if (zeros !== null) return [zeroPadding(zeros, kind.dataFormat, context), ...units];
  if (!explicit || kind.kind !== 'convTranspose') return units;
  const crops = transposedCrops(kind, window, context);
  return crops.every(([before, after]) => before === 0 && after === 0)
    ? units
    : [...units, cropping(crops, kind.dataFormat, context)];
}

/**
 * PyTorch's padding of a transposed convolution cuts the whole result, whose length is `(n - 1) stride + span`; Keras's
 * `valid` result has at least `n stride` values, the last ones without a contribution.
 */
function transposedCrops(kind: KindOf<'convTranspose'>, window: Window, context: WriteContext): Pads {
  if (kind.padding.type !== 'explicit') return [];
  return kind.padding.pads.map(([before, after], axis) => {
    const surplus = Math.max(0, (kind.strides[axis] ?? 1) - span(window, axis));
    const end = after - (kind.outputPadding?.[axis] ?? 0) + surplus;
    if (end < 0) refuseFor(context, t('output padding beyond the padding'));
    return [before, end] as const;
  });
}

/** @throws {CannotWrite} */
export function poolUnits(kind: KindOf<'pool'>, context: WriteContext): readonly Unit[] {
  if (kind.dilation.some((step) => step !== 1)) return refuseFor(context, t('a dilated pooling'));
  const window: Window = { ...kind, size: kind.poolSize };
  const { word, zeros } = paddingOf(window, context);
  const average = kind.operation === 'average';
  if (average && kind.countIncludePad && word === 'same') {
    if (kind.padding.type !== 'explicit') return refuseFor(context, t('an average that counts the padding'));
    return average_(kind, kind.padding.pads, context);
  }
  if (zeros !== null && !average) {
    return refuseFor(context, t('a maximum over a padded value, where Keras would pad otherwise'));
  }
  if (zeros !== null && !kind.countIncludePad) return refuseFor(context, t('an average that leaves the padding out'));
  checkCeil(kind, context);
  if (zeros !== null) return average_(kind, zeros, context);
  return [pool(kind, word)];
}

function average_(kind: KindOf<'pool'>, zeros: Pads, context: WriteContext): readonly Unit[] {
  checkCeil(kind, context);
  return [zeroPadding(zeros, kind.dataFormat, context), pool(kind, 'valid')];
}

function pool(kind: KindOf<'pool'>, padding: string): Unit {
  return unit(`${kind.operation === 'max' ? 'Max' : 'Average'}Pooling${kind.rank}D`, {
    pool_size: [...kind.poolSize],
    strides: [...kind.strides],
    padding,
    data_format: dataFormat(kind.dataFormat)
  });
}

/** Rounding the length up makes a difference only where the windows do not fill the value. */
function checkCeil(kind: KindOf<'pool'>, context: WriteContext): void {
  if (!kind.ceilMode || kind.padding.type === 'same') return;
  const axes = context.input === null ? [] : spatialAxes(context.input.length, kind.dataFormat);
  const fills = kind.poolSize.every((size, i) => {
    const length = context.input?.[axes[i] ?? -1] ?? null;
    const [before, after] = kind.padding.type === 'explicit' ? (kind.padding.pads[i] ?? [0, 0]) : [0, 0];
    return length !== null && (length + before + after - size) % (kind.strides[i] ?? 1) === 0;
  });
  if (!fills) refuse(context, t('Keras always rounds the length of a pooled value down (ceil mode)'));
}

/** Pools that end with one value. @throws {CannotWrite} */
export function globalPoolUnits(kind: KindOf<'globalPool'>, context: WriteContext): readonly Unit[] {
  const name = `Global${kind.operation === 'max' ? 'Max' : 'Average'}Pooling${kind.rank}D`;
  if (context.target !== 'tfjs') {
    if (kind.keepDims) context.needsKeras3();
    return [unit(name, { data_format: dataFormat(kind.dataFormat), keepdims: kind.keepDims })];
  }
  if (kind.rank === 3) return refuseFor(context, name);
  if (kind.rank === 1 && kind.dataFormat === 'channelsFirst')
    return refuseFor(context, t('channels first on one axis'));
  const flat = unit(name, kind.rank === 1 ? {} : { data_format: dataFormat(kind.dataFormat) });
  if (!kind.keepDims) return [flat];
  const channels = context.input?.[channelAxis(kind.rank + 2, kind.dataFormat)] ?? null;
  if (channels === null) return refuseFor(context, t('pooling that keeps its axes'));
  const ones = Array<number>(kind.rank).fill(1);
  const shape = kind.dataFormat === 'channelsFirst' ? [channels, ...ones] : [...ones, channels];
  return [flat, { ...unit('Reshape', { target_shape: shape }), suffix: 'shape' }];
}

/** @throws {CannotWrite} */
export function adaptivePoolUnits(kind: KindOf<'adaptivePool'>, context: WriteContext): readonly Unit[] {
  const { rank, operation, dataFormat: format, outputSize } = kind;
  if (outputSize.every((size) => size === 1)) {
    return globalPoolUnits({ kind: 'globalPool', operation, rank, keepDims: true, dataFormat: format }, context);
  }
  const axes = context.input === null ? [] : spatialAxes(context.input.length, format);
  const sizes = outputSize.map((size, i) => size ?? context.input?.[axes[i] ?? -1] ?? null);
  // Windows of one size tile the value where the lengths divide: any version's pooling does the same.
  const windows = sizes.map((size, i) => {
    const length = context.input?.[axes[i] ?? -1] ?? null;
    return size !== null && length !== null && length % size === 0 ? length / size : null;
  });
  const tiles = windows.filter((size) => size !== null);
  if (tiles.length === rank) {
    const plain = Array<number>(rank).fill(1);
    const padding = { type: 'valid' } as const;
    const tiling = {
      kind: 'pool',
      operation,
      rank,
      poolSize: tiles,
      strides: tiles,
      dilation: plain,
      padding
    } as const;
    return poolUnits({ ...tiling, dataFormat: format, ceilMode: false, countIncludePad: false }, context);
  }
  const known = sizes.filter((size) => size !== null);
  if (context.target === 'tfjs' || known.length !== rank) return refuseFor(context, t('adaptive pooling'));
  context.needsKeras3();
  const stem = `Adaptive${operation === 'max' ? 'Max' : 'Average'}Pooling${rank}D`;
  return [unit(stem, { output_size: known, data_format: dataFormat(format) })];
}
