/** Convolutions of every kind as patch times kernel: plain, grouped, depthwise, separable and transposed. */
import type { KindOf, PadMode } from '../core/layerKind';
import type { LayerNode } from '../core/model';
import { axisWindow, outputPaddingOf, transposedCrop } from '../core/windows';
import { activationWords } from '../core/words';
import { loadKernel } from './kernels';
import { none, softmaxAt, storedAxis, viewAs, windowPositions, type Place, type Steps } from './proofPlace';
import { activateScalar } from './scalarActivation';
import { windowStart } from './windowStart';
import { t } from '../core/texts';

const shownChannels = 16;

export type Convolving = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>;

/** The input channels an output reads, each with its plane of the kernel. */
type PlanesOf = (output: number) => readonly { readonly channel: number; readonly kernel: Float32Array }[];

/** `sum over channels and window of input * kernel + bias`, then the activation. */
export async function convolution(layer: LayerNode, kind: Convolving, place: Place): Promise<Steps> {
  const input = viewAs(place.input, kind.dataFormat);
  const loaded = await planesOf(layer, kind, input.channels, place.signal);
  if (loaded === null) return none(t('the layer has no weights'));
  const taps = tapsOf(kind, place.position, input.shape.slice(0, -1));
  const contributions = (output: number) =>
    loaded.planes(output).map(({ channel, kernel }) => {
      const patch = Float32Array.from(taps, (at) => (at === null ? 0 : input.at(channel, ...at)));
      return { channel, patch, kernel, sum: patch.reduce((sum, value, n) => sum + value * (kernel[n] ?? 0), 0) };
    });
  const biasOf = (output: number) => (kind.useBias ? (loaded.bias?.[output] ?? 0) : 0);
  const parts = contributions(place.channel);
  const sumOfProducts = parts.reduce((sum, part) => sum + part.sum, 0);
  const bias = biasOf(place.channel);
  const value =
    activateScalar(kind.activation, sumOfProducts + bias) ??
    channelSoftmax(kind.activation, place, (output) =>
      contributions(output).reduce((sum, part) => sum + part.sum, biasOf(output))
    );
  if (value === null) return none(t('this activation is not written out'));
  return {
    kind: 'convolution',
    channels: [...parts].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, shownChannels),
    kernelSize: kind.kernelSize,
    totalChannels: parts.length,
    sumOfProducts,
    bias,
    activation: activationWords(kind.activation),
    value
  };
}

/** Softmax over the channels of `linear`; `null` for other activations and other axes. */
export function channelSoftmax(
  activation: Convolving['activation'],
  { output, channel }: Place,
  linear: (output: number) => number
): number | null {
  if (activation.name !== 'softmax' || storedAxis(activation.axis, output) !== output.channelAxis) return null;
  return softmaxAt(
    Array.from({ length: output.channels }, (_, c) => linear(c)),
    channel
  );
}

export interface LoadedPlanes {
  readonly planes: PlanesOf;
  readonly bias: Float32Array | null;
}

/** Kernels read before, as long as the memory is not needed: a play head asks for the same one at each step. */
const kept = new WeakMap<LayerNode, { readonly channels: number; readonly planes: WeakRef<LoadedPlanes> }>();

/** The planes each output reads; `null` where the layer has no weights. */
export async function planesOf(
  layer: LayerNode,
  kind: Convolving,
  channels: number,
  signal: AbortSignal
): Promise<LoadedPlanes | null> {
  const before = kept.get(layer);
  const known = before?.channels === channels ? before.planes.deref() : undefined;
  if (known !== undefined) return known;
  const loaded = await readPlanes(layer, kind, channels, signal);
  if (loaded !== null) kept.set(layer, { channels, planes: new WeakRef(loaded) });
  return loaded;
}

