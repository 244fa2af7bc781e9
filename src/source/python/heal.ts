/**
 * Repairs half-typed code before it is parsed again: closes strings at the end of their line, and closes brackets where the
 * next line stands no deeper than the line that opened them. Used only where the tree has errors, because code with
 * unusual indentation is valid too.
 */
import type { Insertion } from '../program';

interface OpenBracket {
  readonly close: string;
  /** Indentation of the line that opened it. */
  readonly indent: number;
}

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}']
]);

/** Where which closing characters have to be inserted, in ascending order. */
export function closingInsertions(text: string): Insertion[] {
  const insertions: Insertion[] = [];
  const open: OpenBracket[] = [];
  let longString: string | null = null;
  let codeEnd = 0;
  let lineStart = 0;
  while (lineStart <= text.length) {
    const newline = text.indexOf('\n', lineStart);
    const lineEnd = newline < 0 ? text.length : newline;
    if (longString === null) {
      const indent = indentation(text, lineStart, lineEnd);
      const first = text[lineStart + indent];
      const blank = first === undefined || lineStart + indent >= lineEnd || first === '#' || first === '\r';
      if (!blank && !')]}'.includes(first)) closeDeeper(open, indent, codeEnd, insertions);
    }
    let i = lineStart;
    while (i < lineEnd) {
      if (longString !== null) {
        const end = text.indexOf(longString, i);
        if (end < 0 || end > lineEnd) break;
        i = end + 3;
        codeEnd = i;
        longString = null;
        continue;
      }
      const char = text[i] ?? '';
      if (char === '#') break;
      if (char === '"' || char === "'") {
        if (text.startsWith(char.repeat(3), i)) {
          longString = char.repeat(3);
          i += 3;
          continue;
        }
        i = stringEnd(text, i, lineEnd, char, insertions);
        codeEnd = i;
        continue;
      }
      const closer = CLOSERS.get(char);
      if (closer !== undefined) {
        open.push({ close: closer, indent: indentation(text, lineStart, lineEnd) });
      } else if (')]}'.includes(char)) {
        closeMismatched(open, char, i, insertions);
      }
      if (char !== ' ' && char !== '\t' && char !== '\r') codeEnd = i + 1;
      i++;
    }
    lineStart = lineEnd + 1;
  }
  if (open.length > 0) insertions.push({ at: codeEnd, text: closers(open.splice(0)) });
  return insertions;
}

/** The text with the insertions in place. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  let healed = '';
  let last = 0;
  for (const insertion of insertions) {
    healed += text.slice(last, insertion.at) + insertion.text;
    last = insertion.at;
  }
  return healed + text.slice(last);
}

function closeDeeper(open: OpenBracket[], indent: number, at: number, insertions: Insertion[]): void {
  const closing: OpenBracket[] = [];
  for (let top = open.at(-1); top !== undefined && indent <= top.indent; top = open.at(-1)) {
    closing.push(top);
    open.pop();
  }
  if (closing.length === 0) return;
  // Inside an outer bracket the closed call is one of several elements.
  const separator = open.length > 0 ? ',' : '';
  insertions.push({ at, text: closing.map((bracket) => bracket.close).join('') + separator });
}

function closeMismatched(open: OpenBracket[], char: string, at: number, insertions: Insertion[]): void {
  const match = open.findLastIndex((bracket) => bracket.close === char);
  if (match < 0) return;
  const inner = open.splice(match + 1);
  if (inner.length > 0) insertions.push({ at, text: closers(inner) });
  open.pop();
}

function closers(open: readonly OpenBracket[]): string {
  return open.map((bracket) => bracket.close).reduceRight((text, close) => text + close, '');
}

/** Offset after the string that starts at `from`; a string that its line does not end is closed before a trailing bracket. */
function stringEnd(text: string, from: number, lineEnd: number, quote: string, insertions: Insertion[]): number {
  for (let i = from + 1; i < lineEnd; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i + 1;
  }
  const line = text.slice(from, lineEnd);
  const content = /^.[\w./ -]*/.exec(line)?.[0] ?? line;
  const end = from + content.trimEnd().length;
  insertions.push({ at: end, text: quote });
  return end;
}

function indentation(text: string, lineStart: number, lineEnd: number): number {
  let i = lineStart;
  while (i < lineEnd && (text[i] === ' ' || text[i] === '\t')) i++;
  return i - lineStart;
}
