/**
 * The tensor library with gradients that are there and right on every backend. The library itself lacks some (strided
 * slices, dilated convolutions; gathering and depthwise convolution on WebAssembly), is slow in others, and its
 * WebAssembly max-pool gradient is wrong wherever a window's maximum is negative. Layers get this library in place of the
 * plain one while gradients are taken, so that each layer's forward function is all there is to write for a layer.
 */
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';
import { convolutionInputGradient, depthwiseInputGradient } from './convolutions';
import { registerRules } from './rules';
import { everyNthGradient, gatherGradient, maximumGradient, windowGradient } from './scatter';
import { padsOf, trainedConvolution, trainedDepthwise, type FusedArguments } from './trained';

/**
 * What gradients are taken by: values, weights as well, or weights alone (of a layer with nothing trained before it). Those of
 * kernels cost as much as those of values: both are left out where nobody asks.
 */
export type By = 'values' | 'weights' | 'weightsOnly';

const known: Readonly<Record<By, WeakMap<TensorLibrary, TensorLibrary>>> = {
  values: new WeakMap(),
  weights: new WeakMap(),
  weightsOnly: new WeakMap()
};

/** The same operations with their gradients. */
export function differentiable(tf: TensorLibrary, by: By = 'values'): TensorLibrary {
  const made = known[by].get(tf) ?? build(tf, by);
  known[by].set(tf, made);
  return made;
}

function build(tf: TensorLibrary, by: By): TensorLibrary {
  registerRules(tf);
  const own = {
    ...tf,
    fused: { ...tf.fused, conv2d: by === 'values' ? fusedConvolution(tf) : trainedConvolution(tf, by === 'weights') },
    depthwiseConv2d: by === 'values' ? depthwise(tf) : trainedDepthwise(tf, by === 'weights'),
    maxPool: pool(tf, 'max'),
    avgPool: pool(tf, 'average'),
    max: largest(tf),
    gather: gathering(tf),
    stridedSlice: slicing(tf),
    batchNorm4d: normalising(tf)
  };
  // The layers call these with the arguments of the plain library's; the overloads for arrays in place of tensors are left out.
  return own as unknown as TensorLibrary;
}

/**
 * One operation with its own gradient with respect to its one value.
 * @param constant a tensor that the way back needs: it is kept, for it may be gone by then
 */
function unary(
  tf: TensorLibrary,
  value: Tensor,
  constant: Tensor | null,
  forward: (value: Tensor) => Tensor,
  backward: (parts: { value: Tensor; output: Tensor; constant: Tensor }, gradient: Tensor) => Tensor
): Tensor {
  const operation = tf.customGrad((x, save) => {
    const input = x as Tensor;
    const output = forward(input);
    (save as (tensors: Tensor[]) => void)([input, output, constant ?? output]);
    return {
      value: output,
      gradFunc: (gradient: Tensor, [first = input, second = output, third = output]: Tensor[]) =>
        backward({ value: first, output: second, constant: third }, gradient)
    };
  });
  return operation(value);
}

function fusedConvolution(tf: TensorLibrary) {
  return ({ x, activation, ...rest }: FusedArguments): Tensor => {
    const { filter, strides, pad, dilations } = rest;
    const pads = padsOf(pad);
    const result = unary(
      tf,
      x,
      filter,
      (value) =>
        tf.fused.conv2d({ ...rest, x: value, activation: 'linear' } as unknown as Parameters<
          typeof tf.fused.conv2d
        >[0]),
      ({ value, constant }, gradient) =>
        convolutionInputGradient(tf, gradient as Tensor4D, constant as Tensor4D, value.shape, {
          strides,
          pads,
          dilations
        })
    );
    return activation === 'relu' ? tf.relu(result) : activation === 'relu6' ? tf.relu6(result) : result;
  };
}

function depthwise(tf: TensorLibrary) {
  return (
    x: Tensor4D,
    filter: Tensor4D,
    strides: [number, number],
    pad: 'valid',
    format: 'NHWC',
    dilations: [number, number]
  ): Tensor =>
    unary(
      tf,
      x,
      filter,
      (value) => tf.depthwiseConv2d(value as Tensor4D, filter, strides, pad, format, dilations),
      ({ value, constant }, gradient) =>
        depthwiseInputGradient(tf, gradient as Tensor4D, constant as Tensor4D, value.shape, { strides, dilations })
    );
}

function pool(tf: TensorLibrary, operation: 'max' | 'average') {
  const forward = operation === 'max' ? tf.maxPool : tf.avgPool;
  return (x: Tensor4D, size: [number, number], strides: [number, number], pad: 'valid'): Tensor =>
    unary(
      tf,
      x,
      null,
      (value) => forward(value as Tensor4D, size, strides, pad),
      ({ value }, gradient) => windowGradient(tf, value, gradient, { size, strides, operation })
    );
}

/** Along one axis, kept: ties share the gradient, as in TensorFlow and PyTorch's `amax`. */
function largest(tf: TensorLibrary) {
  return (x: Tensor, axis: number, keepDims: boolean): Tensor =>
    unary(
      tf,
      x,
      null,
      (value) => tf.max(value, axis, keepDims),
      ({ value, output }, gradient) => maximumGradient(tf, value, output, gradient, axis, keepDims)
    );
}

/** With a list of positions along one axis; positions are no values to differentiate by. */
function gathering(tf: TensorLibrary) {
  return (x: Tensor, indices: Tensor, axis = 0): Tensor =>
    unary(
      tf,
      x,
      indices,
      (value) => tf.gather(value, indices, axis),
      ({ value, constant }, gradient) => gatherGradient(tf, value.shape, constant, gradient, axis)
    );
}

function slicing(tf: TensorLibrary) {
  return (x: Tensor, begin: number[], end: number[], strides: number[]): Tensor =>
    unary(
      tf,
      x,
      null,
      (value) => tf.stridedSlice(value, begin, end, strides),
      ({ value }, gradient) => everyNthGradient(tf, value.shape, gradient, begin, strides)
    );
}

/** Written out, so that a batch's own mean and variance are differentiated through. */
function normalising(tf: TensorLibrary) {
  return (x: Tensor, mean: Tensor, variance: Tensor, offset?: Tensor, scale?: Tensor, epsilon = 0.001): Tensor => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const scaled = tf.mul(tf.sub(x, mean), scale === undefined ? inverse : tf.mul(scale, inverse));
    return offset === undefined ? scaled : tf.add(scaled, offset);
  };
}
