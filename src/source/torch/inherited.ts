/** What a class of the document inherits from PyTorch: methods and attributes of `nn.Module` and of the containers. */
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { MethodValue, Unknown, type Args, type InstanceValue, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { TorchLibrary } from './library';
import { moduleMethod } from './moduleMethods';
import { ContainerValue, ModuleValue } from './values';

export class Inherited {
  constructor(private readonly library: TorchLibrary) {}

  call(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined {
    const state = this.library.stateOf(self);
    const base = this.library.inherits(self.classValue);
    if (name === '__init__') {
      if (base !== null && base !== 'Module') {
        const made = this.library.construct(machine, base, args, self.at);
        if (made instanceof ContainerValue || made instanceof ModuleValue) state.base = made;
        const at = made instanceof ContainerValue ? this.library.roots.indexOf(made) : -1;
        if (at >= 0) this.library.roots.splice(at, 1);
      }
      return null;
    }
    if (name === '__call__') return this.library.callInstance(machine, self, args, at);
    if (name === 'forward' && state.base !== null) return this.library.callValue(machine, state.base, args, at);
    if (name === '__setattr__') {
      const [key, value] = args.positional;
      if (typeof key === 'string') self.attributes.set(key, value ?? null);
      return null;
    }
    if (name === '__getattr__') {
      const [key] = args.positional;
      return (
        (typeof key === 'string' ? self.attributes.get(key) : undefined) ??
        new Unknown(t('the attribute is not known'), at)
      );
    }
    const own = moduleMethod(machine, self, name, args, at);
    if (own !== undefined) return own;
    if (state.base instanceof ContainerValue) {
      const before = state.base.taint;
      const spelled = { __getitem__: '[]', __setitem__: '[]=' }[name] ?? name;
      const result = this.library.containers.method(machine, state.base, spelled, args, at);
      if (before === null && state.base.taint !== null) self.taint ??= state.base.taint;
      return result;
    }
    return LIGHTNING.test(name) ? new Unknown(t('the result of `.{0}()` is not followed', name), at) : undefined;
  }

  attribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    if (name === 'training') return false;
    const state = this.library.stateOf(self);
    if (state.base !== null) {
      const found =
        state.base instanceof ContainerValue
          ? state.base.entries.get(name)
          : this.library.attribute(machine, state.base, name, at);
      if (found !== undefined) return found;
    }
    if (name === 'device' || name === 'dtype') return new Unknown(t('`.{0}` of a module is not known', name), at);
    return METHODS.has(name) ? new MethodValue(self, name) : undefined;
  }
}

const LIGHTNING = /^(log|log_dict|save_hyperparameters|configure_\w+|print)$/;
/** Methods of modules that are handed on as values: `f = self.modules`. */
const METHODS = new Set('modules children parameters forward add_module register_buffer eval train to'.split(' '));
