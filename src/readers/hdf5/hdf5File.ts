/** An HDF5 file as a tree of groups and datasets, read lazily and with every way out of the file refused. */
import * as h5wasm from 'h5wasm';
import type { DType } from '../../core/tensor';
import { elementCount } from '../../core/tensor';
import type { ByteSource } from '../../files/byteSource';
import { damaged, FileProblem, refused } from '../../files/problem';
import { mount, refusals, type Mount } from '../../files/hdf5Sandbox';
import { t } from '../../core/texts';

export interface Hdf5Dataset {
  /** From the root, without a leading slash: `model_weights/conv1/conv1/kernel:0`. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly chunks: readonly number[] | null;
  readonly filtered: boolean;
  readonly bytes: number;
}

const MOST_OBJECTS = 200_000;
const DEEPEST = 48;
const MOST_ELEMENTS = 2 ** 33;
const LARGEST_BYTES = 4 * 2 ** 30;
const LARGEST_RATIO = 1000;
const LARGEST_ATTRIBUTE = 64 * 2 ** 20;
/** Contiguous datasets whose first value is read to see that their bytes are in this file. */
const MOST_PROBES = 512;

type FloatSize = 2 | 4 | 8;
const FLOATS: Readonly<Record<FloatSize, DType>> = { 2: 'float16', 4: 'float32', 8: 'float64' };

function dtypeOf(metadata: h5wasm.Metadata): DType {
  const bits = metadata.size * 8;
  // 0 integer, 1 float, 3 string, 8 enumeration (h5py's bool).
  if (metadata.type === 1 && (metadata.size === 2 || metadata.size === 4 || metadata.size === 8)) {
    return FLOATS[metadata.size];
  }
  if (metadata.type === 0 && (bits === 8 || bits === 16 || bits === 32 || bits === 64)) {
    return `${metadata.signed ? '' : 'u'}int${bits}` as DType;
  }
  return metadata.type === 8 ? 'bool' : 'string';
}

/** The library has no array for 16-bit floats and opaque words of that size: their bits are fetched as integers. */
function readAsBits(handle: h5wasm.Dataset): void {
  const { metadata } = handle;
  if (metadata.size !== 2 || (metadata.type !== 1 && metadata.type !== 5)) return;
  Object.defineProperty(handle, 'metadata', { value: { ...metadata, type: 0, signed: false } });
}

export class Hdf5File {
  private readonly datasets = new Map<string, Hdf5Dataset>();
  private readonly children = new Map<string, readonly string[]>();
  private probes = 0;
  private open = true;

  private constructor(
    private readonly file: h5wasm.File,
    private readonly mounted: Mount,
    private readonly source: ByteSource
  ) {}

  /**
   * Opens the file and walks its structure (no tensor is read).
   * @throws {FileProblem} where it is damaged, reaches outside itself or declares more than it can hold.
   */
  static async open(source: ByteSource): Promise<Hdf5File> {
    const mounted = await mount(source);
    let file: h5wasm.File;
    try {
      file = new h5wasm.File(mounted.path, 'r');
      if (file.file_id < 0n) throw new Error(t('not opened'));
    } catch {
      mounted.unmount();
      throw damaged(t('the HDF5 file is damaged or truncated'));
    }
    const opened = new Hdf5File(file, mounted, source);
    try {
      opened.walk('', 0);
    } catch (error) {
      opened.close();
      if (error instanceof FileProblem) throw error;
      throw damaged(t('the HDF5 structure is damaged'));
    }
    return opened;
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    try {
      this.file.close();
    } finally {
      this.mounted.unmount();
      this.source.close();
    }
  }

  get size(): number {
    return this.source.size;
  }

  has(path: string): boolean {
    return this.children.has(path) || this.datasets.has(path);
  }

  /** Names in a group, in the file's order; empty where there is no such group. */
  names(path: string): readonly string[] {
    return this.children.get(path) ?? [];
  }

  isGroup(path: string): boolean {
    return this.children.has(path);
  }

  dataset(path: string): Hdf5Dataset | null {
    return this.datasets.get(path) ?? null;
  }

  allDatasets(): readonly Hdf5Dataset[] {
    return [...this.datasets.values()];
  }

