/** Expressions of the abstract interpreter. */
import type { Expression, ExpressionOf, FunctionStatement, Located } from '../python/ast';
import { t } from '../../core/texts';
import { scriptGlobal } from '../javascript/globals';
import { scriptAttribute, scriptBinary, scriptIndexed } from '../javascript/objects';
import { isBuiltin } from './builtins';
import { callMethodOf, callValue, evaluateArgs, join } from './calls';
import { indexed, iterated } from './containers';
import { idleness, type Machine } from './machine';
import { callInstanceMethod, classAttribute, instanceAttribute } from './objects';
import { binary, compare, textOf, truth } from './operators';
import { Scope } from './scope';
import {
  ClassValue,
  DictValue,
  FileValue,
  FunctionValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  MethodValue,
  NO_ARGS,
  ObjectValue,
  PathValue,
  SliceValue,
  Unknown,
  type Value
} from './values';
import { assign } from './assign';

/** The value of an expression; never throws but `Stopped`. */
export function evaluate(machine: Machine, node: Expression, scope: Scope): Value {
  machine.tick();
  switch (node.type) {
    case 'number':
    case 'string':
    case 'constant':
      return node.value;
    case 'format': {
      let text = '';
      for (const part of node.parts) {
        const shown = textOf(evaluate(machine, part, scope));
        if (shown === null) return new Unknown(t('the formatted text is not known'), node);
        text += shown;
      }
      return text;
    }
    case 'name':
      return lookUp(machine, node.name, scope, node);
    case 'attribute':
      return attributeOf(machine, evaluate(machine, node.object, scope), node.name, node);
    case 'index': {
      return indexedBy(machine, evaluate(machine, node.object, scope), evaluate(machine, node.index, scope), node);
    }
    case 'slice': {
      const bound = (part: Expression | null): Value => (part === null ? null : evaluate(machine, part, scope));
      return new SliceValue(bound(node.start), bound(node.stop), bound(node.step));
    }
    case 'call':
      return call(machine, node, scope);
    case 'list':
    case 'tuple':
    case 'set':
      return sequence(machine, node, scope);
    case 'dict':
      return dictionary(machine, node, scope);
    case 'unary':
      return unary(machine, node, scope);
    case 'binary': {
      const left = evaluate(machine, node.left, scope);
      const right = evaluate(machine, node.right, scope);
      return operation(machine, node.operator, left, right, node);
    }
    case 'logical': {
      const left = evaluate(machine, node.left, scope);
      if (node.operator === '??') {
        return left === null || left instanceof Unknown ? (left ?? evaluate(machine, node.right, scope)) : left;
      }
      const known = truth(left, node.left, machine.language);
      if (known instanceof Unknown) {
        evaluate(machine, node.right, scope);
        return known;
      }
      return known === (node.operator === 'or') ? left : evaluate(machine, node.right, scope);
    }
    case 'compare':
      return comparison(machine, node, scope);
    case 'conditional': {
      const test = truth(evaluate(machine, node.test, scope), node.test, machine.language);
      if (test instanceof Unknown) {
        machine.conditions.push(test);
        const then = evaluate(machine, node.then, scope);
        const otherwise = evaluate(machine, node.otherwise, scope);
        machine.conditions.pop();
        return join([then, otherwise], test);
      }
      return evaluate(machine, test ? node.then : node.otherwise, scope);
    }
    case 'lambda':
      return functionOf(machine, node, scope);
    case 'function':
      return functionOf(machine, node.definition, scope);
    case 'pattern':
      return new Unknown(t('a pattern has no value'), node);
    case 'comprehension':
      return comprehension(machine, node, scope);
    case 'starred':
      return evaluate(machine, node.value, scope);
    case 'named': {
      const value = evaluate(machine, node.value, scope);
      assign(machine, node.target, value, scope);
      return value;
    }
    case 'unsupported':
      return new Unknown(t('`{0}` is not followed', node.text), node);
  }
}

