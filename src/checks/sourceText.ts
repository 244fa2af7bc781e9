/** The text that definitions stand in: one file, or the code cells of a notebook; offsets and ranges of it. */
import type { SourceRange } from '../core/model';

export type SourceLanguage = 'python' | 'javascript';

/** A stretch of one file or cell by UTF-16 offsets, `to` exclusive. */
export interface Span {
  readonly cell: number | undefined;
  readonly from: number;
  readonly to: number;
}

interface Part {
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export class SourceText {
  private readonly parts: ReadonlyMap<number | undefined, Part>;
  private everything: string | null = null;

  private constructor(
    parts: ReadonlyMap<number | undefined, string>,
    readonly language: SourceLanguage
  ) {
    this.parts = new Map([...parts].map(([cell, text]) => [cell, { text, lineStarts: lineStartsOf(text) }]));
  }

  static ofFile(text: string, language: SourceLanguage = 'python'): SourceText {
    return new SourceText(new Map([[undefined, text]]), language);
  }

  /** @param cells code cells with their places among all cells, in order */
  static ofCells(cells: readonly { readonly index: number; readonly text: string }[]): SourceText {
    return new SourceText(new Map(cells.map(({ index, text }) => [index, text])), 'python');
  }

  /** The cells there are; `[undefined]` for a file. */
  get cells(): readonly (number | undefined)[] {
    return [...this.parts.keys()];
  }

  /** All of it, cells one after the other. */
  get whole(): string {
    this.everything ??= [...this.parts.values()].map(({ text }) => text).join('\n');
    return this.everything;
  }

  /** The text of one file (`undefined`) or cell; empty where there is no such cell. */
  part(cell: number | undefined): string {
    return this.parts.get(cell)?.text ?? '';
  }

  slice(span: Span): string {
    return this.part(span.cell).slice(span.from, span.to);
  }

  /** `null` where the text has no such place. */
  spanOf(range: SourceRange): Span | null {
    const part = this.parts.get(range.cell);
    const start = part?.lineStarts[range.startLine];
    const end = part?.lineStarts[range.endLine];
    if (start === undefined || end === undefined) return null;
    return { cell: range.cell, from: start + range.startColumn, to: end + range.endColumn };
  }

  rangeOf(span: Span): SourceRange {
    const start = this.position(span.cell, span.from);
    const end = this.position(span.cell, span.to);
    return {
      startLine: start.line,
      startColumn: start.column,
      endLine: end.line,
      endColumn: end.column,
      ...(span.cell === undefined ? {} : { cell: span.cell })
    };
  }

  /** A whole line without its end, `''` where there is none. */
  line(cell: number | undefined, line: number): string {
    const part = this.parts.get(cell);
    const start = part?.lineStarts[line];
    if (part === undefined || start === undefined) return '';
    const end = part.lineStarts[line + 1];
    return part.text.slice(start, end === undefined ? undefined : end - 1).replace(/\r$/, '');
  }

  private position(cell: number | undefined, offset: number): { readonly line: number; readonly column: number } {
    const starts = this.parts.get(cell)?.lineStarts ?? [0];
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, column: offset - (starts[low] ?? 0) };
  }
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
