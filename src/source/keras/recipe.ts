/** `compile`, `fit` and `load_data` as a recipe of training: literal values with the lines they stand on. */
import type { SourceRange } from '../../core/model';
import type { NamedChoice, Stated, TrainingRecipe } from '../../core/trainingRecipe';
import { ListValue, NO_ARGS, ObjectValue, PathValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Argument, Located } from '../python/ast';
import type { MethodCall, ModelValue } from './values';

/** Keras 3's order of arguments given by place. */
const COMPILE = ['optimizer', 'loss', 'loss_weights', 'metrics'];
const FIT = [
  'x',
  'y',
  'batch_size',
  'epochs',
  'verbose',
  'callbacks',
  'validation_split',
  'validation_data',
  'shuffle'
];

/** First arguments by place of the classes that are usually given any. */
const FIRST: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^keras\.optimizers\./, ['learning_rate']],
  [/Crossentropy$/, ['from_logits']],
  [/\.EarlyStopping$/, ['monitor', 'min_delta', 'patience']],
  [/\.ReduceLROnPlateau$/, ['monitor', 'factor', 'patience']]
];

type RangeOf = (at: Located) => SourceRange;

/** @returns `undefined` where the code says nothing about training */
export function recipeOf(
  { compiled, fitted }: Pick<ModelValue, 'compiled' | 'fitted'>,
  loaded: { readonly name: string; readonly at: Located } | null,
  rangeOf: RangeOf
): TrainingRecipe | undefined {
  if (compiled === null && fitted === null && loaded === null) return undefined;
  const compile = readerOf(compiled, COMPILE, rangeOf);
  const fit = readerOf(fitted, FIT, rangeOf);
  const callbacks = fit('callbacks', (value) =>
    value instanceof ListValue && value.taint === null ? value.items : null);
  const callback = (name: string): Stated<NamedChoice> | null => {
    const found = callbacks?.value?.find((one) => one instanceof ObjectValue && one.path.endsWith(`.${name}`));
    return found === undefined || callbacks === null ? null : { value: choiceOf(found), line: callbacks.line };
  };
  return {
    optimizer: compile('optimizer', choiceOf),
    loss: compile('loss', choiceOf),
    metrics: compile('metrics', namesOf),
    epochs: fit('epochs', numberOf),
    batchSize: fit('batch_size', numberOf),
    validationSplit: fit('validation_split', numberOf),
    shuffle: fit('shuffle', (value) => (typeof value === 'boolean' ? value : null)),
    earlyStopping: callback('EarlyStopping'),
    reduceOnPlateau: callback('ReduceLROnPlateau'),
    data: loaded === null ? null : { value: loaded.name, line: rangeOf(loaded.at).startLine },
    ...(compiled === null ? {} : { compileCall: rangeOf(compiled.at) }),
    ...(fitted === null ? {} : { fitCall: rangeOf(fitted.at) })
  };
}

type Reader = <T>(name: string, read: (value: Value) => T | null) => Stated<T> | null;

function readerOf(call: MethodCall | null, order: readonly string[], rangeOf: RangeOf): Reader {
  return (name, read) => {
    const { args, at } = call ?? { args: NO_ARGS, at: { from: 0, to: 0 } };
    const place = order.indexOf(name);
    const value = args.named.get(name) ?? args.positional[place];
    if (value === undefined || value === null) return null;
    return { value: read(value), line: rangeOf(argumentAt(at, name, place) ?? at).startLine };
  };
}

/** Where the argument stands, if the call is still known as one. */
function argumentAt(at: Located, name: string, place: number): Located | null {
  if (!('args' in at) || !Array.isArray(at.args)) return null;
  const args = at.args as readonly Argument[];
  return args.find((one) => one.name === name) ?? args.filter((one) => one.name === null)[place] ?? null;
}

const numberOf = (value: Value): number | null => (typeof value === 'number' ? value : null);

/** A word, a class, or an instance with literal arguments. */
function choiceOf(value: Value): NamedChoice | null {
  if (typeof value === 'string') return { name: value, parameters: {}, unread: [] };
  if (value instanceof PathValue) return { name: last(value.path), parameters: {}, unread: [] };
  if (!(value instanceof ObjectValue)) return null;
  const parameters: Record<string, number | boolean | string> = {};
  const unread: string[] = [];
  for (const [name, given] of argumentsOf(value.path, value.args)) {
    if (typeof given === 'number' || typeof given === 'boolean' || typeof given === 'string') parameters[name] = given;
    else if (given !== null) unread.push(name);
  }
  return { name: last(value.path), parameters, unread };
}

function argumentsOf(path: string, args: Args): (readonly [string, Value])[] {
  const names = FIRST.find(([pattern]) => pattern.test(path))?.[1] ?? [];
  const placed = args.positional.map((value, i): readonly [string, Value] => [names[i] ?? `argument ${i + 1}`, value]);
  const rest: (readonly [string, Value])[] = args.rest === null ? [] : [['**', args.rest]];
  return [...placed, ...args.named, ...rest];
}

function namesOf(value: Value): readonly string[] | null {
  if (!(value instanceof ListValue) || value.taint !== null) {
    const one = value instanceof Unknown ? null : choiceOf(value);
    return one === null ? null : [one.name];
  }
  const names = value.items.map((item) => choiceOf(item)?.name ?? null);
  return names.includes(null) ? null : names.filter((name) => name !== null);
}

const last = (path: string): string => path.split('.').at(-1) ?? path;
