import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { forkWorker } from '../../../src/extension/forkWorker';
import type { ExperimentEnd, ExperimentStart, ExperimentState } from '../../../src/extension/runs/experimentRuns';
import type { RunEnd, RunPlan, RunState } from '../../../src/extension/runs/session';
import { TrainingSession } from '../../../src/extension/runs/session';
import type { WorkerLog } from '../../../src/extension/workerClient';
import { WorkerClient } from '../../../src/extension/workerClient';
import { experimentText } from '../../../src/extension/runs/statusText';
import type { ExperimentEvent, ExperimentPlan, ExperimentSummary } from '../../../src/protocol/experiments';
import type { ProgressNote } from '../../../src/protocol/channel';
import { RequestFailure } from '../../../src/protocol/rpc';
import type { RunSummary, TrainingEvent, TrainingForm } from '../../../src/protocol/training';

const script = path.join(__dirname, 'fakeTraining.cjs');
const log: WorkerLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const sessions: TrainingSession[] = [];

function plan(form: Partial<TrainingForm> = {}, resume: string | null = null): RunPlan {
  const whole = { epochs: 4, batchSize: 20, loss: 'fine', seed: 1, ...form } as TrainingForm;
  return { data: { kind: 'digits' }, form: whole, resume };
}

function session(patience = 500) {
  const states: RunState[] = [];
  const ends: RunEnd[] = [];
  const opened: string[] = [];
  const experimentStates: ExperimentState[] = [];
  const experimentEnds: ExperimentEnd[] = [];
  const worker = new WorkerClient({
    start: () => forkWorker(script, { CONVLENS_RUNS: '/runs' }, log),
    idleMilliseconds: () => 60_000,
    log
  });
  const made = new TrainingSession({
    worker,
    patience,
    open: async () => {
      const model = await worker.request('openModel', { file: 'm.keras' });
      opened.push(model.model);
      return model;
    },
    listener: {
      changed: (state) => states.push(state),
      ended: (_state, end) => ends.push(end)
    },
    experiments: {
      changed: (state) => experimentStates.push(state),
      ended: (_state, end) => experimentEnds.push(end)
    },
    goesElsewhere: (name) => name === 'elsewhere'
  });
  sessions.push(made);
  return { session: made, worker, states, ends, opened, experimentStates, experimentEnds };
}

/** A webview: what it was told, and a way to press Stop. */
function view() {
  const events: TrainingEvent[] = [];
  const stop = new AbortController();
  const progress = (note: ProgressNote) => events.push(note.partial as TrainingEvent);
  return { events, stop, context: { signal: stop.signal, progress } };
}

const epochsOf = (events: readonly TrainingEvent[]) =>
  events.flatMap((event) => (event.kind === 'epoch' ? [event.report.epoch] : []));

async function until(what: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!what()) {
    if (Date.now() > end) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function failureOf(promise: Promise<unknown>): Promise<RequestFailure['error']> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason
  );
  if (error instanceof RequestFailure) return error.error;
  throw new Error('expected a RequestFailure');
}

afterEach(() => {
  for (const made of sessions.splice(0)) made.dispose();
});

