/** How long a lab will take, told before it starts. */
import type { LabJob } from './job';

export interface CostOptions {
  /** Validation images. */
  readonly validation: number;
  /** Training images where a job says "all"; default 6000. */
  readonly all?: number | undefined;
  /** Training images measured after each epoch; default 500. */
  readonly measured?: number | undefined;
  /** Ids of the network's own batch norms: a variant that keeps one is looked at with both statistics. */
  readonly norms?: readonly string[] | undefined;
}

/** A step goes forward once and back for inputs and weights, about three times the work of a pass for validation. */
const passesOfStep = 3;

/** Images that a job trains on and looks at; batch norm is looked at with both statistics. */
function workOf(
  job: LabJob,
  { validation, all = 6000, measured = 500, norms = [] }: CostOptions
): { readonly trained: number; readonly looked: number } {
  const size = job.size ?? all;
  const steps = job.epochs * Math.ceil(size / job.batchSize);
  const between = job.checkEvery === null ? 0 : Math.floor(steps / job.checkEvery);
  const ends = Math.ceil(job.epochs / job.everyEpochs);
  const { changes } = job.variant;
  const norm =
    norms.some((id) => !changes.some((one) => one.kind === 'without' && one.layer === id)) ||
    changes.some((one) => one.kind === 'put' && one.insertion.kind === 'batchNorm');
  const looked = (ends + between) * validation * (norm ? 2 : 1) + ends * Math.min(size, measured);
  return { trained: job.epochs * size, looked };
}

/** Work of a job in forward passes of one image. */
export function costOf(job: LabJob, options: CostOptions): number {
  const { trained, looked } = workOf(job, options);
  return passesOfStep * trained + looked;
}

/** Images a second, measured on a model and engine. */
export interface Speed {
  readonly trained: number;
  /** Where it is not measured it is taken from the work of a step. */
  readonly looked?: number | undefined;
}

export function secondsOf(jobs: readonly LabJob[], { trained, looked }: Speed, options: CostOptions): number {
  const perTrained = 1 / Math.max(1e-9, trained);
  const perLooked = looked === undefined ? perTrained / passesOfStep : 1 / Math.max(1e-9, looked);
  return jobs.reduce((sum, job) => {
    const work = workOf(job, options);
    return sum + work.trained * perTrained + work.looked * perLooked;
  }, 0);
}
