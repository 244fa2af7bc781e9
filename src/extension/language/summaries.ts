/** Summaries of definitions, computed once for each analysis, and the rows that stand at a place in the code. */
import type { SourceRange } from '../../core/model';
import { summarize } from '../../core/summarize';
import type { LayerRow, ModelSummary } from '../../core/summary';
import type { SourceAnalysis, SourceDefinition, SourceProblem } from '../../source/types';

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

interface Place {
  readonly line: number;
  readonly column: number;
  readonly cell: number | undefined;
}

/**
 * What the hover at a place is about, one entry for each definition. Layers whose constructor contains the place come
 * first (the innermost constructor), then layers that begin on the line, then layers made by a helper called on the line.
 */
export function rowsAt(analysis: SourceAnalysis, place: Place): RowsAtLine[] {
  return analysis.definitions.flatMap((definition) => rowsOf(definition, place) ?? []);
}

/** The reason why a definition at this place could not be understood, if there is one. */
export function problemAt(analysis: SourceAnalysis, place: Place): SourceProblem | null {
  return analysis.problems.find(({ range }) => range !== null && contains(range, place)) ?? null;
}

function rowsOf(definition: SourceDefinition, place: Place): RowsAtLine | null {
  const rows = [...everyRow(summaryOf(definition).layers)].filter((row) => row.listed || row.kind === 'input');
  const withSource = rows.flatMap((row) => (row.source === null ? [] : [{ row, range: row.source }]));
  const around = innermost(withSource.filter(({ range }) => contains(range, place)));
  const direct =
    around.length > 0
      ? around
      : withSource.filter(({ range }) => range.cell === place.cell && range.startLine === place.line);
  const [first] = direct;
  if (first !== undefined) {
    return { definition, rows: direct.map(({ row }) => row), throughHelper: false, range: first.range };
  }
  const throughCalls = rows.flatMap((row) => {
    const range = definition.callSites.get(row.id)?.find((site) => contains(site, place) && oneLine(site, place));
    return range === undefined ? [] : [{ row, range }];
  });
  const [call] = throughCalls;
  return call === undefined
    ? null
    : { definition, rows: throughCalls.map(({ row }) => row), throughHelper: true, range: call.range };
}

/** Rows with those of nested models behind their own. */
function* everyRow(rows: readonly LayerRow[]): Generator<LayerRow> {
  for (const row of rows) {
    yield row;
    if (row.layers !== null) yield* everyRow(row.layers);
  }
}

function innermost<T extends { readonly range: SourceRange }>(entries: readonly T[]): T[] {
  const size = ({ range }: T): number =>
    (range.endLine - range.startLine) * 10_000 + range.endColumn - range.startColumn;
  const smallest = Math.min(...entries.map(size));
  return entries.filter((entry) => size(entry) === smallest);
}

function oneLine(range: SourceRange, place: Place): boolean {
  return range.startLine === place.line;
}

function contains(range: SourceRange, place: Place): boolean {
  if (range.cell !== place.cell) return false;
  const after = place.line > range.startLine || (place.line === range.startLine && place.column >= range.startColumn);
  const before = place.line < range.endLine || (place.line === range.endLine && place.column <= range.endColumn);
  return after && before;
}
