/** The penalties that layers carry themselves: Keras's `kernel_regularizer` and its like. */
import type { LayerNode } from '../../core/model';
import type { WeightRole } from '../../core/tensor';
import type { Parameter } from '../../engine/trainable';
import type { RegularizerSettings } from '../regularizers';

const ATTRIBUTES: Readonly<Partial<Record<WeightRole, string>>> = {
  kernel: 'kernel_regularizer',
  depthwiseKernel: 'depthwise_regularizer',
  pointwiseKernel: 'pointwise_regularizer',
  recurrentKernel: 'recurrent_regularizer',
  bias: 'bias_regularizer',
  gamma: 'gamma_regularizer',
  beta: 'beta_regularizer',
  alpha: 'alpha_regularizer',
  embeddings: 'embeddings_regularizer'
};

/** By `Parameter.key`. */
export function regularizersOf(
  layers: ReadonlyMap<string, LayerNode>,
  parameters: readonly Parameter[]
): ReadonlyMap<string, RegularizerSettings> {
  const found = new Map<string, RegularizerSettings>();
  for (const { key, layer, role } of parameters) {
    const attribute = ATTRIBUTES[role];
    const stated = attribute === undefined ? undefined : layers.get(layer)?.config.get(attribute);
    const settings = regularizerOf(stated);
    if (settings !== null) found.set(key, settings);
  }
  return found;
}

/** `"l2"`, or `{class_name: 'L2', config: {l2: 0.01}}` as a map or an object; `null` for anything else. */
export function regularizerOf(value: unknown): RegularizerSettings | null {
  if (typeof value === 'string') return plain(value, () => undefined);
  const name = get(value, 'class_name');
  const config = get(value, 'config');
  return typeof name === 'string' ? plain(name, (key) => get(config, key)) : null;
}

function plain(name: string, parameter: (key: string) => unknown): RegularizerSettings | null {
  const number = (keys: readonly string[], otherwise: number): number => {
    const given = keys.map(parameter).find((one) => typeof one === 'number');
    return typeof given === 'number' ? given : otherwise;
  };
  switch (name.toLowerCase()) {
    case 'l1':
      return { l1: number(['l1', 'l'], 0.01), l2: 0 };
    case 'l2':
      return { l1: 0, l2: number(['l2', 'l'], 0.01) };
    case 'l1l2':
    case 'l1_l2':
    case 'l1l2regularizer':
      return { l1: number(['l1'], 0), l2: number(['l2'], 0) };
    default:
      return null;
  }
}

function get(value: unknown, key: string): unknown {
  if (value instanceof Map) return (value as ReadonlyMap<unknown, unknown>).get(key);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(key);
}