async function readPlanes(
  layer: LayerNode,
  kind: Convolving,
  channels: number,
  signal: AbortSignal
): Promise<LoadedPlanes | null> {
  const kernel = await loadKernel(layer, kind.kind === 'separableConv' ? 'depthwiseKernel' : undefined, signal);
  if (kernel === null) return null;
  const { view, bias } = kernel;
  const indices = (length: number) => Array.from({ length }, (_, i) => i);
  switch (kind.kind) {
    case 'conv': {
      const perGroup = view.inputs;
      const planes: PlanesOf = (output) => {
        const first = Math.floor(output / (view.outputs / kind.groups)) * perGroup;
        return indices(perGroup).map((i) => ({ channel: first + i, kernel: view.plane(output, i) }));
      };
      return { planes, bias };
    }
    case 'convTranspose': {
      // Kernels of transposed layers keep the outputs of one group and the inputs of all.
      const perGroup = kind.filters / kind.groups;
      const reads = channels / kind.groups;
      const planes: PlanesOf = (output) => {
        const first = Math.floor(output / perGroup) * reads;
        return indices(reads).map((i) => ({ channel: first + i, kernel: view.plane(output % perGroup, first + i) }));
      };
      return { planes, bias };
    }
    case 'depthwiseConv':
      return { planes: (output) => [depthwisePlane(view, output, kind.depthMultiplier, channels)], bias };
    case 'separableConv': {
      const pointwise = await loadKernel(layer, 'pointwiseKernel', signal);
      if (pointwise === null) return null;
      const centre = pointwise.view.spatial.map(() => 0);
      const planes: PlanesOf = (output) =>
        indices(channels).map((channel) => {
          const mixed = new Float32Array(view.plane(0, 0).length);
          for (let m = 0; m < kind.depthMultiplier; m++) {
            const middle = channel * kind.depthMultiplier + m;
            const weight = pointwise.view.at(output, middle, ...centre);
            depthwisePlane(view, middle, kind.depthMultiplier, channels).kernel.forEach((each, n) => {
              mixed[n] = (mixed[n] ?? 0) + each * weight;
            });
          }
          return { channel, kernel: mixed };
        });
      return { planes, bias };
    }
  }
}

type View = NonNullable<Awaited<ReturnType<typeof loadKernel>>>['view'];

/** Theano keeps `[M, C, …]`; all others show one output for each channel and multiplier. */
function depthwisePlane(view: View, output: number, multiplier: number, channels: number) {
  const channel = Math.floor(output / multiplier);
  const theano = view.outputs === multiplier && view.inputs === channels && view.outputs < channels * multiplier;
  return { channel, kernel: theano ? view.plane(output % multiplier, channel) : view.plane(output, 0) };
}

/** The input position under each element of the kernel; `null` where there is only padding or a gap. */
export function tapsOf(
  kind: Convolving,
  position: readonly number[],
  sizes: readonly number[]
): (readonly number[] | null)[] {
  const along = position.map((at, axis) => {
    const size = sizes[axis] ?? 1;
    const dilation = kind.dilation[axis] ?? 1;
    const stride = kind.strides[axis] ?? 1;
    if (kind.kind === 'convTranspose') {
      // Output p receives input i through element t where p = i stride + t dilation - crop.
      const crop = transposedCrop(axisWindow(kind, kind.kernelSize, axis), size, outputPaddingOf(kind, axis));
      return (t: number) => {
        const i = (at + crop - t * dilation) / stride;
        return Number.isInteger(i) && i >= 0 && i < size ? i : null;
      };
    }
    const mode = kind.padding.type === 'explicit' ? kind.padding.mode : 'zeros';
    const start = windowStart(kind, axis, at, size);
    return (t: number) => padded(start + t * dilation, size, mode);
  });
  return windowPositions(kind.kernelSize).map((offset) => {
    const at = along.map((find, axis) => find(offset[axis] ?? 0));
    const known = at.filter((index) => index !== null);
    return known.length === at.length ? known : null;
  });
}

/** Which input an index beyond the border stands for. */
function padded(index: number, size: number, mode: PadMode): number | null {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case 'zeros':
      return null;
    case 'replicate':
      return index < 0 ? 0 : size - 1;
    case 'reflect':
      return index < 0 ? -index : 2 * (size - 1) - index;
    case 'circular':
      return ((index % size) + size) % size;
  }
}
