/**
 * Experiments of one subject as the host owns them: they go in the training process, wait in line there, and are told again
 * to a webview that comes back. Knows nothing of VS Code.
 */
import type { ProgressNote } from '../../protocol/channel';
import type { ExperimentEvent, ExperimentRequests, ExperimentSummary } from '../../protocol/experiments';
import type { CallOptions, HandlerContext } from '../../protocol/rpc';
import { RequestFailure, toRequestError } from '../../protocol/rpc';
import { t } from '../../core/texts';
import type { WorkerClient } from '../workerClient';
import { readExperimentEvent } from './events';

/** What is needed to start an experiment, or to go on with one. */
export type ExperimentStart = Pick<ExperimentRequests['runExperiment']['params'], 'plan' | 'resume'>;

/** An experiment as the status bar shows it. */
export interface ExperimentState {
  readonly start: ExperimentStart;
  /** `null` until the child process has named it. */
  readonly experiment: string | null;
  /** Whether a run or another experiment goes first. */
  readonly waiting: boolean;
  readonly jobs: number;
  /** The job that goes, from 0. */
  readonly index: number;
  readonly finished: number;
  /** Of all jobs, in [0, 1]. */
  readonly overall: number;
  readonly secondsLeft: number | null;
}

/** How an experiment came to its end. */
export type ExperimentEnd =
  | { readonly kind: 'done'; readonly summary: ExperimentSummary }
  /** A person stopped it. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'crashed'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: RequestFailure }
  /** The window is closing. */
  | { readonly kind: 'left' };

export interface ExperimentListener {
  changed(state: ExperimentState): void;
  ended(state: ExperimentState, end: ExperimentEnd): void;
}

export interface ExperimentRunsOptions {
  readonly worker: WorkerClient;
  /** The subject's id in the training process. */
  readonly modelFor: (panelModel: string, options: CallOptions) => Promise<string>;
  /** Resolves once the process has taken a cancellation in, or was ended because it did not. */
  readonly demandRest: () => Promise<void>;
  /** Whether this process was ended to stop something else that went in it. */
  readonly wasEnded: (generation: number) => boolean;
  readonly listener: ExperimentListener;
  /** Whether an experiment is going in another session: models of one architecture share what is kept. */
  readonly goesElsewhere?: ((experiment: string) => boolean) | undefined;
}

interface Going {
  state: ExperimentState;
  readonly stop: AbortController;
  /** What a webview that comes later has missed. */
  readonly history: ProgressNote[];
  /** The last report of progress, which replaces those before. */
  progress: ProgressNote | null;
  readonly watchers: Set<HandlerContext['progress']>;
  result: Promise<ExperimentSummary>;
}

export class ExperimentRuns {
  private readonly all = new Set<Going>();

  constructor(private readonly options: ExperimentRunsOptions) {}

  /** Those that go or wait, the one begun first first. */
  get states(): readonly ExperimentState[] {
    return [...this.all].map(({ state }) => state);
  }

  has(experiment: string): boolean {
    return this.find(experiment) !== null;
  }

  /**
   * Starts an experiment, or attaches to one that goes where `resume` names it.
   * @throws {RequestFailure}
   */
  run(start: ExperimentStart, panelModel: string, context: HandlerContext): Promise<ExperimentSummary> {
    const { resume } = start;
    const going = resume === null ? null : this.find(resume);
    if (going === null && resume !== null && this.goesElsewhere(resume)) return Promise.reject(isGoing());
    return this.watch(going ?? this.begin(start, panelModel), context);
  }

  /** As `run`, with nobody watching yet. */
  start(start: ExperimentStart, panelModel: string): void {
    // Whoever listens hears of its end.
    void this.run(start, panelModel, { signal: new AbortController().signal, progress: () => undefined }).catch(
      () => undefined
    );
  }

  /** Stops one, or the one that goes now. Jobs that ended are kept. */
  stop(experiment: string | null = null): void {
    const going = experiment === null ? [...this.all].find(({ state }) => !state.waiting) : this.find(experiment);
    (going ?? [...this.all][0])?.stop.abort();
  }

  stopAll(): void {
    for (const { stop } of this.all) stop.abort();
  }

  /** The webview went: that its requests are cut off does not mean that a person wants the experiments to end. */
  leave(): void {
    for (const { watchers } of this.all) watchers.clear();
  }

  /** Statuses as the host knows them: another process does not know what goes in this one. */
  withTrueStatus(summaries: readonly ExperimentSummary[]): readonly ExperimentSummary[] {
    return summaries.map((one) => {
      const goes = this.has(one.experiment) || this.goesElsewhere(one.experiment);
      if (goes) return { ...one, status: 'running' };
      return one.status === 'running' ? { ...one, status: 'stopped' } : one;
    });
  }

