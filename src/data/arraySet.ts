/** Arrays of examples and of answers as a set to train on. */
import { fail, type Result } from '../core/result';
import { elementCount } from '../core/tensor';
import { t } from '../core/texts';
import { FileProblem } from '../files/problem';
import type { TrainingSet } from './dataSet';
import { byteLevels, drawn, levelsOf, type Levels } from './drawn';
import { attempted } from './guarded';
import type { Rows } from './rows';

/** More classes than any classifier of pictures has: larger whole numbers are quantities. */
const MOST_CLASSES = 100_000;
const MOST_TARGET_NUMBERS = 2 ** 27;
const PROBED_ROWS = 64;

export interface ArraySetNames {
  readonly id: string;
  readonly title: string;
  /** The file that messages name. */
  readonly file: string;
  /** `null`: `0`, `1`, … up to the highest label. */
  readonly classNames?: readonly string[] | null;
  readonly notices?: readonly string[];
}

type Answers =
  | { readonly kind: 'none' }
  | { readonly kind: 'classes'; readonly labels: Int32Array; readonly classes: number }
  | { readonly kind: 'numbers'; readonly values: Float32Array; readonly size: number };

/**
 * @param rows `[N, …]`
 * @param answers `[N]` or `[N, 1]` whole numbers: classes; `[N, K]` with one 1 in every row: classes; any other: numbers
 * @throws {FileProblem} where the two do not belong together
 */
export function arraySet(rows: Rows, answers: Rows | null, names: ArraySetNames): TrainingSet {
  const [size = 0] = rows.shape;
  const shape = rows.shape.slice(1);
  const known = knownAnswers(rows, answers, size);
  const levels = levelsIn(rows, size);
  const nameOf = (index: number): string => t('{0}, example {1}', names.file, String(index));
  const classNames = known.kind === 'classes' ? classNamesOf(known.classes, names.classNames ?? null) : null;
  return {
    id: names.id,
    title: names.title,
    size,
    classNames,
    shape,
    targets: known.kind,
    targetSize: known.kind === 'none' ? 0 : known.kind === 'classes' ? 1 : known.size,
    notices: names.notices ?? [],
    nameOf,
    label: (index) => (known.kind === 'classes' ? (known.labels[index] ?? null) : null),
    target: (index) =>
      known.kind === 'numbers' ? [...known.values.subarray(index * known.size, (index + 1) * known.size)] : null,
    example: (index) =>
      Promise.resolve(
        within(nameOf(index), size, index, () => ({ kind: 'tensor' as const, shape, values: rows.row(index) }))
      ),
    image(index) {
      const values = within(nameOf(index), size, index, () => rows.row(index));
      return Promise.resolve(values.ok ? drawn(values.value, shape, levels, nameOf(index)) : values);
    },
    close: () => rows.close()
  };
}

/** Closes what it was given where the two do not fit: nobody else will. */
function knownAnswers(rows: Rows, answers: Rows | null, size: number): Answers {
  if (answers === null) return { kind: 'none' };
  try {
    return answersOf(answers, size);
  } catch (error) {
    rows.close();
    throw error;
  } finally {
    answers.close();
  }
}

/** Reads within the set alone: past its end another part of the file might lie. */
function within<T>(name: string, size: number, index: number, read: () => T): Result<T> {
  if (!(index >= 0 && index < size)) {
    return fail({ file: name, problem: t('there is no such example'), remedy: t('Ask for 0 to {0}', size - 1) });
  }
  return attempted(name, read);
}

function answersOf(rows: Rows, size: number): Answers {
  const [count = 0] = rows.shape;
  if (count !== size) {
    throw new FileProblem(
      t('there are {0} examples and {1} labels', size, count),
      t('Choose the labels that belong to these examples')
    );
  }
  const width = elementCount(rows.shape.slice(1));
  if (width === 0 || count * width > MOST_TARGET_NUMBERS) {
    throw new FileProblem(
      t('targets of {0} numbers each are too many', width),
      t('Choose the array that holds labels')
    );
  }
  const values = new Float32Array(count * width);
  for (let i = 0; i < count; i++) values.set(rows.row(i), i * width);
  const labels = width === 1 ? wholeNumbers(values) : oneHot(values, width);
  if (labels === null) return { kind: 'numbers', values, size: width };
  return { kind: 'classes', labels, classes: width === 1 ? highest(labels) + 1 : width };
}

/** Labels as they stand, `null` where they are quantities: fractions, negative or huge numbers, nearly all different. */
function wholeNumbers(values: Float32Array): Int32Array | null {
  const different = new Set<number>();
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value >= MOST_CLASSES) return null;
    different.add(value);
  }
  return areQuantities(different.size, values.length) ? null : Int32Array.from(values);
}

/** Whether whole numbers are prices or counts, not classes: most of many examples have one of their own. */
export function areQuantities(different: number, examples: number): boolean {
  return examples >= 100 && different > examples / 2;
}

/** The place of the 1 in every row, `null` where a row is not one-hot. */
export function oneHot(values: ArrayLike<number>, width: number): Int32Array | null {
  const labels = new Int32Array(values.length / width).fill(-1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === 0) continue;
    const row = Math.floor(i / width);
    if (value !== 1 || labels[row] !== -1) return null;
    labels[row] = i % width;
  }
  return labels.includes(-1) ? null : labels;
}

function classNamesOf(classes: number, given: readonly string[] | null): readonly string[] {
  if (given === null) return Array.from({ length: classes }, (_, i) => String(i));
  if (given.length < classes) {
    throw new FileProblem(
      t('has labels up to {0} for {1} classes', classes - 1, given.length),
      t('Check that the labels belong to this data set')
    );
  }
  return given;
}

function highest(values: Int32Array): number {
  return values.reduce((most, value) => Math.max(most, value), -1);
}

/** The range of a few rows all over the array decides how its numbers are drawn. */
function levelsIn(rows: Rows, size: number): Levels {
  if (rows.type === 'uint8') return byteLevels;
  const probed = Math.min(size, PROBED_ROWS);
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < probed; i++) {
    for (const value of rows.row(Math.floor((i * size) / probed))) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return rows.type === 'integer' && low >= 0 && high <= 255 ? byteLevels : levelsOf(low, high);
}
