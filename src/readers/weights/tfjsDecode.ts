/** Decoding of TensorFlow.js weights, with and without quantisation. */
import { elementCount, type DType, type NumericArray } from '../../core/tensor';
import { widenFloat16 } from '../floats';
import { damaged } from '../../files/problem';
import { t } from '../../core/texts';

/** `value = stored * scale + min`; float16 has neither. */
export interface Quantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale: number;
  readonly min: number;
}

export interface StoredWeight {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly quantization: Quantization | null;
}

const BYTES: ReadonlyMap<DType, number> = new Map<DType, number>([
  ['bool', 1],
  ['uint8', 1],
  ['int8', 1],
  ['float16', 2],
  ['uint16', 2],
  ['int16', 2],
  ['int32', 4],
  ['float32', 4]
]);

export function storedSize(weight: StoredWeight): number {
  return elementCount(weight.shape) * (BYTES.get(weight.quantization?.dtype ?? weight.dtype) ?? 4);
}

/** Little-endian bytes as numbers; the copy puts them at an aligned address. */
function plain(bytes: Uint8Array, dtype: DType): NumericArray {
  const buffer = bytes.slice().buffer;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint16':
      return new Uint16Array(buffer);
    case 'int16':
      return new Int16Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer);
    case 'float16':
      return widenFloat16(new Uint16Array(buffer));
    default:
      throw damaged(t('weights of type {0} are not supported', dtype));
  }
}

export function decodeWeight(bytes: Uint8Array, weight: StoredWeight): NumericArray {
  const { quantization } = weight;
  if (quantization === null) return plain(bytes, weight.dtype);
  const stored = plain(bytes, quantization.dtype);
  if (quantization.dtype === 'float16') return stored;
  const { scale, min } = quantization;
  if (weight.dtype === 'int32') return Int32Array.from(stored, (value) => Math.round(value * scale + min));
  return Float32Array.from(stored, (value) => value * scale + min);
}
