/** Statements of the abstract interpreter. */
import type { Expression, Located, Statement } from '../python/ast';
import { assign } from './assign';
import { join } from './calls';
import { iterated } from './containers';
import { evaluate, functionOf, operation } from './evaluate';
import { idleness, MOST_ITERATIONS, type Frame, type Loop, type Machine } from './machine';
import { importFromScript } from '../javascript/imports';
import { runImport, runImportFrom } from './imports';
import { truth } from './operators';
import { Scope } from './scope';
import { t } from '../../core/texts';
import {
  ClassValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  Unknown,
  type Value
} from './values';

type Ending = { readonly type: 'return'; readonly value: Value } | { readonly type: 'break' | 'continue' | 'raise' };

/** Runs a function's body; what it returns. */
export function runBody(machine: Machine, body: readonly Statement[], scope: Scope, frame: Frame): Value {
  const ending = runBlock(machine, body, scope);
  const returned = ending?.type === 'return' ? ending.value : null;
  if (frame.possibleReturns.length === 0) {
    return ending?.type === 'raise' ? new Unknown(t('the code raises an error here'), frame.at) : returned;
  }
  // A raise after conditional returns is taken not to happen.
  const values = ending?.type === 'raise' ? frame.possibleReturns : [...frame.possibleReturns, returned];
  return join(values, new Unknown(t('what the function returns depends on a condition that is not known'), frame.at));
}

export function runBlock(machine: Machine, body: readonly Statement[], scope: Scope): Ending | null {
  for (const statement of body) {
    const ending = run(machine, statement, scope);
    if (ending !== null) return ending;
  }
  return null;
}

function run(machine: Machine, node: Statement, scope: Scope): Ending | null {
  machine.tick();
  switch (node.type) {
    case 'expression':
      evaluate(machine, node.value, scope);
      return null;
    case 'assign': {
      const value = evaluate(machine, node.value, scope);
      const constant = scope.parent === null && !machine.importing;
      for (const target of node.targets) assign(machine, target, value, scope, constant, node.declares);
      return null;
    }
    case 'augment':
      augment(machine, node.target, node.operator, evaluate(machine, node.value, scope), scope, node);
      return null;
    case 'return':
      return { type: 'return', value: node.value === null ? null : evaluate(machine, node.value, scope) };
    case 'break':
    case 'continue':
    case 'raise':
      return { type: node.type };
    case 'delete':
      for (const target of node.targets) remove(machine, target, scope);
      return null;
    case 'global':
      for (const name of node.names) scope.outerNames.add(name);
      return null;
    case 'import':
      runImport(machine, node, scope);
      return null;
    case 'importFrom':
      if (machine.language === 'javascript') importFromScript(machine, node, scope);
      else runImportFrom(machine, node, scope);
      return null;
    case 'declare':
      return null;
    case 'function': {
      scope.set(node.name, functionOf(machine, node, scope));
      return null;
    }
    case 'class': {
      scope.set(node.name, classOf(machine, node, scope));
      return null;
    }
    case 'if':
      return branch(machine, node, scope);
    case 'for':
      return loop(machine, node, scope);
    case 'while':
      return inLoop(machine, whileOf(node), () => whileLoop(machine, node, scope));
    case 'block':
      return runBlock(machine, node.body, scope);
  }
}

function augment(
  machine: Machine,
  target: Expression,
  operator: string,
  value: Value,
  scope: Scope,
  at: Located
): void {
  const current = evaluate(machine, target, scope);
  if (operator === '+' && current instanceof ListValue && !current.isTuple) {
    machine.mutate(current);
    const more = iterated(value, at, machine);
    if (more instanceof Unknown) current.taint ??= more;
    else current.items.push(...more);
    return;
  }
  const result = operation(machine, operator, current, value, at);
  assign(machine, target, result, scope);
}

function remove(machine: Machine, target: Expression, scope: Scope): void {
  if (target.type === 'name') scope.names.delete(target.name);
  if (target.type === 'attribute') {
    const owner = evaluate(machine, target.object, scope);
    if (owner instanceof InstanceValue) owner.attributes.delete(target.name);
    else if (owner instanceof LibraryValue) {
      machine.library.taint(owner, new Unknown(t('`{0}` was deleted', target.name), target));
    }
  }
  if (target.type !== 'index') return;
  const object = evaluate(machine, target.object, scope);
  const reason = new Unknown(t('an element was deleted'), target);
  const index = evaluate(machine, target.index, scope);
  if (object instanceof DictValue && isPrimitive(index) && machine.conditions.length === object.madeUnder) {
    object.entries.delete(index);
  } else if (
    object instanceof ListValue &&
    typeof index === 'number' &&
    machine.conditions.length === object.madeUnder
  ) {
    object.items.splice(index < 0 ? object.items.length + index : index, 1);
  } else if (object instanceof ListValue || object instanceof DictValue || object instanceof InstanceValue) {
    object.taint ??= reason;
    if (object instanceof DictValue) object.doubtful = null;
  } else if (object instanceof LibraryValue) machine.library.taint(object, reason);
}

/** The class a statement defines; its functions know it, for `super()`. */
export function classOf(machine: Machine, node: Extract<Statement, { type: 'class' }>, scope: Scope): ClassValue {
  const bases = node.bases.map((base) => evaluate(machine, base, scope));
  const members = new Scope(scope, true);
  const made = new ClassValue(node, bases, members);
  for (const member of node.body) run(machine, member, members);
  for (const value of members.names.values()) if (value instanceof FunctionValue) value.owner ??= made;
  return made;
}

/** A branch that only raises is taken not to happen: the code is assumed to work. */
function onlyRaises(body: readonly Statement[]): boolean {
  return body.at(-1)?.type === 'raise' && body.every((node) => node.type === 'raise' || node.type === 'expression');
}

