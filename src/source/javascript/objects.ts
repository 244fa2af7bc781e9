/** What JavaScript's operators, indices, attributes and methods do to plain values. */
import type { Located } from '../python/ast';
import { t } from '../../core/texts';
import { callValue } from '../interpreter/calls';
import { iterated } from '../interpreter/containers';
import type { Machine } from '../interpreter/machine';
import { equal, truth } from '../interpreter/operators';
import {
  DictValue,
  isPrimitive,
  ListValue,
  MethodValue,
  NO_ARGS,
  ObjectValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';

/** `left operator right` where none of them is a tensor. */
export function scriptBinary(operator: string, left: Value, right: Value, at: Located): Value {
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (operator === '+' && (typeof left === 'string' || typeof right === 'string')) {
    return isPrimitive(left) && isPrimitive(right) ? `${String(left)}${String(right)}` : unclear(operator, at);
  }
  const a = typeof left === 'boolean' ? Number(left) : left;
  const b = typeof right === 'boolean' ? Number(right) : right;
  if (typeof a !== 'number' || typeof b !== 'number') return unclear(operator, at);
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? new Unknown(t('division by zero'), at) : a / b;
    case '%':
      return b === 0 ? new Unknown(t('division by zero'), at) : a % b;
    case '**':
      return a ** b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '|':
      return a | b;
    case '&':
      return a & b;
    case '^':
      return a ^ b;
    default:
      return unclear(operator, at);
  }
}

function unclear(operator: string, at: Located): Unknown {
  return new Unknown(t('the result of `{0}` here is not known', operator), at);
}

/** `object[index]` of an array, object or string; a place that is not there is `undefined`. */
export function scriptIndexed(object: Value, index: Value, at: Located): Value {
  if (object instanceof Unknown) return object;
  if (index instanceof Unknown) return index;
  if (object instanceof ListValue) {
    if (object.taint !== null) return object.taint;
    if (typeof index === 'number') return object.items[index] ?? null;
  }
  if (object instanceof DictValue && isPrimitive(index)) {
    return object.entries.get(index) ?? object.entries.get(String(index)) ?? object.taint;
  }
  if (typeof object === 'string' && typeof index === 'number') return object.charAt(index);
  return new Unknown(t('what is indexed here is not known'), at);
}

/** `object.name` of an array, object or string. */
export function scriptAttribute(object: Value, name: string, at: Located): Value {
  if (object instanceof ListValue && name === 'length') return object.taint ?? object.items.length;
  if (typeof object === 'string' && name === 'length') return object.length;
  if (object instanceof DictValue) {
    const found = object.entries.get(name);
    return found !== undefined || object.entries.has(name) ? (found ?? null) : object.taint;
  }
  if (object === null) return new Unknown(t('`.{0}` of nothing (undefined or null)', name), at);
  if (object instanceof ObjectValue) return new Unknown(t('`.{0}` of `{1}` is not known', name, object.path), at);
  return new MethodValue(object, name);
}

/** `receiver.name(…)` for an array, object, string or number. */
export function scriptMethod(machine: Machine, receiver: Value, name: string, args: Args, at: Located): Value {
  if (receiver instanceof ListValue) return arrayMethod(machine, receiver, name, args, at);
  if (receiver instanceof DictValue) {
    const entry = receiver.entries.get(name);
    if (entry !== undefined) return callValue(machine, entry, args, at);
    if (receiver.taint !== null) return receiver.taint;
  }
  if (typeof receiver === 'string') return textMethod(receiver, name, args, at);
  if (typeof receiver === 'number' && (name === 'toString' || name === 'toFixed')) return String(receiver);
  machine.taintAll([...args.positional], new Unknown(t('what `.{0}()` does is not known', name), at));
  return new Unknown(t('the result of `.{0}()` is not known', name), at);
}

