/** Numbers as bytes in the order every model format keeps them, whatever the machine. */
import { endianness } from 'node:os';

type Numbers =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

export function littleEndian(values: Numbers): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === 'LE' || values.BYTES_PER_ELEMENT === 1) return bytes;
  const copy = Buffer.from(bytes);
  if (values.BYTES_PER_ELEMENT === 2) return copy.swap16();
  return values.BYTES_PER_ELEMENT === 4 ? copy.swap32() : copy.swap64();
}