function branch(machine: Machine, node: Extract<Statement, { type: 'if' }>, scope: Scope): Ending | null {
  const test = truth(evaluate(machine, node.test, scope), node.test, machine.language);
  if (onlyRaises(node.then)) return runBlock(machine, node.otherwise, scope);
  if (test === true) return runBlock(machine, node.then, scope);
  if (test === false) return runBlock(machine, node.otherwise, scope);
  if (onlyRaises(node.otherwise)) return runBlock(machine, node.then, scope);
  return bothWays(machine, node, scope, test);
}

/** Runs both branches; names that end up different are unknown afterwards. */
function bothWays(
  machine: Machine,
  node: Extract<Statement, { type: 'if' }>,
  scope: Scope,
  test: Unknown
): Ending | null {
  const why = new Unknown(t('it depends on a condition that is not known ({0})', test.reason), node);
  const before = scope.names;
  machine.conditions.push(why);
  scope.names = new Map(before);
  const first = runBlock(machine, node.then, scope);
  const afterFirst = scope.names;
  scope.names = new Map(before);
  const second = runBlock(machine, node.otherwise, scope);
  const afterSecond = scope.names;
  machine.conditions.pop();

  if (first !== null && second !== null) {
    if (first.type === 'return' && second.type === 'return') {
      return { type: 'return', value: join([first.value, second.value], why) };
    }
    return first.type === 'raise' ? second : first;
  }
  if (first !== null || second !== null) {
    scope.names = first === null ? afterFirst : afterSecond;
    const ended = first ?? second;
    if (ended?.type === 'return') machine.frames.at(-1)?.possibleReturns.push(ended.value);
    return null;
  }
  const names = new Set([...afterFirst.keys(), ...afterSecond.keys()]);
  scope.names = new Map(
    [...names].map((name): [string, Value] => {
      const a = afterFirst.get(name);
      const b = afterSecond.get(name);
      if (a === undefined || b === undefined) {
        return [name, new Unknown(`\`${name}\`: ${why.reason}`, node)];
      }
      return [name, a === b ? a : join([a, b], new Unknown(`\`${name}\`: ${why.reason}`, node))];
    })
  );
  return null;
}

/** Runs a loop so that what happens in it knows of it. */
function inLoop(machine: Machine, loop: Loop, run: () => Ending | null): Ending | null {
  machine.loops.push(loop);
  const ending = run();
  machine.loops.pop();
  return ending;
}

function whileOf(node: Extract<Statement, { type: 'while' }>): Loop {
  const unknown = new Unknown(t('the loop runs until a condition holds'), node.test);
  return { statement: node, over: null, at: node.test, variable: null, rounds: null, unknown };
}

function loop(machine: Machine, node: Extract<Statement, { type: 'for' }>, scope: Scope): Ending | null {
  const over = evaluate(machine, node.iterable, scope);
  const items = iterated(over, node.iterable, machine);
  const known: Loop = {
    statement: node,
    over,
    at: node.iterable,
    variable: node.target.type === 'name' ? node.target.name : null,
    rounds: items instanceof Unknown || typeof items[0] !== 'number' ? null : items.length,
    unknown: items instanceof Unknown ? items : null
  };
  return inLoop(machine, known, () => rounds(machine, node, scope, items));
}

function rounds(
  machine: Machine,
  node: Extract<Statement, { type: 'for' }>,
  scope: Scope,
  items: readonly Value[] | Unknown
): Ending | null {
  if (items instanceof Unknown) {
    assign(
      machine,
      node.target,
      new Unknown(t('the loop variable is not known ({0})', items.reason), node.target),
      scope
    );
    return unknownTimes(machine, node.body, scope, items, node);
  }
  const isIdle = idleness(machine);
  let count = 0;
  for (const item of items) {
    if (++count > MOST_ITERATIONS || isIdle(count)) {
      return unknownTimes(machine, node.body, scope, new Unknown(t('the loop is too long to follow'), node), node);
    }
    assign(machine, node.target, item, scope, false, true);
    const ending = runBlock(machine, node.body, scope);
    if (ending?.type === 'break') break;
    if (ending !== null && ending.type !== 'continue') return ending;
  }
  return null;
}

function whileLoop(machine: Machine, node: Extract<Statement, { type: 'while' }>, scope: Scope): Ending | null {
  const isIdle = idleness(machine);
  for (let count = 0; ; count++) {
    const test = truth(evaluate(machine, node.test, scope), node.test, machine.language);
    if (test === false) return null;
    if (test !== true || isIdle(count) || count > MOST_ITERATIONS) {
      const why = test instanceof Unknown ? test : new Unknown(t('the loop is too long to follow'), node);
      return unknownTimes(machine, node.body, scope, why, node);
    }
    const ending = runBlock(machine, node.body, scope);
    if (ending?.type === 'break') return null;
    if (ending !== null && ending.type !== 'continue') return ending;
    if (node.update !== undefined) runBlock(machine, node.update, scope);
  }
}

/** A loop of unknown length: its body once, under an unknown condition; what it changes is unknown afterwards. */
function unknownTimes(
  machine: Machine,
  body: readonly Statement[],
  scope: Scope,
  test: Unknown,
  at: Located
): Ending | null {
  const why = new Unknown(t('it changes in a loop whose length is not known ({0})', test.reason), at);
  const before = new Map(scope.names);
  machine.conditions.push(why);
  const ending = runBlock(machine, body, scope);
  machine.conditions.pop();
  for (const [name, value] of scope.names) {
    const old = before.get(name);
    if (old !== undefined && old !== value) scope.names.set(name, join([old, value], why));
  }
  if (ending?.type === 'return') machine.frames.at(-1)?.possibleReturns.push(ending.value);
  return null;
}
