/** Keras HDF5: full models of Keras 1 to 3, legacy weights, and the Keras 3 weight store. */
import { basename } from 'node:path';
import type { Model, Notice } from '../core/model';
import { assemble, type Parts } from './assemble';
import type { DatasetStore } from './hdf5/datasetStore';
import type { Hdf5File } from './hdf5/hdf5File';
import { rawTensor } from './hdf5/tensors';
import { parseJson } from './json';
import { parseModel } from './keras/parseConfig';
import { dialectOf } from './keras/translate';
import { FileProblem } from '../files/problem';
import { layerGroups, placeLayerGroups, type LayerGroup } from './weights/layerGroups';
import { divideBytes, unplacedOf } from './weights/placement';
import { layerDatasets, layersIn, storeTree, type StoreGroup } from './weights/store';
import { weightsOnlyGraph, type NamedTensors } from './weights/weightsOnly';
import { t } from '../core/texts';

/** Releases whose files are read; a later major version may mean something else by the same words. */
const NEWEST_MAJOR = 3;

/** @throws {FileProblem} where the version is one this program does not know. */
export function checkVersion(version: string | null): void {
  if (version === null) return;
  const major = Number.parseInt(version, 10);
  if (Number.isInteger(major) && major >= 1 && major <= NEWEST_MAJOR) return;
  if (Number.isInteger(major) && major === 0) return;
  throw new FileProblem(
    t('the file was written by Keras {0}, which is not supported (1 to {1} are)', version.slice(0, 40), NEWEST_MAJOR),
    t('Save the model with Keras 1, 2 or 3')
  );
}

const notAModel = () =>
  new FileProblem(
    t('the HDF5 file is not a model: it holds neither a Keras architecture nor Keras weights'),
    t('Reopen it with another editor')
  );

/** Old files keep the version and the backend at the root, newer ones with the weights. */
const firstText = (file: Hdf5File, name: string) => file.text('', name) ?? file.text('model_weights', name);

/** The model in an HDF5 file. */
export function readHdf5Model(file: Hdf5File, path: string): Model {
  const config = file.text('', 'model_config');
  if (config !== null) return fullModel(file, path, config);
  const root = file.texts('', 'layer_names') !== null ? '' : 'model_weights';
  const groups = layerGroups(file, root);
  if (groups !== null) return legacyWeights(file, path, groups);
  const store = storeTree(file);
  if (layersIn(store) !== null || store.groups.has('_layer_checkpoint_dependencies')) {
    return storeWeights(file, path, file.size);
  }
  throw notAModel();
}

function fullModel(file: Hdf5File, path: string, config: string): Model {
  const version = firstText(file, 'keras_version');
  checkVersion(version);
  const dialect = dialectOf(version);
  const spec = parseModel(parseJson(config, t('the model configuration')));
  const placement = placeLayerGroups(file, file.isGroup('model_weights') ? 'model_weights' : '', spec, dialect);
  const parts: Parts = {
    file: basename(path),
    format: 'keras-h5',
    framework: 'keras',
    version,
    backend: firstText(file, 'backend'),
    dialect,
    spec,
    tensors: placement.tensors,
    unplaced: unplacedOf(file, placement.placed),
    notices: placement.notices,
    size: file.size,
    description: config
  };
  return assemble(parts);
}

interface Loose {
  readonly file: DatasetStore;
  /** Bytes of all files together. */
  readonly size: number;
  readonly path: string;
  readonly groups: readonly NamedTensors[];
  readonly placed: ReadonlySet<string>;
  readonly version: string | null;
}

function weightsModel({ file, size, path, groups, placed, version }: Loose): Model {
  const name = basename(path).replace(/\.(weights\.)?(h5|hdf5|json)$/i, '');
  const { graph, theanoOrder } = weightsOnlyGraph(name, groups);
  const unplaced = unplacedOf(file, placed);
  const notices: Notice[] = [
    {
      code: 'weights-only',
      message: t(
        'The file holds weights without an architecture: how the layers are wired, their strides, padding and activations are not known.'
      )
    }
  ];
  if (theanoOrder) {
    notices.push({
      code: 'theano-kernels-assumed',
      message: t(
        "The kernels' shapes show Theano's order (filters first), so they are taken as trained by Theano and turned by 180 degrees."
      )
    });
  }
  return {
    name,
    format: 'keras-weights',
    framework: 'keras',
    frameworkVersion: version,
    topology: 'none',
    root: graph,
    weightsOrigin: { kind: 'file', file: basename(path), olderThanCode: false },
    notices,
    unplaced,
    fileBytes: divideBytes(
      size,
      groups.flatMap(({ tensors }) => tensors),
      unplaced
    ),
    classNames: null
  };
}

function legacyWeights(file: Hdf5File, path: string, groups: readonly LayerGroup[]): Model {
  const version = firstText(file, 'keras_version');
  checkVersion(version);
  const placed = new Set(groups.flatMap((group) => group.paths));
  return weightsModel({ file, size: file.size, path, groups, placed, version });
}

/** The layers of a Keras 3 store, nested models' layers under their parents' names. */
export function storeWeights(file: DatasetStore, path: string, size: number): Model {
  const groups: NamedTensors[] = [];
  const placed = new Set<string>();
  const visit = (group: StoreGroup, prefix: string) => {
    for (const [name, layer] of layersIn(group)?.groups ?? []) {
      if (layersIn(layer) !== null) {
        visit(layer, `${prefix}${name}/`);
        continue;
      }
      const datasets = layerDatasets(layer);
      const [first] = datasets;
      // Since 3.8 the layer's own name stands beside the path made from its class.
      const vars = first === undefined ? null : first.path.slice(0, first.path.lastIndexOf('/'));
      const own = vars === null ? null : (file.text(vars, 'name') ?? file.text(parentOf(vars), 'name'));
      groups.push({ name: own ?? `${prefix}${name}`, tensors: datasets.map((dataset) => rawTensor(file, dataset)) });
      for (const dataset of datasets) placed.add(dataset.path);
    }
  };
  visit(storeTree(file), '');
  if (placed.size === 0) throw notAModel();
  return weightsModel({ file, size, path, groups, placed, version: null });
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));
