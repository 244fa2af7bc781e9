/**
 * What `torch.save` writes: since PyTorch 1.6 a zip archive with one pickle and one entry for each storage, before that
 * five pickles and the storages one after the other (torch/serialization.py).
 */
import { statSync } from 'node:fs';
import type { Model, Notice } from '../../core/model';
import { elementCount } from '../../core/tensor';
import { fileSource, readRange, type ByteSource, type ReadCounter } from '../../files/byteSource';
import { damaged, FileProblem } from '../../files/problem';
import type { ZipArchive } from '../../files/zipArchive';
import type { OpenedModel } from '../kerasV3';
import { tensorRef, type RawTensor } from '../weights/rawTensor';
import { storedBytesOf } from '../weights/numbers';
import { storageOf } from './calls';
import { cut, PickleInput } from './input';
import { looseModel } from './model';
import { readPickle } from './pickle';
import { findWeights, type FoundTensor } from './stateDict';
import { checkTensor, readTensor, type Storages } from './storages';
import { isList, isMap, PickledStorage, type PickleValue, type StorageRef } from './values';
import { t } from '../../core/texts';

/** `0x1950a86a20f9469cfc6c`, the first pickle of the older layout. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const LARGEST_VERSION = 100;

/** `archive/data.pkl` of a zip archive of PyTorch; `null` for any other archive. */
export function torchPrefix(archive: ZipArchive): string | null {
  for (const name of archive.entries.keys())
    if (/^[^/]+\/data\.pkl$/.test(name)) return name.slice(0, -'data.pkl'.length);
  // TorchScript of 2019 keeps its structure in JSON.
  for (const name of archive.entries.keys())
    if (/^[^/]+\/model\.json$/.test(name)) return name.slice(0, -'model.json'.length);
  return null;
}

async function textOf(archive: ZipArchive, name: string): Promise<string | null> {
  const entry = archive.entries.get(name);
  if (entry === undefined || entry.bytes > LARGEST_VERSION) return null;
  const source = await archive.open(entry);
  try {
    return new TextDecoder().decode(readRange(source, 0, source.size)).trim();
  } finally {
    source.close();
  }
}

/** A storage for each entry `data/KEY`. */
function zipStorages(archive: ZipArchive, prefix: string, bigEndian: boolean): Storages {
  const entryOf = (ref: StorageRef) => archive.entries.get(`${prefix}data/${ref.key}`);
  return {
    bigEndian,
    sizeOf: (ref) => entryOf(ref)?.bytes ?? null,
    async open(ref, signal) {
      const entry = entryOf(ref);
      if (entry === undefined) throw damaged(t('the numbers of {0} are missing', ref.key));
      const source = await archive.open(entry, signal);
      return { source, start: 0, done: () => source.close() };
    }
  };
}

/** @throws {FileProblem} */
export async function openTorchZip(path: string, archive: ZipArchive, prefix: string): Promise<OpenedModel> {
  const entry = archive.entries.get(`${prefix}data.pkl`);
  const scripted = [...archive.entries.keys()].some((name) => name.startsWith(`${prefix}code/`));
  if (entry === undefined || scripted || archive.entries.has(`${prefix}constants.pkl`)) {
    throw new FileProblem(
      t('it is a TorchScript archive, which is not opened'),
      t('Save the weights with torch.save(model.state_dict(), "weights.pt")')
    );
  }
  const order = await textOf(archive, `${prefix}byteorder`);
  const source = await archive.open(entry);
  let root: PickleValue;
  try {
    root = readPickle(new PickleInput(source), storageOf);
  } finally {
    source.close();
  }
  const storages = zipStorages(archive, prefix, order === 'big');
  return { model: modelOf(path, root, storages), files: [path], close: () => undefined };
}

const noStorage = (): never => {
  throw cut();
};

/** Every storage that the value refers to, by key. */
function storagesIn(input: PickleInput): { root: PickleValue; refs: Map<string, StorageRef> } {
  const refs = new Map<string, StorageRef>();
  const root = readPickle(input, (id) => {
    const value = storageOf(id);
    if (value instanceof PickledStorage) refs.set(value.ref.key, value.ref);
    return value;
  });
  return { root, refs };
}

