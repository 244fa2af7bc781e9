/** PyTorch for the interpreter: what its classes, modules and tensors do when the program uses them. */
import type { LayerNode } from '../../core/model';
import { t } from '../../core/texts';
import { callFunction, callValue } from '../interpreter/calls';
import { withSelf } from '../interpreter/objects';
import type { Library } from '../interpreter/library';
import type { Machine } from '../interpreter/machine';
import type { ClassValue, LibraryValue } from '../interpreter/values';
import {
  argument,
  FunctionValue,
  InstanceValue,
  ListValue,
  MethodValue,
  NO_ARGS,
  PathValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import { Containers } from './containers';
import { copied } from './copies';
import { countedData, dataArithmetic, dataMethod, dataOf, dims, numbersIn } from './dataTensors';
import { Inherited } from './inherited';
import { moduleMethod } from './moduleMethods';
import { modulesIn, setTrainable, type AnyModule } from './modules';
import { TensorOperations } from './operations';
import { moduleClassOf, torchPath, torchWildcard } from './paths';
import { torchSignature } from './signatures';
import { sizeArithmetic, sizesOf, Trace } from './tensors';
import { callTorchvision } from './torchvision';
import { TrainingLog } from './trainingLog';
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

const CREATORS = new Set('randn rand zeros ones empty randint full normal'.split(' '));

interface Tracing {
  readonly trace: Trace;
  readonly operations: TensorOperations;
}

export class TorchLibrary implements Library {
  activity = 0;
  /** Objects of classes that inherit from `nn.Module`, and `nn.Sequential`s, in the order of their making. */
  readonly roots: (InstanceValue | ContainerValue)[] = [];
  /** Names of the variables that hold a Sequential. */
  readonly containerNames = new Map<ContainerValue, string>();
  /** Shapes with which a Sequential is called on data. */
  readonly containerData = new Map<ContainerValue, DataTensor>();
  readonly containers = new Containers(this);
  readonly training = new TrainingLog();
  private readonly inherited = new Inherited(this);
  private tracing: Tracing | null = null;
  private trial: Tracing | null = null;

  /** Runs `run` with a trace of its own. */
  withTrace<T>(
    machine: Machine,
    layers: Map<ModuleValue, LayerNode>,
    guessesAxes: boolean,
    run: (trace: Trace) => T
  ): T {
    const outer = this.tracing;
    const trace = new Trace(machine, layers, false, guessesAxes);
    this.tracing = { trace, operations: new TensorOperations(machine, trace) };
    try {
      return run(trace);
    } finally {
      this.tracing = outer;
    }
  }

  /**
   * What follows tensors now: the network that is traced; while a module is made, a trial in which data of a stated size
   * runs through its layers (`self.conv(torch.zeros(1, 3, 84, 84)).numel()`).
   */
  private following(machine: Machine): Tracing | null {
    if (this.tracing !== null) return this.tracing;
    if (!isInModule(machine)) return null;
    if (this.trial === null) {
      const trace = new Trace(machine, new Map(), true);
      this.trial = { trace, operations: new TensorOperations(machine, trace) };
    }
    return this.trial;
  }

  /** Runs a function that nothing calls: what it gives away cannot have changed the networks that are there. */
  keepingNetworks(run: () => void): void {
    const there = this.roots.flatMap((root) =>
      modulesIn(root).flatMap((one) => (one instanceof ModuleValue ? [] : [one]))
    );
    const taints = there.map(({ taint }) => taint);
    try {
      run();
    } finally {
      there.forEach((one, i) => {
        one.taint = taints[i] ?? null;
      });
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
    if (
      /^torch\.(optim|utils\.data|cuda|backends|distributed|save|load|manual_seed|device|no_grad|onnx)\b/.test(path)
    ) {
      if (/^torch\.optim\./.test(path)) return this.training.made(machine, path, args, at);
      if (/^torch\.utils\.data\b/.test(path)) return this.training.data(machine, path, args, at);
      return new Unknown(t('the result of `{0}()` is not known', path), at);
    }
    if (/^torch\.nn\.utils\./.test(path)) this.training.limited(machine, path, args, at);
    if (/^torch\.nn\.init\./.test(path) || /^torch\.nn\.utils\./.test(path)) return args.positional[0] ?? null;
    if (/^torch\.(jit\.script|compile|autograd\.Variable)$/.test(path)) return args.positional[0] ?? null;
    if (/^torch\.utils\.checkpoint\.checkpoint$/.test(path)) {
      const [callee, ...rest] = args.positional;
      return callee === undefined ? null : callValue(machine, callee, { ...NO_ARGS, positional: rest }, at);
    }
    if (/^torch\.(Tensor|FloatTensor|Size)$/.test(path)) {
      return name === 'Size' ? (args.positional[0] ?? null) : dataOf(args.positional, numbersIn(args.positional[0]));
    }
    if (path.startsWith('torchvision.')) return callTorchvision(this, machine, path, args, at);
    if (/^torch\.(nn\.functional\.)?\w+$/.test(path)) return this.operation(machine, name, args, at);
    return new Unknown(t('`{0}()` is not followed', path), at);
  }

  /** A function of `torch` or `torch.nn.functional`. */
  private operation(machine: Machine, name: string, args: Args, at: Located): Value {
    const [first, ...rest] = args.positional;
    const followed = this.following(machine);
    if (CREATORS.has(name)) {
      if (args.rest !== null) return new DataTensor(null);
      const list = argument(args, -1, 'size');
      const sizes = list !== undefined ? [list] : name === 'randint' ? args.positional.slice(-1) : args.positional;
      return dataOf(sizes);
    }
    if (name === 'cat' || name === 'concat' || name === 'concatenate' || name === 'stack') {
      if (followed === null) return new Unknown(t('the result of `{0}()` is not known', name), at);
      return followed.operations.concatenate(name, args, at);
    }
    const loss = followed === null ? this.training.lossFunction(machine, name, args, at) : null;
    if (loss !== null) return loss;
    const input = first ?? args.named.get('input');
    if (followed !== null) {
      const tensors = [input, ...rest].filter((value) => value instanceof TorchTensor);
      if (tensors.length > 0 || (input instanceof Unknown && !followed.trace.isTrial)) {
        const x = followed.operations.tensor(input, at) ?? tensors[0];
        if (x !== undefined) {
          const named = new Map([...args.named].filter(([key]) => key !== 'input'));
          return followed.operations.call(name, x, { positional: rest, named, rest: args.rest }, at);
        }
      }
      if (input instanceof DataTensor || input instanceof ParameterValue) return new DataTensor(input.sizes);
    }
    if (name === 'arange' || name === 'linspace') return countedData(name, args);
    if (name === 'tensor') return new DataTensor(null, numbersIn(first));
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
    } else if (module instanceof ContainerValue && !this.containerData.has(module))
      this.containerData.set(module, data);
  }

  /** `nn.X(…)`. */
  construct(machine: Machine, className: string, args: Args, at: Located): Value {
    this.activity++;
    if (className === 'Sequential' || className === 'ModuleList' || className === 'ModuleDict') {
      const container = new ContainerValue(className, machine.place(at), machine.stack, machine.conditions.length);
      this.containers.fill(machine, container, args, at);
      if (className === 'Sequential' && !machine.importing && !isInModule(machine)) this.roots.push(container);
      return container;
    }
    if (className === 'ParameterList')
      return new ContainerValue('ModuleList', at, machine.stack, machine.conditions.length);
    if (className === 'Parameter') {
      const [data] = args.positional;
      return new ParameterValue(data instanceof DataTensor ? data.sizes : null, machine.place(at), machine.stack);
    }
    if (className === 'DataParallel' || className === 'DistributedDataParallel') return args.positional[0] ?? null;
    if (className.endsWith('Loss')) return this.training.made(machine, `torch.nn.${className}`, args, at);
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
      else if (className !== 'Identity')
        rest ??= new Unknown(t('{0} is given more values by place than are known here', className), at);
    });
    for (const [name, value] of args.named) attributes.set(name, value);
    if (torchSignature(className) === null) attributes.delete('inplace');
    return new ModuleValue(className, attributes, machine.place(at), machine.stack, rest);
  }

  callValue(machine: Machine, callee: LibraryValue, args: Args, at: Located): Value {
    const input = argument(args, 0, 'input', 'x', 'inputs');
    if (callee instanceof ModuleValue) return this.callLeaf(machine, callee, args, at);
    if (callee instanceof ContainerValue && callee.type === 'Sequential') {
      const followed = this.following(machine);
      if (followed === null) return this.onData(callee, args, at);
      let value: Value = input ?? new Unknown(t('the input is not known'), at);
      if (callee.taint !== null)
        return followed.operations.unknown('Sequential', callee.taint.reason, inputsOf(followed, value, at), at);
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
    return this.training.answer(module, at);
  }

  private callLeaf(machine: Machine, module: ModuleValue, args: Args, at: Located): Value {
    this.activity++;
    const followed = this.following(machine);
    if (followed === null) return new Unknown(t('the numbers a layer gives are not known'), at);
    const { trace, operations } = followed;
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
      return new ListValue(
        [result, new Unknown(t('the second result of {0} is not followed', module.className), at)],
        true
      );
    }
    return result;
  }

  callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value {
    if (receiver instanceof TorchTensor) {
      const followed = this.following(machine);
      if (followed === null) return new Unknown(t('the numbers a model gives are not known'), at);
      const { operations } = followed;
      if (name === '[]') return operations.index(receiver, args.positional[0] ?? null, at);
      if (name === '[]=') {
        return operations.unknown('[ ] =', t('numbers of a tensor are replaced'), [receiver], at);
      }
      return operations.call(name, receiver, args, at);
    }
    if (receiver instanceof ContainerValue) return this.containers.method(machine, receiver, name, args, at);
    if (receiver instanceof WeightsValue || receiver instanceof ParameterValue) {
      if (name === 'requires_grad_') {
        setTrainable(ownerOf(receiver), args.positional[0] !== false);
        return receiver;
      }
    }
    if (receiver instanceof DataTensor && receiver.numbers !== null) {
      const [only = 0, ...others] = receiver.numbers;
      if (name === 'item' && others.length === 0) return only;
      if (name === 'tolist') return new ListValue([...receiver.numbers], false, machine.conditions.length);
    }
    if (receiver instanceof DataTensor || receiver instanceof ParameterValue) {
      if (name !== 'size')
        return dataMethod(receiver.sizes, name, args, receiver instanceof DataTensor ? receiver.numbers : null);
      return receiver.sizes === null
        ? new Unknown(t('the shape of this tensor is not known'), at)
        : dims(receiver.sizes);
    }
    if (receiver instanceof WeightsValue) return new Unknown(t('the numbers of weights are not known'), at);
    if (receiver instanceof ModuleValue) {
      if (name === 'forward') return this.callLeaf(machine, receiver, args, at);
      return moduleMethod(machine, receiver, name, args, at) ?? this.attribute(machine, receiver, name, at);
    }
    return new Unknown(t('the result of `.{0}()` is not followed', name), at);
  }

  attribute(_machine: Machine, object: LibraryValue, name: string, at: Located): Value {
    if (object instanceof TorchTensor) {
      if (name === 'shape') return sizesOf(object, at);
      if (name === 'data') return object;
      if (name === 'ndim') return object.shape === null ? sizesOf(object, at) : object.shape.length;
      // What runs on another device runs the same layers.
      if (name === 'is_cuda') return false;
      if (/^(dtype|device|requires_grad|grad|layout)$/.test(name)) {
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
      this.containers.change(machine, object);
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
    if (value instanceof ModuleState && value.base instanceof ContainerValue)
      return this.elements(machine, value.base, at);
    if (value instanceof TorchTensor) return new Unknown(t('the values of a tensor are not known'), at);
    if (value instanceof DataTensor && value.numbers !== null)
      return value.numbers.map((number) => new DataTensor([], [number]));
    return null;
  }

  binary(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null {
    const loss = this.training.arithmetic(operator, left, right, at);
    if (loss !== null) return loss;
    if (left instanceof TorchTensor || right instanceof TorchTensor) {
      const followed = this.following(machine);
      if (followed === null) return new Unknown(t('the numbers a model gives are not known'), at);
      return followed.operations.binary(operator, left, right, at);
    }
    if (
      left instanceof DataTensor ||
      right instanceof DataTensor ||
      left instanceof ParameterValue ||
      right instanceof ParameterValue
    ) {
      return dataArithmetic(operator, left, right);
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
    return this.inherited.call(machine, self, name, args, at);
  }

  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    return this.inherits(self.classValue) === null ? undefined : this.inherited.attribute(machine, self, name, at);
  }

  created(machine: Machine, instance: InstanceValue): void {
    this.activity++;
    const state = this.stateOf(instance);
    state.factory = factoryOf(machine);
    if (!machine.importing && !isInModule(machine)) this.roots.push(instance);
  }

  callInstance(machine: Machine, instance: InstanceValue, args: Args, at: Located): Value {
    if (this.following(machine) === null) return this.onData(instance, args, at);
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

  copied(machine: Machine, value: LibraryValue | InstanceValue): Value | null {
    return copied(this, machine, value);
  }

  /** Whether a value is of one of the library's classes; `null` where that is not known. */
  isInstance(value: Value, path: string): boolean | null {
    const wanted = moduleClassOf(path);
    if (wanted === null)
      return path.startsWith('torch.') && path !== 'torch.Tensor' ? false : value instanceof TorchTensor;
    if (value instanceof ModuleValue) return value.className === wanted || wanted === 'Module';
    if (value instanceof ContainerValue) return value.type === wanted || wanted === 'Module';
    if (value instanceof InstanceValue) {
      const base = this.inherits(value.classValue);
      return base !== null && (base === wanted || wanted === 'Module');
    }
    return value instanceof Unknown ? null : false;
  }
}

function inputsOf({ operations }: Tracing, value: Value, at: Located): TorchTensor[] {
  const tensor = operations.tensor(value, at);
  return tensor === null ? [] : [tensor];
}

/** What a module makes is a part of it, or replaced by another part. */
function isInModule(machine: Machine): boolean {
  return machine.frames.some(({ self }) => self instanceof InstanceValue && self.native instanceof ModuleState);
}

/** The function of the document that makes an object, where it is no method. */
function factoryOf(machine: Machine): string | null {
  const callee = machine.frames.at(-1)?.callee ?? null;
  return callee?.definition.type === 'function' && callee.owner === null ? callee.definition.name : null;
}

function ownerOf(value: WeightsValue | ParameterValue): Value {
  return value instanceof WeightsValue ? value.of : value;
}
