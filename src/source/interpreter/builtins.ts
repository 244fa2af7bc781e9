/** Python's built-in functions that occur in model definitions. */
import type { Located } from '../python/ast';
import { t } from '../../core/texts';
import { callValue } from './calls';
import { iterated } from './containers';
import { attributeOf } from './evaluate';
import type { Machine } from './machine';
import { binary, compare, textOf, truth } from './operators';
import { setInstanceAttribute, superOfFrame } from './objects';
import {
  argument,
  ClassValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  NO_ARGS,
  PathValue,
  SuperValue,
  Unknown,
  type Args,
  type Value
} from './values';

const NAMES = new Set(
  (
    'range len int float str bool abs round max min sum list tuple dict set enumerate zip reversed sorted print isinstance ' +
    'issubclass type getattr setattr hasattr super object callable map filter any all pow divmod next iter repr id vars ' +
    'Exception ValueError NotImplementedError TypeError property staticmethod classmethod'
  ).split(' ')
);

/** Longest `range` that is laid out. */
const LONGEST_RANGE = 10_000;

export function isBuiltin(name: string): boolean {
  return NAMES.has(name);
}

export function callBuiltin(machine: Machine, name: string, args: Args, at: Located): Value {
  const [first] = args.positional;
  const unclear = (): Unknown => {
    const unknown = args.positional.find((value) => value instanceof Unknown);
    return unknown instanceof Unknown ? unknown : new Unknown(t('the result of `{0}()` is not known', name), at);
  };
  const elements = (value: Value | undefined): readonly Value[] | Unknown =>
    value === undefined ? unclear() : iterated(value, at, machine);
  const listOf = (items: readonly Value[], isTuple = false): ListValue =>
    new ListValue([...items], isTuple, machine.conditions.length);
  switch (name) {
    case 'print':
      return null;
    case 'range':
      return range(args, at) ?? unclear();
    case 'super':
      return superValue(machine, args) ?? new Unknown(t('`super()` is not in a method here'), at);
    case 'isinstance':
    case 'issubclass':
      return isInstance(machine, first ?? null, args.positional[1] ?? null, at);
    case 'type':
      return first instanceof InstanceValue ? first.classValue : unclear();
    case 'getattr': {
      const [, wanted, fallback] = args.positional;
      if (first === undefined || typeof wanted !== 'string') return unclear();
      if (first instanceof InstanceValue && fallback !== undefined && !hasAttribute(first, wanted)) {
        return first.taint ?? fallback;
      }
      return attributeOf(machine, first, wanted, at);
    }
    case 'hasattr': {
      const [, wanted] = args.positional;
      if (!(first instanceof InstanceValue) || typeof wanted !== 'string') return unclear();
      if (hasAttribute(first, wanted)) return true;
      return first.taint ?? machine.library.inheritedAttribute(machine, first, wanted, at) !== undefined;
    }
    case 'setattr': {
      const [, wanted, value] = args.positional;
      if (first === undefined || value === undefined) return null;
      if (first instanceof InstanceValue && typeof wanted === 'string') {
        setInstanceAttribute(machine, first, wanted, value);
      } else if (first instanceof LibraryValue && typeof wanted === 'string') {
        machine.library.setAttribute(machine, first, wanted, value);
      } else machine.taintAll([first], unclear());
      return null;
    }
    case 'callable':
      return first instanceof FunctionValue || first instanceof ClassValue || first instanceof PathValue
        ? true
        : isPrimitive(first ?? null)
          ? false
          : unclear();
    case 'map':
    case 'filter': {
      const items = elements(args.positional[1]);
      if (items instanceof Unknown || first === undefined) return unclear();
      const results = items.map((item) => callValue(machine, first, { ...NO_ARGS, positional: [item] }, at));
      if (name === 'map') return listOf(results);
      const kept: Value[] = [];
      for (const [i, item] of items.entries()) {
        const known = truth(results[i] ?? null, at);
        if (known instanceof Unknown) return known;
        if (known) kept.push(item);
      }
      return listOf(kept);
    }
    case 'any':
    case 'all': {
      const items = elements(first);
      if (items instanceof Unknown) return items;
      const known = items.map((item) => truth(item, at));
      const deciding = name === 'any';
      if (known.includes(deciding)) return deciding;
      return known.find((one) => one instanceof Unknown) ?? !deciding;
    }
    case 'pow':
      return binary('**', first ?? null, args.positional[1] ?? null, at);
    case 'divmod':
      return listOf(
        ['//', '%'].map((operator) => binary(operator, first ?? null, args.positional[1] ?? null, at)),
        true
      );
    case 'vars':
      return first instanceof DictValue ? first : unclear();
    case 'repr':
      return (first === undefined ? null : textOf(first)) ?? unclear();
    case 'len': {
      const items = elements(first);
      return items instanceof Unknown ? items : items.length;
    }
    case 'int':
    case 'float':
    case 'round':
    case 'abs': {
      const number = typeof first === 'string' ? Number(first) : typeof first === 'boolean' ? Number(first) : first;
      if (typeof number !== 'number' || Number.isNaN(number)) return unclear();
      if (name === 'int') return Math.trunc(number);
      if (name === 'abs') return Math.abs(number);
      return name === 'round' ? pythonRound(number) : number;
    }
    case 'str':
      return (first === undefined ? '' : textOf(first)) ?? unclear();
    case 'bool':
      return first === undefined ? false : truth(first, at);
    case 'max':
    case 'min': {
      const items = args.positional.length > 1 ? args.positional : elements(first);
      if (items instanceof Unknown || items.length === 0) return unclear();
      let best = items[0] ?? null;
      for (const item of items) {
        const better = compare(name === 'max' ? '>' : '<', item, best, at);
        if (typeof better !== 'boolean') return unclear();
        if (better) best = item;
      }
      return best;
    }
    case 'sum': {
      const items = elements(first);
      return items instanceof Unknown ? items : items.reduce<Value>((total, item) => binary('+', total, item, at), 0);
    }
    case 'set': {
      const items = first === undefined ? [] : elements(first);
      if (items instanceof Unknown) return items;
      return items.every(isPrimitive) ? listOf([...new Set(items)]) : unclear();
    }
    case 'list':
    case 'tuple': {
      const items = first === undefined ? [] : elements(first);
      return items instanceof Unknown ? items : listOf(items, name === 'tuple');
    }
    case 'dict':
      return args.rest ?? dictOf(machine, first, args, at) ?? unclear();
    case 'enumerate': {
      const items = elements(first);
      const start = argument(args, 1, 'start') ?? 0;
      if (items instanceof Unknown || typeof start !== 'number') return unclear();
      return listOf(items.map((item, i) => listOf([start + i, item], true)));
    }
    case 'zip': {
      const columns = args.positional.map((value) => iterated(value, at, machine));
      const known = columns.filter((column): column is readonly Value[] => !(column instanceof Unknown));
      if (known.length < columns.length) return unclear();
      const rows = Math.min(...known.map((column) => column.length));
      return listOf(
        Array.from({ length: Number.isFinite(rows) ? rows : 0 }, (_, i) =>
          listOf(
            known.map((column) => column[i] ?? null),
            true
          )
        )
      );
    }
    case 'reversed': {
      const items = elements(first);
      return items instanceof Unknown ? items : listOf([...items].reverse());
    }
    case 'sorted': {
      const items = elements(first);
      if (items instanceof Unknown || args.named.size > 0 || !items.every((item) => typeof item === 'number')) {
        return unclear();
      }
      return listOf([...items].sort((a, b) => a - b));
    }
    default:
      return unclear();
  }
}

