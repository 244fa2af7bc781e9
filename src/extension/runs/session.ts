/**
 * Training of one subject in a child process of its own: the views stay fast, and a run that does not stop when asked is
 * ended with its process. The run belongs to the host, not to a webview: those come and go, and are told what they missed.
 * Knows nothing of VS Code, so that it is tested alone.
 */
import type { ProgressNote } from '../../protocol/channel';
import type { OpenedModel, WorkerRequests } from '../../protocol/requests';
import type { ExperimentRequests, ExperimentSummary } from '../../protocol/experiments';
import type { CallOptions, HandlerContext } from '../../protocol/rpc';
import { RequestFailure, toRequestError } from '../../protocol/rpc';
import type { EpochReport, RunSummary, StepReport, TrainingRequests } from '../../protocol/training';
import { t } from '../../core/texts';
import type { WorkerClient } from '../workerClient';
import { readEvent } from './events';
import type { ExperimentListener } from './experimentRuns';
import { ExperimentRuns } from './experimentRuns';

/** What is needed to start a run, or to go on with one. */
export type RunPlan = Pick<TrainingRequests['train']['params'], 'data' | 'form' | 'resume'>;

/** A run as the status bar shows it. */
export interface RunState {
  readonly plan: RunPlan;
  /** `null` until the child process has named it. */
  readonly run: string | null;
  readonly paused: boolean;
  readonly epochs: number;
  readonly metricNames: readonly string[];
  readonly step: StepReport | null;
  readonly reports: readonly EpochReport[];
}

/** How a run came to its end. */
export type RunEnd =
  | { readonly kind: 'done'; readonly summary: RunSummary }
  /** A person stopped it. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: RequestFailure }
  /** The window is closing. */
  | { readonly kind: 'left' };

export interface SessionListener {
  /** Something of the run that goes is new: its name, an epoch, a step, whether it is paused. */
  changed(state: RunState): void;
  ended(state: RunState, end: RunEnd): void;
}

export interface SessionOptions {
  /** This session's own; it is disposed with it. */
  readonly worker: WorkerClient;
  /** Opens the subject in that process. */
  readonly open: (options: CallOptions) => Promise<OpenedModel>;
  readonly listener: SessionListener;
  readonly experiments: ExperimentListener;
  /** Whether a run or an experiment is going in another session: models of one architecture share the kept runs. */
  readonly goesElsewhere?: (run: string) => boolean;
  /** How long a step may take to notice that it is not wanted any more, in milliseconds. */
  readonly patience?: number;
}

interface Run {
  state: RunState;
  readonly stop: AbortController;
  /** The notes that a webview which comes later has missed: `started`, and each epoch. */
  readonly history: ProgressNote[];
  readonly watchers: Set<HandlerContext['progress']>;
  readonly result: Promise<RunSummary>;
}

interface Opened {
  /** The panel's own model, process and all: another one has to be opened here too. */
  readonly of: string;
  readonly generation: number;
  readonly model: Promise<string>;
}

const defaultPatience = 500;

export class TrainingSession {
  private current: Run | null = null;
  private opened: Opened | null = null;
  private stopping: Promise<void> = Promise.resolve();
  /** The last process that was ended because it did not answer. */
  private endedGeneration: number | null = null;
  readonly experiments: ExperimentRuns;

  constructor(private readonly options: SessionOptions) {
    const { worker, experiments: listener, goesElsewhere } = options;
    this.experiments = new ExperimentRuns({
      worker,
      modelFor: async (panelModel, { signal }) => {
        await this.stopping;
        const model = this.modelFor(panelModel, {});
        return signal === undefined ? model : unlessAborted(model, signal);
      },
      demandRest: () => this.rest(),
      wasEnded: (generation) => generation === this.endedGeneration,
      listener,
      goesElsewhere
    });
  }

  /** Whether something goes that must not end with the panel. */
  get isBusy(): boolean {
    return this.current !== null || this.experiments.states.length > 0;
  }

  /** The run that goes, if any. */
  get state(): RunState | null {
    return this.current?.state ?? null;
  }

  get pid(): number | undefined {
    return this.options.worker.pid;
  }

