/** Calls: functions of the document are followed, the library answers for its own, everything else is unknown. */
import type { Argument, Located, Parameter } from '../python/ast';
import { t } from '../../core/texts';
import { callScriptGlobal } from '../javascript/globals';
import { scriptMethod } from '../javascript/objects';
import { assign } from './assign';
import { callBuiltin, isBuiltin } from './builtins';
import { containerMethod, iterated } from './containers';
import { evaluate } from './evaluate';
import { DEEPEST_CALL, type Machine } from './machine';
import { callInstance, callInstanceMethod, callSuperMethod, instantiate, withSelf } from './objects';
import { equal } from './operators';
import { Scope } from './scope';
import { callStandard, ParserValue } from './standard';
import { runBody } from './statements';
import {
  argument,
  ClassValue,
  BoundValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  LibraryValue,
  ListValue,
  MethodValue,
  ObjectValue,
  PartialValue,
  PathValue,
  SuperValue,
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
      const items = iterated(value, argument, machine);
      if (items instanceof Unknown) rest ??= items;
      else positional.push(...items);
    } else if (argument.unpack === '**') {
      if (value instanceof DictValue && value.taint === null) {
        for (const [key, entry] of value.entries) if (typeof key === 'string') named.set(key, entry);
      } else if (value instanceof DictValue && value.doubtful !== null) {
        for (const [key, entry] of value.entries) {
          if (typeof key === 'string') named.set(key, value.doubtful.get(key) ?? entry);
        }
      } else {
        rest ??= value instanceof Unknown ? value : new Unknown(t('the keyword arguments are not known'), argument);
      }
    } else if (argument.name !== null) named.set(argument.name, value);
    else positional.push(value);
  }
  return { positional, named, rest };
}

export function callValue(machine: Machine, callee: Value, args: Args, at: Located): Value {
  if (callee instanceof FunctionValue) return callFunction(machine, callee, args, at);
  if (callee instanceof PathValue) {
    if (machine.language === 'python') {
      if (isBuiltin(callee.path)) return callBuiltin(machine, callee.path, args, at);
      const answer = callStandard(machine, callee.path, args, at);
      if (answer !== undefined) return answer;
    } else {
      const answer = callScriptGlobal(machine, callee.path, args, at);
      if (answer !== undefined) return answer;
    }
    return machine.library.callPath(machine, callee.path, args, at);
  }
  if (callee instanceof LibraryValue) return machine.library.callValue(machine, callee, args, at);
  if (callee instanceof MethodValue) return callMethodOf(machine, callee.receiver, callee.name, args, at);
  if (callee instanceof ClassValue) return instantiate(machine, callee, args, at);
  if (callee instanceof BoundValue) {
    return callFunction(machine, callee.callee, withSelf(args, callee.self), at, callee.self);
  }
  if (callee instanceof InstanceValue) return callInstance(machine, callee, args, at);
  if (callee instanceof PartialValue) {
    return callValue(
      machine,
      callee.callee,
      {
        positional: [...callee.args.positional, ...args.positional],
        named: new Map([...callee.args.named, ...args.named]),
        rest: callee.args.rest ?? args.rest
      },
      at
    );
  }
  if (callee instanceof ObjectValue) {
    const answer = machine.library.used?.(machine, callee, null, args, at);
    if (answer !== undefined) return answer;
  }
  const reason = callee instanceof Unknown ? callee : new Unknown(t('what is called here is not known'), at);
  machine.taintAll([...args.positional, ...args.named.values()], reason);
  return reason;
}

export function callMethodOf(machine: Machine, receiver: Value, name: string, args: Args, at: Located): Value {
  if (receiver instanceof ParserValue) return receiver.method(machine, name, args, at);
  if (receiver instanceof LibraryValue) return machine.library.callMethod(machine, receiver, name, args, at);
  if (receiver instanceof InstanceValue) return callInstanceMethod(machine, receiver, name, args, at);
  if (receiver instanceof SuperValue) return callSuperMethod(machine, receiver, name, args, at);
  if (receiver instanceof Unknown || receiver instanceof ObjectValue) {
    const answer = machine.library.used?.(machine, receiver, name, args, at);
    if (answer !== undefined) return answer;
  }
  if (receiver instanceof Unknown) {
    machine.taintAll([...args.positional, ...args.named.values()], receiver);
    return receiver;
  }
  if (machine.language === 'javascript') return scriptMethod(machine, receiver, name, args, at);
  if (receiver instanceof DictValue && receiver.isNamespace) {
    const entry = receiver.entries.get(name);
    if (entry !== undefined) return callValue(machine, entry, args, at);
  }
  return containerMethod(machine, receiver, name, args, at);
}

/** Runs a function of the document; parameters without a value are unknown. */
export function callFunction(
  machine: Machine,
  callee: FunctionValue,
  args: Args,
  at: Located,
  self: Value | null = null
): Value {
  const { definition } = callee;
  machine.calledFunctions.add(definition);
  if (machine.frames.length >= DEEPEST_CALL) return new Unknown(t('the calls are nested too deeply to follow'), at);
  const scope = new Scope(callee.scope);
  bindParameters(machine, callee, args, scope, at);
  const frame = { at, callee, self, possibleReturns: [] };
  if (machine.language === 'javascript' && !(definition.type === 'function' && definition.isArrow === true)) {
    scope.set('this', self);
  }
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
    } else if (parameter.kind === 'pattern') {
      const alone = machine.standalone && machine.frames.length === 0 && parameter.fallback === null;
      const open = alone ? unstated(machine, parameter, name, scope, at) : null;
      const given = args.positional[next++] ?? args.rest ?? open;
      if (parameter.target !== undefined) {
        const missing = given === null && parameter.fallback !== null;
        const value = missing ? evaluate(machine, parameter.fallback, scope) : given;
        assign(machine, parameter.target, value, scope, false, true);
      }
    } else {
      taken.add(parameter.name);
      const { definition } = callee;
      const place = parameter.kind === 'positional' && next < args.positional.length ? next++ : -1;
      const given = argument(args, place, parameter.name);
      // What a class's own code states for its parts is theirs; only what it leaves open can be set.
      const open = definition.type === 'function' && (given === undefined || definition.name !== '__init__');
      const set = open ? machine.overrides?.parameter(machine, definition, parameter.name) : undefined;
      const stated = [set, given, args.rest ?? undefined, callee.fallbacks.get(parameter.name)];
      const value = stated.find((one) => one !== undefined);
      scope.set(parameter.name, value === undefined ? unstated(machine, parameter, name, scope, at) : value);
    }
  }
}

/** A parameter without a value: JavaScript's default, which may use earlier parameters, or unknown. */
function unstated(machine: Machine, parameter: Parameter, callee: string, scope: Scope, at: Located): Value {
  const alone = machine.standalone && machine.frames.length === 0;
  if (machine.language === 'javascript' && (parameter.fallback !== null || !alone)) {
    return parameter.fallback === null ? null : evaluate(machine, parameter.fallback, scope);
  }
  return new Unknown(t('`{0}` is a parameter of `{1}` without a value in this document', parameter.name, callee), at);
}

/** One value where all the possibilities agree, else unknown. */
export function join(values: readonly Value[], why: Unknown): Value {
  const [first, ...others] = values;
  if (first === undefined) return null;
  return others.every((other) => other === first || equal(first, other) === true) ? first : why;
}
