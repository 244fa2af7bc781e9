/** PyTorch for the interpreter: what its classes, modules and tensors do when the program uses them. */
import type { LayerNode } from '../../core/model';
import type { Dim } from '../../core/shape';
import { t } from '../../core/texts';
import { torchvisionNetwork } from '../backbones/torch';
import { callFunction, callValue } from '../interpreter/calls';
import { iterated } from '../interpreter/containers';
import { withSelf } from '../interpreter/objects';
import type { Library } from '../interpreter/library';
import type { Machine } from '../interpreter/machine';
import {
  argument,
  ClassValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  LibraryValue,
  ListValue,
  MethodValue,
  NO_ARGS,
  ObjectValue,
  PathValue,
  SliceValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import { childrenOf, leavesOf, modulesIn, setTrainable, type AnyModule } from './modules';
import { TensorOperations } from './operations';
import { moduleClassOf, torchPath, torchWildcard } from './paths';
import { torchSignature } from './signatures';
import { asDim, sizeArithmetic, sizesOf, Trace } from './tensors';
import {
  ContainerValue,
  DataTensor,
  isModule,
  ModuleState,
  ModuleValue,
  ParameterValue,
  TorchTensor,
  WeightsValue
} from './values';

/** Methods that give the module back and change nothing a summary shows. */
const UNCHANGED = new Set('to cuda cpu eval train float half double apply compile share_memory type bfloat16'.split(' '));
const CREATORS = new Set('randn rand zeros ones empty randint full normal'.split(' '));

export class TorchLibrary implements Library {
  activity = 0;
  /** Objects of classes that inherit from `nn.Module`, and `nn.Sequential`s, in the order of their making. */
  readonly roots: (InstanceValue | ContainerValue)[] = [];
  /** Names of the variables that hold a Sequential. */
  readonly containerNames = new Map<ContainerValue, string>();
  /** Shapes with which a Sequential is called on data. */
  readonly containerData = new Map<ContainerValue, DataTensor>();
  private tracing: { readonly trace: Trace; readonly operations: TensorOperations } | null = null;

  /** Runs `run` with a trace of its own. */
  withTrace<T>(machine: Machine, layers: Map<ModuleValue, LayerNode>, run: (trace: Trace) => T): T {
    const outer = this.tracing;
    const trace = new Trace(machine, layers);
    this.tracing = { trace, operations: new TensorOperations(machine, trace) };
    try {
      return run(trace);
    } finally {
      this.tracing = outer;
    }
  }

  canonicalPath(path: string): string {
    return torchPath(path);
  }

  wildcard(modules: readonly string[], name: string): Value | undefined {
    const path = torchWildcard(modules, name);
    return path === null ? undefined : new PathValue(path);
  }

  callPath(machine: Machine, path: string, args: Args, at: Located): Value {
    const className = moduleClassOf(path);
    if (className !== null) return this.construct(machine, className, args, at);
    const name = path.split('.').at(-1) ?? path;
    if (/^torch(summary|info)\.summary$/.test(path)) return this.summarized(args);
    if (/^torch\.(optim|utils\.data|cuda|backends|distributed|save|load|manual_seed|device|no_grad|onnx)\b/.test(path)) {
      if (/^torch\.optim\./.test(path)) return new ObjectValue(path, args);
      return new Unknown(t('the result of `{0}()` is not known', path), at);
    }
    if (/^torch\.nn\.init\./.test(path) || /^torch\.nn\.utils\./.test(path)) return args.positional[0] ?? null;
    if (/^torch\.(jit\.script|compile|autograd\.Variable)$/.test(path)) return args.positional[0] ?? null;
    if (/^torch\.utils\.checkpoint\.checkpoint$/.test(path)) {
      const [callee, ...rest] = args.positional;
      return callee === undefined ? null : callValue(machine, callee, { ...NO_ARGS, positional: rest }, at);
    }
    if (/^torch\.(Tensor|FloatTensor|Size)$/.test(path)) {
      return name === 'Size' ? (args.positional[0] ?? null) : dataOf(args.positional);
    }
    if (path.startsWith('torchvision.')) return this.torchvision(machine, path, args, at);
    if (/^torch\.(nn\.functional\.)?\w+$/.test(path)) return this.operation(name, args, at);
    return new Unknown(t('`{0}()` is not followed', path), at);
  }

  /** A function of `torch` or `torch.nn.functional`. */
  private operation(name: string, args: Args, at: Located): Value {
    const [first, ...rest] = args.positional;
    if (CREATORS.has(name)) {
      const list = argument(args, -1, 'size');
      const sizes = list instanceof ListValue ? list.items : name === 'randint' ? args.positional.slice(-1) : args.positional;
      return dataOf(sizes);
    }
    if (name === 'cat' || name === 'concat' || name === 'concatenate' || name === 'stack') {
      if (this.tracing === null) return new Unknown(t('the result of `{0}()` is not known', name), at);
      return this.tracing.operations.concatenate(name, args, at);
    }
    const input = first ?? args.named.get('input');
    if (this.tracing !== null) {
      const tensors = [input, ...rest].filter((value) => value instanceof TorchTensor);
      if (tensors.length > 0 || input instanceof Unknown) {
        const x = this.tracing.operations.tensor(input, at) ?? tensors[0];
        if (x !== undefined) {
          const named = new Map([...args.named].filter(([key]) => key !== 'input'));
          return this.tracing.operations.call(name, x, { positional: rest, named, rest: args.rest }, at);
        }
      }
      if (input instanceof DataTensor || input instanceof ParameterValue) return new DataTensor(input.sizes);
    }
    if (name === 'tensor' || name === 'arange' || name === 'linspace') return new DataTensor(null);
    return input instanceof Unknown ? input : new Unknown(t('the result of `{0}()` is not known', name), at);
  }

  /** `summary(model, (3, 224, 224))` says what the model's input is like. */
  private summarized(args: Args): Value {
    const [model] = args.positional;
    const size = argument(args, 1, 'input_size');
    const batched = args.named.has('input_size') && size instanceof ListValue && size.items.length === 4;
    if (isModule(model) && size instanceof ListValue && size.items.every((item) => typeof item === 'number')) {
      this.calledOn(model, dataOf(batched ? size.items : [1, ...size.items]));
    }
    return null;
  }

  private calledOn(module: AnyModule, data: Value): void {
    if (!(data instanceof DataTensor) || data.sizes === null) return;
    if (module instanceof InstanceValue && module.native instanceof ModuleState) {
      module.native.dataShapes ??= [[null, ...data.sizes.slice(1)]];
    } else if (module instanceof ContainerValue && !this.containerData.has(module)) this.containerData.set(module, data);
  }

  /** `nn.X(…)`. */
  construct(machine: Machine, className: string, args: Args, at: Located): Value {
    this.activity++;
    if (className === 'Sequential' || className === 'ModuleList' || className === 'ModuleDict') {
      const container = new ContainerValue(className, machine.place(at), machine.stack, machine.conditions.length);
      this.fill(machine, container, args, at);
      if (className === 'Sequential' && !machine.importing) this.roots.push(container);
      return container;
    }
    if (className === 'ParameterList') return new ContainerValue('ModuleList', at, machine.stack, machine.conditions.length);
    if (className === 'Parameter') {
      const [data] = args.positional;
      return new ParameterValue(data instanceof DataTensor ? data.sizes : null, machine.place(at), machine.stack);
    }
    if (className === 'DataParallel' || className === 'DistributedDataParallel') return args.positional[0] ?? null;
    if (className.endsWith('Loss')) return new ObjectValue(`torch.nn.${className}`, args);
    if (className === 'Module') return new ModuleValue('Identity', new Map(), machine.place(at), machine.stack, null);
    return this.leaf(machine, className, args, at);
  }

  private leaf(machine: Machine, className: string, args: Args, at: Located): ModuleValue {
    const signature = torchSignature(className) ?? [];
    const attributes = new Map<string, Value>();
    let rest = args.rest;
    args.positional.forEach((value, i) => {
      const name = signature[i];
      if (name !== undefined) attributes.set(name, value);
      // Identity takes anything, and does nothing with it.
      else if (className !== 'Identity') rest ??= new Unknown(t('{0} is given more values by place than are known here', className), at);
    });
    for (const [name, value] of args.named) attributes.set(name, value);
    if (torchSignature(className) === null) attributes.delete('inplace');
    return new ModuleValue(className, attributes, machine.place(at), machine.stack, rest);
  }

  private fill(machine: Machine, container: ContainerValue, args: Args, at: Located): void {
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

  private change(machine: Machine, container: ContainerValue): void {
    this.activity++;
    if (machine.conditions.length > container.madeUnder) {
      container.taint ??= new Unknown(
        t('its layers are not certain: {0}', machine.condition?.reason ?? ''),
        machine.condition?.at ?? null
      );
    }
  }

  callValue(machine: Machine, callee: LibraryValue, args: Args, at: Located): Value {
    const input = argument(args, 0, 'input', 'x', 'inputs');
    if (callee instanceof ModuleValue) return this.callLeaf(callee, args, at);
    if (callee instanceof ContainerValue && callee.type === 'Sequential') {
      if (this.tracing === null) return this.onData(callee, args, at);
      let value: Value = input ?? new Unknown(t('the input is not known'), at);
      if (callee.taint !== null) return this.tracing.operations.unknown('Sequential', callee.taint.reason, this.inputsOf(value, at), at);
      for (const part of callee.entries.values()) {
        value = callValue(machine, part, { ...NO_ARGS, positional: [value] }, at);
      }
      return value;
    }
    return new Unknown(t('what is called here is not a layer'), at);
  }

  /** Outside `forward` a model meets data: what it gives is not known, but the shape it is given is. */
  private onData(module: AnyModule, args: Args, at: Located): Unknown {
    const [first] = args.positional;
    if (first !== undefined) this.calledOn(module, first);
    return new Unknown(t('the numbers a model gives are not known'), at);
  }

  private inputsOf(value: Value, at: Located): TorchTensor[] {
    const tensor = this.tracing?.operations.tensor(value, at) ?? null;
    return tensor === null ? [] : [tensor];
  }

  private callLeaf(module: ModuleValue, args: Args, at: Located): Value {
    this.activity++;
    if (this.tracing === null) return new Unknown(t('the numbers a layer gives are not known'), at);
    const { trace, operations } = this.tracing;
    const first = argument(args, 0, 'input', 'query', 'x');
    const x = operations.tensor(first, at);
    if (x === null) {
      const reason = first instanceof Unknown ? first.reason : t('the input is not known');
      return operations.unknown(module.className, reason, [], at);
    }
    const result = trace.module(module, x);
    if (/^(LSTM|GRU|RNN)$/.test(module.className)) {
      return new ListValue([result, new Unknown(t('the last state of a recurrent layer is not followed'), at)], true);
    }
    if (module.className === 'MultiheadAttention' || module.attributes.get('return_indices') === true) {
      return new ListValue([result, new Unknown(t('the second result of {0} is not followed', module.className), at)], true);
    }
    return result;
  }

  callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value {
    if (receiver instanceof TorchTensor) {
      if (this.tracing === null) return new Unknown(t('the numbers a model gives are not known'), at);
      const { operations } = this.tracing;
      if (name === '[]') return operations.index(receiver, args.positional[0] ?? null, at);
      if (name === '[]=') {
        return operations.unknown('[ ] =', t('numbers of a tensor are replaced'), [receiver], at);
      }
      return operations.call(name, receiver, args, at);
    }
    if (receiver instanceof ContainerValue) return this.containerMethod(machine, receiver, name, args, at);
    if (receiver instanceof DataTensor) {
      if (name === 'size') return receiver.sizes === null ? new Unknown(t('the shape of this tensor is not known'), at) : dims(receiver.sizes);
      return name === 'to' || name === 'cuda' || name === 'float' || name === 'repeat' ? receiver : new DataTensor(null);
    }
    if (receiver instanceof WeightsValue || receiver instanceof ParameterValue) {
      if (name === 'requires_grad_') setTrainable(ownerOf(receiver), args.positional[0] !== false);
      return name === 'requires_grad_' ? receiver : new Unknown(t('the numbers of weights are not known'), at);
    }
    if (receiver instanceof ModuleValue) {
      if (name === 'forward') return this.callLeaf(receiver, args, at);
      return this.moduleMethod(machine, receiver, name, args, at) ?? this.attribute(machine, receiver, name, at);
    }
    return new Unknown(t('the result of `.{0}()` is not followed', name), at);
  }

  private containerMethod(machine: Machine, container: ContainerValue, name: string, args: Args, at: Located): Value {
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
        return this.callValue(machine, container, args, at);
      case 'pop':
        container.taint ??= new Unknown(t('a layer is taken out'), at);
        return container.taint;
    }
    return this.moduleMethod(machine, container, name, args, at) ?? this.attribute(machine, container, name, at);
  }

  private renumber(container: ContainerValue, parts: readonly Value[]): void {
    container.entries.clear();
    parts.forEach((part, i) => container.entries.set(String(i), part));
  }

  private part(container: ContainerValue, index: Value, at: Located): Value {
    if (container.taint !== null) return container.taint;
    const parts = [...container.entries.values()];
    if (typeof index === 'string') return container.entries.get(index) ?? new Unknown(t('there is no layer `{0}`', index), at);
    if (typeof index === 'number') {
      return parts[index < 0 ? index + parts.length : index] ?? new Unknown(t('there is no layer {0}', index), at);
    }
    if (index instanceof SliceValue && isBound(index.start) && isBound(index.stop) && index.step === null) {
      const cut = new ContainerValue(container.type, container.at, container.stack, container.madeUnder);
      parts
        .slice(index.start ?? 0, index.stop ?? undefined)
        .forEach((part, i) => cut.entries.set(String(i), part));
      return cut;
    }
    return new Unknown(t('the place in the list of layers is not known'), at);
  }

  /** Methods every module has; `undefined` for others. */
  private moduleMethod(machine: Machine, module: AnyModule, name: string, args: Args, at: Located): Value | undefined {
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
        } else if (module instanceof InstanceValue) module.taint ??= new Unknown(t('the name of a layer is not known'), at);
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

  attribute(_machine: Machine, object: LibraryValue, name: string, at: Located): Value {
    if (object instanceof TorchTensor) {
      if (name === 'shape') return sizesOf(object, at);
      if (name === 'data') return object;
      if (name === 'ndim') return object.shape === null ? sizesOf(object, at) : object.shape.length;
      if (/^(dtype|device|is_cuda|requires_grad|grad|layout)$/.test(name)) {
        return new Unknown(t('`.{0}` of a tensor is not known', name), at);
      }
      return new MethodValue(object, name);
    }
    if (object instanceof ContainerValue) {
      return object.entries.get(name) ?? new MethodValue(object, name);
    }
    if (object instanceof ModuleValue) {
      const stated = object.attributes.get(name);
      if (name === 'weight' || (name === 'bias' && stated !== false)) return new WeightsValue(object);
      if (stated !== undefined) return stated;
      if (name === 'training') return false;
      if (name === '__class__') return new PathValue(`torch.nn.${object.className}`);
      return new Unknown(t('`.{0}` of nn.{1} is not known', name, object.className), at);
    }
    if (object instanceof DataTensor && name === 'shape' && object.sizes !== null) return dims(object.sizes);
    if (object instanceof WeightsValue && name === 'data') return object;
    return new Unknown(t('`.{0}` of a {1} is not known', name, object.what), at);
  }

  setAttribute(machine: Machine, object: LibraryValue, name: string, value: Value): void {
    this.activity++;
    if (name === 'requires_grad' && (object instanceof WeightsValue || object instanceof ParameterValue)) {
      setTrainable(ownerOf(object), value !== false);
    } else if (object instanceof ContainerValue) {
      this.change(machine, object);
      object.entries.set(name, value);
    } else if (object instanceof ModuleValue) {
      const uncertain = machine.conditions.length > 0 ? machine.condition : null;
      object.attributes.set(name, uncertain ?? value);
    }
  }

  elements(machine: Machine, value: LibraryValue, at: Located): readonly Value[] | Unknown | null {
    if (value instanceof ContainerValue) {
      if (value.taint !== null) return value.taint;
      return value.type === 'ModuleDict' ? [...value.entries.keys()] : [...value.entries.values()];
    }
    if (value instanceof ModuleState && value.base instanceof ContainerValue) return this.elements(machine, value.base, at);
    if (value instanceof TorchTensor) return new Unknown(t('the values of a tensor are not known'), at);
    return null;
  }

  binary(_machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null {
    if (left instanceof TorchTensor || right instanceof TorchTensor) {
      if (this.tracing === null) return new Unknown(t('the numbers a model gives are not known'), at);
      return this.tracing.operations.binary(operator, left, right, at);
    }
    if (left instanceof DataTensor || right instanceof DataTensor || left instanceof ParameterValue || right instanceof ParameterValue) {
      const one = left instanceof DataTensor || left instanceof ParameterValue ? left : right;
      return new DataTensor(one instanceof DataTensor || one instanceof ParameterValue ? one.sizes : null);
    }
    return sizeArithmetic(operator, left, right, at);
  }

  inherits(classValue: ClassValue): string | null {
    for (const base of classValue.outerBases) {
      const name = base instanceof PathValue ? moduleClassOf(base.path) : null;
      if (name !== null) return name;
    }
    return null;
  }

  /** The state of an object of the document that is a module. */
  stateOf(instance: InstanceValue): ModuleState {
    if (instance.native instanceof ModuleState) return instance.native;
    const state = new ModuleState(instance);
    instance.native = state;
    return state;
  }

  callInherited(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined {
    const state = this.stateOf(self);
    const base = this.inherits(self.classValue);
    if (name === '__init__') {
      if (base !== null && base !== 'Module') {
        const made = this.construct(machine, base, args, self.at);
        if (made instanceof ContainerValue || made instanceof ModuleValue) state.base = made;
        const at = made instanceof ContainerValue ? this.roots.indexOf(made) : -1;
        if (at >= 0) this.roots.splice(at, 1);
      }
      return null;
    }
    if (name === '__call__') return this.callInstance(machine, self, args, at);
    if (name === 'forward' && state.base !== null) return this.callValue(machine, state.base, args, at);
    if (name === '__setattr__') {
      const [key, value] = args.positional;
      if (typeof key === 'string') self.attributes.set(key, value ?? null);
      return null;
    }
    if (name === '__getattr__') {
      const [key] = args.positional;
      return (typeof key === 'string' ? self.attributes.get(key) : undefined) ?? new Unknown(t('the attribute is not known'), at);
    }
    const own = this.moduleMethod(machine, self, name, args, at);
    if (own !== undefined) return own;
    if (state.base instanceof ContainerValue) {
      const before = state.base.taint;
      const spelled = { __getitem__: '[]', __setitem__: '[]=' }[name] ?? name;
      const result = this.containerMethod(machine, state.base, spelled, args, at);
      if (before === null && state.base.taint !== null) self.taint ??= state.base.taint;
      return result;
    }
    return LIGHTNING.test(name) ? new Unknown(t('the result of `.{0}()` is not followed', name), at) : undefined;
  }

  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    if (this.inherits(self.classValue) === null) return undefined;
    if (name === 'training') return false;
    const state = this.stateOf(self);
    if (state.base !== null) {
      const found = state.base instanceof ContainerValue ? state.base.entries.get(name) : this.attribute(machine, state.base, name, at);
      if (found !== undefined) return found;
    }
    if (name === 'device' || name === 'dtype') return new Unknown(t('`.{0}` of a module is not known', name), at);
    return METHODS.has(name) ? new MethodValue(self, name) : undefined;
  }

  created(machine: Machine, instance: InstanceValue): void {
    this.activity++;
    const state = this.stateOf(instance);
    state.factory = factoryOf(machine);
    if (!machine.importing) this.roots.push(instance);
  }

  callInstance(machine: Machine, instance: InstanceValue, args: Args, at: Located): Value {
    if (this.tracing === null) return this.onData(instance, args, at);
    const forward = instance.classValue.member('forward');
    if (forward instanceof FunctionValue) return callFunction(machine, forward, withSelf(args, instance), at, instance);
    const { base } = this.stateOf(instance);
    if (base !== null) return this.callValue(machine, base, args, at);
    return new Unknown(t('the class `{0}` has no `forward`', instance.classValue.definition.name), at);
  }

  named(_machine: Machine, value: LibraryValue | InstanceValue, name: string, atModuleLevel: boolean): void {
    if (value instanceof ContainerValue && atModuleLevel && !this.containerNames.has(value)) {
      this.containerNames.set(value, name);
    }
    const state = value instanceof InstanceValue && value.native instanceof ModuleState ? value.native : null;
    if (state !== null && (state.variable === null || (atModuleLevel && !state.variableIsGlobal))) {
      state.variable = name;
      state.variableIsGlobal = atModuleLevel;
    }
  }

  taint(value: LibraryValue, reason: Unknown): void {
    if (value instanceof ContainerValue) value.taint ??= reason;
  }

  /** Modules copied part by part, so that the copy has weights of its own. */
  copied(machine: Machine, value: LibraryValue | InstanceValue): Value | null {
    if (value instanceof ModuleValue) {
      this.activity++;
      const copy = new ModuleValue(value.className, new Map(value.attributes), value.at, value.stack, value.rest);
      copy.trainable = value.trainable;
      return copy;
    }
    if (value instanceof ContainerValue) {
      const copy = new ContainerValue(value.type, value.at, value.stack, machine.conditions.length);
      copy.taint = value.taint;
      for (const [name, part] of value.entries) copy.entries.set(name, this.copyPart(machine, part));
      return copy;
    }
    if (value instanceof InstanceValue && value.native instanceof ModuleState) {
      const copy = new InstanceValue(value.classValue, value.at, value.stack, machine.conditions.length);
      const state = this.stateOf(copy);
      const { base } = value.native;
      const inner = base === null ? null : this.copied(machine, base);
      state.base = inner instanceof ContainerValue || inner instanceof ModuleValue ? inner : null;
      copy.taint = value.taint;
      for (const [name, part] of value.attributes) copy.attributes.set(name, this.copyPart(machine, part));
      return copy;
    }
    return null;
  }

  private copyPart(machine: Machine, part: Value): Value {
    return isModule(part) ? (this.copied(machine, part) ?? part) : part;
  }

  /** Whether a value is of one of the library's classes; `null` where that is not known. */
  isInstance(value: Value, path: string): boolean | null {
    const wanted = moduleClassOf(path);
    if (wanted === null) return path.startsWith('torch.') && path !== 'torch.Tensor' ? false : value instanceof TorchTensor;
    if (value instanceof ModuleValue) return value.className === wanted || wanted === 'Module';
    if (value instanceof ContainerValue) return value.type === wanted || wanted === 'Module';
    if (value instanceof InstanceValue) {
      const base = this.inherits(value.classValue);
      return base !== null && (base === wanted || wanted === 'Module');
    }
    return value instanceof Unknown ? null : false;
  }

  /** Building blocks of torchvision that are plain compositions. */
  private torchvision(machine: Machine, path: string, args: Args, at: Located): Value {
    const name = path.split('.').at(-1) ?? path;
    if (/^torchvision\.(ops\.(misc\.)?|models\..*)(Conv2dNormActivation|ConvNormActivation|ConvBNReLU|ConvBNActivation)$/.test(path)) {
      return this.normalizedConvolution(machine, args, at);
    }
    if (name === 'StochasticDepth' || name === 'FrozenBatchNorm2d') {
      return new ModuleValue(name === 'StochasticDepth' ? 'Identity' : name, new Map(), machine.place(at), machine.stack, null);
    }
    if (/^torchvision\.models\.(\w+\.)?[a-z]\w*$/.test(path)) {
      // The parts of a network are no models of the document, not even a head that it replaces.
      const before = this.roots.length;
      const network = torchvisionNetwork(machine, name, args, at);
      this.roots.push(...this.roots.splice(before).filter((root) => root === network));
      return network;
    }
    return new ObjectValue(path, args);
  }

  /** `Conv2dNormActivation`: convolution, norm and activation, the padding half the window. */
  private normalizedConvolution(machine: Machine, args: Args, at: Located): Value {
    const names = 'in_channels out_channels kernel_size stride padding groups norm_layer activation_layer dilation inplace bias'.split(' ');
    const value = (name: string): Value | undefined => argument(args, names.indexOf(name), name);
    const kernel = value('kernel_size') ?? 3;
    const dilation = value('dilation') ?? 1;
    const norm = value('norm_layer') === undefined ? new PathValue('torch.nn.BatchNorm2d') : (value('norm_layer') ?? null);
    const activation =
      value('activation_layer') === undefined ? new PathValue('torch.nn.ReLU') : (value('activation_layer') ?? null);
    const half =
      typeof kernel === 'number' && typeof dilation === 'number'
        ? Math.floor((kernel - 1) / 2) * dilation
        : new Unknown(t('the padding depends on a window that is not known'), at);
    const convolution = new Map<string, Value>([
      ['in_channels', value('in_channels') ?? null],
      ['out_channels', value('out_channels') ?? null],
      ['kernel_size', kernel],
      ['stride', value('stride') ?? 1],
      ['padding', value('padding') ?? half],
      ['dilation', dilation],
      ['groups', value('groups') ?? 1],
      ['bias', value('bias') ?? norm === null]
    ]);
    const make = (callee: Value, ...positional: Value[]): Value[] =>
      callee === null ? [] : [callValue(machine, callee, { ...NO_ARGS, positional }, at)];
    const parts = [
      this.construct(machine, 'Conv2d', { ...NO_ARGS, named: convolution }, at),
      ...make(norm, value('out_channels') ?? null),
      ...make(activation)
    ];
    return this.construct(machine, 'Sequential', { ...NO_ARGS, positional: parts }, at);
  }
}

/** The function of the document that makes an object, where it is no method. */
function factoryOf(machine: Machine): string | null {
  const callee = machine.frames.at(-1)?.callee ?? null;
  return callee?.definition.type === 'function' && callee.owner === null ? callee.definition.name : null;
}

const LIGHTNING = /^(log|log_dict|save_hyperparameters|configure_\w+|print)$/;
/** Methods of modules that are handed on as values: `f = self.modules`. */
const METHODS = new Set('modules children parameters forward add_module register_buffer eval train to'.split(' '));

function isBound(value: Value): value is number | null {
  return value === null || typeof value === 'number';
}

function ownerOf(value: WeightsValue | ParameterValue): Value {
  return value instanceof WeightsValue ? value.of : value;
}

function dataOf(values: readonly Value[]): DataTensor {
  const [first] = values;
  const items = first instanceof ListValue ? first.items : values;
  const sizes = items.map(asDim);
  const known = sizes.filter((size): size is Dim => size !== undefined);
  return new DataTensor(known.length === sizes.length && items.length > 0 ? known : null);
}

function dims(sizes: readonly Dim[]): ListValue {
  return new ListValue(
    sizes.map((size) => size ?? new Unknown(t('this size is not known'))),
    true
  );
}

