/** What the columns of a table of pixels mean. */
import { FileProblem } from '../../files/problem';
import { t } from '../../core/texts';
import { fieldsOf, type CsvRecord } from './records';

export interface CsvOptions {
  /** Where the label stands; left out: by the header's words, then by what the columns hold. */
  readonly label?: 'first' | 'last' | 'none';
  /** Shape of one example; left out: a square picture, grey or RGB, where the number of columns is one's, else `[n]`. */
  readonly shape?: readonly number[];
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
  readonly signal?: AbortSignal;
  /** @param done in 0..1 */
  readonly progress?: (done: number) => void;
}

export interface CsvLayout {
  /** Byte value. */
  readonly delimiter: number;
  readonly header: boolean;
  /** Fields of every good record. */
  readonly columns: number;
  /** Index of the label's column, -1 without. */
  readonly label: number;
  readonly shape: readonly number[];
}

const labelWords = /^(label|labels|class|classes|target|targets|y|category|digit|species)$/i;

/** @param records the first of the file. @throws {FileProblem} where they are no table */
export function csvLayout(records: readonly CsvRecord[], options: CsvOptions): CsvLayout {
  const [first] = records;
  if (first === undefined) throw new FileProblem(t('is empty'), t('Choose a file with one example a line'));
  const delimiter = delimiterOf(first.bytes);
  const rows = records.map(({ bytes }) => fieldsOf(bytes, delimiter));
  const titles = rows[0] ?? [];
  const columns = titles.length;
  // A label may be a word, so one word alone in a row of numbers is no header.
  const words = titles.filter((field) => !isNumber(field)).length;
  const header = words > 1 || (words === 1 && titles.some((title) => labelWords.test(title)));
  const body = (header ? rows.slice(1) : rows).filter((row) => row.length === columns);
  if (body.length === 0)
    throw new FileProblem(t('holds no row of numbers'), t('Choose a file with one example a line'));
  const label = labelColumn(header ? titles : null, body, columns, options.label);
  const count = columns - (label < 0 ? 0 : 1);
  const shape = options.shape ?? shapeOf(count);
  if (shape.reduce((product, size) => product * size, 1) !== count) {
    throw new FileProblem(
      t('has {0} values a row, which do not make {1}', count, shape.join(' x ')),
      t('Choose another shape or another column for the label')
    );
  }
  return { delimiter, header, columns, label, shape };
}

function delimiterOf(bytes: Uint8Array): number {
  const counts = [0x2c, 0x3b, 0x09].map((mark) => ({ mark, count: fieldsOf(bytes, mark).length }));
  const best = counts.reduce((most, one) => (one.count > most.count ? one : most));
  if (best.count < 2) {
    throw new FileProblem(
      t('holds no table: its first line has one field'),
      t('Choose a file with values set apart by commas')
    );
  }
  return best.mark;
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text));
}

function labelColumn(
  titles: readonly string[] | null,
  body: readonly (readonly string[])[],
  columns: number,
  asked: CsvOptions['label']
): number {
  const last = columns - 1;
  if (asked !== undefined) return asked === 'first' ? 0 : asked === 'last' ? last : -1;
  if (titles !== null) {
    if (labelWords.test(titles[0] ?? '')) return 0;
    if (labelWords.test(titles[last] ?? '')) return last;
  }
  const candidates = [0, last].filter((column) => looksLikeLabels(body.map((row) => row[column] ?? '')));
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined) return only;
  // Both or neither look like labels: pixels that fill a picture settle it, else the usual place, the first column.
  return candidates.length === 0 && isPicture(columns) ? -1 : 0;
}

/** Words, or whole numbers of which there are at least two and far fewer than rows. */
function looksLikeLabels(cells: readonly string[]): boolean {
  const different = new Set(cells);
  if (different.size < 2 || different.size > Math.max(2, cells.length / 2)) return false;
  return cells.every((cell) => !isNumber(cell)) || cells.every((cell) => /^\d{1,5}$/.test(cell));
}

function isPicture(count: number): boolean {
  return count >= 16 && shapeOf(count).length > 1;
}

function shapeOf(count: number): number[] {
  for (const channels of [1, 3]) {
    const edge = Math.sqrt(count / channels);
    if (Number.isInteger(edge) && edge > 1) return [edge, edge, channels];
  }
  return [count];
}
