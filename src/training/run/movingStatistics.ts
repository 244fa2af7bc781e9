/**
 * Moving mean and variance after a step: `moving = momentum moving + (1 - momentum) batch`. Keras 3 moves the variance
 * towards the batch's biased one (keras/src/layers/normalization/batch_normalization.py), PyTorch towards the unbiased one
 * (`torch.nn.BatchNorm2d`: "the unbiased estimator").
 */
import type { LayerNode } from '../../core/model';
import type { BatchStatistics } from '../../engine/gradient';
import type { Parameter } from '../../engine/trainable';
import type { Dialect } from '../dialect';

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
  const moved = new Set<Parameter>();
  for (const { layer, mean, variance, count } of seen) {
    const kind = layers.get(layer)?.kind;
    if (kind?.kind !== 'batchNorm' || !kind.tracksStatistics) continue;
    const kept = momentum ?? kind.momentum;
    const unbiased = dialect === 'pytorch' && count > 1 ? count / (count - 1) : 1;
    for (const parameter of parameters) {
      if (parameter.layer !== layer) continue;
      if (parameter.role === 'movingMean') move(parameter.values, mean, kept, 1);
      else if (parameter.role === 'movingVariance') move(parameter.values, variance, kept, unbiased);
      else continue;
      moved.add(parameter);
    }
  }
  return [...moved];
}

function move(moving: Float32Array, batch: Float32Array, kept: number, factor: number): void {
  for (let c = 0; c < moving.length; c++) {
    moving[c] = kept * (moving[c] ?? 0) + (1 - kept) * factor * (batch[c] ?? 0);
  }
}
