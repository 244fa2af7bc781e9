/** Where validation with moving statistics and with those of each batch part. */
import type { ExperimentFindings, VariantSummary } from '../../../src/protocol/experiments';

type Curve = VariantSummary['curves']['batchLoss'];

/** Accuracy by which the two curves must differ at some step to be two curves to a reader. */
const apart = 0.05;

export function lagOf({ curves }: VariantSummary): number {
  const moving = new Map(curves.validationAccuracy.map(({ step, mean }) => [step, mean]));
  return Math.max(0, ...curves.batchAccuracy.map(({ step, mean }) => mean - (moving.get(step) ?? mean)));
}

/** Without batch norm both curves are the same. */
export function hasBoth({ curves }: VariantSummary): boolean {
  const differs = (batch: Curve, moving: Curve) => {
    const at = new Map(moving.map(({ step, mean }) => [step, mean]));
    return batch.some(({ step, mean }) => at.get(step) !== mean);
  };
  return differs(curves.batchLoss, curves.validationLoss) || differs(curves.batchAccuracy, curves.validationAccuracy);
}

export function partsByStatistics({ groups }: ExperimentFindings): boolean {
  return groups.some(({ twins }) => twins.variants.some((variant) => lagOf(variant) > apart));
}
