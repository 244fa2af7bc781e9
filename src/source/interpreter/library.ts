/** The border between the language and the machine learning library: one implementation for each framework. */
import type { Located } from '../python/ast';
import type { Machine } from './machine';
import type { Args, LibraryValue, Unknown, Value } from './values';

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
  /** `null` where the operands are none of the library's. */
  binary(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null;
  /** A call of a class of the document that inherits from the library. */
  instantiate(machine: Machine, name: string, bases: readonly Value[], args: Args, at: Located): Value | null;
  /** The value was assigned to a name. */
  named(machine: Machine, value: LibraryValue, name: string, atModuleLevel: boolean): void;
  /** The object may have been changed in a way that is not known. */
  taint(value: LibraryValue, reason: Unknown): void;
}
