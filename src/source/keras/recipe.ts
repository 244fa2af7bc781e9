/** `compile`, `fit` and `load_data` as a recipe of training: literal values with the lines they stand on. */
import type { SourceRange } from '../../core/model';
import type { NamedChoice, Stated, TrainingRecipe } from '../../core/trainingRecipe';
import {
  argument,
  DictValue,
  FunctionValue,
  ListValue,
  NO_ARGS,
  ObjectValue,
  PathValue,
  Unknown,
  type Args,
  type Value
} from '../interpreter/values';
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
  'shuffle',
  'class_weight'
];

/** First arguments by place of the classes that are usually given any. */
const FIRST: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.(ExponentialDecay|InverseTimeDecay)$/, ['initial_learning_rate', 'decay_steps', 'decay_rate', 'staircase']],
  [/\.CosineDecay$/, ['initial_learning_rate', 'decay_steps', 'alpha']],
  [/\.CosineDecayRestarts$/, ['initial_learning_rate', 'first_decay_steps', 't_mul', 'm_mul', 'alpha']],
  [/\.PiecewiseConstantDecay$/, ['boundaries', 'values']],
  [/\.PolynomialDecay$/, ['initial_learning_rate', 'decay_steps', 'end_learning_rate', 'power', 'cycle']],
  [/\.LearningRateScheduler$/, ['schedule']],
  [/^keras\.optimizers\./, ['learning_rate']],
  [/Crossentropy$/, ['from_logits']],
  [/\.EarlyStopping$/, ['monitor', 'min_delta', 'patience']],
  [/\.ReduceLROnPlateau$/, ['monitor', 'factor', 'patience']]
];

/** Epochs for which a function of the learning rate is followed; later ones keep the last rate. */
const FOLLOWED_EPOCHS = 50;

type RangeOf = (at: Located) => SourceRange;
/** Follows a call of a function of the document. */
export type Follow = (callee: FunctionValue, args: Args) => Value;

/** @returns `undefined` where the code says nothing about training */
export function recipeOf(
  { compiled, fitted }: Pick<ModelValue, 'compiled' | 'fitted'>,
  loaded: { readonly name: string; readonly at: Located } | null,
  rangeOf: RangeOf,
  follow: Follow
): TrainingRecipe | undefined {
  if (compiled === null && fitted === null && loaded === null) return undefined;
  const compile = readerOf(compiled, COMPILE, rangeOf);
  const fit = readerOf(fitted, FIT, rangeOf);
  const callbacks = fit('callbacks', (value) =>
    value instanceof ListValue && value.taint === null ? value.items : null);
  const callback = <T>(name: string, read: (found: ObjectValue) => T | null): Stated<T> | null => {
    const found = callbacks?.value?.find(
      (one): one is ObjectValue => one instanceof ObjectValue && one.path.endsWith(`.${name}`)
    );
    return found === undefined || callbacks === null ? null : { value: read(found), line: callbacks.line };
  };
  const rate = compile('optimizer', (value) => (value instanceof ObjectValue ? rateOf(value) : null));
  const scheduled = rate?.value instanceof ObjectValue ? { value: choiceOf(rate.value), line: rate.line } : null;
  const optimizer = compile('optimizer', choiceOf);
  return {
    optimizer,
    loss: compile('loss', choiceOf),
    metrics: compile('metrics', namesOf),
    epochs: fit('epochs', numberOf),
    batchSize: fit('batch_size', numberOf),
    validationSplit: fit('validation_split', numberOf),
    shuffle: fit('shuffle', (value) => (typeof value === 'boolean' ? value : null)),
    earlyStopping: callback('EarlyStopping', choiceOf),
    reduceOnPlateau: callback('ReduceLROnPlateau', choiceOf),
    classWeights: fit('class_weight', weightsOf),
    schedule: callback('LearningRateScheduler', (found) => byEpoch(found, startOf(optimizer), follow)) ?? scheduled,
    data: loaded === null ? null : { value: loaded.name, line: rangeOf(loaded.at).startLine },
    ...inputSteps(fitted, rangeOf),
    ...(compiled === null ? {} : { compileCall: rangeOf(compiled.at) }),
    ...(fitted === null ? {} : { fitCall: rangeOf(fitted.at) })
  };
}

