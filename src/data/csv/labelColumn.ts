/** The labels of a table as they are met: whole numbers, words, or quantities; what they are is known only at the end. */
import { FileProblem } from '../../files/problem';
import { t } from '../../core/texts';
import { areQuantities } from '../arraySet';

const MOST_WORDS = 10_000;
const MOST_CLASSES = 100_000;

export type LabelAnswers =
  | { readonly kind: 'classes'; readonly labels: Int32Array; readonly classNames: readonly string[] }
  | { readonly kind: 'numbers'; readonly values: Float32Array };

export class LabelColumn {
  /** Different texts in order of appearance; a cell is kept as an index into them. */
  private readonly texts = new Map<string, number>();
  private cells = new Int32Array(1024);
  private size = 0;
  private numbers: Float32Array | null = null;

  add(text: string): void {
    const value = text === '' ? NaN : Number(text);
    if (this.numbers === null && !this.texts.has(text) && this.texts.size >= MOST_WORDS) this.giveUpTexts();
    if (this.numbers !== null) {
      if (!Number.isFinite(value)) throw tooMany();
      this.numbers = grown(this.numbers, this.size, (length) => new Float32Array(length));
      this.numbers[this.size] = value;
    } else {
      const index = this.texts.get(text) ?? this.texts.size;
      this.texts.set(text, index);
      this.cells = grown(this.cells, this.size, (length) => new Int32Array(length));
      this.cells[this.size] = index;
    }
    this.size += 1;
  }

  /** @param names `null`: the table's own words, or `0`, `1`, … up to the highest label. @throws {FileProblem} */
  answers(names: readonly string[] | null): LabelAnswers {
    if (this.numbers !== null) return { kind: 'numbers', values: this.numbers.slice(0, this.size) };
    const texts = [...this.texts.keys()];
    const values = texts.map((text) => Number(text));
    const whole = values.every((value) => Number.isInteger(value) && value >= 0 && value < MOST_CLASSES);
    if (whole && !areQuantities(texts.length, this.size)) {
      const count = values.reduce((most, value) => Math.max(most, value), -1) + 1;
      if (names !== null && names.length < count) {
        throw new FileProblem(
          t('has labels up to {0} for {1} classes', count - 1, names.length),
          t('Check that the file belongs to this data set')
        );
      }
      return {
        kind: 'classes',
        labels: this.cells.slice(0, this.size).map((cell) => values[cell] ?? 0),
        classNames: names ?? Array.from({ length: count }, (_, i) => String(i))
      };
    }
    if (values.every((value) => Number.isFinite(value))) {
      return {
        kind: 'numbers',
        values: Float32Array.from(this.cells.subarray(0, this.size), (cell) => values[cell] ?? 0)
      };
    }
    const classNames = [...texts].sort(new Intl.Collator('en', { numeric: true }).compare);
    const order = new Map(classNames.map((name, index) => [name, index]));
    const places = texts.map((text) => order.get(text) ?? 0);
    return { kind: 'classes', labels: this.cells.slice(0, this.size).map((cell) => places[cell] ?? 0), classNames };
  }

  /** So many different texts are quantities, not classes. */
  private giveUpTexts(): void {
    const values = [...this.texts.keys()].map((text) => Number(text));
    if (!values.every((value) => Number.isFinite(value))) throw tooMany();
    this.numbers = new Float32Array(this.cells.length);
    for (let i = 0; i < this.size; i++) this.numbers[i] = values[this.cells[i] ?? 0] ?? 0;
  }
}

function tooMany(): FileProblem {
  return new FileProblem(t('has more than 10,000 different words as labels'), t('Choose another column for the label'));
}

function grown<T extends Int32Array | Float32Array>(array: T, size: number, create: (length: number) => T): T {
  if (size < array.length) return array;
  const larger = create(2 * array.length);
  larger.set(array);
  return larger;
}
