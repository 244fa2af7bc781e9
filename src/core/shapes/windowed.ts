/** Shapes of convolutions and pools: everything that slides a window over the spatial axes. */
import type { KindOf } from '../layerKind';
import { channelAxis, spatialAxes, type DataFormat, type Dim, type Shape } from '../shape';
import { axisWindow, outputPaddingOf, transposedLength, windowCount, type AxisWindow } from '../windows';
import { mismatch, shapes, shapeText, type ShapeOutcome } from './outcome';
import { t } from '../texts';

type Convolution = KindOf<'conv'> | KindOf<'depthwiseConv'> | KindOf<'separableConv'> | KindOf<'convTranspose'>;

/** Input channels the layer's weights or its constructor fix, `null` where neither does. */
type ExpectedChannels = number | null;

const times = (sizes: readonly number[]): string => sizes.join(' × ');

function checkRank(shape: Shape, rank: number, what: string): ShapeOutcome | null {
  return shape.length === rank + 2
    ? null
    : mismatch(
        'shape-rank',
        t(
          '{0} needs a value of {1} axes (batch, {2} spatial, channels), but gets {3}',
          what,
          rank + 2,
          rank,
          shapeText(shape)
        )
      );
}

/** `[N, …spatial, C]` or `[N, C, …spatial]`. */
function assemble(batch: Dim, spatial: readonly Dim[], channels: Dim, format: DataFormat): Shape {
  return format === 'channelsFirst' ? [batch, channels, ...spatial] : [batch, ...spatial, channels];
}

/** Slides one window along each spatial axis; a mismatch names the axis that is too small. */
function slide(
  shape: Shape,
  format: DataFormat,
  windows: readonly AxisWindow[],
  count: (window: AxisWindow, size: number) => number,
  what: string
): readonly Dim[] | ShapeOutcome {
  const result: Dim[] = [];
  for (const [i, axis] of spatialAxes(shape.length, format).entries()) {
    const size = shape[axis] ?? null;
    const window = windows[i];
    if (size === null || window === undefined) {
      result.push(null);
      continue;
    }
    const positions = count(window, size);
    if (positions <= 0) {
      return mismatch(
        'shape-too-small',
        t('{0} does not fit: its window of {1}', what, times(windows.map((each) => each.kernel))) +
          t(
            '{0} is larger than the {1} it gets',
            window.dilation > 1 ? t(' (dilated by {0})', window.dilation) : '',
            shapeText(shape)
          )
      );
    }
    result.push(positions);
  }
  return result;
}

function isOutcome(value: readonly Dim[] | ShapeOutcome): value is ShapeOutcome {
  return !Array.isArray(value);
}

function checkChannels(kind: Convolution, channels: Dim, expected: ExpectedChannels): ShapeOutcome | null {
  if (channels === null) return null;
  if (expected !== null && expected !== channels) {
    return mismatch(
      'shape-channels',
      t('its kernel reads {0} input channels, but the value has {1}', expected, channels)
    );
  }
  if ('groups' in kind && kind.groups > 1) {
    if (channels % kind.groups !== 0) {
      return mismatch('shape-groups', t('{0} input channels cannot be divided into {1} groups', channels, kind.groups));
    }
    if (kind.filters % kind.groups !== 0) {
      return mismatch('shape-groups', t('{0} filters cannot be divided into {1} groups', kind.filters, kind.groups));
    }
  }
  return null;
}

function outputChannels(kind: Convolution, channels: Dim): Dim {
  if (kind.kind !== 'depthwiseConv') return kind.filters;
  return channels === null ? null : channels * kind.depthMultiplier;
}

/** Output of any convolution: `floor((size + pads - span) / stride) + 1`, or the transposed length. */
export function convolutionShape(kind: Convolution, shape: Shape, expected: ExpectedChannels): ShapeOutcome {
  const wrongRank = checkRank(shape, kind.rank, t('The convolution'));
  if (wrongRank !== null) return wrongRank;
  const channels = shape[channelAxis(shape.length, kind.dataFormat)] ?? null;
  const wrongChannels = checkChannels(kind, channels, expected);
  if (wrongChannels !== null) return wrongChannels;
  const windows = kind.kernelSize.map((_, axis) => axisWindow(kind, kind.kernelSize, axis));
  const count =
    kind.kind === 'convTranspose'
      ? (window: AxisWindow, size: number) => transposedLength(window, size, outputPaddingOf(kind, window.axis))
      : (window: AxisWindow, size: number) => windowCount(window, size);
  const spatial = slide(shape, kind.dataFormat, windows, count, t('The convolution'));
  if (isOutcome(spatial)) return spatial;
  return shapes(assemble(shape[0] ?? null, spatial, outputChannels(kind, channels), kind.dataFormat));
}

export function poolShape(kind: KindOf<'pool'>, shape: Shape): ShapeOutcome {
  const wrongRank = checkRank(shape, kind.rank, t('The pooling'));
  if (wrongRank !== null) return wrongRank;
  const windows = kind.poolSize.map((_, axis) => axisWindow(kind, kind.poolSize, axis));
  const spatial = slide(
    shape,
    kind.dataFormat,
    windows,
    (window, size) => windowCount(window, size, kind.ceilMode),
    t('The pooling')
  );
  if (isOutcome(spatial)) return spatial;
  const channels = shape[channelAxis(shape.length, kind.dataFormat)] ?? null;
  return shapes(assemble(shape[0] ?? null, spatial, channels, kind.dataFormat));
}

export function globalPoolShape(kind: KindOf<'globalPool'>, shape: Shape): ShapeOutcome {
  const wrongRank = checkRank(shape, kind.rank, t('The global pooling'));
  if (wrongRank !== null) return wrongRank;
  const channels = shape[channelAxis(shape.length, kind.dataFormat)] ?? null;
  const batch = shape[0] ?? null;
  if (!kind.keepDims) return shapes([batch, channels]);
  return shapes(
    assemble(
      batch,
      Array.from({ length: kind.rank }, () => 1),
      channels,
      kind.dataFormat
    )
  );
}

export function adaptivePoolShape(kind: KindOf<'adaptivePool'>, shape: Shape): ShapeOutcome {
  const wrongRank = checkRank(shape, kind.rank, t('The adaptive pooling'));
  if (wrongRank !== null) return wrongRank;
  const spatial = spatialAxes(shape.length, kind.dataFormat).map(
    (axis, i) => kind.outputSize[i] ?? shape[axis] ?? null
  );
  const channels = shape[channelAxis(shape.length, kind.dataFormat)] ?? null;
  return shapes(assemble(shape[0] ?? null, spatial, channels, kind.dataFormat));
}
