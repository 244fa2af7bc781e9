/** A call of `keras.applications.<name>(…)`: the recorded rows as layers, tensors and a functional model of the interpreter. */
import type { Shape } from '../../core/shape';
import { t } from '../../core/texts';
import type { Machine } from '../interpreter/machine';
import { ListValue, NO_ARGS, ObjectValue, type Args, type Value } from '../interpreter/values';
import { stackOf, type KerasLibrary } from '../keras/library';
import { LayerValue, ModelValue, TensorValue } from '../keras/values';
import type { Located } from '../python/ast';
import { chosenNetwork, type Chosen } from './kerasArguments';
import { kerasNetwork, type Row } from './kerasNetworks';

/**
 * @param name `ResNet50`
 * @returns the model; an opaque layer with the reason where an argument is not known, or where Keras would refuse it
 */
export function kerasApplication(
  library: KerasLibrary,
  machine: Machine,
  name: string,
  args: Args,
  at: Located
): ModelValue | LayerValue {
  const network = kerasNetwork(name);
  const chosen =
    network === null
      ? t('the pretrained network {0} is not known here', name)
      : typeof network === 'string'
        ? network
        : chosenNetwork(library, name, network, args);
  if (typeof chosen === 'string') return library.opaqueLayer(machine, name, chosen, NO_ARGS, at);
  const made = new Builder(library, machine, chosen, at);
  return made.model();
}

class Builder {
  private readonly automatic = new Map<string, string>();

  constructor(
    private readonly library: KerasLibrary,
    private readonly machine: Machine,
    private readonly chosen: Chosen,
    private readonly at: Located
  ) {
    this.nameAll();
  }

  model(): ModelValue {
    const { rows, name, inputTensor } = this.chosen;
    const tensors: TensorValue[] = [];
    for (const [index, row] of rows.entries()) {
      this.machine.tick();
      const inputs = row[3].map((place) => tensors[place]).filter((tensor) => tensor !== undefined);
      tensors.push(index === 0 ? this.input() : this.call(row, inputs));
    }
    const [first] = tensors;
    const last = tensors.at(-1);
    const inputs = inputTensor === null ? [first] : sourcesOf(inputTensor);
    const known = inputs.filter((tensor) => tensor !== undefined);
    const ends = [new ListValue(known, false), last ?? null, name];
    return this.library.models.functional(this.machine, { ...NO_ARGS, positional: ends }, this.at);
  }

  /** Automatic names in the order in which Keras makes the layers. */
  private nameAll(): void {
    const places = this.chosen.rows
      .filter((row) => typeof row[1] === 'number' && !(row[0] === 'InputLayer' && this.chosen.inputTensor !== null))
      .sort((a, b) => Number(a[1]) - Number(b[1]));
    for (const [className, place] of places) {
      this.automatic.set(`${className} ${place}`, this.library.names.next(className));
    }
  }

  private nameOf(className: string, name: string | number): string {
    if (typeof name === 'number') return this.automatic.get(`${className} ${name}`) ?? className;
    return name.startsWith('@') ? this.chosen.name + name.slice(1) : name;
  }

  private input(): TensorValue {
    const { inputTensor, shape } = this.chosen;
    if (inputTensor !== null) return inputTensor;
    const layer = this.layer('InputLayer', 0, new Map());
    layer.fixedKind = { kind: 'input', shape, dtype: 'float32' };
    const tensor = new TensorValue({ layer, inputs: [] }, 0);
    tensor.shape = shape;
    layer.lastOutput = tensor;
    return tensor;
  }

  private call([className, name, attributes]: Row, inputs: readonly TensorValue[]): TensorValue {
    const made =
      className === 'Sequential'
        ? this.sequential(this.nameOf(className, name), attributes['layers'])
        : className === 'CustomScaleLayer'
          ? this.scaledSum(this.nameOf(className, name), Number(attributes['scale']))
          : this.layer(className, name, this.attributesOf(attributes, inputs));
    const output = this.library.apply(this.machine, made, inputs, this.at);
    if (!(output instanceof TensorValue)) throw new Error(`${className} has several outputs`);
    return output;
  }

  private layer(className: string, name: string | number, attributes: ReadonlyMap<string, Value>): LayerValue {
    const { machine, at } = this;
    const layer = new LayerValue(
      className,
      attributes,
      this.nameOf(className, name),
      machine.place(at),
      stackOf(machine),
      null
    );
    layer.fixedKind = fixedKindOf(className, attributes);
    return layer;
  }

