/** A plan as the jobs it stands for, refused in one line where it cannot be run. */
import type { Model } from '../../../core/model';
import { fail, ok, type Result } from '../../../core/result';
import { t } from '../../../core/texts';
import { applyChanges, type Variant } from '../../../training/lab/changes';
import { labJobs, type LabName } from '../../../training/lab/grids';
import { jobsFor, type LabJob } from '../../../training/lab/job';
import { twinsOf } from '../../../training/lab/twin';
import type { ExperimentPlan } from '../../../protocol/experiments';

const mostSeeds = 20;
const mostEpochs = 1000;
const mostJobs = 1000;
/** Looks at the training images in a run of twins, at most. */
const measuredLooks = 20;

/**
 * @param model without weights, so that every job draws its own
 * @param all how many training images there are
 */
export function jobsOf(model: Model, plan: ExperimentPlan, all: number): Result<LabJob[]> {
  const problem = problemOf(plan);
  if (problem !== null) return fail({ file: model.name, problem, remedy: t('Change the plan of the experiment') });
  const { what, seeds, epochs, batchSize, learningRate } = plan;
  // All there are is no less than what is asked for.
  const size = plan.size !== null && plan.size >= all ? null : plan.size;
  const checkEvery = looksBetween(Math.ceil((size ?? all) / batchSize));
  const jobs =
    what.kind === 'lab'
      ? labJobs(what.lab, model, { seeds, size, all, epochs, batchSize, learningRate, checkEvery })
      : twinJobs(model, twinsOf(what.label, what.changes), seeds, {
          size,
          randomLabels: false,
          epochs,
          batchSize,
          learningRate,
          checkEvery,
          everyEpochs: Math.max(1, Math.ceil(epochs / measuredLooks))
        });
  if (!jobs.ok || jobs.value.length <= mostJobs) return jobs;
  const many = t('it would train {0} networks, at most {1} are possible', jobs.value.length, mostJobs);
  return fail({ file: model.name, problem: many, remedy: t('Choose fewer seeds') });
}

function twinJobs(
  model: Model,
  variants: readonly Variant[],
  seeds: readonly number[],
  training: Parameters<typeof jobsFor>[2]
): Result<LabJob[]> {
  for (const { changes } of variants) {
    const applied = applyChanges(model, changes);
    if (!applied.ok) return applied;
  }
  return ok(jobsFor(variants, seeds, training));
}

/** About two looks an epoch, none of them nearer than eight steps to the next: a look costs a pass over the validation part. */
function looksBetween(stepsInEpoch: number): number {
  return Math.min(32, Math.max(8, Math.round(stepsInEpoch / 2)));
}

function problemOf({ what, seeds, size, epochs, batchSize, learningRate, target }: ExperimentPlan): string | null {
  const whole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
  if (what.kind === 'lab' && !LABS.includes(what.lab)) return t('there is no lab {0}', what.lab);
  if (what.kind === 'twin' && what.changes.length === 0) return t('nothing is changed between the twins');
  if (seeds.length === 0 || seeds.length > mostSeeds || new Set(seeds).size < seeds.length)
    return t('it needs between 1 and {0} seeds, each once', mostSeeds);
  if (!seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return t('a seed must be a whole number from 0');
  if (!whole(epochs, mostEpochs)) return t('the number of epochs must lie between 1 and {0}', mostEpochs);
  if (!whole(batchSize, 65536)) return t('the batch size must be a whole number from 1');
  if (size !== null && !whole(size, Number.MAX_SAFE_INTEGER))
    return t('the number of images must be a whole number from 1');
  if (learningRate !== null && !(learningRate > 0 && learningRate < Infinity))
    return t('the learning rate must be larger than 0');
  return target > 0 && target <= 1 ? null : t('the accuracy to reach must lie between 0 and 100 %');
}

export const LABS: readonly LabName[] = ['regularisation', 'initialScale', 'smallData', 'randomLabels', 'underfitting'];

/** In the order of the jobs, each once. */
export function variantsOf(jobs: readonly LabJob[]): readonly Variant[] {
  return [...new Map(jobs.map(({ variant }) => [variant.id, variant])).values()];
}
