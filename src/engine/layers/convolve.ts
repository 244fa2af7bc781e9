/**
 * Convolution of channels-last values with any number of spatial axes, groups, strides and dilation, built on the
 * library's two-dimensional kernels.
 */
import type { Tensor, Tensor4D, TensorLibrary } from '../tensorLibrary';
import { everyNth } from './axes';
import { type Pads, padAxes } from './padding';

export interface ConvolveOptions {
  readonly strides: readonly number[];
  /** 1 on every axis whose stride is over 1: the kernel of a dilated and strided layer is spread when it is loaded. */
  readonly dilation: readonly number[];
  readonly pads: Pads;
  readonly groups: number;
  readonly bias: Tensor | null;
  /** Computed in the same kernel; everything else is applied afterwards. */
  readonly fused: 'linear' | 'relu' | 'relu6';
}

/**
 * @param value `[N, …S, C]` with one to three spatial axes
 * @param kernel `[…S, C / groups, O]`
 * @returns `[N, …S', O]`
 */
export function convolve(tf: TensorLibrary, value: Tensor, kernel: Tensor, options: ConvolveOptions): Tensor {
  switch (value.rank) {
    case 3: {
      const [n = 1, length = 1, channels = 1] = value.shape;
      const flat = convolve2d(tf, tf.reshape(value, [n, 1, length, channels]), tf.expandDims(kernel, 0), {
        ...options,
        strides: [options.strides[0] ?? 1, options.strides[0] ?? 1],
        dilation: [1, options.dilation[0] ?? 1],
        pads: [[0, 0], options.pads[0] ?? [0, 0]]
      });
      return tf.squeeze(flat, [1]);
    }
    case 4:
      return convolve2d(tf, value, kernel, options);
    default:
      return convolve3d(tf, value, kernel, options);
  }
}

/** A sum of two-dimensional convolutions, one for each depth of the kernel: no engine here has a fast 3-D kernel. */
function convolve3d(tf: TensorLibrary, value: Tensor, kernel: Tensor, options: ConvolveOptions): Tensor {
  const [depthPads = [0, 0], ...planePads] = options.pads;
  const [depthStride = 1, ...planeStrides] = options.strides;
  const [depthDilation = 1, ...planeDilation] = options.dilation;
  const padded = padAxes(tf, value, 1, [depthPads], 'zeros');
  const [n = 1, depth = 1, height = 1, width = 1, channels = 1] = padded.shape;
  const [kernelDepth = 1, ...planeKernel] = kernel.shape;
  const outDepth = Math.floor((depth - depthDilation * (kernelDepth - 1) - 1) / depthStride) + 1;
  let sum: Tensor | null = null;
  for (let at = 0; at < kernelDepth; at++) {
    const planes = everyNth(tf, padded, 1, at * depthDilation, depthStride, outDepth);
    const part = convolve2d(
      tf,
      tf.reshape(planes, [n * outDepth, height, width, channels]),
      tf.reshape(everyNth(tf, kernel, 0, at, 1, 1), planeKernel),
      {
        groups: options.groups,
        strides: planeStrides,
        dilation: planeDilation,
        pads: planePads,
        bias: at === 0 ? options.bias : null,
        fused: 'linear'
      }
    );
    sum = sum === null ? part : tf.add(sum, part);
  }
  const total = sum ?? value;
  const result = tf.reshape(total, [n, outDepth, ...total.shape.slice(1)]);
  return options.fused === 'linear' ? result : options.fused === 'relu' ? tf.relu(result) : tf.relu6(result);
}

function convolve2d(tf: TensorLibrary, value: Tensor, kernel: Tensor, options: ConvolveOptions): Tensor {
  const { groups } = options;
  const perGroup = kernel.shape[2] ?? 1;
  const filters = kernel.shape[3] ?? 1;
  if (groups === 1) return plainConvolution(tf, value, kernel, options);
  if (perGroup === 1) {
    const [height = 1, width = 1] = kernel.shape;
    return depthwise2d(tf, value, tf.reshape(kernel, [height, width, groups, filters / groups]), options);
  }
  const values = tf.split(value, groups, 3);
  const kernels = tf.split(kernel, groups, 3);
  const biases = options.bias === null ? [] : tf.split(options.bias, groups, 0);
  return tf.concat(
    values.map((part, i) =>
      plainConvolution(tf, part, kernels[i] ?? kernel, { ...options, bias: biases[i] ?? null, groups: 1 })
    ),
    3
  );
}

/**
 * @param value `[N, H, W, C]`
 * @param kernel `[h, w, C, M]`
 * @returns `[N, H', W', C M]`, the multiplier varying fastest
 */
export function depthwise2d(tf: TensorLibrary, value: Tensor, kernel: Tensor, options: ConvolveOptions): Tensor {
  const [strideY, strideX] = pair(options.strides);
  // The native kernel takes equal strides only: the finer stride for both, then every n-th row or column.
  const stride = strideY === strideX ? strideY : 1;
  const padded = padAxes(tf, value, 1, options.pads, 'zeros') as Tensor4D;
  const full = tf.depthwiseConv2d(
    padded,
    kernel as Tensor4D,
    [stride, stride],
    'valid',
    'NHWC',
    stride > 1 ? [1, 1] : pair(options.dilation)
  );
  const thinned =
    strideY === strideX
      ? full
      : [strideY, strideX].reduce<Tensor>((kept, step, i) => {
          const size = kept.shape[i + 1] ?? 1;
          return everyNth(tf, kept, i + 1, 0, step, Math.ceil(size / step));
        }, full);
  const biased = options.bias === null ? thinned : tf.add(thinned, options.bias);
  return options.fused === 'linear' ? biased : options.fused === 'relu' ? tf.relu(biased) : tf.relu6(biased);
}

function plainConvolution(tf: TensorLibrary, value: Tensor, kernel: Tensor, options: ConvolveOptions): Tensor {
  const [rows = [0, 0], columns = [0, 0]] = options.pads;
  const native = tf.getBackend() === 'tensorflow';
  // The native binding knows only its own two padding rules.
  const input = native ? padAxes(tf, value, 1, options.pads, 'zeros') : value;
  const pad: 'valid' | [[number, number], [number, number], [number, number], [number, number]] = native
    ? 'valid'
    : [
        [0, 0],
        [rows[0], rows[1]],
        [columns[0], columns[1]],
        [0, 0]
      ];
  return tf.fused.conv2d({
    x: input as Tensor4D,
    filter: kernel as Tensor4D,
    strides: pair(options.strides),
    pad,
    dilations: pair(options.dilation),
    ...(options.bias === null ? {} : { bias: options.bias }),
    activation: options.fused
  });
}

function pair(sizes: readonly number[]): [number, number] {
  return [sizes[0] ?? 1, sizes[1] ?? 1];
}
