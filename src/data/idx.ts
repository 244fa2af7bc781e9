/**
 * IDX, the format that MNIST was published in (`train-images-idx3-ubyte`), plain or as `.gz`: two zero bytes, a byte for
 * the type, a byte for the number of axes, their sizes as big-endian 32-bit numbers, the values.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Result } from '../core/result';
import { elementCount } from '../core/tensor';
import { t } from '../core/texts';
import { fileSource, memorySource, readRange, type ByteSource } from '../files/byteSource';
import { damaged, FileProblem } from '../files/problem';
import type { ArrayLayout } from '../images/npy';
import { arraySet } from './arraySet';
import type { DataParts, TrainingSet } from './dataSet';
import { guarded } from './guarded';
import { largestUnpacked, unpacked } from './gunzip';
import { partTitle, type PartName } from './partTitle';
import { layoutRows, type Rows } from './rows';

const MOST_AXES = 8;

type Element = Pick<ArrayLayout, 'size' | 'type' | 'read'>;

const elements = new Map<number, Element>([
  [0x08, { size: 1, type: 'uint8', read: (v, at) => v.getUint8(at) }],
  [0x09, { size: 1, type: 'integer', read: (v, at) => v.getInt8(at) }],
  [0x0b, { size: 2, type: 'integer', read: (v, at) => v.getInt16(at) }],
  [0x0c, { size: 4, type: 'integer', read: (v, at) => v.getInt32(at) }],
  [0x0d, { size: 4, type: 'float', read: (v, at) => v.getFloat32(at) }],
  [0x0e, { size: 8, type: 'float', read: (v, at) => v.getFloat64(at) }]
]);

export interface IdxOptions {
  readonly classNames?: readonly string[] | null;
  readonly title?: string;
  readonly signal?: AbortSignal;
}

/** Whether the first bytes are an IDX header. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && elements.has(bytes[2] ?? 0) && (bytes[3] ?? 0) >= 1;
}

/** @throws {FileProblem} */
async function idxRows(file: string, signal?: AbortSignal): Promise<Rows> {
  let source: ByteSource | null = null;
  try {
    source = isGzip(file) ? memorySource(await unpacked(file, largestUnpacked, signal, sizeOf)) : fileSource(file);
    return layoutRows(source, layoutOf(source));
  } catch (error) {
    source?.close();
    if (error instanceof FileProblem) throw new FileProblem(`${basename(file)} ${error.problem}`, error.remedy);
    throw error;
  }
}

function isGzip(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const head = new Uint8Array(2);
    readSync(descriptor, head, 0, 2, 0);
    return head[0] === 0x1f && head[1] === 0x8b;
  } finally {
    closeSync(descriptor);
  }
}

/** The header, `null` where more bytes are needed. @throws {FileProblem} where it is none */
function headerOf(head: Uint8Array): ArrayLayout | null {
  if (head.length < 4) return null;
  const element = elements.get(head[2] ?? 0);
  const axes = head[3] ?? 0;
  if (!isIdx(head) || element === undefined || axes > MOST_AXES) {
    throw new FileProblem(t('is not an IDX file'), t('Choose a file like train-images-idx3-ubyte.gz'));
  }
  const start = 4 + 4 * axes;
  if (head.length < start) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i));
  return { ...element, shape, start, fortran: false, little: false };
}

function bytesOf({ start, shape, size }: ArrayLayout): number {
  return start + elementCount(shape) * size;
}

function sizeOf(head: Uint8Array): number | null {
  const layout = headerOf(head);
  return layout === null ? null : bytesOf(layout);
}

function layoutOf(source: ByteSource): ArrayLayout {
  const layout = headerOf(readRange(source, 0, Math.min(4 + 4 * MOST_AXES, source.size)));
  if (layout === null) throw damaged(t('the header is cut off'));
  const expected = bytesOf(layout);
  if (expected !== source.size) throw damaged(t('claims {0} bytes and has {1}', expected, source.size));
  return layout;
}

/** @param labels `null`: none; left out: the file beside it that is named so (`images` replaced by `labels`), if it is there. */
export function readIdx(
  images: string,
  labels: string | null = labelsBeside(images),
  options: IdxOptions = {}
): Promise<Result<TrainingSet>> {
  return guarded(images, async () => {
    const rows = await idxRows(images, options.signal);
    const answers = labels === null ? null : await idxRows(labels, options.signal);
    return arraySet(rows, answers, {
      id: `idx:${images}`,
      title: options.title ?? basename(images),
      file: basename(images),
      classNames: options.classNames ?? null
    });
  });
}

function labelsBeside(images: string): string | null {
  const name = basename(images).replace('images', 'labels').replace(/idx\d/, 'idx1');
  const folder = dirname(images);
  const other = [name, name.replace(/\.gz$/, ''), `${name}.gz`].find((one) => existsSync(join(folder, one)));
  return other === undefined || other === basename(images) ? null : join(folder, other);
}

/** A folder with `train-images-idx3-ubyte` and `t10k-images-idx3-ubyte`, or names like these, plain or `.gz`. */
export function readIdxFolder(folder: string, options: IdxOptions = {}): Promise<Result<DataParts>> {
  return guarded(folder, async () => {
    const title = options.title ?? basename(folder);
    const names = await readdir(folder);
    const find = (pattern: RegExp) => names.filter((name) => /images[-._]idx3/.test(name)).find((n) => pattern.test(n));
    const part = async (pattern: RegExp, name: PartName): Promise<TrainingSet | null> => {
      const found = find(pattern);
      if (found === undefined) return null;
      const file = join(folder, found);
      const set = await readIdx(file, labelsBeside(file), {
        ...options,
        title: partTitle(title, name)
      });
      if (!set.ok) throw new FileProblem(`${found}: ${set.error.problem}`, set.error.remedy);
      return set.value;
    };
    const train = await part(/train/i, 'training');
    if (train === null) {
      throw new FileProblem(t('holds no training images'), t('Choose a folder with train-images-idx3-ubyte.gz'));
    }
    return { title, train, validation: null, test: await part(/t10k|test/i, 'test') };
  });
}