  /** Value of an attribute, text decoded; `undefined` where there is none. */
  attribute(path: string, name: string): unknown {
    const entity = this.file.get(path === '' ? '/' : `/${path}`);
    if (!(entity instanceof h5wasm.Group || entity instanceof h5wasm.Dataset)) return undefined;
    const attribute = Object.getOwnPropertyDescriptor(entity.attrs, name);
    if (attribute === undefined) return undefined;
    const held = (attribute.get?.call(entity.attrs) ?? attribute.value) as h5wasm.Attribute | undefined;
    if (held === undefined) return undefined;
    const { metadata } = held;
    if (metadata.size * Math.max(1, metadata.total_size) > LARGEST_ATTRIBUTE) {
      throw damaged(t('the attribute {0} is larger than 64 MiB', name));
    }
    return held.value;
  }

  text(path: string, name: string): string | null {
    const value = this.attribute(path, name);
    return typeof value === 'string' ? value : null;
  }

  /** A list of names; long ones are split over `name0`, `name1`… `null` where the attribute is missing. */
  texts(path: string, name: string): readonly string[] | null {
    const whole = this.attribute(path, name);
    if (whole !== undefined) return textsOf(whole);
    const parts: string[] = [];
    for (let i = 0; ; i++) {
      const part = this.attribute(path, `${name}${i}`);
      if (part === undefined) return i === 0 ? null : parts;
      parts.push(...textsOf(part));
    }
  }

  /** Raw access for reading values. */
  handle(path: string): h5wasm.Dataset {
    if (!this.open) throw new Error(t('the file has been closed'));
    const entity = this.file.get(`/${path}`);
    if (!(entity instanceof h5wasm.Dataset)) throw damaged(t('the dataset {0} cannot be read', path));
    readAsBits(entity);
    return entity;
  }

  private walk(path: string, depth: number): void {
    if (depth > DEEPEST) throw refused(t('the HDF5 groups are nested without end (a cycle)'));
    const group = this.file.get(path === '' ? '/' : `/${path}`);
    if (!(group instanceof h5wasm.Group)) return;
    const names = group.keys();
    this.children.set(path, names);
    if (this.children.size + this.datasets.size > MOST_OBJECTS) {
      throw refused(t('the HDF5 file holds more than 200,000 objects or a cycle of groups'));
    }
    for (const name of names) {
      const inner = path === '' ? name : `${path}/${name}`;
      const child = group.get(name);
      if (child instanceof h5wasm.ExternalLink) {
        throw refused(t('{0} is a link to another file, which is never followed', inner));
      }
      if (child instanceof h5wasm.Group) this.walk(inner, depth + 1);
      else if (child instanceof h5wasm.Dataset) this.datasets.set(inner, this.describe(child, inner));
    }
  }

  private describe(dataset: h5wasm.Dataset, path: string): Hdf5Dataset {
    const { metadata } = dataset;
    if ((metadata.virtual_sources ?? []).length > 0) {
      throw refused(t('{0} is a virtual dataset, whose values lie in other files', path));
    }
    const shape = metadata.shape ?? [];
    const elements = elementCount(shape);
    const bytes = elements * metadata.size;
    const filtered = dataset.filters.length > 0;
    if (elements > MOST_ELEMENTS) throw damaged(t('{0} declares {1} values', path, elements.toLocaleString('en')));
    if (bytes > LARGEST_BYTES && bytes > this.source.size * LARGEST_RATIO) {
      throw damaged(t('{0} declares far more bytes than the file holds', path));
    }
    if (metadata.chunks === null && elements > 0 && bytes > this.source.size) {
      throw damaged(t('{0} declares {1} bytes, more than the whole file', path, bytes.toLocaleString('en')));
    }
    if (metadata.chunks === null && elements > 0) this.probe(dataset, path, shape);
    return { path, shape, dtype: dtypeOf(metadata), chunks: metadata.chunks, filtered, bytes };
  }

  /** Reads one value: bytes that are kept outside the file (external raw storage) show themselves here. */
  private probe(dataset: h5wasm.Dataset, path: string, shape: readonly number[]): void {
    if (this.probes++ > MOST_PROBES || shape.length === 0) return;
    const before = refusals();
    let read = true;
    readAsBits(dataset);
    try {
      dataset.slice(shape.map((size) => [size - 1, size]));
    } catch {
      read = false;
    }
    if (refusals() > before) throw refused(t('the values of {0} lie in another file, which is never read', path));
    if (!read) throw damaged(t('the values of {0} cannot be read: the file is truncated or damaged', path));
  }
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
