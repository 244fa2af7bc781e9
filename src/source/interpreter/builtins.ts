/** Python's built-in functions that occur in model definitions. */
import type { Located } from '../python/ast';
import { iterated } from './containers';
import type { Machine } from './machine';
import { binary, compare, textOf, truth } from './operators';
import { argument, DictValue, ListValue, Unknown, type Args, type Value } from './values';

const NAMES = new Set(
  'range len int float str bool abs round max min sum list tuple dict enumerate zip reversed sorted print isinstance'.split(
    ' '
  )
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
    return unknown instanceof Unknown ? unknown : new Unknown(`the result of \`${name}()\` is not known`, at);
  };
  const elements = (value: Value | undefined): readonly Value[] | Unknown =>
    value === undefined ? unclear() : iterated(value, at);
  const listOf = (items: readonly Value[], isTuple = false): ListValue =>
    new ListValue([...items], isTuple, machine.conditions.length);
  switch (name) {
    case 'print':
      return null;
    case 'range':
      return range(args, at) ?? unclear();
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
    case 'list':
    case 'tuple': {
      const items = first === undefined ? [] : elements(first);
      return items instanceof Unknown ? items : listOf(items, name === 'tuple');
    }
    case 'dict':
      return first === undefined ? new DictValue(new Map(args.named), machine.conditions.length) : unclear();
    case 'enumerate': {
      const items = elements(first);
      const start = argument(args, 1, 'start') ?? 0;
      if (items instanceof Unknown || typeof start !== 'number') return unclear();
      return listOf(items.map((item, i) => listOf([start + i, item], true)));
    }
    case 'zip': {
      const columns = args.positional.map((value) => iterated(value, at));
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

function range(args: Args, at: Located): Value | null {
  const numbers = args.positional.filter((value) => typeof value === 'number');
  if (numbers.length < args.positional.length || numbers.length === 0) return null;
  const [a = 0, b, step = 1] = numbers;
  const start = b === undefined ? 0 : a;
  const stop = b ?? a;
  const count = step === 0 ? 0 : Math.max(0, Math.ceil((stop - start) / step));
  if (count > LONGEST_RANGE) return new Unknown('the range is too long to follow', at);
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
