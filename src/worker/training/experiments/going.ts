/** Experiments that go or wait in this process: each job kept as soon as it ends, so that a stopped one goes on there. */
import { t } from '../../../core/texts';
import type { JobResult, JobRunner } from '../../../training/lab/job';
import { LabQueue, type QueueEvent } from '../../../training/lab/queue';
import { jobRunner } from '../../../training/lab/runJob';
import { layersOf } from '../../../engine/loadWeights';
import { regularizerOf } from '../../../training/run/layerRegularizers';
import { architectureOf } from '../../../training/run/setUp';
import type { ExperimentEvent, ExperimentPlan } from '../../../protocol/experiments';
import type { HandlerContext } from '../../../protocol/rpc';
import { inputFailure, valueOf } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import type { Live } from '../live';
import { ownMomentum } from './changeable';
import { settingsFor, withLabTask, type LabTask } from './labTask';
import { isKept, keepNetwork } from './networks';
import { refusedVariant } from './offer';
import { jobsOf } from './planned';
import type { ExperimentRecord, ExperimentStore } from './store';

/** Reports of progress at most so often, in milliseconds. */
const reportEvery = 100;

export class GoingExperiments {
  private readonly ids = new Set<string>();

  constructor(
    private readonly store: ExperimentStore,
    private readonly runner: Runner,
    private readonly live: Live
  ) {}

  has(experiment: string): boolean {
    return this.ids.has(experiment);
  }

  /**
   * Runs what is left of an experiment, after whatever trains now.
   * @returns the record; the results stand in the store
   * @throws {RequestFailure} where it cannot be run; a stop is no failure
   */
  async run(
    session: Session,
    plan: ExperimentPlan,
    resume: string | null,
    context: HandlerContext
  ): Promise<ExperimentRecord> {
    const kept = resume === null ? null : await this.store.read(resume);
    if (kept !== null && this.has(kept.experiment)) {
      throw inputFailure(kept.experiment, t('is running already'), t('Wait for its end, or stop it'));
    }
    const architecture = architectureOf(session.model);
    if (kept !== null && kept.architecture !== architecture) {
      throw inputFailure(
        kept.experiment,
        t('was an experiment on a network with other layers'),
        t('Start it again on this one')
      );
    }
    const { data, form } = kept?.plan ?? plan;
    return withLabTask(session, data, form, context.signal, async (task) => {
      const record = kept ?? (await this.begin(session, architecture, plan, task));
      this.ids.add(record.experiment);
      try {
        await this.inTurn(task, record, context);
        return record;
      } finally {
        this.ids.delete(record.experiment);
      }
    });
  }

  private async begin(
    session: Session,
    architecture: string,
    plan: ExperimentPlan,
    task: LabTask
  ): Promise<ExperimentRecord> {
    const jobs = valueOf(jobsOf(task.model, plan, task.trainImages));
    const { l2, weightNoise } = plan.form;
    const record: ExperimentRecord = {
      version: 1,
      experiment: await this.store.newId(session.model.name),
      model: session.model.name,
      architecture,
      plan,
      jobs,
      data: task.data.title,
      engine: (await this.runner.ready()).name,
      begun: new Date().toISOString(),
      trainImages: task.trainImages,
      validationImages: task.validationImages(plan.size),
      classes: task.classes,
      batchNormMomentum: ownMomentum(task.model),
      ownPenalties: l2 > 0 || weightNoise > 0 || hasPenalties(task)
    };
    await this.store.write(record);
    return record;
  }

  private async inTurn(task: LabTask, record: ExperimentRecord, context: HandlerContext): Promise<void> {
    const { signal, progress } = context;
    const { experiment, plan, jobs } = record;
    const tell = (event: ExperimentEvent, share: number | null = null): void =>
      progress({ share, message: t('experiment'), partial: event });
    if (this.live.line.busy) tell({ kind: 'waiting', experiment });
    const leave = await this.live.line.enter(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      return null;
    });
    if (leave === null) return;
    try {
      const engine = await this.runner.ready();
      const settings = await settingsFor(engine, task, plan.form, signal);
      const data = await task.read(plan.size, signal);
      const results = await this.store.resultsOf(record);
      tell({ kind: 'started', experiment, engine: engine.name, jobs });
      for (const { job, points, ending } of results) {
        for (const point of points) tell({ kind: 'point', job: job.id, point });
        tell({ kind: 'result', job: job.id, ending });
      }
      const run = jobRunner({
        engine,
        model: task.model,
        settings,
        data,
        measured: record.validationImages,
        lookedAtOnce: task.lookedAtOnce,
        onTrained: async (job, model, network) => {
          if (isKept(record, job)) await keepNetwork(this.store, experiment, job, model, network);
        }
      });
      const queue = new LabQueue({
        jobs,
        run: refusing(task, run),
        results,
        keep: (result) => this.store.results(experiment).write(result),
        onEvent: telling(tell),
        turn: () => this.live.turn(signal),
        validation: record.validationImages
      });
      signal.addEventListener('abort', () => queue.stop(), { once: true });
      if (!signal.aborted) await queue.start();
    } catch (error) {
      // Stopped while something was being read.
      if (!signal.aborted) throw error;
    } finally {
      leave();
    }
  }
}

function hasPenalties({ model }: LabTask): boolean {
  return [...layersOf(model.root).values()].some(({ config }) =>
    [...config].some(([name, value]) => name.endsWith('_regularizer') && regularizerOf(value) !== null)
  );
}

/** Variants that this network cannot be are told as such, not tried. */
function refusing(task: LabTask, run: JobRunner): JobRunner {
  return (job, hooks) => {
    const reason = refusedVariant(task, job.variant);
    if (reason === null) return run(job, hooks);
    const refused: JobResult = {
      version: 1,
      job,
      points: [],
      ending: { kind: 'refused', reason },
      refreshed: [],
      seconds: 0
    };
    return Promise.resolve(refused);
  };
}

function telling(tell: (event: ExperimentEvent, share?: number | null) => void): (event: QueueEvent) => void {
  let told = 0;
  return (event) => {
    switch (event.kind) {
      case 'started':
        tell({ kind: 'job', job: event.job.id, index: event.index });
        break;
      case 'point':
        tell({ kind: 'point', job: event.job.id, point: event.point });
        break;
      case 'progress': {
        const now = performance.now();
        if (now - told < reportEvery && event.share < 1) return;
        told = now;
        const { share, overall, secondsLeft } = event;
        tell({ kind: 'progress', job: event.job.id, share, overall, secondsLeft }, overall);
        break;
      }
      case 'result':
        tell({ kind: 'result', job: event.result.job.id, ending: event.result.ending });
        break;
      case 'ended':
        break;
    }
  };
}
