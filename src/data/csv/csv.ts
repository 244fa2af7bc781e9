/**
 * A table of pixels, one example a line, as a set to train on. The file is read once from end to end to check it and to
 * note where each row begins; the values are read again when they are asked for, so memory holds 20 bytes a row.
 */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ok, type Result } from '../../core/result';
import { elementCount } from '../../core/tensor';
import { t } from '../../core/texts';
import { fileSource, readRange } from '../../files/byteSource';
import { FileProblem } from '../../files/problem';
import type { TrainingSet } from '../dataSet';
import { drawn, levelsOf } from '../drawn';
import { attempted, guarded } from '../guarded';
import { LabelColumn } from './labelColumn';
import { csvLayout, type CsvLayout, type CsvOptions } from './layout';
import { EndlessRecord, numbersOf, RecordSplitter, fieldsOf, type CsvRecord } from './records';

const PROBED = 200;
const MOST_NAMED = 20;
const MOST_ROWS = 50_000_000;
const CHUNK = 2 ** 18;

/** @returns the set; rows that cannot be read are skipped and listed in `notices` by their line */
export function readCsv(file: string, options: CsvOptions = {}): Promise<Result<TrainingSet>> {
  return guarded(file, async () => {
    const layout = csvLayout(await firstRecords(file, options.signal), options);
    return setOf(file, layout, await scan(file, layout, options), options);
  });
}

async function* recordsOf(file: string, signal?: AbortSignal): AsyncGenerator<readonly CsvRecord[]> {
  const stream = createReadStream(file, { highWaterMark: CHUNK });
  const splitter = new RecordSplitter();
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      yield splitter.push(chunk as Uint8Array);
    }
    yield splitter.end();
  } catch (error) {
    if (!(error instanceof EndlessRecord)) throw error;
    throw new FileProblem(error.message, t('Check that every quote in the file is closed'));
  } finally {
    stream.destroy();
  }
}

async function firstRecords(file: string, signal?: AbortSignal): Promise<readonly CsvRecord[]> {
  const found: CsvRecord[] = [];
  for await (const records of recordsOf(file, signal)) {
    for (const record of records) found.push(found.length === 0 ? withoutMark(record) : record);
    if (found.length >= PROBED) break;
  }
  return found.slice(0, PROBED);
}

/** Takes the byte order mark off that spreadsheets write. */
function withoutMark(record: CsvRecord): CsvRecord {
  const marked = [0xef, 0xbb, 0xbf].every((byte, i) => record.bytes[i] === byte);
  return marked ? { ...record, offset: record.offset + 3, bytes: record.bytes.subarray(3) } : record;
}

interface Scanned {
  /** Where each good row begins, and its length in bytes. */
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly lines: Uint32Array;
  readonly labels: LabelColumn | null;
  readonly low: number;
  readonly high: number;
  readonly bytesOnly: boolean;
  readonly notices: readonly string[];
}

async function scan(file: string, layout: CsvLayout, options: CsvOptions): Promise<Scanned> {
  const { delimiter, label, columns } = layout;
  const total = statSync(file).size;
  const size = elementCount(layout.shape);
  const values = new Float32Array(size);
  const rows = new Growing();
  const labels = label < 0 ? null : new LabelColumn();
  const notices: string[] = [];
  let skipped = 0;
  let [low, high] = [Infinity, -Infinity];
  let bytesOnly = true;
  let first = true;
  const skip = (record: CsvRecord, why: string): void => {
    skipped += 1;
    if (notices.length < MOST_NAMED) notices.push(t('line {0}: {1}', record.line, why));
  };
  for await (const records of recordsOf(file, options.signal)) {
    for (const raw of records) {
      const record = first ? withoutMark(raw) : raw;
      const isHeader = first && layout.header;
      first = false;
      if (isHeader) continue;
      const count = numbersOf(record.bytes, delimiter, label, values);
      if (count < 0) {
        skip(record, t('field {0} is no number', -count));
        continue;
      }
      if (count !== size) {
        skip(record, t('has {0} fields instead of {1}', count + columns - size, columns));
        continue;
      }
      const cell = labels === null ? '' : labelCell(record.bytes, delimiter, label);
      if (labels !== null && cell === '') {
        skip(record, t('has no label'));
        continue;
      }
      labels?.add(cell);
      if (rows.size >= MOST_ROWS)
        throw new FileProblem(t('has more than 50 million rows'), t('Use a part of the file'));
      rows.add(record.offset, record.bytes.length, record.line);
      for (const value of values) {
        if (value < low) low = value;
        if (value > high) high = value;
        bytesOnly = bytesOnly && value >= 0 && value <= 255 && Number.isInteger(value);
      }
    }
    const last = records.at(-1);
    if (last !== undefined) options.progress?.(Math.min(1, (last.offset + last.bytes.length) / Math.max(1, total)));
  }
  if (rows.size === 0) {
    throw new FileProblem(
      t('has no row that can be read ({0})', notices[0] ?? t('it is empty')),
      t('Check the columns')
    );
  }
  if (skipped > notices.length) notices.push(t('{0} more rows are skipped', skipped - notices.length));
  return { ...rows.taken(), labels, low, high, bytesOnly, notices };
}

