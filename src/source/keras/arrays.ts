/** Arrays and data sets of which only the shape matters: what `load_data` gives, through reshaping and indexing. */
import type { Dim, Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { callValue } from '../interpreter/calls';
import type { Machine } from '../interpreter/machine';
import {
  argument,
  FunctionValue,
  LibraryValue,
  ListValue,
  NO_ARGS,
  ObjectValue,
  SliceValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
import type { Located } from '../python/ast';
import { shapeOfValue } from './inputs';

/** Something done to every number of an array, in the order of the code. */
export interface ArrayStep {
  readonly operator: '+' | '-' | '*' | '/';
  readonly value: number;
  readonly at: Located;
}

/** An array; `null` sizes are not known. */
export class ArrayValue extends LibraryValue {
  readonly what = 'array';
  constructor(
    readonly shape: Shape | null,
    readonly steps: readonly ArrayStep[] = [],
    /** All the labels of a known data set: how many classes they are of, counted from 0. */
    readonly classes: number | null = null
  ) {
    super();
  }

  /** Some of the numbers, or others. */
  with(shape: Shape | null): ArrayValue {
    return new ArrayValue(shape, this.steps);
  }

  /** All of the numbers in another shape. */
  reshaped(shape: Shape | null): ArrayValue {
    return new ArrayValue(shape, this.steps, this.classes);
  }
}

/** A `tf.data.Dataset` or a generator: the shape of what one step gives as input, the batch first. */
export class DatasetValue extends LibraryValue {
  readonly what = 'dataset';
  constructor(
    readonly shape: Shape | null,
    /** The names of its classes, where the program states them. */
    readonly classes: readonly string[] | null = null
  ) {
    super();
  }
}

const SHAPES: ReadonlyMap<string, readonly [Shape, Shape]> = new Map<string, readonly [Shape, Shape]>([
  ['mnist', [[60000, 28, 28], [60000]]],
  ['fashion_mnist', [[60000, 28, 28], [60000]]],
  [
    'cifar10',
    [
      [50000, 32, 32, 3],
      [50000, 1]
    ]
  ],
  [
    'cifar100',
    [
      [50000, 32, 32, 3],
      [50000, 1]
    ]
  ]
]);

/** `(x_train, y_train), (x_test, y_test)`; `null` for a data set whose shapes are not fixed. */
export function loadedData(name: string, args: Args): ListValue | null {
  const known = SHAPES.get(name);
  if (known === undefined) return null;
  // `label_mode='coarse'` gives fewer classes than the name of the data set says.
  const isPlain = name !== 'cifar100' || (args.positional.length === 0 && args.named.size === 0 && args.rest === null);
  const classes = isPlain ? (name === 'cifar100' ? 100 : 10) : null;
  const part = (rows: number): ListValue =>
    new ListValue(
      known.map((shape, i) => new ArrayValue([rows, ...shape.slice(1)], [], i === 1 ? classes : null)),
      true
    );
  return new ListValue([part(known[0][0] ?? 0), part(10000)], true);
}

/** The shape a model is called with on a value of data, the batch left open; `null` where it is not known. */
export function shapeOfData(value: Value): Shape | null {
  if (value instanceof ArrayValue) return value.shape === null ? null : [null, ...value.shape.slice(1)];
  if (value instanceof DatasetValue) return value.shape;
  if (value instanceof ObjectValue) {
    const shape = shapeOfValue(argument(value.args, 0, 'shape', 'size') ?? null, true);
    return shape instanceof Unknown ? null : shape;
  }
  return null;
}

/** `np.zeros((8, 28, 28))`, `np.random.rand(8, 28, 28)`, `tf.random.normal([1, 32, 32, 3])`. */
export function createdArray(name: string, args: Args): ArrayValue {
  const stated = argument(args, -1, 'shape', 'size') ?? args.positional.find((value) => value instanceof ListValue);
  const [first] = args.positional;
  const numbers = /^(rand|randn)$/.test(name)
    ? args.positional
    : typeof first === 'number' && stated === undefined
      ? [first]
      : [];
  const items = stated instanceof ListValue ? stated.items : typeof stated === 'number' ? [stated] : numbers;
  return new ArrayValue(items.length === 0 ? null : items.map((item) => (typeof item === 'number' ? item : null)));
}

/** A method of an array. */
export function arrayMethod(machine: Machine, array: ArrayValue, name: string, args: Args, at: Located): Value {
  const [first] = args.positional;
  switch (name) {
    case 'astype':
    case 'copy':
    case 'numpy':
      return array;
    case 'reshape': {
      const items = first instanceof ListValue ? first.items : args.positional;
      return array.reshaped(reshaped(array.shape, items));
    }
    case '[]': {
      const parts = first instanceof ListValue && first.isTuple ? first.items : [first ?? null];
      const shape = indexedShape(array.shape, parts);
      return takesAll(array.shape, parts) ? array.reshaped(shape) : array.with(shape);
    }
    case '[]=':
      return null;
    case 'flatten':
    case 'ravel':
      return array.reshaped(reshaped(array.shape, [-1]));
    case 'squeeze':
      return array.reshaped(args.positional.length > 0 ? null : squeezed(array.shape));
    case 'max':
      if (array.classes !== null && args.positional.length === 0 && args.named.size === 0) return array.classes - 1;
      return new Unknown(t('the numbers of the data are not known'), at);
    case 'mean':
    case 'std':
    case 'min':
    case 'sum':
      return new Unknown(t('the numbers of the data are not known'), at);
    default:
      machine.tick();
      return new Unknown(t('the result of `.{0}()` is not followed', name), at);
  }
}

export function arrayAttribute(array: ArrayValue, name: string, at: Located): Value {
  if (name === 'shape' && array.shape !== null) return sizes(array.shape, at);
  if (name === 'ndim' && array.shape !== null) return array.shape.length;
  return new Unknown(t('`.{0}` of the data is not known', name), at);
}

function sizes(shape: Shape, at: Located): ListValue {
  return new ListValue(
    shape.map((size) => size ?? new Unknown(t('how many examples there are is not known'), at)),
    true
  );
}

/** `array / 255`; numbers that are not known leave the shape. */
export function arrayArithmetic(operator: string, left: Value, right: Value, at: Located): Value | null {
  const array = left instanceof ArrayValue ? left : right instanceof ArrayValue ? right : null;
  if (array === null) return null;
  const number = left instanceof ArrayValue ? right : left;
  if (left instanceof ArrayValue && typeof number === 'number' && isStep(operator)) {
    return new ArrayValue(array.shape, [...array.steps, { operator, value: number, at }]);
  }
  return array;
}

function isStep(operator: string): operator is ArrayStep['operator'] {
  return ['+', '-', '*', '/'].includes(operator);
}

/** Functions of NumPy and of Keras on arrays; `undefined` for others. */
export function arrayFunction(machine: Machine, path: string, args: Args, at: Located): Value | undefined {
  const [first, second] = args.positional;
  const name = path.split('.').at(-1) ?? path;
  if (/^sklearn\.model_selection\.train_test_split$/.test(path)) {
    return new ListValue(
      args.positional.flatMap((value) => {
        const part =
          value instanceof ArrayValue && value.shape !== null ? value.with([null, ...value.shape.slice(1)]) : value;
        return [part, part];
      }),
      true
    );
  }
  if (/image_dataset_from_directory$/.test(path)) return directoryData(args);
  if (/\.to_categorical$/.test(path) && first instanceof ArrayValue) {
    const classes = argument(args, 1, 'num_classes', 'nb_classes') ?? first.classes;
    return new ArrayValue([first.shape?.[0] ?? null, typeof classes === 'number' ? classes : null]);
  }
  // An array of whatever it is: what is done to it later may tell its shape.
  if (/^numpy\.(array|asarray|load|stack|vstack|concatenate)$/.test(path) && !(first instanceof ArrayValue))
    return new ArrayValue(null);
  if (!/^(numpy|tensorflow|keras\.ops|keras\.backend)\.\w+$/.test(path) || !(first instanceof ArrayValue))
    return undefined;
  switch (name) {
    case 'expand_dims': {
      const axis = argument(args, 1, 'axis');
      return typeof axis === 'number' ? first.with(expanded(first.shape, axis)) : first.with(null);
    }
    case 'unique':
      return first.classes !== null && args.named.size === 0
        ? new ArrayValue([first.classes], [], first.classes)
        : new Unknown(t('the numbers of the data are not known'), at);
    case 'max':
    case 'amax':
    case 'squeeze':
      return arrayMethod(
        machine,
        first,
        name === 'amax' ? 'max' : name,
        { ...args, positional: args.positional.slice(1) },
        at
      );
    case 'reshape':
      return first.reshaped(reshaped(first.shape, second instanceof ListValue ? second.items : [second ?? null]));
    case 'array':
    case 'asarray':
    case 'float32':
    case 'cast':
    case 'convert_to_tensor':
      return first;
    case 'concatenate':
    case 'vstack':
      return first.shape === null ? first : first.with([null, ...first.shape.slice(1)]);
    default:
      machine.tick();
      return new Unknown(t('the result of `{0}()` is not known', name), at);
  }
}

/** Images of a folder: `image_size` high and wide, three channels unless they are grey. */
function directoryData(args: Args): Value {
  const size = argument(args, -1, 'image_size');
  const mode = argument(args, -1, 'color_mode');
  const channels = mode === 'grayscale' ? 1 : mode === 'rgba' ? 4 : 3;
  const items = size === undefined ? [256, 256] : size instanceof ListValue ? size.items : [];
  const dims = items.filter((item) => typeof item === 'number');
  const data = new DatasetValue(dims.length === 2 ? [null, ...dims, channels] : null);
  return args.named.get('subset') === 'both' ? new ListValue([data, data], true) : data;
}

/** Steps between batches leave their shape. */
export function datasetMethod(machine: Machine, data: DatasetValue, name: string, args: Args, at: Located): Value {
  if (/^(cache|shuffle|prefetch|take|skip|repeat|with_options|shard)$/.test(name)) return data;
  machine.tick();
  if (name === 'map') return new DatasetValue(mappedShape(machine, data, args, at));
  return args.rest ?? new Unknown(t('the result of `.{0}()` is not followed', name), at);
}

/** The shape behind the document's own function on each step. */
function mappedShape(machine: Machine, data: DatasetValue, args: Args, at: Located): Shape | null {
  const change = argument(args, 0, 'map_func');
  if (!(change instanceof FunctionValue) || data.shape === null) return null;
  const positional = [new ArrayValue(data.shape), new ArrayValue(null)];
  const result = callValue(machine, change, { ...NO_ARGS, positional }, at);
  const first = result instanceof ListValue && result.taint === null ? result.items[0] : result;
  return first instanceof ArrayValue ? first.shape : null;
}

/** What a loop over a data set sees: its shape, not how many there are. */
export function datasetElement(data: DatasetValue): Value {
  return new ListValue([new ArrayValue(data.shape), new ArrayValue([null])], true);
}

function reshaped(shape: Shape | null, target: readonly Value[]): Shape | null {
  const dims = target.map((value): Dim => (typeof value === 'number' && value >= 0 ? value : null));
  const open = dims.filter((size) => size === null).length;
  const total =
    shape === null || shape.includes(null) ? null : shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  if (open !== 1 || total === null) return dims;
  const rest = dims.reduce<number>((product, size) => product * (size ?? 1), 1);
  return dims.map((size) => size ?? (rest > 0 && total % rest === 0 ? total / rest : null));
}

function expanded(shape: Shape | null, axis: number): Shape | null {
  if (shape === null) return null;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
}

function squeezed(shape: Shape | null): Shape | null {
  return shape === null || shape.includes(null) ? null : shape.filter((size) => size !== 1);
}

/** Whether an index leaves no number out. */
function takesAll(shape: Shape | null, parts: readonly Value[]): boolean {
  return parts.every(
    (part, axis) =>
      (part instanceof SliceValue && isWhole(part)) ||
      (part === 0 &&
        shape !== null &&
        shape[axis] === 1 &&
        !parts.slice(0, axis).some((one) => one === null || one === '...'))
  );
}

/** `x[:1000]`, `x[..., None]`, `x[0]`. */
function indexedShape(shape: Shape | null, parts: readonly Value[]): Shape | null {
  if (shape === null) return null;
  const used = parts.filter((part) => part !== null && part !== '...').length;
  const result: Dim[] = [];
  let axis = 0;
  for (const part of parts) {
    if (part === null) result.push(1);
    else if (part === '...') {
      const end = axis + shape.length - used;
      while (axis < end) result.push(shape[axis++] ?? null);
    } else {
      const size = shape[axis++] ?? null;
      if (part instanceof SliceValue) result.push(isWhole(part) ? size : sliced(size, part));
      else if (part instanceof Unknown || part instanceof LibraryValue) result.push(null);
    }
  }
  return [...result, ...shape.slice(axis)];
}

const isWhole = ({ start, stop, step }: SliceValue): boolean => start === null && stop === null && step === null;

function sliced(size: Dim, { start, stop, step }: SliceValue): Dim {
  if (size === null || step !== null) return null;
  const place = (value: Value, fallback: number): number | null =>
    value === null ? fallback : typeof value === 'number' ? (value < 0 ? value + size : Math.min(value, size)) : null;
  const from = place(start, 0);
  const to = place(stop, size);
  return from === null || to === null ? null : Math.max(0, to - from);
}
