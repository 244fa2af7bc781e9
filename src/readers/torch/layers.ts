/**
 * Layers out of the names and shapes of a state_dict. It has no graph: what stands here is a list in the file's order, with
 * kinds only as far as names, shapes and, in a whole saved module, the module's own attributes tell.
 */
import { LINEAR } from '../../core/activation';
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import type { KernelLayout, WeightRole } from '../../core/tensor';
import { tensorRef, type RawTensor } from '../weights/rawTensor';
import { groupsToldBy, kindFromAttributes, normOf } from './moduleKinds';
import type { ModuleFacts } from './stateDict';
import { t } from '../../core/texts';

/** A tensor of the file with its place in the network's tree of names. */
export interface NamedTensor {
  /** `layer1.0.conv1.weight`, without the prefixes that wrappers add. */
  readonly key: string;
  readonly raw: RawTensor;
  readonly module: ModuleFacts | null;
}

interface Group {
  readonly name: string;
  /** By the last word of the key, in the file's order. */
  readonly tensors: ReadonlyMap<string, RawTensor>;
  readonly module: ModuleFacts | null;
}

/** Prefixes of `DataParallel`, `torch.compile` and averaged models; stripped where every name has them. */
const WRAPPERS = ['module.', '_orig_mod.'];

/** Keys without what a wrapper put in front of all of them, as often as there are wrappers. */
export function withoutWrappers(keys: readonly string[]): readonly string[] {
  const relevant = keys.filter((key) => key !== 'n_averaged');
  for (const prefix of WRAPPERS) {
    if (relevant.length > 0 && relevant.every((key) => key.startsWith(prefix) && key.length > prefix.length)) {
      return withoutWrappers(keys.map((key) => (key.startsWith(prefix) ? key.slice(prefix.length) : key)));
    }
  }
  return keys;
}

function groupsOf(tensors: readonly NamedTensor[]): Group[] {
  const groups = new Map<string, { tensors: Map<string, RawTensor>; module: ModuleFacts | null }>();
  for (const { key, raw, module } of tensors) {
    const dot = key.lastIndexOf('.');
    const name = dot < 0 ? key : key.slice(0, dot);
    const group = groups.get(name) ?? { tensors: new Map<string, RawTensor>(), module };
    group.tensors.set(dot < 0 ? key : key.slice(dot + 1), raw);
    groups.set(name, group);
  }
  return [...groups].map(([name, group]) => ({ name, ...group }));
}

/** What the layers before say about a layer whose own shapes leave it open. */
interface Before {
  /** Channels of the last value known. */
  channels: number | null;
  rank: 0 | 1 | 2 | 3;
}

interface Inferred {
  readonly kind: LayerKind;
  readonly sourceType: string;
  readonly declaredFeatures?: readonly number[];
  /** By the word of the key; words that are not here keep the role `other`. */
  readonly roles: ReadonlyMap<string, readonly [WeightRole, KernelLayout]>;
}

const NORM_ROLES = new Map<string, readonly [WeightRole, KernelLayout]>([
  ['weight', ['gamma', 'none']],
  ['bias', ['beta', 'none']],
  ['running_mean', ['movingMean', 'none']],
  ['running_var', ['movingVariance', 'none']],
  ['num_batches_tracked', ['count', 'none']]
]);

const kernelRoles = (layout: KernelLayout) =>
  new Map<string, readonly [WeightRole, KernelLayout]>([
    ['weight', ['kernel', layout]],
    ['bias', ['bias', 'none']]
  ]);

const opaque = (reason: string, sourceType = 'unknown'): Inferred => ({
  kind: { kind: 'opaque', reason },
  sourceType,
  roles: new Map()
});

const unknown = (sourceType?: string) =>
  opaque(t('the file holds weights only, and their names and shapes do not tell what the layer does'), sourceType);

