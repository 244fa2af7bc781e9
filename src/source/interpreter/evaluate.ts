/** Expressions of the abstract interpreter. */
import type { Expression, ExpressionOf, Located } from '../python/ast';
import { isBuiltin } from './builtins';
import { callFunction, callMethodOf, callValue, evaluateArgs } from './calls';
import { indexed, iterated } from './containers';
import type { Machine } from './machine';
import { binary, compare, textOf, truth } from './operators';
import { Scope } from './scope';
import {
  ClassValue,
  DictValue,
  FunctionValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  MethodValue,
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
        if (shown === null) return new Unknown('the formatted text is not known', node);
        text += shown;
      }
      return text;
    }
    case 'name':
      return lookUp(machine, node.name, scope, node);
    case 'attribute':
      return attributeOf(machine, evaluate(machine, node.object, scope), node.name, node);
    case 'index': {
      const object = evaluate(machine, node.object, scope);
      const index = evaluate(machine, node.index, scope);
      if (object instanceof LibraryValue)
        return machine.library.callMethod(
          machine,
          object,
          '[]',
          { positional: [index], named: new Map(), rest: null },
          node
        );
      return indexed(object, index, node);
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
      return (
        machine.library.binary(machine, node.operator, left, right, node) ?? binary(node.operator, left, right, node)
      );
    }
    case 'logical': {
      const left = evaluate(machine, node.left, scope);
      const known = truth(left, node.left);
      if (known instanceof Unknown) {
        evaluate(machine, node.right, scope);
        return known;
      }
      return known === (node.operator === 'or') ? left : evaluate(machine, node.right, scope);
    }
    case 'compare':
      return comparison(machine, node, scope);
    case 'conditional': {
      const test = truth(evaluate(machine, node.test, scope), node.test);
      if (test instanceof Unknown) {
        machine.conditions.push(test);
        const then = evaluate(machine, node.then, scope);
        const otherwise = evaluate(machine, node.otherwise, scope);
        machine.conditions.pop();
        return isPrimitive(then) && then === otherwise ? then : test;
      }
      return evaluate(machine, test ? node.then : node.otherwise, scope);
    }
    case 'lambda': {
      const fallbacks = new Map<string, Value>();
      for (const parameter of node.parameters) {
        if (parameter.fallback !== null) fallbacks.set(parameter.name, evaluate(machine, parameter.fallback, scope));
      }
      return new FunctionValue(node, scope, fallbacks);
    }
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
      return new Unknown(`\`${node.text}\` is not followed`, node);
  }
}

function lookUp(machine: Machine, name: string, scope: Scope, at: Located): Value {
  const found = scope.get(name);
  if (found !== undefined) return found;
  const imported = machine.library.wildcard(machine.wildcards, name);
  if (imported !== undefined) return imported;
  if (name === '__name__') return '__main__';
  if (isBuiltin(name)) return new PathValue(name);
  return new Unknown(`\`${name}\` is not defined in this document`, at);
}

/** `object.name`. */
export function attributeOf(machine: Machine, object: Value, name: string, at: Located): Value {
  if (object instanceof Unknown) return object;
  if (object instanceof PathValue) return new PathValue(machine.library.canonicalPath(`${object.path}.${name}`));
  if (object instanceof LibraryValue) return machine.library.attribute(machine, object, name, at);
  if (object instanceof ClassValue) {
    return object.members.names.get(name) ?? new Unknown(`\`${name}\` is not in the class`, at);
  }
  if (object instanceof ObjectValue) return new Unknown(`\`.${name}\` of \`${object.path}\` is not known`, at);
  return new MethodValue(object, name);
}

function call(machine: Machine, node: ExpressionOf<'call'>, scope: Scope): Value {
  // A method call is kept together, so that its receiver can be changed by it.
  if (node.callee.type === 'attribute') {
    const receiver = evaluate(machine, node.callee.object, scope);
    if (!(receiver instanceof PathValue) && !(receiver instanceof ClassValue)) {
      const args = evaluateArgs(machine, node.args, scope);
      return callMethodOf(machine, receiver, node.callee.name, args, node);
    }
    const callee = attributeOf(machine, receiver, node.callee.name, node.callee);
    return callValue(machine, callee, evaluateArgs(machine, node.args, scope), node);
  }
  const callee = evaluate(machine, node.callee, scope);
  const args = evaluateArgs(machine, node.args, scope);
  if (callee instanceof FunctionValue) return callFunction(machine, callee, args, node);
  return callValue(machine, callee, args, node);
}

function sequence(machine: Machine, node: ExpressionOf<'list' | 'tuple' | 'set'>, scope: Scope): Value {
  const list = new ListValue([], node.type === 'tuple', machine.conditions.length);
  for (const item of node.items) {
    const value = evaluate(machine, item, scope);
    if (item.type !== 'starred') {
      list.items.push(value);
      continue;
    }
    const more = iterated(value, item);
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
      else dict.taint ??= new Unknown('the dict takes in values that are not known', node);
      continue;
    }
    const key = evaluate(machine, entry.key, scope);
    if (isPrimitive(key)) dict.entries.set(key, value);
    else dict.taint ??= new Unknown('a key of the dict is not known', node);
  }
  return dict;
}

function unary(machine: Machine, node: ExpressionOf<'unary'>, scope: Scope): Value {
  const value = evaluate(machine, node.operand, scope);
  if (node.operator === 'not') {
    const known = truth(value, node);
    return known instanceof Unknown ? known : !known;
  }
  if (value instanceof Unknown) return value;
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number === 'number') {
    if (node.operator === '-') return -number;
    if (node.operator === '+') return number;
    if (node.operator === '~') return ~number;
  }
  return new Unknown(`the result of \`${node.operator}\` here is not known`, node);
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
      else unknown ??= new Unknown('a key of the dict is not known', node);
      return;
    }
    const items = iterated(evaluate(machine, clause.iterable, inner), clause.iterable);
    if (items instanceof Unknown) {
      unknown ??= items;
      return;
    }
    for (const item of items) {
      machine.tick();
      assign(machine, clause.target, item, inner);
      const tests = clause.conditions.map((condition) => truth(evaluate(machine, condition, inner), condition));
      const unclear = tests.find((test) => test instanceof Unknown);
      if (unclear instanceof Unknown) unknown ??= unclear;
      else if (!tests.includes(false)) run(depth + 1);
    }
  };
  run(0);
  return unknown ?? (node.result === 'list' ? list : dict);
}
