/** Interpreter values as the plain attributes that `kerasLayer` reads. */
import { t } from '../../core/texts';
import {
  DictValue,
  FunctionValue,
  isPrimitive,
  ListValue,
  ObjectValue,
  PathValue,
  Unknown,
  type Value
} from '../interpreter/values';
import { LayerValue } from './values';

/** Positional parameters of initialisers. */
const INITIALIZER_PARAMETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RandomNormal', ['mean', 'stddev', 'seed']],
  ['TruncatedNormal', ['mean', 'stddev', 'seed']],
  ['RandomUniform', ['minval', 'maxval', 'seed']],
  ['Constant', ['value']],
  ['VarianceScaling', ['scale', 'mode', 'distribution', 'seed']]
]);

/** The plain value, or `Unknown` with the first reason found inside it. */
export function plainOf(value: Value): unknown {
  if (value instanceof Unknown || isPrimitive(value)) return value;
  if (value instanceof ListValue) {
    if (value.taint !== null) return value.taint;
    const items = value.items.map(plainOf);
    return items.find((item) => item instanceof Unknown) ?? items;
  }
  if (value instanceof DictValue) {
    if (value.taint !== null) return value.taint;
    const entries = [...value.entries].map(([key, entry]) => [String(key), plainOf(entry)] as const);
    return entries.find(([, entry]) => entry instanceof Unknown)?.[1] ?? new Map(entries);
  }
  if (value instanceof PathValue) return value.path.split('.').at(-1) ?? value.path;
  if (value instanceof ObjectValue) {
    const className = value.path.split('.').at(-1) ?? value.path;
    const names = INITIALIZER_PARAMETERS.get(className) ?? [];
    const config = new Map<string, unknown>();
    value.args.positional.forEach((argument, i) => {
      const name = names[i];
      if (name !== undefined) config.set(name, plainOf(argument));
    });
    for (const [name, argument] of value.args.named) config.set(name, plainOf(argument));
    return new Map<string, unknown>([
      ['class_name', className],
      ['config', config]
    ]);
  }
  if (value instanceof LayerValue) {
    const config = new Map([...value.attributes].map(([name, attribute]) => [name, plainOf(attribute)]));
    return new Map<string, unknown>([
      ['class_name', value.className],
      ['config', config]
    ]);
  }
  if (value instanceof FunctionValue) return new Unknown(t('it is a function of this document, which is never run'));
  return new Unknown(t('its value is not a number, word or list'));
}
