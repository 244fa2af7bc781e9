/**
 * The text that is parsed, and the way back from its offsets to places in the document. Notebook cells are one program in
 * order; IPython's `%` and `!` lines are blanked, character for character, so that offsets stay true.
 */
import type { SourceRange } from '../core/model';
import type { SourceInput } from './types';

interface Piece {
  /** Offset of the piece's first character in the program. */
  readonly start: number;
  readonly cell: number | undefined;
}

/** Characters put into the text that the document does not have. */
export interface Insertion {
  /** Offset in the text before any insertion. */
  readonly at: number;
  readonly text: string;
}

export class Program {
  private readonly lineStarts: number[];

  private constructor(
    /** What the document says (cells joined), magic lines blanked. */
    readonly text: string,
    private readonly pieces: readonly Piece[]
  ) {
    this.lineStarts = lineStartsOf(text);
  }

  static of(input: SourceInput): Program {
    if (input.kind === 'file') return new Program(input.text, [{ start: 0, cell: undefined }]);
    const pieces: Piece[] = [];
    let text = '';
    for (const cell of input.cells) {
      pieces.push({ start: text.length, cell: cell.index });
      text += `${blankMagics(cell.text)}\n`;
    }
    return new Program(text, pieces);
  }

  /** The range in the document of `[from, to)` in the program's text. */
  range(from: number, to: number): SourceRange {
    const piece = this.pieceAt(from);
    const firstLine = lowerBound(this.lineStarts, piece.start);
    const start = this.position(from);
    const end = this.position(Math.max(from, to));
    return {
      startLine: start.line - firstLine,
      startColumn: start.column,
      endLine: end.line - firstLine,
      endColumn: end.column,
      ...(piece.cell === undefined ? {} : { cell: piece.cell })
    };
  }

  private pieceAt(offset: number): Piece {
    let found: Piece = { start: 0, cell: undefined };
    for (const piece of this.pieces) {
      if (piece.start > offset) break;
      found = piece;
    }
    return found;
  }

  private position(offset: number): { line: number; column: number } {
    const line = lowerBound(this.lineStarts, offset);
    return { line, column: offset - (this.lineStarts[line] ?? 0) };
  }
}

/** Maps an offset in the healed text back to the text before the insertions. */
export function beforeInsertions(offset: number, insertions: readonly Insertion[]): number {
  let shift = 0;
  for (const insertion of insertions) {
    if (insertion.at + shift >= offset) break;
    shift += Math.min(insertion.text.length, offset - (insertion.at + shift));
  }
  return offset - shift;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 10) starts.push(i + 1);
  return starts;
}

/** Index of the last entry that is not greater than `value`. */
function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Blanks IPython's magics and shell lines; a cell that starts with `%%` in another language is blanked as a whole. */
function blankMagics(text: string): string {
  const blank = (line: string): string => line.replace(/[^\r]/g, ' ');
  const cellMagic = /^\s*%%(\w+)/.exec(text);
  if (cellMagic !== null && !['time', 'timeit', 'capture', 'prun'].includes(cellMagic[1] ?? '')) {
    return text.split('\n').map(blank).join('\n');
  }
  let continued = false;
  return text
    .split('\n')
    .map((line) => {
      const magic = continued || /^\s*[%!?]/.test(line) || /^\s*[\w.]+\?{1,2}\s*$/.test(line);
      continued = magic && /\\\s*$/.test(line);
      return magic ? blank(line) : line;
    })
    .join('\n');
}