  /**
   * Passes a webview's request on, with the model under its own name in the training process.
   * @param panelModel names the model that the panel has open, over restarts of the panel's own process
   * @throws {RequestFailure}
   */
  async passOn(method: string, params: unknown, panelModel: string, context: HandlerContext): Promise<unknown> {
    await this.stopping;
    const options = { signal: context.signal, onProgress: context.progress };
    if (method === 'train') return this.train(params as TrainingRequests['train']['params'], panelModel, context);
    if (method === 'pauseTraining') {
      const { run, paused } = params as TrainingRequests['pauseTraining']['params'];
      if (run === this.current?.state.run) return this.pause(paused);
    }
    if (method === 'deleteRun') {
      const { run } = params as TrainingRequests['deleteRun']['params'];
      if (run === this.current?.state.run || this.goesElsewhere(run)) throw isGoing();
    }
    if (method === 'runExperiment') {
      return this.experiments.run(params as ExperimentRequests['runExperiment']['params'], panelModel, context);
    }
    if (method === 'deleteExperiment') {
      this.experiments.demandNotGoing((params as ExperimentRequests['deleteExperiment']['params']).experiment);
    }
    const { worker } = this.options;
    if (typeof params !== 'object' || params === null || !('model' in params))
      return worker.requestUntyped(method, params, options);
    const own = { ...params, model: await this.modelFor(panelModel, options) };
    const answer = await worker.requestUntyped(method, own, options);
    if (method === 'experiments') return this.experiments.withTrueStatus(answer as readonly ExperimentSummary[]);
    return method === 'trainingRuns' ? this.withTrueStatus(answer as readonly RunSummary[]) : answer;
  }

  /**
   * Starts a run, or attaches to the one that goes where `resume` names it: the webview hears what it missed.
   * @throws {RequestFailure} of kind `input` while another run goes
   */
  train(plan: RunPlan, panelModel: string, context: HandlerContext): Promise<RunSummary> {
    const going = this.current;
    if (going !== null && (plan.resume === null || plan.resume !== going.state.run)) {
      return Promise.reject(isGoing());
    }
    if (going === null && plan.resume !== null && this.goesElsewhere(plan.resume)) return Promise.reject(isGoing());
    return this.watch(going ?? this.begin(plan, panelModel), context);
  }

  /** As `train`, with nobody watching yet. */
  start(plan: RunPlan, panelModel: string): void {
    // Whoever listens to the session hears of its end.
    void this.train(plan, panelModel, { signal: new AbortController().signal, progress: () => undefined }).catch(
      () => undefined
    );
  }

  /** @throws {RequestFailure} */
  async pause(paused: boolean): Promise<null> {
    const run = this.current;
    if (run?.state.run === null || run?.state.run === undefined) return null;
    await this.options.worker.request('pauseTraining', { run: run.state.run, paused });
    this.update(run, { paused });
    return null;
  }

  /** Ends the run within the patience: where the process is lost in a step, with the process. */
  stop(): void {
    this.current?.stop.abort();
  }

  /** The webview went: that its requests are cut off does not mean that a person wants the run to end. */
  leave(): void {
    this.current?.watchers.clear();
    this.experiments.leave();
  }

  /** Lets the process go where it does nothing, so that the next one starts with new settings. */
  restartIdle(): void {
    if (!this.isBusy) this.options.worker.stop();
  }

  dispose(): void {
    this.options.worker.dispose();
  }

  private begin(plan: RunPlan, panelModel: string): Run {
    const stop = new AbortController();
    const run: { -readonly [K in keyof Run]: Run[K] } = {
      state: {
        plan,
        run: plan.resume,
        paused: false,
        epochs: plan.form.epochs,
        metricNames: [],
        step: null,
        reports: []
      },
      stop,
      history: [],
      watchers: new Set(),
      result: Promise.reject(new RequestFailure({ kind: 'cancelled' }))
    };
    run.result.catch(() => undefined);
    this.current = run;
    run.result = this.go(run, plan, panelModel);
    run.result.catch(() => undefined);
    this.options.listener.changed(run.state);
    return run;
  }

  private async go(run: Run, plan: RunPlan, panelModel: string): Promise<RunSummary> {
    const { worker, listener } = this.options;
    const { signal } = run.stop;
    let end: RunEnd = { kind: 'left' };
    try {
      const model = await unlessAborted(this.modelFor(panelModel, {}), signal);
      const { data, form, resume } = plan;
      const summary = await worker.request(
        'train',
        { model, data, form, resume },
        { signal, onProgress: (note) => this.hear(run, note) }
      );
      end = { kind: 'done', summary };
      return summary;
    } catch (error) {
      const failure = toRequestError(error, signal);
      if (signal.aborted) {
        end = { kind: 'stopped' };
        await this.rest();
      } else if (failure.kind === 'crashed') end = { kind: 'crashed', message: failure.message };
      else if (failure.kind !== 'cancelled') end = { kind: 'failed', error: new RequestFailure(failure) };
      throw new RequestFailure(failure);
    } finally {
      this.current = null;
      listener.ended(run.state, end);
    }
  }

