/** Another pooling in a layer's place, such that the rest of the network still fits. */
import { axisWindow, spanOf, windowCount } from '../../core/windows';
import type { PoolChoice } from '../../protocol/effects/pooling';
import type { Pooling } from './windows';

/**
 * The layer's kind with another operation or window. The stride stays and the padding is chosen so that the output keeps
 * its size, since the layers behind it may not take another: `(count - 1) stride + span - size` positions in all, the odd
 * one behind; a negative number leaves positions out. `first` takes the first value of each window: what a convolution of
 * the same stride with a single 1 in its kernel would keep.
 * @param sizes spatial sizes of the input. @returns `null` where this kind of pooling has no such variant.
 */
export function swappedPooling(kind: Pooling, choice: PoolChoice, sizes: readonly number[]): Pooling | null {
  if (kind.kind !== 'pool')
    return choice.operation === 'first' || choice.size !== null ? null : { ...kind, operation: choice.operation };
  const first = choice.operation === 'first';
  if (!first && choice.size === null) return { ...kind, operation: choice.operation === 'max' ? 'max' : 'average' };
  const edge = first ? 1 : (choice.size ?? 1);
  const poolSize = kind.poolSize.map((own) => (own === 1 && !first ? 1 : edge));
  const pads = sizes.map((size, axis): readonly [number, number] => {
    const count = windowCount(axisWindow(kind, kind.poolSize, axis), size, kind.ceilMode);
    const window = axisWindow({ ...kind, dilation: kind.dilation.map(() => 1) }, poolSize, axis);
    const total = (count - 1) * window.stride + spanOf(window) - size;
    const before = Math.max(0, Math.floor(total / 2));
    return [before, total - before];
  });
  return {
    ...kind,
    operation: first ? 'max' : choice.operation === 'max' ? 'max' : 'average',
    poolSize,
    dilation: kind.dilation.map(() => 1),
    padding: { type: 'explicit', pads, mode: 'zeros' },
    ceilMode: false,
    countIncludePad: false
  };
}
