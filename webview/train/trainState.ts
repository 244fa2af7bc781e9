/** What the tab "Train" knows: choices made before a run, the run that goes, the kept run that is looked at. Outlives the tab. */
import type { RequestError } from '../../src/protocol/channel';
import type {
  DataChoice,
  EpochReport,
  RunSummary,
  StepReport,
  TrainingEvent,
  TrainingForm
} from '../../src/protocol/training';
import { toRequestError } from '../../src/protocol/rpc';
import { channel } from '../channel';
import { t } from '../l10n';
import { announce, report } from '../session';
import { app, selectHome } from '../state';
import { Store, useStore } from '../store';
import { formatValue } from '../shared/format';
import { metricWords, showMetric } from './metricWords';

export type Part = 'setup' | 'run' | 'kept' | 'experiments';

/** A point of the training curve between two epochs; `at` counts epochs, the first ends at 1. */
export interface StepPoint {
  readonly at: number;
  readonly loss: number;
  readonly metrics: readonly number[];
}

/** The run under way or just ended. */
export interface Live {
  readonly model: string;
  readonly data: DataChoice;
  readonly dataTitle: string;
  readonly form: TrainingForm;
  readonly run: string | null;
  readonly engine: string | null;
  readonly status: 'starting' | 'running' | 'paused' | 'stopping' | 'ended' | 'failed';
  readonly metricNames: readonly string[];
  readonly points: readonly StepPoint[];
  readonly step: StepReport | null;
  readonly epochs: readonly EpochReport[];
  readonly summary: RunSummary | null;
  readonly error: RequestError | null;
}

export interface TrainState {
  readonly part: Part;
  readonly data: DataChoice | null;
  /** Files and folders chosen by hand, newest first. */
  readonly paths: readonly string[];
  /** What was changed in the form; the rest is what the offer says. */
  readonly edits: Partial<TrainingForm>;
  /** Fields that were asked for and have been answered. */
  readonly answered: readonly string[];
  readonly live: Live | null;
  /** The kept run that is looked at in place of the live one. */
  readonly opened: RunSummary | null;
  /** Grows when the list of kept runs may have changed. */
  readonly runsVersion: number;
  /** Grows when data have come to this machine. */
  readonly dataVersion: number;
}

export const train = new Store<TrainState>({
  part: 'setup',
  data: null,
  paths: [],
  edits: {},
  answered: [],
  live: null,
  opened: null,
  runsVersion: 0,
  dataVersion: 0
});

export function useTrain<T>(select: (state: TrainState) => T): T {
  return useStore(train, select);
}

export function isGoing(live: Live | null): boolean {
  return live !== null && live.status !== 'ended' && live.status !== 'failed';
}

/** Changes fields of the form; a field that was asked for counts as answered. */
export function edit(patch: Partial<TrainingForm>, names: readonly string[] = Object.keys(patch)): void {
  train.set({ edits: { ...train.get().edits, ...patch } });
  answer(names);
}

/** The value that stands there is the person's answer to a field that was asked for. */
export function answer(names: readonly string[]): void {
  train.set({ answered: [...new Set([...train.get().answered, ...names])] });
}

/** Takes back what was changed in one field. */
export function undoEdit(field: keyof TrainingForm): void {
  const { edits } = train.get();
  train.set({ edits: Object.fromEntries(Object.entries(edits).filter(([name]) => name !== field)) });
}

/** Changes the form for a following experiment and shows it. */
export function tryNext(patch: Partial<TrainingForm>): void {
  edit(patch);
  train.set({ part: 'setup' });
}

/** At most this many points of the training curve are kept; then every second one goes. */
const mostPoints = 1200;
let running: AbortController | null = null;

function update(controller: AbortController, patch: (live: Live) => Partial<Live>): void {
  const { live } = train.get();
  if (live !== null && running === controller) train.set({ live: { ...live, ...patch(live) } });
}

interface Start {
  readonly model: string;
  readonly data: DataChoice;
  readonly dataTitle: string;
  readonly form: TrainingForm;
  /** A kept run to go on with, or one that is going and was begun before this page. */
  readonly resume: RunSummary | null;
}

/** Starts a run, or goes on with a kept one; everything it tells arrives in `live`. */
export async function startTraining({ model, data, dataTitle, form, resume }: Start): Promise<void> {
  if (isGoing(train.get().live)) return;
  const controller = new AbortController();
  running = controller;
  train.set({
    part: 'run',
    opened: null,
    live: {
      model,
      data,
      dataTitle,
      form,
      run: resume?.run ?? null,
      engine: resume?.engine ?? null,
      status: resume?.status === 'paused' ? 'paused' : 'starting',
      metricNames: resume?.metricNames ?? [],
      points: [],
      step: null,
      epochs: resume?.epochs ?? [],
      summary: null,
      error: null
    }
  });
  try {
    const summary = await channel.request(
      'train',
      { model, data, form, resume: resume?.run ?? null },
      {
        signal: controller.signal,
        onProgress: (note) => {
          const event = note.partial as TrainingEvent | undefined;
          if (event !== undefined) hear(controller, event);
        }
      }
    );
    ended(controller, summary);
  } catch (error) {
    const failure = toRequestError(error);
    const run = train.get().live?.run ?? null;
    const stopped = failure.kind === 'cancelled';
    const kept = run === null ? null : stopped ? await atRest(model, run) : await keptRun(model, run);
    if (kept !== null && stopped)
      ended(controller, kept.status === 'running' || kept.status === 'paused' ? { ...kept, status: 'stopped' } : kept);
    else {
      update(controller, () => ({ status: 'failed', error: failure, summary: kept }));
      train.set({ runsVersion: train.get().runsVersion + 1 });
    }
  }
}

