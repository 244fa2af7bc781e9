/** What the part "Experiments" knows: what is being set up, the experiment that goes, the one that is looked at. Outlives the tab. */
import type { RequestError } from '../../../src/protocol/channel';
import type {
  CurvePoint,
  ExperimentEvent,
  ExperimentPlan,
  ExperimentSummary,
  LabJob,
  LabName
} from '../../../src/protocol/experiments';
import { toRequestError } from '../../../src/protocol/rpc';
import { channel } from '../../channel';
import { t } from '../../l10n';
import { announce } from '../../session';
import { app, selectHome } from '../../state';
import { Store, useStore } from '../../store';
import { train } from '../trainState';
import { keepGuess, type Guess } from './guess';

export type Screen = 'choose' | 'setup' | 'experiment';

/** How one layer of the changed twin differs. */
export type Way = 'without' | 'rate' | 'dropout' | 'batchNorm';

export interface TwinChoice {
  /** `null`: the first that can be changed. */
  readonly layer: string | null;
  /** `null`: the first way that the layer offers. */
  readonly way: Way | null;
  /** Of a dropout put in or set anew; `null`: what suggests itself. */
  readonly rate: number | null;
  /** Of a batch norm put in. */
  readonly momentum: number;
}

export type Subject = { readonly kind: 'twin' } | { readonly kind: 'lab'; readonly lab: LabName };

/** Fields of a plan that were changed; the rest is what the offer says. */
export type PlanEdits = Partial<
  Pick<ExperimentPlan, 'seeds' | 'size' | 'epochs' | 'batchSize' | 'learningRate' | 'target'>
> & {
  /** Of the network's own batch norms. */
  readonly batchNormMomentum?: number | null;
};

/** The experiment under way or just ended. */
export interface Live {
  readonly model: string;
  readonly title: string;
  readonly plan: ExperimentPlan;
  /** `null` until it has a name. */
  readonly experiment: string | null;
  readonly engine: string | null;
  readonly status: 'waiting' | 'running' | 'stopping' | 'ended' | 'failed';
  readonly jobs: readonly LabJob[];
  /** The job under way. */
  readonly job: string | null;
  readonly points: readonly CurvePoint[];
  /** Jobs with a result. */
  readonly done: ReadonlySet<string>;
  readonly share: number;
  readonly overall: number;
  readonly secondsLeft: number | null;
  readonly summary: ExperimentSummary | null;
  readonly error: RequestError | null;
}

export interface LabState {
  readonly screen: Screen;
  readonly subject: Subject;
  readonly twin: TwinChoice;
  readonly edits: PlanEdits;
  /** Said before an experiment starts. */
  readonly guess: Guess;
  readonly live: Live | null;
  /** The kept experiment that is looked at in place of the live one. */
  readonly opened: string | null;
  /** Experiments whose covered curves were uncovered before the end. */
  readonly uncovered: readonly string[];
  /** Grows when the list of kept experiments, or what one has found, may have changed. */
  readonly version: number;
}

const ownTwin: TwinChoice = { layer: null, way: null, rate: null, momentum: 0.9 };

export const lab = new Store<LabState>({
  screen: 'choose',
  subject: { kind: 'twin' },
  twin: ownTwin,
  edits: {},
  guess: {},
  live: null,
  opened: null,
  uncovered: [],
  version: 0
});

export function useLab<T>(select: (state: LabState) => T): T {
  return useStore(lab, select);
}

export function isUnderWay(live: Live | null): boolean {
  return live !== null && live.status !== 'ended' && live.status !== 'failed';
}

export function editPlan(patch: PlanEdits): void {
  lab.set({ edits: { ...lab.get().edits, ...patch } });
}

/** Shows the form of an experiment; what was set for another one is not carried over. */
export function setUp(subject: Subject, twin: Partial<TwinChoice> = {}, edits: PlanEdits = {}): void {
  train.set({ part: 'experiments' });
  lab.set({ screen: 'setup', subject, twin: { ...ownTwin, ...twin }, edits, guess: {} });
}

/** "Train the twin": from wherever a layer is looked at to the experiment on it. */
export function trainTwin(layer: string, rate: number | null = null): void {
  app.set({ view: 'train' });
  setUp({ kind: 'twin' }, { layer, way: rate === null ? null : 'rate', rate });
}

