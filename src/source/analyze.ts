/**
 * Model definitions in a source file or notebook, found without running it: the text is parsed, lowered to a small syntax
 * tree and followed by an abstract interpreter that knows the frameworks. What the text does not determine stays unknown,
 * with the reason.
 */
import type { SourceRange } from '../core/model';
import { t } from '../core/texts';
import { callFunction } from './interpreter/calls';
import { following } from './interpreter/follow';
import { IDLE_ITERATIONS, Machine, Stopped } from './interpreter/machine';
import { instantiate } from './interpreter/objects';
import { Scope } from './interpreter/scope';
import { runBlock } from './interpreter/statements';
import { ClassValue, FunctionValue, NO_ARGS } from './interpreter/values';
import { analyzeScript } from './javascript/analyze';
import { statedClassNames, withClassNames } from './classNames';
import { definitionsOf } from './keras/definitions';
import { Overrides } from './overrides';
import { Program } from './program';
import type { ClassStatement, FunctionStatement, Located } from './python/ast';
import { lowerPython } from './python/lower';
import { PythonLibrary } from './pythonLibrary';
import { NOTHING, resultOf } from './result';
import { torchDefinitions } from './torch/definitions';
import type { AnalysisOptions, SourceAnalysis, SourceInput } from './types';

export type { SourceAnalysis, SourceDefinition, SourceInput, SourceProblem } from './types';

