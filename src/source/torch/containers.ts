/** `nn.Sequential`, `nn.ModuleList` and `nn.ModuleDict`: how they are filled, grown and read. */
import { t } from '../../core/texts';
import { iterated } from '../interpreter/containers';
import type { Machine } from '../interpreter/machine';
import { DictValue, ListValue, SliceValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { TorchLibrary } from './library';
import { moduleMethod } from './moduleMethods';
import { ContainerValue } from './values';

export class Containers {
  constructor(private readonly library: TorchLibrary) {}

  fill(machine: Machine, container: ContainerValue, args: Args, at: Located): void {
    const [first] = args.positional;
    container.taint ??= args.rest;
    if (container.type === 'Sequential' && !(first instanceof DictValue && args.positional.length === 1)) {
      for (const part of args.positional) this.append(machine, container, part);
      return;
    }
    if (first === undefined || first === null) return;
    if (first instanceof DictValue) {
      container.taint ??= first.taint;
      for (const [name, part] of first.entries) container.entries.set(String(name), part);
      return;
    }
    const items = iterated(first, at, machine);
    if (items instanceof Unknown) container.taint ??= items;
    else for (const part of items) this.append(machine, container, part);
  }

  private append(machine: Machine, container: ContainerValue, part: Value): void {
    this.change(machine, container);
    container.entries.set(String(container.entries.size), part);
  }

  change(machine: Machine, container: ContainerValue): void {
    this.library.activity++;
    if (machine.conditions.length > container.madeUnder) {
      container.taint ??= new Unknown(
        t('its layers are not certain: {0}', machine.condition?.reason ?? ''),
        machine.condition?.at ?? null
      );
    }
  }

  method(machine: Machine, container: ContainerValue, name: string, args: Args, at: Located): Value {
    const [first, second] = args.positional;
    const list = (items: readonly Value[]): Value =>
      container.taint ?? new ListValue([...items], false, machine.conditions.length);
    switch (name) {
      case 'append':
        if (first !== undefined) this.append(machine, container, first);
        return container;
      case 'extend': {
        const items = first === undefined ? [] : iterated(first, at, machine);
        if (items instanceof Unknown) container.taint ??= items;
        else for (const part of items) this.append(machine, container, part);
        return container;
      }
      case 'insert':
        this.change(machine, container);
        if (typeof first === 'number' && second !== undefined) {
          const parts = [...container.entries.values()];
          parts.splice(first, 0, second);
          this.renumber(container, parts);
        } else container.taint ??= new Unknown(t('a layer is put at a place that is not known'), at);
        return container;
      case 'add_module':
      case 'register_module':
      case '[]=': {
        this.change(machine, container);
        const key = typeof first === 'number' ? String(first < 0 ? first + container.entries.size : first) : first;
        if (typeof key === 'string' && second !== undefined) container.entries.set(key, second);
        else container.taint ??= new Unknown(t('a layer is put at a place that is not known'), at);
        return null;
      }
      case 'update':
        this.change(machine, container);
        if (first instanceof DictValue && first.taint === null) {
          for (const [key, part] of first.entries) container.entries.set(String(key), part);
        } else container.taint ??= new Unknown(t('the layers that are put in are not known'), at);
        return null;
      case '[]':
        return this.part(container, first ?? null, at);
      case 'keys':
        return list([...container.entries.keys()]);
      case 'values':
        return list([...container.entries.values()]);
      case 'items':
        return list([...container.entries].map(([key, part]) => new ListValue([key, part], true)));
      case 'forward':
        return this.library.callValue(machine, container, args, at);
      case 'pop':
        container.taint ??= new Unknown(t('a layer is taken out'), at);
        return container.taint;
    }
    return moduleMethod(machine, container, name, args, at) ?? this.library.attribute(machine, container, name, at);
  }

  private renumber(container: ContainerValue, parts: readonly Value[]): void {
    container.entries.clear();
    parts.forEach((part, i) => container.entries.set(String(i), part));
  }

  private part(container: ContainerValue, index: Value, at: Located): Value {
    if (container.taint !== null) return container.taint;
    const parts = [...container.entries.values()];
    if (typeof index === 'string')
      return container.entries.get(index) ?? new Unknown(t('there is no layer `{0}`', index), at);
    if (typeof index === 'number') {
      return parts[index < 0 ? index + parts.length : index] ?? new Unknown(t('there is no layer {0}', index), at);
    }
    if (index instanceof SliceValue && isBound(index.start) && isBound(index.stop) && index.step === null) {
      const cut = new ContainerValue(container.type, container.at, container.stack, container.madeUnder);
      parts.slice(index.start ?? 0, index.stop ?? undefined).forEach((part, i) => cut.entries.set(String(i), part));
      return cut;
    }
    return new Unknown(t('the place in the list of layers is not known'), at);
  }
}

function isBound(value: Value): value is number | null {
  return value === null || typeof value === 'number';
}
