/**
 * What a whole saved module adds to what its weights tell: strides, padding, dilation, groups and epsilon are attributes
 * of PyTorch's own classes (torch/nn/modules/conv.py, batchnorm.py), kept in the module's dictionary.
 */
import type { LayerKind, PadMode, Padding } from '../../core/layerKind';
import { isList, type PickleValue } from './values';
import type { ModuleFacts } from './stateDict';

interface Told {
  readonly kind: LayerKind;
  readonly sourceType: string;
}

type Attributes = ReadonlyMap<PickleValue, PickleValue>;

const isCount = (value: PickleValue): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e6;

/** A pair or a single number, for each axis. */
function sizesAt(attributes: Attributes, name: string, rank: number): number[] | null {
  const value = attributes.get(name) ?? null;
  if (isCount(value)) return Array.from({ length: rank }, () => value);
  if (!isList(value) || value.length !== rank || !value.every(isCount)) return null;
  return [...(value as readonly number[])];
}

/** Groups of a convolution whose module was saved; `null` where none was. */
export function groupsToldBy(module: ModuleFacts | null): number | null {
  const groups = module?.attributes.get('groups') ?? null;
  return isCount(groups) && groups > 0 ? groups : null;
}

/** The kind of a saved LayerNorm, GroupNorm or InstanceNorm with weights; `null` for any other module. */
export function normOf(module: ModuleFacts | null, center: boolean): LayerKind | null {
  const eps = module?.attributes.get('eps');
  if (module === null || typeof eps !== 'number') return null;
  const shared = { epsilon: eps, scale: true, center };
  if (module.className === 'LayerNorm') {
    const sizes = module.attributes.get('normalized_shape') ?? null;
    const rank = isList(sizes) ? sizes.length : 0;
    return { kind: 'layerNorm', axes: Array.from({ length: rank }, (_, i) => i - rank), rms: false, ...shared };
  }
  const groups = module.attributes.get('num_groups') ?? null;
  if (module.className === 'GroupNorm' && isCount(groups)) return { kind: 'groupNorm', groups, axis: 1, ...shared };
  return /^InstanceNorm[123]d$/.test(module.className) ? { kind: 'groupNorm', groups: -1, axis: 1, ...shared } : null;
}

const MODES: ReadonlyMap<PickleValue, PadMode> = new Map<PickleValue, PadMode>([
  ['zeros', 'zeros'],
  ['reflect', 'reflect'],
  ['replicate', 'replicate'],
  ['circular', 'circular']
]);

/** Padding in numbers, or the words `same` and `valid` that PyTorch 1.9 and later take. */
function paddingOf(attributes: Attributes, kernelSize: readonly number[], dilation: readonly number[]): Padding | null {
  const value = attributes.get('padding') ?? null;
  if (value === 'valid') return { type: 'valid' };
  const mode = MODES.get(attributes.get('padding_mode') ?? 'zeros');
  if (mode === undefined) return null;
  if (value === 'same') {
    const pads = kernelSize.map((size, axis): [number, number] => {
      const total = (dilation[axis] ?? 1) * (size - 1);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
    return { type: 'explicit', pads, mode };
  }
  const sizes = sizesAt(attributes, 'padding', kernelSize.length);
  return sizes === null ? null : { type: 'explicit', pads: sizes.map((size) => [size, size] as const), mode };
}

function withAttributes(kind: LayerKind, attributes: Attributes): LayerKind {
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose': {
      const { rank } = kind;
      const strides = sizesAt(attributes, 'stride', rank);
      const dilation = sizesAt(attributes, 'dilation', rank);
      if (strides === null || dilation === null) return kind;
      const padding = paddingOf(attributes, kind.kernelSize, dilation);
      if (padding === null) return kind;
      if (kind.kind === 'conv') return { ...kind, strides, dilation, padding };
      const outputPadding = sizesAt(attributes, 'output_padding', rank);
      if (outputPadding === null) return kind;
      return { ...kind, strides, dilation, padding, outputPadding };
    }
    case 'batchNorm': {
      const epsilon = attributes.get('eps');
      const momentum = attributes.get('momentum');
      return {
        ...kind,
        epsilon: typeof epsilon === 'number' && epsilon > 0 ? epsilon : kind.epsilon,
        momentum: typeof momentum === 'number' ? 1 - momentum : kind.momentum
      };
    }
    default:
      return kind;
  }
}

/** PyTorch's own classes, whose attributes are known to mean what they say. */
const EXPECTED: ReadonlyMap<string, LayerKind['kind']> = new Map([
  ['Conv1d', 'conv'],
  ['Conv2d', 'conv'],
  ['Conv3d', 'conv'],
  ['ConvTranspose1d', 'convTranspose'],
  ['ConvTranspose2d', 'convTranspose'],
  ['ConvTranspose3d', 'convTranspose'],
  ['BatchNorm1d', 'batchNorm'],
  ['BatchNorm2d', 'batchNorm'],
  ['BatchNorm3d', 'batchNorm'],
  ['SyncBatchNorm', 'batchNorm']
]);

/** The inferred kind with the module's own attributes, where there is a module and its class agrees. */
export function kindFromAttributes(inferred: Told, module: ModuleFacts | null): Told {
  if (module === null) return inferred;
  const { className, attributes } = module;
  const agrees = EXPECTED.get(className) === inferred.kind.kind;
  return { kind: agrees ? withAttributes(inferred.kind, attributes) : inferred.kind, sourceType: className };
}