/** Words without which a text defines no model; saves the work for other files. */
const MAYBE_MODELS = /\b(keras|tensorflow|tf_keras|torch|pytorch_lightning|lightning)\b/;
const MAKES_MODELS = /\b(Sequential|Model|Functional|clone_model)\s*\(/;
/** What a function says about a model that stands outside of it. */
const TRAINS_MODELS = /\.fit\s*\(|(?<!\bre)\.compile\s*\(/;
/** What trains a network of PyTorch. */
const TRAINS_NETWORKS = /\.backward\s*\(|\boptim\.[A-Z]\w*\s*\(/;

/** Rounds of a training loop that are followed in a function that nothing calls. */
const TRAINED_ITERATIONS = 3;

/** Finds the model definitions of a document. Never throws; past its budget the answer says it is not complete. */
export function analyzeSource(input: SourceInput, options: AnalysisOptions = {}): SourceAnalysis {
  try {
    return input.kind === 'file' && input.language === 'javascript'
      ? (analyzeScript(input.text, options) ?? NOTHING)
      : analyze(input, options);
  } catch (error) {
    // Thousands of brackets inside each other exhaust the stack; nothing else is expected here.
    if (!(error instanceof RangeError)) throw error;
    const problem = {
      code: 'unsupported',
      message: t('the code is nested too deeply to follow'),
      range: null
    } as const;
    return { ...NOTHING, problems: [problem], complete: false };
  }
}

function analyze(input: SourceInput, options: AnalysisOptions): SourceAnalysis {
  const program = Program.of(input);
  if (!MAYBE_MODELS.test(program.text)) return NOTHING;
  // What stands in another file is shown where this one leads to it.
  const rangeOf = (at: Located): SourceRange =>
    at.from > program.text.length ? program.range(0, 0) : program.range(at.from, at.to);
  const library = new PythonLibrary(rangeOf);
  const { body } = lowerPython(program.text);
  const parts = body.filter((node): node is Part => node.type === 'function' || node.type === 'class');
  const facts = factsOf(parts, program.text);
  const overrides =
    options.set === undefined
      ? null
      : new Overrides(
          options.set,
          (node) =>
            facts.builders.has(node.name) ||
            node.name === '__init__' ||
            MAKES_MODELS.test(program.text.slice(node.from, node.to))
        );
  const machine = new Machine(library, options, overrides, 'python', lowerPython);
  machine.ownLength = program.text.length;
  machine.nextOffset = program.text.length + 1;
  let stopped: Stopped | null = null;
  try {
    const module = new Scope(null);
    runBlock(machine, body, module);
    runUncalled(machine, library, parts, facts, module);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped = error;
    machine.unwind();
  }
  try {
    library.keras.subclasses.finish(machine);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped ??= error;
    machine.unwind();
  }
  const keras = definitionsOf(library.keras, rangeOf, following(machine, stopped !== null));
  const torch = torchDefinitions(library.torch, machine, rangeOf);
  stopped ??= torch.stopped;
  return resultOf(
    machine,
    options,
    withClassNames([...keras.definitions, ...torch.definitions], statedClassNames(body), (at) => rangeOf(at).startLine),
    [...keras.problems, ...torch.problems],
    stopped,
    rangeOf
  );
}

type Part = FunctionStatement | ClassStatement;

/** The module's functions and classes: which of the others each mentions, and which functions lead to a model or train one. */
interface Facts {
  readonly mentions: ReadonlyMap<string, readonly string[]>;
  readonly builders: ReadonlySet<string>;
  /** Functions that only train what others make. */
  readonly trainers: ReadonlySet<string>;
}

/** What mentions a name without using it. */
const REMARKS = /"""[^]*?"""|'''[^]*?'''|#.*/g;
const MODULES = /\bnn\.(Sequential|Module)\b/;

function factsOf(parts: readonly Part[], text: string): Facts {
  const texts = new Map(parts.map((node) => [node.name, text.slice(node.from, node.to)]));
  const names = (code: string): Set<string> => new Set(code.replace(REMARKS, '').match(/[A-Za-z_]\w*/g) ?? []);
  const mentions = new Map(
    parts.map((node) => {
      const mentioned = names(texts.get(node.name) ?? '');
      return [node.name, [...texts.keys()].filter((name) => name !== node.name && mentioned.has(name))] as const;
    })
  );
  const leadingTo = (...words: readonly RegExp[]): Set<string> => {
    const found = [...texts].filter(([, code]) => words.some((one) => one.test(code))).map(([name]) => name);
    return grown(new Set(found), mentions);
  };
  const builders = leadingTo(MAKES_MODELS, MODULES, TRAINS_MODELS);
  const trainers = [...leadingTo(TRAINS_NETWORKS)].filter((name) => !builders.has(name));
  return { mentions, builders, trainers: new Set(trainers) };
}

/** With all that mention one of the names, and those that mention these. */
function grown(names: Set<string>, mentions: Facts['mentions']): Set<string> {
  for (let size = -1; size < names.size;) {
    size = names.size;
    for (const [name, used] of mentions) if (used.some((other) => names.has(other))) names.add(name);
  }
  return names;
}

/**
 * Functions that nothing calls but that lead to a model, and classes of which no object is made, run on their own: those
 * first that nothing else mentions, with their default arguments.
 */
function runUncalled(
  machine: Machine,
  library: PythonLibrary,
  parts: readonly Part[],
  { mentions, builders, trainers }: Facts,
  module: Scope
): void {
  const mentioned = new Set([...mentions.values()].flat());
  const inOrder = [
    ...parts.filter((node) => !mentioned.has(node.name)),
    ...parts.filter((node) => mentioned.has(node.name))
  ];
  const runAlone = (node: FunctionStatement): void => {
    const value = module.get(node.name);
    if (!(value instanceof FunctionValue) || machine.calledFunctions.has(value.definition)) return;
    library.torch.keepingNetworks(() => callFunction(machine, value, NO_ARGS, node));
  };
  for (const node of inOrder) {
    const value = module.get(node.name);
    if (node.type === 'function') {
      if (builders.has(node.name)) runAlone(node);
    } else if (value instanceof ClassValue) {
      runUnused(machine, value, node, mentioned.has(node.name));
    }
  }
  runStaticMethods(machine, module);
  // How often a loop trains is read from its head; its body is the same each time.
  machine.idleIterations = TRAINED_ITERATIONS;
  for (const node of inOrder) if (node.type === 'function' && trainers.has(node.name)) runAlone(node);
  machine.idleIterations = IDLE_ITERATIONS;
}

/** A network's class by itself; one that others use as a part only where it needs no arguments. */
function runUnused(machine: Machine, value: ClassValue, node: ClassStatement, isMentioned: boolean): void {
  if (machine.usedClasses.has(value) || machine.library.inherits(value) === null) return;
  if (machine.library.inherits(value) === 'Layer') return;
  const init = value.member('__init__');
  const parameters = init instanceof FunctionValue ? init.definition.parameters.slice(1) : [];
  const complete = parameters.every((one) => one.fallback !== null || one.kind === 'rest' || one.kind === 'keywords');
  if (!isMentioned || complete) instantiate(machine, value, NO_ARGS, node);
}

/** `class LeNet: @staticmethod def build(...)`. */
function runStaticMethods(machine: Machine, module: Scope): void {
  for (const value of module.names.values()) {
    if (!(value instanceof ClassValue) || value.definition.from > machine.ownLength) continue;
    for (const member of value.members.names.values()) {
      if (!(member instanceof FunctionValue) || machine.calledFunctions.has(member.definition)) continue;
      const { definition } = member;
      if (definition.type === 'function' && definition.decorators.some((name) => name.startsWith('@staticmethod'))) {
        callFunction(machine, member, NO_ARGS, definition);
      }
    }
  }
}