/** The twin has a layer that the network lacks. */
export function putIn(way: 'dropout' | 'batchNorm'): void {
  app.set({ view: 'train' });
  setUp({ kind: 'twin' }, { way });
}

/** Sets an experiment up once more with its own plan and one thing changed. */
export function setUpAgain(plan: ExperimentPlan, patch: PlanEdits): void {
  const { what, seeds, size, epochs, batchSize, learningRate, target, form } = plan;
  const edits: PlanEdits = {
    seeds,
    size,
    epochs,
    batchSize,
    learningRate,
    target,
    batchNormMomentum: form.batchNormMomentum,
    ...patch
  };
  train.set({ data: plan.data });
  if (what.kind === 'lab') setUp(what, {}, edits);
  else setUp({ kind: 'twin' }, twinOf(plan), edits);
}

function twinOf({ what }: ExperimentPlan): Partial<TwinChoice> {
  const change = what.kind === 'twin' ? what.changes[0] : undefined;
  switch (change?.kind) {
    case 'without':
      return { layer: change.layer, way: 'without' };
    case 'rate':
      return { layer: change.layer, way: 'rate', rate: change.rate };
    case 'put':
      return change.insertion.kind === 'dropout'
        ? { layer: change.after, way: 'dropout', rate: change.insertion.rate }
        : { layer: change.after, way: 'batchNorm', momentum: change.insertion.momentum };
    default:
      return {};
  }
}

export function openExperiment(experiment: string): void {
  const { live } = lab.get();
  lab.set({ screen: 'experiment', opened: live?.experiment === experiment ? null : experiment });
}

let running: AbortController | null = null;

function update(controller: AbortController, patch: (live: Live) => Partial<Live>): void {
  const { live } = lab.get();
  if (live !== null && running === controller) lab.set({ live: { ...live, ...patch(live) } });
}

/** What is kept, or was found, may have changed. */
export const again = () => lab.set({ version: lab.get().version + 1 });

interface Start {
  readonly model: string;
  readonly title: string;
  readonly plan: ExperimentPlan;
  readonly guess: Guess;
  /** A kept experiment to go on with, or one that is going and was begun before this page. */
  readonly resume: ExperimentSummary | null;
  /** Nobody asked for it: where it belongs to another panel nothing is said, and this is called. */
  readonly onRefused?: () => void;
}

/** Starts an experiment, or goes on with a kept one; what it tells arrives in `live`. */
export async function startExperiment({ model, title, plan, guess, resume, onRefused }: Start): Promise<void> {
  if (isUnderWay(lab.get().live)) return;
  const controller = new AbortController();
  const { screen } = lab.get();
  running = controller;
  lab.set({
    screen: 'experiment',
    opened: null,
    live: {
      model,
      title,
      plan,
      experiment: resume?.experiment ?? null,
      engine: resume?.engine ?? null,
      status: 'waiting',
      jobs: [],
      job: null,
      points: [],
      done: new Set(),
      share: 0,
      overall: resume === null ? 0 : resume.finishedJobs / Math.max(1, resume.jobs),
      secondsLeft: null,
      summary: null,
      error: null
    }
  });
  try {
    const summary = await channel.request(
      'runExperiment',
      { model, plan, resume: resume?.experiment ?? null },
      {
        signal: controller.signal,
        onProgress: (note) => {
          const event = note.partial as ExperimentEvent | undefined;
          if (event !== undefined) hear(controller, event, guess);
        }
      }
    );
    ended(controller, summary);
  } catch (error) {
    const failure = toRequestError(error);
    const experiment = lab.get().live?.experiment ?? null;
    const stopped = failure.kind === 'cancelled';
    if (onRefused !== undefined && failure.kind === 'input' && lab.get().live?.status === 'waiting') {
      if (running === controller) lab.set({ live: null, screen });
      onRefused();
      return;
    }
    const kept = experiment === null ? null : await atRest(model, experiment);
    if (stopped && kept !== null) ended(controller, kept.status === 'running' ? { ...kept, status: 'stopped' } : kept);
    else if (stopped && running === controller) lab.set({ live: null, screen: 'setup' });
    else update(controller, () => ({ status: 'failed', error: failure, summary: kept, job: null }));
    again();
  }
}

