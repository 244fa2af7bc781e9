/** What stands at the end of each layer's line: its output shape, or `?` where the code does not hold a value. */
import { shortCount } from '../core/format';
import type { SourceRange } from '../core/model';
import type { DataFormat } from '../core/shape';
import { formatShape } from '../core/shape';
import { shapeWords } from '../core/shapeWords';
import type { LayerRow } from '../core/summary';
import { t } from '../core/texts';

/** More shapes on one line (a loop, a helper) say less than none. */
const mostShapes = 3;

export interface LineHint {
  readonly line: number;
  readonly text: string;
  /** The same in words, one line for each shape; the reason where nothing is known. */
  readonly tooltip: string;
  /** A value is missing: the hint offers to set it. */
  readonly unknown: boolean;
}

/** A definition's rows with the layout of its values. */
export interface HintedRows {
  readonly rows: readonly LayerRow[];
  readonly format: DataFormat;
}

interface Shown {
  readonly text: string;
  readonly words: string;
  readonly unknown: boolean;
}

/**
 * One hint for each line on which layers' constructors end, or operations of PyTorch's `forward`: of those inside each
 * other only the outermost, whose result the line is about. `cell` for notebooks.
 */
export function lineHints(
  definitions: readonly HintedRows[],
  cell: number | undefined,
  withParameters = false
): readonly LineHint[] {
  const lines = new Map<number, Map<string, Shown>>();
  for (const { rows, format } of definitions) {
    const operations = rows.flatMap(({ listed, source, kind }) =>
      listed || source === null || kind === 'input' ? [] : [source]
    );
    for (const row of rows) {
      const { listed, source, kind } = row;
      if (source === null || source.cell !== cell) continue;
      if (!listed && (kind === 'input' || operations.some((other) => isAround(other, source)))) continue;
      const shown = shownOf(row, format, withParameters);
      if (shown === null) continue;
      const onLine = lines.get(source.endLine) ?? new Map<string, Shown>();
      lines.set(source.endLine, onLine.set(shown.text, shown));
    }
  }
  return [...lines]
    .map(([line, shapes]): [number, Shown[]] => [line, [...shapes.values()]])
    .filter(([, shapes]) => shapes.length <= mostShapes)
    .map(([line, shapes]) => ({
      line,
      text: shapes.map(({ text }) => text).join(' | '),
      tooltip: shapes.map(({ words }) => words).join('\n'),
      unknown: shapes.some(({ unknown }) => unknown)
    }));
}

/** Layers behind one that is not known have nothing to say; the one itself says why. */
function shownOf(row: LayerRow, format: DataFormat, withParameters: boolean): Shown | null {
  const { outputShape, params, calls, note } = row;
  if (outputShape === null) {
    return row.kind === 'opaque' ? { text: '?', words: t('Not known: {0}', note ?? '?'), unknown: true } : null;
  }
  const shared = calls > 1;
  const text = [
    formatShape(outputShape),
    ...(withParameters && params !== null && params > 0 ? [t('{0} params', shortCount(params))] : []),
    ...(shared ? [`🔗 ${calls}`] : [])
  ].join(' · ');
  const words = [
    shapeWords(outputShape, format),
    ...(shared ? [t('shared: used {0} times with the same weights', calls)] : [])
  ].join(', ');
  return { text, words, unknown: outputShape.slice(1).includes(null) };
}

/** Whether one range holds the other and is larger, both on one line. */
function isAround(outer: SourceRange, inner: SourceRange): boolean {
  return (
    outer.startLine === inner.startLine &&
    outer.endLine === inner.endLine &&
    outer.startColumn <= inner.startColumn &&
    outer.endColumn >= inner.endColumn &&
    outer.endColumn - outer.startColumn > inner.endColumn - inner.startColumn
  );
}
