/** Methods that every module of PyTorch has. */
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { InstanceValue, ListValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import { childrenOf, leavesOf, modulesIn, setTrainable, type AnyModule } from './modules';
import { DataTensor, isModule, TorchTensor, WeightsValue } from './values';

/** Methods that give the module back and change nothing a summary shows. */
const UNCHANGED = new Set(
  'to cuda cpu eval train float half double apply compile share_memory type bfloat16'.split(' ')
);

/** Methods every module has; `undefined` for others. */
export function moduleMethod(
  machine: Machine,
  module: AnyModule,
  name: string,
  args: Args,
  at: Located
): Value | undefined {
  const list = (items: readonly Value[]): ListValue => new ListValue([...items], false, machine.conditions.length);
  const pair = (name: string, value: Value): ListValue => new ListValue([name, value], true);
  if (UNCHANGED.has(name)) return module;
  switch (name) {
    case 'requires_grad_':
      setTrainable(module, args.positional[0] !== false);
      return module;
    case 'parameters':
      return list([new WeightsValue(module)]);
    case 'named_parameters':
      // One by one, so that a condition on the name meets the name.
      return list(leavesOf(module).map(({ path, value }) => pair(`${path}.weight`, new WeightsValue(value))));
    case 'modules':
      return list(modulesIn(module));
    case 'children':
      return list(childrenOf(module).flatMap(([, value]) => (isModule(value) ? [value] : [])));
    case 'named_children':
      return list(childrenOf(module).flatMap(([key, value]) => (isModule(value) ? [pair(key, value)] : [])));
    case 'add_module':
    case 'register_module': {
      const [key, value] = args.positional;
      if (module instanceof InstanceValue && typeof key === 'string' && value !== undefined) {
        if (machine.conditions.length > module.madeUnder) module.taint ??= machine.condition;
        module.attributes.set(key, value);
      } else if (module instanceof InstanceValue)
        module.taint ??= new Unknown(t('the name of a layer is not known'), at);
      return null;
    }
    case 'register_parameter': {
      const [key, value] = args.positional;
      if (module instanceof InstanceValue && typeof key === 'string') module.attributes.set(key, value ?? null);
      return null;
    }
    case 'register_buffer': {
      const [key, value] = args.positional;
      if (module instanceof InstanceValue && typeof key === 'string') {
        module.attributes.set(key, value instanceof TorchTensor ? new DataTensor(value.shape) : (value ?? null));
      }
      return null;
    }
    case 'state_dict':
    case 'load_state_dict':
    case 'zero_grad':
    case 'named_modules':
    case 'buffers':
      return new Unknown(t('the result of `.{0}()` is not followed', name), at);
    default:
      return undefined;
  }
}
