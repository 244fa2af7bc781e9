/** One way in for data: what a path holds is told by its contents, an extension alone proves nothing. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fail, ok, type InputProblem, type Result } from '../core/result';
import { t } from '../core/texts';
import { imageFormat } from '../images/sniff';
import { isNpy } from '../images/npy';
import { isCifarFolder, readCifar } from './cifar';
import { readCsv } from './csv/csv';
import type { CsvOptions } from './csv/layout';
import type { DataParts, TrainingSet } from './dataSet';
import { readIdx, readIdxFolder, isIdx } from './idx';
import { readImageFolders } from './imageFolder';
import { readNpyFile, readNpz } from './npz';
import { readSprite } from './sprite';

export interface OpenOptions {
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number) => void;
  /** Of tables; see `CsvOptions`. */
  readonly label?: NonNullable<CsvOptions['label']>;
  /** Of one example, in tables and sprites. */
  readonly shape?: readonly number[];
}

const readable = (): string =>
  t('Choose a folder of pictures, .npz, .npy, IDX (.gz), CSV, a sprite (.png), or a folder of CIFAR’s batches');

/** @returns the data set in the parts its publisher made; `validation` and `test` are `null` where there is one part */
export async function openData(path: string, options: OpenOptions = {}): Promise<Result<DataParts>> {
  try {
    if (statSync(path).isDirectory()) return await openFolder(path, options);
    return await openFile(path, firstBytes(path), options);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return problem(path, t('cannot be read'), t('Check the path'));
    throw error;
  }
}

async function openFolder(path: string, options: OpenOptions): Promise<Result<DataParts>> {
  if (isCifarFolder(path)) return readCifar(path, options);
  const names = await readdir(path);
  if (names.some((name) => /images[-._]idx3/.test(name))) return readIdxFolder(path, options);
  const { classNames: _, ...rest } = options;
  return readImageFolders(path, rest);
}

async function openFile(path: string, head: Uint8Array, options: OpenOptions): Promise<Result<DataParts>> {
  if (head.length === 0) return problem(path, t('is empty'), readable());
  if (head[0] === 0x50 && head[1] === 0x4b) return readNpz(path, options);
  if (isNpy(head)) return whole(await readNpyFile(path, undefined, options));
  if ((head[0] === 0x1f && head[1] === 0x8b) || isIdx(head)) return whole(await readIdx(path, undefined, options));
  if (imageFormat(head) === 'png') return whole(await readSprite(path, undefined, options));
  if (isCifarFolder(dirname(path)) && /^(data_batch_\d|test_batch|train|test)(\.bin)?$/.test(basename(path))) {
    return readCifar(dirname(path), options);
  }
  // Text has no zero bytes and hardly any control characters.
  if (head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)) {
    return whole(await readCsv(path, options));
  }
  return problem(path, t('holds no data of a known format'), readable());
}

function firstBytes(path: string): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const head = new Uint8Array(512);
    return head.subarray(0, readSync(descriptor, head, 0, head.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function whole(set: Result<TrainingSet>): Result<DataParts> {
  return set.ok ? ok({ title: set.value.title, train: set.value, validation: null, test: null }) : set;
}

function problem(file: string, what: string, remedy: string): { readonly ok: false; readonly error: InputProblem } {
  return fail({ file, problem: what, remedy });
}
