/** Models that JavaScript and TypeScript files define with TensorFlow.js. */
import type { SourceRange } from '../../core/model';
import { callFunction, callValue } from '../interpreter/calls';
import { following } from '../interpreter/follow';
import { Machine, Stopped } from '../interpreter/machine';
import { instantiate } from '../interpreter/objects';
import type { Scope } from '../interpreter/scope';
import { runBlock } from '../interpreter/statements';
import {
  BoundValue,
  ClassValue,
  DictValue,
  FunctionValue,
  InstanceValue,
  NO_ARGS,
  type Value
} from '../interpreter/values';
import { statedClassNames, withClassNames } from '../classNames';
import { definitionsOf } from '../keras/definitions';
import { Overrides } from '../overrides';
import { Program } from '../program';
import type { Located } from '../python/ast';
import { resultOf } from '../result';
import { ScriptLibrary } from '../tfjs/library';
import type { AnalysisOptions, SourceAnalysis } from '../types';
import { scriptModule } from './imports';
import { lowerScript } from './lower';

/** Words without which a text defines no model; saves the work for other files. */
const MAYBE_MODELS = /\b(sequential|model|Sequential)\s*\(/;
const MAKES_MODELS = /\b(sequential|model|Sequential|LayersModel)\s*\(|\.layers\b/;

export function analyzeScript(text: string, options: AnalysisOptions): SourceAnalysis | null {
  if (!MAYBE_MODELS.test(text) || !/\btf\b|tensorflow/.test(text)) return null;
  const program = Program.of({ kind: 'file', text, language: 'javascript' });
  const rangeOf = (at: Located): SourceRange =>
    at.from > text.length ? program.range(0, 0) : program.range(at.from, at.to);
  const library = new ScriptLibrary(rangeOf);
  const { body } = lowerScript(text);
  const makes = (node: Located): boolean => MAKES_MODELS.test(text.slice(node.from, node.to));
  const overrides = options.set === undefined ? null : new Overrides(options.set, makes);
  const machine = new Machine(library, options, overrides, 'javascript', lowerScript);
  machine.ownLength = text.length;
  machine.nextOffset = text.length + 1;
  let stopped: Stopped | null = null;
  try {
    const module = scriptModule();
    runBlock(machine, body, module);
    runUncalled(machine, module, makes);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped = error;
    machine.unwind();
  }
  const { definitions, problems } = definitionsOf(library, rangeOf, following(machine, stopped !== null), {
    format: 'tfjs-source',
    framework: 'tfjs',
    version: null
  });
  const named = withClassNames(definitions, statedClassNames(body), (at) => rangeOf(at).startLine);
  return resultOf(machine, options, named, problems, stopped, rangeOf);
}

/** Functions and methods that make models and that nothing calls run on their own. */
function runUncalled(machine: Machine, module: Scope, makes: (node: Located) => boolean): void {
  const run = (value: Value, self: Value | null): void => {
    if (!(value instanceof FunctionValue) || machine.calledFunctions.has(value.definition)) return;
    if (value.definition.from > machine.ownLength || !makes(value.definition)) return;
    machine.standalone = true;
    if (self === null) callFunction(machine, value, NO_ARGS, value.definition);
    else callValue(machine, new BoundValue(value, self), NO_ARGS, value.definition);
    machine.standalone = false;
  };
  for (const value of [...module.names.values()]) {
    if (value instanceof FunctionValue) run(value, null);
    else if (value instanceof DictValue) for (const entry of value.entries.values()) run(entry, null);
    else if (value instanceof ClassValue && makes(value.definition)) runClass(machine, value, run);
  }
}

function runClass(machine: Machine, value: ClassValue, run: (value: Value, self: Value | null) => void): void {
  if (machine.library.inherits(value) !== null || value.definition.from > machine.ownLength) return;
  machine.standalone = true;
  const made = machine.usedClasses.has(value) ? null : instantiate(machine, value, NO_ARGS, value.definition);
  machine.standalone = false;
  for (const member of value.members.names.values()) {
    const isStatic =
      member instanceof FunctionValue &&
      member.definition.type === 'function' &&
      member.definition.decorators.includes('@staticmethod');
    if (isStatic) run(member, null);
    else if (made instanceof InstanceValue) run(member, made);
  }
}
