/** HDF5 files from a list of groups and datasets, made in memory by the library that also reads them. */
import { bytesOfNewFile } from '../files/hdf5Sandbox';
import type { NumericArray } from '../core/tensor';

export interface Hdf5Group {
  /** From the root, without a leading slash; `` is the root itself. */
  readonly path: string;
  /** Text, or a list of texts: Keras takes a missing list as an empty one. */
  readonly attributes: ReadonlyMap<string, string | readonly string[]>;
}

export interface Hdf5Array {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: NumericArray;
}

/** Attributes in one object header stay below 64 KiB; a text in a list takes 16 bytes there. Keras splits longer lists. */
const MOST_TEXTS = 3500;

function attributesOf(name: string, value: string | readonly string[]): [string, string | string[]][] {
  if (typeof value === 'string') return [[name, value]];
  if (value.length === 0) return [];
  if (value.length <= MOST_TEXTS) return [[name, [...value]]];
  return Array.from({ length: Math.ceil(value.length / MOST_TEXTS) }, (_, i) => [
    `${name}${i}`,
    value.slice(i * MOST_TEXTS, (i + 1) * MOST_TEXTS)
  ]);
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The bytes of an HDF5 file; groups on the way to a dataset are made as needed. */
export function hdf5Bytes(groups: readonly Hdf5Group[], arrays: readonly Hdf5Array[]): Promise<Uint8Array> {
  return bytesOfNewFile((file) => {
    const made = new Set(['']);
    const make = (path: string): void => {
      if (made.has(path)) return;
      make(parentOf(path));
      file.create_group(path);
      made.add(path);
    };
    for (const { path, attributes } of groups) {
      make(path);
      const group = path === '' ? file : file.get(path);
      if (group === null || !('create_attribute' in group)) throw new Error(`the group ${path} was not made`);
      for (const [name, value] of attributes) {
        for (const [part, texts] of attributesOf(name, value)) group.create_attribute(part, texts);
      }
    }
    for (const { path, shape, data } of arrays) {
      make(parentOf(path));
      file.create_dataset({ name: path, data, shape: [...shape] });
    }
  });
}
