/** Jobs one after the other, with progress; stopped and taken up again without losing a finished one. */
import { t } from '../../core/texts';
import { costOf } from './cost';
import type { CurvePoint, JobResult, JobRunner, LabJob } from './job';

export type QueueEvent =
  | { readonly kind: 'started'; readonly job: LabJob; readonly index: number; readonly count: number }
  | { readonly kind: 'point'; readonly job: LabJob; readonly point: CurvePoint }
  | {
      readonly kind: 'progress';
      readonly job: LabJob;
      /** Of this job, and of all, in [0, 1]. */
      readonly share: number;
      readonly overall: number;
      /** At the pace so far; `null` before anything is done. */
      readonly secondsLeft: number | null;
    }
  | { readonly kind: 'result'; readonly result: JobResult }
  | { readonly kind: 'ended'; readonly how: 'finished' | 'stopped' };

export interface QueueOptions {
  readonly jobs: readonly LabJob[];
  readonly run: JobRunner;
  /** From an earlier sitting; their jobs are not run again. */
  readonly results?: readonly JobResult[] | undefined;
  readonly onEvent?: ((event: QueueEvent) => void) | undefined;
  /** Awaited after each result, before the next job begins. */
  readonly keep?: ((result: JobResult) => Promise<void>) | undefined;
  /** Awaited between steps. */
  readonly turn?: (() => Promise<void>) | undefined;
  /** Validation images, for weighing jobs. */
  readonly validation?: number | undefined;
}

export type QueueState = 'idle' | 'running' | 'stopping' | 'done';

export class LabQueue {
  private readonly found = new Map<string, JobResult>();
  private stopping: AbortController | null = null;

  constructor(private readonly options: QueueOptions) {
    const known = new Set(options.jobs.map(({ id }) => id));
    for (const result of options.results ?? []) {
      if (known.has(result.job.id)) this.found.set(result.job.id, result);
    }
  }

  get state(): QueueState {
    if (this.stopping !== null) return this.stopping.signal.aborted ? 'stopping' : 'running';
    return this.options.jobs.every(({ id }) => this.found.has(id)) ? 'done' : 'idle';
  }

  /** In the order of the jobs. */
  get results(): readonly JobResult[] {
    return this.options.jobs.flatMap(({ id }) => this.found.get(id) ?? []);
  }

  /** What is left to run, the job that was broken off included. */
  get waiting(): readonly LabJob[] {
    return this.options.jobs.filter(({ id }) => !this.found.has(id));
  }

  /** The job under way is given up and begins anew when the queue is started again. */
  stop(): void {
    this.stopping?.abort(new DOMException(t('the lab was stopped'), 'AbortError'));
  }

  /**
   * Runs what is left; ends when all is done or `stop` was called. A job that throws becomes a refused result, and the
   * next one begins.
   * @throws {Error} where the queue runs already, or a result cannot be kept
   */
  async start(): Promise<'finished' | 'stopped'> {
    if (this.stopping !== null) throw new Error(t('the lab runs already'));
    const control = new AbortController();
    this.stopping = control;
    try {
      const how = await this.runAll(control.signal);
      // Free before anybody hears of it, so that a listener may start again.
      this.stopping = null;
      this.options.onEvent?.({ kind: 'ended', how });
      return how;
    } finally {
      if (this.stopping === control) this.stopping = null;
    }
  }

  private async runAll(signal: AbortSignal): Promise<'finished' | 'stopped'> {
    const { jobs, onEvent, keep } = this.options;
    const pace = { cost: 0, started: performance.now() };
    for (const [index, job] of jobs.entries()) {
      if (this.found.has(job.id)) continue;
      if (signal.aborted) return 'stopped';
      onEvent?.({ kind: 'started', job, index, count: jobs.length });
      const result = await this.runOne(job, signal, pace);
      if (result === null) return 'stopped';
      this.found.set(job.id, result);
      pace.cost += this.cost(job);
      await keep?.(result);
      onEvent?.({ kind: 'result', result });
    }
    return 'finished';
  }

  private async runOne(
    job: LabJob,
    signal: AbortSignal,
    pace: { readonly cost: number; readonly started: number }
  ): Promise<JobResult | null> {
    const { run, onEvent, turn } = this.options;
    const began = performance.now();
    const total = this.options.jobs.reduce((sum, one) => sum + this.cost(one), 0);
    const done = this.results.reduce((sum, one) => sum + this.cost(one.job), 0);
    try {
      return await run(job, {
        signal,
        turn: turn ?? (() => Promise.resolve()),
        onPoint: (point) => onEvent?.({ kind: 'point', job, point }),
        onShare: (share) => {
          const now = share * this.cost(job);
          const spent = (performance.now() - pace.started) / 1000;
          const mine = pace.cost + now;
          onEvent?.({
            kind: 'progress',
            job,
            share,
            overall: (done + now) / total,
            secondsLeft: mine > 0 ? (spent / mine) * (total - done - now) : null
          });
        }
      });
    } catch (error) {
      if (signal.aborted) return null;
      const reason = error instanceof Error ? error.message : String(error);
      const seconds = (performance.now() - began) / 1000;
      return { version: 1, job, points: [], ending: { kind: 'refused', reason }, refreshed: [], seconds };
    }
  }

  private cost(job: LabJob): number {
    return costOf(job, { validation: this.options.validation ?? 500 });
  }
}
