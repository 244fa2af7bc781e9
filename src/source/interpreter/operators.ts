/** Python's operators on known values. */
import { t } from '../../core/texts';
import type { Located } from '../python/ast';
import type { Language } from '../types';
import {
  ClassValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  PathValue,
  Unknown,
  type Value
} from './values';

/** Longest list or string that an operator may make. */
const LONGEST = 100_000;

/** @returns `Unknown` with a reason where the operands do not determine the result. */
export function binary(operator: string, left: Value, right: Value, at: Located): Value {
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  const a = typeof left === 'boolean' ? Number(left) : left;
  const b = typeof right === 'boolean' ? Number(right) : right;
  if (typeof a === 'number' && typeof b === 'number') return arithmetic(operator, a, b, at);
  if (operator === '+') {
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    if (a instanceof ListValue && b instanceof ListValue) {
      const joined = new ListValue([...a.items, ...b.items], a.isTuple);
      joined.taint = a.taint ?? b.taint;
      return joined;
    }
  }
  if (operator === '*') {
    if (typeof a === 'number') return repeat(b, a, at);
    if (typeof b === 'number') return repeat(a, b, at);
  }
  if (operator === '%' && typeof a === 'string') return percentFormat(a, b, at);
  return new Unknown(t('the result of `{0}` here is not known', operator), at);
}

function arithmetic(operator: string, a: number, b: number, at: Located): Value {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '**':
      return a ** b;
    case '/':
    case '//':
    case '%':
      if (b === 0) return new Unknown(t('division by zero'), at);
      if (operator === '/') return a / b;
      return operator === '//' ? Math.floor(a / b) : a - Math.floor(a / b) * b;
    case '<<':
      return a * 2 ** b;
    case '>>':
      return Math.floor(a / 2 ** b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return new Unknown(t('the operator `{0}` is not followed', operator), at);
  }
}

function repeat(value: Value, times: number, at: Located): Value {
  const count = Math.max(0, Math.floor(times));
  if (typeof value === 'string' && value.length * count <= LONGEST) return value.repeat(count);
  if (value instanceof ListValue && value.items.length * count <= LONGEST) {
    const repeated = new ListValue(Array.from({ length: count }, () => value.items).flat(), value.isTuple);
    repeated.taint = value.taint;
    return repeated;
  }
  return new Unknown(t('the result of `*` here is not known'), at);
}

function percentFormat(template: string, value: Value, at: Located): Value {
  const values = value instanceof ListValue && value.isTuple ? [...value.items] : [value];
  let known = true;
  const text = template.replace(/%(?:%|[sdir])/g, (mark) => {
    if (mark === '%%') return '%';
    const next = values.shift();
    const shown = next === undefined ? null : textOf(next);
    if (shown === null) known = false;
    return shown ?? '';
  });
  return known ? text : new Unknown(t('the formatted text is not known'), at);
}

/** Python's `str(value)`, `null` where it is not known. */
export function textOf(value: Value): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? 'None' : null;
}

export function compare(operator: string, left: Value, right: Value, at: Located): Value {
  if (operator === 'not in' || operator === 'is not' || operator === '!=') {
    const positive = operator === 'not in' ? 'in' : operator === 'is not' ? 'is' : '==';
    const result = compare(positive, left, right, at);
    return typeof result === 'boolean' ? !result : result;
  }
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (operator === '==' || operator === 'is') return equal(left, right) ?? unclear(at);
  if (operator === 'in') return contains(left, right, at);
  if (typeof left === 'string' && typeof right === 'string') return ordered(operator, left < right, left === right);
  const a = typeof left === 'boolean' ? Number(left) : left;
  const b = typeof right === 'boolean' ? Number(right) : right;
  if (typeof a === 'number' && typeof b === 'number') return ordered(operator, a < b, a === b);
  return unclear(at);
}

function ordered(operator: string, less: boolean, same: boolean): boolean {
  if (operator === '<') return less;
  if (operator === '<=') return less || same;
  return operator === '>' ? !less && !same : !less;
}

function contains(item: Value, container: Value, at: Located): Value {
  if (typeof item === 'string' && typeof container === 'string') return container.includes(item);
  if (container instanceof DictValue && container.taint === null && isPrimitive(item)) {
    return container.entries.has(item);
  }
  if (!(container instanceof ListValue) || container.taint !== null) return unclear(at);
  const results = container.items.map((other) => equal(item, other));
  if (results.includes(true)) return true;
  return results.includes(null) ? unclear(at) : false;
}

function unclear(at: Located): Unknown {
  return new Unknown(t('the comparison depends on values that are not known'), at);
}

/** `null` where it is not known. */
export function equal(left: Value, right: Value): boolean | null {
  if (left instanceof Unknown || right instanceof Unknown) return null;
  if (isPrimitive(left) && isPrimitive(right)) {
    const a = typeof left === 'boolean' ? Number(left) : left;
    const b = typeof right === 'boolean' ? Number(right) : right;
    return a === b;
  }
  if (left === right) return true;
  if (left instanceof ListValue && right instanceof ListValue) {
    if (left.taint !== null || right.taint !== null) return null;
    if (left.items.length !== right.items.length || left.isTuple !== right.isTuple) return false;
    const results = left.items.map((item, i) => equal(item, right.items[i] ?? null));
    return results.includes(false) ? false : results.includes(null) ? null : true;
  }
  if (left === null || right === null) return false;
  if (left instanceof PathValue && right instanceof PathValue) return left.path === right.path;
  if (hasIdentity(left) && hasIdentity(right)) return false;
  const known = (value: Value): boolean => isPrimitive(value) || value instanceof ListValue || hasIdentity(value);
  return known(left) && known(right) && !(left instanceof ListValue && right instanceof ListValue) ? false : null;
}

/** Two of these are equal only where they are one. */
function hasIdentity(value: Value): boolean {
  return (
    value instanceof PathValue ||
    value instanceof ClassValue ||
    value instanceof FunctionValue ||
    (value instanceof InstanceValue && value.classValue.member('__eq__') === undefined)
  );
}

/** The truth of a value; `Unknown` where it is not known. */
export function truth(value: Value, at: Located, language: Language = 'python'): boolean | Unknown {
  if (value instanceof Unknown) return value;
  if (value === null) return false;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'boolean') return value;
  if (language === 'javascript' && (value instanceof ListValue || value instanceof DictValue)) return true;
  if (value instanceof ListValue) return value.taint ?? value.items.length > 0;
  if (value instanceof DictValue) return value.taint ?? value.entries.size > 0;
  if (value instanceof LibraryValue) {
    return value.what === 'tensor' || value.what === 'size' ? new Unknown(t('a tensor has no truth'), at) : true;
  }
  return true;
}
