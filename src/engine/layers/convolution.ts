/** Kinds `conv`, `depthwiseConv` and `separableConv`. */
import type { KindOf } from '../../core/layerKind';
import { axisPads, axisWindow } from '../../core/windows';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { applyActivation, fusedActivation } from './activations';
import { inChannelsLast } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { type ConvolveOptions, convolve, depthwise2d } from './convolve';
import { type Pads, padAxes } from './padding';

type Convolving = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'>;

/** The value to convolve and what remains to be padded with zeros by the convolution itself. */
function padded(tf: TensorLibrary, kind: Convolving, value: Tensor): { readonly value: Tensor; readonly pads: Pads } {
  const pads = kind.kernelSize.map((_, axis) =>
    axisPads(axisWindow(kind, kind.kernelSize, axis), value.shape[axis + 1] ?? null)
  );
  if (kind.padding.type !== 'explicit' || kind.padding.mode === 'zeros') return { value, pads };
  return { value: padAxes(tf, value, 1, pads, kind.padding.mode), pads: pads.map(() => [0, 0]) };
}

/** Dilation as the kernel needs it: a kernel with strides too was spread with zeros when it was loaded. */
function runDilation(kind: Convolving): readonly number[] {
  return isSpread(kind) ? kind.dilation.map(() => 1) : kind.dilation;
}

/** Whether strides and dilation meet, which the tensor library refuses: the kernel is then spread with zeros. */
export function isSpread(kind: { readonly strides: readonly number[]; readonly dilation: readonly number[] }): boolean {
  return kind.strides.some((stride) => stride > 1) && kind.dilation.some((dilation) => dilation > 1);
}

export function convolution(
  kind: KindOf<'conv'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const fused = fusedActivation(kind.activation);
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (channelsLast) => {
    const { value, pads } = padded(tf, kind, channelsLast);
    const result = convolve(tf, value, weights.required('kernel'), {
      strides: kind.strides,
      dilation: runDilation(kind),
      pads,
      groups: kind.groups,
      bias: kind.useBias ? weights.required('bias') : null,
      fused
    });
    return fused === 'linear' ? applyChannelsLast(tf, kind, result) : result;
  });
}

export function depthwiseConvolution(
  kind: KindOf<'depthwiseConv'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (value) =>
    applyChannelsLast(
      tf,
      kind,
      depthwise(tf, kind, value, depthwiseKernel(weights), kind.useBias ? weights.required('bias') : null)
    )
  );
}

export function separableConvolution(
  kind: KindOf<'separableConv'>,
  inputs: readonly Tensor[],
  weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (value) => {
    const spatial = depthwise(tf, kind, value, depthwiseKernel(weights), null);
    const ones = kind.kernelSize.map(() => 1);
    const mixed = convolve(tf, spatial, weights.required('pointwiseKernel'), {
      strides: ones,
      dilation: ones,
      pads: ones.map(() => [0, 0]),
      groups: 1,
      bias: kind.useBias ? weights.required('bias') : null,
      fused: 'linear'
    });
    return applyChannelsLast(tf, kind, mixed);
  });
}

/** Readers call the depthwise kernel by its own role; a plain `kernel` is accepted for it. */
function depthwiseKernel(weights: LayerWeights): Tensor {
  return weights.optional('depthwiseKernel') ?? weights.required('kernel');
}

function depthwise(
  tf: TensorLibrary,
  kind: KindOf<'depthwiseConv'> | KindOf<'separableConv'>,
  input: Tensor,
  kernel: Tensor,
  bias: Tensor | null
): Tensor {
  const { value, pads } = padded(tf, kind, input);
  const options: ConvolveOptions = {
    strides: kind.strides,
    dilation: runDilation(kind),
    pads,
    groups: 1,
    bias,
    fused: 'linear'
  };
  if (value.rank === 4) return depthwise2d(tf, value, kernel, options);
  const [n = 1, length = 1, channels = 1] = value.shape;
  const stride = kind.strides[0] ?? 1;
  const flat = depthwise2d(tf, tf.reshape(value, [n, 1, length, channels]), tf.expandDims(kernel, 0), {
    ...options,
    strides: [stride, stride],
    dilation: [1, options.dilation[0] ?? 1],
    pads: [[0, 0], pads[0] ?? [0, 0]]
  });
  return tf.squeeze(flat, [1]);
}

/** A softmax over axis 1 of a channels-first value is one over the last axis here. */
function applyChannelsLast(tf: TensorLibrary, kind: Convolving | KindOf<'convTranspose'>, value: Tensor): Tensor {
  return applyActivation(tf, inLastOrder(kind, value.rank), value);
}

/** The activation as it applies to the channels-last form of the layer's value. */
export function inLastOrder(kind: Convolving | KindOf<'convTranspose'>, rank: number): Convolving['activation'] {
  const { activation } = kind;
  if (kind.dataFormat === 'channelsLast' || !('axis' in activation)) return activation;
  const at = activation.axis < 0 ? activation.axis + rank : activation.axis;
  return { ...activation, axis: at === 0 ? 0 : at === 1 ? rank - 1 : at - 1 };
}
