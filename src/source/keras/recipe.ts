/** `compile`, `fit` and `load_data` as a recipe of training: literal values with the lines they stand on. */
import type { NamedChoice, Stated, TrainingRecipe } from '../../core/trainingRecipe';
import { argument, ListValue, NO_ARGS, ObjectValue, PathValue, Unknown, type Args, type Value } from '../interpreter/values';
import type { Argument, Located } from '../python/ast';
import { ArrayValue } from './arrays';
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

type LineOf = (at: Located) => number;

/** @returns `undefined` where the code says nothing about training */
export function recipeOf(
  { compiled, fitted }: Pick<ModelValue, 'compiled' | 'fitted'>,
  loaded: { readonly name: string; readonly at: Located } | null,
  lineOf: LineOf
): TrainingRecipe | undefined {
  if (compiled === null && fitted === null && loaded === null) return undefined;
  const compile = readerOf(compiled, COMPILE, lineOf);
  const fit = readerOf(fitted, FIT, lineOf);
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
    data: loaded === null ? null : { value: loaded.name, line: lineOf(loaded.at) },
    ...inputSteps(fitted, lineOf)
  };
}

/** What was done to the array that `fit` is given. */
function inputSteps(fitted: MethodCall | null, lineOf: LineOf): Pick<TrainingRecipe, 'inputSteps'> {
  const x = fitted === null ? undefined : argument(fitted.args, 0, 'x');
  if (!(x instanceof ArrayValue) || x.steps.length === 0) return {};
  return { inputSteps: x.steps.map(({ operator, value, at }) => ({ value: { operator, value }, line: lineOf(at) })) };
}

type Reader = <T>(name: string, read: (value: Value) => T | null) => Stated<T> | null;

function readerOf(call: MethodCall | null, order: readonly string[], lineOf: LineOf): Reader {
  return (name, read) => {
    const { args, at } = call ?? { args: NO_ARGS, at: { from: 0, to: 0 } };
    const place = order.indexOf(name);
    const value = args.named.get(name) ?? args.positional[place];
    if (value === undefined || value === null) return null;
    return { value: read(value), line: lineOf(argumentAt(at, name, place) ?? at) };
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
