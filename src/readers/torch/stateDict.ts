/**
 * Finding the weights in what `torch.save` was given: a state_dict, a checkpoint that holds one among other things, or a
 * whole module, whose tree of `_parameters`, `_buffers` and `_modules` is plain data.
 */
import { FileProblem } from '../../files/problem';
import { isList, isMap, PickledName, PickledObject, PickledStorage, PickledTensor, type PickleValue } from './values';
import { t } from '../../core/texts';

/** The module a tensor hangs on, where the file tells: its class and what its constructor was given. */
export interface ModuleFacts {
  readonly className: string;
  readonly attributes: ReadonlyMap<PickleValue, PickleValue>;
}

export interface FoundTensor {
  /** Where it stands in the file: `state_dict.module.conv1.weight`. */
  readonly path: string;
  /** As the module calls it: `module.conv1.weight`. */
  readonly key: string;
  readonly tensor: PickledTensor;
  readonly module: ModuleFacts | null;
}

export interface FoundWeights {
  readonly weights: readonly FoundTensor[];
  readonly optimizer: readonly FoundTensor[];
  readonly other: readonly FoundTensor[];
  /** Where the weights stood; '' for the top. */
  readonly place: string;
  /** What else stands beside them at the top, in words: `epoch 200`, `optimizer`. */
  readonly beside: readonly string[];
  /** Classes of objects that were left alone. */
  readonly objects: readonly string[];
  /** Class of the saved module, where a whole one was saved. */
  readonly moduleClass: string | null;
}

/** Where checkpoints keep the weights, the most telling names first. */
const PLACES = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'modelState',
  'net_state_dict',
  'model',
  'net',
  'network',
  'weights',
  'params',
  'generator',
  'ema',
  'checkpoint'
];

const isOptimizer = (path: string) => /optim|sched|scaler|param_groups|exp_avg|momentum_buffer/i.test(path);

const DEEPEST = 100;
const MOST_TENSORS = 100_000;
const MOST_SHOWN = 12;

/** The state of an object: a dictionary, or a pair of it and the slots. */
function stateOf(object: PickledObject): ReadonlyMap<PickleValue, PickleValue> | null {
  const { state } = object;
  if (isMap(state)) return state;
  const [first = null] = state !== null && isList(state) ? state : [];
  return isMap(first) ? first : null;
}

/** `_modules` and `_parameters` of a saved module; `null` for anything else. */
function moduleState(value: PickleValue): ReadonlyMap<PickleValue, PickleValue> | null {
  if (!(value instanceof PickledObject)) return null;
  const state = stateOf(value);
  return state !== null && state.has('_modules') && state.has('_parameters') ? state : null;
}

/** Everything that holds further values, under the name of each. */
function partsOf(value: PickleValue): Iterable<readonly [string, PickleValue]> {
  if (isMap(value)) return named([...value]);
  if (value instanceof PickledObject) {
    const state = stateOf(value);
    return state === null ? [] : named([...state]);
  }
  return isList(value) ? value.map((item, i): [string, PickleValue] => [String(i), item]) : [];
}

const named = (entries: readonly (readonly [PickleValue, PickleValue])[]): (readonly [string, PickleValue])[] =>
  entries.flatMap(([key, value]) =>
    typeof key === 'string' || typeof key === 'number' ? [[String(key), value] as const] : []
  );

const join = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

class Walk {
  readonly found: FoundTensor[] = [];
  readonly objects = new Set<string>();
  /** Containers once each: a pickle may hold the same one in many places, or in itself. */
  private readonly seen = new Set<PickleValue>();

  /** @param base path of what the tensors' keys are counted from */
  visit(value: PickleValue, path: string, base: string, depth = 0): void {
    if (depth > DEEPEST)
      throw new FileProblem(
        t('its data is nested more than {0} levels deep', DEEPEST),
        t('Save model.state_dict() alone')
      );
    if (value instanceof PickledTensor) {
      this.add(path, base, value, null);
      return;
    }
    if (value === null || typeof value !== 'object' || this.seen.has(value)) return;
    this.seen.add(value);
    const module = moduleState(value);
    if (module !== null && value instanceof PickledObject) {
      this.visitModule(value, module, path, base, depth);
      return;
    }
    if (value instanceof PickledObject) this.objects.add(value.type.path);
    for (const [name, part] of partsOf(value)) this.visit(part, join(path, name), base, depth + 1);
  }

