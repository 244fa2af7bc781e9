/**
 * A batch norm folded into the linear layer before it: `kernel * s` and `(bias - mean) * s + beta` by output channel, with
 * `s = gamma / sqrt(variance + epsilon)` (Jacob et al. 2018, section 3.2).
 */
import type { LayerKind } from '../../core/layerKind';
import type { LayerNode } from '../../core/model';
import { elementCount, type KernelLayout, type TensorRef } from '../../core/tensor';
import type { Experiment } from '../../engine/experiment';
import type { FoldPair } from './foldable';
import { t } from '../../core/texts';

export interface Folded {
  readonly scale: Float32Array;
  readonly biasBefore: Float32Array;
  readonly biasAfter: Float32Array;
  readonly hadBias: boolean;
  /** The weight that is scaled: the pointwise kernel of a separable convolution. */
  readonly kernel: TensorRef;
  readonly kernelBefore: Float32Array;
  readonly kernelAfter: Float32Array;
}

/** @throws {Error} where a weight cannot be read or `signal` aborts */
export async function foldPair({ linear, linearKind, norm, normKind }: FoldPair, signal: AbortSignal): Promise<Folded> {
  const read = async (role: TensorRef['role']) => {
    const ref = norm.weights.find((weight) => weight.role === role);
    return ref === undefined ? null : Float64Array.from(await ref.read(signal));
  };
  const [gamma, beta, mean, variance] = [
    normKind.scale ? await read('gamma') : null,
    normKind.center ? await read('beta') : null,
    await read('movingMean'),
    await read('movingVariance')
  ];
  if (mean === null || variance === null) throw new Error(t('{0} has no moving statistics', norm.name));
  const kernel = kernelOf(linear);
  const kernelBefore = Float32Array.from(await kernel.read(signal));
  const scale = variance.map((value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + normKind.epsilon));
  const biasRef = linear.weights.find((weight) => weight.role === 'bias');
  const hadBias = biasRef !== undefined && linearKind.useBias;
  const biasBefore = hadBias ? Float64Array.from(await biasRef.read(signal)) : new Float64Array(scale.length);
  const biasAfter = biasBefore.map((bias, c) => (bias - (mean[c] ?? 0)) * (scale[c] ?? 1) + (beta?.[c] ?? 0));
  const out = outputChannels(kernel.layout, kernel.shape, linearKind.kind === 'convTranspose' ? linearKind.groups : 1);
  return {
    scale: Float32Array.from(scale),
    biasBefore: Float32Array.from(biasBefore),
    biasAfter: Float32Array.from(biasAfter),
    hadBias,
    kernel,
    kernelBefore,
    kernelAfter: kernelBefore.map((value, i) => value * (scale[out(i)] ?? 1))
  };
}

/**
 * The run in which the batch norm only passes values on. Where the linear layer has no bias to take the offset, the batch
 * norm keeps nothing but that offset.
 */
export function foldExperiment(folds: readonly { readonly pair: FoldPair; readonly folded: Folded }[]): Experiment {
  const weights = new Map<string, readonly (Float32Array | null)[]>();
  const kinds = new Map<string, LayerKind>();
  for (const { pair, folded } of folds) {
    const { linear, norm, normKind } = pair;
    weights.set(
      linear.id,
      linear.weights.map((weight) =>
        weight === folded.kernel
          ? folded.kernelAfter
          : weight.role === 'bias' && folded.hadBias
            ? folded.biasAfter
            : null
      )
    );
    if (folded.hadBias) {
      kinds.set(norm.id, { kind: 'identity' });
      continue;
    }
    const offset: Readonly<Partial<Record<TensorRef['role'], Float32Array>>> = {
      gamma: folded.biasAfter.map(() => 1),
      beta: folded.biasAfter.map(() => 0),
      movingMean: folded.biasAfter.map((bias) => -bias),
      movingVariance: folded.biasAfter.map(() => 1 - normKind.epsilon)
    };
    weights.set(
      norm.id,
      norm.weights.map((weight) => offset[weight.role] ?? null)
    );
  }
  return { weights, kinds };
}

function kernelOf(linear: LayerNode): TensorRef {
  const role = linear.kind.kind === 'separableConv' ? 'pointwiseKernel' : null;
  const kernel = linear.weights.find((weight) => (role === null ? weight.layout !== 'none' : weight.role === role));
  if (kernel === undefined) throw new Error(t('{0} has no kernel', linear.name));
  return kernel;
}

/**
 * The output channel of each element of a stored kernel.
 * @param groups of a transposed convolution, whose kernel counts outputs within a group
 */
export function outputChannels(layout: KernelLayout, shape: readonly number[], groups: number): (i: number) => number {
  const last = shape.at(-1) ?? 1;
  const first = shape[0] ?? 1;
  const rest = elementCount(shape.slice(1));
  switch (layout) {
    case 'OIHW':
    case 'OI':
      return (i) => Math.floor(i / rest);
    case 'IOHW': {
      const outputs = shape[1] ?? 1;
      const inner = elementCount(shape.slice(2));
      return (i) => Math.floor(Math.floor(i / rest) / (first / groups)) * outputs + (Math.floor(i / inner) % outputs);
    }
    case 'HWOI': {
      const outputs = shape.at(-2) ?? 1;
      return (i) => Math.floor((i % last) / (last / groups)) * outputs + (Math.floor(i / last) % outputs);
    }
    case 'HWIM': {
      const block = last * (shape.at(-2) ?? 1);
      return (i) => i % block;
    }
    default:
      return (i) => i % last;
  }
}

/** The input channel (within its group) of each element, and its place in the kernel's spatial plane. */
export function kernelPlace(layout: KernelLayout, shape: readonly number[]): (i: number) => readonly [number, number] {
  const last = shape.at(-1) ?? 1;
  const before = shape.at(-2) ?? 1;
  switch (layout) {
    case 'OIHW': {
      const inner = elementCount(shape.slice(2));
      return (i) => [Math.floor(i / inner) % (shape[1] ?? 1), i % inner];
    }
    case 'IOHW': {
      const inner = elementCount(shape.slice(2));
      return (i) => [Math.floor(i / elementCount(shape.slice(1))), i % inner];
    }
    case 'HWOI':
      return (i) => [i % last, Math.floor(i / (last * before))];
    case 'HWIM':
      return (i) => [Math.floor((i % (last * before)) / last), Math.floor(i / (last * before))];
    case 'OI':
      return (i) => [i % last, 0];
    case 'IO':
      return (i) => [Math.floor(i / last), 0];
    default:
      return (i) => [Math.floor((i % (last * before)) / last), Math.floor(i / (last * before))];
  }
}
