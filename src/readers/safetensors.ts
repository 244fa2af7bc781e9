/**
 * `.safetensors`: eight bytes with the length of the header, the header in JSON, the values. After the format's
 * description at https://github.com/huggingface/safetensors#format. Weights alone: PyTorch's names, or Keras's.
 */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fieldOf } from '../core/keras/attributes';
import type { Framework, Model } from '../core/model';
import { elementCount, type DType } from '../core/tensor';
import { fileSource, readRange, type ByteSource, type ReadCounter } from '../files/byteSource';
import { damaged, FileProblem, refused } from '../files/problem';
import { parseJson } from './json';
import { shardNames } from './kerasShards';
import type { OpenedModel } from './kerasV3';
import { shardPath } from './shardPath';
import { looseModel, modelName } from './torch/model';
import { isKerasName, kerasPosition } from './weights/kerasNames';
import { decodeNumbers, readSlices, storedBytesOf } from './weights/numbers';
import { divideBytes } from './weights/placement';
import type { RawTensor } from './weights/rawTensor';
import { weightsOnlyGraph } from './weights/weightsOnly';
import { t } from '../core/texts';

/** Bytes of a header at most, as the format's own library has it. */
export const LARGEST_HEADER = 100_000_000;

const DTYPES: ReadonlyMap<string, Exclude<DType, 'string'>> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool']
] as const);

interface Entry {
  readonly name: string;
  readonly dtype: Exclude<DType, 'string'>;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Length of the header where the bytes can be the begin of such a file. */
export function headerLength(head: Uint8Array, size: number): number | null {
  if (head.length < 9 || head[8] !== 0x7b) return null;
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  return length >= 2 && length <= LARGEST_HEADER && length <= size - 8 ? length : null;
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function entryOf(name: string, value: unknown, dataBytes: number): Entry {
  const shown = name.slice(0, 80);
  const stated = fieldOf(value, 'dtype');
  const dtype = typeof stated === 'string' ? DTYPES.get(stated) : undefined;
  if (dtype === undefined) {
    const type = typeof stated === 'string' ? stated.slice(0, 20) : '?';
    throw new FileProblem(
      t('the weight {0} has an element type that is not supported: {1}', shown, type),
      t('Convert the weights to float32 and save them again')
    );
  }
  const shape = fieldOf(value, 'shape');
  const offsets = fieldOf(value, 'data_offsets');
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw damaged(t('the weight {0} has a shape that cannot be', shown));
  const [start, end]: readonly unknown[] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!isSize(start) || !isSize(end) || start > end || end > dataBytes) {
    throw damaged(t('the weight {0} lies outside the file', shown));
  }
  if (elementCount(shape) * storedBytesOf(dtype) !== end - start) {
    throw damaged(t('the weight {0} takes another number of bytes than its shape needs', shown));
  }
  return { name, dtype, shape, start, end };
}

/** The tensors must fill the file, each byte once. */
function checkCover(entries: readonly Entry[], dataBytes: number): void {
  let at = 0;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw damaged(t('the weight {0} lies over another one', name.slice(0, 80)));
    if (start > at) throw damaged(t('the file holds {0} bytes that belong to no weight', start - at));
    at = end;
  }
  if (at < dataBytes) throw damaged(t('the file holds {0} bytes that belong to no weight', dataBytes - at));
}

/** Compares names part by part, numbers as numbers: `layer.2` before `layer.10`. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * The library sorts tensors by type and name; then the network's own order is lost, and numbers inside the names are
 * the best there is.
 */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const byPlace = [...entries].sort((a, b) => a.start - b.start);
  const isSorted = byPlace.every((entry, i) => {
    const before = byPlace[i - 1];
    return before === undefined || before.dtype !== entry.dtype || before.name < entry.name;
  });
  return isSorted ? byPlace.sort((a, b) => compareNames(a.name, b.name)) : byPlace;
}

interface Header {
  readonly tensors: readonly RawTensor[];
  /** What wrote it, by its own word: `pt`, `tf`, `keras`… */
  readonly origin: string | null;
}

function readHeader(source: ByteSource): Header {
  const length = headerLength(readRange(source, 0, Math.min(9, source.size)), source.size);
  if (length === null) throw damaged(t('the header of the .safetensors file is damaged'));
  const text = new TextDecoder().decode(readRange(source, 8, length));
  const json = parseJson(text, t('the header of the .safetensors file'));
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw damaged(t('the header of the .safetensors file is damaged'));
  }
  const begin = 8 + length;
  const dataBytes = source.size - begin;
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => entryOf(name, value, dataBytes));
  checkCover(entries, dataBytes);
  const format = fieldOf(fieldOf(json, '__metadata__'), 'format');
  return {
    origin: typeof format === 'string' ? format : null,
    tensors: inOrder(entries).map(({ name, dtype, shape, start, end }) => ({
      name,
      dtype,
      shape,
      storedBytes: end - start,
      read: async (signal) => decodeNumbers(await readSlices(source, begin + start, end - start, signal), dtype)
    }))
  };
}

