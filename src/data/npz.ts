/** NumPy's `.npz` archives and `.npy` arrays as data sets. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Result } from '../core/result';
import { t } from '../core/texts';
import { fileSource } from '../files/byteSource';
import { FileProblem } from '../files/problem';
import { openZip, type ZipSubject } from '../files/zipArchive';
import { pairArrays, type ArrayPair, type ArrayParts } from './arrayPairs';
import { arraySet } from './arraySet';
import type { DataParts, TrainingSet } from './dataSet';
import { guarded } from './guarded';
import { partTitle, type PartName } from './partTitle';
import { npyRows, type Rows } from './rows';

const SUFFIX = '.npy';

const subject: ZipSubject = {
  bomb: (entry) => t('{0} unpacks to far more than a data set of this size can be', entry),
  refused: (problem) => new FileProblem(problem, t('Save the arrays again with numpy.savez')),
  // Bytes of one packed array, which has to be unpacked into memory. Arrays that are only stored are read row by row.
  largest: 2 ** 30
};

export interface ArrayOptions {
  /** Names of the arrays, where they are not understood by themselves. */
  readonly arrays?: ArrayParts;
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
  readonly signal?: AbortSignal;
}

/**
 * `x_train`, `y_train`, `x_test`, `y_test` as in Keras's `mnist.npz`, or any pair with names like `images` and `labels`.
 * @returns the parts that are there; the problem names the arrays where none is understood
 */
export function readNpz(file: string, options: ArrayOptions = {}): Promise<Result<DataParts>> {
  return guarded(file, async () => {
    const archive = await openZip(file, undefined, subject);
    const names = [...archive.entries.keys()].filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -4));
    const parts = options.arrays ?? pairArrays(names);
    if (parts === null) {
      const held = names.length === 0 ? t('no arrays') : t('the arrays {0}', names.slice(0, 12).join(', '));
      throw new FileProblem(
        t('holds {0}: none is known as examples', held),
        t('Name them x_train and y_train, or images and labels')
      );
    }
    const rows = async (name: string): Promise<Rows> => {
      const entry = archive.entries.get(`${name}${SUFFIX}`);
      if (entry === undefined)
        throw new FileProblem(t('holds no array {0}', name.slice(0, 80)), t('Choose another array'));
      return npyRows(await archive.open(entry, options.signal), `${basename(file)}: ${name}`);
    };
    const title = options.title ?? basename(file);
    const set = async (pair: ArrayPair, part: PartName): Promise<TrainingSet> =>
      arraySet(await rows(pair.examples), pair.answers === null ? null : await rows(pair.answers), {
        id: `npz:${file}#${part}`,
        title: partTitle(title, part),
        file: basename(file),
        classNames: options.classNames ?? null
      });
    return {
      title,
      train: await set(parts.train, 'training'),
      validation: parts.validation === null ? null : await set(parts.validation, 'validation'),
      test: parts.test === null ? null : await set(parts.test, 'test')
    };
  });
}

/**
 * One array of examples; its answers from `answers`, or from a file beside it whose name says so (`x_train.npy` and
 * `y_train.npy`, `images.npy` and `labels.npy`).
 */
export function readNpyFile(
  file: string,
  answers: string | null = answersBeside(file),
  options: ArrayOptions = {}
): Promise<Result<TrainingSet>> {
  return guarded(file, () => {
    const rows = (path: string): Rows => {
      if (!statSync(path).isFile()) throw new FileProblem(t('is not a file'), t('Choose a .npy file'));
      return npyRows(fileSource(path), basename(path));
    };
    return Promise.resolve(
      arraySet(rows(file), answers === null ? null : rows(answers), {
        id: `npy:${file}`,
        title: options.title ?? basename(file),
        file: basename(file),
        classNames: options.classNames ?? null
      })
    );
  });
}

const partners: readonly (readonly [RegExp, string])[] = [
  [/(^|[_-])x([_-]|(?=\.npy$))/i, '$1y$2'],
  [/images?/i, 'labels'],
  [/data/i, 'labels'],
  [/data/i, 'target']
];

function answersBeside(file: string): string | null {
  const name = basename(file);
  for (const [pattern, replacement] of partners) {
    const other = join(dirname(file), name.replace(pattern, replacement));
    if (other !== file && pattern.test(name) && existsSync(other)) return other;
  }
  return null;
}
