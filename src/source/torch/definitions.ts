/** The networks a program defines with PyTorch, as models: each traced once through its `forward`. */
import type { Model, Notice, SourceRange } from '../../core/model';
import type { Shape } from '../../core/shape';
import { inferShapes } from '../../core/inferShapes';
import { t } from '../../core/texts';
import type { LayerNode } from '../../core/model';
import { Stopped, type Machine } from '../interpreter/machine';
import {
  DictValue,
  FunctionValue,
  InstanceValue,
  ListValue,
  NO_ARGS,
  Unknown,
  type Value
} from '../interpreter/values';
import { callValue } from '../interpreter/calls';
import type { Located } from '../python/ast';
import type { SizeQuestion, SourceDefinition, SourceProblem } from '../types';
import { buildTorchGraph, type BuiltTorchGraph } from './graph';
import { fittingSizes } from './inputSize';
import type { TorchLibrary } from './library';
import { torchRecipe } from './recipe';
import { doubtOf, isComplete, leavesOf, modulesIn, unknownPartsOf } from './modules';
import type { Trace } from './tensors';
import { ContainerValue, ModuleState, ModuleValue, TorchTensor } from './values';

type Root = InstanceValue | ContainerValue;

/** Under this name a person states the input's shape. */
export const INPUT_SHAPE = 'input_shape';

/** Networks of more calls are not tried with sizes: an editor has no time for it. */
const MOST_CALLS_TRIED = 120;

interface Named {
  readonly root: Root;
  readonly name: string;
  readonly at: Located;
  /** Itself and the others of the same class and layers. */
  readonly twins: readonly Root[];
}

export function torchDefinitions(
  library: TorchLibrary,
  machine: Machine,
  rangeOf: (at: Located) => SourceRange
): { definitions: SourceDefinition[]; problems: SourceProblem[]; stopped: Stopped | null } {
  const definitions: SourceDefinition[] = [];
  const problems: SourceProblem[] = [];
  const taken = new Map<string, number>();
  let stopped: Stopped | null = null;
  for (const root of library.roots) {
    const unread = root instanceof InstanceValue && leavesOf(root).length === 0 ? unreadOf(root) : null;
    if (unread === null || !(root instanceof InstanceValue)) continue;
    const { name } = root.classValue.definition;
    problems.push({ code: 'unresolved', message: `${name}: ${unread.reason}`, range: rangeOf(root.at) });
  }
  const named = namedRoots(library, machine);
  for (const { root, name, at, twins } of named) {
    const range = rangeOf(at);
    const doubt = doubtOf(root);
    if (doubt !== null) {
      problems.push({
        code: 'unresolved',
        message: `${name}: ${doubt.reason}`,
        range: placeOf(doubt, machine, range, rangeOf)
      });
      continue;
    }
    try {
      const found = new Definition(library, machine, root, name, rangeOf).read();
      const count = (taken.get(name) ?? 0) + 1;
      taken.set(name, count);
      definitions.push({
        key: count === 1 ? name : `${name}@${count}`,
        model: {
          ...modelOf(name, found.built, found.notices, range),
          training: torchRecipe(library.training, twins, named.length === 1, rangeOf)
        },
        range,
        callSites: found.built.callSites,
        questions: found.questions
      });
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      stopped = error;
      break;
    }
  }
  return { definitions, problems, stopped };
}

/** Why a network of which no layer is known has none. */
function unreadOf(root: InstanceValue): Unknown | null {
  const value = [...root.attributes.values()].find((one) => one instanceof Unknown);
  return value instanceof Unknown && root.classValue.member('forward') !== undefined ? value : null;
}

function placeOf(
  doubt: Unknown,
  machine: Machine,
  range: SourceRange,
  rangeOf: (at: Located) => SourceRange
): SourceRange {
  return doubt.at === null || doubt.at.from > machine.ownLength ? range : rangeOf(doubt.at);
}

/** Networks that are no part of others, each structure once, under the name a reader would look for. */
function namedRoots(library: TorchLibrary, machine: Machine): Named[] {
  const parts = new Set<Value>();
  for (const root of library.roots) for (const one of modulesIn(root)) if (one !== root) parts.add(one);
  const free = library.roots.filter((root) => !parts.has(root) && leavesOf(root).length > 0);
  const groups = new Map<string, { readonly root: Root; readonly structure: string; readonly twins: Root[] }[]>();
  for (const root of free) {
    if (root instanceof ContainerValue && !isNetwork(root, library)) continue;
    const name =
      root instanceof InstanceValue
        ? root.classValue.definition.name
        : (library.containerNames.get(root) ?? 'Sequential');
    const group = groups.get(name) ?? [];
    groups.set(name, group);
    const structure = structureOf(root);
    const same = root instanceof ContainerValue ? undefined : group.find((other) => other.structure === structure);
    if (same === undefined) group.push({ root, structure, twins: [root] });
    else same.twins.push(root);
  }
  return [...groups].flatMap(([name, group]) =>
    group.map(({ root, twins }): Named => {
      if (root instanceof ContainerValue) return { root, name, at: root.at, twins };
      const { definition } = root.classValue;
      const own = definition.from <= machine.ownLength;
      const state = root.native instanceof ModuleState ? root.native : null;
      const called = group.length === 1 ? null : (state?.factory ?? state?.variable ?? null);
      return called === null && own
        ? {
            root,
            name,
            at: { from: definition.from, to: headEnd(definition.from, definition.body[0]?.from ?? definition.to) },
            twins
          }
        : { root, name: called ?? name, at: root.at, twins };
    })
  );
}