function arrayMethod(machine: Machine, list: ListValue, name: string, args: Args, at: Located): Value {
  const [first = null, second = null] = args.positional;
  const listOf = (items: readonly Value[]): ListValue => new ListValue([...items], false, machine.conditions.length);
  const call = (...values: Value[]): Value => callValue(machine, first, { ...NO_ARGS, positional: values }, at);
  switch (name) {
    case 'push':
      machine.mutate(list);
      list.items.push(...args.positional);
      list.taint ??= args.rest;
      return list.items.length;
    case 'unshift':
      machine.mutate(list);
      list.items.unshift(...args.positional);
      return list.items.length;
    case 'pop':
    case 'shift':
      machine.mutate(list);
      return list.taint ?? (name === 'pop' ? list.items.pop() : list.items.shift()) ?? null;
    case 'reverse':
      machine.mutate(list);
      list.items.reverse();
      return list;
    case 'fill':
      machine.mutate(list);
      list.items.fill(first);
      return list;
  }
  if (list.taint !== null) return list.taint;
  const { items } = list;
  switch (name) {
    case 'forEach':
      items.forEach((item, i) => {
        machine.tick();
        call(item, i, list);
      });
      return null;
    case 'map':
      return listOf(items.map((item, i) => call(item, i, list)));
    case 'flatMap':
      return listOf(
        items.flatMap((item, i) => {
          const made = call(item, i, list);
          return made instanceof ListValue ? made.items : [made];
        })
      );
    case 'filter':
    case 'some':
    case 'every':
    case 'find': {
      const kept: Value[] = [];
      for (const [i, item] of items.entries()) {
        const known = truth(call(item, i, list), at, 'javascript');
        if (known instanceof Unknown) return known;
        if (known) kept.push(item);
      }
      if (name === 'filter') return listOf(kept);
      if (name === 'find') return kept[0] ?? null;
      return name === 'some' ? kept.length > 0 : kept.length === items.length;
    }
    case 'reduce':
      return items
        .slice(args.positional.length > 1 ? 0 : 1)
        .reduce((total, item, i) => call(total, item, i), args.positional.length > 1 ? second : (items[0] ?? null));
    case 'concat':
      return listOf([
        ...items,
        ...args.positional.flatMap((value) => (value instanceof ListValue ? value.items : [value]))
      ]);
    case 'slice':
      if ((first === null || typeof first === 'number') && (second === null || typeof second === 'number')) {
        return listOf(items.slice(first ?? 0, second ?? undefined));
      }
      break;
    case 'entries':
      return listOf(items.map((item, i) => listOf([i, item])));
    case 'keys':
      return listOf(items.map((_, i) => i));
    case 'join':
      return items
        .map((item) => (isPrimitive(item) ? String(item) : '?'))
        .join(typeof first === 'string' ? first : ',');
    case 'at':
      if (typeof first === 'number') return items.at(first) ?? null;
      break;
    case 'includes':
    case 'indexOf': {
      const same = items.map((item) => equal(item, first));
      if (same.includes(true)) return name === 'includes' ? true : same.indexOf(true);
      if (!same.includes(null)) return name === 'includes' ? false : -1;
      break;
    }
    case 'flat': {
      const all = items.flatMap((item) => (item instanceof ListValue ? iterated(item, at, machine) : [item]));
      const unknown = all.find((item) => item instanceof Unknown);
      return unknown instanceof Unknown ? unknown : listOf(all.filter((item) => !(item instanceof Unknown)));
    }
  }
  const reason = new Unknown(t('`.{0}()` on a list is not followed', name), at);
  list.taint ??= reason;
  return reason;
}

function textMethod(text: string, name: string, args: Args, at: Located): Value {
  const [first] = args.positional;
  switch (name) {
    case 'toLowerCase':
      return text.toLowerCase();
    case 'toUpperCase':
      return text.toUpperCase();
    case 'trim':
      return text.trim();
    case 'startsWith':
      if (typeof first === 'string') return text.startsWith(first);
      break;
    case 'includes':
      if (typeof first === 'string') return text.includes(first);
      break;
    case 'split':
      if (typeof first === 'string') return new ListValue(text.split(first), false);
      break;
    case 'toString':
      return text;
  }
  return new Unknown(t('the result of `.{0}()` is not followed', name), at);
}
