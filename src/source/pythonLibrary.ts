/** Keras and PyTorch in one document: each value and each name goes to the framework it belongs to. */
import type { SourceRange } from '../core/model';
import type { Library } from './interpreter/library';
import type { Machine } from './interpreter/machine';
import type { Args, ClassValue, InstanceValue, LibraryValue, ObjectValue, Unknown, Value } from './interpreter/values';
import { InstanceValue as Instance } from './interpreter/values';
import { KerasLibrary } from './keras/library';
import type { Located } from './python/ast';
import { TorchLibrary } from './torch/library';
import { isTorchPath } from './torch/paths';
import { TorchObject } from './torch/values';

export class PythonLibrary implements Library {
  readonly keras: KerasLibrary;
  readonly torch = new TorchLibrary();

  constructor(rangeOf: (at: Located) => SourceRange) {
    this.keras = new KerasLibrary(rangeOf);
  }

  get activity(): number {
    return this.keras.activity + this.torch.activity;
  }

  private of(value: LibraryValue): Library {
    return value instanceof TorchObject ? this.torch : this.keras;
  }

  private ofClass(value: ClassValue): Library {
    return this.torch.inherits(value) !== null ? this.torch : this.keras;
  }

  canonicalPath(path: string): string {
    return isTorchPath(path) || /^(pytorch_)?lightning\b/.test(path)
      ? this.torch.canonicalPath(path)
      : this.keras.canonicalPath(path);
  }

  wildcard(modules: readonly string[], name: string): Value | undefined {
    return this.torch.wildcard(modules, name) ?? this.keras.wildcard(modules, name);
  }

  callPath(machine: Machine, path: string, args: Args, at: Located): Value {
    return (isTorchPath(path) ? this.torch : this.keras).callPath(machine, path, args, at);
  }

  callValue(machine: Machine, callee: LibraryValue, args: Args, at: Located): Value {
    return this.of(callee).callValue(machine, callee, args, at);
  }

  callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value {
    return this.of(receiver).callMethod(machine, receiver, name, args, at);
  }

  attribute(machine: Machine, object: LibraryValue, name: string, at: Located): Value {
    return this.of(object).attribute(machine, object, name, at);
  }

  setAttribute(machine: Machine, object: LibraryValue, name: string, value: Value): void {
    this.of(object).setAttribute(machine, object, name, value);
  }

  elements(machine: Machine, value: LibraryValue, at: Located): readonly Value[] | Unknown | null {
    return this.of(value).elements(machine, value, at);
  }

  binary(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null {
    return (
      this.torch.binary(machine, operator, left, right, at) ?? this.keras.binary(machine, operator, left, right, at)
    );
  }

  inherits(classValue: ClassValue): string | null {
    return this.torch.inherits(classValue) ?? this.keras.inherits(classValue);
  }

  callInherited(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined {
    if (this.inherits(self.classValue) === null) return undefined;
    return this.ofClass(self.classValue).callInherited(machine, self, name, args, at);
  }

  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    if (this.inherits(self.classValue) === null) return undefined;
    return this.ofClass(self.classValue).inheritedAttribute(machine, self, name, at);
  }

  created(machine: Machine, instance: InstanceValue): void {
    this.ofClass(instance.classValue).created(machine, instance);
  }

  callInstance(machine: Machine, instance: InstanceValue, args: Args, at: Located): Value {
    return this.ofClass(instance.classValue).callInstance(machine, instance, args, at);
  }

  named(machine: Machine, value: LibraryValue | InstanceValue, name: string, atModuleLevel: boolean): void {
    const library = value instanceof Instance ? this.ofClass(value.classValue) : this.of(value);
    library.named(machine, value, name, atModuleLevel);
  }

  copied(machine: Machine, value: LibraryValue | InstanceValue): Value | null {
    const library = value instanceof Instance ? this.ofClass(value.classValue) : this.of(value);
    return library.copied(machine, value);
  }

  isInstance(value: Value, path: string): boolean | null {
    return (isTorchPath(path) ? this.torch : this.keras).isInstance(value, path);
  }

  used(
    machine: Machine,
    receiver: ObjectValue | Unknown,
    name: string | null,
    args: Args,
    at: Located
  ): Value | undefined {
    return this.torch.training.used(machine, receiver, name, args, at);
  }

  taint(value: LibraryValue, reason: Unknown): void {
    this.of(value).taint(value, reason);
  }
}