  private sequential(name: string, layers: unknown): ModelValue {
    const { machine, at } = this;
    const model = new ModelValue('sequential', name, machine.place(at), stackOf(machine), machine.conditions.length);
    for (const [className, inner, attributes] of layers as readonly Row[]) {
      model.layers.push(this.layer(className, inner, this.attributesOf(attributes, [])));
    }
    return model;
  }

  /** InceptionResNetV2's `CustomScaleLayer`: the first value and `scale` times the second. */
  private scaledSum(name: string, scale: number): ModelValue {
    const { library, machine, at } = this;
    // Pictures of whatever size the layer is called with.
    const shape = [null, null, null, null];
    const [first, second] = ['first', 'second'].map((input) => library.placeholder(machine, input, shape, at));
    const part = (className: string, own: string, attributes: ReadonlyMap<string, Value>, inputs: Value[]) => {
      const layer = new LayerValue(className, attributes, own, machine.place(at), stackOf(machine), null);
      layer.fixedKind = fixedKindOf(className, attributes);
      return library.apply(machine, layer, inputs, at);
    };
    const scaled = part('Multiply', 'scale', new Map([['scale', scale]]), [second ?? null]);
    const sum = part('Add', 'add', new Map(), [first ?? null, scaled]);
    const model = new ModelValue('functional', name, machine.place(at), stackOf(machine), machine.conditions.length);
    model.className = 'CustomScaleLayer';
    model.inputs = [first, second].filter((tensor) => tensor !== undefined);
    model.outputs = sum instanceof TensorValue ? [sum] : [];
    return model;
  }

  private attributesOf(attributes: Row[2], inputs: readonly TensorValue[]): Map<string, Value> {
    return new Map(Object.entries(attributes).map(([key, value]) => [key, this.valueOf(value, inputs)]));
  }

  private valueOf(value: unknown, inputs: readonly TensorValue[]): Value {
    if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
      return value;
    }
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      return new ListValue(
        items.map((item) => this.valueOf(item, inputs)),
        true
      );
    }
    const given = value as { $?: string; kernel?: number; class_name?: string; config?: Row[2] };
    if (given.$ === 'pad') {
      const [input] = inputs;
      return correctPad(input === undefined ? null : this.library.shapeOf(input), given.kernel ?? 1);
    }
    if (given.$ !== undefined) return this.chosen.marks.get(given.$) ?? null;
    const named = this.attributesOf(given.config ?? {}, inputs);
    return new ObjectValue(`keras.initializers.${given.class_name ?? ''}`, { ...NO_ARGS, named });
  }
}

/**
 * The padding before a strided window, `keras.src.applications.imagenet_utils.correct_pad`: one less in front where the
 * size is even, and where the height is not known.
 */
function correctPad(shape: Shape | null, kernel: number): ListValue {
  const half = Math.floor(kernel / 2);
  const [height, width] = [shape?.[1] ?? null, shape?.[2] ?? null];
  const adjust = (size: number | null) => (height === null || size === null ? 1 : 1 - (size % 2));
  const pair = (size: number | null) => new ListValue([half - adjust(size), half], true);
  return new ListValue([pair(height), pair(width)], true);
}

/** Rows that are no class of Keras's layers: arithmetic with a number, and ConvNeXt's factor for each channel. */
function fixedKindOf(className: string, attributes: ReadonlyMap<string, Value>): LayerValue['fixedKind'] {
  const [scale, offset] = [attributes.get('scale'), attributes.get('offset')];
  if (/^(Add|Subtract|Multiply|TrueDivide)$/.test(className) && typeof scale === 'number') {
    return { kind: 'rescale', scale, offset: typeof offset === 'number' ? offset : 0 };
  }
  if (className !== 'LayerScale') return null;
  return {
    kind: 'depthwiseConv',
    rank: 2,
    depthMultiplier: 1,
    kernelSize: [1, 1],
    strides: [1, 1],
    padding: { type: 'valid' },
    dilation: [1, 1],
    dataFormat: 'channelsLast',
    useBias: false,
    activation: { name: 'linear' }
  };
}

/** The inputs that a tensor is computed from. */
function sourcesOf(tensor: TensorValue): TensorValue[] {
  const sources = new Set<TensorValue>();
  const seen = new Set<TensorValue>();
  const open = [tensor];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (one.call.inputs.length === 0) sources.add(one);
    open.push(...one.call.inputs);
  }
  return [...sources];
}
