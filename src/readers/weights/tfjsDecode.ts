/** Decoding of TensorFlow.js weights, with and without quantisation. */
import { elementCount, type DType, type NumericArray } from '../../core/tensor';
import { decodeNumbers } from './numbers';

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

export function decodeWeight(bytes: Uint8Array, weight: StoredWeight): NumericArray {
  const { quantization } = weight;
  if (quantization === null) return decodeNumbers(bytes, weight.dtype);
  const stored = decodeNumbers(bytes, quantization.dtype);
  if (quantization.dtype === 'float16') return stored;
  const { scale, min } = quantization;
  if (weight.dtype === 'int32') return Int32Array.from(stored, (value) => Math.round(value * scale + min));
  return Float32Array.from(stored, (value) => value * scale + min);
}
