/**
 * Tensors and weights as every part of the program sees them: plain arrays in row-major order.
 * No framework's tensor type appears here; the engine converts at its own border.
 */

/** Element types that occur in model files. */
export type DType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** What readers hand out: 16-bit floats are widened to float32, 64-bit integers to float64. */
export type NumericArray =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** A dense array in memory, row-major, `data.length` = product of `shape`. */
export interface DenseTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a weight is for, whatever the framework calls it. */
export type WeightRole =
  | 'kernel'
  | 'depthwiseKernel'
  | 'pointwiseKernel'
  | 'recurrentKernel'
  | 'bias'
  | 'gamma'
  | 'beta'
  | 'movingMean'
  | 'movingVariance'
  | 'alpha'
  | 'embeddings'
  | 'mean'
  | 'variance'
  | 'count'
  | 'seed'
  | 'optimizer'
  | 'other';

/** What training moves: statistics, counters and seeds stay. */
const LEARNED: ReadonlySet<WeightRole> = new Set([
  'kernel',
  'depthwiseKernel',
  'pointwiseKernel',
  'recurrentKernel',
  'bias',
  'gamma',
  'beta',
  'alpha',
  'embeddings'
]);

export function isLearned(role: WeightRole): boolean {
  return LEARNED.has(role);
}

/**
 * Axis order of a kernel: H W stand for all spatial axes (one, two or three), I and O for input and output channels
 * (per group), M for the depth multiplier. `none` for what is not a kernel.
 */
export type KernelLayout = 'HWIO' | 'OIHW' | 'IOHW' | 'HWOI' | 'HWIM' | 'IO' | 'OI' | 'none';

/** A weight that is read only when it is shown or run. */
export interface TensorRef {
  /** Name in the file. */
  readonly name: string;
  readonly role: WeightRole;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly layout: KernelLayout;
  /** True where the kernel is stored rotated by 180 degrees (Theano's true convolution). */
  readonly flipped: boolean;
  /** Bytes the tensor takes in the file (after quantisation, before compression where that is not known). */
  readonly storedBytes: number;
  /**
   * The values in file order, dequantised.
   * @throws {Error} with one clear line where the file is damaged or `signal` aborts.
   */
  read(signal?: AbortSignal): Promise<NumericArray>;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
