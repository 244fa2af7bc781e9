/** `.h5`: the HDF5 format of whole models that Keras 2 and 3 both read. */
import type { Model } from '../../core/model';
import { hdf5Bytes, type Hdf5Array, type Hdf5Group } from '../hdf5';
import { layerGroups } from '../keras/leaves';
import { kerasModel } from '../keras/model';
import { serialise } from '../keras/serialise';
import type { WeightValues } from '../weightValues';
import type { SavedModel } from './saved';

/** The version that means what the layers here mean: readers of HDF5 files go by it. */
const KERAS_2 = '2.15.0';
const KERAS_3 = '3.0.0';

const WEIGHTS = 'model_weights';

/** @throws {CannotWrite} */
export async function kerasHdf5(model: Model, weights: WeightValues, file: string): Promise<SavedModel> {
  const written = kerasModel(model, 'h5');
  const version = written.needsKeras3 ? KERAS_3 : KERAS_2;
  const origin = [
    ['backend', 'tensorflow'],
    ['keras_version', version]
  ] as const;
  const layers = layerGroups(written.model);
  const groups: Hdf5Group[] = [
    { path: '', attributes: new Map([...origin, ['model_config', JSON.stringify(serialise(written))]]) },
    {
      path: WEIGHTS,
      attributes: new Map<string, string | readonly string[]>([
        ...origin,
        ['layer_names', layers.map(({ layer }) => layer)]
      ])
    },
    { path: `${WEIGHTS}/top_level_model_weights`, attributes: new Map() }
  ];
  const arrays: Hdf5Array[] = [];
  for (const { layer, weights: places } of layers) {
    groups.push({
      path: `${WEIGHTS}/${layer}`,
      attributes: new Map([['weight_names', places.map(({ path }) => path)]])
    });
    for (const { path, weight } of places) {
      const data = await weight.values(weights);
      arrays.push({ path: `${WEIGHTS}/${layer}/${path}`, shape: weight.shape, data });
    }
  }
  return { files: [{ name: file, bytes: await hdf5Bytes(groups, arrays) }], notices: written.notices };
}
