/** Parameter counts of layers: from a file's own weights where there are any, else from kind and shapes. */
import { countElements, expectedWeights, type ExpectedWeight } from './expectedWeights';
import type { Framework, LayerNode } from './model';
import type { Shape } from './shape';
import { elementCount, type DType, type TensorRef, type WeightRole } from './tensor';
import { t } from './texts';

export interface ParameterCount {
  /** Everything the model's own framework reports as parameters. */
  readonly params: number | null;
  /** Of these, what learns; moving statistics and frozen layers do not. */
  readonly trainable: number | null;
  /** Moving statistics the framework does not report as parameters (PyTorch). */
  readonly buffers: number;
  /** Bytes of parameters and moving statistics in memory, in the file's own element types, else float32. */
  readonly bytes: number | null;
  /** Where weights and kind contradict each other, in words. */
  readonly contradiction: string | null;
}

export interface CountingRules {
  readonly framework: Framework;
  /** Moving statistics are parameters (Keras, TF.js, every file without a graph), or buffers of their own (PyTorch). */
  readonly statisticsAreParameters: boolean;
  /** The model comes with its weights: a layer without any has none. */
  readonly weightsAreComplete: boolean;
}

const NO_PARAMETERS: ParameterCount = { params: 0, trainable: 0, buffers: 0, bytes: 0, contradiction: null };
const UNKNOWN: ParameterCount = { params: null, trainable: null, buffers: 0, bytes: null, contradiction: null };

const STATISTICS: ReadonlySet<WeightRole> = new Set(['movingMean', 'movingVariance', 'mean', 'variance', 'count']);

/** Random state and training state, which no framework counts among a layer's parameters. */
const UNCOUNTED: ReadonlySet<WeightRole> = new Set(['seed', 'optimizer']);

const BYTES: Readonly<Record<DType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1,
  string: 0
};

/** Size of one element in memory. */
export function bytesPerElement(dtype: DType): number {
  return BYTES[dtype];
}

const isFloat = (tensor: TensorRef): boolean => /float/.test(tensor.dtype);

/** PyTorch's `num_batches_tracked` and the like: whole-number counters of a framework that does not count statistics. */
function isCounted(tensor: TensorRef, rules: CountingRules): boolean {
  if (UNCOUNTED.has(tensor.role)) return false;
  return rules.framework === 'pytorch' ? isFloat(tensor) : true;
}

/**
 * Counts the parameters of one layer (a nested model's are counted layer by layer).
 * @param frozen a model around the layer is not trainable.
 */
export function countParameters(
  layer: LayerNode,
  inputShape: Shape | null,
  rules: CountingRules,
  frozen: boolean
): ParameterCount {
  const expected = expectedWeights(layer, inputShape, rules.framework);
  if (layer.weights.length > 0) return fromWeights(layer, expected, rules, frozen);
  const { declaredParameters } = layer;
  if (expected === null && declaredParameters !== undefined) {
    const { learned, measured } = declaredParameters;
    return counted(learned, measured, rules, layer.trainable && !frozen);
  }
  if (expected === null) {
    // Keras's Lambda cannot own weights, whatever its function does.
    return rules.weightsAreComplete || layer.sourceType === 'Lambda' ? NO_PARAMETERS : UNKNOWN;
  }
  const learned = countElements(expected.filter((weight) => weight.counts === 'parameter'));
  const measured = countElements(expected) - learned;
  return {
    ...counted(learned, measured, rules, layer.trainable && !frozen),
    contradiction:
      rules.weightsAreComplete && learned + measured > 0 ? t('the file holds no weights for this layer') : null
  };
}

/** Fresh float32 numbers under the framework's rules. */
function counted(learned: number, measured: number, rules: CountingRules, trainable: boolean): ParameterCount {
  return {
    params: rules.statisticsAreParameters ? learned + measured : learned,
    trainable: trainable ? learned : 0,
    buffers: rules.statisticsAreParameters ? 0 : measured,
    bytes: 4 * (learned + measured),
    contradiction: null
  };
}

function fromWeights(
  layer: LayerNode,
  expected: readonly ExpectedWeight[] | null,
  rules: CountingRules,
  frozen: boolean
): ParameterCount {
  let learned = 0;
  let measured = 0;
  let bytes = 0;
  for (const tensor of layer.weights) {
    if (!isCounted(tensor, rules)) continue;
    const elements = elementCount(tensor.shape);
    if (STATISTICS.has(tensor.role)) measured += elements;
    else learned += elements;
    bytes += elements * bytesPerElement(tensor.dtype);
  }
  return {
    params: rules.statisticsAreParameters ? learned + measured : learned,
    trainable: layer.trainable && !frozen ? learned : 0,
    buffers: rules.statisticsAreParameters ? 0 : measured,
    bytes,
    contradiction: expected === null ? null : contradictionOf(layer, expected, rules)
  };
}

/** Elements by role: comparable whatever the layout or the order. */
function elementsByRole(weights: readonly { role: WeightRole; shape: readonly number[] }[]): Map<WeightRole, number> {
  const sums = new Map<WeightRole, number>();
  for (const { role, shape } of weights) sums.set(role, (sums.get(role) ?? 0) + elementCount(shape));
  return sums;
}

function contradictionOf(layer: LayerNode, expected: readonly ExpectedWeight[], rules: CountingRules): string | null {
  const counted = layer.weights.filter((tensor) => isCounted(tensor, rules));
  // What a reader could not name cannot be compared role by role.
  if (counted.some((tensor) => tensor.role === 'other')) return null;
  const held = elementsByRole(counted);
  const needed = elementsByRole(expected);
  for (const role of new Set([...needed.keys(), ...held.keys()])) {
    const has = held.get(role) ?? 0;
    const needs = needed.get(role) ?? 0;
    // The counter beside an adapted mean is not stored by every version.
    if (has === needs || role === 'count') continue;
    if (has === 0) return t('the file holds no {0}, but the layer needs one of {1} numbers', role, needs);
    if (needs === 0) return t('the file holds a {0} of {1} numbers, which the layer has no use for', role, has);
    return t('its {0} in the file has {1} numbers, but the layer and its input need {2}', role, has, needs);
  }
  return null;
}