function ended(controller: AbortController, summary: ExperimentSummary): void {
  update(controller, () => ({
    status: 'ended',
    summary,
    experiment: summary.experiment,
    engine: summary.engine,
    job: null,
    points: []
  }));
  again();
  announce(
    summary.status === 'finished'
      ? t('The experiment {0} is done', summary.title)
      : t('The experiment is stopped: {0} of {1} trainings are kept', summary.finishedJobs, summary.jobs)
  );
}

function hear(controller: AbortController, event: ExperimentEvent, guess: Guess): void {
  switch (event.kind) {
    case 'waiting':
      if (running === controller) keepGuess(event.experiment, guess);
      update(controller, () => ({ experiment: event.experiment }));
      return;
    case 'started':
      if (running === controller) keepGuess(event.experiment, guess);
      update(controller, ({ status }) => ({
        experiment: event.experiment,
        engine: event.engine,
        jobs: event.jobs,
        status: status === 'waiting' ? 'running' : status
      }));
      again();
      return;
    case 'job':
      update(controller, () => ({ job: event.job, points: [], share: 0 }));
      return;
    case 'point':
      update(controller, ({ job, points }) => ({
        job: event.job,
        points: job === event.job ? [...points, event.point] : [event.point]
      }));
      return;
    case 'progress':
      update(controller, () => ({
        job: event.job,
        share: event.share,
        overall: event.overall,
        secondsLeft: event.secondsLeft
      }));
      return;
    case 'result':
      update(controller, ({ done }) => ({ done: new Set([...done, event.job]), points: [], job: null }));
      again();
      return;
  }
}

/** A cancelled request may be answered before the last result is put away: waits until it is, 5 s at most. */
async function atRest(model: string, experiment: string): Promise<ExperimentSummary | null> {
  for (let attempt = 0; ; attempt++) {
    const kept = await keptExperiment(model, experiment);
    if (kept === null || attempt === 25 || kept.status !== 'running') return kept;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function keptExperiment(model: string, experiment: string): Promise<ExperimentSummary | null> {
  try {
    const all = await channel.request('experiments', { model });
    return all.find((one) => one.experiment === experiment) ?? null;
  } catch {
    return null;
  }
}

export function stopExperiment(): void {
  if (running === null) return;
  update(running, () => ({ status: 'stopping' }));
  running.abort();
}

/** Goes on with a kept experiment: finished trainings are not run again. */
export function resumeExperiment(model: string, resume: ExperimentSummary): void {
  void startExperiment({ model, title: resume.title, plan: resume.plan, guess: {}, resume });
}

/**
 * The host owns an experiment as it owns runs. One that is going and that this page did not begin is attached to; it tells
 * again what the page missed.
 */
export async function attachExperiment(model: string): Promise<void> {
  if (isUnderWay(lab.get().live)) return;
  try {
    const all = await channel.request('experiments', { model });
    const going = all.find(({ status }) => status === 'running');
    if (going === undefined || isUnderWay(lab.get().live)) return;
    const { part } = train.get();
    if (part === 'setup') train.set({ part: 'experiments' });
    const { title, plan } = going;
    const onRefused = () => train.set({ part });
    void startExperiment({ model, title, plan, guess: {}, resume: going, onRefused });
  } catch {
    // The list of kept experiments says what is wrong, where it is shown.
  }
}

export function forgetExperiment(experiment: string): void {
  const { live, opened, version } = lab.get();
  const shown = opened === experiment || (opened === null && live?.experiment === experiment);
  lab.set({
    version: version + 1,
    opened: opened === experiment ? null : opened,
    live: live?.experiment === experiment ? null : live,
    ...(shown ? { screen: 'choose' as const } : {})
  });
}

/** Experiments set up from the code, and those that were stopped or resumed elsewhere. */
export function listenToExperiments(): void {
  channel.on('showExperiment', ({ layer }) => trainTwin(layer));
  channel.on('experimentChanged', ({ status }) => {
    again();
    const model = selectHome(app.get())?.model;
    if (model !== undefined && status === 'running') void attachExperiment(model);
  });
}
