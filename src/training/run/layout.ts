/** Which axis of a layer's output holds its channels. */
import type { LayerKind } from '../../core/layerKind';

/** Axis 1 for channels-first maps, else the last. @param rank batch included */
export function channelAxisOf(kind: LayerKind, rank: number): number {
  const first = 'dataFormat' in kind && kind.dataFormat === 'channelsFirst';
  return first && rank > 2 ? 1 : rank - 1;
}
