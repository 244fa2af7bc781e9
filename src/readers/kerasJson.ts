/** An architecture in JSON (`model.to_json()`), with the weights file beside it where one fits. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import type { Model } from '../core/model';
import { assemble } from './assemble';
import { fileSource } from '../files/byteSource';
import type { DatasetStore } from './hdf5/datasetStore';
import { Hdf5File } from './hdf5/hdf5File';
import { parseJson } from './json';
import { buildGraph } from './keras/buildGraph';
import { parseModel } from './keras/parseConfig';
import type { ModelSpec } from './keras/spec';
import { dialectOf, type Dialect } from './keras/translate';
import { checkVersion } from './kerasH5';
import { isShardIndex, openShards, shardNames } from './kerasShards';
import type { OpenedModel } from './kerasV3';
import { FileProblem } from '../files/problem';
import { shardPath } from './shardPath';
import { leavesOf } from './weights/leaves';
import { placeLayerGroups } from './weights/layerGroups';
import { unplacedOf, type Placement } from './weights/placement';
import { fits, USUAL } from './weights/roles';
import { placeStore } from './weights/store';
import { t } from '../core/texts';

const MOST_CANDIDATES = 20;
/** Bytes of an index of shards: a name for each weight, far more than any real model has. */
const LARGEST_INDEX = 64 * 1024 ** 2;

interface Candidate {
  readonly path: string;
  /** The files it is made of: itself, and the shards that an index names. */
  readonly files: readonly string[];
  readonly file: DatasetStore;
  readonly placement: Placement;
}

/** Words of a file name that say whose it is, without those that say what it is. */
function stemWords(path: string): Set<string> {
  const words = basename(path)
    .toLowerCase()
    .replace(/\.(weights\.)?\w+$/, '')
    .split(/[^a-z0-9]+/);
  return new Set(words.filter((word) => !/^(weights?|architecture|arch|struct(ure)?|config|json|h5|)$/.test(word)));
}

function similarity(a: string, b: string): number {
  const words = stemWords(a);
  return [...stemWords(b)].filter((word) => words.has(word)).length;
}

/** HDF5 files and indexes of weight shards in the same folder, the most alike by name first. */
function neighbours(path: string): string[] {
  const folder = dirname(path);
  return readdirSync(folder)
    .filter((name) => /\.(h5|hdf5|weights\.json)$/i.test(name))
    .map((name) => join(folder, name))
    .filter((candidate) => candidate !== path && statSync(candidate).isFile())
    .sort((a, b) => similarity(path, b) - similarity(path, a) || a.localeCompare(b))
    .slice(0, MOST_CANDIDATES);
}

/** Whether every layer that keeps weights finds them here, with shapes that fit. */
function belongs(spec: ModelSpec, dialect: Dialect, { tensors }: Placement): boolean {
  const leaves = leavesOf(spec, dialect).filter(({ slots }) => slots !== null && slots.length > 0);
  return leaves.length > 0 && leaves.every((leaf) => fits(leaf.kind, tensors.get(leaf.spec) ?? []));
}

async function candidateAt(path: string, spec: ModelSpec, dialect: Dialect): Promise<Candidate | null> {
  return /\.json$/i.test(path) ? shardsAt(path, spec, dialect) : fileAt(path, spec, dialect);
}

/** What `save_weights('model.weights.json', max_shard_size=…)` of Keras 3 writes: an index, and the files it names. */
async function shardsAt(path: string, spec: ModelSpec, dialect: Dialect): Promise<Candidate | null> {
  let file: DatasetStore | null = null;
  try {
    if (statSync(path).size > LARGEST_INDEX) return null;
    const index = parseJson(readFileSync(path, 'utf8'), basename(path));
    if (!isShardIndex(index)) return null;
    const files = shardNames(index).map((name) => shardPath(dirname(path), name));
    file = await openShards(index, (name) => fileSource(shardPath(dirname(path), name)));
    const placement = placeStore(file, spec);
    if (belongs(spec, dialect, placement)) return { path, files: [path, ...files], file, placement };
  } catch {
    // A neighbour that cannot be read is not this model's.
  }
  file?.close();
  return null;
}

async function fileAt(path: string, spec: ModelSpec, dialect: Dialect): Promise<Candidate | null> {
  let file: Hdf5File | null = null;
  try {
    file = await Hdf5File.open(fileSource(path));
    const root = file.texts('', 'layer_names') !== null ? '' : 'model_weights';
    const legacy = file.texts(root, 'layer_names') !== null;
    const placement = legacy ? placeLayerGroups(file, root, spec, dialect) : placeStore(file, spec);
    if (belongs(spec, dialect, placement)) return { path, files: [path], file, placement };
  } catch {
    // A neighbour that cannot be read is not this model's.
  }
  file?.close();
  return null;
}

export async function openKerasJson(path: string, json: unknown): Promise<OpenedModel> {
  const stated = fieldOf(json, 'keras_version');
  const version = typeof stated === 'string' ? stated : null;
  checkVersion(version);
  const dialect = dialectOf(version ?? (fieldOf(json, 'module') === undefined ? null : '3'));
  const spec = parseModel(json);
  // A wiring that cannot be is refused before any other file is touched.
  buildGraph(spec, { dialect, tensors: new Map(), convention: () => USUAL, notices: [] });
  const candidates = neighbours(path);
  let found: Candidate | null = null;
  for (const candidate of candidates) {
    found = await candidateAt(candidate, spec, dialect);
    if (found !== null) break;
  }
  const backend = fieldOf(json, 'backend');
  const recorded = found?.file.text('', 'backend') ?? (typeof backend === 'string' ? backend : null);
  const message =
    found === null
      ? candidates.length === 0
        ? t('There is no weights file beside the architecture.')
        : t('None of the weights files beside the architecture holds weights that fit it.')
      : t('The weights are taken from {0}, whose layers and shapes fit.', basename(found.path));
  try {
    const unplaced = found === null ? [] : unplacedOf(found.file, found.placement.placed);
    const model = assemble({
      file: basename(found?.path ?? path),
      format: 'keras-json',
      framework: 'keras',
      version,
      backend: recorded,
      dialect,
      spec,
      tensors: found?.placement.tensors ?? new Map(),
      unplaced,
      notices: [{ code: 'weights-beside', message }, ...(found?.placement.notices ?? [])],
      size: found?.file.size ?? null
    });
    const own = statSync(path).size;
    return {
      model: { ...model, fileBytes: withArchitecture(model.fileBytes, own) },
      files: found === null ? [path] : [path, ...found.files],
      close: () => found?.file.close()
    };
  } catch (error) {
    found?.file.close();
    throw error;
  }
}

function withArchitecture(bytes: Model['fileBytes'], own: number): NonNullable<Model['fileBytes']> {
  return bytes === null ? { weights: 0, optimizer: 0, other: own } : { ...bytes, other: bytes.other + own };
}

/** Whether the JSON is a Keras architecture. @throws {FileProblem} where it is JSON of another kind. */
export function requireArchitecture(json: unknown): void {
  if (fieldOf(json, 'class_name') !== undefined && fieldOf(json, 'config') !== undefined) return;
  throw new FileProblem(
    t('the JSON file is not a model: it holds no Keras architecture and no TensorFlow.js topology'),
    t('Open a file written by model.to_json() or by the TensorFlow.js converter')
  );
}
