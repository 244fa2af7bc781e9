/** Indexing, iteration and methods of lists, dicts and strings. */
import { t } from '../../core/texts';
import type { Located } from '../python/ast';
import type { Machine } from './machine';
import { callInstanceMethod } from './objects';
import { equal, textOf } from './operators';
import {
  argument,
  DictValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  NO_ARGS,
  SliceValue,
  Unknown,
  type Args,
  type Value
} from './values';

export function indexed(object: Value, index: Value, at: Located): Value {
  if (object instanceof Unknown) return object;
  if (index instanceof Unknown) return index;
  if (object instanceof DictValue) {
    if (object.taint !== null) return object.taint;
    const found = isPrimitive(index) ? object.entries.get(index) : undefined;
    return found === undefined ? new Unknown(t('the key is not in the dict'), at) : found;
  }
  if (object instanceof ListValue && object.taint !== null) return object.taint;
  const length = object instanceof ListValue ? object.items.length : typeof object === 'string' ? object.length : -1;
  if (length < 0) return new Unknown(t('what is indexed here is not known'), at);
  if (index instanceof SliceValue) {
    const places = slicePlaces(index, length);
    if (places === null) return new Unknown(t('the bounds of the slice are not known'), at);
    return object instanceof ListValue
      ? new ListValue(
          places.map((place) => object.items[place] ?? null),
          object.isTuple
        )
      : places.map((place) => String(object).charAt(place)).join('');
  }
  if (typeof index !== 'number') return new Unknown(t('the index is not known'), at);
  const place = index < 0 ? length + index : index;
  if (object instanceof ListValue) return object.items[place] ?? outside(object, place, at);
  return String(object).charAt(place);
}

function outside(list: ListValue, place: number, at: Located): Value {
  return place >= 0 && place < list.items.length ? null : new Unknown(t('the index is outside the list'), at);
}

function slicePlaces(slice: SliceValue, length: number): number[] | null {
  const { start, stop, step } = slice;
  const by = step ?? 1;
  if (typeof by !== 'number' || by === 0) return null;
  if ((start !== null && typeof start !== 'number') || (stop !== null && typeof stop !== 'number')) return null;
  const wrap = (place: number): number => (place < 0 ? length + place : place);
  const from = start === null ? (by > 0 ? 0 : length - 1) : wrap(start);
  const to = stop === null ? (by > 0 ? length : -1) : wrap(stop);
  const places: number[] = [];
  for (let i = from; by > 0 ? i < Math.min(to, length) : i > to; i += by) if (i >= 0 && i < length) places.push(i);
  return places;
}

/** The elements a `for` loop sees. */
export function iterated(value: Value, at: Located, machine: Machine): readonly Value[] | Unknown {
  if (value instanceof Unknown) return value;
  if (value instanceof LibraryValue) {
    const elements = machine.library.elements(machine, value, at);
    if (elements !== null) return elements;
  }
  if (value instanceof InstanceValue) {
    if (value.native !== null) {
      const elements = machine.library.elements(machine, value.native, at);
      if (elements !== null) return elements;
    }
    if (value.classValue.member('__iter__') !== undefined) {
      return iterated(callInstanceMethod(machine, value, '__iter__', NO_ARGS, at), at, machine);
    }
  }
  if (value instanceof ListValue) return value.taint ?? value.items;
  if (value instanceof DictValue) return value.taint ?? [...value.entries.keys()];
  if (typeof value === 'string') return [...value];
  return new Unknown(t('what the loop runs over is not known'), at);
}

/** A method of a list, dict or string. */
export function containerMethod(machine: Machine, receiver: Value, name: string, args: Args, at: Located): Value {
  if (receiver instanceof ListValue) return listMethod(machine, receiver, name, args, at);
  if (receiver instanceof DictValue) return dictMethod(machine, receiver, name, args, at);
  if (typeof receiver === 'string') return textMethod(machine, receiver, name, args, at);
  return new Unknown(t('the result of `.{0}()` is not known', name), at);
}

function listMethod(machine: Machine, list: ListValue, name: string, args: Args, at: Located): Value {
  const [first, second] = args.positional;
  if (name === 'index' || name === 'count' || name === 'copy') {
    if (name === 'copy') return copyOf(list, machine.conditions.length);
    if (list.taint !== null) return list.taint;
    const same = list.items.map((item) => equal(item, first ?? null));
    if (same.includes(null)) return new Unknown(t('the result of `.{0}()` is not known', name), at);
    if (name === 'count') return same.filter((one) => one === true).length;
    const place = same.indexOf(true);
    return place >= 0 ? place : new Unknown(t('the value is not in the list'), at);
  }
  machine.mutate(list);
  if (list.origin !== null)
    list.origin.taint ??= new Unknown(t('whether a change of `layers` changes the model depends on the version'), at);
  if (name === 'append' && first !== undefined) list.items.push(first);
  else if (name === 'extend' && first !== undefined) {
    const more = iterated(first, at, machine);
    if (more instanceof Unknown) list.taint ??= more;
    else list.items.push(...more);
  } else if (name === 'insert' && typeof first === 'number' && second !== undefined) {
    list.items.splice(first < 0 ? list.items.length + first : first, 0, second);
  } else if (name === 'pop') {
    const place = first === undefined ? -1 : first;
    if (typeof place === 'number') {
      const [taken] = list.items.splice(place < 0 ? list.items.length + place : place, 1);
      return taken ?? new Unknown(t('the list is empty here'), at);
    }
    list.taint ??= new Unknown(t('an element was taken from a place that is not known'), at);
    return list.taint;
  } else if (name === 'reverse') list.items.reverse();
  else if (name === 'clear') list.items.length = 0;
  else list.taint ??= new Unknown(t('`.{0}()` on a list is not followed', name), at);
  return null;
}

