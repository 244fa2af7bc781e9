/** `.keras`, the format of Keras 3: a zip of `metadata.json`, `config.json` and `model.weights.h5`. */
import { fieldOf } from '../../core/keras/attributes';
import type { Graph, LayerNode, Model } from '../../core/model';
import type { NumericArray } from '../../core/tensor';
import { t } from '../../core/texts';
import { hdf5Bytes, type Hdf5Array, type Hdf5Group } from '../hdf5';
import { storePlaces } from '../keras/leaves';
import { kerasModel } from '../keras/model';
import { serialise } from '../keras/serialise';
import { valuesOf, type WeightValues } from '../weightValues';
import { zipBytes } from '../zip';
import type { SavedModel } from './saved';

/** The oldest release that reads what is written here; Keras records it and does not look at it. */
const OLDEST_KERAS = '3.0.0';

const json = (value: unknown) => Buffer.from(JSON.stringify(value), 'utf8');

/** @throws {CannotWrite} */
export async function kerasArchive(model: Model, weights: WeightValues, file: string): Promise<SavedModel> {
  if (isOwnDescription(model)) return sameAgain(model, weights, file);
  const written = kerasModel(model, 'keras');
  const { weights: places, names } = storePlaces(written.model);
  const arrays: Hdf5Array[] = [];
  for (const { path, weight } of places) {
    arrays.push({ path, shape: weight.shape, data: await weight.values(weights) });
  }
  const groups = [...names].map(([path, name]): Hdf5Group => ({ path, attributes: new Map([['name', name]]) }));
  const store = await hdf5Bytes(groups, arrays);
  return archive(file, OLDEST_KERAS, Buffer.from(JSON.stringify(serialise(written)), 'utf8'), store, written.notices);
}

function archive(
  file: string,
  version: string,
  config: Uint8Array,
  store: Uint8Array,
  notices: readonly string[]
): SavedModel {
  const bytes = zipBytes([
    { name: 'metadata.json', bytes: json({ keras_version: version }) },
    { name: 'config.json', bytes: config },
    { name: 'model.weights.h5', bytes: store }
  ]);
  return { files: [{ name: file, bytes }], notices };
}

/** Path of a weight in a store of Keras 3; files saved on Windows hold backslashes. */
const storePath = (name: string) => name.replaceAll('\\', '/');

/** Whether the model comes from a `.keras` file, is still the same, and its weights lie where Keras 3 looks for them. */
function isOwnDescription(model: Model): boolean {
  if (model.format !== 'keras-v3' || model.architecture?.graph !== model.root) return false;
  // What Keras 2 wrote into such archives, Keras 3 cannot read.
  if (Number.parseInt(model.frameworkVersion ?? '3', 10) < 3) return false;
  return everyLayer(model.root).every(({ weights }) =>
    weights.every(({ name }) => /\/vars\/\d+$/.test(name) && !name.includes('_layer_checkpoint'))
  );
}

function everyLayer(graph: Graph): LayerNode[] {
  return [...graph.layers.values()].flatMap((layer) =>
    layer.kind.kind === 'model' ? [layer, ...everyLayer(layer.kind.graph)] : [layer]
  );
}

/** The file's own configuration, every layer as it was, opaque ones too, with the weights in place. */
async function sameAgain(model: Model, weights: WeightValues, file: string): Promise<SavedModel> {
  const arrays = new Map<string, Hdf5Array>();
  for (const layer of everyLayer(model.root)) {
    for (const [index, ref] of layer.weights.entries()) {
      const path = storePath(ref.name);
      arrays.set(path, { path, shape: ref.shape, data: asStored(await valuesOf(layer, index, weights), ref.dtype) });
    }
  }
  const optimizer = model.unplaced.some(({ role }) => role === 'optimizer');
  for (const ref of model.unplaced) {
    const path = storePath(ref.name);
    if (ref.role === 'optimizer' || ref.dtype === 'string' || arrays.has(path)) continue;
    arrays.set(path, { path, shape: ref.shape, data: asStored(await ref.read(), ref.dtype) });
  }
  const store = await hdf5Bytes([], [...arrays.values()]);
  const notices = optimizer ? [t("The optimizer's state is left out: it belongs to the weights before.")] : [];
  const config = optimizer ? withoutCompilation(model.architecture?.text ?? '') : (model.architecture?.text ?? '');
  return archive(file, model.frameworkVersion ?? OLDEST_KERAS, Buffer.from(config, 'utf8'), store, notices);
}

/** Keras refuses a compiled model whose optimizer has lost its state. */
function withoutCompilation(text: string): string {
  const config: unknown = JSON.parse(text);
  if (fieldOf(config, 'compile_config') === undefined) return text;
  return JSON.stringify(config, (key, value: unknown) => (key === 'compile_config' ? undefined : value));
}

/** Whole numbers that were read widened, as whole numbers again. */
function asStored(values: NumericArray, dtype: string): NumericArray {
  if (dtype === 'uint64' || dtype === 'int64') return Int32Array.from(values);
  return values;
}
