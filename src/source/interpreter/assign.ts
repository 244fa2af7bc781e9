/** Assignment to names, tuples, elements and attributes. */
import { t } from '../../core/texts';
import type { Expression } from '../python/ast';
import { iterated } from './containers';
import { attributeOf, evaluate } from './evaluate';
import type { Machine } from './machine';
import type { Scope } from './scope';
import { callInstanceMethod, setInstanceAttribute } from './objects';
import {
  ClassValue,
  DictValue,
  InstanceValue,
  isPrimitive,
  LibraryValue,
  ListValue,
  NO_ARGS,
  Unknown,
  type Value
} from './values';

/**
 * @param constant the names may be given another value from outside (an assignment statement of the module)
 * @param declares the names are those of this scope, whatever outer scopes have
 */
export function assign(
  machine: Machine,
  target: Expression,
  given: Value,
  scope: Scope,
  constant = false,
  declares = machine.language === 'python'
): void {
  const value =
    constant && target.type === 'name' && machine.overrides !== null
      ? machine.overrides.constant(machine, target.name, given)
      : given;
  switch (target.type) {
    case 'name':
      if (declares) scope.set(target.name, value);
      else scope.setWhereDeclared(target.name, value);
      if (value instanceof LibraryValue || value instanceof InstanceValue) {
        machine.library.named(machine, value, target.name, machine.frames.length === 0);
      }
      return;
    case 'starred':
      assign(machine, target.value, value, scope, constant, declares);
      return;
    case 'pattern':
      for (const { key, target: into, fallback } of target.entries) {
        const found = attributeOf(machine, value, key, target);
        const missing = found === null && fallback !== null;
        assign(machine, into, missing ? evaluate(machine, fallback, scope) : found, scope, constant, declares);
      }
      return;
    case 'tuple':
    case 'list':
      unpack(machine, target.items, value, scope, constant, declares);
      return;
    case 'index': {
      const object = evaluate(machine, target.object, scope);
      const index = evaluate(machine, target.index, scope);
      if (object instanceof ListValue) {
        machine.mutate(object);
        if (typeof index === 'number') object.items[index < 0 ? object.items.length + index : index] = value;
        else object.taint ??= new Unknown(t('an element at a place that is not known was replaced'), target);
      } else if (object instanceof DictValue) {
        if (isPrimitive(index)) machine.mutateEntries(object, [index]);
        else machine.mutate(object);
        if (isPrimitive(index)) object.entries.set(index, value);
        else {
          object.taint ??= new Unknown(t('an entry under a key that is not known was replaced'), target);
          object.doubtful = null;
        }
      } else if (object instanceof LibraryValue) {
        const args = { ...NO_ARGS, positional: [index, value] };
        machine.library.callMethod(machine, object, '[]=', args, target);
      } else if (object instanceof InstanceValue) {
        callInstanceMethod(machine, object, '__setitem__', { ...NO_ARGS, positional: [index, value] }, target);
      }
      return;
    }
    case 'attribute': {
      const object = evaluate(machine, target.object, scope);
      if (object instanceof LibraryValue) machine.library.setAttribute(machine, object, target.name, value);
      else if (object instanceof InstanceValue) setInstanceAttribute(machine, object, target.name, value);
      else if (object instanceof ClassValue) object.members.set(target.name, value);
      else if (object instanceof DictValue && (object.isNamespace || machine.language === 'javascript')) {
        machine.mutate(object);
        object.entries.set(target.name, value);
      }
      return;
    }
    default:
      return;
  }
}

function unpack(
  machine: Machine,
  targets: readonly Expression[],
  value: Value,
  scope: Scope,
  constant: boolean,
  declares: boolean
): void {
  const given = iterated(value, targets[0] ?? { from: 0, to: 0 }, machine);
  // JavaScript takes what it needs and leaves the rest.
  const items =
    machine.language === 'javascript' && !(given instanceof Unknown) ? targets.map((_, i) => given[i] ?? null) : given;
  const star = targets.findIndex((target) => target.type === 'starred');
  if (items instanceof Unknown || (star < 0 && items.length !== targets.length)) {
    const why =
      items instanceof Unknown ? items : new Unknown(t('the number of values does not fit'), targets[0] ?? null);
    for (const target of targets) assign(machine, target, why, scope, constant, declares);
    return;
  }
  const after = star < 0 ? 0 : targets.length - star - 1;
  targets.forEach((target, i) => {
    if (i === star) {
      assign(machine, target, new ListValue(items.slice(star, items.length - after), false), scope, constant, declares);
    } else {
      const item = items[star >= 0 && i > star ? items.length - (targets.length - i) : i] ?? null;
      assign(machine, target, item, scope, constant, declares);
    }
  });
}