/** The numbers of each storage stand behind the pickles: how many there are, then they. */
function streamStorages(
  source: ByteSource,
  keys: PickleValue,
  refs: ReadonlyMap<string, StorageRef>,
  position: number,
  bigEndian: boolean
): Storages {
  const places = new Map<string, { readonly start: number; readonly bytes: number }>();
  if (!isList(keys)) throw cut();
  let at = position;
  for (const key of keys) {
    const ref = refs.get(String(key));
    if (ref === undefined) throw cut();
    const head = readRange(source, at, 8);
    const count = Number(new DataView(head.buffer).getBigInt64(0, !bigEndian));
    const bytes = count * ref.itemBytes;
    if (count < 0 || at + 8 + bytes > source.size) {
      throw damaged(t('the file is truncated: {0} bytes are missing', at + 8 + bytes - source.size));
    }
    places.set(ref.key, { start: at + 8, bytes });
    at += 8 + bytes;
  }
  return {
    bigEndian,
    sizeOf: (ref) => places.get(ref.key)?.bytes ?? null,
    open: (ref) => Promise.resolve({ source, start: places.get(ref.key)?.start ?? source.size, done: () => undefined })
  };
}

/** @throws {FileProblem} */
export function openTorchStream(path: string, counter?: ReadCounter): OpenedModel {
  const source = fileSource(path, 0, undefined, counter);
  try {
    const input = new PickleInput(source);
    if (readPickle(input, noStorage) !== MAGIC) {
      throw new FileProblem(
        t('it is a Python pickle, but none of PyTorch'),
        t('Save the weights with torch.save(model.state_dict(), "weights.pt")')
      );
    }
    readPickle(input, noStorage);
    const system = readPickle(input, noStorage);
    const bigEndian = isMap(system) && system.get('little_endian') === false;
    const { root, refs } = storagesIn(input);
    const keys = readPickle(input, noStorage);
    const storages = streamStorages(source, keys, refs, input.position, bigEndian);
    return { model: modelOf(path, root, storages), files: [path], close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}

const isReadable = ({ tensor }: FoundTensor) => tensor.refusal === null;

function modelOf(path: string, root: PickleValue, storages: Storages): Model {
  const found = findWeights(root);
  const counted = new Set<string>();
  const raw = (one: FoundTensor) => rawOf(one, storages, counted);
  return looseModel({
    path,
    format: 'pytorch',
    version: null,
    tensors: found.weights.map((one) => ({ key: one.key, raw: raw(one), module: one.module })),
    unplaced: [
      ...found.optimizer.filter(isReadable).map((one) => tensorRef(raw(one), 'optimizer')),
      ...found.other.filter(isReadable).map((one) => tensorRef(raw(one), 'other'))
    ],
    notices: noticesOf(found),
    size: statSync(path).size
  });
}

/** @throws {FileProblem} where the values are of a kind that is not read, or not in the file */
function rawOf({ path, tensor }: FoundTensor, storages: Storages, counted: Set<string>): RawTensor {
  const dtype = checkTensor(path, tensor, storages);
  // Two names for the same numbers take their bytes once.
  const place = `${tensor.storage.key} ${String(tensor.storage.start)} ${String(tensor.offset)} ${tensor.shape.join('x')}`;
  const isNew = !counted.has(place);
  counted.add(place);
  return {
    name: path,
    dtype,
    shape: tensor.shape,
    storedBytes: isNew ? elementCount(tensor.shape) * storedBytesOf(dtype) : 0,
    read: (signal) => readTensor(tensor, dtype, storages, signal)
  };
}

const MOST_CLASSES = 4;

function noticesOf({ place, beside, objects, moduleClass }: ReturnType<typeof findWeights>): Notice[] {
  const notices: Notice[] = [];
  if (place !== '') {
    notices.push({
      code: 'checkpoint',
      message:
        beside.length === 0
          ? t('The weights stand under {0}.', place)
          : t('The weights stand under {0}; beside them the file holds: {1}.', place, beside.join(', '))
    });
  }
  if (moduleClass !== null) {
    notices.push({
      code: 'whole-module',
      message: t(
        'A whole module of the class {0} was saved, not its state_dict: its weights and the attributes of the layers are read, its code is not.',
        moduleClass.slice(0, 80)
      )
    });
  }
  if (objects.length > 0) {
    const names = objects
      .slice(0, MOST_CLASSES)
      .map((name) => name.slice(0, 60))
      .join(', ');
    notices.push({
      code: 'objects-left',
      message: t(
        'Objects that only code could make were left alone: {0}{1}.',
        names,
        objects.length > MOST_CLASSES ? '…' : ''
      )
    });
  }
  return notices;
}
