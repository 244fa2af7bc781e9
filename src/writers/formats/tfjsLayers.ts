/** TensorFlow.js LayersModel: `model.json` with shards of 4 MiB, as its converter makes them. */
import type { Model } from '../../core/model';
import { flatPlaces } from '../keras/leaves';
import { kerasModel } from '../keras/model';
import { serialise } from '../keras/serialise';
import type { WeightValues } from '../weightValues';
import { littleEndian } from './littleEndian';
import type { SavedFile, SavedModel } from './saved';

const SHARD = 4 * 2 ** 20;

/** @throws {CannotWrite} */
export async function tfjsLayers(model: Model, weights: WeightValues, file: string): Promise<SavedModel> {
  const written = kerasModel(model, 'tfjs');
  const manifest: { name: string; shape: readonly number[]; dtype: string }[] = [];
  const pieces: Uint8Array[] = [];
  for (const { path, weight } of flatPlaces(written.model)) {
    const data = await weight.values(weights);
    const whole = data instanceof Int32Array;
    manifest.push({ name: path, shape: weight.shape, dtype: whole ? 'int32' : 'float32' });
    pieces.push(littleEndian(whole || data instanceof Float32Array ? data : Float32Array.from(data)));
  }
  const shards = shardsOf(Buffer.concat(pieces), file);
  const json = {
    format: 'layers-model',
    generatedBy: 'keras v2.15.0',
    convertedBy: 'ConvLens',
    modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: serialise(written) },
    weightsManifest: [{ paths: shards.map(({ name }) => name), weights: manifest }]
  };
  const description = { name: file, bytes: Buffer.from(JSON.stringify(json), 'utf8') };
  return { files: [description, ...shards], notices: written.notices };
}

/** `model.json` has the names that the converter gives; another model in the same folder keeps its own shards. */
function shardsOf(stream: Uint8Array, file: string): SavedFile[] {
  const own = file === 'model.json' ? '' : `${file.replace(/\.json$/i, '')}-`;
  const count = Math.max(1, Math.ceil(stream.length / SHARD));
  return Array.from({ length: count }, (_, i) => ({
    name: `${own}group1-shard${i + 1}of${count}.bin`,
    bytes: stream.subarray(i * SHARD, (i + 1) * SHARD)
  }));
}
