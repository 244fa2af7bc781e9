/** Classes of `torch.nn` as canonical kinds, with PyTorch's own defaults and the sizes their constructors fix. */
import { LINEAR } from '../../core/activation';
import type { LayerKind, Padding, PadMode } from '../../core/layerKind';
import type { Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { torchActivation } from './activations';
import { Given } from './given';
import { resizeKind } from './resizing';
import { torchSignature } from './signatures';
import type { ModuleValue } from './values';

export interface TorchLayer {
  readonly kind: LayerKind;
  readonly declaredFeatures?: readonly number[] | undefined;
  /** Weights of a layer that is no kind of its own. */
  readonly declaredParameters?: { readonly learned: number; readonly measured: number } | undefined;
}

const FIRST = 'channelsFirst' as const;
const PAD_MODES: ReadonlyMap<string, PadMode> = new Map([
  ['zeros', 'zeros'],
  ['constant', 'zeros'],
  ['reflect', 'reflect'],
  ['replicate', 'replicate'],
  ['circular', 'circular']
]);

type Translate = (given: Given, rank: 1 | 2 | 3, input: Shape | null, name: string) => TorchLayer | null;

/** @param input shape of the value it is called with, where known: `nn.Upsample` does not say how many axes it resizes */
export function translateModule(module: ModuleValue, input: Shape | null): TorchLayer {
  const { className } = module;
  if (module.rest !== null) return opaque(t('its arguments are not all known: {0}', module.rest.reason));
  const given = new Given(module.attributes);
  const rank = rankOf(className);
  const translated = TRANSLATIONS.get(className.replace(/[123]d$/, ''))?.(given, rank, input, className) ?? null;
  if (translated !== null) {
    return given.problem === null ? translated : withoutKind(given.problem, module);
  }
  const activation = torchActivation(className, given, input?.length ?? null);
  if (activation === null || torchSignature(className) === null) {
    return opaque(t('nn.{0} is not a layer this program knows', className));
  }
  return given.problem === null ? { kind: { kind: 'activation', activation } } : opaque(given.problem);
}

function rankOf(className: string): 1 | 2 | 3 {
  const digit = /([123])d$/.exec(className)?.[1];
  return digit === '1' ? 1 : digit === '3' ? 3 : 2;
}

function opaque(reason: string): TorchLayer {
  return { kind: { kind: 'opaque', reason } };
}

/** Something about the layer is not known; what it learns may still be, where nothing that decides it is missing. */
function withoutKind(problem: string, module: ModuleValue): TorchLayer {
  const needed = new Given(new Map([...module.attributes].filter(([name]) => DECIDES_WEIGHTS.has(name))));
  const again = TRANSLATIONS.get(module.className.replace(/[123]d$/, ''))?.(
    needed,
    rankOf(module.className),
    null,
    module.className
  );
  const learned = again === null || again === undefined || needed.problem !== null ? null : ownWeights(again);
  return {
    kind: { kind: 'opaque', reason: problem },
    ...(learned === null ? {} : { declaredParameters: { learned, measured: 0 } })
  };
}

const DECIDES_WEIGHTS = new Set([
  'in_channels',
  'out_channels',
  'kernel_size',
  'groups',
  'bias',
  'in_features',
  'out_features'
]);

function ownWeights({ kind, declaredFeatures }: TorchLayer): number | null {
  const features = declaredFeatures?.[0];
  if (features === undefined) return null;
  if (kind.kind === 'conv') {
    const window = kind.kernelSize.reduce((product, size) => product * size, 1);
    return (window * features * kind.filters) / kind.groups + (kind.useBias ? kind.filters : 0);
  }
  if (kind.kind === 'dense') return features * kind.units + (kind.useBias ? kind.units : 0);
  return null;
}

/** `padding='same'` puts the odd pixel at the end; numbers hold for both ends. */
export function paddingOf(given: Given, rank: number, kernel: readonly number[], dilation: readonly number[]): Padding {
  const stated = given.raw('padding');
  const mode = PAD_MODES.get(given.word('padding_mode', 'zeros')) ?? 'zeros';
  if (stated === 'same') {
    const pads = kernel.map((size, i): readonly [number, number] => {
      const total = (dilation[i] ?? 1) * (size - 1);
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
    return { type: 'explicit', pads, mode };
  }
  if (stated === 'valid') return { type: 'valid' };
  const pads = given.each('padding', rank, 0).map((pad): readonly [number, number] => [pad, pad]);
  return pads.every(([pad]) => pad === 0) ? { type: 'valid' } : { type: 'explicit', pads, mode };
}

function declared(given: Given, name: string): { readonly declaredFeatures?: readonly number[] } {
  return given.raw(name) === undefined ? {} : { declaredFeatures: [given.number(name, 0)] };
}

const convolution: Translate = (given, rank) => {
  const kernelSize = given.each('kernel_size', rank, 1);
  const dilation = given.each('dilation', rank, 1);
  const common = {
    rank,
    filters: given.number('out_channels', 1),
    groups: given.number('groups', 1),
    kernelSize,
    dilation,
    strides: given.each('stride', rank, 1),
    padding: paddingOf(given, rank, kernelSize, dilation),
    dataFormat: FIRST,
    useBias: given.flag('bias', true),
    activation: LINEAR
  };
  return { kind: { kind: 'conv', ...common }, ...declared(given, 'in_channels') };
};

const transposed: Translate = (given, rank) => {
  const kernelSize = given.each('kernel_size', rank, 1);
  const pads = given.each('padding', rank, 0).map((pad): readonly [number, number] => [pad, pad]);
  return {
    kind: {
      kind: 'convTranspose',
      rank,
      filters: given.number('out_channels', 1),
      groups: given.number('groups', 1),
      kernelSize,
      dilation: given.each('dilation', rank, 1),
      strides: given.each('stride', rank, 1),
      padding: { type: 'explicit', pads, mode: 'zeros' },
      outputPadding: given.each('output_padding', rank, 0),
      dataFormat: FIRST,
      useBias: given.flag('bias', true),
      activation: LINEAR
    },
    ...declared(given, 'in_channels')
  };
};

/** Pooling as a module or a function: the stride is the window where it is not given. */
export const pooling: Translate = (given, rank, _input, name) => {
  const operation = /^Avg/.test(name) ? ('average' as const) : ('max' as const);
  const poolSize = given.each('kernel_size', rank, 1);
  const stride = given.raw('stride');
  const pads = given.each('padding', rank, 0).map((pad): readonly [number, number] => [pad, pad]);
  if (given.raw('divisor_override') !== undefined && given.raw('divisor_override') !== null) {
    return opaque(t('an average with a divisor of its own is not one of the layers known here'));
  }
  return {
    kind: {
      kind: 'pool',
      operation,
      rank,
      poolSize,
      strides: stride === undefined || stride === null ? poolSize : given.each('stride', rank, 1),
      dilation: given.each('dilation', rank, 1),
      padding: pads.every(([pad]) => pad === 0) ? { type: 'valid' } : { type: 'explicit', pads, mode: 'zeros' },
      ceilMode: given.flag('ceil_mode', false),
      countIncludePad: operation === 'average' && given.flag('count_include_pad', true),
      dataFormat: FIRST
    }
  };
};

export const adaptivePooling: Translate = (given, rank, _input, name) => ({
  kind: {
    kind: 'adaptivePool',
    operation: /Avg/.test(name) ? 'average' : 'max',
    rank,
    outputSize: given.eachOrNone('output_size', rank, 1),
    dataFormat: FIRST
  }
});

const batchNorm: Translate = (given) => {
  const affine = given.flag('affine', true);
  const momentum = given.numberOrNone('momentum', 0.1);
  return {
    kind: {
      kind: 'batchNorm',
      axis: 1,
      epsilon: given.number('eps', 1e-5),
      // `None` averages over all steps; no single weight says that.
      momentum: 1 - (momentum ?? 0.1),
      center: affine,
      scale: affine,
      tracksStatistics: given.flag('track_running_stats', true)
    },
    ...declared(given, 'num_features')
  };
};

const instanceNorm: Translate = (given) => {
  const affine = given.flag('affine', false);
  if (given.flag('track_running_stats', false)) {
    return opaque(t('an instance norm with moving statistics is not one of the layers known here'));
  }
  return {
    kind: { kind: 'groupNorm', groups: -1, axis: 1, epsilon: given.number('eps', 1e-5), center: affine, scale: affine },
    ...declared(given, 'num_features')
  };
};

const groupNorm: Translate = (given) => {
  const affine = given.flag('affine', true);
  return {
    kind: {
      kind: 'groupNorm',
      groups: given.number('num_groups', 1),
      axis: 1,
      epsilon: given.number('eps', 1e-5),
      center: affine,
      scale: affine
    },
    ...declared(given, 'num_channels')
  };
};

const layerNorm: Translate = (given, _rank, _input, name) => {
  const sizes = given.list('normalized_shape') ?? [];
  const affine = given.flag('elementwise_affine', true);
  const rms = name === 'RMSNorm';
  return {
    kind: {
      kind: 'layerNorm',
      axes: sizes.map((_, i) => i - sizes.length),
      epsilon: given.number('eps', rms ? 1.1920929e-7 : 1e-5),
      center: affine && !rms && given.flag('bias', true),
      scale: affine,
      rms
    },
    declaredFeatures: sizes
  };
};

const dropout: Translate = (given, _rank, _input, name) => {
  const rate = given.number('p', 0.5);
  const shared = { Dropout1d: [2], Dropout2d: [2, 3], Dropout3d: [2, 3, 4] }[name] ?? [];
  return { kind: { kind: 'dropout', rate, sharedAxes: shared, seed: null } };
};

const paddingLayer: Translate = (given, rank, _input, name) => {
  const stated = given.raw('padding');
  const flat = typeof stated === 'number' ? Array.from({ length: 2 * rank }, () => stated) : given.list('padding');
  if (flat === null || flat.length !== 2 * rank) {
    return opaque(given.problem ?? t('the padding does not name both ends of every axis'));
  }
  return {
    kind: padKind(flat, rank, /^(Constant|Zero)/.test(name) ? 'zeros' : modeOf(name), given.number('value', 0))
  };
};

function modeOf(name: string): PadMode {
  return name.startsWith('Reflection') ? 'reflect' : name.startsWith('Replication') ? 'replicate' : 'circular';
}

/** PyTorch names the last axis first: `(left, right, top, bottom)`. */
export function padKind(flat: readonly number[], rank: number, mode: PadMode, value: number): LayerKind {
  const pads = Array.from({ length: rank }, (_, axis): readonly [number, number] => {
    const at = 2 * (rank - 1 - axis);
    return [flat[at] ?? 0, flat[at + 1] ?? 0];
  });
  return { kind: 'pad', pads, mode, value, dataFormat: FIRST };
}

const linear: Translate = (given) => ({
  kind: {
    kind: 'dense',
    units: given.number('out_features', 1),
    useBias: given.flag('bias', true),
    activation: LINEAR
  },
  ...declared(given, 'in_features')
});

/** One layer with the batch first; more layers, or steps first, are no single kind. */
const recurrent: Translate = (given, _rank, _input, name) => {
  const layers = given.number('num_layers', 1);
  const bidirectional = given.flag('bidirectional', false);
  const units = given.number('hidden_size', 1);
  const useBias = given.flag('bias', true);
  const features = given.number('input_size', 1);
  if (layers !== 1 || !given.flag('batch_first', false) || given.number('proj_size', 0) !== 0) {
    const gates = { LSTM: 4, GRU: 3 }[name] ?? 1;
    const directions = bidirectional ? 2 : 1;
    const learned = Array.from({ length: layers }, (_, i) => {
      const inputs = i === 0 ? features : units * directions;
      return directions * gates * units * (inputs + units + (useBias ? 2 : 0));
    }).reduce((sum, one) => sum + one, 0);
    const known = given.number('proj_size', 0) === 0 ? { declaredParameters: { learned, measured: 0 } } : {};
    return {
      kind: { kind: 'opaque', reason: t('a recurrent layer of this form is shown, but not computed') },
      ...known
    };
  }
  return {
    kind: {
      kind: 'recurrent',
      cell: name === 'LSTM' ? 'lstm' : name === 'GRU' ? 'gru' : 'simple',
      units,
      useBias,
      returnSequences: true,
      bidirectional: bidirectional ? 'concat' : null,
      goBackwards: false,
      activation:
        given.word('nonlinearity', 'tanh') === 'relu'
          ? (torchActivation('relu', given, 3) ?? LINEAR)
          : { name: 'tanh' },
      recurrentActivation: { name: 'sigmoid' },
      resetAfter: true
    },
    declaredFeatures: [features]
  };
};

/** Projections of queries, keys and values to `embed_dim` and back. */
const attention: Translate = (given) => {
  const size = given.number('embed_dim', 1);
  const keys = given.numberOrNone('kdim', null) ?? size;
  const values = given.numberOrNone('vdim', null) ?? size;
  const isStated = (name: string): boolean => given.raw(name) !== undefined && given.raw(name) !== null;
  const bias = given.flag('bias', true) ? 4 * size : 0;
  const extra = given.flag('add_bias_kv', false) ? 2 * size : 0;
  const learned = size * (size + (!isStated('kdim') ? size : keys) + (!isStated('vdim') ? size : values) + size);
  return {
    kind: { kind: 'opaque', reason: t('attention is shown, but not computed') },
    declaredParameters: { learned: learned + bias + extra, measured: 0 }
  };
};

const TRANSLATIONS: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['Conv', convolution],
  ['LazyConv', convolution],
  ['ConvTranspose', transposed],
  ['MaxPool', pooling],
  ['AvgPool', pooling],
  ['AdaptiveAvgPool', adaptivePooling],
  ['AdaptiveMaxPool', adaptivePooling],
  ['BatchNorm', batchNorm],
  ['LazyBatchNorm', batchNorm],
  ['SyncBatchNorm', batchNorm],
  ['InstanceNorm', instanceNorm],
  ['GroupNorm', groupNorm],
  ['LayerNorm', layerNorm],
  ['RMSNorm', layerNorm],
  [
    'LocalResponseNorm',
    (given) => ({
      kind: {
        kind: 'localResponseNorm',
        size: given.number('size', 1),
        alpha: given.number('alpha', 1e-4),
        beta: given.number('beta', 0.75),
        k: given.number('k', 1),
        dataFormat: FIRST
      }
    })
  ],
  ['Linear', linear],
  ['LazyLinear', linear],
  ['Dropout', dropout],
  [
    'AlphaDropout',
    (given) => ({ kind: { kind: 'alphaDropout', rate: given.number('p', 0.5), sharedAxes: [], seed: null } })
  ],
  [
    'FeatureAlphaDropout',
    (given) => ({ kind: { kind: 'alphaDropout', rate: given.number('p', 0.5), sharedAxes: [2, 3], seed: null } })
  ],
  ['Identity', () => ({ kind: { kind: 'identity' } })],
  [
    'PReLU',
    (given) => {
      const slopes = given.number('num_parameters', 1);
      return slopes === 1
        ? { kind: { kind: 'prelu', sharedAxes: [], parameters: 'single' } }
        : { kind: { kind: 'prelu', sharedAxes: [], parameters: 'perChannel' }, declaredFeatures: [slopes] };
    }
  ],
  [
    'Flatten',
    (given) => ({
      kind: {
        kind: 'flatten',
        channelsLastOrder: false,
        startAxis: given.number('start_dim', 1),
        endAxis: given.number('end_dim', -1)
      }
    })
  ],
  [
    'Unflatten',
    (given, _rank, input) => {
      const target = given.list('unflattened_size');
      const onlyAxis = input !== null && input.length === 2 && [1, -1].includes(given.number('dim', 1));
      return target === null || !onlyAxis ? null : { kind: { kind: 'reshape', target } };
    }
  ],
  ['Upsample', (given, _rank, input) => ({ kind: resizeKind(given, input, given.word('mode', 'nearest')) })],
  ['UpsamplingNearest', (given, _rank, input) => ({ kind: resizeKind(given, input, 'nearest') })],
  ['UpsamplingBilinear', (given, _rank, input) => ({ kind: resizeKind(given, input, 'bilinear', true) })],
  [
    'PixelShuffle',
    (given) => ({ kind: { kind: 'pixelShuffle', factor: given.number('upscale_factor', 1), dataFormat: FIRST } })
  ],
  ['ZeroPad', paddingLayer],
  ['ReflectionPad', paddingLayer],
  ['ReplicationPad', paddingLayer],
  ['CircularPad', paddingLayer],
  ['ConstantPad', paddingLayer],
  [
    'Embedding',
    (given) => ({
      kind: {
        kind: 'embedding',
        inputDim: given.number('num_embeddings', 1),
        outputDim: given.number('embedding_dim', 1)
      }
    })
  ],
  ['RNN', recurrent],
  ['LSTM', recurrent],
  ['GRU', recurrent],
  ['MultiheadAttention', attention]
]);
