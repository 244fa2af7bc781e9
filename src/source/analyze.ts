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
import { ClassValue, FunctionValue, NO_ARGS } from './interpreter/values';
import { definitionsOf } from './keras/definitions';
import { KerasLibrary } from './keras/library';
import { Program } from './program';
import type { Located, Statement } from './python/ast';
import { lowerPython } from './python/lower';
import type { AnalysisOptions, SourceAnalysis, SourceInput, SourceProblem } from './types';

export type { SourceAnalysis, SourceDefinition, SourceInput, SourceProblem } from './types';

/** Words without which a text defines no Keras model; saves the work for other files. */
const MAYBE_KERAS = /\b(keras|tensorflow|tf_keras)\b/;
const MAKES_MODELS = /\b(Sequential|Model|Functional)\s*\(/;

/** Finds the model definitions of a document. Never throws; past its budget the answer says it is not complete. */
export function analyzeSource(input: SourceInput, options: AnalysisOptions = {}): SourceAnalysis {
  try {
    return analyze(input, options);
  } catch (error) {
    // Thousands of brackets inside each other exhaust the stack; nothing else is expected here.
    if (!(error instanceof RangeError)) throw error;
    const problem = { code: 'unsupported', message: 'the code is nested too deeply to follow', range: null } as const;
    return { models: [], definitions: [], problems: [problem], complete: false, steps: 0 };
  }
}

function analyze(input: SourceInput, options: AnalysisOptions): SourceAnalysis {
  const program = Program.of(input);
  if (!MAYBE_KERAS.test(program.text)) {
    return { models: [], definitions: [], problems: [], complete: true, steps: 0 };
  }
  const rangeOf = (at: Located): SourceRange => program.range(at.from, at.to);
  const library = new KerasLibrary(rangeOf);
  const { body } = lowerPython(program.text);
  const machine = new Machine(library, options);
  let stopped: Stopped | null = null;
  try {
    const module = new Scope(null);
    runBlock(machine, body, module);
    runUncalled(machine, body, module, program.text);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped = error;
  }
  const { definitions, problems } = definitionsOf(library, rangeOf);
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
    steps: machine.steps
  };
}

/** Functions that nothing calls but that lead to a model run on their own, callers first, with their default arguments. */
function runUncalled(machine: Machine, body: readonly Statement[], module: Scope, text: string): void {
  const functions = body.filter((node) => node.type === 'function');
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
