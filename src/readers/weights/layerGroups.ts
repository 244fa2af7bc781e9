/** Weights of Keras's legacy HDF5 files: one group for each layer, tensors by position in `weight_names`. */
import type { Notice } from '../../core/model';
import type { Hdf5File } from '../hdf5/hdf5File';
import { rawTensor } from '../hdf5/tensors';
import type { LayerSpec, ModelSpec } from '../keras/spec';
import type { Dialect } from '../keras/translate';
import { damaged } from '../../files/problem';
import { divide, leavesOf, modelInside } from './leaves';
import type { Placement } from './placement';
import type { RawTensor } from './rawTensor';
import { t } from '../../core/texts';

export interface LayerGroup {
  readonly name: string;
  readonly tensors: readonly RawTensor[];
  readonly paths: readonly string[];
}

const join = (...parts: string[]) =>
  parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/');

/** The layer groups in the file's order, or `null` where the file has no `layer_names`. */
export function layerGroups(file: Hdf5File, root: string): LayerGroup[] | null {
  const names = file.texts(root, 'layer_names');
  if (names === null) return null;
  return names.map((name) => {
    const path = join(root, name);
    if (!file.isGroup(path)) throw damaged(t('the weights of layer {0} are missing from the file', name));
    const weightNames = file.texts(path, 'weight_names') ?? [];
    const paths = weightNames.map((weight) => join(path, weight));
    const tensors = paths.map((weightPath, i) => {
      const dataset = file.dataset(weightPath);
      if (dataset === null) throw damaged(t('the weight {0} is missing from the file', weightPath));
      return rawTensor(file, dataset, weightNames[i] ?? weightPath);
    });
    return { name, tensors, paths };
  });
}

/** Pairs layers with groups by name; where names differ, as Keras does, by order among those with weights. */
function pair(spec: ModelSpec, groups: readonly LayerGroup[], dialect: Dialect, notices: Notice[]) {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const matched = spec.layers.flatMap((layer) => {
    const group = byName.get(layer.name);
    return group === undefined ? [] : [[layer, group] as const];
  });
  const used = new Set(matched.map(([, group]) => group));
  const strays = groups.filter((group) => group.tensors.length > 0 && !used.has(group));
  if (strays.length === 0) return matched;
  const full = groups.filter(({ tensors }) => tensors.length > 0);
  const keepers = spec.layers.filter((layer) => keepsWeights(layer, dialect));
  if (keepers.length !== full.length) return matched;
  notices.push({
    code: 'weights-by-order',
    message: t(
      'The layer names in the weights differ from those of the architecture; the weights are matched by order.'
    )
  });
  return keepers.flatMap((layer, i) => {
    const group = full[i];
    return group === undefined ? [] : [[layer, group] as const];
  });
}

function keepsWeights(layer: LayerSpec, dialect: Dialect): boolean {
  const inner = modelInside(layer);
  const one: ModelSpec = {
    name: '',
    className: '',
    sequential: true,
    layers: [layer],
    inputs: [],
    outputs: [],
    inputShape: null
  };
  return leavesOf(inner ?? one, dialect).some(({ slots }) => slots === null || slots.length > 0);
}

/** Places the tensors of a legacy file under `root` (`model_weights`, or the file itself). */
export function placeLayerGroups(file: Hdf5File, root: string, spec: ModelSpec, dialect: Dialect): Placement {
  const groups = layerGroups(file, root) ?? [];
  const notices: Notice[] = [];
  const tensors = new Map<LayerSpec, readonly RawTensor[]>();
  const placed = new Set<string>();
  for (const [layer, group] of pair(spec, groups, dialect, notices)) {
    const inner = modelInside(layer);
    if (inner === null) tensors.set(layer, group.tensors);
    else {
      const division = divide(leavesOf(inner, dialect, layer.trainable), group.tensors);
      if (division === null) {
        notices.push({
          code: 'weights-not-divided',
          message: t('The weights of the nested model {0} cannot be told apart; they are listed as strays.', layer.name)
        });
        continue;
      }
      for (const [leaf, list] of division) tensors.set(leaf, list);
    }
    for (const path of group.paths) placed.add(path);
  }
  return { tensors, placed, notices };
}
