/** How long a lab will take, told before it starts. */
import type { LabJob } from './job';

export interface CostOptions {
  /** Validation images. */
  readonly validation: number;
  /** Training images where a job says "all"; default 6000. */
  readonly all?: number | undefined;
  /** Training images measured after each epoch; default 500. */
  readonly measured?: number | undefined;
  /** Whether the network has batch norms of its own: it is then looked at with both statistics. */
  readonly norms?: boolean | undefined;
}

/** A step goes forward once and back for inputs and weights, about three times the work of a pass for validation. */
const passesOfStep = 3;

/** Work of a job in forward passes of one image. Batch norm is looked at with both statistics. */
export function costOf(job: LabJob, { validation, all = 6000, measured = 500, norms = false }: CostOptions): number {
  const size = job.size ?? all;
  const steps = job.epochs * Math.ceil(size / job.batchSize);
  const between = job.checkEvery === null ? 0 : Math.floor(steps / job.checkEvery);
  const ends = Math.ceil(job.epochs / job.everyEpochs);
  const norm = norms || job.variant.changes.some((one) => one.kind === 'put' && one.insertion.kind === 'batchNorm');
  const looks = (ends + between) * validation * (norm ? 2 : 1) + ends * Math.min(size, measured);
  return passesOfStep * job.epochs * size + looks;
}

/** @param trainedPerSecond images a second in training, measured on this model and engine */
export function secondsOf(jobs: readonly LabJob[], trainedPerSecond: number, options: CostOptions): number {
  const cost = jobs.reduce((sum, job) => sum + costOf(job, options), 0);
  return cost / (passesOfStep * Math.max(1e-9, trainedPerSecond));
}
