/**
 * Operations on the tape of a training step, each with its way back in one piece: fewer passes over large values than the
 * tape of elementary operations would take. Where no weight before a layer is trained, nothing is computed for its value.
 */
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';
import { columnSums } from './columnSums';
import { convolutionInputGradient, depthwiseInputGradient, type ConvolutionGeometry } from './convolutions';
import { convolutionKernelGradient, depthwiseKernelGradient } from './kernelGradients';

type Pair = readonly [number, number];

/** The arguments that layers give the library's fused convolution. */
export interface FusedArguments {
  readonly x: Tensor4D;
  readonly filter: Tensor4D;
  readonly strides: [number, number];
  readonly pad: 'valid' | readonly Pair[];
  readonly dilations: [number, number];
  readonly bias?: Tensor;
  readonly activation: 'linear' | 'relu' | 'relu6';
}

export function padsOf(pad: FusedArguments['pad']): readonly [Pair, Pair] {
  const none = [0, 0] as const;
  return pad === 'valid' ? [none, none] : [pad[1] ?? none, pad[2] ?? none];
}

/**
 * One operation with its own gradients.
 * @param by what the gradients are taken by, in the order in which `backward` gives them
 * @param forward gives the output, and what the way back needs beside it
 */
function operation(
  tf: TensorLibrary,
  by: readonly Tensor[],
  forward: () => { readonly output: Tensor; readonly kept: readonly Tensor[] },
  backward: (gradient: Tensor, output: Tensor, kept: readonly Tensor[]) => Tensor[]
): Tensor {
  const made = tf.customGrad((...parts) => {
    const save = parts.at(-1) as unknown as (tensors: Tensor[]) => void;
    const { output, kept } = forward();
    save([output, ...kept]);
    return {
      value: output,
      gradFunc: (gradient: Tensor, [first = output, ...rest]: Tensor[]) => backward(gradient, first, rest)
    };
  });
  return made(...by);
}

/** @param toValue whether the gradient with respect to `x` is asked for; those of filter and bias always are */
export function trainedConvolution(tf: TensorLibrary, toValue: boolean) {
  return ({ x, filter, bias, activation, ...rest }: FusedArguments): Tensor => {
    const { strides, dilations } = rest;
    const geometry: ConvolutionGeometry = { strides, dilations, pads: padsOf(rest.pad) };
    const by = [...(toValue ? [x] : []), filter, ...(bias === undefined ? [] : [bias])];
    const forward = () => ({
      output: activated(tf, convolved(tf, { ...rest, x, filter, activation, ...(bias && { bias }) }), activation),
      kept: [x, filter]
    });
    return operation(tf, by, forward, (gradient, output, [value = x, kernel = filter]) => {
      const incoming = beforeActivation(tf, gradient, output, activation);
      return [
        ...(toValue
          ? [convolutionInputGradient(tf, incoming as Tensor4D, kernel as Tensor4D, value.shape, geometry)]
          : []),
        convolutionKernelGradient(tf, value, incoming, kernel.shape, geometry),
        ...(bias === undefined ? [] : [columnSums(tf, incoming)])
      ];
    });
  };
}

function convolved(tf: TensorLibrary, given: FusedArguments): Tensor {
  return tf.fused.conv2d({ ...given, activation: 'linear' } as unknown as Parameters<typeof tf.fused.conv2d>[0]);
}

function activated(tf: TensorLibrary, value: Tensor, activation: FusedArguments['activation']): Tensor {
  return activation === 'relu' ? tf.relu(value) : activation === 'relu6' ? tf.relu6(value) : value;
}

/** The gradient of what went into the activation, from what came out of it. */
function beforeActivation(
  tf: TensorLibrary,
  gradient: Tensor,
  output: Tensor,
  activation: FusedArguments['activation']
): Tensor {
  switch (activation) {
    case 'linear':
      return gradient;
    case 'relu':
      return tf.mul(gradient, tf.step(output));
    case 'relu6':
      return tf.mul(gradient, tf.cast(tf.logicalAnd(tf.greater(output, 0), tf.less(output, 6)), 'float32'));
  }
}

/** As `trainedConvolution`. */
export function trainedDepthwise(tf: TensorLibrary, toValue: boolean) {
  return (
    x: Tensor4D,
    filter: Tensor4D,
    strides: [number, number],
    pad: 'valid',
    format: 'NHWC',
    dilations: [number, number]
  ): Tensor => {
    const forward = () => ({
      output: tf.depthwiseConv2d(x, filter, strides, pad, format, dilations) as Tensor,
      kept: [x, filter]
    });
    return operation(
      tf,
      [...(toValue ? [x] : []), filter],
      forward,
      (gradient, _output, [value = x, kernel = filter]) => [
        ...(toValue
          ? [depthwiseInputGradient(tf, gradient as Tensor4D, kernel as Tensor4D, value.shape, { strides, dilations })]
          : []),
        depthwiseKernelGradient(tf, value, gradient, kernel.shape, { strides, dilations })
      ]
    );
  };
}

export interface BatchNormArguments {
  /** `[…, C]` */
  readonly x: Tensor;
  readonly gamma: Tensor | null;
  readonly beta: Tensor | null;
  readonly epsilon: number;
  readonly toValue: boolean;
  readonly seen: (mean: Tensor, variance: Tensor) => void;
}

/**
 * Batch norm by the batch's own statistics. Ioffe and Szegedy 2015, section 3, its gradients gathered into two sums for
 * each channel: with `c = x - mean`, `s = gamma / sqrt(variance + epsilon)` and `m` values a channel,
 * `dx = s (dy - sum(dy) / m - c sum(dy c) / (m (variance + epsilon)))`.
 */
export function trainedBatchNorm(
  tf: TensorLibrary,
  { x, gamma, beta, epsilon, toValue, seen }: BatchNormArguments
): Tensor {
  const rows = x.size / (x.shape.at(-1) ?? 1);
  const scaleOf = (inverse: Tensor, factor: Tensor | null) => (factor === null ? inverse : tf.mul(factor, inverse));
  const forward = () => {
    const mean = tf.div(columnSums(tf, x), rows);
    const centred = tf.sub(x, mean);
    const variance = tf.div(columnSums(tf, tf.square(centred)), rows);
    seen(mean, variance);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const scaled = tf.mul(centred, scaleOf(inverse, gamma));
    const output = beta === null ? scaled : tf.add(scaled, beta);
    return { output, kept: [centred, inverse, ...(gamma === null ? [] : [gamma])] };
  };
  const by = [...(toValue ? [x] : []), ...(gamma === null ? [] : [gamma]), ...(beta === null ? [] : [beta])];
  return operation(tf, by, forward, (gradient, output, [centred = output, inverse = output, factor = null]) => {
    const sum = columnSums(tf, gradient);
    const along = columnSums(tf, tf.mul(gradient, centred));
    const scale = scaleOf(inverse, factor);
    const ofCentred = tf.mul(tf.mul(scale, tf.square(inverse)), tf.div(along, -rows));
    const constant = tf.mul(scale, tf.div(sum, -rows));
    return [
      ...(toValue ? [tf.add(tf.add(tf.mul(gradient, scale), tf.mul(centred, ofCentred)), constant)] : []),
      ...(gamma === null ? [] : [tf.mul(along, inverse)]),
      ...(beta === null ? [] : [sum])
    ];
  });
}
