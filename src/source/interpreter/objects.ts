/** Objects of the document's classes: how they are made, what their attributes are, how their methods are called. */
import type { ClassStatement, Located } from '../python/ast';
import { t } from '../../core/texts';
import { callFunction, callValue } from './calls';
import type { Machine } from './machine';
import type { ClassValue } from './values';
import {
  argument,
  BoundValue,
  FunctionValue,
  InstanceValue,
  LibraryValue,
  NO_ARGS,
  PathValue,
  SuperValue,
  Unknown,
  type Args,
  type Value
} from './values';

/** Makes an object and runs its `__init__` (JavaScript: `constructor`). */
export function instantiate(machine: Machine, classValue: ClassValue, args: Args, at: Located): Value {
  for (const one of classValue.lineage) machine.usedClasses.add(one);
  const instance = new InstanceValue(classValue, machine.place(at), machine.stack, machine.conditions.length);
  if (machine.language === 'javascript') setFields(machine, instance);
  construct(machine, instance, null, args, at);
  if (machine.library.inherits(classValue) !== null) machine.library.created(machine, instance);
  return instance;
}

/**
 * The constructor of the object's class, or of the one behind `after` (`super().__init__()`). Where the document defines
 * none it is the dataclass's, or the library's.
 */
export function construct(
  machine: Machine,
  instance: InstanceValue,
  after: ClassValue | null,
  args: Args,
  at: Located
): void {
  const own = instance.classValue.member('__init__', after);
  if (own instanceof FunctionValue) {
    callFunction(machine, own, withSelf(args, instance), at, instance);
    return;
  }
  if (machine.library.inherits(instance.classValue) !== null) {
    machine.library.callInherited(machine, instance, '__init__', args, at);
    return;
  }
  const fields = dataFields(instance.classValue);
  if (fields === null) return;
  fields.forEach((name, i) => {
    const stated = argument(args, i, name);
    const value = stated !== undefined ? stated : (args.rest ?? instance.classValue.member(name));
    instance.attributes.set(name, value === undefined ? new Unknown(t('`{0}` is given no value', name), at) : value);
  });
}

/** JavaScript's `width = 3;` in a class body: an attribute of each object, those of the base classes first. */
function setFields(machine: Machine, instance: InstanceValue): void {
  for (const one of [...instance.classValue.lineage].reverse()) {
    for (const [name, value] of one.members.names) {
      if (
        !(value instanceof FunctionValue) ||
        value.definition.type !== 'function' ||
        value.definition.isArrow === true
      ) {
        machine.tick();
        instance.attributes.set(name, value);
      }
    }
  }
}

/** Names of a dataclass's or NamedTuple's fields in order; `null` for another class. */
function dataFields(classValue: ClassValue): string[] | null {
  const isData = (one: ClassValue): boolean =>
    one.definition.decorators.some((text) => /^@(\w+\.)*dataclass\b|^@(\w+\.)*(define|attrs|s)\b/.test(text)) ||
    one.bases.some((base) => base instanceof PathValue && /(^|\.)(NamedTuple|BaseModel)$/.test(base.path));
  const lineage = [...classValue.lineage].reverse();
  if (!lineage.some(isData)) return null;
  return [...new Set(lineage.flatMap((one) => fieldNames(one.definition)))];
}

function fieldNames(definition: ClassStatement): string[] {
  return definition.body.flatMap((statement) => {
    if (statement.type === 'declare') return [statement.name];
    const [target] = statement.type === 'assign' ? statement.targets : [];
    return target?.type === 'name' ? [target.name] : [];
  });
}

export function withSelf(args: Args, self: Value): Args {
  return { ...args, positional: [self, ...args.positional] };
}

/** `object.name` for an object of the document. */
export function instanceAttribute(machine: Machine, object: InstanceValue, name: string, at: Located): Value {
  const own = object.attributes.get(name);
  if (own !== undefined || object.attributes.has(name)) return own ?? null;
  const member = object.classValue.member(name);
  if (member !== undefined) return bound(machine, object, member, at);
  if (name === '__class__' || name === 'constructor') return object.classValue;
  const inherited = machine.library.inheritedAttribute(machine, object, name, at);
  if (inherited !== undefined) return inherited;
  const getter = object.classValue.member('__getattr__');
  if (getter instanceof FunctionValue) {
    return callFunction(machine, getter, { ...NO_ARGS, positional: [object, name] }, at, object);
  }
  if (object.taint !== null) return object.taint;
  if (machine.language === 'javascript') return null;
  return new Unknown(t('an object of the class `{0}` has no `{1}` here', object.classValue.definition.name, name), at);
}

