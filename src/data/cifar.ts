/**
 * CIFAR-10 and CIFAR-100 as published: the Python version (pickles) and the binary one. Pictures are planes of
 * `[3, 32, 32]`; they are handed out as `[32, 32, 3]`, as Keras does.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Result } from '../core/result';
import { t } from '../core/texts';
import { fileSource } from '../files/byteSource';
import { damaged, FileProblem } from '../files/problem';
import { arraySet } from './arraySet';
import type { DataParts, TrainingSet } from './dataSet';
import { guarded } from './guarded';
import { partTitle, type PartName } from './partTitle';
import { PickledArray } from './pickle/numpyPickle';
import { latin1, parsePickle, type PickleValue } from './pickle/pickle';
import { channelsLast, layoutRows, rowsOfBytes, type Rows } from './rows';
import { joined } from './subset';

const LARGEST_PICKLE = 2 ** 29;
const VALUES = 3072;
const byteLayout = {
  type: 'uint8',
  size: 1,
  little: true,
  fortran: false,
  read: (view: DataView, at: number) => view.getUint8(at)
} as const;

export interface CifarOptions {
  /** CIFAR-100 has 100 fine classes in 20 coarse ones. */
  readonly labels?: 'fine' | 'coarse';
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
  readonly signal?: AbortSignal;
}

interface Part {
  readonly files: readonly string[];
  readonly title: PartName;
}

interface Kind {
  readonly binary: boolean;
  readonly hundred: boolean;
  readonly train: readonly string[];
  readonly test: string;
  readonly meta: string;
}

const batches = ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5'];
const kinds: readonly Kind[] = [
  { binary: false, hundred: false, train: batches, test: 'test_batch', meta: 'batches.meta' },
  {
    binary: true,
    hundred: false,
    train: batches.map((name) => `${name}.bin`),
    test: 'test_batch.bin',
    meta: 'batches.meta.txt'
  },
  { binary: false, hundred: true, train: ['train'], test: 'test', meta: 'meta' },
  { binary: true, hundred: true, train: ['train.bin'], test: 'test.bin', meta: 'fine_label_names.txt' }
];

function kindOf(folder: string): Kind | null {
  const there = (name: string): boolean => {
    const path = join(folder, name);
    return existsSync(path) && statSync(path).isFile();
  };
  // `train` and `test` are usual names: CIFAR-100 is known by its third file.
  return kinds.find(({ train, hundred, meta }) => train.some(there) && (!hundred || there(meta))) ?? null;
}

/** Whether a folder holds the batches of CIFAR. */
export function isCifarFolder(folder: string): boolean {
  return kindOf(folder) !== null;
}

/** @param folder `cifar-10-batches-py`, `cifar-10-batches-bin`, `cifar-100-python` or `cifar-100-binary`. */
export function readCifar(folder: string, options: CifarOptions = {}): Promise<Result<DataParts>> {
  return guarded(folder, async () => {
    const kind = kindOf(folder);
    if (kind === null)
      throw new FileProblem(t('holds no batches of CIFAR'), t('Choose the folder cifar-10-batches-py'));
    const classNames = options.classNames ?? namesOf(folder, kind, options);
    const title = options.title ?? basename(folder);
    const missing = kind.train.filter((name) => !existsSync(join(folder, name)));
    const part = async ({ files, title: words }: Part, notices: readonly string[]): Promise<TrainingSet | null> => {
      const sets: TrainingSet[] = [];
      for (const name of files) {
        options.signal?.throwIfAborted();
        // A batch takes a third of a second: let a cancelled request in between.
        await new Promise((resolve) => setImmediate(resolve));
        const { rows, labels } = read(join(folder, name), kind, options);
        const known = { id: `cifar:${folder}/${name}`, title: name, file: name, classNames, notices };
        sets.push(arraySet(channelsLast(rows), rowsOfLabels(labels), known));
      }
      const [first, ...rest] = sets;
      if (first === undefined) return null;
      return joined([first, ...rest], { id: `cifar:${folder}#${words}`, title: partTitle(title, words) });
    };
    const notices = missing.map((name) => t('{0} is missing: its examples are left out', name));
    const train = await part({ files: kind.train.filter((name) => !missing.includes(name)), title: 'training' }, []);
    if (train === null) throw new FileProblem(t('holds no training batch'), t('Choose the folder cifar-10-batches-py'));
    const test = existsSync(join(folder, kind.test)) ? await part({ files: [kind.test], title: 'test' }, []) : null;
    return { title, train: { ...train, notices }, validation: null, test };
  });
}