function ended(controller: AbortController, summary: RunSummary): void {
  update(controller, (live) => ({
    status: 'ended',
    summary,
    run: summary.run,
    engine: summary.engine,
    metricNames: summary.metricNames,
    epochs: summary.epochs.length >= live.epochs.length ? summary.epochs : live.epochs
  }));
  train.set({ runsVersion: train.get().runsVersion + 1 });
  announce(t('Training has ended after {0} epochs', summary.epochs.length));
}

/** A cancelled request is answered before the run has put its last epoch away: waits until it has, 5 s at most. */
async function atRest(model: string, run: string): Promise<RunSummary | null> {
  for (let attempt = 0; ; attempt++) {
    const kept = await keptRun(model, run);
    if (kept === null || attempt === 25 || (kept.status !== 'running' && kept.status !== 'paused')) return kept;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function keptRun(model: string, run: string): Promise<RunSummary | null> {
  try {
    const runs = await channel.request('trainingRuns', { model });
    return runs.find((one) => one.run === run) ?? null;
  } catch {
    return null;
  }
}

function hear(controller: AbortController, event: TrainingEvent): void {
  switch (event.kind) {
    case 'started':
      update(controller, ({ metricNames, status }) => ({
        run: event.run,
        engine: event.engine,
        status: status === 'starting' ? 'running' : status,
        metricNames: event.metricNames ?? metricNames
      }));
      if (event.metricNames === undefined) void nameMetrics(controller, event.run);
      return;
    case 'step': {
      const { report: step } = event;
      const point = { at: step.epoch - 1 + step.step / step.steps, loss: step.loss, metrics: step.metrics };
      update(controller, ({ points, status }) => ({
        step,
        status: status === 'starting' ? 'running' : status,
        points: [...(points.length >= mostPoints ? points.filter((_, at) => at % 2 === 1) : points), point]
      }));
      return;
    }
    case 'epoch': {
      const { report: epoch } = event;
      update(controller, ({ epochs }) => ({ epochs: [...epochs.filter((one) => one.epoch < epoch.epoch), epoch] }));
      const names = train.get().live?.metricNames ?? [];
      const scores = epoch.validation ?? epoch.train;
      const [metric] = scores.metrics;
      announce(
        metric === undefined
          ? t('Epoch {0}: loss {1}', epoch.epoch, formatValue(scores.loss))
          : t('Epoch {0}: {1} {2}', epoch.epoch, metricWords(names[0], 0), showMetric(names[0], metric))
      );
      return;
    }
  }
}

/** The events carry numbers alone; the names stand in the kept run. */
async function nameMetrics(controller: AbortController, run: string): Promise<void> {
  const model = train.get().live?.model ?? selectHome(app.get())?.model ?? '';
  const kept = await keptRun(model, run);
  if (kept !== null) update(controller, () => ({ metricNames: kept.metricNames }));
}

export function stopTraining(): void {
  if (running === null) return;
  update(running, () => ({ status: 'stopping' }));
  running.abort();
}

export async function pauseTraining(paused: boolean): Promise<void> {
  const { live } = train.get();
  if (live === null || live.run === null || running === null) return;
  const controller = running;
  try {
    await channel.request('pauseTraining', { run: live.run, paused });
    update(controller, ({ status }) =>
      status === 'running' || status === 'paused' ? { status: paused ? 'paused' : 'running' } : {}
    );
    announce(paused ? t('Training is paused') : t('Training goes on'));
  } catch (error) {
    report(error);
  }
}

/**
 * The host owns a run: it goes on while the page is hidden or loaded anew, and may be paused or stopped from the status bar.
 * A run that is going and that this page did not begin is attached to: it tells its epochs again.
 */
export function listenToRuns(): void {
  channel.on('trainingChanged', ({ run, status }) => {
    const { live, runsVersion } = train.get();
    train.set({ runsVersion: runsVersion + 1 });
    if (live !== null && live.run === run && isGoing(live)) {
      if (status === 'running' || status === 'paused') train.set({ live: { ...live, status } });
      return;
    }
    const model = selectHome(app.get())?.model;
    if (model !== undefined && (status === 'running' || status === 'paused')) void attach(model);
  });
}

export async function attach(model: string): Promise<void> {
  if (isGoing(train.get().live)) return;
  try {
    const runs = await channel.request('trainingRuns', { model });
    const going = runs.find(({ status }) => status === 'running' || status === 'paused');
    if (going === undefined) return;
    const data = train.get().data ?? { kind: 'digits' };
    await startTraining({ model, data, dataTitle: going.data, form: going.form, resume: going });
  } catch {
    // The list of kept runs says what is wrong, where it is shown.
  }
}
