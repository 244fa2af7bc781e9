/** From the losses of all positions to the loss of the batch and its gradient. */
import { fail, ok, type Result } from '../../core/result';
import type { Reduction } from './settings';
import { lossProblem, type LossValue } from './value';

/** Losses before they are reduced, with the derivative of each by the prediction's entries. */
export interface Unreduced {
  readonly samples: number;
  /** One loss a position, those of a sample beside each other. */
  readonly values: Float64Array;
  /** In the prediction's shape: the derivative of the entry's own position's loss by the entry. */
  readonly gradient: Float64Array;
  /** What a position counts in the divisor of a mean (PyTorch's class weights; 0 where ignored); `null`: 1 each. */
  readonly shares: Float64Array | null;
  /** 1 where a position is ignored; `null`: none is. */
  readonly ignored: Uint8Array | null;
  /** What a framework divides a sum by: the length of an axis it has averaged before, else 1. */
  readonly averaged: number;
}

/**
 * With sample weights s, losses l and shares a: `mean` = sum(s l) / sum(a), `sum` = sum(s l) / averaged, `batchMean` =
 * sum(s l) / (averaged N). The divisor does not hold the sample weights (Keras's `sum_over_batch_size`; PyTorch knows no
 * sample weights). Where every position is ignored a mean is 0 as in Keras; PyTorch answers 0 / 0.
 */
export function reduce(
  name: string,
  losses: Unreduced,
  reduction: Reduction,
  sampleWeights: Float64Array | null
): Result<LossValue> {
  const { samples, values, gradient, ignored } = losses;
  if (sampleWeights !== null && sampleWeights.length !== samples) {
    return fail(
      lossProblem(name, `${sampleWeights.length} sample weights for ${samples} samples`, 'Give one weight a sample')
    );
  }
  const positions = values.length / samples;
  const perSample = new Float64Array(samples);
  let total = 0;
  for (let n = 0; n < samples; n++) {
    let sum = 0;
    let counted = 0;
    for (let at = n * positions; at < (n + 1) * positions; at++) {
      sum += values[at] ?? 0;
      if (ignored === null || ignored[at] === 0) counted++;
    }
    perSample[n] = counted === 0 ? 0 : sum / counted;
    total += sum * (sampleWeights?.[n] ?? 1);
  }
  const factor = 1 / divisorOf(losses, reduction);
  const scale = Number.isFinite(factor) ? factor : 0;

  const result = new Float32Array(gradient.length);
  const stride = gradient.length / samples;
  for (let n = 0; n < samples; n++) {
    const weight = scale * (sampleWeights?.[n] ?? 1);
    for (let i = n * stride; i < (n + 1) * stride; i++) result[i] = weight * (gradient[i] ?? 0);
  }
  return ok({ value: total * scale, perSample, gradient: result });
}

function divisorOf(losses: Unreduced, reduction: Reduction): number {
  if (reduction === 'sum') return losses.averaged;
  if (reduction === 'batchMean') return losses.averaged * losses.samples;
  return losses.shares === null ? losses.values.length : losses.shares.reduce((sum, share) => sum + share, 0);
}
