/** The records of a delimited text file, found in a stream of bytes: quotes may hold delimiters and line ends (RFC 4180). */
import { t } from '../../core/texts';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const LARGEST_RECORD = 2 ** 23;

export interface CsvRecord {
  /** Of the record's first byte in the file. */
  readonly offset: number;
  /** The line it begins on, from 1. */
  readonly line: number;
  /** Without the line end. */
  readonly bytes: Uint8Array;
}

/** A record too long to be one: most likely a quote that is never closed, or no text at all. */
export class EndlessRecord extends Error {
  constructor(readonly line: number) {
    super(t('line {0} does not end within 8 MiB', line));
  }
}

/** Cuts chunks into records; what a chunk leaves open is kept for the next. */
export class RecordSplitter {
  private rest: Uint8Array = new Uint8Array(0);
  private restOffset = 0;
  private line = 1;
  private lines = 0;
  private quoted = false;
  /** How much of `rest` has been looked at. */
  private seen = 0;

  /** @throws {EndlessRecord} */
  push(chunk: Uint8Array): CsvRecord[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const found: CsvRecord[] = [];
    let start = 0;
    for (let i = this.seen; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) this.quoted = !this.quoted;
      else if (byte === LINE_FEED) {
        this.lines += 1;
        if (this.quoted) continue;
        this.add(found, bytes, start, i);
        start = i + 1;
        this.line += this.lines;
        this.lines = 0;
      }
    }
    this.rest = bytes.subarray(start);
    this.restOffset += start;
    this.seen = this.rest.length;
    if (this.rest.length > LARGEST_RECORD) throw new EndlessRecord(this.line);
    return found;
  }

  /** The last record, where the file does not end with a line end. */
  end(): CsvRecord[] {
    const found: CsvRecord[] = [];
    this.add(found, this.rest, 0, this.rest.length);
    this.rest = new Uint8Array(0);
    return found;
  }

  private add(found: CsvRecord[], bytes: Uint8Array, start: number, end: number): void {
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    if (last > start) {
      found.push({ offset: this.restOffset + start, line: this.line, bytes: bytes.subarray(start, last) });
    }
  }
}

/** The fields of one record, quotes taken off. */
export function fieldsOf(record: Uint8Array, delimiter: number): string[] {
  const text = new TextDecoder().decode(record);
  const mark = String.fromCharCode(delimiter);
  if (!text.includes('"')) return text.split(mark).map((field) => field.trim());
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] ?? '';
    if (letter === '"') {
      if (quoted && text[i + 1] === '"') {
        field += '"';
        i += 1;
      } else quoted = !quoted;
    } else if (letter === mark && !quoted) {
      fields.push(field.trim());
      field = '';
    } else field += letter;
  }
  fields.push(field.trim());
  return fields;
}

/**
 * The numbers of a record into `target`, with the text of the field `skip` left aside.
 * @returns how many numbers there are beside it; -1 - k where field k (from 0) is no number
 */
export function numbersOf(record: Uint8Array, delimiter: number, skip: number, target: Float32Array): number {
  let count = 0;
  let field = 0;
  let start = 0;
  for (let i = 0; i <= record.length; i++) {
    const byte = record[i];
    if (byte === QUOTE) return slowNumbers(record, delimiter, skip, target);
    if (i < record.length && byte !== delimiter) continue;
    if (field !== skip) {
      const value = numberAt(record, start, i);
      if (Number.isNaN(value)) return -1 - field;
      if (count < target.length) target[count] = value;
      count += 1;
    }
    field += 1;
    start = i + 1;
  }
  return count;
}

function slowNumbers(record: Uint8Array, delimiter: number, skip: number, target: Float32Array): number {
  let count = 0;
  for (const [field, text] of fieldsOf(record, delimiter).entries()) {
    if (field === skip) continue;
    const value = text === '' ? NaN : Number(text);
    if (!Number.isFinite(value)) return -1 - field;
    if (count < target.length) target[count] = value;
    count += 1;
  }
  return count;
}

/** Short whole numbers (nearly all pixels) are read byte by byte; the rest by the language. NaN for what is no number. */
function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  if (end - start > 0 && end - start <= 9) {
    let i = start;
    for (; i < end; i++) {
      const digit = (bytes[i] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
    }
    if (i === end) return value;
  }
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 64))).trim();
  const number = text === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : NaN;
}
