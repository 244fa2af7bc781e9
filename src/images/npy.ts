/** NumPy's `.npy`: reading plain numeric arrays, writing float32. Object arrays carry pickles and are refused. */
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import { elementCount, type DenseTensor } from '../core/tensor';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

type Read = (view: DataView, at: number, little: boolean) => number;

const readers = new Map<string, { readonly size: number; readonly read: Read }>([
  ['f4', { size: 4, read: (v, at, le) => v.getFloat32(at, le) }],
  ['f8', { size: 8, read: (v, at, le) => v.getFloat64(at, le) }],
  ['i1', { size: 1, read: (v, at) => v.getInt8(at) }],
  ['u1', { size: 1, read: (v, at) => v.getUint8(at) }],
  ['b1', { size: 1, read: (v, at) => v.getUint8(at) }],
  ['i2', { size: 2, read: (v, at, le) => v.getInt16(at, le) }],
  ['u2', { size: 2, read: (v, at, le) => v.getUint16(at, le) }],
  ['i4', { size: 4, read: (v, at, le) => v.getInt32(at, le) }],
  ['u4', { size: 4, read: (v, at, le) => v.getUint32(at, le) }],
  ['i8', { size: 8, read: (v, at, le) => Number(v.getBigInt64(at, le)) }],
  ['u8', { size: 8, read: (v, at, le) => Number(v.getBigUint64(at, le)) }]
]);

export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** Where the values of an array lie in a file, and how one of them is read. */
export interface ArrayLayout {
  readonly shape: readonly number[];
  readonly fortran: boolean;
  readonly type: 'uint8' | 'float' | 'integer';
  /** Bytes an element takes. */
  readonly size: number;
  readonly little: boolean;
  /** Where the values begin. */
  readonly start: number;
  readonly read: Read;
}

/** Bytes up to the values, from the first 12; `null` where these are no NumPy file. */
export function npyHeaderBytes(bytes: Uint8Array): number | null {
  if (!isNpy(bytes) || bytes.length < 12) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (bytes[6] ?? 1) >= 2 ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
}

/** @param bytes at least the whole header. */
export function npyHeader(bytes: Uint8Array, file: string): Result<ArrayLayout> {
  const bad = (problem: string) =>
    fail({ file, problem, remedy: t('Save it again with numpy.save as a plain numeric array') });
  const start = npyHeaderBytes(bytes);
  if (start === null) return bad(t('is not a NumPy file'));
  if (start > bytes.length) return bad(t('the header is cut off'));
  const header = new TextDecoder('latin1').decode(bytes.subarray((bytes[6] ?? 1) >= 2 ? 12 : 10, start));
  const type = /'descr'\s*:\s*'([<>|=])([a-z]\d+)'/.exec(header);
  const dims = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const name = type?.[2] ?? '';
  const reader = readers.get(name);
  if (reader === undefined || dims === undefined) return bad(t('holds no plain numbers of a known type'));
  return ok({
    shape: dims.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part)])),
    fortran: /'fortran_order'\s*:\s*True/.test(header),
    type: name === 'u1' ? 'uint8' : name.startsWith('f') ? 'float' : 'integer',
    size: reader.size,
    little: type?.[1] !== '>',
    start,
    read: reader.read
  });
}

/** Any numeric array as float32 in C order. */
export function readNpy(bytes: Uint8Array, file = 'array.npy'): Result<DenseTensor> {
  const parsed = npyHeader(bytes, file);
  if (!parsed.ok) return parsed;
  const { shape, start, size, read, fortran, little } = parsed.value;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count) || start + count * size > bytes.length) {
    const remedy = t('Save it again with numpy.save as a plain numeric array');
    return fail({ file, problem: t('the values are cut off'), remedy });
  }
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, start + (fortran ? fortranIndex(i, shape) : i) * size, little);
  return ok({ shape, data });
}

/** Where element `index` (C order) stands in column-major order. */
function fortranIndex(index: number, shape: readonly number[]): number {
  let rest = index;
  const position = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    position[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  return position.reduceRight((sum, at, axis) => sum * (shape[axis] ?? 1) + at, 0);
}

/** A version 1.0 file, little-endian float32 in C order. */
export function writeNpy(tensor: DenseTensor): Uint8Array {
  const tuple = tensor.shape.length === 1 ? `(${String(tensor.shape[0])},)` : `(${tensor.shape.join(', ')})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const padded = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const out = new Uint8Array(10 + padded.length + tensor.data.length * 4);
  const view = new DataView(out.buffer);
  out.set([...magic, 1, 0]);
  view.setUint16(8, padded.length, true);
  out.set(new TextEncoder().encode(padded), 10);
  tensor.data.forEach((value, i) => {
    view.setFloat32(10 + padded.length + 4 * i, value, true);
  });
  return out;
}