function convolution(group: Group, weight: RawTensor, bias: RawTensor | undefined, before: Before): Inferred {
  const [first = 0, second = 0, ...kernelSize] = weight.shape;
  const rank = kernelSize.length;
  if (rank !== 1 && rank !== 2 && rank !== 3) return unknown();
  const biasSize = bias?.shape[0];
  const named = /transpose|deconv|upconv|convt\b|up_?conv/i.test(group.name);
  const told = group.module?.className ?? null;
  const transposed =
    told === null
      ? biasSize === undefined
        ? named && before.channels === first
        : biasSize !== first && biasSize === second
      : told.startsWith('ConvTranspose');
  const toldGroups = groupsToldBy(group.module);
  const common = {
    rank,
    kernelSize,
    strides: kernelSize.map(() => 1),
    dilation: kernelSize.map(() => 1),
    padding: { type: 'valid' },
    dataFormat: 'channelsFirst',
    useBias: bias !== undefined,
    activation: LINEAR
  } as const;
  if (transposed) {
    return {
      kind: {
        kind: 'convTranspose',
        filters: second * (toldGroups ?? 1),
        groups: toldGroups ?? 1,
        outputPadding: kernelSize.map(() => 0),
        ...common
      },
      sourceType: `ConvTranspose${rank}d`,
      declaredFeatures: [first],
      roles: kernelRoles('IOHW')
    };
  }
  if (biasSize !== undefined && biasSize !== first) return unknown();
  // [C, 1, …] after C channels is a depthwise convolution; the first layer on grey pictures has one input channel too.
  const { channels } = before;
  const depthwise = second === 1 && channels !== null && channels > 1 && first % channels === 0;
  const groups = toldGroups ?? (depthwise ? channels : 1);
  return {
    kind: { kind: 'conv', filters: first, groups, ...common },
    sourceType: `Conv${rank}d`,
    declaredFeatures: [second * groups],
    roles: kernelRoles('OIHW')
  };
}

function linear(group: Group, weight: RawTensor, bias: RawTensor | undefined): Inferred {
  const [units = 0, features = 0] = weight.shape;
  const told = group.module?.className ?? null;
  if (
    told === null
      ? bias === undefined && /embed|(^|\.)emb|wte|wpe|token_?type|vocab/i.test(group.name)
      : told === 'Embedding'
  ) {
    return {
      kind: { kind: 'embedding', inputDim: units, outputDim: features },
      sourceType: 'Embedding',
      roles: new Map([['weight', ['embeddings', 'none']]])
    };
  }
  if (bias !== undefined && bias.shape[0] !== units) return unknown();
  return {
    kind: { kind: 'dense', units, useBias: bias !== undefined, activation: LINEAR },
    sourceType: 'Linear',
    declaredFeatures: [features],
    roles: kernelRoles('OI')
  };
}

function batchNorm(group: Group, before: Before): Inferred {
  const size = group.tensors.get('running_mean')?.shape[0] ?? 0;
  const scale = group.tensors.has('weight');
  const center = group.tensors.has('bias');
  return {
    kind: { kind: 'batchNorm', axis: 1, epsilon: 1e-5, momentum: 0.9, center, scale, tracksStatistics: true },
    sourceType: before.rank === 0 ? 'BatchNorm1d' : `BatchNorm${before.rank}d`,
    declaredFeatures: [size],
    roles: NORM_ROLES
  };
}

/** A vector alone, or two: a normalisation without moving statistics, or the slopes of a PReLU. */
function vectors(group: Group, weight: RawTensor, bias: RawTensor | undefined): Inferred {
  const [size = 0] = weight.shape;
  const norm = normOf(group.module, bias !== undefined);
  if (norm !== null) return { kind: norm, sourceType: 'Norm', declaredFeatures: weight.shape, roles: NORM_ROLES };
  if (bias === undefined && !/norm|(^|\.)(ln|gn|rms|bn)\d*$|scale/i.test(group.name)) {
    return {
      kind: { kind: 'prelu', sharedAxes: [], parameters: size === 1 ? 'single' : 'perChannel' },
      sourceType: 'PReLU',
      declaredFeatures: [size],
      roles: new Map([['weight', ['alpha', 'none']]])
    };
  }
  const reason = t(
    'a normalisation without moving statistics: its weights do not tell whether it works by layer, by group or by channel'
  );
  return { ...opaque(reason, 'Norm'), roles: NORM_ROLES };
}

const GATES = new Map([
  [4, { cell: 'lstm', type: 'LSTM' }],
  [3, { cell: 'gru', type: 'GRU' }],
  [1, { cell: 'simple', type: 'RNN' }]
] as const);