describe('a training session', () => {
  it('opens the model in its own process, once, and again after the panel opened another', async () => {
    const { session: made, worker, opened } = session();
    expect(worker.isRunning).toBe(false);
    const { context } = view();
    const ask = (panelModel: string) => made.passOn('trainingOffer', { model: 'm7', data: null }, panelModel, context);
    const both = await Promise.all([ask('1 m7'), ask('1 m7')]);
    expect(both).toMatchObject([{ model: 't1', environment: '/runs' }, { model: 't1' }]);
    expect(opened).toEqual(['t1']);
    expect(await ask('1 m8')).toMatchObject({ model: 't2' });
    expect(opened).toEqual(['t1', 't2']);
    expect(await ask('1 m8')).toMatchObject({ asked: expect.arrayContaining(['closeModel']) });
    // Another process knows none of the names.
    worker.stop();
    expect(await ask('1 m8')).toMatchObject({ model: 't1' });
  });

  it('tells the webview and the host of each epoch, with the names of the metrics', async () => {
    const { session: made, states, ends } = session();
    const { events, context } = view();
    const done = await made.train(plan(), '1 m1', context);
    expect(done.status).toBe('done');
    expect(epochsOf(events)).toEqual([1, 2, 3, 4]);
    expect(ends).toEqual([{ kind: 'done', summary: done }]);
    const last = states.at(-1);
    expect(last?.reports.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(last?.metricNames).toEqual(['accuracy']);
    expect(made.state).toBeNull();
  });

  it('goes on without its webview, and a later one hears what it missed', async () => {
    const { session: made, ends } = session();
    const first = view();
    const gone = made.train(plan({ epochs: 12 }), '1 m1', first.context);
    await until(() => epochsOf(first.events).length >= 2);
    made.leave();
    first.stop.abort();
    const run = made.state?.run ?? '';
    const heard = first.events.length;
    const second = view();
    const summary = (await made.passOn(
      'train',
      { ...plan({}, run), model: 'm1' },
      '1 m1',
      second.context
    )) as RunSummary;
    expect(second.events[0]).toMatchObject({ kind: 'started', run });
    expect(epochsOf(second.events)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
    expect(summary.run).toBe(run);
    expect(first.events).toHaveLength(heard);
    expect(await gone).toEqual(summary);
    expect(ends.map(({ kind }) => kind)).toEqual(['done']);
  });

  it('refuses a second run while one goes', async () => {
    const { session: made } = session();
    const going = made.train(plan(), '1 m1', view().context);
    expect((await failureOf(made.train(plan(), '1 m1', view().context))).kind).toBe('input');
    await going;
  });

  it('pauses and goes on', async () => {
    const { session: made, states } = session();
    const { events, context } = view();
    const going = made.train(plan({ batchSize: 60 }), '1 m1', context);
    await until(() => epochsOf(events).length === 1);
    await made.passOn('pauseTraining', { run: made.state?.run, paused: true }, '1 m1', context);
    expect(made.state?.paused).toBe(true);
    const before = epochsOf(events).length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(epochsOf(events).length).toBe(before);
    await made.pause(false);
    expect((await going).epochs).toHaveLength(4);
    expect(states.at(-1)?.paused).toBe(false);
  });

  it('stops when told, and keeps a process that listens', async () => {
    const { session: made, worker, ends } = session();
    const { events, stop, context } = view();
    const going = failureOf(made.train(plan({ epochs: 1000 }), '1 m1', context));
    await until(() => epochsOf(events).length >= 1);
    const { pid } = worker;
    stop.abort();
    expect((await going).kind).toBe('cancelled');
    expect(ends).toEqual([{ kind: 'stopped' }]);
    expect(worker.pid).toBe(pid);
    expect(await made.passOn('trainingRuns', { model: 'm1' }, '1 m1', view().context)).toHaveLength(1);
  });

  it('ends a process that is lost in a step, within the patience', async () => {
    const { session: made, worker, ends } = session();
    const { events, stop, context } = view();
    const going = failureOf(made.train(plan({ loss: 'lost' }), '1 m1', context));
    await until(() => events.some((event) => event.kind === 'step' && event.report.epoch === 2));
    const { pid } = worker;
    const began = Date.now();
    stop.abort();
    expect((await going).kind).toBe('cancelled');
    expect(Date.now() - began).toBeLessThan(900);
    expect(ends).toEqual([{ kind: 'stopped' }]);
    expect(worker.isRunning).toBe(false);
    const kept = await made.passOn('trainingRuns', { model: 'm1' }, '1 m1', view().context);
    expect(kept).toEqual([]);
    const resumed = await made.train(plan({ seed: 1 }, 'run-1'), '1 m1', view().context);
    expect(resumed.epochs).toHaveLength(4);
    expect(worker.pid).not.toBe(pid);
  });

  it('says when the process crashed in mid-run, and resumes the run in a fresh one', async () => {
    const { session: made, ends } = session();
    const { events, context } = view();
    const failure = await failureOf(made.train(plan({ loss: 'crash' }), '1 m1', context));
    expect(failure).toEqual({ kind: 'crashed', message: 'it exited with code 3' });
    expect(ends).toEqual([failure]);
    expect(epochsOf(events)).toEqual([1, 2]);
    const run = events.flatMap((event) => (event.kind === 'started' ? [event.run] : []))[0] ?? '';
    const again = view();
    const summary = await made.train(plan({ loss: 'crash', seed: 2 }, run), '1 m1', again.context);
    expect(epochsOf(again.events)).toEqual([3, 4]);
    expect(summary.epochs).toHaveLength(4);
  });

  it('calls no kept run going but its own', async () => {
    const { session: made } = session();
    const { events, stop, context } = view();
    const going = failureOf(made.train(plan({ epochs: 1000 }), '1 m1', context));
    await until(() => epochsOf(events).length >= 1);
    const run = made.state?.run ?? '';
    const statuses = async () => {
      const runs = await made.passOn('trainingRuns', { model: 'm1', left: true }, '1 m1', view().context);
      return Object.fromEntries((runs as RunSummary[]).map((kept) => [kept.run, kept.status]));
    };
    // The fake lists one more, of a process that was ended before it could say so.
    expect(await statuses()).toEqual({ [run]: 'running', left: 'stopped' });
    await made.pause(true);
    expect(await statuses()).toEqual({ [run]: 'paused', left: 'stopped' });
    expect((await failureOf(made.passOn('deleteRun', { run }, '1 m1', view().context))).kind).toBe('input');
    stop.abort();
    await going;
    expect(await statuses()).toEqual({ [run]: 'stopped', left: 'stopped' });
    expect(await made.passOn('deleteRun', { run }, '1 m1', view().context)).toBeNull();
  });

  it('lets a window end without calling the run stopped', async () => {
    const { session: made, ends } = session();
    const { events, context } = view();
    const going = failureOf(made.train(plan({ epochs: 1000 }), '1 m1', context));
    await until(() => epochsOf(events).length >= 1);
    made.dispose();
    expect((await going).kind).toBe('cancelled');
    expect(ends).toEqual([{ kind: 'left' }]);
  });
});

describe('experiments', () => {
  const start = (changes: Partial<ExperimentPlan> = {}, resume: string | null = null): ExperimentStart => {
    const plan = { batchSize: 20, target: 0.9, epochs: 0, ...changes } as ExperimentPlan;
    return { plan, resume };
  };
  function watching() {
    const events: ExperimentEvent[] = [];
    const stop = new AbortController();
    const progress = (note: ProgressNote) => events.push(note.partial as ExperimentEvent);
    return { events, stop, context: { signal: stop.signal, progress } };
  }
  const resultsIn = (events: readonly ExperimentEvent[]) =>
    events.flatMap((event) => (event.kind === 'result' ? [event.job] : []));

  it('go on without their webview, and a later one hears what it missed', async () => {
    const { session: made, experimentStates, experimentEnds } = session();
    const first = watching();
    const gone = made.passOn('runExperiment', { model: 'm1', ...start({ batchSize: 60 }) }, '1 m1', first.context);
    await until(() => resultsIn(first.events).length >= 1);
    expect(made.isBusy).toBe(true);
    made.leave();
    first.stop.abort();
    const name = made.experiments.states[0]?.experiment ?? '';
    const second = watching();
    const summary = await made.experiments.run(start({}, name), '1 m1', second.context);
    expect(summary).toMatchObject({ experiment: name, status: 'finished' });
    expect(resultsIn(second.events)).toEqual(['job0', 'job1', 'job2', 'job3']);
    expect(second.events[0]).toMatchObject({ kind: 'started', experiment: name });
    expect(await gone).toEqual(summary);
    expect(experimentEnds.map(({ kind }) => kind)).toEqual(['done']);
    expect(experimentStates.map(experimentText)).toContain('experiment 2 of 4, 4 min left');
    expect(made.isBusy).toBe(false);
  });

  it('stop within the patience also in a step that does not return, and those that wait begin again', async () => {
    const { session: made, worker, experimentEnds } = session(100);
    const lost = watching();
    const first = made.experiments.run(start({ target: 0.2 }), '1 m1', lost.context);
    await until(() => resultsIn(lost.events).length === 1);
    const behind = watching();
    const second = made.experiments.run(start(), '1 m1', behind.context);
    // The process is lost in its step and cannot name the one that waits.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const { generation } = worker;
    const asked = performance.now();
    made.experiments.stop();
    expect((await failureOf(first)).kind).toBe('cancelled');
    expect(performance.now() - asked).toBeLessThan(500);
    expect((await second).status).toBe('finished');
    expect(worker.generation).toBeGreaterThan(generation);
    expect(resultsIn(behind.events)).toEqual(['job0', 'job1', 'job2', 'job3']);
    expect(experimentEnds.map(({ kind }) => kind)).toEqual(['stopped', 'done']);
  });

  it('one that waits is stopped without the process of the one that goes', async () => {
    const { session: made, worker } = session();
    const going = made.experiments.run(start({ batchSize: 50 }), '1 m1', watching().context);
    await until(() => made.experiments.states[0]?.experiment !== null);
    const second = watching();
    const waiting = made.experiments.run(start(), '1 m1', second.context);
    await until(() => made.experiments.states[1]?.waiting === true);
    const { pid } = worker;
    second.stop.abort();
    expect((await failureOf(waiting)).kind).toBe('cancelled');
    expect((await going).status).toBe('finished');
    expect(worker.pid).toBe(pid);
  });

  it('tell of a crash, and go on where the finished trainings end', async () => {
    const { session: made, experimentEnds, experimentStates } = session();
    const failed = await failureOf(made.experiments.run(start({ target: 0.1 }), '1 m1', watching().context));
    expect(failed.kind).toBe('crashed');
    expect(experimentEnds).toEqual([{ kind: 'crashed', message: 'it exited with code 3' }]);
    const state = experimentStates.at(-1);
    expect(state).toMatchObject({ finished: 2, jobs: 4, index: 2 });
    const again = watching();
    const resume = state?.experiment ?? '';
    const summary = await made.experiments.run(start({ target: 0.1, epochs: 2 }, resume), '1 m1', again.context);
    expect(summary).toMatchObject({ experiment: resume, status: 'finished' });
    expect(again.events.filter(({ kind }) => kind === 'job')).toHaveLength(2);
  });

  it('are told with the statuses that are true, and not deleted while they go', async () => {
    const { session: made } = session();
    const { context } = watching();
    const done = await made.experiments.run(start(), '1 m1', context);
    const going = made.experiments.run(start({ batchSize: 50 }), '1 m1', context);
    await until(() => made.experiments.states[0]?.experiment !== null);
    const experiment = made.experiments.states[0]?.experiment ?? '';
    const listed = (await made.passOn('experiments', { model: 'm1' }, '1 m1', context)) as ExperimentSummary[];
    expect(listed.map((one) => [one.experiment, one.status])).toEqual([
      [done.experiment, 'stopped'],
      [experiment, 'running']
    ]);
    const deleted = made.passOn('deleteExperiment', { experiment }, '1 m1', context);
    expect((await failureOf(deleted)).kind).toBe('input');
    expect((await failureOf(made.experiments.run(start({}, 'elsewhere'), '1 m1', context))).kind).toBe('input');
    await going;
    expect(await made.passOn('deleteExperiment', { experiment }, '1 m1', context)).toBeNull();
  });
});