/** The label's text: without quotes the first or last field is cut out directly. */
function labelCell(bytes: Uint8Array, delimiter: number, label: number): string {
  if (bytes.includes(0x22)) return fieldsOf(bytes, delimiter)[label] ?? '';
  const cell =
    label === 0 ? bytes.subarray(0, bytes.indexOf(delimiter)) : bytes.subarray(bytes.lastIndexOf(delimiter) + 1);
  return new TextDecoder().decode(cell).trim();
}

/** Places of rows in arrays that double, since their number is not known before. */
class Growing {
  size = 0;
  private offsets = new Float64Array(1024);
  private lengths = new Uint32Array(1024);
  private lines = new Uint32Array(1024);

  add(offset: number, length: number, line: number): void {
    if (this.size === this.offsets.length) {
      const [offsets, lengths, lines] = [this.offsets, this.lengths, this.lines];
      this.offsets = new Float64Array(2 * this.size);
      this.lengths = new Uint32Array(2 * this.size);
      this.lines = new Uint32Array(2 * this.size);
      this.offsets.set(offsets);
      this.lengths.set(lengths);
      this.lines.set(lines);
    }
    this.offsets[this.size] = offset;
    this.lengths[this.size] = length;
    this.lines[this.size] = line;
    this.size += 1;
  }

  taken(): Pick<Scanned, 'offsets' | 'lengths' | 'lines'> {
    return {
      offsets: this.offsets.slice(0, this.size),
      lengths: this.lengths.slice(0, this.size),
      lines: this.lines.slice(0, this.size)
    };
  }
}

function setOf(file: string, layout: CsvLayout, scanned: Scanned, options: CsvOptions): TrainingSet {
  const { shape, delimiter, label } = layout;
  const source = fileSource(file);
  const size = elementCount(shape);
  const levels = levelsOf(scanned.low, scanned.high);
  const answers = scanned.labels?.answers(options.classNames ?? null) ?? null;
  const nameOf = (index: number): string => t('{0}, line {1}', basename(file), String(scanned.lines[index] ?? 0));
  const changed = (): FileProblem => new FileProblem(t('the file has changed'), t('Open it again'));
  const read = (index: number): Result<Uint8Array | Float32Array> =>
    attempted(nameOf(index), () => {
      const [offset, length] = [scanned.offsets[index], scanned.lengths[index]];
      if (offset === undefined || length === undefined)
        throw new FileProblem(t('there is no such row'), t('Ask for another'));
      const values = new Float32Array(size);
      if (numbersOf(readRange(source, offset, length), delimiter, label, values) !== size) throw changed();
      return scanned.bytesOnly ? Uint8Array.from(values) : values;
    });
  return {
    id: `csv:${file}`,
    title: options.title ?? basename(file),
    size: scanned.offsets.length,
    classNames: answers?.kind === 'classes' ? answers.classNames : null,
    shape,
    targets: answers?.kind ?? 'none',
    targetSize: answers === null ? 0 : 1,
    notices: scanned.notices,
    nameOf,
    label: (index) => (answers?.kind === 'classes' ? (answers.labels[index] ?? null) : null),
    target: (index) => (answers?.kind === 'numbers' ? [answers.values[index] ?? 0] : null),
    example(index) {
      const values = read(index);
      return Promise.resolve(values.ok ? ok({ kind: 'tensor', shape, values: values.value } as const) : values);
    },
    image(index) {
      const values = read(index);
      return Promise.resolve(values.ok ? drawn(values.value, shape, levels, nameOf(index)) : values);
    },
    close: () => source.close()
  };
}
