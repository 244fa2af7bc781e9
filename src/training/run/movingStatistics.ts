/** Moving statistics of a run, after a step. */
import type { LayerNode } from '../../core/model';
import type { WeightRole } from '../../core/tensor';
import type { BatchStatistics } from '../../engine/gradient';
import type { Parameter } from '../../engine/trainable';
import type { Dialect } from '../dialect';
import { moved } from '../movingStatistics';

export interface Moving {
  readonly dialect: Dialect;
  /** In place of every layer's own, in Keras's sense; `null` keeps theirs. */
  readonly momentum: number | null;
}

/** Moves the parameters' values in place, one call after the other. @returns those that moved */
export function moveStatistics(
  seen: readonly BatchStatistics[],
  parameters: readonly Parameter[],
  layers: ReadonlyMap<string, LayerNode>,
  { dialect, momentum }: Moving
): Parameter[] {
  const changed = new Set<Parameter>();
  for (const batch of seen) {
    const { layer } = batch;
    const kind = layers.get(layer)?.kind;
    if (kind?.kind !== 'batchNorm' || !kind.tracksStatistics) continue;
    const own = (role: WeightRole) => parameters.find((one) => one.layer === layer && one.role === role);
    const [movingMean, movingVariance] = [own('movingMean'), own('movingVariance')];
    if (movingMean === undefined || movingVariance === undefined) continue;
    const before = { mean: movingMean.values, variance: movingVariance.values };
    const next = moved(before, batch, momentum ?? kind.momentum, dialect);
    movingMean.values.set(next.mean);
    movingVariance.values.set(next.variance);
    changed.add(movingMean).add(movingVariance);
  }
  return [...changed];
}
