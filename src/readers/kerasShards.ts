/**
 * Keras 3 weights split over several HDF5 files (`save_weights(max_shard_size=…)`): an index in JSON says which files hold
 * which groups. The files together are one store; what the index says about single groups is not needed to read it.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import { fileSource, type ByteSource, type ReadCounter } from '../files/byteSource';
import { joinStores, type DatasetStore } from './hdf5/datasetStore';
import { Hdf5File } from './hdf5/hdf5File';
import { storeWeights } from './kerasH5';
import type { OpenedModel } from './kerasV3';
import { damaged, refused } from '../files/problem';
import { shardPath } from './shardPath';
import { t } from '../core/texts';

const MOST_SHARDS = 1000;

/** Whether a JSON document is the index of a sharded store. */
export function isShardIndex(json: unknown): boolean {
  return fieldOf(json, 'weight_map') !== undefined && fieldOf(json, 'class_name') === undefined;
}

/** The names of the shards, each once. @throws {FileProblem} where the index is damaged. */
export function shardNames(index: unknown): string[] {
  const map = fieldOf(index, 'weight_map');
  if (map === null || typeof map !== 'object' || Array.isArray(map)) {
    throw damaged(t('the index of the weight shards holds no weight_map'));
  }
  const named: unknown[] = Object.values(map).flatMap((entry: unknown): unknown[] =>
    Array.isArray(entry) ? entry : [entry]
  );
  const names = new Set<string>();
  for (const name of named) {
    if (typeof name !== 'string') throw damaged(t('the index of the weight shards names a file that is not a name'));
    names.add(name);
  }
  if (names.size === 0) throw damaged(t('the index of the weight shards names no file'));
  if (names.size > MOST_SHARDS) throw refused(t('the index names more than {0} weight shards', MOST_SHARDS));
  return [...names];
}

/** Opens every shard, or none. @throws {FileProblem} */
export async function openShards(
  index: unknown,
  sourceOf: (name: string) => ByteSource | Promise<ByteSource>
): Promise<DatasetStore> {
  const files: Hdf5File[] = [];
  try {
    for (const name of shardNames(index)) files.push(await Hdf5File.open(await sourceOf(name)));
    return joinStores(files);
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** An index beside its shards: weights without an architecture. */
export async function openShardedWeights(path: string, index: unknown, counter?: ReadCounter): Promise<OpenedModel> {
  const paths = shardNames(index).map((name) => shardPath(dirname(path), name));
  const byName = new Map(shardNames(index).map((name, i) => [name, paths[i] ?? '']));
  const store = await openShards(index, (name) => fileSource(byName.get(name) ?? '', 0, undefined, counter));
  try {
    const model = storeWeights(store, path, store.size + statSync(path).size);
    return { model, files: [path, ...paths], close: () => store.close() };
  } catch (error) {
    store.close();
    throw error;
  }
}
