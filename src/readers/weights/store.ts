/** Weights of Keras 3 (`model.weights.h5`): the path is made of class names and counters, in layer order. */
import { storeName } from '../../core/keras/storeName';
import type { DatasetStore } from '../hdf5/datasetStore';
import type { Hdf5Dataset } from '../hdf5/hdf5File';
import { rawTensor } from '../hdf5/tensors';
import type { LayerSpec, ModelSpec } from '../keras/spec';
import type { Placement } from './placement';
import type { RawTensor } from './rawTensor';

interface Group {
  readonly groups: Map<string, Group>;
  readonly datasets: Map<string, Hdf5Dataset>;
}

const emptyGroup = (): Group => ({ groups: new Map(), datasets: new Map() });

/** The tree of datasets; files saved on Windows hold backslashes in one group's name. */
export function storeTree(file: DatasetStore): Group {
  const root = emptyGroup();
  for (const dataset of file.allDatasets()) {
    const parts = dataset.path.split(/[\\/]/).filter((part) => part !== '');
    const name = parts.pop() ?? '';
    let group = root;
    for (const part of parts) {
      const next = group.groups.get(part) ?? emptyGroup();
      group.groups.set(part, next);
      group = next;
    }
    group.datasets.set(name, dataset);
  }
  return root;
}

export type StoreGroup = Group;

/** Where a model keeps its layers: Keras 3, and the transitional format of TensorFlow 2.12 and 2.13. */
export function layersIn(group: Group): Group | null {
  return group.groups.get('layers') ?? group.groups.get('_layer_checkpoint_dependencies') ?? null;
}

const numerically = (a: string, b: string) => Number(a) - Number(b) || a.localeCompare(b);

/** Parts of a layer in the order Keras lists its weights: a wrapped layer before the wrapper's own variables. */
const FIRST = ['layer', 'forward_layer', 'backward_layer', 'cell'];

function partsOf(group: Group): string[] {
  const names = [...group.groups.keys()].filter((name) => name !== 'vars' && name !== 'seed_generator');
  // A Bidirectional wrapper lists the layer it was made from beside its two copies.
  const known = names.includes('forward_layer') ? names.filter((name) => name !== 'layer') : names;
  const rank = (name: string) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return known.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** All tensors of one layer, in order; the state of its random numbers is not a weight. */
export function layerDatasets(group: Group): Hdf5Dataset[] {
  const own = [...(group.groups.get('vars')?.datasets ?? [])]
    .sort(([a], [b]) => numerically(a, b))
    .map(([, dataset]) => dataset);
  const parts = partsOf(group).flatMap((name) => layerDatasets(group.groups.get(name) ?? emptyGroup()));
  return [...parts, ...own];
}

/** Places the tensors of a Keras 3 store by path. */
export function placeStore(file: DatasetStore, spec: ModelSpec): Placement {
  const tensors = new Map<LayerSpec, readonly RawTensor[]>();
  const placed = new Set<string>();
  const visit = (model: ModelSpec, group: Group) => {
    const layers = layersIn(group);
    if (layers === null) return;
    const counters = new Map<string, number>();
    for (const layer of model.layers) {
      const stem = storeName(layer.className);
      const count = counters.get(stem) ?? 0;
      counters.set(stem, count + 1);
      const own = layers.groups.get(count === 0 ? stem : `${stem}_${count}`);
      if (own === undefined) continue;
      if (layer.model !== null) {
        visit(layer.model, own);
        continue;
      }
      const wrapped = own.groups.get('layer');
      const innerModel = layer.wrapped?.model ?? null;
      if (innerModel !== null && wrapped !== undefined) {
        visit(innerModel, wrapped);
        continue;
      }
      const datasets = layerDatasets(own);
      for (const dataset of datasets) placed.add(dataset.path);
      if (datasets.length > 0) {
        tensors.set(
          layer,
          datasets.map((dataset) => rawTensor(file, dataset))
        );
      }
    }
  };
  visit(spec, storeTree(file));
  return { tensors, placed, notices: [] };
}