function copyOf(list: ListValue, madeUnder: number): ListValue {
  const copy = new ListValue([...list.items], list.isTuple, madeUnder);
  copy.taint = list.taint;
  return copy;
}

function dictMethod(machine: Machine, dict: DictValue, name: string, args: Args, at: Located): Value {
  if (dict.taint !== null && (name !== 'update' || dict.doubtful === null)) return dict.taint;
  const entries = [...dict.entries];
  const [key, fallback] = args.positional;
  switch (name) {
    case 'items':
      return new ListValue(
        entries.map(([k, value]) => new ListValue([k, value], true)),
        false
      );
    case 'keys':
      return new ListValue(
        entries.map(([k]) => k),
        false
      );
    case 'values':
      return new ListValue(
        entries.map(([, value]) => value),
        false
      );
    case 'get':
      if (key === undefined || !isPrimitive(key)) return new Unknown(t('the key is not known'), at);
      return dict.entries.get(key) ?? fallback ?? null;
    case 'update': {
      const given = key instanceof DictValue && key.taint === null ? [...key.entries.keys()] : null;
      if (key === undefined || given !== null) machine.mutateEntries(dict, [...(given ?? []), ...args.named.keys()]);
      else machine.mutate(dict);
      if (key instanceof DictValue && key.taint === null)
        for (const [k, value] of key.entries) dict.entries.set(k, value);
      else if (key !== undefined) {
        dict.taint = new Unknown(t('the dict was updated with values that are not known'), at);
        dict.doubtful = null;
      }
      for (const [k, value] of args.named) dict.entries.set(k, value);
      return null;
    }
    case 'copy':
      return new DictValue(new Map(dict.entries), machine.conditions.length);
    case 'pop':
    case 'setdefault': {
      if (key === undefined || !isPrimitive(key)) break;
      machine.mutate(dict);
      const found = dict.entries.get(key);
      if (name === 'pop') dict.entries.delete(key);
      else if (found === undefined) dict.entries.set(key, fallback ?? null);
      return found ?? fallback ?? (name === 'pop' ? new Unknown(t('the key is not in the dict'), at) : null);
    }
  }
  dict.doubtful = null;
  dict.taint = new Unknown(t('`.{0}()` on a dict is not followed', name), at);
  return dict.taint;
}

function textMethod(machine: Machine, text: string, name: string, args: Args, at: Located): Value {
  const first = args.positional[0];
  switch (name) {
    case 'lower':
      return text.toLowerCase();
    case 'upper':
      return text.toUpperCase();
    case 'strip':
      return text.trim();
    case 'split': {
      const parts = typeof first === 'string' ? text.split(first) : text.trim().split(/\s+/);
      if (first === undefined || first === null || typeof first === 'string') {
        return new ListValue(parts, false, machine.conditions.length);
      }
      break;
    }
    case 'isdigit':
      return /^\d+$/.test(text);
    case 'capitalize':
      return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
    case 'startswith':
      return typeof first === 'string' ? text.startsWith(first) : new Unknown(t('the prefix is not known'), at);
    case 'endswith':
      return typeof first === 'string' ? text.endsWith(first) : new Unknown(t('the suffix is not known'), at);
    case 'replace': {
      const second = args.positional[1];
      if (typeof first === 'string' && typeof second === 'string') return text.split(first).join(second);
      break;
    }
    case 'join': {
      const parts = first === undefined ? [] : iterated(first, at, machine);
      if (!(parts instanceof Unknown) && parts.every((part) => typeof part === 'string')) return parts.join(text);
      break;
    }
    case 'format': {
      let next = 0;
      let known = true;
      const formatted = text.replace(/\{(\w*)\}/g, (_, key: string) => {
        const value = /^\d*$/.test(key) ? argument(args, key === '' ? next++ : Number(key)) : args.named.get(key);
        const shown = value === undefined ? null : textOf(value);
        if (shown === null) known = false;
        return shown ?? '';
      });
      if (known && !/[{}]/.test(formatted)) return formatted;
    }
  }
  return new Unknown(t('the result of `.{0}()` is not followed', name), at);
}
