/** Functions of Python's standard library and of NumPy that occur in model definitions. */
import type { Located } from '../python/ast';
import { t } from '../../core/texts';
import { callBuiltin, makeDict } from './builtins';
import { callValue } from './calls';
import { iterated } from './containers';
import type { Machine } from './machine';
import { binary } from './operators';
import {
  argument,
  DictValue,
  InstanceValue,
  LibraryValue,
  ListValue,
  NO_ARGS,
  PartialValue,
  Unknown,
  type Args,
  type Value
} from './values';

const NUMBER_FUNCTIONS: ReadonlyMap<string, (...numbers: number[]) => number> = new Map([
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['sqrt', Math.sqrt],
  ['log', (value: number, base?: number) => (base === undefined ? Math.log(value) : Math.log(value) / Math.log(base))],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['exp', Math.exp],
  ['pow', Math.pow],
  ['fabs', Math.abs],
  ['trunc', Math.trunc],
  ['gcd', greatestDivisor]
]);

/** `undefined` for functions that are not known here. */
export function callStandard(machine: Machine, path: string, args: Args, at: Located): Value | undefined {
  const dot = path.lastIndexOf('.');
  const module = path.slice(0, Math.max(0, dot));
  const name = path.slice(dot + 1);
  switch (module) {
    case 'math':
    case 'numpy':
      return numeric(machine, module, name, args, at);
    case 'functools':
      return functional(machine, name, args, at);
    case 'collections':
      return name === 'OrderedDict' ? makeDict(machine, args, at) : undefined;
    case 'copy':
      return copied(machine, name, args, at);
    case 'itertools':
      return chained(machine, name, args, at);
    case 'argparse':
      return name === 'ArgumentParser' ? new ParserValue(machine.conditions.length) : undefined;
    case 'tqdm':
    case 'tqdm.auto':
    case 'tqdm.notebook':
      return progress(machine, name, args, at);
    case 'types':
      return name === 'SimpleNamespace' ? namespace(machine, args) : undefined;
    case 'typing':
      return name === 'cast' ? args.positional[1] : undefined;
    case 'dataclasses':
      return name === 'field' ? fieldDefault(machine, args, at) : undefined;
    default:
      return undefined;
  }
}

/** A bar beside a loop: the loop runs over what it is given. */
function progress(machine: Machine, name: string, args: Args, at: Located): Value | undefined {
  if (name === 'trange') return callBuiltin(machine, 'range', { ...args, named: new Map() }, at);
  return name === 'tqdm' || name === 'tqdm_notebook' ? argument(args, 0, 'iterable') : undefined;
}

function numeric(machine: Machine, module: string, name: string, args: Args, at: Located): Value | undefined {
  const [first] = args.positional;
  if (name === 'prod' && first !== undefined) {
    const items = iterated(first, at, machine);
    if (items instanceof Unknown) return items;
    return items.reduce<Value>(
      (product, item) => machine.library.binary(machine, '*', product, item, at) ?? binary('*', product, item, at),
      1
    );
  }
  if (module === 'numpy' && /^u?int(8|16|32|64)?$/.test(name) && typeof first === 'number') return Math.trunc(first);
  const compute = NUMBER_FUNCTIONS.get(name);
  if (compute === undefined) return undefined;
  const unknown = args.positional.find((value) => value instanceof Unknown);
  if (unknown !== undefined) return unknown;
  const numbers = args.positional.map((value) => (typeof value === 'boolean' ? Number(value) : value));
  if (!numbers.every((value) => typeof value === 'number')) return undefined;
  const result = compute(...numbers);
  return Number.isFinite(result) ? result : new Unknown(t('the result of `{0}()` is not known', name), at);
}

function functional(machine: Machine, name: string, args: Args, at: Located): Value | undefined {
  const [first, ...rest] = args.positional;
  if (first === undefined) return undefined;
  if (name === 'partial') return new PartialValue(first, { ...args, positional: rest });
  if (name === 'reduce') {
    const [list, start] = rest;
    const items = list === undefined ? [] : iterated(list, at, machine);
    if (items instanceof Unknown) return items;
    const all = start === undefined ? items : [start, ...items];
    return all
      .slice(1)
      .reduce(
        (total, item) => callValue(machine, first, { ...NO_ARGS, positional: [total, item] }, at),
        all[0] ?? null
      );
  }
  return undefined;
}