  /** @throws {RequestFailure} for one that goes */
  demandNotGoing(experiment: string): void {
    if (this.has(experiment) || this.goesElsewhere(experiment)) throw isGoing();
  }

  private goesElsewhere(experiment: string): boolean {
    return this.options.goesElsewhere?.(experiment) ?? false;
  }

  private find(experiment: string): Going | null {
    return [...this.all].find(({ state }) => state.experiment === experiment) ?? null;
  }

  private begin(start: ExperimentStart, panelModel: string): Going {
    const going: Going = {
      state: {
        start,
        experiment: start.resume,
        waiting: false,
        jobs: 0,
        index: 0,
        finished: 0,
        overall: 0,
        secondsLeft: null
      },
      stop: new AbortController(),
      history: [],
      progress: null,
      watchers: new Set(),
      result: Promise.reject(new RequestFailure({ kind: 'cancelled' }))
    };
    going.result.catch(() => undefined);
    this.all.add(going);
    going.result = this.go(going, panelModel);
    going.result.catch(() => undefined);
    this.options.listener.changed(going.state);
    return going;
  }

  private async go(going: Going, panelModel: string): Promise<ExperimentSummary> {
    const { listener, demandRest } = this.options;
    const { signal } = going.stop;
    let end: ExperimentEnd = { kind: 'left' };
    try {
      const summary = await this.ask(going, panelModel);
      end = { kind: 'done', summary };
      return summary;
    } catch (error) {
      const failure = toRequestError(error, signal);
      if (signal.aborted) {
        end = { kind: 'stopped' };
        // One that waits does nothing: no other that goes must end for it.
        if (!going.state.waiting) await demandRest();
      } else if (failure.kind === 'crashed') end = { kind: 'crashed', message: failure.message };
      else if (failure.kind !== 'cancelled') end = { kind: 'failed', error: new RequestFailure(failure) };
      throw new RequestFailure(failure);
    } finally {
      this.all.delete(going);
      listener.ended(going.state, end);
    }
  }

  /** Again, where the process was ended to stop something else while this one waited. */
  private async ask(going: Going, panelModel: string): Promise<ExperimentSummary> {
    const { worker, modelFor, wasEnded } = this.options;
    const { signal } = going.stop;
    for (;;) {
      const model = await modelFor(panelModel, { signal });
      const { generation } = worker;
      try {
        const { plan } = going.state.start;
        return await worker.request(
          'runExperiment',
          { model, plan, resume: going.state.experiment },
          { signal, onProgress: (note) => this.hear(going, note) }
        );
      } catch (error) {
        if (signal.aborted || !wasEnded(generation)) throw error;
        going.history.length = 0;
      }
    }
  }

  private hear(going: Going, note: ProgressNote): void {
    const event = readExperimentEvent(note.partial);
    if (event !== null) {
      if (event.kind === 'progress') going.progress = note;
      else going.history.push(note);
      this.update(going, changeBy(event, going.state));
    }
    for (const tell of going.watchers) tell(note);
  }

  private update(going: Going, change: Partial<ExperimentState>): void {
    going.state = { ...going.state, ...change };
    if (this.all.has(going)) this.options.listener.changed(going.state);
  }

  private async watch(going: Going, { signal, progress }: HandlerContext): Promise<ExperimentSummary> {
    for (const note of going.history) progress(note);
    if (going.progress !== null) progress(going.progress);
    going.watchers.add(progress);
    const stop = () => {
      // Of one that left only the connection ended.
      if (going.watchers.has(progress)) going.stop.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await going.result;
    } finally {
      going.watchers.delete(progress);
      signal.removeEventListener('abort', stop);
    }
  }
}

function changeBy(event: ExperimentEvent, state: ExperimentState): Partial<ExperimentState> {
  switch (event.kind) {
    case 'waiting':
      return { experiment: event.experiment, waiting: true };
    case 'started':
      return { experiment: event.experiment, waiting: false, jobs: event.jobs.length, finished: 0 };
    case 'job':
      return { index: event.index };
    case 'progress':
      return { overall: event.overall, secondsLeft: event.secondsLeft };
    case 'result':
      return { finished: state.finished + 1 };
    case 'point':
      return {};
  }
}

function isGoing(): RequestFailure {
  const problem = t('is running now');
  return new RequestFailure({
    kind: 'input',
    problem: { file: t('the experiment'), problem, remedy: t('Stop it or wait for its end') }
  });
}