interface Batch {
  /** `[N, 3, 32, 32]` */
  readonly rows: Rows;
  readonly labels: Uint8Array;
}

function read(file: string, kind: Kind, options: CifarOptions): Batch {
  try {
    return kind.binary ? readBinary(file, kind.hundred, options) : readPickled(file, kind.hundred, options);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw new FileProblem(`${basename(file)}: ${error.problem}`, error.remedy);
  }
}

function labelKey(hundred: boolean, options: CifarOptions): string {
  return hundred ? `${options.labels ?? 'fine'}_labels` : 'labels';
}

/** The pixels stay in the file where they stand there as they are, and are read from it row by row. */
function readPickled(file: string, hundred: boolean, options: CifarOptions): Batch {
  const bytes = pickleBytes(file);
  const value = parsePickle(bytes);
  const data = entry(value, 'data');
  if (!(data instanceof PickledArray) || data.type.code !== 'u1' || data.fortran || data.shape[1] !== VALUES) {
    throw new FileProblem(
      t('holds no pictures of 3 x 32 x 32 bytes under "data"'),
      t('Use the published batches of CIFAR')
    );
  }
  const [count = 0] = data.shape;
  const labels = byteList(entry(value, labelKey(hundred, options)));
  if (labels.length !== count) throw damaged(t('holds {0} pictures and {1} labels', count, labels.length));
  const shape = [count, 3, 32, 32];
  if (data.bytes.buffer !== bytes.buffer) return { rows: rowsOfBytes(data.bytes, shape), labels };
  const start = data.bytes.byteOffset - bytes.byteOffset;
  return { rows: layoutRows(fileSource(file), { ...byteLayout, shape, start }), labels };
}

function pickleBytes(file: string): Uint8Array {
  if (statSync(file).size > LARGEST_PICKLE)
    throw new FileProblem(t('is larger than 512 MiB'), t('Use the published batches'));
  return readFileSync(file);
}

function entry(value: PickleValue, key: string): PickleValue {
  return value instanceof Map ? ((value as ReadonlyMap<string, PickleValue>).get(key) ?? null) : null;
}

function byteList(value: PickleValue): Uint8Array {
  if (!Array.isArray(value))
    throw new FileProblem(t('holds no list of labels'), t('Use the published batches of CIFAR'));
  return Uint8Array.from(value as readonly PickleValue[], (label) => {
    if (typeof label === 'number' && Number.isInteger(label) && label >= 0 && label < 256) return label;
    throw damaged(t('a label is no small whole number'));
  });
}

/** Records of one label byte (CIFAR-100: coarse, then fine) and 3072 pixels. */
function readBinary(file: string, hundred: boolean, options: CifarOptions): Batch {
  const head = hundred ? 2 : 1;
  const record = head + VALUES;
  const { size } = statSync(file);
  if (size === 0 || size % record !== 0) throw damaged(t('is not made of records of {0} bytes', record));
  const count = size / record;
  const all = layoutRows(fileSource(file), { ...byteLayout, shape: [count, record], start: 0 });
  const at = hundred && options.labels !== 'coarse' ? 1 : 0;
  const labels = Uint8Array.from({ length: count }, (_, i) => all.row(i)[at] ?? 0);
  const rows: Rows = {
    shape: [count, 3, 32, 32],
    type: 'uint8',
    row: (index) => all.row(index).subarray(head),
    close: () => all.close()
  };
  return { rows, labels };
}

/** The names beside the batches, `null` where there are none. */
function namesOf(folder: string, kind: Kind, options: CifarOptions): readonly string[] | null {
  const coarse = options.labels === 'coarse';
  const name = kind.binary && kind.hundred && coarse ? 'coarse_label_names.txt' : kind.meta;
  const file = join(folder, name);
  if (!existsSync(file)) return null;
  if (kind.binary) {
    const lines = readFileSync(file, 'utf8').split(/\r?\n/);
    const names = lines.map((line) => line.trim()).filter((line) => line !== '');
    return names.length > 0 ? names : null;
  }
  const key = kind.hundred ? (coarse ? 'coarse_label_names' : 'fine_label_names') : 'label_names';
  const list = entry(parsePickle(pickleBytes(file)), key);
  if (!Array.isArray(list)) return null;
  return (list as readonly PickleValue[]).map((one, i) => {
    if (typeof one === 'string') return one;
    return one instanceof Uint8Array ? latin1(one) : String(i);
  });
}

function rowsOfLabels(labels: Uint8Array): Rows {
  return rowsOfBytes(labels, [labels.length]);
}