/** PyTorch unless the file or its names say Keras. */
function frameworkOf({ tensors, origin }: Header): Framework {
  if (origin === 'pt') return 'pytorch';
  if (!tensors.some(({ name }) => isKerasName(name))) return 'pytorch';
  return origin === 'tfjs' ? 'tfjs' : 'keras';
}

/** Tensors of the name's layer together, in the order in which Keras lists them. */
function kerasModel(path: string, header: Header, framework: Framework, size: number): Model {
  const groups = new Map<string, RawTensor[]>();
  for (const raw of header.tensors) {
    const layer = raw.name.includes('/') ? raw.name.slice(0, raw.name.lastIndexOf('/')) : raw.name;
    groups.set(layer, [...(groups.get(layer) ?? []), raw]);
  }
  const named = [...groups].map(([name, tensors]) => ({
    name,
    tensors: tensors.sort((a, b) => kerasPosition(a.name) - kerasPosition(b.name))
  }));
  const name = modelName(path);
  return {
    name,
    format: 'safetensors',
    framework,
    frameworkVersion: null,
    topology: 'none',
    root: weightsOnlyGraph(name, named).graph,
    weightsOrigin: { kind: 'file', file: basename(path), olderThanCode: false },
    notices: [
      {
        code: 'weights-only',
        message: t(
          'The file holds weights without an architecture: how the layers are wired, their strides, padding and activations are not known.'
        )
      }
    ],
    unplaced: [],
    fileBytes: divideBytes(size, header.tensors, []),
    classNames: null
  };
}

function modelOf(path: string, header: Header, size: number): Model {
  if (header.tensors.length === 0) {
    throw new FileProblem(t('it holds no weights'), t('Save model.state_dict() and open that file'));
  }
  const framework = frameworkOf(header);
  if (framework !== 'pytorch') return kerasModel(path, header, framework, size);
  return looseModel({
    path,
    format: 'safetensors',
    version: null,
    tensors: header.tensors.map((raw) => ({ key: raw.name, raw, module: null })),
    unplaced: [],
    notices: [],
    size
  });
}

/** @throws {FileProblem} */
export function openSafetensors(path: string, counter?: ReadCounter): OpenedModel {
  const source = fileSource(path, 0, undefined, counter);
  try {
    return { model: modelOf(path, readHeader(source), source.size), files: [path], close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

/** Whether a JSON document is the index of a `.safetensors` file in several parts. */
export function isSafetensorsIndex(json: unknown): boolean {
  const map = fieldOf(json, 'weight_map');
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return false;
  const names: readonly unknown[] = Object.values(map);
  return names.length > 0 && names.every((name) => typeof name === 'string' && name.endsWith('.safetensors'));
}

/** `model.safetensors.index.json` with the parts it names. @throws {FileProblem} */
export function openSafetensorsIndex(path: string, index: unknown, counter?: ReadCounter): OpenedModel {
  const paths = shardNames(index).map((name) => shardPath(dirname(path), name));
  const sources: ByteSource[] = [];
  const close = () => sources.forEach((source) => source.close());
  try {
    const headers = paths.map((shard) => {
      const source = fileSource(shard, 0, undefined, counter);
      sources.push(source);
      return readHeader(source);
    });
    const tensors = headers.flatMap((header) => header.tensors);
    const names = new Set<string>();
    for (const { name } of tensors) {
      if (names.has(name)) throw refused(t('two of the weight shards hold {0}', name.slice(0, 80)));
      names.add(name);
    }
    const missing = Object.keys(fieldOf(index, 'weight_map') as object).find((name) => !names.has(name));
    if (missing !== undefined) throw damaged(t('the weight {0} is in none of the shards', missing.slice(0, 80)));
    const size = statSync(path).size + sources.reduce((sum, source) => sum + source.size, 0);
    const whole = { origin: headers[0]?.origin ?? null, tensors: tensors.sort((a, b) => compareNames(a.name, b.name)) };
    return { model: modelOf(path, whole, size), files: [path, ...paths], close };
  } catch (error) {
    close();
    throw error;
  }
}
