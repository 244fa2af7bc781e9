/**
 * Model definitions in a Python file or notebook, found without running it: the text is parsed, lowered to a small syntax
 * tree and followed by an abstract interpreter that knows Keras. What the text does not determine stays unknown, with the
 * reason.
 */
import type { SourceRange } from '../core/model';
import { callFunction } from './interpreter/calls';
import { Machine, Stopped } from './interpreter/machine';
import { Scope } from './interpreter/scope';
import { runBlock } from './interpreter/statements';
import { ClassValue, FunctionValue, NO_ARGS, Unknown, type Value } from './interpreter/values';
import { definitionsOf } from './keras/definitions';
import { KerasLibrary } from './keras/library';
import { Overrides } from './overrides';
import { Program } from './program';
import type { FunctionStatement, Located } from './python/ast';
import { lowerPython } from './python/lower';
import type { AnalysisOptions, SourceAnalysis, SourceInput, SourceProblem } from './types';

export type { SourceAnalysis, SourceDefinition, SourceInput, SourceProblem } from './types';

/** Words without which a text defines no Keras model; saves the work for other files. */
const MAYBE_KERAS = /\b(keras|tensorflow|tf_keras)\b/;
const MAKES_MODELS = /\b(Sequential|Model|Functional)\s*\(/;

const NOTHING: SourceAnalysis = {
  models: [],
  definitions: [],
  problems: [],
  complete: true,
  unknownNames: [],
  settableNames: [],
  steps: 0
};

/** Finds the model definitions of a document. Never throws; past its budget the answer says it is not complete. */
export function analyzeSource(input: SourceInput, options: AnalysisOptions = {}): SourceAnalysis {
  try {
    return analyze(input, options);
  } catch (error) {
    // Thousands of brackets inside each other exhaust the stack; nothing else is expected here.
    if (!(error instanceof RangeError)) throw error;
    const problem = { code: 'unsupported', message: 'the code is nested too deeply to follow', range: null } as const;
    return { ...NOTHING, problems: [problem], complete: false };
  }
}

function analyze(input: SourceInput, options: AnalysisOptions): SourceAnalysis {
  const program = Program.of(input);
  if (!MAYBE_KERAS.test(program.text)) {
    return NOTHING;
  }
  const rangeOf = (at: Located): SourceRange => program.range(at.from, at.to);
  const library = new KerasLibrary(rangeOf);
  const { body } = lowerPython(program.text);
  const functions = body.filter((node) => node.type === 'function');
  const facts = factsOf(functions, program.text);
  const overrides =
    options.set === undefined
      ? null
      : new Overrides(
          options.set,
          (node) =>
            (functions.includes(node) && facts.builders.has(node.name)) ||
            MAKES_MODELS.test(program.text.slice(node.from, node.to))
        );
  const machine = new Machine(library, options, overrides);
  let stopped: Stopped | null = null;
  try {
    const module = new Scope(null);
    runBlock(machine, body, module);
    runUncalled(machine, functions, facts, module);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped = error;
  }
  const { definitions, problems } = definitionsOf(library, rangeOf, (callee, args) =>
    stopped === null ? withinBudget(() => callFunction(machine, callee, args, callee.definition)) : NOT_FOLLOWED
  );
  const all: SourceProblem[] = [
    ...machine.problems.map((problem) => ({
      code: 'unsupported' as const,
      message: problem.message,
      range: rangeOf(problem.at)
    })),
    ...problems
  ];
  if (stopped !== null) {
    const message =
      stopped.why === 'budget' ? 'the analysis took too long and was cut short' : 'the analysis was cancelled';
    all.push({ code: stopped.why, message, range: null });
  }
  return {
    models: definitions.map((definition) => definition.model),
    definitions,
    problems: all,
    complete: stopped === null,
    unknownNames: [...(options.set?.keys() ?? [])].filter((name) => overrides?.used.has(name) !== true),
    settableNames: [...(overrides?.known ?? [])],
    steps: machine.steps
  };
}

const NOT_FOLLOWED = new Unknown('the analysis took too long and was cut short');

/** A call after the program has been followed: what costs too much stays unknown, and the rest stands. */
function withinBudget(call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    return NOT_FOLLOWED;
  }
}

/** The module's functions: their texts, which of the others each mentions, and which of them lead to a model. */
interface FunctionFacts {
  readonly mentions: ReadonlyMap<string, readonly string[]>;
  readonly builders: ReadonlySet<string>;
}

function factsOf(functions: readonly FunctionStatement[], text: string): FunctionFacts {
  const texts = new Map(functions.map((node) => [node.name, text.slice(node.from, node.to)]));
  const names = (code: string): Set<string> => new Set(code.match(/[A-Za-z_]\w*/g) ?? []);
  const mentions = new Map(
    functions.map((node) => {
      const mentioned = names(texts.get(node.name) ?? '');
      return [node.name, [...texts.keys()].filter((name) => name !== node.name && mentioned.has(name))] as const;
    })
  );
  const builders = new Set(
    functions.map((node) => node.name).filter((name) => MAKES_MODELS.test(texts.get(name) ?? ''))
  );
  for (let grown = true; grown;) {
    grown = false;
    for (const [name, used] of mentions) {
      if (builders.has(name) || !used.some((other) => builders.has(other))) continue;
      builders.add(name);
      grown = true;
    }
  }
  return { mentions, builders };
}

/** Functions that nothing calls but that lead to a model run on their own, callers first, with their default arguments. */
function runUncalled(
  machine: Machine,
  functions: readonly FunctionStatement[],
  { mentions, builders }: FunctionFacts,
  module: Scope
): void {
  const calledByOthers = new Set([...mentions.values()].flat());
  const inOrder = [
    ...functions.filter((node) => !calledByOthers.has(node.name)),
    ...functions.filter((node) => calledByOthers.has(node.name))
  ];
  for (const node of inOrder) {
    const value = module.get(node.name);
    if (
      !builders.has(node.name) ||
      !(value instanceof FunctionValue) ||
      machine.calledFunctions.has(value.definition)
    ) {
      continue;
    }
    callFunction(machine, value, NO_ARGS, node);
  }
  runStaticMethods(machine, module);
}

/** `class LeNet: @staticmethod def build(...)`. */
function runStaticMethods(machine: Machine, module: Scope): void {
  for (const value of module.names.values()) {
    if (!(value instanceof ClassValue)) continue;
    for (const member of value.members.names.values()) {
      if (!(member instanceof FunctionValue) || machine.calledFunctions.has(member.definition)) continue;
      const { definition } = member;
      if (definition.type === 'function' && definition.decorators.some((name) => name.startsWith('@staticmethod'))) {
        callFunction(machine, member, NO_ARGS, definition);
      }
    }
  }
}
