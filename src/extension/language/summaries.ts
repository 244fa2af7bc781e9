/** Summaries of definitions, computed once for each analysis, and the rows that stand at a place in the code. */
import type { SourceRange } from '../../core/model';
import { summarize } from '../../core/summarize';
import type { LayerRow, ModelSummary } from '../../core/summary';
import type { SourceAnalysis, SourceDefinition, SourceProblem } from '../../source/types';
import { builtAt, contains, type CodePosition } from '../layerAt';

const summaries = new WeakMap<SourceDefinition, ModelSummary>();

export function summaryOf(definition: SourceDefinition): ModelSummary {
  const known = summaries.get(definition);
  if (known !== undefined) return known;
  const summary = summarize(definition.model);
  summaries.set(definition, summary);
  return summary;
}

/** The rows of one definition that a line of code makes. */
export interface RowsAtLine {
  readonly definition: SourceDefinition;
  readonly rows: readonly LayerRow[];
  /** The line calls a helper function that makes the layers, rather than making them itself. */
  readonly throughHelper: boolean;
  readonly range: SourceRange;
}

/**
 * What the hover at a place is about, one entry for each definition. Layers whose constructor contains the place come
 * first (the innermost constructor), then layers that begin on the line, then layers made by a helper called on the line.
 */
export function rowsAt(analysis: SourceAnalysis, place: CodePosition): RowsAtLine[] {
  return analysis.definitions.flatMap((definition) => rowsOf(definition, place) ?? []);
}

/** The reason why a definition at this place could not be understood, if there is one. */
export function problemAt(analysis: SourceAnalysis, place: CodePosition): SourceProblem | null {
  return analysis.problems.find(({ range }) => range !== null && contains(range, place)) ?? null;
}

function rowsOf(definition: SourceDefinition, place: CodePosition): RowsAtLine | null {
  const rows = [...everyRow(summaryOf(definition).layers)].filter(isShown);
  const direct = builtAt(rows, ({ source }) => source, place);
  const range = direct[0]?.source ?? null;
  if (range !== null) return { definition, rows: direct, throughHelper: false, range };
  const throughCalls = rows.flatMap((row) => {
    const site = definition.callSites.get(row.id)?.find((each) => contains(each, place) && oneLine(each, place));
    return site === undefined ? [] : [{ row, range: site }];
  });
  const [call] = throughCalls;
  return call === undefined
    ? null
    : { definition, rows: throughCalls.map(({ row }) => row), throughHelper: true, range: call.range };
}

/** What the code itself spells: layers, inputs, and the operations of PyTorch's `forward`. */
export function isShown(row: LayerRow): boolean {
  return row.listed || row.kind === 'input' || row.source !== null;
}

/** Rows with those of nested models behind their own. */
function* everyRow(rows: readonly LayerRow[]): Generator<LayerRow> {
  for (const row of rows) {
    yield row;
    if (row.layers !== null) yield* everyRow(row.layers);
  }
}

function oneLine(range: SourceRange, place: CodePosition): boolean {
  return range.startLine === place.line;
}
