/** Kinds that move values without computing: flatten, reshape, permute, repeat, pad, crop, pixel shuffle. */
import type { KindOf } from '../../core/layerKind';
import { type DataFormat, spatialAxes } from '../../core/shape';
import { elementCount } from '../../core/tensor';
import { centerCropStart } from '../../core/windows';
import { CannotRun } from '../cannotRun';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { inChannelsLast, positiveAxis, toChannelsLast } from './axes';
import { type ForwardContext, type LayerWeights, single } from './context';
import { cutAxes, padAxes } from './padding';
import { resizeTaps } from './resizeTaps';
import { resampleAxis } from './taps';
import { t } from '../../core/texts';

export function flatten(
  kind: KindOf<'flatten'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const given = single(inputs);
  const x = kind.channelsLastOrder ? toChannelsLast(tf, given, 'channelsFirst') : given;
  if (x.rank === 1) return tf.reshape(x, [-1, 1]);
  const start = positiveAxis(kind.startAxis, x.rank);
  const end = Math.min(positiveAxis(kind.endAxis, x.rank), x.rank - 1);
  const merged = elementCount(x.shape.slice(start, end + 1));
  return tf.reshape(x, [...x.shape.slice(0, start), merged, ...x.shape.slice(end + 1)]);
}

export function reshape(
  kind: KindOf<'reshape'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const x = single(inputs);
  const [batch = 1, ...rest] = x.shape;
  const known = kind.target.filter((size) => size !== -1).reduce((product, size) => product * size, 1);
  const size = elementCount(rest);
  if (kind.target.includes(-1) ? size % known !== 0 : size !== known) {
    throw new CannotRun(t('{0} values do not fit its target shape [{1}]', size, kind.target.join(', ')));
  }
  return tf.reshape(x, [batch, ...kind.target.map((length) => (length === -1 ? size / known : length))]);
}

export function permute(
  kind: KindOf<'permute'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return tf.transpose(single(inputs), [0, ...kind.axes]);
}

export function repeatVector(
  kind: KindOf<'repeatVector'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return tf.tile(tf.expandDims(single(inputs), 1), [1, kind.times, 1]);
}

export function padding(
  kind: KindOf<'pad'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const first = kind.dataFormat === 'channelsFirst' ? 2 : 1;
  return padAxes(tf, single(inputs), first, kind.pads, kind.mode, kind.value);
}

export function cropping(
  kind: KindOf<'crop'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return cutAxes(tf, single(inputs), kind.dataFormat === 'channelsFirst' ? 2 : 1, kind.crops);
}

export function centerCrop(
  kind: KindOf<'centerCrop'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  return cropToSize(tf, single(inputs), [kind.height, kind.width], kind.dataFormat);
}

/** The middle of an image; one that is too small is resized as Keras does. */
function cropToSize(tf: TensorLibrary, image: Tensor, target: readonly [number, number], format: DataFormat): Tensor {
  const axes = spatialAxes(image.rank, format).slice(-2);
  const [firstAxis = 1] = axes;
  const size = axes.map((axis) => image.shape[axis] ?? 1);
  return size.every((length, i) => length >= (target[i] ?? 1))
    ? cutAxes(tf, image, firstAxis, centred(size, target))
    : resizeKeepingProportions(tf, image, target, format);
}

/** Keras's: the largest centred part of the target's proportions, resized bilinearly. */
export function resizeKeepingProportions(
  tf: TensorLibrary,
  image: Tensor,
  target: readonly [number, number],
  format: DataFormat
): Tensor {
  const axes = spatialAxes(image.rank, format).slice(-2);
  const [firstAxis = 1] = axes;
  const [height = 1, width = 1] = axes.map((axis) => image.shape[axis] ?? 1);
  const part: [number, number] = [
    Math.min(height, Math.floor((width * target[0]) / target[1])),
    Math.min(width, Math.floor((height * target[1]) / target[0]))
  ];
  const rule = { interpolation: 'bilinear', coordinates: 'halfPixel', dialect: 'keras' } as const;
  return axes.reduce<Tensor>(
    (result, axis, i) => resampleAxis(tf, result, axis, resizeTaps(part[i] ?? 1, target[i] ?? 1, rule)),
    cutAxes(tf, image, firstAxis, centred([height, width], part))
  );
}

function centred(size: readonly number[], target: readonly number[]): [number, number][] {
  return size.map((length, i) => {
    const kept = target[i] ?? length;
    const before = centerCropStart(length, kept);
    return [before, length - kept - before];
  });
}

/**
 * Channels to pixels. Channels-first (PyTorch) keeps the block offset in the fastest channel digits, channels-last
 * (TensorFlow's depth to space) in the slowest.
 */
export function pixelShuffle(
  kind: KindOf<'pixelShuffle'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  { tf }: ForwardContext
): Tensor {
  const r = kind.factor;
  return inChannelsLast(tf, single(inputs), kind.dataFormat, (x) => {
    const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
    const out = channels / (r * r);
    if (!Number.isInteger(out)) throw new CannotRun(t('its {0} channels do not divide by {1}', channels, r * r));
    if (kind.dataFormat === 'channelsFirst') {
      // [.., C, r, r] to [.., r, r, C]
      const blocks = tf.transpose(tf.reshape(x, [n * height * width, out, r * r]), [0, 2, 1]);
      return rearrange(tf, tf.reshape(blocks, [n, height, width, channels]), r);
    }
    return rearrange(tf, x, r);
  });
}

/** `[N, H, W, r r C]` to `[N, H r, W r, C]`. */
function rearrange(tf: TensorLibrary, x: Tensor, r: number): Tensor {
  const [n = 1, height = 1, width = 1, channels = 1] = x.shape;
  const line = (channels / r) | 0;
  const rows = tf.transpose(tf.reshape(x, [n * height, width, r, line]), [0, 2, 1, 3]);
  return tf.reshape(rows, [n, height * r, width * r, line / r]);
}
