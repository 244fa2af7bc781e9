/** The one training of this process: it can be held, and ends with its request. */
import { t } from '../../core/texts';
import { drive } from '../../training/run/drive';
import type { RunRecord } from '../../training/run/record';
import { architectureOf, setUp } from '../../training/run/setUp';
import type { HandlerContext } from '../../protocol/rpc';
import type { DataChoice, RunSummary, StepReport, TrainingEvent, TrainingForm } from '../../protocol/training';
import { inputFailure, valueOf } from '../problem';
import type { Runner } from '../running';
import type { Session } from '../session';
import { Line, type Leave } from './line';
import type { Runs } from './runs';
import { withData } from './task';

/** Reports of steps at most so often. */
const reportEvery = 100;
/** How long an experiment that was stopped may take to leave, in milliseconds. */
const patience = 1000;

export interface TrainAsk {
  readonly data: DataChoice;
  readonly form: TrainingForm;
  readonly resume: string | null;
}

export class Live {
  /** Shared with experiments: one network is trained at a time. */
  readonly line = new Line();
  private current: { run: string; paused: boolean; wake: (() => void) | null } | null = null;

  constructor(
    private readonly runs: Runs,
    private readonly runner: Runner
  ) {}

  /** The run that goes now, and whether it is held. */
  get going(): { readonly run: string; readonly paused: boolean } | null {
    return this.current;
  }

  pause(run: string, paused: boolean): void {
    if (this.current?.run !== run) throw inputFailure(run, t('is not being trained now'), t('Start or resume it'));
    this.current.paused = paused;
    if (!paused) this.current.wake?.();
  }

  /** @throws {RequestFailure} where a training goes already */
  async train(session: Session, ask: TrainAsk, context: HandlerContext): Promise<RunSummary> {
    if (this.current !== null) {
      throw inputFailure(
        this.current.run,
        t('is being trained now, and a process trains one network at a time'),
        t('Wait for it, or stop it first')
      );
    }
    const current = { run: ask.resume ?? '', paused: false, wake: null };
    this.current = current;
    let leave: Leave | null = null;
    try {
      leave = await this.line.enterWithin(patience, context.signal);
      if (leave === null) {
        throw inputFailure(session.model.name, t('is in an experiment now'), t('Wait for its end, or stop it first'));
      }
      return await this.begin(session, ask, current, context);
    } finally {
      this.current = null;
      leave?.();
    }
  }

  private async begin(
    session: Session,
    ask: TrainAsk,
    current: { run: string },
    context: HandlerContext
  ): Promise<RunSummary> {
    const { signal } = context;
    const kept = ask.resume === null ? null : await this.runs.record(ask.resume);
    if (kept !== null && kept.architecture !== architectureOf(session.model)) {
      throw inputFailure(kept.summary.run, t('was a run of a network with other layers'), t('Start a new run'));
    }
    // What decides how a run goes on stays as it was; only its length may be changed.
    const form = kept === null ? ask.form : { ...kept.summary.form, epochs: ask.form.epochs };
    const choice = kept?.choice ?? ask.data;
    const metrics = kept === null ? (session.model.training?.metrics?.value ?? null) : kept.metrics;
    return withData(session, choice, form, signal, async (data) => {
      const engine = await this.runner.ready();
      const { network, trainer, settings } = valueOf(
        await setUp(engine, session.model, data, form, {
          metrics,
          signal,
          onProgress: (share) => context.progress({ share, message: t('loading weights') })
        })
      );
      try {
        const run = ask.resume ?? (await this.runs.newId(session.model.name));
        current.run = run;
        const folder = this.runs.folder(run);
        if (kept !== null) {
          const epoch = kept.summary.epochs.length;
          valueOf(trainer.restore(valueOf(await folder.readEpoch(epoch))));
          await folder.forgetAfter(epoch);
        }
        const record: RunRecord = {
          version: 1,
          choice,
          architecture: architectureOf(session.model),
          metrics,
          summary: {
            run,
            model: session.model.name,
            data: data.title,
            status: 'running',
            startedAt: kept?.summary.startedAt ?? new Date().toISOString(),
            metricNames: settings.metrics.map(({ name }) => name),
            epochs: kept?.summary.epochs ?? [],
            ending: null,
            form,
            engine: engine.name
          }
        };
        const tell = (event: TrainingEvent, share: number | null): void => {
          context.progress({ share, message: t('training'), partial: event });
        };
        tell({ kind: 'started', run, engine: engine.name, epochs: form.epochs }, 0);
        let told = 0;
        const onStep = (report: StepReport): void => {
          const now = performance.now();
          if (now - told < reportEvery && report.step < report.steps) return;
          told = now;
          tell({ kind: 'step', report }, (report.epoch - 1 + report.step / report.steps) / form.epochs);
        };
        const ended = await drive(trainer, record, folder, {
          signal,
          turn: () => this.turn(signal),
          onStep,
          onEpoch: (report) => {
            tell({ kind: 'epoch', report }, report.epoch / form.epochs);
          }
        });
        return ended.summary;
      } finally {
        network.dispose();
      }
    });
  }

  /** Lets other requests in, and waits while the run is held. */
  async turn(signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    // A pass that was asked for goes first: views stay alive beside a training.
    await this.runner.queue.add(() => Promise.resolve());
    const { current } = this;
    while (current?.paused === true && !signal.aborted) {
      await new Promise<void>((resolve) => {
        current.wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      current.wake = null;
    }
    signal.throwIfAborted();
  }
}
