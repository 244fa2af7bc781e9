/** Names that JavaScript itself gives: `Math`, `Array`, `Object`, `console`. */
import type { Located } from '../python/ast';
import { t } from '../../core/texts';
import { iterated } from '../interpreter/containers';
import { callValue } from '../interpreter/calls';
import type { Machine } from '../interpreter/machine';
import { superOfFrame } from '../interpreter/objects';
import { required } from './imports';
import {
  DictValue,
  isPrimitive,
  ListValue,
  NO_ARGS,
  PathValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';

const NAMES = new Set(
  'Math Array Object Number String Boolean JSON console Promise Symbol Map Set parseInt parseFloat super isNaN document window process fetch setTimeout performance require Error'.split(
    ' '
  )
);

/** Path of TensorFlow.js itself, under whatever name the document imports it. */
export const TENSORFLOW = 'tfjs';

export function scriptGlobal(name: string): Value | undefined {
  if (name === 'undefined') return null;
  if (name === 'Infinity') return Number.POSITIVE_INFINITY;
  // The script tag of TensorFlow.js defines `tf`.
  if (name === 'tf') return new PathValue(TENSORFLOW);
  // That of its pictures defines `tfvis`, which only shows what it is given.
  if (name === 'tfvis') return new PathValue('@tensorflow/tfjs-vis');
  return NAMES.has(name) ? new PathValue(`js.${name}`) : undefined;
}

/** `undefined` for paths that are none of the language's own. */
export function callScriptGlobal(machine: Machine, path: string, args: Args, at: Located): Value | undefined {
  if (!path.startsWith('js.')) return undefined;
  const name = path.slice('js.'.length);
  const [first = null, second = null] = args.positional;
  if (name.startsWith('console.')) return null;
  if (name.startsWith('Math.')) return mathFunction(name.slice('Math.'.length), args, at);
  switch (name) {
    case 'super':
      return superOfFrame(machine) ?? new Unknown(t('`super` is not in a method here'), at);
    case 'require':
      return typeof first === 'string'
        ? required(machine, first, at)
        : new Unknown(t('what is required is not known'), at);
    case 'Array.from':
      return arrayFrom(machine, first, second, at);
    case 'Array.isArray':
      return first instanceof Unknown ? first : first instanceof ListValue;
    case 'Array.of':
      return new ListValue([...args.positional], false, machine.conditions.length);
    case 'Array':
      return typeof first === 'number' && args.positional.length === 1
        ? new ListValue(
            Array.from({ length: Math.min(first, LONGEST) }, () => null),
            false,
            machine.conditions.length
          )
        : new ListValue([...args.positional], false, machine.conditions.length);
    case 'Object.assign':
      return assigned(machine, args.positional, at);
    case 'Object.keys':
    case 'Object.values':
    case 'Object.entries':
      return entriesOf(machine, name, first, at);
    case 'Object.freeze':
      return first;
    case 'Number':
    case 'parseInt':
    case 'parseFloat':
    case 'Number.parseInt': {
      const number = isPrimitive(first) ? Number(first) : Number.NaN;
      if (first instanceof Unknown) return first;
      if (Number.isNaN(number)) return new Unknown(t('the number is not known'), at);
      return /parseInt/.test(name) ? Math.trunc(number) : number;
    }
    case 'String':
      return isPrimitive(first) ? String(first) : new Unknown(t('the text is not known'), at);
    default:
      return new Unknown(t('the result of `{0}()` is not known', name), at);
  }
}

const LONGEST = 10_000;

function mathFunction(name: string, args: Args, at: Located): Value {
  const unknown = args.positional.find((value) => value instanceof Unknown);
  if (unknown !== undefined) return unknown;
  const numbers = args.positional.filter((value) => typeof value === 'number');
  const compute = MATH.get(name);
  if (compute === undefined || numbers.length < args.positional.length) {
    return new Unknown(t('the result of `{0}()` is not known', `Math.${name}`), at);
  }
  return compute(...numbers);
}

const MATH: ReadonlyMap<string, (...numbers: number[]) => number> = new Map([
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['round', Math.round],
  ['trunc', Math.trunc],
  ['abs', Math.abs],
  ['sqrt', Math.sqrt],
  ['log2', Math.log2],
  ['log', Math.log],
  ['exp', Math.exp],
  ['pow', Math.pow],
  ['max', Math.max],
  ['min', Math.min],
  ['sign', Math.sign]
]);

function arrayFrom(machine: Machine, source: Value, change: Value, at: Located): Value {
  const length = source instanceof DictValue ? source.entries.get('length') : undefined;
  const items =
    typeof length === 'number'
      ? Array.from({ length: Math.min(length, LONGEST) }, () => null)
      : iterated(source, at, machine);
  if (items instanceof Unknown) return items;
  const made =
    change === null
      ? items
      : items.map((item, i) => callValue(machine, change, { ...NO_ARGS, positional: [item, i] }, at));
  return new ListValue([...made], false, machine.conditions.length);
}

function assigned(machine: Machine, values: readonly Value[], at: Located): Value {
  const [target, ...sources] = values;
  if (!(target instanceof DictValue)) return new Unknown(t('the object is not known'), at);
  machine.mutate(target);
  for (const source of sources) {
    if (source instanceof DictValue) {
      for (const [key, value] of source.entries) target.entries.set(key, value);
      target.taint ??= source.taint;
    } else if (source !== null) target.taint ??= new Unknown(t('the object takes in values that are not known'), at);
  }
  return target;
}

function entriesOf(machine: Machine, name: string, value: Value, at: Located): Value {
  if (value instanceof Unknown) return value;
  if (!(value instanceof DictValue)) return new Unknown(t('the object is not known'), at);
  if (value.taint !== null) return value.taint;
  const list = (items: readonly Value[]): ListValue => new ListValue([...items], false, machine.conditions.length);
  const entries = [...value.entries];
  if (name === 'Object.keys') return list(entries.map(([key]) => String(key)));
  if (name === 'Object.values') return list(entries.map(([, one]) => one));
  return list(entries.map(([key, one]) => list([String(key), one])));
}
