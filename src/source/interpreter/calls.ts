/** Calls: functions of the document are followed, the library answers for its own, everything else is unknown. */
import type { Argument, Located } from '../python/ast';
import { callBuiltin, isBuiltin } from './builtins';
import { containerMethod, iterated } from './containers';
import { evaluate } from './evaluate';
import { DEEPEST_CALL, type Machine } from './machine';
import { equal } from './operators';
import { Scope } from './scope';
import { runBody } from './statements';
import {
  ClassValue,
  DictValue,
  FunctionValue,
  LibraryValue,
  ListValue,
  MethodValue,
  PathValue,
  Unknown,
  type Args,
  type Value
} from './values';

export function evaluateArgs(machine: Machine, args: readonly Argument[], scope: Scope): Args {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  let rest: Unknown | null = null;
  for (const argument of args) {
    const value = evaluate(machine, argument.value, scope);
    if (argument.unpack === '*') {
      const items = iterated(value, argument);
      if (items instanceof Unknown) rest ??= items;
      else positional.push(...items);
    } else if (argument.unpack === '**') {
      if (value instanceof DictValue && value.taint === null) {
        for (const [key, entry] of value.entries) if (typeof key === 'string') named.set(key, entry);
      } else {
        rest ??= value instanceof Unknown ? value : new Unknown('the keyword arguments are not known', argument);
      }
    } else if (argument.name !== null) named.set(argument.name, value);
    else positional.push(value);
  }
  return { positional, named, rest };
}

export function callValue(machine: Machine, callee: Value, args: Args, at: Located): Value {
  if (callee instanceof FunctionValue) return callFunction(machine, callee, args, at);
  if (callee instanceof PathValue) {
    return isBuiltin(callee.path)
      ? callBuiltin(machine, callee.path, args, at)
      : machine.library.callPath(machine, callee.path, args, at);
  }
  if (callee instanceof LibraryValue) return machine.library.callValue(machine, callee, args, at);
  if (callee instanceof MethodValue) return callMethodOf(machine, callee.receiver, callee.name, args, at);
  if (callee instanceof ClassValue) {
    const made = machine.library.instantiate(machine, callee.definition.name, callee.bases, args, at);
    return made ?? new Unknown(`objects of the class \`${callee.definition.name}\` are not followed`, at);
  }
  const reason = callee instanceof Unknown ? callee : new Unknown('what is called here is not known', at);
  machine.taintAll([...args.positional, ...args.named.values()], reason);
  return reason;
}

export function callMethodOf(machine: Machine, receiver: Value, name: string, args: Args, at: Located): Value {
  if (receiver instanceof LibraryValue) return machine.library.callMethod(machine, receiver, name, args, at);
  if (receiver instanceof Unknown) return receiver;
  return containerMethod(machine, receiver, name, args, at);
}

/** Runs a function of the document; parameters without a value are unknown. */
export function callFunction(machine: Machine, callee: FunctionValue, args: Args, at: Located): Value {
  const { definition } = callee;
  machine.calledFunctions.add(definition);
  if (machine.frames.length >= DEEPEST_CALL) return new Unknown('the calls are nested too deeply to follow', at);
  const scope = new Scope(callee.scope);
  bindParameters(machine, callee, args, scope, at);
  const frame = { at, possibleReturns: [] };
  machine.frames.push(frame);
  const result =
    definition.type === 'lambda'
      ? evaluate(machine, definition.body, scope)
      : runBody(machine, definition.body, scope, frame);
  machine.frames.pop();
  return result;
}

function bindParameters(machine: Machine, callee: FunctionValue, args: Args, scope: Scope, at: Located): void {
  const name = callee.definition.type === 'function' ? callee.definition.name : 'lambda';
  const taken = new Set<string>();
  let next = 0;
  for (const parameter of callee.definition.parameters) {
    if (parameter.kind === 'rest') {
      const list = new ListValue(args.positional.slice(next), true, machine.conditions.length);
      list.taint = args.rest;
      scope.set(parameter.name, list);
      next = args.positional.length;
    } else if (parameter.kind === 'keywords') {
      const more = [...args.named].filter(([key]) => !taken.has(key));
      const dict = new DictValue(new Map(more), machine.conditions.length);
      dict.taint = args.rest;
      scope.set(parameter.name, dict);
    } else {
      taken.add(parameter.name);
      const { definition } = callee;
      const set =
        definition.type === 'function' ? machine.overrides?.parameter(machine, definition, parameter.name) : undefined;
      const positional =
        parameter.kind === 'positional' && next < args.positional.length ? args.positional[next++] : undefined;
      const given = positional ?? args.named.get(parameter.name);
      const unset = () =>
        given ??
        args.rest ??
        callee.fallbacks.get(parameter.name) ??
        new Unknown(`\`${parameter.name}\` is a parameter of \`${name}\` without a value in this document`, at);
      scope.set(parameter.name, set === undefined ? unset() : set);
    }
  }
}

/** One value where all the possibilities agree, else unknown. */
export function join(values: readonly Value[], why: Unknown): Value {
  const [first, ...others] = values;
  if (first === undefined) return null;
  return others.every((other) => other === first || equal(first, other) === true) ? first : why;
}
