/** `.keras`: a zip of `metadata.json`, `config.json` and `model.weights.h5`. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import type { Model } from '../core/model';
import { assemble } from './assemble';
import { readRange } from '../files/byteSource';
import type { DatasetStore } from './hdf5/datasetStore';
import { Hdf5File } from './hdf5/hdf5File';
import { parseJson } from './json';
import { parseModel } from './keras/parseConfig';
import { dialectOf } from './keras/translate';
import { checkVersion } from './kerasH5';
import { openShards } from './kerasShards';
import { damaged, FileProblem, refused } from '../files/problem';
import { placeLayerGroups } from './weights/layerGroups';
import { unplacedOf, type Placement } from './weights/placement';
import { placeStore } from './weights/store';
import type { ZipArchive } from '../files/zipArchive';
import { t } from '../core/texts';

const LARGEST_CONFIG = 256 * 2 ** 20;

async function jsonEntry(archive: ZipArchive, name: string): Promise<unknown> {
  const text = await textEntry(archive, name);
  return text === undefined ? undefined : parseJson(text, name);
}

async function textEntry(archive: ZipArchive, name: string): Promise<string | undefined> {
  const entry = archive.entries.get(name);
  if (entry === undefined) return undefined;
  if (entry.bytes > LARGEST_CONFIG) throw refused(t('{0} is larger than 256 MiB', name));
  const source = await archive.open(entry);
  try {
    return new TextDecoder().decode(readRange(source, 0, source.size));
  } finally {
    source.close();
  }
}

export interface OpenedModel {
  readonly model: Model;
  readonly files: readonly string[];
  close(): void;
}

export async function openKerasV3(path: string, archive: ZipArchive, signal?: AbortSignal): Promise<OpenedModel> {
  const config = await textEntry(archive, 'config.json');
  if (config === undefined) {
    throw new FileProblem(
      t('the zip archive is not a model: it holds neither config.json of Keras nor data.pkl of PyTorch'),
      t('Open a .keras file that Keras 3 has saved, or a .pt file that PyTorch has')
    );
  }
  const version = fieldOf(await jsonEntry(archive, 'metadata.json'), 'keras_version');
  const kerasVersion = typeof version === 'string' ? version : null;
  checkVersion(kerasVersion);
  const dialect = dialectOf(kerasVersion ?? '3');
  const spec = parseModel(parseJson(config, 'config.json'));
  const file = await weightsOf(archive, signal);
  try {
    // TensorFlow 2.12 could put a legacy file into the archive.
    const placement: Placement =
      file instanceof Hdf5File && file.texts('', 'layer_names') !== null
        ? placeLayerGroups(file, '', spec, dialect)
        : placeStore(file, spec);
    const model = assemble({
      file: basename(path),
      format: 'keras-v3',
      framework: 'keras',
      version: kerasVersion,
      backend: null,
      dialect: { ...dialect },
      spec,
      tensors: placement.tensors,
      unplaced: unplacedOf(file, placement.placed),
      notices: placement.notices,
      size: statSync(path).size,
      description: config
    });
    return { model, files: [path], close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

const INDEX = 'model.weights.json';

/** The archive's one store, in one entry or in several that an index names. */
async function weightsOf(archive: ZipArchive, signal: AbortSignal | undefined): Promise<Hdf5File | DatasetStore> {
  const weights = archive.entries.get('model.weights.h5');
  if (weights !== undefined) return Hdf5File.open(await archive.open(weights, signal));
  const index = await jsonEntry(archive, INDEX);
  if (index === undefined) throw damaged(t('model.weights.h5 is missing from the archive'));
  return openShards(index, (name) => {
    const shard = archive.entries.get(name);
    if (shard === undefined) throw damaged(t('the weight shard {0} is missing from the archive', name.slice(0, 80)));
    return archive.open(shard, signal);
  });
}
