/** Copies of modules, with weights of their own. */
import type { Machine } from '../interpreter/machine';
import { InstanceValue, type LibraryValue, type Value } from '../interpreter/values';
import type { TorchLibrary } from './library';
import { ContainerValue, isModule, ModuleState, ModuleValue } from './values';

/** Modules copied part by part, so that the copy has weights of its own. */
export function copied(library: TorchLibrary, machine: Machine, value: LibraryValue | InstanceValue): Value | null {
  if (value instanceof ModuleValue) {
    library.activity++;
    const copy = new ModuleValue(value.className, new Map(value.attributes), value.at, value.stack, value.rest);
    copy.trainable = value.trainable;
    return copy;
  }
  if (value instanceof ContainerValue) {
    const copy = new ContainerValue(value.type, value.at, value.stack, machine.conditions.length);
    copy.taint = value.taint;
    for (const [name, part] of value.entries) copy.entries.set(name, copyPart(library, machine, part));
    return copy;
  }
  if (value instanceof InstanceValue && value.native instanceof ModuleState) {
    const copy = new InstanceValue(value.classValue, value.at, value.stack, machine.conditions.length);
    const state = library.stateOf(copy);
    const { base } = value.native;
    const inner = base === null ? null : copied(library, machine, base);
    state.base = inner instanceof ContainerValue || inner instanceof ModuleValue ? inner : null;
    copy.taint = value.taint;
    for (const [name, part] of value.attributes) copy.attributes.set(name, copyPart(library, machine, part));
    return copy;
  }
  return null;
}

function copyPart(library: TorchLibrary, machine: Machine, part: Value): Value {
  return isModule(part) ? (copied(library, machine, part) ?? part) : part;
}
