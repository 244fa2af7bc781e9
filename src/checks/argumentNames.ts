/** One idea, three spellings: the arguments that checks read and edits write, by framework, with their place in the call. */
import { kerasSignature } from '../core/keras/signatures';
import type { Framework, LayerNode } from '../core/model';
import { argumentOfCall, type ArgumentText, type CallText } from './callText';
import { literalOf, type LiteralValue } from './literals';
import { TORCH_ARGUMENTS } from './torchArguments';

/** An argument as written in Keras; the other frameworks' names are found from it. */
export type ArgumentName =
  | 'units'
  | 'filters'
  | 'kernel_size'
  | 'strides'
  | 'padding'
  | 'dilation_rate'
  | 'groups'
  | 'pool_size'
  | 'rate'
  | 'use_bias'
  | 'activation'
  | 'axis'
  | 'features';

const TORCH_NAMES: Readonly<Record<ArgumentName, readonly string[]>> = {
  units: ['out_features'],
  filters: ['out_channels'],
  kernel_size: ['kernel_size'],
  strides: ['stride'],
  padding: ['padding'],
  dilation_rate: ['dilation'],
  groups: ['groups'],
  pool_size: ['kernel_size'],
  rate: ['p'],
  use_bias: ['bias'],
  activation: [],
  axis: ['dim'],
  features: ['in_features', 'in_channels', 'num_features']
};

/** `use_bias` as TensorFlow.js writes it: `useBias`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The name of an argument in the layer's own framework; `null` where that class has none. */
export function ownName(framework: Framework, layer: LayerNode, name: ArgumentName): string | null {
  if (framework === 'pytorch') {
    const known = TORCH_ARGUMENTS.get(layer.sourceType) ?? [];
    return TORCH_NAMES[name].find((each) => known.includes(each)) ?? null;
  }
  if (name === 'features') return null;
  return framework === 'tfjs' ? camelCase(name) : name;
}

/** Its place where it can be given without a name; -1 where it cannot. */
export function placeOf(framework: Framework, layer: LayerNode, own: string): number {
  if (framework === 'pytorch') return (TORCH_ARGUMENTS.get(layer.sourceType) ?? []).indexOf(own);
  if (framework === 'tfjs') return -1;
  return (kerasSignature(layer.sourceType) ?? []).indexOf(own);
}

/** The argument as it stands in the text. */
export function writtenArgument(
  framework: Framework,
  layer: LayerNode,
  call: CallText | null,
  name: ArgumentName
): ArgumentText | null {
  const own = ownName(framework, layer, name);
  return call === null || own === null ? null : argumentOfCall(call, own, placeOf(framework, layer, own));
}

/** The argument's value: what the program computed, else what the text spells. `undefined` where neither says. */
export function valueOf(layer: LayerNode, own: string, written: ArgumentText | null): LiteralValue | undefined {
  const computed = layer.config.get(own);
  if (computed !== undefined) return asLiteral(computed);
  return written === null ? undefined : literalOf(written.text);
}

function asLiteral(value: unknown): LiteralValue | undefined {
  if (value === null || ['number', 'string', 'boolean'].includes(typeof value)) return value as LiteralValue;
  if (!Array.isArray(value)) return undefined;
  const items = value.map(asLiteral).filter((item) => item !== undefined);
  return items.length === value.length ? items : undefined;
}