function superValue(machine: Machine, args: Args): Value | null {
  const [after, self] = args.positional;
  if (after instanceof ClassValue && self instanceof InstanceValue) return new SuperValue(self, after);
  return args.positional.length === 0 ? superOfFrame(machine) : null;
}

function hasAttribute(object: InstanceValue, name: string): boolean {
  return object.attributes.has(name) || object.classValue.member(name) !== undefined;
}

const PRIMITIVES: ReadonlyMap<string, (value: Value) => boolean> = new Map<string, (value: Value) => boolean>([
  ['int', (value) => typeof value === 'number' && Number.isInteger(value)],
  ['float', (value) => typeof value === 'number' && !Number.isInteger(value)],
  ['str', (value) => typeof value === 'string'],
  ['bool', (value) => typeof value === 'boolean'],
  ['list', (value) => value instanceof ListValue && !value.isTuple],
  ['tuple', (value) => value instanceof ListValue && value.isTuple],
  ['dict', (value) => value instanceof DictValue],
  ['numbers.Number', (value) => typeof value === 'number'],
  [
    'collections.abc.Iterable',
    (value) => value instanceof ListValue || value instanceof DictValue || typeof value === 'string'
  ],
  ['collections.abc.Sequence', (value) => value instanceof ListValue || typeof value === 'string'],
  ['typing.Sequence', (value) => value instanceof ListValue || typeof value === 'string']
]);

