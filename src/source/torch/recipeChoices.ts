/** Optimizers, schedules and losses of PyTorch as names with their literal arguments. */
import { t } from '../../core/texts';
import type { NamedChoice } from '../../core/trainingRecipe';
import type { ObjectValue } from '../interpreter/values';
import { argument, DictValue, ListValue, Unknown, type Args, type Value } from '../interpreter/values';
import { argumentOrder } from './trainingSignatures';
import { DataTensor, ParameterValue, WeightsValue } from './values';

/** A choice without its line; `reason` says why it, or one of its arguments, cannot be read. */
export interface Read {
  readonly value: NamedChoice | null;
  readonly reason?: string | undefined;
}

type Literal = NamedChoice['parameters'][string];

/** @param skipped arguments that are no settings */
export function readChoice(name: string, args: Args, order: readonly string[], skipped: readonly string[]): Read {
  const parameters: Record<string, Literal> = {};
  const unread: string[] = [];
  let reason: string | undefined;
  const leave = (argumentName: string, why: string): void => {
    unread.push(argumentName);
    reason ??= why;
  };
  for (const [key, value] of argumentsOf(args, order)) {
    if (skipped.includes(key) || value === null) continue;
    const literal = literalOf(value);
    if (literal !== null) parameters[key] = literal;
    else leave(key, value instanceof Unknown ? value.reason : t('`{0}` is no plain value', key));
  }
  if (args.rest !== null) leave('**', args.rest.reason);
  const total = totalSteps(parameters);
  if (total !== null) parameters['total_steps'] = total;
  return { value: { name, parameters, unread }, reason };
}

/** `OneCycleLR(epochs=…, steps_per_epoch=…)`. */
function totalSteps(parameters: Readonly<Record<string, Literal>>): number | null {
  const { epochs, steps_per_epoch: steps } = parameters;
  return typeof epochs === 'number' && typeof steps === 'number' ? epochs * steps : null;
}

function argumentsOf(args: Args, order: readonly string[]): (readonly [string, Value])[] {
  const placed = args.positional.map((value, i) => [order[i] ?? `argument ${i + 1}`, value] as const);
  return [...placed, ...args.named];
}

function literalOf(value: Value): Literal | null {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  if (!(value instanceof ListValue) || value.taint !== null) return null;
  const numbers = value.items.filter((item) => typeof item === 'number');
  return numbers.length === value.items.length ? numbers : null;
}

/** An optimizer; groups of weights count where they agree. */
export function optimizerChoice({ path, args }: ObjectValue): Read {
  const name = path.split('.').at(-1) ?? path;
  const order = argumentOrder(name);
  const read = readChoice(name, args, order, ['params']);
  const given = argument(args, 0, 'params');
  const groups = given instanceof ListValue ? given.items.filter((item) => item instanceof DictValue) : [];
  if (read.value === null || groups.length === 0) return read;
  const parameters = { ...read.value.parameters };
  const unread = [...read.value.unread];
  let reason = read.reason;
  const keys = new Set(groups.flatMap(({ entries }) => [...entries.keys()]));
  for (const key of keys) {
    if (typeof key !== 'string' || key === 'params' || key === 'name') continue;
    const shared = argument(args, order.indexOf(key), key) ?? null;
    const [first, ...others] = groups.map(({ entries }) => literalOf(entries.get(key) ?? shared));
    if (first !== null && first !== undefined && others.every((one) => String(one) === String(first))) {
      parameters[key] = first;
      continue;
    }
    Reflect.deleteProperty(parameters, key);
    if (!unread.includes(key)) unread.push(key);
    reason ??= t('groups of weights have settings of their own');
  }
  return { value: { ...read.value, parameters, unread }, reason };
}

/** One choice of several that stand at one place or mean the same; arguments in which they differ are not known. */
export function mergedChoices(reads: readonly Read[]): Read {
  const [first, ...others] = reads;
  const start = first?.value ?? null;
  if (first === undefined || start === null) return { value: null, reason: first?.reason };
  if (others.some(({ value }) => value?.name !== start.name)) {
    return { value: null, reason: t('the code trains with {0}', namesOf(reads)) };
  }
  const values = reads.flatMap(({ value }) => (value === null ? [] : [value]));
  const keys = new Set(values.flatMap(({ parameters }) => Object.keys(parameters)));
  const parameters = { ...start.parameters };
  const unread = new Set(values.flatMap((value) => value.unread));
  let reason = reads.find((read) => read.reason !== undefined)?.reason;
  for (const key of keys) {
    if (!unread.has(key) && new Set(values.map((one) => String(one.parameters[key]))).size === 1) continue;
    Reflect.deleteProperty(parameters, key);
    unread.add(key);
    reason ??= t('`{0}` has several values in this document', key);
  }
  return { value: { name: start.name, parameters, unread: [...unread] }, reason };
}

const namesOf = (reads: readonly Read[]): string =>
  [...new Set(reads.map(({ value }) => value?.name ?? '?'))].join(', ');

/** The weights of classes that a loss is given; `null` where it is given none. */
export function weightsOf(
  args: Args,
  order: readonly string[]
): { readonly value: Readonly<Record<string, number>> | null; readonly reason?: string } | null {
  const given = argument(args, order.indexOf('weight'), 'weight') ?? null;
  if (given === null) return null;
  const numbers = given instanceof DataTensor ? given.numbers : null;
  if (numbers !== null) return { value: Object.fromEntries(numbers.map((weight, i) => [String(i), weight])) };
  return { value: null, reason: given instanceof Unknown ? given.reason : t('`{0}` is no plain value', 'weight') };
}

/** Modules and weights whose numbers an optimizer moves; `null` where that is not known. */
export function ownersOf({ args }: ObjectValue): readonly Value[] | null {
  return ownersIn(argument(args, 0, 'params') ?? null);
}

/** Modules and weights behind `model.parameters()`, a list of it, or groups; `null` where that is not known. */
export function ownersIn(weights: Value): readonly Value[] | null {
  const found: Value[] = [];
  const visit = (value: Value): boolean => {
    if (value instanceof ListValue) return value.taint === null && value.items.every(visit);
    if (value instanceof DictValue) return visit(value.entries.get('params') ?? null);
    if (value instanceof WeightsValue) found.push(value.of);
    else if (value instanceof ParameterValue) found.push(value);
    else return false;
    return true;
  };
  return visit(weights) && found.length > 0 ? found : null;
}