/** The line of a class that names it is where its model stands. */
function headEnd(from: number, body: number): number {
  return Math.max(from, body - 1);
}

/** A Sequential by itself is a network where it is given a name of its own, or a function makes it. */
function isNetwork(root: ContainerValue, library: TorchLibrary): boolean {
  const learns = leavesOf(root).filter(
    ({ value }) => value instanceof ModuleValue && /Conv|Linear/.test(value.className)
  );
  return learns.length >= 2 && (library.containerNames.has(root) || root.stack.length > 0);
}

/** Equal for networks of the same layers. */
function structureOf(root: Root): string {
  return leavesOf(root)
    .map(({ path, value }) =>
      value instanceof ModuleValue
        ? `${path}:${value.className}(${[...value.attributes].map(([name, one]) => `${name}=${textOf(one)}`).join()})`
        : `${path}:${String(value.sizes)}`
    )
    .join(';');
}

function textOf(value: Value): string {
  if (value instanceof Unknown) return `?${value.reason}`;
  if (value instanceof ListValue) return `(${value.items.map(textOf).join()})`;
  return typeof value === 'object' ? '' : String(value);
}

interface Run {
  readonly trace: Trace;
  readonly inputs: readonly TorchTensor[];
  readonly outputs: readonly TorchTensor[];
  /** What `forward` gives is not known, not even whether it is a tensor. */
  readonly isUnknown: boolean;
  /** Why the result of `forward` is not known. */
  readonly unknown: string | null;
}

class Definition {
  private readonly layers = new Map<ModuleValue, LayerNode>();
  private readonly notices: Notice[] = [];
  private readonly questions: SizeQuestion[] = [];
  private guessesAxes = true;
  /** Asked before `forward` runs, which may put values into attributes. */
  private readonly isComplete: boolean;

  constructor(
    private readonly library: TorchLibrary,
    private readonly machine: Machine,
    private readonly root: Root,
    private readonly name: string,
    private readonly rangeOf: (at: Located) => SourceRange
  ) {
    this.isComplete = isComplete(root);
  }

  /** @throws {Stopped} when the budget is used up or the caller cancels. */
  read(): { built: BuiltTorchGraph; notices: readonly Notice[]; questions: readonly SizeQuestion[] } {
    const stated = this.statedShapes();
    let run = this.run(stated);
    const found = run?.inputs.map((input) => input.shape) ?? [];
    if (
      run !== null &&
      run.trace.sawUnknown &&
      found.some((shape, i) => shape !== null && (stated[i] ?? null) === null)
    ) {
      run = this.run(found);
    }
    let built = this.build(run);
    if (run?.trace.guessedAxes === true && inferShapes(built.graph).diagnostics.length > 0) {
      // Vectors do not fit: the values have more axes, and the code does not say how many.
      this.guessesAxes = false;
      this.layers.clear();
      run = this.run(stated);
      built = this.build(run);
    }
    const [only, ...others] = run?.inputs ?? [];
    if (run !== null && only !== undefined && others.length === 0) {
      const size = this.openSize(only.shape, built);
      if (size !== null) {
        this.layers.clear();
        run = this.run([size]);
        built = this.build(run);
      }
    }
    if (run === null)
      this.notices.push({ code: 'no-forward', message: t('no `forward` says how the layers are wired') });
    else if (run.unknown !== null)
      this.notices.push({ code: 'unknown-output', message: t('what `forward` gives is not known: {0}', run.unknown) });
    return { built, notices: [...this.notices, ...built.notices], questions: this.questions };
  }

  /** Shapes of the inputs as a person or the code states them. */
  private statedShapes(): (Shape | null)[] {
    const given = this.machine.inputShape;
    if (given !== undefined) return [[null, ...given]];
    const set = this.machine.overrides?.inputShape(this.machine, INPUT_SHAPE);
    if (set instanceof ListValue && set.items.every((item) => typeof item === 'number' || item === null)) {
      return [[null, ...set.items.map((item) => (typeof item === 'number' ? item : null))]];
    }
    if (this.root instanceof InstanceValue && this.root.native instanceof ModuleState)
      return this.root.native.dataShapes ?? [];
    const data = this.root instanceof ContainerValue ? this.library.containerData.get(this.root) : undefined;
    return data?.sizes === undefined || data.sizes === null ? [] : [[null, ...data.sizes.slice(1)]];
  }