  private hear(run: Run, note: ProgressNote): void {
    const event = readEvent(note.partial);
    if (event?.kind === 'started') {
      run.history.push(note);
      this.update(run, { run: event.run, epochs: event.epochs });
      if (event.metricNames !== undefined) this.update(run, { metricNames: event.metricNames });
      else void this.nameMetrics(run, event.run);
    } else if (event?.kind === 'epoch') {
      run.history.push(note);
      this.update(run, { reports: [...run.state.reports, event.report] });
      // At its start the run may not have been written yet.
      if (run.state.metricNames.length === 0 && run.state.run !== null) void this.nameMetrics(run, run.state.run);
    } else if (event?.kind === 'step') this.update(run, { step: event.report });
    for (const tell of run.watchers) tell(note);
  }

  private goesElsewhere(run: string): boolean {
    return this.options.goesElsewhere?.(run) ?? false;
  }

  /** A process that was ended could not write that its run does not go any more. */
  private withTrueStatus(runs: readonly RunSummary[]): readonly RunSummary[] {
    const state = this.state;
    return runs.map((run) => {
      if (run.status !== 'running' && run.status !== 'paused') return run;
      if (run.run !== state?.run) return { ...run, status: 'stopped' };
      return { ...run, status: state.paused ? 'paused' : 'running' };
    });
  }

  /** Reports carry numbers alone; the kept run knows what they are. */
  private async nameMetrics(run: Run, name: string): Promise<void> {
    try {
      const model = (await this.opened?.model) ?? '';
      const runs = await this.options.worker.request('trainingRuns', { model });
      const metricNames = runs.find((other) => other.run === name)?.metricNames;
      if (metricNames !== undefined) this.update(run, { metricNames });
    } catch {
      // The loss is shown without them.
    }
  }

  private async watch(run: Run, { signal, progress }: HandlerContext): Promise<RunSummary> {
    for (const note of run.history) progress(note);
    run.watchers.add(progress);
    const stop = () => {
      // Of one that left only the connection ended.
      if (run.watchers.has(progress)) run.stop.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await run.result;
    } finally {
      run.watchers.delete(progress);
      signal.removeEventListener('abort', stop);
    }
  }

  private update(run: Run, change: Partial<RunState>): void {
    run.state = { ...run.state, ...change };
    if (this.current === run) this.options.listener.changed(run.state);
  }

  /** New requests wait until the process has come to rest. */
  private rest(): Promise<void> {
    this.stopping = this.demandRest();
    return this.stopping;
  }

  /** A process that answers has read the cancellation sent before; one that does not is ended. */
  private async demandRest(): Promise<void> {
    const { worker, patience = defaultPatience } = this.options;
    if (!worker.isRunning) return;
    const { generation } = worker;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<'silent'>((resolve) => {
      timer = setTimeout(() => resolve('silent'), patience);
    });
    const answer = worker.request('trainingAlive', null).then(
      () => 'alive' as const,
      () => 'alive' as const
    );
    const outcome = await Promise.race([silence, answer]);
    clearTimeout(timer);
    if (outcome === 'silent' && worker.generation === generation) {
      this.endedGeneration = generation;
      worker.stop();
    }
  }

  /** The subject's id in the training process, opened there first where need be. */
  private async modelFor(panelModel: string, options: CallOptions): Promise<string> {
    const { worker } = this.options;
    const known = this.opened;
    if (known?.of === panelModel && known.generation === worker.generation && worker.isRunning) return known.model;
    // A run that goes keeps the model it began with.
    if (known !== null && known.generation === worker.generation && !this.isBusy) this.close(known);
    // Not bound to one request's signal: others may wait for the same model.
    const opening = this.options.open({ onProgress: options.onProgress }).then(({ model }) => model);
    const generation = worker.isRunning ? worker.generation : worker.generation + 1;
    const opened: Opened = { of: panelModel, generation, model: opening };
    this.opened = opened;
    opening.catch(() => {
      if (this.opened === opened) this.opened = null;
    });
    return opening;
  }

  private close(opened: Opened): void {
    const { worker } = this.options;
    opened.model
      .then((model) =>
        worker.isRunning
          ? worker.request('closeModel', { model } satisfies WorkerRequests['closeModel']['params'])
          : null
      )
      .catch(() => undefined);
  }
}

/** Opening a model cannot be hurried; whoever does not want it any more need not wait. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new RequestFailure({ kind: 'cancelled' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject);
  });
}

function isGoing(): RequestFailure {
  const problem = t('a run of this model is going');
  return new RequestFailure({
    kind: 'input',
    problem: { file: t('training'), problem, remedy: t('Stop it or wait for its end') }
  });
}