/** Whether a value is of a class or of one of several; `2.0` counts as unclear, since it may be written as `2`. */
function isInstance(machine: Machine, value: Value, classes: Value, at: Located): Value {
  const unclear = new Unknown(t('the class of the value is not known'), at);
  if (value instanceof Unknown) return value;
  if (classes instanceof ListValue) {
    const results = classes.items.map((one) => isInstance(machine, value, one, at));
    if (results.includes(true)) return true;
    return results.find((one) => one instanceof Unknown) ?? false;
  }
  if (classes instanceof PathValue) {
    const test = PRIMITIVES.get(classes.path);
    if (test !== undefined) return value instanceof LibraryValue ? value.what !== 'size' && unclear : test(value);
    if (isPrimitive(value) || value instanceof ListValue || value instanceof DictValue) return false;
    return machine.library.isInstance(value, classes.path) ?? unclear;
  }
  if (!(classes instanceof ClassValue)) return unclear;
  if (value instanceof InstanceValue || value instanceof ClassValue) {
    const one = value instanceof InstanceValue ? value.classValue : value;
    return one.lineage.includes(classes);
  }
  return false;
}

function dictOf(machine: Machine, first: Value | undefined, args: Args, at: Located): DictValue | Unknown | null {
  const dict = new DictValue(new Map(), machine.conditions.length);
  if (first instanceof DictValue) {
    if (first.taint !== null) return first.taint;
    for (const [key, value] of first.entries) dict.entries.set(key, value);
  } else if (first !== undefined) {
    const pairs = iterated(first, at, machine);
    if (pairs instanceof Unknown) return pairs;
    for (const pair of pairs) {
      const [key, value] = pair instanceof ListValue ? pair.items : [];
      if (key === undefined || value === undefined || !isPrimitive(key)) return null;
      dict.entries.set(key, value);
    }
  }
  for (const [key, value] of args.named) dict.entries.set(key, value);
  return dict;
}

/** `collections.OrderedDict(…)` is a dict here. */
export function makeDict(machine: Machine, args: Args, at: Located): Value {
  return callBuiltin(machine, 'dict', args, at);
}

function range(args: Args, at: Located): Value | null {
  const numbers = args.positional.filter((value) => typeof value === 'number');
  if (numbers.length < args.positional.length || numbers.length === 0) return null;
  const [a = 0, b, step = 1] = numbers;
  const start = b === undefined ? 0 : a;
  const stop = b ?? a;
  const count = step === 0 ? 0 : Math.max(0, Math.ceil((stop - start) / step));
  if (count > LONGEST_RANGE) return new Unknown(t('the range is too long to follow'), at);
  return new ListValue(
    Array.from({ length: count }, (_, i) => start + i * step),
    false
  );
}

/** Halves go to the even neighbour. */
function pythonRound(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
