/** How batch norm's moving statistics follow the batches. */
import type { BatchStatistics } from '../engine/gradient';
import type { Dialect } from './dialect';

/** Of each channel. */
export interface MovingStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * The moving statistics after one batch: `momentum old + (1 - momentum) batch` (Ioffe and Szegedy, 2015, section 3.1).
 *
 * Keras 3 moves the variance by the batch's biased one, which it normalises with
 * (keras/src/layers/normalization/batch_normalization.py). PyTorch normalises by the biased one as well but moves by the
 * unbiased one, `n / (n - 1)` times it (ATen/native/Normalization.cpp, `running_var`).
 *
 * @param momentum the weight of the old value, Keras's sense; PyTorch's `momentum` is one minus this
 * @returns new arrays; PyTorch trains on no batch with a single number a channel, whose unbiased variance is not defined:
 * the variance is then left as it is
 * @throws {Error} where the channels differ in number
 */
export function moved(
  moving: MovingStatistics,
  batch: Pick<BatchStatistics, 'mean' | 'variance' | 'count'>,
  momentum: number,
  dialect: Dialect
): MovingStatistics {
  const { count } = batch;
  const unbiased = dialect === 'pytorch' ? count / (count - 1) : 1;
  return {
    mean: towards(moving.mean, batch.mean, momentum, 1),
    variance:
      count > 1 || dialect === 'keras'
        ? towards(moving.variance, batch.variance, momentum, unbiased)
        : moving.variance.slice()
  };
}

function towards(old: Float32Array, batch: Float32Array, momentum: number, factor: number): Float32Array {
  if (old.length !== batch.length) {
    throw new Error(`the batch has ${String(batch.length)} channels, the moving statistics ${String(old.length)}`);
  }
  const weight = (1 - momentum) * factor;
  return old.map((value, c) => momentum * value + weight * (batch[c] ?? 0));
}
