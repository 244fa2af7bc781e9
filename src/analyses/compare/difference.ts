/** How far two kernels, or two stacks of feature maps, lie apart: over everything and channel by channel. */
import type { KernelView } from '../../core/kernelView';
import type { ChannelDifference, TensorDifference } from '../../protocol/compare';
import { filterValues } from '../kernels';
import type { MapView } from '../maps';
import { t } from '../../core/texts';

/** One entry for each filter; a reason where the two have different shapes. */
export function kernelDifference(a: KernelView, b: KernelView): TensorDifference {
  const sizes = ({ outputs, inputs, spatial }: KernelView) =>
    t('{0} filters of {1}', outputs, [...spatial, inputs].join(' × '));
  if (sizes(a) !== sizes(b)) return { comparable: false, reason: t('{0} against {1}', sizes(a), sizes(b)) };
  return difference(
    a.outputs,
    (filter) => filterValues(a, filter),
    (filter) => filterValues(b, filter)
  );
}

/** One entry for each channel; a reason where the two have different shapes. */
export function mapDifference(a: MapView, b: MapView): TensorDifference {
  const [left, right] = [a.shape.join(' × '), b.shape.join(' × ')];
  if (left !== right) return { comparable: false, reason: t('{0} against {1}', left, right) };
  return difference(
    a.channels,
    (channel) => a.channel(channel),
    (channel) => b.channel(channel)
  );
}

function difference(
  count: number,
  left: (index: number) => Float32Array,
  right: (index: number) => Float32Array
): TensorDifference {
  const perChannel: ChannelDifference[] = [];
  let gaps = 0;
  let squares = 0;
  let largest = 0;
  for (let index = 0; index < count; index++) {
    const a = left(index);
    const b = right(index);
    let gap = 0;
    let own = 0;
    let dot = 0;
    let other = 0;
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i] ?? 0, b[i] ?? 0];
      gap += (y - x) ** 2;
      own += x * x;
      other += y * y;
      dot += x * y;
      largest = Math.max(largest, Math.abs(y - x));
    }
    gaps += gap;
    squares += own;
    perChannel.push({
      index,
      distance: Math.sqrt(gap),
      relative: own === 0 ? (gap === 0 ? 0 : null) : Math.sqrt(gap / own),
      cosine: own === 0 || other === 0 ? null : dot / Math.sqrt(own * other)
    });
  }
  return {
    comparable: true,
    largest,
    relative: squares === 0 ? (gaps === 0 ? 0 : null) : Math.sqrt(gaps / squares),
    perChannel
  };
}