function lookUp(machine: Machine, name: string, scope: Scope, at: Located): Value {
  const found = scope.get(name);
  if (found !== undefined) return found;
  const imported = machine.library.wildcard(machine.wildcards, name);
  if (imported !== undefined) return imported;
  if (machine.language === 'javascript') {
    const known = scriptGlobal(name);
    if (known !== undefined) return known;
  } else {
    if (name === '__name__') return '__main__';
    if (name === '__file__') return 'main.py';
    if (isBuiltin(name)) return new PathValue(name);
  }
  return new Unknown(t('`{0}` is not defined in this document', name), at);
}

/** `object.name`. */
export function attributeOf(machine: Machine, object: Value, name: string, at: Located): Value {
  if (object instanceof Unknown) return object;
  if (object instanceof PathValue) return new PathValue(machine.library.canonicalPath(`${object.path}.${name}`));
  if (object instanceof LibraryValue) return machine.library.attribute(machine, object, name, at);
  if (object instanceof InstanceValue) return instanceAttribute(machine, object, name, at);
  if (object instanceof ClassValue) return classAttribute(machine, object, name, at);
  if (object instanceof FileValue) {
    return object.scope.get(name) ?? new Unknown(t('`{0}` is not in `{1}`', name, object.name), at);
  }
  if (object instanceof FunctionValue && name === '__name__') {
    return object.definition.type === 'function' ? object.definition.name : '<lambda>';
  }
  if (machine.language === 'javascript') return scriptAttribute(object, name, at);
  if (object instanceof DictValue && object.isNamespace) {
    return (
      object.taint ??
      object.entries.get(name) ??
      new Unknown(t('`{0}` is not among the values the program is started with', name), at)
    );
  }
  if (object instanceof ObjectValue) return new Unknown(t('`.{0}` of `{1}` is not known', name, object.path), at);
  return new MethodValue(object, name);
}

function call(machine: Machine, node: ExpressionOf<'call'>, scope: Scope): Value {
  // A method call is kept together, so that its receiver can be changed by it.
  if (node.callee.type === 'attribute') {
    const receiver = evaluate(machine, node.callee.object, scope);
    if (!(receiver instanceof PathValue) && !(receiver instanceof ClassValue) && !(receiver instanceof FileValue)) {
      const args = evaluateArgs(machine, node.args, scope);
      return callMethodOf(machine, receiver, node.callee.name, args, node);
    }
    const callee = attributeOf(machine, receiver, node.callee.name, node.callee);
    return callValue(machine, callee, evaluateArgs(machine, node.args, scope), node);
  }
  const callee = evaluate(machine, node.callee, scope);
  const args = evaluateArgs(machine, node.args, scope);
  return callValue(machine, callee, args, node);
}

/** The function a definition or lambda makes, its defaults evaluated now. */
export function functionOf(
  machine: Machine,
  node: FunctionStatement | ExpressionOf<'lambda'>,
  scope: Scope
): FunctionValue {
  const fallbacks = new Map<string, Value>();
  for (const parameter of node.parameters) {
    // JavaScript evaluates defaults at the call, where earlier parameters have values.
    if (parameter.fallback !== null && machine.language === 'python') {
      fallbacks.set(parameter.name, evaluate(machine, parameter.fallback, scope));
    }
  }
  return new FunctionValue(node, scope.closure, fallbacks);
}

/** `object[index]`. */
export function indexedBy(machine: Machine, object: Value, index: Value, at: Located): Value {
  if (object instanceof LibraryValue) {
    return machine.library.callMethod(machine, object, '[]', { ...NO_ARGS, positional: [index] }, at);
  }
  if (object instanceof InstanceValue) {
    if (machine.language === 'javascript' && typeof index === 'string') {
      return instanceAttribute(machine, object, index, at);
    }
    return callInstanceMethod(machine, object, '__getitem__', { ...NO_ARGS, positional: [index] }, at);
  }
  if (machine.language === 'javascript') return scriptIndexed(object, index, at);
  return indexed(object, index, at);
}