/** What was done to the array that `fit` is given. */
function inputSteps(fitted: MethodCall | null, rangeOf: RangeOf): Pick<TrainingRecipe, 'inputSteps'> {
  const x = fitted === null ? undefined : argument(fitted.args, 0, 'x');
  if (!(x instanceof ArrayValue) || x.steps.length === 0) return {};
  return {
    inputSteps: x.steps.map(({ operator, value, at }) => ({ value: { operator, value }, line: rangeOf(at).startLine }))
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
  const parameters: Record<string, number | boolean | string | readonly number[]> = {};
  const unread: string[] = [];
  for (const [name, given] of argumentsOf(value.path, value.args)) {
    if (typeof given === 'number' || typeof given === 'boolean' || typeof given === 'string') parameters[name] = given;
    else if (given !== null && !isSchedule(given)) {
      const list = numbersOf(given);
      if (list === null) unread.push(name);
      else parameters[name] = list;
    }
  }
  return { name: last(value.path), parameters, unread };
}

const isSchedule = (value: Value): value is ObjectValue =>
  value instanceof ObjectValue && /\.schedules\./.test(value.path);

/** The rate an optimizer is given, where it is a schedule. */
function rateOf({ path, args }: ObjectValue): ObjectValue | null {
  const given = argumentsOf(path, args).find(([name]) => name === 'learning_rate')?.[1];
  return given !== undefined && isSchedule(given) ? given : null;
}

function numbersOf(value: Value): readonly number[] | null {
  if (!(value instanceof ListValue) || value.taint !== null) return null;
  const numbers = value.items.filter((item) => typeof item === 'number');
  return numbers.length === value.items.length ? numbers : null;
}

function weightsOf(value: Value): Readonly<Record<string, number>> | null {
  if (!(value instanceof DictValue) || value.taint !== null) return null;
  const weights: Record<string, number> = {};
  for (const [key, weight] of value.entries) {
    if (typeof key !== 'number' || typeof weight !== 'number') return null;
    weights[String(key)] = weight;
  }
  return weights;
}

/** The rate a run begins with: what the code gives, else Keras's default. */
function startOf(optimizer: Stated<NamedChoice> | null): Value {
  const choice = optimizer?.value;
  if (choice === null || choice === undefined) return optimizer === null ? 0.001 : new Unknown('the rate is not known');
  const given = choice.parameters['learning_rate'] ?? choice.parameters['lr'];
  if (typeof given === 'number') return given;
  if (choice.unread.some((name) => ['learning_rate', 'lr', '**'].includes(name)))
    return new Unknown('the rate is not known');
  return choice.name.toLowerCase() === 'sgd' ? 0.01 : 0.001;
}

/** What a `LearningRateScheduler`'s function gives for each epoch, called as Keras does: with the epoch, and the rate so far. */
function byEpoch({ path, args }: ObjectValue, start: Value, follow: Follow): NamedChoice | null {
  const callee = argumentsOf(path, args).find(([name]) => name === 'schedule')?.[1];
  if (!(callee instanceof FunctionValue)) return null;
  const takesRate = callee.definition.parameters.length > 1;
  const rates: number[] = [];
  let rate = start;
  for (let epoch = 0; epoch < FOLLOWED_EPOCHS; epoch++) {
    rate = follow(callee, { ...NO_ARGS, positional: takesRate ? [epoch, rate] : [epoch] });
    if (typeof rate !== 'number') return null;
    rates.push(rate);
  }
  const end = rates.findLastIndex((one, at) => one !== rates[at - 1]);
  return { name: 'LearningRateScheduler', parameters: { rates: rates.slice(0, end + 1) }, unread: [] };
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