/** `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and with `_reverse` behind for the other direction. */
function recurrent(group: Group): Inferred {
  const input = group.tensors.get('weight_ih_l0');
  const state = group.tensors.get('weight_hh_l0');
  const [rows = 0, units = 0] = state?.shape ?? [];
  const gates = GATES.get((rows / Math.max(1, units)) as 1 | 3 | 4);
  const deep = [...group.tensors.keys()].some((word) => /_l[1-9]|weight_hr_/.test(word));
  if (input?.shape.length !== 2 || gates === undefined || deep) {
    return opaque(t('a recurrent layer of several layers, or of a kind that its weights do not tell'), 'RNN');
  }
  const roles = new Map<string, readonly [WeightRole, KernelLayout]>();
  for (const ending of ['', '_reverse']) {
    roles.set(`weight_ih_l0${ending}`, ['kernel', 'OI']);
    roles.set(`weight_hh_l0${ending}`, ['recurrentKernel', 'OI']);
    roles.set(`bias_ih_l0${ending}`, ['bias', 'none']);
    roles.set(`bias_hh_l0${ending}`, ['bias', 'none']);
  }
  return {
    kind: {
      kind: 'recurrent',
      cell: gates.cell,
      units,
      useBias: group.tensors.has('bias_ih_l0'),
      returnSequences: true,
      bidirectional: group.tensors.has('weight_ih_l0_reverse') ? 'concat' : null,
      goBackwards: false,
      activation: { name: 'tanh' },
      recurrentActivation: { name: 'sigmoid' },
      resetAfter: true
    },
    sourceType: gates.type,
    declaredFeatures: [input.shape[1] ?? 0],
    roles
  };
}

/** Words by which a layer keeps its weight in another form than the product it multiplies with. */
const REWRITTEN = new Set(['weight_g', 'weight_v', 'weight_orig', 'weight_u', 'original0', 'original1', 'weight_mask']);

function infer(group: Group, before: Before): Inferred {
  const { tensors } = group;
  const words = [...tensors.keys()];
  if (words.includes('weight_ih_l0')) return recurrent(group);
  if (words.some((word) => REWRITTEN.has(word))) {
    return opaque(t('its weight is kept in another form (weight norm, spectral norm or pruning)'));
  }
  if (words.includes('running_mean') && words.includes('running_var')) {
    return words.every((word) => NORM_ROLES.has(word)) ? batchNorm(group, before) : unknown();
  }
  const weight = tensors.get('weight');
  const bias = tensors.get('bias');
  const plain = words.every((word) => word === 'weight' || word === 'bias');
  if (weight === undefined || !plain || (bias !== undefined && bias.shape.length !== 1)) return unknown();
  if (weight.shape.length >= 3) return convolution(group, weight, bias, before);
  if (weight.shape.length === 2) return linear(group, weight, bias);
  if (weight.shape.length === 1) return vectors(group, weight, bias);
  return unknown();
}

/** What the next layer may read: the channels this one gives. */
function follow(before: Before, { kind }: Inferred): void {
  if (kind.kind === 'conv' || kind.kind === 'convTranspose') {
    before.channels = kind.filters;
    before.rank = kind.rank;
  } else if (kind.kind === 'dense') {
    before.channels = kind.units;
    before.rank = 0;
  } else if (kind.kind === 'opaque') before.channels = null;
}

/** The layers in the order in which their first tensor stands. */
export function inferLayers(tensors: readonly NamedTensor[]): Map<string, LayerNode> {
  const before: Before = { channels: null, rank: 2 };
  const layers = new Map<string, LayerNode>();
  for (const group of groupsOf(tensors)) {
    const inferred = infer(group, before);
    follow(before, inferred);
    const { kind, sourceType } = kindFromAttributes(inferred, group.module);
    layers.set(group.name, {
      id: group.name,
      name: group.name,
      kind,
      sourceType,
      config: new Map(),
      weights: [...group.tensors].map(([word, raw]) => {
        const [role, layout] = inferred.roles.get(word) ?? ['other', 'none'];
        return tensorRef(raw, role, layout);
      }),
      trainable: true,
      listed: true,
      declaredFeatures: inferred.declaredFeatures
    });
  }
  return layers;
}
