/**
 * The arguments of one call as they are written: names, values and their places. Edits need the text itself, whatever
 * values the program computes. Reads Python calls and JavaScript calls with an object of settings
 * (`tf.layers.dense({units: 10})`); nothing is executed.
 */
import type { SourceRange } from '../core/model';
import type { SourceLanguage, SourceText, Span } from './sourceText';

export interface ArgumentText {
  /** `null` for an argument given by its place. */
  readonly name: string | null;
  readonly nameSpan: Span | null;
  readonly value: Span;
  /** The value as it is written. */
  readonly text: string;
  /** Name and value. */
  readonly whole: Span;
  /** `*args`, `**kwargs`, `...rest`. */
  readonly unpacks: boolean;
}

export interface CallText {
  /** What is called, as it is written: `layers.Conv2D`. */
  readonly callee: string;
  readonly calleeSpan: Span;
  /** The last name of the callee: `Conv2D`. */
  readonly name: string;
  readonly nameSpan: Span;
  /** Between the brackets (of the settings object in JavaScript). */
  readonly inside: Span;
  readonly args: readonly ArgumentText[];
  readonly whole: Span;
  readonly language: SourceLanguage;
}

/** The call that begins a range; `null` where the text there is none, or is not closed yet. */
export function callAt(text: SourceText, range: SourceRange): CallText | null {
  const span = text.spanOf(range);
  if (span === null) return null;
  const source = text.part(span.cell);
  const { language } = text;
  const callee = /^(?:new\s+)?([A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*)\s*\(/.exec(
    source.slice(span.from, span.to)
  );
  const [opening, written] = callee ?? [];
  if (opening === undefined || written === undefined) return null;
  const open = span.from + opening.length - 1;
  const list = readList(source, open, language);
  if (list === null || list.close >= span.to) return null;
  const at = (from: number, to: number): Span => ({ cell: span.cell, from, to });
  const calleeFrom = span.from + opening.indexOf(written);
  const last = /[\w$]+$/.exec(written)?.[0] ?? written;
  const calleeTo = calleeFrom + written.length;
  const settings = language === 'javascript' ? settingsOf(source, list.pieces) : null;
  const { pieces, from, to } = settings ?? { pieces: list.pieces, from: open + 1, to: list.close };
  return {
    callee: written.replace(/\s+/g, ''),
    calleeSpan: at(calleeFrom, calleeTo),
    name: last,
    nameSpan: at(calleeTo - last.length, calleeTo),
    inside: at(from, to),
    args: pieces.map((piece) => argumentOf(source, piece, settings === null ? '=' : ':', at)),
    whole: at(span.from, list.close + 1),
    language
  };
}

/** The argument under a name, or at a place where it is given by place. */
export function argumentOfCall(call: CallText, name: string, position: number | null = null): ArgumentText | null {
  const named = call.args.find((argument) => argument.name === name);
  if (named !== undefined || position === null || position < 0) return named ?? null;
  // An unpacked list before it may hold any number of values.
  const before = call.args.slice(0, position + 1);
  const placed = before[position];
  if (placed === undefined || before.some(({ name: given, unpacks }) => given !== null || unpacks)) return null;
  return placed;
}

interface Piece {
  /** First and last character that is neither space nor comment. */
  readonly from: number;
  readonly to: number;
}

interface BracketList {
  readonly pieces: readonly Piece[];
  readonly close: number;
}

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** The parts between commas from a bracket to the one that closes it; `null` where none does. */
function readList(source: string, open: number, language: SourceLanguage): BracketList | null {
  const pieces: Piece[] = [];
  const stack = [CLOSERS[source[open] ?? ''] ?? ')'];
  let first = -1;
  let end = -1;
  const finish = () => {
    if (first >= 0) pieces.push({ from: first, to: end });
    first = -1;
  };
  for (let i = open + 1; i < source.length;) {
    const char = source[i] ?? '';
    const skipped = commentEnd(source, i, language);
    if (skipped !== null) {
      i = skipped;
      continue;
    }
    let next = i + 1;
    if (char === '"' || char === "'" || (char === '`' && language === 'javascript')) {
      const after = stringEnd(source, i, char, language);
      if (after === null) return null;
      next = after;
    } else if (CLOSERS[char] !== undefined) stack.push(CLOSERS[char]);
    else if (char === ')' || char === ']' || char === '}') {
      if (stack.pop() !== char) return null;
      if (stack.length === 0) {
        finish();
        return { pieces, close: i };
      }
    } else if (char === ',' && stack.length === 1) {
      finish();
      i = next;
      continue;
    }
    if (!/\s/.test(char)) {
      if (first < 0) first = i;
      end = next;
    }
    i = next;
  }
  return null;
}

function commentEnd(source: string, at: number, language: SourceLanguage): number | null {
  const lineEnd = () => {
    const newline = source.indexOf('\n', at);
    return newline < 0 ? source.length : newline;
  };
  if (language === 'python') return source[at] === '#' ? lineEnd() : null;
  if (source.startsWith('//', at)) return lineEnd();
  if (!source.startsWith('/*', at)) return null;
  const end = source.indexOf('*/', at + 2);
  return end < 0 ? source.length : end + 2;
}

/** Offset after the string that begins at `at`; `null` where it does not end. */
function stringEnd(source: string, at: number, quote: string, language: SourceLanguage): number | null {
  if (language === 'python' && source.startsWith(quote.repeat(3), at)) {
    const end = source.indexOf(quote.repeat(3), at + 3);
    return end < 0 ? null : end + 3;
  }
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote) return i + 1;
    else if (source[i] === '\n' && quote !== '`') return null;
  }
  return null;
}

/** The only argument where it is an object in braces: `{units: 10, activation: 'relu'}`. */
function settingsOf(
  source: string,
  pieces: readonly Piece[]
): { readonly pieces: readonly Piece[]; readonly from: number; readonly to: number } | null {
  const [first] = pieces;
  if (first === undefined || source[first.from] !== '{') return null;
  const list = readList(source, first.from, 'javascript');
  return list === null ? null : { pieces: list.pieces, from: first.from + 1, to: list.close };
}

function argumentOf(
  source: string,
  { from, to }: Piece,
  separator: '=' | ':',
  at: (from: number, to: number) => Span
): ArgumentText {
  const text = source.slice(from, to);
  const pattern = separator === '=' ? /^([A-Za-z_]\w*)\s*=(?!=)\s*/ : /^(['"]?)([A-Za-z_$][\w$]*)\1\s*:\s*/;
  const found = pattern.exec(text);
  const name = (separator === '=' ? found?.[1] : found?.[2]) ?? null;
  // `{units}` in JavaScript is short for `{units: units}`.
  const short = separator === ':' && found === null && /^[A-Za-z_$][\w$]*$/.test(text);
  const valueFrom = from + (found?.[0].length ?? 0);
  const nameFrom = from + (name === null ? 0 : text.indexOf(name));
  return {
    name: short ? text : name,
    nameSpan: name === null ? null : at(nameFrom, nameFrom + name.length),
    value: at(valueFrom, to),
    text: source.slice(valueFrom, to),
    whole: at(from, to),
    unpacks: /^(\*|\.\.\.)/.test(text)
  };
}
