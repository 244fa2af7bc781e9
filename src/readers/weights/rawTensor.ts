/** A tensor as a file holds it, before it is known which layer's it is and what for. */
import type { DType, KernelLayout, NumericArray, TensorRef, WeightRole } from '../../core/tensor';

export interface RawTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly storedBytes: number;
  read(signal?: AbortSignal): Promise<NumericArray>;
}

export function tensorRef(
  raw: RawTensor,
  role: WeightRole,
  layout: KernelLayout = 'none',
  flipped = false,
  shape: readonly number[] = raw.shape
): TensorRef {
  return {
    name: raw.name,
    role,
    dtype: raw.dtype,
    shape,
    layout,
    flipped,
    storedBytes: raw.storedBytes,
    read: (signal) => raw.read(signal)
  };
}