/** A binary operator: the library's for its tensors, else the language's. */
export function operation(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value {
  const own = machine.library.binary(machine, operator, left, right, at);
  if (own !== null) return own;
  return machine.language === 'javascript'
    ? scriptBinary(operator, left, right, at)
    : binary(operator, left, right, at);
}

function sequence(machine: Machine, node: ExpressionOf<'list' | 'tuple' | 'set'>, scope: Scope): Value {
  const list = new ListValue([], node.type === 'tuple', machine.conditions.length);
  for (const item of node.items) {
    const value = evaluate(machine, item, scope);
    if (item.type !== 'starred') {
      list.items.push(value);
      continue;
    }
    const more = iterated(value, item, machine);
    if (more instanceof Unknown) list.taint ??= more;
    else list.items.push(...more);
  }
  return list;
}

function dictionary(machine: Machine, node: ExpressionOf<'dict'>, scope: Scope): Value {
  const dict = new DictValue(new Map(), machine.conditions.length);
  for (const entry of node.entries) {
    const value = evaluate(machine, entry.value, scope);
    if (entry.key === null) {
      if (value instanceof DictValue && value.taint === null)
        for (const [k, v] of value.entries) dict.entries.set(k, v);
      else dict.taint ??= new Unknown(t('the dict takes in values that are not known'), node);
      continue;
    }
    const key = evaluate(machine, entry.key, scope);
    if (isPrimitive(key)) dict.entries.set(key, value);
    else dict.taint ??= new Unknown(t('a key of the dict is not known'), node);
  }
  return dict;
}

function unary(machine: Machine, node: ExpressionOf<'unary'>, scope: Scope): Value {
  const value = evaluate(machine, node.operand, scope);
  if (node.operator === 'not') {
    const known = truth(value, node, machine.language);
    return known instanceof Unknown ? known : !known;
  }
  if (value instanceof Unknown) return value;
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number') {
    if (node.operator === '-') return -number;
    if (node.operator === '+') return number;
    if (node.operator === '~') return ~number;
  }
  return new Unknown(t('the result of `{0}` here is not known', node.operator), node);
}

function comparison(machine: Machine, node: ExpressionOf<'compare'>, scope: Scope): Value {
  let left = evaluate(machine, node.first, scope);
  for (const step of node.rest) {
    const right = evaluate(machine, step.value, scope);
    const result = compare(step.operator, left, right, node);
    if (result !== true) return result;
    left = right;
  }
  return true;
}

function comprehension(machine: Machine, node: ExpressionOf<'comprehension'>, outer: Scope): Value {
  const { clauses } = node;
  const list = new ListValue([], false, machine.conditions.length);
  const dict = new DictValue(new Map(), machine.conditions.length);
  const inner = new Scope(outer);
  let unknown: Unknown | null = null;
  const run = (depth: number): void => {
    const clause = clauses[depth];
    if (clause === undefined) {
      const element = evaluate(machine, node.element, inner);
      const key = node.key === null ? null : evaluate(machine, node.key, inner);
      if (node.result === 'list') list.items.push(element);
      else if (isPrimitive(key)) dict.entries.set(key, element);
      else unknown ??= new Unknown(t('a key of the dict is not known'), node);
      return;
    }
    const items = iterated(evaluate(machine, clause.iterable, inner), clause.iterable, machine);
    if (items instanceof Unknown) {
      unknown ??= items;
      return;
    }
    const isIdle = idleness(machine);
    for (const [count, item] of items.entries()) {
      machine.tick();
      if (isIdle(count)) {
        unknown ??= new Unknown(t('the loop is too long to follow'), node);
        break;
      }
      assign(machine, clause.target, item, inner);
      const tests = clause.conditions.map((condition) =>
        truth(evaluate(machine, condition, inner), condition, machine.language)
      );
      const unclear = tests.find((test) => test instanceof Unknown);
      if (unclear instanceof Unknown) unknown ??= unclear;
      else if (!tests.includes(false)) run(depth + 1);
    }
  };
  run(0);
  return unknown ?? (node.result === 'list' ? list : dict);
}
