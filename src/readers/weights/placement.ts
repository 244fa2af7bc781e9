/** Which tensors belong to which layer, and which to none. */
import type { Model, Notice } from '../../core/model';
import type { TensorRef } from '../../core/tensor';
import type { DatasetStore } from '../hdf5/datasetStore';
import { rawTensor } from '../hdf5/tensors';
import type { LayerSpec } from '../keras/spec';
import { tensorRef, type RawTensor } from './rawTensor';

export interface Placement {
  readonly tensors: ReadonlyMap<LayerSpec, readonly RawTensor[]>;
  /** HDF5 paths that belong to a layer. */
  readonly placed: ReadonlySet<string>;
  readonly notices: readonly Notice[];
}

const isOptimizer = (path: string) => /(^|\/)(optimizer|optimizer_weights)(\/|$)/.test(path.split('/vars/')[0] ?? path);

/** Everything in the file that is no layer's: optimizer state and strays. */
export function unplacedOf(file: DatasetStore, placed: ReadonlySet<string>): TensorRef[] {
  return file
    .allDatasets()
    .filter(({ path }) => !placed.has(path))
    .map((dataset) => {
      const optimizer = isOptimizer(dataset.path.replaceAll('\\', '/'));
      const role = optimizer ? 'optimizer' : dataset.path.includes('seed_generator') ? 'seed' : 'other';
      return tensorRef(rawTensor(file, dataset), role);
    });
}

/** Divides a file's bytes; the parts add up to its size even where tensors are compressed. */
export function divideBytes(
  size: number,
  weights: readonly { storedBytes: number }[],
  unplaced: readonly TensorRef[]
): NonNullable<Model['fileBytes']> {
  const sum = (refs: readonly { storedBytes: number }[]) => refs.reduce((total, ref) => total + ref.storedBytes, 0);
  const optimizer = sum(unplaced.filter(({ role }) => role === 'optimizer'));
  const kept = sum(weights);
  if (optimizer + kept <= size) return { weights: kept, optimizer, other: size - optimizer - kept };
  const share = Math.floor((size * kept) / (optimizer + kept));
  return { weights: share, optimizer: size - share, other: 0 };
}
