/**
 * One way to read kernels, whatever order a file keeps them in. `at(o, i, …position)` is the weight from input channel
 * `i` (of the filter's group) to output `o`; Theano's rotated kernels are turned back.
 */
import { elementCount, type DenseTensor, type KernelLayout, type NumericArray } from './tensor';
import { t } from './texts';

export interface StoredKernel {
  readonly shape: readonly number[];
  readonly layout: KernelLayout;
  readonly flipped: boolean;
  readonly data: NumericArray;
}

export interface KernelViewOptions {
  /** Input channels of a depthwise kernel that PyTorch keeps as `[C M, 1, …]`; not needed for other kernels. */
  readonly depthwiseChannels?: number | undefined;
}

/** Depthwise kernels have one input per output: output `c M + m` reads channel `c`, at `i` = 0. */
export interface KernelView {
  readonly outputs: number;
  /** Input channels of one group. */
  readonly inputs: number;
  readonly spatial: readonly number[];
  /** Weight of one connection; `position` holds one index for each spatial axis. */
  at(output: number, input: number, ...position: readonly number[]): number;
  /** One plane, row-major over `spatial`. */
  plane(output: number, input: number): Float32Array;
}

/** Where each role's axis stands in the stored shape, and its stride in elements. */
interface Axes {
  readonly spatial: readonly number[];
  readonly input: number;
  readonly output: number;
}

function axesOf(layout: KernelLayout, rank: number): Axes {
  const range = (from: number, count: number): number[] =>
    Array.from({ length: Math.max(0, count) }, (_, i) => from + i);
  switch (layout) {
    case 'HWIO':
    case 'HWIM':
    case 'IO':
      return { spatial: range(0, rank - 2), input: rank - 2, output: rank - 1 };
    case 'HWOI':
      return { spatial: range(0, rank - 2), input: rank - 1, output: rank - 2 };
    case 'OIHW':
    case 'OI':
      return { spatial: range(2, rank - 2), input: 1, output: 0 };
    case 'IOHW':
      return { spatial: range(2, rank - 2), input: 0, output: 1 };
    case 'none':
      throw new Error(t('a tensor without a kernel layout has no filters'));
  }
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** Element offsets of all spatial positions in row-major order, turned back where the kernel is stored rotated. */
function spatialOffsets(shape: readonly number[], strides: readonly number[], axes: Axes, flipped: boolean): number[] {
  const offsets = axes.spatial.reduce<number[]>(
    (all, axis) => {
      const size = shape[axis] ?? 1;
      const stride = strides[axis] ?? 1;
      return all.flatMap((offset) => Array.from({ length: size }, (_, i) => offset + i * stride));
    },
    [0]
  );
  return flipped ? offsets.reverse() : offsets;
}

interface Located {
  readonly sizes: { readonly spatial: readonly number[]; readonly inputs: number; readonly outputs: number };
  readonly offsets: readonly number[];
  readonly inputStride: number;
  readonly outputStride: number;
}

function locate(kernel: StoredKernel): Located {
  const { shape } = kernel;
  if (shape.length < 2) throw new Error(t('a kernel needs at least two axes, not [{0}]', shape.join(', ')));
  const axes = axesOf(kernel.layout, shape.length);
  const strides = stridesOf(shape);
  return {
    sizes: {
      spatial: axes.spatial.map((axis) => shape[axis] ?? 1),
      inputs: shape[axes.input] ?? 1,
      outputs: shape[axes.output] ?? 1
    },
    offsets: spatialOffsets(shape, strides, axes, kernel.flipped),
    inputStride: strides[axes.input] ?? 1,
    outputStride: strides[axes.output] ?? 1
  };
}

/** @throws {Error} where the tensor is no kernel (layout `none`, fewer than two axes). */
export function kernelView(kernel: StoredKernel): KernelView {
  const { sizes, offsets, inputStride, outputStride } = locate(kernel);
  const { data } = kernel;
  const depthwise = kernel.layout === 'HWIM';
  // Output `c M + m` of a depthwise kernel is element m of channel c.
  const start = (output: number, input: number): number =>
    depthwise
      ? Math.floor(output / sizes.outputs) * inputStride + (output % sizes.outputs) * outputStride
      : output * outputStride + input * inputStride;
  return {
    outputs: depthwise ? sizes.inputs * sizes.outputs : sizes.outputs,
    inputs: depthwise ? 1 : sizes.inputs,
    spatial: sizes.spatial,
    at(output, input, ...position) {
      const flat = position.reduce((index, at, axis) => index * (sizes.spatial[axis] ?? 1) + at, 0);
      return data[start(output, input) + (offsets[flat] ?? 0)] ?? Number.NaN;
    },
    plane(output, input) {
      const first = start(output, input);
      return Float32Array.from(offsets, (offset) => data[first + offset] ?? Number.NaN);
    }
  };
}

/**
 * The kernel as `[…spatial, I, O]` in float32: dense `[I, O]`, transposed `[…spatial, I, O / groups]`, depthwise
 * `[…spatial, C, M]`. With `depthwiseChannels`, a kernel that PyTorch keeps as `[C M, 1, …]` or Theano as `[M, C, …]`
 * becomes `[…spatial, C, M]` too.
 * @throws {Error} where the tensor is no kernel.
 */
export function toChannelsLast(kernel: StoredKernel, options: KernelViewOptions = {}): DenseTensor {
  const { sizes, offsets, inputStride, outputStride } = locate(kernel);
  const channels = options.depthwiseChannels;
  // [C M, 1, …]: output c M + m belongs to channel c.
  const grouped = kernel.layout === 'OIHW' && channels !== undefined && sizes.inputs === 1 && channels > 0;
  const inputs = grouped ? channels : sizes.inputs;
  const outputs = grouped ? sizes.outputs / channels : sizes.outputs;
  const stepIn = grouped ? outputs * outputStride : inputStride;
  const shape = [...sizes.spatial, inputs, outputs];
  const result = new Float32Array(elementCount(shape));
  let next = 0;
  for (const offset of offsets) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) result[next++] = kernel.data[offset + i * stepIn + o * outputStride] ?? 0;
    }
  }
  return { shape, data: result };
}
