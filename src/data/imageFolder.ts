/** A folder of pictures: one sub-folder a class, or pictures without classes directly in it. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import { decodeImage } from '../images/decode';
import type { RgbaImage } from '../images/types';
import type { DataParts, TrainingSet } from './dataSet';
import { PackedNames } from './packedNames';
import { partTitle, type PartName } from './partTitle';

const picture = /\.(png|jpe?g|webp|gif|bmp)$/i;
/** More files than this are no folder of a data set, and their names would fill memory. */
const MOST_FILES = 5_000_000;

/** What is asked of the disc; tests put a generated listing here. */
export interface FolderReader {
  /** Names in a folder. @throws {Error} where it is none */
  list(folder: string): Promise<readonly { readonly name: string; readonly folder: boolean }[]>;
  /** @throws {Error} where the file cannot be read */
  read(file: string): Promise<Uint8Array>;
}

/** Links are followed where they lead to a file in the listing; a linked folder is not entered. */
const disc: FolderReader = {
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.'))
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
  },
  read: (file) => readFile(file)
};

export interface FolderOptions {
  readonly title?: string;
  readonly signal?: AbortSignal;
  readonly reader?: FolderReader;
  /** Classes in this order, as another part of the same data set has them; left out: in the order of their names. */
  readonly classNames?: readonly string[];
}

/** Pictures are listed now and decoded when asked for. Names sort as numbers do, so that `10` follows `9`. */
export async function readImageFolder(folder: string, options: FolderOptions = {}): Promise<Result<TrainingSet>> {
  const reader = options.reader ?? disc;
  const entries = await reader.list(folder).catch(() => null);
  if (entries === null)
    return fail({ file: folder, problem: t('cannot be read as a folder'), remedy: t('Check the path') });
  const classes = options.classNames ?? sorted(entries.filter((entry) => entry.folder).map(({ name }) => name));
  const files = new PackedNames();
  /** Class of each file; the folder's name is kept once. */
  const labels: number[] = [];
  const used: string[] = [];
  const notices: string[] = [];
  for (const name of classes) {
    options.signal?.throwIfAborted();
    const inside = await reader.list(join(folder, name)).catch(() => []);
    const pictures = sorted(inside.flatMap((one) => (!one.folder && picture.test(one.name) ? [one.name] : [])));
    if (pictures.length === 0 && options.classNames === undefined) {
      notices.push(t('the folder {0} holds no pictures and is left out', name));
      continue;
    }
    if (files.size + pictures.length > MOST_FILES) {
      return fail({ file: folder, problem: t('holds more than 5 million pictures'), remedy: t('Choose a part of it') });
    }
    for (const file of pictures) {
      files.add(file);
      labels.push(used.length);
    }
    used.push(name);
  }
  if (files.size === 0) {
    used.length = 0;
    const loose = entries.filter((entry) => !entry.folder && picture.test(entry.name)).map(({ name }) => name);
    for (const file of sorted(loose)) files.add(file);
    notices.length = 0;
  }
  if (files.size === 0) {
    const remedy = t('Choose a folder with one sub-folder of PNG, JPEG, WebP, GIF or BMP files for each class');
    return fail({ file: folder, problem: t('holds no pictures'), remedy });
  }
  return ok(setOf(folder, options, reader, { files, labels: Int32Array.from(labels), used, notices }));
}

interface Listing {
  readonly files: PackedNames;
  readonly labels: Int32Array;
  readonly used: readonly string[];
  readonly notices: readonly string[];
}

function setOf(folder: string, options: FolderOptions, reader: FolderReader, listing: Listing): TrainingSet {
  const { files, labels, used, notices } = listing;
  const label = (index: number): number | null => labels[index] ?? null;
  const nameOf = (index: number): string => join(used[labels[index] ?? -1] ?? '', files.at(index));
  const image = async (index: number): Promise<Result<RgbaImage>> => {
    const path = join(folder, nameOf(index));
    const bytes = await reader.read(path).catch(() => null);
    return bytes === null
      ? fail({ file: path, problem: t('cannot be read'), remedy: t('Check the file') })
      : decodeImage(bytes, path);
  };
  return {
    id: `folder:${folder}`,
    title: options.title ?? basename(folder),
    size: files.size,
    classNames: used.length > 0 ? used : null,
    shape: null,
    targets: used.length > 0 ? 'classes' : 'none',
    targetSize: used.length > 0 ? 1 : 0,
    notices,
    nameOf,
    label,
    target: () => null,
    image,
    async example(index) {
      const found = await image(index);
      return found.ok ? ok({ kind: 'picture', image: found.value } as const) : found;
    },
    close() {
      // Pictures are opened one by one.
    }
  };
}

const partNames = {
  train: /^(train|training)$/i,
  validation: /^(val|valid|validation|dev)$/i,
  test: /^(test|testing)$/i
} as const;

/** A folder whose sub-folders are `train` and `validation` or `test`, each with a sub-folder a class; else one part. */
export async function readImageFolders(folder: string, options: FolderOptions = {}): Promise<Result<DataParts>> {
  const reader = options.reader ?? disc;
  const entries = await reader.list(folder).catch(() => []);
  const named = (pattern: RegExp): string | undefined =>
    entries.find((entry) => entry.folder && pattern.test(entry.name))?.name;
  const [train, validation, test] = [named(partNames.train), named(partNames.validation), named(partNames.test)];
  const title = options.title ?? basename(folder);
  if (train === undefined || (validation === undefined && test === undefined)) {
    const whole = await readImageFolder(folder, options);
    return whole.ok ? ok({ title, train: whole.value, validation: null, test: null }) : whole;
  }
  const read = (name: string, part: PartName, classNames: readonly string[] | null) =>
    readImageFolder(join(folder, name), {
      ...options,
      title: partTitle(title, part),
      ...(classNames === null ? {} : { classNames })
    });
  const training = await read(train, 'training', null);
  if (!training.ok) return training;
  const { classNames } = training.value;
  const valid = validation === undefined ? null : await read(validation, 'validation', classNames);
  if (valid !== null && !valid.ok) return valid;
  const tested = test === undefined ? null : await read(test, 'test', classNames);
  if (tested !== null && !tested.ok) return tested;
  return ok({ title, train: training.value, validation: valid?.value ?? null, test: tested?.value ?? null });
}

/** One collator for all names: making one for each comparison takes seconds for 100,000. */
const order = new Intl.Collator('en', { numeric: true });

function sorted(names: readonly string[]): string[] {
  return [...names].sort((a, b) => order.compare(a, b));
}
