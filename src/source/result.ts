/** What an analysis answers, whatever the language. */
import type { SourceRange } from '../core/model';
import { t } from '../core/texts';
import type { Machine, Stopped } from './interpreter/machine';
import type { Located } from './python/ast';
import type { AnalysisOptions, SourceAnalysis, SourceDefinition, SourceProblem } from './types';

export const NOTHING: SourceAnalysis = {
  models: [],
  definitions: [],
  problems: [],
  complete: true,
  unknownNames: [],
  settableNames: [],
  steps: 0
};

/** The answer of an analysis, definitions in the order of the source. */
export function resultOf(
  machine: Machine,
  options: AnalysisOptions,
  definitions: readonly SourceDefinition[],
  problems: readonly SourceProblem[],
  stopped: Stopped | null,
  rangeOf: (at: Located) => SourceRange
): SourceAnalysis {
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
      stopped.why === 'budget' ? t('the analysis took too long and was cut short') : t('the analysis was cancelled');
    all.push({ code: stopped.why, message, range: null });
  }
  const overrides = machine.overrides;
  const found = [...definitions].sort((a, b) => compareRanges(a.range, b.range));
  return {
    models: found.map((definition) => definition.model),
    definitions: found,
    problems: all,
    complete: stopped === null,
    unknownNames: [...(options.set?.keys() ?? [])].filter((name) => overrides?.used.has(name) !== true),
    settableNames: [...(overrides?.known ?? [])],
    steps: machine.steps
  };
}

function compareRanges(a: SourceRange, b: SourceRange): number {
  return (a.cell ?? 0) - (b.cell ?? 0) || a.startLine - b.startLine || a.startColumn - b.startColumn;
}
