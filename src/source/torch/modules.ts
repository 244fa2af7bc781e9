/** What modules hold: their parts by name, in the order in which PyTorch registers them. */
import { t } from '../../core/texts';
import { InstanceValue, Unknown, type Value } from '../interpreter/values';
import { ContainerValue, isModule, ModuleState, ModuleValue, ParameterValue } from './values';

/** A module or weight inside another, with its path: `layer1.0.conv1`. */
export interface Part {
  readonly path: string;
  readonly value: ModuleValue | ParameterValue;
}

export type AnyModule = ModuleValue | ContainerValue | InstanceValue;

/** The parts a module is made of directly, weights of its own included. */
export function childrenOf(module: AnyModule): (readonly [string, Value])[] {
  if (module instanceof ContainerValue) return [...module.entries];
  if (module instanceof ModuleValue) return [];
  const state = module.native instanceof ModuleState ? module.native : null;
  const own = [...module.attributes].filter(([, value]) => isModule(value) || value instanceof ParameterValue);
  return [...(state?.base instanceof ContainerValue ? state.base.entries : []), ...own];
}

/** Every leaf inside a module once, in the order of registration; a part that stands twice has its first path. */
export function leavesOf(module: AnyModule): Part[] {
  const parts: Part[] = [];
  const seen = new Set<Value>();
  const visit = (value: Value, path: string): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value instanceof ModuleValue || value instanceof ParameterValue) parts.push({ path, value });
    if (
      value instanceof InstanceValue &&
      value.native instanceof ModuleState &&
      value.native.base instanceof ModuleValue
    ) {
      parts.push({ path, value: value.native.base });
    }
    if (!isModule(value)) return;
    for (const [name, part] of childrenOf(value)) visit(part, path === '' ? name : `${path}.${name}`);
  };
  visit(module, '');
  return parts;
}

/**
 * What `forward` calls inside a module without its being known, by path.
 * @param isFollowed `false` where `forward` is not known to its end: whatever is not known may then be a part
 */
export function unknownPartsOf(
  module: AnyModule,
  isFollowed: boolean
): { readonly path: string; readonly reason: Unknown }[] {
  const found: { readonly path: string; readonly reason: Unknown }[] = [];
  const seen = new Set<Value>();
  const visit = (value: Value, path: string): void => {
    if (seen.has(value) || !isModule(value)) return;
    seen.add(value);
    const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
    if (value instanceof InstanceValue) {
      const held = [...value.attributes].filter((entry): entry is [string, Unknown] => entry[1] instanceof Unknown);
      const parts = new Map([...(isFollowed ? [] : held), ...value.unknownParts]);
      for (const [name, reason] of parts) found.push({ path: inside(name), reason });
    }
    for (const [name, part] of childrenOf(value)) visit(part, inside(name));
  };
  visit(module, '');
  return found;
}

/** Whether all that the modules inside a module hold is known: no attribute may be a part that is not counted. */
export function isComplete(module: AnyModule): boolean {
  return modulesIn(module).every(
    (one) =>
      !(one instanceof InstanceValue) ||
      (one.unknownParts.size === 0 && [...one.attributes.values()].every((value) => !(value instanceof Unknown)))
  );
}

/** Every module inside a module and itself, as `modules()` gives them. */
export function modulesIn(module: AnyModule): AnyModule[] {
  const found = new Set<AnyModule>();
  const visit = (value: Value): void => {
    if (!isModule(value) || found.has(value)) return;
    found.add(value);
    for (const [, part] of childrenOf(value)) visit(part);
  };
  visit(module);
  return [...found];
}

/** Why it is not certain which layers a module has; `null` where it is. */
export function doubtOf(module: AnyModule): Unknown | null {
  for (const one of modulesIn(module)) {
    if (one instanceof ModuleValue) continue;
    if (one.taint !== null) return one.taint;
    if (
      one instanceof InstanceValue &&
      one.native instanceof ModuleState &&
      one.native.base instanceof ContainerValue
    ) {
      if (one.native.base.taint !== null) return one.native.base.taint;
    }
    const entries = one instanceof ContainerValue ? [...one.entries] : childrenOf(one);
    for (const [name, part] of entries) {
      if (part instanceof Unknown)
        return new Unknown(t('the layer `{0}` is not known: {1}', name, part.reason), part.at);
    }
  }
  return null;
}

/** Whether a module learns, and everything in it. */
export function setTrainable(module: Value, trainable: boolean): void {
  if (module instanceof ParameterValue) module.trainable = trainable;
  if (!isModule(module)) return;
  for (const one of modulesIn(module)) {
    if (one instanceof ModuleValue) one.trainable = trainable;
    else for (const [, part] of childrenOf(one)) if (part instanceof ParameterValue) part.trainable = trainable;
    if (one instanceof InstanceValue && one.native instanceof ModuleState && one.native.base instanceof ModuleValue) {
      one.native.base.trainable = trainable;
    }
  }
}