/** `copy.copy` and `copy.deepcopy` of data; a copied layer would be another layer, which is not followed. */
function copied(machine: Machine, name: string, args: Args, at: Located): Value | undefined {
  const [first] = args.positional;
  if (first === undefined || (name !== 'copy' && name !== 'deepcopy')) return undefined;
  return copyOf(machine, first, name === 'deepcopy', at);
}

function copyOf(machine: Machine, value: Value, deep: boolean, at: Located): Value {
  const inner = (one: Value): Value => (deep ? copyOf(machine, one, true, at) : one);
  if (value instanceof ListValue) {
    const copy = new ListValue(value.items.map(inner), value.isTuple, machine.conditions.length);
    copy.taint = value.taint;
    return copy;
  }
  if (value instanceof DictValue) {
    const copy = new DictValue(
      new Map([...value.entries].map(([key, one]) => [key, inner(one)])),
      machine.conditions.length
    );
    copy.taint = value.taint;
    copy.isNamespace = value.isNamespace;
    return copy;
  }
  if (value instanceof InstanceValue || value instanceof LibraryValue) {
    return machine.library.copied(machine, value) ?? new Unknown(t('a copy of this object is not followed'), at);
  }
  return value;
}

function chained(machine: Machine, name: string, args: Args, at: Located): Value | undefined {
  if (name !== 'chain') return undefined;
  const items: Value[] = [];
  for (const list of args.positional) {
    const more = iterated(list, at, machine);
    if (more instanceof Unknown) return more;
    items.push(...more);
  }
  return new ListValue(items, false, machine.conditions.length);
}

function namespace(machine: Machine, args: Args): DictValue {
  const values = new DictValue(new Map(args.named), machine.conditions.length);
  values.isNamespace = true;
  values.taint = args.rest;
  return values;
}

function fieldDefault(machine: Machine, args: Args, at: Located): Value | undefined {
  const value = args.named.get('default');
  const make = args.named.get('default_factory');
  if (value !== undefined) return value;
  return make === undefined ? undefined : callValue(machine, make, NO_ARGS, at);
}

/** An `argparse.ArgumentParser` with the defaults of what was added to it. */
export class ParserValue extends LibraryValue {
  readonly what = 'parser';
  readonly values: DictValue;

  constructor(madeUnder: number) {
    super();
    this.values = new DictValue(new Map(), madeUnder);
    this.values.isNamespace = true;
  }

  method(machine: Machine, name: string, args: Args, at: Located): Value {
    switch (name) {
      case 'add_argument':
        this.add(machine, args, at);
        return null;
      case 'set_defaults':
        for (const [key, value] of args.named) this.values.entries.set(key, value);
        return null;
      case 'add_argument_group':
      case 'add_mutually_exclusive_group':
        return this;
      case 'parse_args':
        return this.values;
      case 'parse_known_args':
        return new ListValue([this.values, new ListValue([], false)], true);
      default:
        return new Unknown(t('the result of `.{0}()` is not followed', name), at);
    }
  }

  /** The argument's default; without one it is `None`, or not known where it has to be given. */
  private add(machine: Machine, args: Args, at: Located): void {
    const names = args.positional.filter((value) => typeof value === 'string');
    const stated = argument(args, -1, 'dest');
    const long = names.find((name) => name.startsWith('--')) ?? names[0];
    const name = typeof stated === 'string' ? stated : long?.replace(/^-+/, '').replace(/-/g, '_');
    if (name === undefined) return;
    machine.mutate(this.values);
    const action = args.named.get('action');
    const needed = args.named.get('required') === true || names[0]?.startsWith('-') !== true;
    const implied =
      action === 'store_true'
        ? false
        : action === 'store_false'
          ? true
          : needed
            ? new Unknown(t('`{0}` is given on the command line', name), at)
            : null;
    this.values.entries.set(name, args.named.get('default') ?? implied);
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}
