/** TensorFlow.js LayersModel: `model.json` with shards, which together are one stream of bytes. */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import { elementCount, type DType, type NumericArray } from '../core/tensor';
import { assemble } from './assemble';
import { fileSource, type ByteSource } from '../files/byteSource';
import { parseModel } from './keras/parseConfig';
import type { LayerSpec, ModelSpec } from './keras/spec';
import { dialectOf, type Dialect } from './keras/translate';
import { checkVersion } from './kerasH5';
import type { OpenedModel } from './kerasV3';
import { damaged, FileProblem, refused } from '../files/problem';
import { shardPath } from './shardPath';
import { bareName, kerasPosition } from './weights/kerasNames';
import { leavesOf } from './weights/leaves';
import { tensorRef, type RawTensor } from './weights/rawTensor';
import { decodeWeight, storedSize, type Quantization } from './weights/tfjsDecode';
import { t } from '../core/texts';

/** Shards as one stream: a tensor may begin in one and end in the next. */
class ShardStream {
  readonly size: number;
  private readonly parts: readonly { readonly source: ByteSource; readonly start: number }[];
  constructor(sources: readonly ByteSource[]) {
    let start = 0;
    this.parts = sources.map((source) => {
      const part = { source, start };
      start += source.size;
      return part;
    });
    this.size = start;
  }
  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (const { source, start } of this.parts) {
      const from = Math.max(position, start);
      const to = Math.min(position + length, start + source.size);
      for (let at = from; at < to;) {
        const count = source.readInto(bytes, at - position, to - at, at - start);
        if (count <= 0) throw damaged(t('a weight shard is truncated'));
        at += count;
      }
    }
    return bytes;
  }
  close(): void {
    for (const { source } of this.parts) source.close();
  }
}

const DTYPES: ReadonlySet<string> = new Set([
  'float32',
  'float16',
  'int32',
  'uint8',
  'uint16',
  'int8',
  'int16',
  'bool'
]);
const MOST_ELEMENTS = 2 ** 31;

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly quantization: Quantization | null;
}

function entryOf(value: unknown): ManifestEntry {
  const name = fieldOf(value, 'name');
  const shape = fieldOf(value, 'shape');
  const dtype = fieldOf(value, 'dtype');
  if (typeof name !== 'string') throw damaged(t('the weights manifest holds a weight without a name'));
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [null];
  const known = sizes.filter((size) => typeof size === 'number' && Number.isInteger(size) && size >= 0) as number[];
  if (known.length !== sizes.length || elementCount(known) > MOST_ELEMENTS) {
    throw damaged(t('the weight {0} has a shape that cannot be', name));
  }
  if (typeof dtype !== 'string' || !DTYPES.has(dtype))
    throw damaged(t('the weight {0} has an element type that is not supported', name));
  return {
    name,
    shape: known,
    dtype: dtype as DType,
    quantization: quantizationOf(fieldOf(value, 'quantization'), name)
  };
}

function quantizationOf(value: unknown, name: string): Quantization | null {
  if (value === undefined || value === null) return null;
  const dtype = fieldOf(value, 'dtype');
  const scale = fieldOf(value, 'scale') ?? 1;
  const min = fieldOf(value, 'min') ?? 0;
  if (
    (dtype !== 'uint8' && dtype !== 'uint16' && dtype !== 'float16') ||
    typeof scale !== 'number' ||
    typeof min !== 'number'
  ) {
    throw damaged(t('the weight {0} is quantised in a way that is not supported', name));
  }
  return { dtype, scale, min };
}

/** The tensors of the manifest, by name, over the streams of their groups. */
function readManifest(manifest: unknown, folder: string) {
  if (!Array.isArray(manifest)) throw damaged(t('model.json holds no weights manifest'));
  const tensors = new Map<string, RawTensor>();
  const files: string[] = [];
  const streams: ShardStream[] = [];
  const close = () => streams.forEach((stream) => stream.close());
  try {
    for (const group of manifest as readonly unknown[]) {
      const paths = fieldOf(group, 'paths');
      const weights = fieldOf(group, 'weights');
      if (!Array.isArray(paths) || !Array.isArray(weights)) throw damaged(t('the weights manifest is damaged'));
      const shards = paths.map((name: unknown) => shardPath(folder, name));
      files.push(...shards);
      const stream = new ShardStream(shards.map((path) => fileSource(path)));
      streams.push(stream);
      let position = 0;
      for (const value of weights as readonly unknown[]) {
        const entry = entryOf(value);
        if (tensors.has(entry.name)) throw refused(t('the weights manifest names {0} twice', entry.name));
        const start = position;
        const bytes = storedSize(entry);
        position += bytes;
        tensors.set(entry.name, {
          name: entry.name,
          dtype: entry.dtype,
          shape: entry.shape,
          storedBytes: bytes,
          read: (signal) => readWeight(stream, start, entry, signal)
        });
      }
      if (position > stream.size) {
        throw damaged(t('a weight shard is truncated: {0} of {1} bytes are missing', position - stream.size, position));
      }
    }
  } catch (error) {
    close();
    throw error;
  }
  return { tensors, files, close };
}

