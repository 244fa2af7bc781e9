/** Keras for the interpreter: what its names, layers, tensors and models do when the program uses them. */
import { kerasSignature } from '../../core/keras/signatures';
import type { LayerKind } from '../../core/layerKind';
import type { SourceRange } from '../../core/model';
import type { Library } from '../interpreter/library';
import type { Machine } from '../interpreter/machine';
import { t } from '../../core/texts';
import { kerasApplication } from '../backbones/keras';
import { kerasPreprocessing } from '../backbones/kerasPreprocessing';
import type { ClassValue, LibraryValue } from '../interpreter/values';
import {
  argument,
  DictValue,
  InstanceValue,
  ListValue,
  NO_ARGS,
  ObjectValue,
  PathValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import type { Shape } from '../../core/shape';
import {
  arrayArithmetic,
  arrayAttribute,
  arrayFunction,
  arrayMethod,
  createdArray,
  ArrayValue,
  datasetMethod,
  DatasetValue,
  loadedData,
  shapeOfData
} from './arrays';
import { datasetAttribute, generatorMethod, GeneratorValue } from './generators';
import { shapeOfTensor, type GraphContext } from './graph';
import { shapeOfValue } from './inputs';
import { ModelTable } from './models';
import { AutoNames, type LayerNames } from './naming';
import { canonicalPath, FUNCTIONAL_LAYERS, isKnownLayer, layerClassOf, OPERATIONS, wildcardPath } from './paths';
import type { KerasSettings } from './translate';
import { Subclasses } from './subclasses';
import { LayerValue, ModelValue, TensorValue } from './values';

/** Modules whose classes are data to a model: initialisers, optimisers and the like. */
const DATA_CLASSES =
  /^keras\.(initializers|regularizers|constraints|optimizers|losses|metrics|callbacks|activations)\./;
const OPERATION_MODULE = /^(tensorflow(\.nn|\.math)?|keras\.(ops|backend|activations))\.(\w+)$/;
/** Functions that make arrays of a stated shape. */
const CREATORS =
  /^((tensorflow|numpy|keras\.ops|tfjs)\.(zeros|ones|empty|full|randomNormal|randomUniform)|(tensorflow|numpy|keras)\.random\.\w+)$/;
const KERAS_1 = new Set(['nb_filter', 'border_mode', 'subsample', 'nb_row', 'dim_ordering']);

export class KerasLibrary implements Library {
  activity = 0;
  readonly settings: KerasSettings = { version: 3, dataFormat: 'channelsLast' };
  readonly models = new ModelTable(this);
  readonly subclasses = new Subclasses(this);
  /** The data set that the program loads last: `mnist`. */
  loaded: { readonly name: string; readonly at: Located } | null = null;
  private readonly graphs: GraphContext;

  constructor(
    rangeOf: (at: Located) => SourceRange,
    readonly names: LayerNames = new AutoNames()
  ) {
    this.graphs = { settings: this.settings, names, rangeOf, notices: [], callSites: new Map() };
  }

  canonicalPath(path: string): string {
    if (/^tf_keras\b|tensorflow\.python\.keras|\.layers\.experimental\b|advanced_activations|np_utils/.test(path)) {
      this.settings.version = Math.min(this.settings.version, 2) === 1 ? 1 : 2;
    }
    return canonicalPath(path);
  }

  wildcard(modules: readonly string[], name: string): Value | undefined {
    const path = wildcardPath(modules, name);
    return path === null ? undefined : new PathValue(path);
  }

  callPath(machine: Machine, path: string, args: Args, at: Located): Value {
    if (path === 'keras.Sequential') return this.models.sequential(machine, args, at);
    if (path === 'keras.Model' || path === 'keras.Functional') return this.models.functional(machine, args, at);
    if (path === 'keras.Input' || path === 'keras.layers.Input') return this.input(machine, args, at);
    const className = layerClassOf(path);
    if (className !== null) return this.layer(machine, className, args, at);
    if (DATA_CLASSES.test(path) && /\.[A-Z]\w*$/.test(path)) return new ObjectValue(path, args);
    if (/^keras\.(\w+\.)*ImageDataGenerator$/.test(path)) return new GeneratorValue();
    const merged = FUNCTIONAL_LAYERS.get(/^keras\.layers\.(?:\w+\.)*([a-z]\w*)$/.exec(path)?.[1] ?? '');
    if (merged !== undefined) {
      const [tensors, ...rest] = args.positional;
      const layer = this.layer(machine, merged, { ...args, positional: rest }, at);
      return this.apply(machine, layer, tensors === undefined ? [] : [tensors], at);
    }
    return this.operation(machine, path, args, at);
  }

  /** Functions outside `keras.layers`. */
  private operation(machine: Machine, path: string, args: Args, at: Located): Value {
    const [first] = args.positional;
    const name = path.split('.').at(-1) ?? path;
    const data = /^keras\.datasets\.(\w+)\.load_data$/.exec(path)?.[1];
    if (data !== undefined) {
      this.loaded = { name: data, at: machine.place(at) };
      const arrays = loadedData(data, args);
      if (arrays !== null) return arrays;
    }
    if (name === 'clone_model' && first instanceof ModelValue) return this.models.clone(machine, first, at);
    const array = arrayFunction(machine, path, args, at);
    if (array !== undefined) return array;
    if (path.endsWith('.clear_session')) {
      this.names.clear();
      return null;
    }
    if (/^keras\.(backend|config)\.image_data_format$/.test(path)) {
      return this.settings.dataFormat === 'channelsLast' ? 'channels_last' : 'channels_first';
    }
    if (name === 'set_image_data_format' || name === 'set_image_dim_ordering') {
      const first_ = first === 'channels_first' || first === 'th';
      this.settings.dataFormat = first_ ? 'channelsFirst' : 'channelsLast';
      return null;
    }
    if (name === 'int_shape' && first instanceof TensorValue) return this.attribute(machine, first, 'shape', at);
    if (/^keras\.applications\./.test(path)) {
      const made = /^[A-Z]/.test(name)
        ? kerasApplication(this, machine, name, args, at)
        : kerasPreprocessing(this, machine, path, args, at);
      if (made !== undefined) return made;
    }
    const tensors = tensorsIn(args.positional);
    if (tensors.length === 0) {
      if (CREATORS.test(path)) return createdArray(name, args);
      return new Unknown(t('`{0}()` is not followed', path), at);
    }
    const known = OPERATION_MODULE.test(path) ? OPERATIONS.get(name) : undefined;
    if (known === undefined) {
      const layer = this.opaqueLayer(
        machine,
        name,
        t('the operation `{0}` is not one of the layers known here', path),
        args,
        at
      );
      // Functions have no weights.
      layer.declaredParameters = { learned: 0, measured: 0 };
      return this.apply(machine, layer, tensors, at);
    }
    const extra = new Map<string, Value>();
    if (known.activation !== null) extra.set('activation', known.activation);
    const axis = argument(args, known.className === 'Concatenate' ? 1 : -1, 'axis');
    if (axis !== undefined && known.className === 'Concatenate') extra.set('axis', axis);
    const layer = this.layer(machine, known.className, { positional: [], named: extra, rest: null }, at);
    return this.apply(machine, layer, tensors, at);
  }

  /** `keras.Input(...)`: a tensor whose layer is the input. */
  private input(machine: Machine, args: Args, at: Located): Value {
    const [shape] = args.positional;
    const named = new Map(args.named);
    if (shape !== undefined) named.set('shape', shape);
    const layer = this.layer(machine, 'InputLayer', { positional: [], named, rest: args.rest }, at);
    const tensor = new TensorValue({ layer, inputs: [] }, 0);
    const batched = named.get('batch_shape');
    const stated = batched !== undefined && batched !== null;
    const given = stated ? shapeOfValue(batched, true) : shapeOfValue(named.get('shape') ?? null, false);
    if (given instanceof Unknown) {
      layer.fixedKind = { kind: 'opaque', reason: t('the input shape is not known: {0}', given.reason) };
    } else {
      tensor.shape = given;
      layer.fixedKind = { kind: 'input', shape: given, dtype: 'float32' };
    }
    layer.lastOutput = tensor;
    return tensor;
  }

  layer(machine: Machine, className: string, args: Args, at: Located): LayerValue {
    this.activity++;
    if ([...args.named.keys()].some((name) => KERAS_1.has(name)) || className === 'Convolution2D') {
      if (args.named.has('border_mode') || args.named.has('nb_filter') || args.positional.length >= 3) {
        this.settings.version = 1;
      }
    }
    const attributes = new Map<string, Value>();
    const signature = kerasSignature(className, this.settings.version) ?? [];
    let rest = args.rest;
    args.positional.forEach((value, i) => {
      const name = signature[i];
      if (name !== undefined) attributes.set(name, value);
      else rest ??= new Unknown(t('{0} is given more values by place than are known here', className), at);
    });
    for (const [name, value] of args.named) attributes.set(name, value);
    const given = attributes.get('name');
    const name = typeof given === 'string' && given !== '' ? given : this.names.next(className);
    const layer = new LayerValue(className, attributes, name, machine.place(at), stackOf(machine), rest);
    if (attributes.get('trainable') === false) layer.trainable = false;
    if (className === 'InputLayer') return layer;
    if (!isKnownLayer(className)) {
      layer.fixedKind = { kind: 'opaque', reason: t('{0} is not a Keras layer this program knows', className) };
    }
    return layer;
  }

  opaqueLayer(machine: Machine, className: string, reason: string, args: Args, at: Located): LayerValue {
    const layer = this.layer(machine, className, { ...NO_ARGS, named: args.named }, at);
    layer.fixedKind = { kind: 'opaque', reason };
    return layer;
  }

  callValue(machine: Machine, callee: LibraryValue, args: Args, at: Located): Value {
    if (callee instanceof ModelValue || callee instanceof LayerValue) {
      const first = argument(args, 0, 'inputs');
      if (callee instanceof ModelValue && first !== undefined && shapeOfData(first) !== null) {
        callee.builtShape ??= shapeOfData(first);
        return new Unknown(t('the numbers a model gives are not known'), at);
      }
      return this.apply(
        machine,
        callee,
        first === undefined ? [] : args.positional.length > 0 ? args.positional : [first],
        at
      );
    }
    return new Unknown(t('what is called here is not a layer'), at);
  }

  /** Calls a layer or model on tensors. */
  apply(machine: Machine, layer: LayerValue | ModelValue, values: readonly Value[], at: Located): Value {
    this.activity++;
    const flat = values.flatMap((value) =>
      value instanceof ListValue ? value.items : value instanceof DictValue ? [...value.entries.values()] : [value]
    );
    const tensors = flat
      .filter((value) => value instanceof TensorValue || value instanceof Unknown)
      .map((value) => (value instanceof TensorValue ? value : this.unknownTensor(machine, value, at)));
    if (tensors.length === 0)
      tensors.push(this.unknownTensor(machine, new Unknown(t('the input is not known'), at), at));
    const [value] = tensors;
    // A Sequential without an input shape is built by its first call, as in Keras.
    if (
      layer instanceof ModelValue &&
      layer.type === 'sequential' &&
      layer.builtShape === null &&
      value !== undefined
    ) {
      layer.builtShape = shapeOfTensor(value, this.graphs);
    }
    const call = { layer, inputs: tensors };
    const count = layer instanceof ModelValue && layer.type === 'functional' ? layer.outputs.length : 1;
    const outputs = Array.from({ length: Math.max(1, count) }, (_, i) => new TensorValue(call, i));
    const [first] = outputs;
    if (layer instanceof LayerValue) {
      layer.lastOutput = first ?? null;
      layer.lastInput = tensors[0] ?? null;
    }
    return first !== undefined && outputs.length === 1 ? first : new ListValue(outputs, false);
  }

  /** Stands for a value that should be a tensor; shown in the model as an opaque layer with the reason. */
  unknownTensor(machine: Machine, why: Unknown, at: Located): TensorValue {
    const layer = new LayerValue(
      '?',
      new Map(),
      this.names.next('unknown'),
      machine.place(why.at ?? at),
      stackOf(machine),
      null
    );
    layer.fixedKind = { kind: 'opaque', reason: t('the value here is not known: {0}', why.reason) };
    return new TensorValue({ layer, inputs: [] }, 0);
  }

  callMethod(machine: Machine, receiver: LibraryValue, name: string, args: Args, at: Located): Value {
    if (receiver instanceof ArrayValue) return arrayMethod(machine, receiver, name, args, at);
    if (receiver instanceof GeneratorValue) return generatorMethod(machine, name, args, at);
    if (receiver instanceof DatasetValue) return datasetMethod(machine, receiver, name, args, at);
    if (receiver instanceof ModelValue) return this.models.method(machine, receiver, name, args, at);
    if (receiver instanceof TensorValue) {
      if (name === '[]') {
        const layer = this.opaqueLayer(
          machine,
          'GetItem',
          t('slicing is not one of the layers known here'),
          NO_ARGS,
          at
        );
        return this.apply(machine, layer, [receiver], at);
      }
      if (name === 'get_shape') return this.attribute(machine, receiver, 'shape', at);
    }
    return new Unknown(t('the result of `.{0}()` is not followed', name), at);
  }

  /** The shape of a tensor while the program is still being followed. */
  shapeOf(tensor: TensorValue): Shape | null {
    return shapeOfTensor(tensor, this.graphs);
  }

  /** An input that stands for whatever the graph is called with; no summary lists it. */
  placeholder(machine: Machine, name: string, shape: Shape | null, at: Located): TensorValue {
    const layer = new LayerValue('InputLayer', new Map(), name, at, stackOf(machine), null);
    layer.isHidden = true;
    layer.fixedKind =
      shape === null
        ? { kind: 'opaque', reason: t('the code gives no input shape') }
        : { kind: 'input', shape, dtype: 'float32' };
    layer.declaredParameters = { learned: 0, measured: 0 };
    const tensor = new TensorValue({ layer, inputs: [] }, 0);
    tensor.shape = shape;
    return tensor;
  }

  attribute(machine: Machine, object: LibraryValue, name: string, at: Located): Value {
    if (object instanceof ArrayValue) return arrayAttribute(object, name, at);
    if (object instanceof DatasetValue) return datasetAttribute(object, name, at);
    if (object instanceof ModelValue) return this.models.attribute(machine, object, name, at);
    if (object instanceof TensorValue && (name === 'shape' || name === '_keras_shape')) {
      const shape = shapeOfTensor(object, this.graphs);
      return shape === null
        ? new Unknown(t('the shape of this tensor is not known'), at)
        : new ListValue([...shape], true);
    }
    if (object instanceof LayerValue) {
      if (name === 'name') return object.name;
      if (name === 'output') {
        if (object.lastOutput === null) this.apply(machine, object, [], at);
        return object.lastOutput;
      }
      if (name === 'input' && object.lastInput !== null) return object.lastInput;
      const end = name === 'output_shape' ? object.lastOutput : name === 'input_shape' ? object.lastInput : null;
      if (end !== null) return this.attribute(machine, end, 'shape', at);
    }
    return new Unknown(t('`.{0}` of a {1} is not followed', name, object.what), at);
  }

  setAttribute(_machine: Machine, object: LibraryValue, name: string, value: Value): void {
    if (name !== 'trainable' || typeof value !== 'boolean') return;
    if (object instanceof LayerValue || object instanceof ModelValue) object.trainable = value;
  }

  binary(machine: Machine, operator: string, left: Value, right: Value, at: Located): Value | null {
    if (!(left instanceof TensorValue) && !(right instanceof TensorValue)) {
      return arrayArithmetic(operator, left, right, at);
    }
    if (left instanceof TensorValue && right instanceof TensorValue) {
      const className = new Map([
        ['+', 'Add'],
        ['-', 'Subtract'],
        ['*', 'Multiply']
      ]).get(operator);
      const layer =
        className === undefined
          ? this.opaqueLayer(
              machine,
              'Operator',
              t('`{0}` between tensors is not one of the layers known here', operator),
              NO_ARGS,
              at
            )
          : this.layer(machine, className, NO_ARGS, at);
      return this.apply(machine, layer, [left, right], at);
    }
    const tensor = left instanceof TensorValue ? left : right;
    const kind = affine(operator, left, right);
    const className = new Map([
      ['+', 'Add'],
      ['-', 'Subtract'],
      ['*', 'Multiply'],
      ['/', 'TrueDivide']
    ]).get(operator);
    const layer = this.layer(machine, className ?? 'Operator', NO_ARGS, at);
    layer.fixedKind = kind ?? { kind: 'opaque', reason: t('the other side of `{0}` is not known', operator) };
    return this.apply(machine, layer, [tensor], at);
  }

  elements(_machine: Machine, value: LibraryValue, at: Located): readonly Value[] | Unknown | null {
    if (value instanceof TensorValue) return new Unknown(t('the values of a tensor are not known'), at);
    if (value instanceof ArrayValue && value.classes !== null && value.shape?.length === 1) {
      const [count] = value.shape;
      // The labels that occur, once each.
      if (count === value.classes) return Array.from({ length: count }, (_, i) => i);
    }
    return value instanceof ArrayValue || value instanceof DatasetValue
      ? new Unknown(t('how many examples there are is not known'), at)
      : null;
  }

  inherits(classValue: ClassValue): string | null {
    return this.subclasses.inherits(classValue);
  }

  callInherited(machine: Machine, self: InstanceValue, name: string, args: Args, at: Located): Value | undefined {
    return this.subclasses.callInherited(machine, self, name, args, at);
  }

  inheritedAttribute(machine: Machine, self: InstanceValue, name: string, at: Located): Value | undefined {
    return this.subclasses.inheritedAttribute(machine, self, name, at);
  }

  created(machine: Machine, instance: InstanceValue): void {
    this.activity++;
    this.subclasses.created(machine, instance);
  }

  callInstance(machine: Machine, instance: InstanceValue, args: Args, at: Located): Value {
    return this.subclasses.call(machine, instance, args, at);
  }

  /** An object of the document's own class as a layer of a Sequential: its graph is made when the shape is known. */
  layerOf(machine: Machine, instance: InstanceValue, at: Located): Value {
    const state = this.subclasses.stateOf(instance);
    if (state.model !== null || state.layer !== null) return state.model ?? state.layer;
    const { name } = instance.classValue.definition;
    const layer = this.layer(
      machine,
      name,
      { ...NO_ARGS, named: new Map([['name', state.name ?? name]]) },
      instance.at
    );
    layer.fixedKind = { kind: 'opaque', reason: t('{0} is a layer defined in this document', name) };
    layer.follow = (input) => {
      const made = this.subclasses.call(machine, instance, { ...NO_ARGS, positional: [input] }, at);
      return made instanceof TensorValue && made.call.layer instanceof ModelValue ? made.call.layer : null;
    };
    return layer;
  }

  copied(machine: Machine, value: LibraryValue | InstanceValue): Value | null {
    return value instanceof ModelValue
      ? this.models.clone(machine, value, value.at)
      : value instanceof ArrayValue
        ? value
        : null;
  }

  isInstance(value: Value, path: string): boolean | null {
    if (value instanceof LayerValue) return layerClassOf(path) === value.className || path === 'keras.layers.Layer';
    if (value instanceof ModelValue)
      return path === 'keras.Model' || (path === 'keras.Sequential' && value.type === 'sequential');
    return null;
  }

  named(_machine: Machine, value: LibraryValue | InstanceValue, name: string, atModuleLevel: boolean): void {
    if (value instanceof InstanceValue && this.inherits(value.classValue) !== null) {
      this.subclasses.named(value, name, atModuleLevel);
    }
    if (!(value instanceof ModelValue)) return;
    if (value.variable === null || (atModuleLevel && !value.variableIsGlobal)) {
      value.variable = name;
      value.variableIsGlobal = atModuleLevel;
    }
  }

  taint(value: LibraryValue, reason: Unknown): void {
    if (value instanceof ModelValue && value.type === 'sequential') value.taint ??= reason;
  }
}

export function stackOf(machine: Machine): Located[] {
  return machine.stack;
}

function tensorsIn(values: readonly Value[]): TensorValue[] {
  return values
    .flatMap((value) => (value instanceof ListValue ? value.items : [value]))
    .filter((value) => value instanceof TensorValue);
}

/** `x * 2 + 1` and the like as `scale` and `offset`; `null` where the number is not known or the form is another. */
function affine(operator: string, left: Value, right: Value): LayerKind | null {
  const number = typeof left === 'number' ? left : right;
  if (typeof number !== 'number') return null;
  const numberFirst = typeof left === 'number';
  if (operator === '*') return { kind: 'rescale', scale: number, offset: 0 };
  if (operator === '+') return { kind: 'rescale', scale: 1, offset: number };
  if (operator === '-') return { kind: 'rescale', scale: numberFirst ? -1 : 1, offset: numberFirst ? number : -number };
  if (operator === '/' && !numberFirst && number !== 0) return { kind: 'rescale', scale: 1 / number, offset: 0 };
  return null;
}
