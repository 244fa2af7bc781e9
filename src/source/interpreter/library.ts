/** The border between the language and the machine learning library: one implementation for each framework. */
import type { Located } from '../python/ast';
import type { Machine } from './machine';
import type { Args, ClassValue, InstanceValue, LibraryValue, ObjectValue, Unknown, Value } from './values';

export interface Library {
  /** Grows with each layer, tensor or model made: loops without effect on it are cut short. */
  readonly activity: number;
  /** An import or attribute path in the library's canonical spelling. */
  canonicalPath(path: string): string;
  /** A name that no import or assignment explains, given the modules imported with `*`. */
  wildcard(modules: readonly string[], name: string): Value | undefined;
  callPath(machine: Machine, path: string, args: Args, at: Located): Value;
  /** Calls an instance: a layer on tensors, a model on tensors. */
  callValue(machine: Machine, callee: LibraryValue, args: Args, at: Located): Value;
  callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value;
  attribute(machine: Machine, object: LibraryValue, name: string, at: Located): Value;
  setAttribute(machine: Machine, object: LibraryValue, name: string, value: Value): void;
  /** The elements a loop over the value sees; `null` where it has none. */
  elements(machine: Machine, value: LibraryValue, at: Located): readonly Value[] | Unknown | null;
  /** `null` where the operands are none of the library's. */
  binary(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null;
  /** Called before a class's `__init__` runs. `null` where the class does not inherit from the library. */
  inherits(classValue: ClassValue): string | null;
  /** What a method of the library base does on an object of the document: `undefined` where there is none of that name. */
  callInherited(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined;
  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined;
  /** An object whose class inherits from the library is there, its `__init__` done. */
  created(machine: Machine, instance: InstanceValue): void;
  /** Calls an object of the document whose class inherits from the library. */
  callInstance(machine: Machine, instance: InstanceValue, args: Args, at: Located): Value;
  /** The value was assigned to a name. */
  named(machine: Machine, value: LibraryValue | InstanceValue, name: string, atModuleLevel: boolean): void;
  /** A copy with layers of its own (`copy.deepcopy`); `null` where that is not followed. */
  copied(machine: Machine, value: LibraryValue | InstanceValue): Value | null;
  /** Whether a value is of a class of the library; `null` where that is not known. */
  isInstance(value: Value, path: string): boolean | null;
  /**
   * A plain object of the library, or a value that is not known, is called (`name` is `null`) or has a method called; what
   * that gives, `undefined` where it means nothing to the library.
   */
  used?(
    machine: Machine,
    receiver: ObjectValue | Unknown,
    name: string | null,
    args: Args,
    at: Located
  ): Value | undefined;
  /** The object may have been changed in a way that is not known. */
  taint(value: LibraryValue, reason: Unknown): void;
}