  private visitModule(
    object: PickledObject,
    state: ReadonlyMap<PickleValue, PickleValue>,
    path: string,
    base: string,
    depth: number
  ): void {
    const facts: ModuleFacts = { className: object.type.name, attributes: state };
    const passing = state.get('_non_persistent_buffers_set');
    for (const [kind, skipped] of [
      ['_parameters', null],
      ['_buffers', passing instanceof Set ? passing : null]
    ] as const) {
      for (const [name, value] of partsOf(state.get(kind) ?? null)) {
        if (value instanceof PickledTensor && skipped?.has(name) !== true)
          this.add(join(path, name), base, value, facts);
      }
    }
    for (const [name, part] of partsOf(state.get('_modules') ?? null))
      this.visit(part, join(path, name), base, depth + 1);
  }

  private add(path: string, base: string, tensor: PickledTensor, module: ModuleFacts | null): void {
    if (this.found.length >= MOST_TENSORS)
      throw new FileProblem(t('it holds more than {0} tensors', MOST_TENSORS), t('Save model.state_dict() alone'));
    const key = base === '' ? path : path.slice(base.length + 1);
    this.found.push({ path, key, tensor, module });
  }
}

/** Whether tensors hang on this value at all, found without keeping them. */
function holdsTensors(value: PickleValue): boolean {
  const walk = new Walk();
  walk.visit(value, '', '');
  return walk.found.length > 0;
}

/** Goes down from the top to where a checkpoint keeps its weights. */
function weightsPlace(root: PickleValue): { readonly value: PickleValue; readonly path: string } {
  let value = root;
  let path = '';
  for (let depth = 0; depth < 4; depth++) {
    if (!isMap(value)) break;
    const map = value;
    const place = PLACES.find((name) => {
      const part = map.get(name);
      return part !== undefined && (isMap(part) || part instanceof PickledObject) && holdsTensors(part);
    });
    if (place === undefined) break;
    value = map.get(place) ?? null;
    path = join(path, place);
  }
  return { value, path };
}

/** `epoch 200`, `optimizer`: what a checkpoint says beside its weights. */
function besideWords(root: PickleValue, place: string): string[] {
  if (!isMap(root)) return [];
  const [taken] = place.split('.');
  return named([...root])
    .filter(([name]) => name !== taken && name !== '_metadata')
    .slice(0, MOST_SHOWN)
    .flatMap(([name, value]) => {
      if (value instanceof PickledTensor || value instanceof PickledStorage || value instanceof PickledName) return [];
      if (typeof value === 'number') return [`${name} ${String(Number(value.toPrecision(6)))}`];
      if (typeof value === 'string' && value.length <= 40) return [`${name} ${value}`];
      return [name];
    });
}

/** @throws {FileProblem} where there are no weights to be found */
export function findWeights(root: PickleValue): FoundWeights {
  const { value, path } = weightsPlace(root);
  const walk = new Walk();
  walk.visit(value, path, path);
  const isPlace = path !== '' || moduleState(value) !== null;
  const [optimizerHere, weights] = isPlace ? [[], walk.found] : divide(walk.found);
  const rest = new Walk();
  if (path !== '') rest.visit(root, '', '');
  const paths = new Set(weights.map((found) => found.path));
  const [optimizer, other] = divide(rest.found.filter((found) => !paths.has(found.path)));
  const tensors = weights.filter(({ key }) => key !== '');
  if (tensors.length === 0) throw noWeights(root, walk.objects);
  return {
    weights: tensors,
    optimizer: [...optimizerHere, ...optimizer],
    other,
    place: path,
    beside: path === '' ? [] : besideWords(root, path),
    objects: [...new Set([...walk.objects, ...rest.objects])],
    moduleClass: moduleState(value) !== null && value instanceof PickledObject ? value.type.name : null
  };
}

function divide(found: readonly FoundTensor[]): readonly [FoundTensor[], FoundTensor[]] {
  return [found.filter(({ path }) => isOptimizer(path)), found.filter(({ path }) => !isOptimizer(path))];
}

function noWeights(root: PickleValue, objects: ReadonlySet<string>): FileProblem {
  const [first] = objects;
  const what =
    root instanceof PickledTensor
      ? t('it holds one tensor, not the weights of a network')
      : root instanceof PickledObject || first !== undefined
        ? t('it holds an object of the class {0}, which only its own code can make', (first ?? '?').slice(0, 80))
        : t('it holds no weights');
  return new FileProblem(what, t('Save model.state_dict() and open that file'));
}
