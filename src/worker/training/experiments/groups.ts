/** Results side by side: one comparison of all variants for each number of training images. */
import type { Variant } from '../../../training/lab/changes';
import type { JobResult } from '../../../training/lab/job';
import { summarizeTwins, type TwinPlan, type TwinSummary } from '../../../training/lab/twin';
import { variantsOf } from './planned';
import type { ExperimentRecord } from './store';

export interface Group {
  readonly size: number | null;
  readonly plan: TwinPlan;
  readonly results: readonly JobResult[];
  readonly twins: TwinSummary;
}

export function groupsOf(record: ExperimentRecord, results: readonly JobResult[]): readonly Group[] {
  const { plan, jobs, trainImages } = record;
  const sizes = [...new Set(jobs.map(({ size }) => size))];
  return sizes.map((size) => {
    const own = jobs.filter((job) => job.size === size);
    const [first] = own;
    const twinPlan: TwinPlan = {
      variants: baseFirst(record, variantsOf(own)),
      seeds: plan.seeds,
      size,
      all: trainImages,
      epochs: first?.epochs ?? plan.epochs,
      batchSize: first?.batchSize ?? plan.batchSize,
      learningRate: plan.learningRate,
      checkEvery: first?.checkEvery ?? null,
      target: plan.target
    };
    const found = results.filter(({ job }) => job.size === size);
    return { size, plan: twinPlan, results: found, twins: summarizeTwins(found, twinPlan) };
  });
}

/** What the others are measured against: of initial scales the usual one, else the one that is trained first. */
function baseFirst({ plan }: ExperimentRecord, variants: readonly Variant[]): readonly Variant[] {
  const scales = plan.what.kind === 'lab' && plan.what.lab === 'initialScale';
  const base = scales ? variants.find(({ id }) => id === 'none-scale1') : undefined;
  return base === undefined ? variants : [base, ...variants.filter((one) => one !== base)];
}
