/** `ImageDataGenerator` of Keras: what its generators give a model, and how many classes they know of. */
import { t } from '../../core/texts';
import type { Dim } from '../../core/shape';
import type { Machine } from '../interpreter/machine';
import { argument, DictValue, LibraryValue, ListValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import { DatasetValue, shapeOfData } from './arrays';

/** An `ImageDataGenerator`; how it changes pictures leaves their size. */
export class GeneratorValue extends LibraryValue {
  readonly what = 'generator';
}

/** Where the size of the pictures stands among the arguments by place. */
const PLACES: ReadonlyMap<string, { readonly size: number; readonly color: number; readonly classes: number }> =
  new Map([
    ['flow_from_directory', { size: 1, color: 2, classes: 3 }],
    ['flow_from_dataframe', { size: 5, color: 6, classes: 7 }]
  ]);

/** A method of an `ImageDataGenerator`. */
export function generatorMethod(machine: Machine, name: string, args: Args, at: Located): Value {
  if (name === 'fit') return null;
  if (name === 'flow') return new DatasetValue(shapeOfData(argument(args, 0, 'x') ?? null));
  const places = PLACES.get(name);
  if (places === undefined || args.rest !== null) {
    machine.tick();
    return args.rest ?? new Unknown(t('the result of `.{0}()` is not followed', name), at);
  }
  const size = argument(args, places.size, 'target_size');
  const mode = argument(args, places.color, 'color_mode') ?? 'rgb';
  const classes = argument(args, places.classes, 'classes');
  const channels = { grayscale: 1, rgb: 3, rgba: 4 }[String(mode)] ?? null;
  const items = size === undefined ? [256, 256] : size instanceof ListValue && size.taint === null ? size.items : [];
  const sizes = items.map((item): Dim => (typeof item === 'number' ? item : null));
  return new DatasetValue(sizes.length === 2 ? [null, ...sizes, channels] : null, classNames(classes));
}

function classNames(value: Value | undefined): readonly string[] | null {
  if (!(value instanceof ListValue) || value.taint !== null) return null;
  const names = value.items.filter((item) => typeof item === 'string');
  return names.length === value.items.length && names.length > 0 ? names : null;
}

/** What a generator says of its data: `gen.image_shape`, `gen.num_classes`, `gen.class_indices`. */
export function datasetAttribute(data: DatasetValue, name: string, at: Located): Value {
  const { classes, shape } = data;
  if (name === 'image_shape' && shape?.every((size, axis) => axis === 0 || size !== null) === true)
    return new ListValue(shape.slice(1), true);
  if (name === 'num_classes' && classes !== null) return classes.length;
  if (name === 'class_indices' && classes !== null) {
    return new DictValue(new Map(classes.map((one, i): [string, Value] => [one, i])));
  }
  return new Unknown(t('`.{0}` of the data is not known', name), at);
}
