/** What readers of Keras 3 stores need of an HDF5 file; several shards give it together. */
import { refused } from '../../files/problem';
import type { Hdf5Dataset, Hdf5File } from './hdf5File';
import { t } from '../../core/texts';

export type DatasetStore = Pick<Hdf5File, 'allDatasets' | 'handle' | 'text' | 'size' | 'close'>;

/**
 * Several files as one tree: a group may lie in more than one of them, a dataset in one only.
 * @throws {FileProblem} where two files hold the same dataset
 */
export function joinStores(files: readonly DatasetStore[]): DatasetStore {
  const owners = new Map<string, DatasetStore>();
  const datasets: Hdf5Dataset[] = [];
  for (const file of files) {
    for (const dataset of file.allDatasets()) {
      if (owners.has(dataset.path)) throw refused(t('two of the weight shards hold {0}', dataset.path));
      owners.set(dataset.path, file);
      datasets.push(dataset);
    }
  }
  const within = (path: string) => (other: DatasetStore) =>
    other.allDatasets().some((dataset) => dataset.path.startsWith(`${path}/`));
  return {
    allDatasets: () => datasets,
    handle: (path) => {
      const owner = owners.get(path);
      if (owner === undefined) throw new Error(t('no shard holds {0}', path));
      return owner.handle(path);
    },
    // An attribute of a group stands in each file that holds a part of the group.
    text: (path, name) => (owners.get(path) ?? files.find(within(path)))?.text(path, name) ?? null,
    get size() {
      return files.reduce((sum, file) => sum + file.size, 0);
    },
    close: () => {
      for (const file of files) file.close();
    }
  };
}
