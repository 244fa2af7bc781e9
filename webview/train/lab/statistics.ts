/** Where validation with moving statistics and with those of each batch part. */
import type { ExperimentFindings, VariantSummary } from '../../../src/protocol/experiments';

/** Accuracy by which the two curves must differ at some step to be two curves to a reader. */
const apart = 0.05;

export function lagOf({ curves }: VariantSummary): number {
  const moving = new Map(curves.validationAccuracy.map(({ step, mean }) => [step, mean]));
  return Math.max(0, ...curves.batchAccuracy.map(({ step, mean }) => mean - (moving.get(step) ?? mean)));
}

/** Without batch norm both curves are the same. */
export function hasBoth({ curves }: VariantSummary): boolean {
  const moving = new Map(curves.validationLoss.map(({ step, mean }) => [step, mean]));
  return curves.batchLoss.some(({ step, mean }) => moving.get(step) !== mean);
}

export function partsByStatistics({ groups }: ExperimentFindings): boolean {
  return groups.some(({ twins }) => twins.variants.some((variant) => lagOf(variant) > apart));
}
