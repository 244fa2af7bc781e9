/** Little-endian bytes of a file as numbers. */
import type { DType, NumericArray } from '../../core/tensor';
import { readRange, type ByteSource } from '../../files/byteSource';
import { damaged } from '../../files/problem';
import { widenBfloat16, widenFloat16 } from '../floats';
import { t } from '../../core/texts';

const SLICE_BYTES = 8 * 2 ** 20;

const BYTES: Readonly<Record<Exclude<DType, 'string'>, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  bool: 1
};

/** Bytes of one element in a file. */
export function storedBytesOf(dtype: Exclude<DType, 'string'>): number {
  return BYTES[dtype];
}

/** @param bytes copied first where they do not stand at an address that fits; 64-bit integers become float64 */
export function decodeNumbers(bytes: Uint8Array, dtype: DType): NumericArray {
  const buffer =
    bytes.byteOffset % 8 === 0 && bytes.buffer instanceof ArrayBuffer ? bytes.buffer : bytes.slice().buffer;
  const start = buffer === bytes.buffer ? bytes.byteOffset : 0;
  const length = (size: number) => Math.floor(bytes.length / size);
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, start, length(4));
    case 'float64':
      return new Float64Array(buffer, start, length(8));
    case 'float16':
      return widenFloat16(new Uint16Array(buffer, start, length(2)));
    case 'bfloat16':
      return widenBfloat16(new Uint16Array(buffer, start, length(2)));
    case 'int8':
      return new Int8Array(buffer, start, length(1));
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer, start, length(1));
    case 'int16':
      return new Int16Array(buffer, start, length(2));
    case 'uint16':
      return new Uint16Array(buffer, start, length(2));
    case 'int32':
      return new Int32Array(buffer, start, length(4));
    case 'uint32':
      return new Uint32Array(buffer, start, length(4));
    case 'int64':
      return Float64Array.from(new BigInt64Array(buffer, start, length(8)), Number);
    case 'uint64':
      return Float64Array.from(new BigUint64Array(buffer, start, length(8)), Number);
    case 'string':
      throw damaged(t('weights of type {0} are not supported', dtype));
  }
}

/** A range of a file, read in slices so that a cancellation is heard in between. */
export async function readSlices(
  source: ByteSource,
  position: number,
  length: number,
  signal?: AbortSignal
): Promise<Uint8Array> {
  if (length <= SLICE_BYTES) {
    signal?.throwIfAborted();
    return readRange(source, position, length);
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += SLICE_BYTES) {
    signal?.throwIfAborted();
    bytes.set(readRange(source, position + at, Math.min(SLICE_BYTES, length - at)), at);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return bytes;
}
