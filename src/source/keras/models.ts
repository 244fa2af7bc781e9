/** Models of the program under analysis: made, grown, built and asked. */
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { iterated } from '../interpreter/containers';
import {
  argument,
  DictValue,
  InstanceValue,
  ListValue,
  NO_ARGS,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import { shapeFromArguments, shapeOfValue } from './inputs';
import { stackOf, type KerasLibrary } from './library';
import { shapeOfData } from './arrays';
import { depthOrder } from './order';
import { LayerValue, ModelValue, TensorValue, type TensorCall } from './values';

export class ModelTable {
  /** In the order in which they were made. */
  readonly all: ModelValue[] = [];

  private hidden = false;

  constructor(private readonly library: KerasLibrary) {}

  /** Models that `make` makes are parts of something else, no definitions. */
  anonymous<T>(make: () => T): T {
    this.hidden = true;
    try {
      return make();
    } finally {
      this.hidden = false;
    }
  }

  sequential(machine: Machine, args: Args, at: Located): ModelValue {
    const model = this.make(machine, 'sequential', 'Sequential', argument(args, 1, 'name'), at);
    const layers = argument(args, 0, 'layers');
    if (args.rest !== null) model.taint = args.rest;
    if (layers === undefined || layers === null) return model;
    const single = layers instanceof LayerValue || layers instanceof ModelValue || layers instanceof InstanceValue;
    const items = single ? [layers] : iterated(layers, at, machine);
    if (items instanceof Unknown) model.taint = items;
    else for (const item of items) this.add(machine, model, item, at);
    return model;
  }

  functional(machine: Machine, args: Args, at: Located): ModelValue {
    const model = this.make(machine, 'functional', 'Functional', argument(args, 2, 'name'), at);
    if (args.named.has('input') && !args.named.has('inputs')) this.library.settings.version = 1;
    const inputs = this.tensors(argument(args, 0, 'inputs', 'input'));
    const outputs = this.tensors(argument(args, 1, 'outputs', 'output'));
    if (inputs instanceof Unknown) model.taint = inputs;
    else model.inputs = inputs;
    if (outputs instanceof Unknown) model.taint ??= outputs;
    else model.outputs = outputs;
    return model;
  }

  private make(
    machine: Machine,
    type: ModelValue['type'],
    className: string,
    name: Value | undefined,
    at: Located
  ): ModelValue {
    this.library.activity++;
    const given = typeof name === 'string' && name !== '' ? name : this.library.names.next(className);
    const model = new ModelValue(type, given, machine.place(at), stackOf(machine), machine.conditions.length);
    if (!machine.importing && !this.hidden) this.all.push(model);
    return model;
  }

  private tensors(value: Value | undefined): TensorValue[] | Unknown {
    if (value instanceof TensorValue) return [value];
    if (value instanceof Unknown) return value;
    const items =
      value instanceof ListValue ? value.items : value instanceof DictValue ? [...value.entries.values()] : [];
    const tensors: TensorValue[] = [];
    for (const item of items) {
      const more = this.tensors(item);
      if (more instanceof Unknown) return more;
      tensors.push(...more);
    }
    return tensors.length > 0 ? tensors : new Unknown(t('the inputs or outputs of the model are not known'));
  }

  add(machine: Machine, model: ModelValue, given: Value, at: Located): void {
    this.change(machine, model);
    const value = given instanceof InstanceValue ? this.library.layerOf(machine, given, at) : given;
    if (value instanceof LayerValue || value instanceof ModelValue) {
      // Keras makes an input layer of its own where the first layer states its input shape, and numbers it.
      if (model.layers.length === 0 && value instanceof LayerValue && value.className !== 'InputLayer') {
        if (shapeFromArguments(value) !== null) this.library.names.next('InputLayer');
      }
      model.layers.push(value);
    } else if (value instanceof TensorValue && value.call.layer instanceof LayerValue) {
      model.layers.push(value.call.layer);
    } else {
      const reason = value instanceof Unknown ? value.reason : t('it is not a layer');
      const where = value instanceof Unknown ? (value.at ?? at) : at;
      model.layers.push(
        this.library.opaqueLayer(machine, 'unknown', t('this layer is not known: {0}', reason), NO_ARGS, where)
      );
    }
  }

  private change(machine: Machine, model: ModelValue): void {
    if (machine.conditions.length > model.madeUnder) {
      const reason = machine.condition?.reason ?? '';
      model.taint ??= new Unknown(t('its layers are not certain: {0}', reason), machine.condition?.at ?? null);
    }
  }

  method(machine: Machine, model: ModelValue, name: string, args: Args, at: Located): Value {
    const [first] = args.positional;
    switch (name) {
      case 'add':
        this.add(machine, model, first ?? argument(args, -1, 'layer') ?? null, at);
        return null;
      case 'pop':
        this.change(machine, model);
        return model.layers.pop() ?? null;
      case 'build': {
        const shape = shapeOfValue(argument(args, 0, 'input_shape') ?? null, true);
        if (!(shape instanceof Unknown)) model.builtShape ??= shape;
        return null;
      }
      case 'compile':
        model.compiled = { args, at };
        return null;
      case 'fit':
        model.fitted = { args, at };
        model.builtShape ??= shapeOfData(argument(args, 0, 'x') ?? null);
        return new Unknown(t('a history of training is not followed'), at);
      case 'fit_generator':
      case 'train_on_batch':
      case 'evaluate':
      case 'predict':
        // Whatever data reaches a model first builds it.
        model.builtShape ??= shapeOfData(argument(args, 0, 'x', 'generator') ?? null);
        return new Unknown(t('the numbers a model gives are not known'), at);
      case 'get_layer': {
        const index = argument(args, 1, 'index');
        const wanted = argument(args, 0, 'name');
        const place = index ?? (typeof wanted === 'number' ? wanted : null);
        const layers = this.listed(model);
        const found =
          typeof place === 'number'
            ? layers[place < 0 ? place + layers.length : place]
            : layers.find((layer) => layer.name === wanted);
        return found ?? new Unknown(t('the layer asked for is not known'), at);
      }
      default:
        return new Unknown(t('the result of `.{0}()` is not followed', name), at);
    }
  }

  attribute(machine: Machine, model: ModelValue, name: string, at: Located): Value {
    if (name === 'name') return model.name;
    if (name === 'layers') {
      const list = new ListValue([...this.listed(model)], true, machine.conditions.length, model);
      list.taint = model.taint;
      return list;
    }
    if (name === 'input_shape' || name === 'output_shape') {
      const end = this.attribute(machine, model, name.startsWith('in') ? 'input' : 'output', at);
      return end instanceof TensorValue ? this.library.attribute(machine, end, 'shape', at) : end;
    }
    if (/^(inputs?|outputs?)$/.test(name)) {
      const ends =
        model.type === 'functional'
          ? { inputs: model.inputs, outputs: model.outputs }
          : this.endsOf(machine, model, at);
      const tensors = name.startsWith('input') ? ends.inputs : ends.outputs;
      const [only] = tensors;
      if (name.endsWith('s') || tensors.length > 1) return new ListValue([...tensors], false);
      return only ?? new Unknown(t('`.{0}` of the model is not known', name), at);
    }
    return new Unknown(t('`.{0}` of a model is not followed', name), at);
  }

  /** A Sequential's layers as a chain of calls, so that its ends are tensors. */
  private endsOf(
    machine: Machine,
    model: ModelValue,
    at: Located
  ): { inputs: readonly TensorValue[]; outputs: readonly TensorValue[] } {
    if (model.ends === null) {
      const first = model.layers[0];
      const input =
        first !== undefined && first instanceof LayerValue && isInput(first)
          ? first
          : this.library.layer(machine, 'InputLayer', NO_ARGS, at);
      const start = input.lastOutput ?? new TensorValue({ layer: input, inputs: [] }, 0);
      if (input !== first && first instanceof LayerValue) {
        const stated = shapeFromArguments(first) ?? model.builtShape ?? new Unknown(t('the code gives no input shape'));
        input.fixedKind =
          stated instanceof Unknown
            ? { kind: 'opaque', reason: stated.reason }
            : { kind: 'input', shape: stated, dtype: 'float32' };
      }
      let last: Value = start;
      for (const layer of model.layers) {
        if (layer !== input) last = this.library.apply(machine, layer, [last], at);
      }
      model.ends = { input: start, output: last instanceof TensorValue ? last : start };
    }
    return { inputs: [model.ends.input], outputs: [model.ends.output] };
  }

  /** `model.layers`: without the input of a Sequential. */
  private listed(model: ModelValue): readonly (LayerValue | ModelValue)[] {
    if (model.type === 'sequential') return model.layers.filter((layer) => !isInput(layer));
    return depthOrder(model.inputs, model.outputs).layers;
  }

  /** `keras.models.clone_model(model)`: the same layers with weights of their own. */
  clone(machine: Machine, model: ModelValue, at: Located): ModelValue {
    const copies = new Map<LayerValue | ModelValue, LayerValue | ModelValue>();
    const copyOf = (layer: LayerValue | ModelValue): LayerValue | ModelValue => {
      const known = copies.get(layer);
      if (known !== undefined) return known;
      const copy =
        layer instanceof ModelValue
          ? this.anonymous(() => this.clone(machine, layer, at))
          : copyLayer(layer, (inner) => this.anonymous(() => this.clone(machine, inner, at)));
      copies.set(layer, copy);
      return copy;
    };
    const clone = this.make(machine, model.type, 'Model', model.name, at);
    clone.className = model.className;
    clone.taint = model.taint;
    clone.builtShape = model.builtShape;
    clone.layers.push(...model.layers.map(copyOf));
    const calls = new Map<TensorCall, TensorCall>();
    const tensorOf = (tensor: TensorValue): TensorValue => {
      const call = calls.get(tensor.call);
      const copy = new TensorValue(call ?? { layer: copyOf(tensor.call.layer), inputs: [] }, tensor.output);
      copy.shape = tensor.shape;
      return copy;
    };
    for (const call of model.type === 'functional' ? depthOrder(model.inputs, model.outputs).calls : []) {
      calls.set(call, { layer: copyOf(call.layer), inputs: call.inputs.map(tensorOf) });
    }
    clone.inputs = model.inputs.map(tensorOf);
    clone.outputs = model.outputs.map(tensorOf);
    return clone;
  }
}

function copyLayer(layer: LayerValue, cloneOf: (model: ModelValue) => ModelValue): LayerValue {
  const copy = new LayerValue(layer.className, layer.attributes, layer.name, layer.at, layer.stack, layer.rest);
  copy.trainable = layer.trainable;
  copy.fixedKind = layer.fixedKind;
  copy.declaredParameters = layer.declaredParameters;
  copy.isHidden = layer.isHidden;
  const { follow } = layer;
  if (follow !== null) {
    let made: ModelValue | null = null;
    copy.follow = (input) => {
      const inner = made === null ? follow(input) : null;
      made ??= inner === null ? null : cloneOf(inner);
      return made;
    };
  }
  return copy;
}

function isInput(layer: LayerValue | ModelValue): boolean {
  return layer instanceof LayerValue && layer.className === 'InputLayer';
}
