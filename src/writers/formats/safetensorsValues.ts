/** The values of a `.safetensors` file that this program wrote itself, for reading it back. */
import type { NumericArray } from '../../core/tensor';

export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: NumericArray;
}

interface Entry {
  readonly dtype: 'F32' | 'F64' | 'I32' | 'I64';
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** @throws {Error} where the bytes are not what `safetensors` writes */
export function tensorsIn(bytes: Uint8Array): readonly WrittenTensor[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString('utf8')) as Record<string, Entry>;
  return Object.entries(header).flatMap(([name, entry]) => {
    if (name === '__metadata__') return [];
    const [from, to] = entry.data_offsets;
    // A copy: typed arrays begin at multiples of their size.
    const { buffer } = Uint8Array.from(bytes.subarray(start + from, start + to));
    return [{ name, shape: entry.shape, values: valuesIn(entry.dtype, buffer) }];
  });
}

function valuesIn(dtype: Entry['dtype'], buffer: ArrayBufferLike): NumericArray {
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'I64':
      return Float64Array.from(new BigInt64Array(buffer), Number);
  }
}