  /** `null` where there is no `forward`. */
  private run(shapes: readonly (Shape | null)[]): Run | null {
    const { root, machine } = this;
    const forward = root instanceof InstanceValue ? root.classValue.member('forward') : null;
    const base = root instanceof InstanceValue && root.native instanceof ModuleState ? root.native.base : null;
    if (root instanceof InstanceValue && !(forward instanceof FunctionValue) && base === null) return null;
    const names =
      forward instanceof FunctionValue
        ? forward.definition.parameters
            .slice(1)
            .filter((parameter, i) => parameter.kind === 'positional' && (parameter.fallback === null || i === 0))
            .map((parameter) => parameter.name)
        : ['input'];
    return this.library.withTrace(machine, this.layers, this.guessesAxes, (trace) => {
      const inputs = names.map((name, i) => trace.input(names.length === 1 ? 'input' : name, shapes[i] ?? null));
      const result = callValue(machine, root, { ...NO_ARGS, positional: inputs }, root.at);
      const outputs = tensorsIn(result);
      const unknown = result instanceof Unknown ? result.reason : outputs.length === 0 ? t('it is no tensor') : null;
      return { trace, inputs, outputs, isUnknown: result instanceof Unknown, unknown };
    });
  }

  private build(run: Run | null): BuiltTorchGraph {
    return buildTorchGraph({
      name: this.name,
      leaves: leavesOf(this.root),
      unknown: unknownPartsOf(this.root, run !== null && !run.isUnknown),
      isComplete: this.isComplete,
      trace: run?.trace ?? null,
      inputs: run?.inputs ?? [],
      outputs: run?.outputs ?? [],
      rangeOf: this.rangeOf
    });
  }

  /** The input's shape where its open sizes follow from the layers; else a question with sizes that fit. */
  private openSize(shape: Shape | null, built: BuiltTorchGraph): Shape | null {
    if (shape === null) {
      this.ask(t('the code does not say what shape the input has'), []);
      return null;
    }
    if (shape.length < 3 || shape.length > 5 || !shape.slice(2).every((size) => size === null)) return null;
    // Trying sizes costs a look at every layer each time; deep networks rarely leave a choice.
    if (this.machine.isLate || built.graph.calls.length > MOST_CALLS_TRIED) {
      this.ask(t('the code does not say how large the input is'), []);
      return null;
    }
    const { range, usual } = fittingSizes(built.graph, shape);
    const [least, largest] = range ?? [0, 0];
    const whole = (size: number): Shape => shape.map((old, axis) => (axis > 1 ? size : old));
    if (range !== null && least === largest) {
      this.notices.push({
        code: 'input-inferred',
        message: t('the input of {0} is the only square one that fits the layers', whole(least).slice(1).join(' × '))
      });
      return whole(least);
    }
    const offers =
      shape[1] === null
        ? []
        : usual.map((size) => `(${whole(size).slice(1).join(', ')}${shape.length === 3 ? ',' : ''})`);
    this.ask(
      range === null || largest < least
        ? t('the code does not say how large the input is')
        : t('inputs from {0} to {1} pixels wide fit the layers', least, largest),
      offers
    );
    return null;
  }

  private ask(reason: string, offers: readonly string[]): void {
    this.questions.push({ name: INPUT_SHAPE, reason, offers });
    const shown = offers.slice(0, 4).join(', ');
    this.notices.push({
      code: 'no-input-shape',
      message: shown === '' ? reason : t('{0}; sizes that fit: {1}', reason, shown)
    });
  }
}

function tensorsIn(value: Value): TorchTensor[] {
  if (value instanceof TorchTensor) return [value];
  if (value instanceof ListValue) return value.items.flatMap(tensorsIn);
  if (value instanceof DictValue) return [...value.entries.values()].flatMap(tensorsIn);
  return value instanceof InstanceValue && value.native === null
    ? [...value.attributes.values()].flatMap(tensorsIn)
    : [];
}

function modelOf(name: string, built: BuiltTorchGraph, notices: readonly Notice[], source: SourceRange): Model {
  return {
    name,
    format: 'pytorch-source',
    framework: 'pytorch',
    frameworkVersion: null,
    topology: built.graph.calls.length === 0 ? 'none' : 'exact',
    root: built.graph,
    weightsOrigin: { kind: 'none' },
    notices,
    unplaced: [],
    fileBytes: null,
    source,
    classNames: null
  };
}
