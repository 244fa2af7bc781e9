/**
 * Classes of the document that inherit from Keras: what `call` does is followed once for each object, and makes a graph
 * that stands where Keras shows one row.
 */
import type { Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { callFunction } from '../interpreter/calls';
import type { Machine } from '../interpreter/machine';
import { withSelf } from '../interpreter/objects';
import type { InstanceValue } from '../interpreter/values';
import {
  argument,
  DictValue,
  FunctionValue,
  LibraryValue,
  ListValue,
  MethodValue,
  NO_ARGS,
  PathValue,
  Unknown,
  type Args,
  type ClassValue,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import { ArrayValue, DatasetValue, shapeOfData } from './arrays';
import { shapeOfValue } from './inputs';
import { stackOf, type KerasLibrary } from './library';
import { layerClassOf } from './paths';
import type { LayerValue } from './values';
import { ModelValue, TensorValue, type MethodCall } from './values';

/** Under this name a person states the input's shape. */
const INPUT_SHAPE = 'input_shape';

/** What is kept for an object whose class inherits from Keras. */
export class SubclassState extends LibraryValue {
  readonly what = 'model';
  name: string | null = null;
  /** Its layers as a graph, once it was called; or what it is from the start (a Sequential, a functional model). */
  model: ModelValue | null = null;
  /** The library's own layer behind it: `class Blur(layers.Conv2D)`. */
  layer: LayerValue | null = null;
  builtShape: Shape | null = null;
  /** What it is called with on data first. */
  builtWith: Args | null = null;
  /** Made with `add_weight`. */
  readonly weights: LayerValue[] = [];
  variable: string | null = null;
  variableIsGlobal = false;
  compiled: MethodCall | null = null;
  fitted: MethodCall | null = null;
  running = false;
}

export class Subclasses {
  /** Objects of subclasses of `keras.Model`, in the order of their making. */
  private readonly models: InstanceValue[] = [];

  constructor(private readonly library: KerasLibrary) {}

  /** `Model`, `Sequential`, `Layer` or the class of a layer; `null` for other classes. */
  inherits(classValue: ClassValue): string | null {
    for (const base of classValue.outerBases) {
      const path = base instanceof PathValue ? base.path : '';
      if (path === 'keras.Model' || path === 'keras.Functional') return 'Model';
      if (path === 'keras.Sequential') return 'Sequential';
      if (path === 'keras.layers.Layer' || path === 'keras.Layer' || path === 'tensorflow.Module') return 'Layer';
      const className = layerClassOf(path);
      if (className !== null) return className;
    }
    return null;
  }

  stateOf(instance: InstanceValue): SubclassState {
    if (instance.native instanceof SubclassState) return instance.native;
    const state = new SubclassState();
    instance.native = state;
    return state;
  }

  created(machine: Machine, instance: InstanceValue): void {
    const state = this.stateOf(instance);
    state.name ??= this.library.names.next(instance.classValue.definition.name);
    const kind = this.inherits(instance.classValue);
    if ((kind === 'Model' || kind === 'Sequential') && !machine.importing) this.models.push(instance);
  }

  named(instance: InstanceValue, name: string, atModuleLevel: boolean): void {
    const state = this.stateOf(instance);
    if (state.variable !== null && (!atModuleLevel || state.variableIsGlobal)) return;
    state.variable = name;
    state.variableIsGlobal = atModuleLevel;
  }

  /** What the library's own classes do under a method's name; `undefined` where they have none. */
  callInherited(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined {
    const state = this.stateOf(self);
    switch (name) {
      case '__init__':
        this.construct(machine, self, state, args);
        return null;
      case '__call__':
        return this.call(machine, self, args, at);
      case 'call': {
        const inner = state.layer ?? state.model;
        return inner === null ? undefined : this.library.callValue(machine, inner, args, at);
      }
      case 'build': {
        const shape = shapeOfValue(argument(args, 0, 'input_shape') ?? null, true);
        if (!(shape instanceof Unknown)) state.builtShape ??= shape;
        return null;
      }
      case 'add_weight':
      case 'add_variable':
        return this.weight(machine, state, args, at);
      case 'compile':
        state.compiled = { args, at };
        return null;
      case 'fit':
        state.fitted = { args, at };
        state.builtShape ??= shapeOfData(argument(args, 0, 'x') ?? null);
        return new Unknown(t('a history of training is not followed'), at);
      case 'summary':
      case 'load_weights':
      case 'save':
      case 'save_weights':
      case 'add_loss':
      case 'add_metric':
        return null;
      case 'predict':
      case 'evaluate':
      case 'get_config':
      case 'count_params':
        return new Unknown(t('the result of `.{0}()` is not followed', name), at);
    }
    if (state.model !== null) return this.library.models.method(machine, state.model, name, args, at);
    return undefined;
  }

  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    const state = this.stateOf(self);
    if (name === 'name') return state.name ?? null;
    if (name === 'trainable') return true;
    if (name === 'built') return state.model !== null;
    if (/^(dtype|compute_dtype|losses|metrics|optimizer|history|trainable_\w+|weights|variables)$/.test(name)) {
      return new Unknown(t('`.{0}` of a model is not followed', name), at);
    }
    if (state.layer !== null) {
      const value = state.layer.attributes.get(name);
      if (value !== undefined) return value;
    }
    if (state.model !== null) return this.library.models.attribute(machine, state.model, name, at);
    return METHODS.has(name) ? new MethodValue(self, name) : undefined;
  }

  /** `super().__init__(…)`. */
  private construct(machine: Machine, self: InstanceValue, state: SubclassState, args: Args): void {
    const kind = this.inherits(self.classValue);
    const stated = args.named.get('name');
    const name =
      typeof stated === 'string' && stated !== ''
        ? stated
        : (state.name ?? this.library.names.next(self.classValue.definition.name));
    state.name = name;
    if (args.named.get('trainable') === false) self.attributes.set('trainable', false);
    if (kind === 'Sequential' || (kind === 'Model' && (args.named.has('inputs') || args.positional.length >= 2))) {
      const named = new Map([...args.named, ['name', name] as const]);
      const made = { ...args, named };
      state.model = this.library.models.anonymous(() =>
        kind === 'Sequential'
          ? this.library.models.sequential(machine, made, self.at)
          : this.library.models.functional(machine, made, self.at)
      );
    } else if (kind !== null && kind !== 'Model' && kind !== 'Layer') {
      state.layer = this.library.layer(
        machine,
        kind,
        { ...args, named: new Map([...args.named, ['name', name]]) },
        self.at
      );
    }
  }

  /** `self.add_weight(shape=…)`: a value with weights behind it and nothing before it. */
  private weight(machine: Machine, state: SubclassState, args: Args, at: Located): TensorValue {
    const stated = argument(args, 0, 'shape');
    const positional = stated instanceof ListValue || typeof stated === 'number' ? stated : argument(args, 1, 'shape');
    const sizes =
      typeof positional === 'number'
        ? [positional]
        : positional instanceof ListValue
          ? positional.items
          : stated === undefined
            ? []
            : null;
    const reason = t('a weight the layer uses by itself');
    const layer = this.library.opaqueLayer(machine, 'Weight', reason, NO_ARGS, at);
    const known = sizes?.filter((size) => typeof size === 'number') ?? [];
    if (sizes !== null && known.length === sizes.length) {
      // The batch is not an axis of a weight: it stands in front, open, as in every shape here.
      layer.fixedKind = { kind: 'opaque', reason, known: { inputs: [], outputs: [[null, ...known]] } };
      const count = known.reduce((product, size) => product * size, 1);
      const isTrained = args.named.get('trainable') !== false;
      layer.declaredParameters = isTrained ? { learned: count, measured: 0 } : { learned: 0, measured: count };
    }
    state.weights.push(layer);
    return new TensorValue({ layer, inputs: [] }, 0);
  }

  /** `instance(x)`: on tensors the graph of its `call` is used as one layer, on data only the shape is learnt. */
  call(machine: Machine, self: InstanceValue, args: Args, at: Located): Value {
    const state = this.stateOf(self);
    const tensors = tensorsOf(
      args.positional.length > 0 ? args.positional : [argument(args, 0, 'inputs', 'x') ?? null]
    );
    if (tensors.length === 0) {
      const [first = null] = args.positional;
      if (isData(first)) state.builtWith ??= args;
      const unknown = first instanceof Unknown && self.taint === null;
      if (!unknown) return new Unknown(t('the numbers a model gives are not known'), at);
    }
    if (state.layer !== null && self.classValue.member('call') === undefined) {
      return this.library.callValue(machine, state.layer, args, at);
    }
    const model = state.model ?? this.follow(machine, self, state, args, at);
    if (model === null) {
      const { name } = self.classValue.definition;
      const reason = state.running ? t('{0} calls itself', name) : t('the class {0} has no `call`', name);
      const layer = this.library.opaqueLayer(machine, name, reason, NO_ARGS, self.at);
      return this.library.apply(machine, layer, args.positional, at);
    }
    return this.library.apply(
      machine,
      model,
      args.positional.length > 0 ? args.positional : [...args.named.values()],
      at
    );
  }

  /** Runs `call` on inputs of the given shapes, `build` before it. */
  private follow(
    machine: Machine,
    self: InstanceValue,
    state: SubclassState,
    args: Args,
    at: Located
  ): ModelValue | null {
    const call = self.classValue.member('call');
    if (!(call instanceof FunctionValue) || state.running) return null;
    state.running = true;
    const inputs: TensorValue[] = [];
    const placeholder = (value: Value): Value => {
      if (value instanceof TensorValue) {
        const made = this.library.placeholder(machine, inputName(inputs.length), this.library.shapeOf(value), self.at);
        inputs.push(made);
        return made;
      }
      if (value instanceof ArrayValue || value instanceof DatasetValue) {
        const made = this.library.placeholder(machine, inputName(inputs.length), shapeOfData(value), self.at);
        inputs.push(made);
        return made;
      }
      if (value instanceof ListValue) return new ListValue(value.items.map(placeholder), value.isTuple);
      if (value instanceof DictValue) {
        return new DictValue(new Map([...value.entries].map(([key, one]) => [key, placeholder(one)])));
      }
      return value;
    };
    const positional = args.positional.map(placeholder);
    const named = new Map([...args.named].map(([key, value]) => [key, placeholder(value)]));
    const parameters = call.definition.parameters.map((parameter) => parameter.name);
    // A summary is of the network at inference.
    if (parameters.includes('training') && !named.has('training')) named.set('training', false);
    const build = self.classValue.member('build');
    const [first] = inputs;
    if (build instanceof FunctionValue && first !== undefined) {
      const shape = this.library.attribute(machine, first, 'shape', at);
      callFunction(machine, build, withSelf({ ...NO_ARGS, positional: [shape] }, self), at, self);
    }
    const result = callFunction(machine, call, withSelf({ positional, named, rest: null }, self), at, self);
    state.running = false;
    const outputs = tensorsOf([result]);
    if (outputs.length === 0) {
      const reason = result instanceof Unknown ? result : new Unknown(t('`call` gives no tensor'), at);
      outputs.push(this.library.unknownTensor(machine, reason, at));
    }
    const model = new ModelValue(
      'functional',
      state.name ?? 'model',
      self.at,
      stackOf(machine),
      machine.conditions.length
    );
    model.className = self.classValue.definition.name;
    model.ownWeights.push(...state.weights);
    model.inputs = inputs;
    model.outputs = outputs;
    if (self.taint !== null) model.taint = self.taint;
    state.model = model;
    return model;
  }

  /** Follows the models that nothing called yet, and gives every model to the list of definitions. */
  finish(machine: Machine): void {
    // Models whose input is known come first: they call others, which then know theirs.
    const isKnown = (instance: InstanceValue): boolean => {
      const { builtShape, builtWith } = this.stateOf(instance);
      return builtShape !== null || builtWith !== null;
    };
    const inOrder = [...this.models.filter(isKnown), ...this.models.filter((one) => !isKnown(one)).reverse()];
    for (const instance of inOrder) {
      const state = this.stateOf(instance);
      if (state.model === null) {
        const shape = this.statedShape(machine) ?? state.builtShape;
        const input = this.library.placeholder(machine, inputName(0), shape, instance.at);
        const given =
          shape === null && state.builtWith !== null ? state.builtWith : { ...NO_ARGS, positional: [input] };
        this.follow(machine, instance, state, given, instance.at);
      }
      const { model } = state;
      if (model === null) continue;
      model.className = instance.classValue.definition.name;
      model.variable = state.variable ?? model.className;
      if (instance.attributes.get('trainable') === false) model.trainable = false;
      model.compiled ??= state.compiled;
      model.fitted ??= state.fitted;
      model.isSubclass = true;
      this.library.models.all.push(model);
    }
  }

  private statedShape(machine: Machine): Shape | null {
    if (machine.inputShape !== undefined) return [null, ...machine.inputShape];
    const set = machine.overrides?.inputShape(machine, INPUT_SHAPE);
    if (!(set instanceof ListValue)) return null;
    return [null, ...set.items.map((item) => (typeof item === 'number' ? item : null))];
  }
}

const inputName = (place: number): string => (place === 0 ? 'input' : `input_${place}`);

/** Methods that are handed on as values. */
const METHODS = new Set('add_weight build call'.split(' '));

/** An array, or a list with one in it. */
function isData(value: Value): boolean {
  return value instanceof ListValue
    ? value.items.some(isData)
    : value instanceof ArrayValue || value instanceof DatasetValue;
}

function tensorsOf(values: readonly Value[]): TensorValue[] {
  return values.flatMap((value) => {
    if (value instanceof TensorValue) return [value];
    if (value instanceof ListValue) return tensorsOf(value.items);
    return value instanceof DictValue ? tensorsOf([...value.entries.values()]) : [];
  });
}