/** A member of a class as seen from an object: functions get the object, properties are computed. */
function bound(machine: Machine, object: InstanceValue, member: Value, at: Located): Value {
  if (!(member instanceof FunctionValue) || member.definition.type !== 'function') return member;
  const decorated = (pattern: RegExp): boolean =>
    member.definition.type === 'function' && member.definition.decorators.some((text) => pattern.test(text));
  if (decorated(/^@staticmethod/)) return member;
  if (decorated(/^@classmethod/)) return new BoundValue(member, object.classValue);
  if (decorated(/property\b/)) return callFunction(machine, member, withSelf(NO_ARGS, object), at, object);
  return new BoundValue(member, object);
}

/** `Class.name`. */
export function classAttribute(machine: Machine, object: ClassValue, name: string, at: Located): Value {
  const member = object.member(name);
  if (member instanceof FunctionValue && member.definition.type === 'function') {
    const isClassMethod = member.definition.decorators.some((text) => text.startsWith('@classmethod'));
    return isClassMethod ? new BoundValue(member, object) : member;
  }
  if (member !== undefined) return member;
  if (name === '__name__' || (name === 'name' && machine.language === 'javascript')) return object.definition.name;
  const base = object.outerBases.find((one) => one instanceof PathValue);
  if (base instanceof PathValue) return new PathValue(machine.library.canonicalPath(`${base.path}.${name}`));
  return new Unknown(t('`{0}` is not in the class `{1}`', name, object.definition.name), at);
}

/** `object.name(…)`. */
export function callInstanceMethod(
  machine: Machine,
  object: InstanceValue,
  name: string,
  args: Args,
  at: Located
): Value {
  if (!object.attributes.has(name) && object.classValue.member(name) === undefined) {
    const inherited = machine.library.callInherited(machine, object, name, args, at);
    if (inherited !== undefined) return inherited;
  }
  const callee = instanceAttribute(machine, object, name, at);
  if (callee instanceof Unknown) object.unknownParts.set(name, callee);
  return callValue(machine, callee, args, at);
}

/** `super().name(…)`. */
export function callSuperMethod(machine: Machine, value: SuperValue, name: string, args: Args, at: Located): Value {
  const { self, after } = value;
  if (name === '__init__') {
    construct(machine, self, after, args, at);
    return null;
  }
  const member = self.classValue.member(name, after);
  if (member instanceof FunctionValue) return callFunction(machine, member, withSelf(args, self), at, self);
  return (
    machine.library.callInherited(machine, self, name, args, at) ??
    new Unknown(t('`super().{0}()` is not followed', name), at)
  );
}

/** `object(…)`. */
export function callInstance(machine: Machine, object: InstanceValue, args: Args, at: Located): Value {
  if (machine.library.inherits(object.classValue) !== null) {
    return machine.library.callInstance(machine, object, args, at);
  }
  const call = object.classValue.member('__call__');
  if (call instanceof FunctionValue) return callFunction(machine, call, withSelf(args, object), at, object);
  return new Unknown(t('an object of the class `{0}` cannot be called here', object.classValue.definition.name), at);
}

/** `object.name = value`. Under an unknown condition what is set is not certain. */
export function setInstanceAttribute(machine: Machine, object: InstanceValue, name: string, value: Value): void {
  const setter = object.classValue.member('__setattr__');
  if (setter instanceof FunctionValue && machine.frames.at(-1)?.callee !== setter) {
    callFunction(machine, setter, { ...NO_ARGS, positional: [object, name, value] }, object.at, object);
    return;
  }
  const uncertain = machine.conditions.length > object.madeUnder ? machine.condition : null;
  if (uncertain === null) {
    object.attributes.set(name, value);
    return;
  }
  const isPart = (one: Value | undefined): boolean => one instanceof LibraryValue || one instanceof InstanceValue;
  const before = object.attributes.get(name);
  if (before === value && object.attributes.has(name)) return;
  if (isPart(value) || isPart(before)) {
    object.taint ??= new Unknown(
      t('`{0}` is set under a condition that is not known ({1})', name, uncertain.reason),
      uncertain.at
    );
    object.attributes.set(name, value);
  } else {
    object.attributes.set(name, new Unknown(`\`${name}\`: ${uncertain.reason}`, uncertain.at));
  }
}

/** The `super()` of the method that runs; `null` outside methods. */
export function superOfFrame(machine: Machine): SuperValue | null {
  for (let i = machine.frames.length - 1; i >= 0; i--) {
    const frame = machine.frames[i];
    if (frame?.callee?.owner && frame.self instanceof InstanceValue)
      return new SuperValue(frame.self, frame.callee.owner);
    if (frame?.callee?.definition.type === 'function' && frame.callee.definition.isArrow !== true) return null;
  }
  return null;
}