async function readWeight(
  stream: ShardStream,
  start: number,
  entry: ManifestEntry,
  signal: AbortSignal | undefined
): Promise<NumericArray> {
  signal?.throwIfAborted();
  return Promise.resolve(decodeWeight(stream.read(start, storedSize(entry)), entry));
}

function place(spec: ModelSpec, dialect: Dialect, tensors: ReadonlyMap<string, RawTensor>) {
  const leaves = leavesOf(spec, dialect);
  const owners = new Map(leaves.map((leaf) => [leaf.spec.name, leaf.spec]));
  const byLayer = new Map<LayerSpec, RawTensor[]>();
  const strays: RawTensor[] = [];
  for (const raw of tensors.values()) {
    const spec = ownerOf(bareName(raw.name), owners);
    if (spec === undefined) strays.push(raw);
    else byLayer.set(spec, [...(byLayer.get(spec) ?? []), raw]);
  }
  for (const list of byLayer.values()) list.sort((a, b) => kerasPosition(a.name) - kerasPosition(b.name));
  return { byLayer, strays };
}

/** The layer whose name stands before the weight's; the longest name wins, since names may hold slashes. */
function ownerOf(name: string, owners: ReadonlyMap<string, LayerSpec>): LayerSpec | undefined {
  const parts = name.split('/').slice(0, -1);
  for (let length = parts.length; length > 0; length--) {
    for (let start = 0; start + length <= parts.length; start++) {
      const spec = owners.get(parts.slice(start, start + length).join('/'));
      if (spec !== undefined) return spec;
    }
  }
  return undefined;
}

/** @param json the parsed `model.json` */
export function openTfjsLayers(path: string, json: unknown): OpenedModel {
  const topology = fieldOf(json, 'modelTopology');
  if (fieldOf(json, 'format') === 'graph-model' || fieldOf(topology, 'node') !== undefined) {
    throw new FileProblem(
      t('a TensorFlow.js GraphModel is not supported'),
      t('Convert the Keras model to a LayersModel')
    );
  }
  const model = fieldOf(topology, 'model_config') ?? fieldOf(topology, 'modelConfig') ?? topology;
  const stated = fieldOf(topology, 'keras_version') ?? fieldOf(topology, 'kerasVersion');
  const generatedBy = fieldOf(json, 'generatedBy');
  const madeByTfjs = typeof generatedBy === 'string' && /tensorflow\.js|tfjs/i.test(generatedBy);
  const version = typeof stated === 'string' ? stated : null;
  // TensorFlow.js writes its own version, "tfjs-layers 4.22.0", and means Keras 2.
  const number = version !== null && /^\d/.test(version) ? version : null;
  if (!madeByTfjs) checkVersion(number);
  const dialect = dialectOf(madeByTfjs ? '2.3' : (number ?? '2.3'), madeByTfjs);
  const spec = parseModel(model);
  const { tensors, files, close } = readManifest(fieldOf(json, 'weightsManifest'), dirname(path));
  try {
    const { byLayer, strays } = place(spec, dialect, tensors);
    const all = [path, ...files];
    const assembled = assemble({
      file: basename(path),
      format: 'tfjs-layers',
      framework: 'tfjs',
      version,
      backend: null,
      dialect,
      spec,
      tensors: byLayer,
      unplaced: strays.map((raw) => tensorRef(raw, 'other')),
      notices: [],
      size: all.reduce((sum, file) => sum + statSync(file).size, 0),
      description: JSON.stringify(topology)
    });
    return { model: assembled, files: all, close };
  } catch (error) {
    close();
    throw error;
  }
}
