/** The host's side of an experiment over the built child process: stopped, killed, and taken up again. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExperimentEnd, ExperimentState } from '../../src/extension/runs/experimentRuns';
import { forkWorker } from '../../src/extension/forkWorker';
import { TrainingSession } from '../../src/extension/runs/session';
import { WorkerClient } from '../../src/extension/workerClient';
import type {
  ExperimentEvent,
  ExperimentFindings,
  ExperimentOffer,
  ExperimentPlan,
  ExperimentSummary
} from '../../src/protocol/experiments';
import { toPortable } from '../../src/protocol/portableModel';
import type { HandlerContext } from '../../src/protocol/rpc';
import { analyzeSource } from '../../src/source/analyze';

const worker = path.resolve(__dirname, '../../dist/worker.js');
const folder = mkdtempSync(path.join(tmpdir(), 'convlens-experiment-process-'));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const source = `import keras
from keras import layers
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(4),
    layers.Flatten(),
    layers.Dropout(0.5, name="drop"),
    layers.Dense(10, activation="softmax"),
])
`;
const what = { kind: 'twin', label: 'Without drop', changes: [{ kind: 'without', layer: 'drop' }] } as const;
let pids: number[] = [];

beforeAll(() => {
  if (!existsSync(worker)) throw new Error(`${worker} is missing: run \`npm run build\` first`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function session() {
  const [definition] = analyzeSource({ kind: 'file', text: source, language: 'python' }).models;
  if (definition === undefined) throw new Error('no model');
  const states: ExperimentState[] = [];
  const ends: ExperimentEnd[] = [];
  const client = new WorkerClient({
    start: () => {
      const started = forkWorker(worker, { CONVLENS_RUNS: folder, CONVLENS_ENGINE: 'wasm' }, log);
      if (started.pid !== undefined) pids.push(started.pid);
      return started;
    },
    idleMilliseconds: () => 60_000,
    log
  });
  const made = new TrainingSession({
    worker: client,
    open: (options) => client.request('openDefinition', { definition: toPortable(definition), seed: 1 }, options),
    listener: { changed: () => undefined, ended: () => undefined },
    experiments: { changed: (state) => states.push(state), ended: (_state, end) => ends.push(end) }
  });
  const ask = <T>(method: string, params: object, context = quiet): Promise<T> =>
    made.passOn(method, { model: 'm', ...params }, '1 m', context) as Promise<T>;
  return { made, client, states, ends, ask };
}

const quiet: HandlerContext = { signal: new AbortController().signal, progress: () => undefined };
const results = (experiment: string) => readdirSync(path.join(folder, 'experiments', experiment, 'results')).length;

describe('an experiment in its own process', { timeout: 120_000 }, () => {
  it('stops within half a second, survives a killed process, and ends as an unbroken one', async () => {
    const { made, states, ends, ask } = session();
    try {
      const offer = await ask<ExperimentOffer>('experimentOffer', { data: { kind: 'digits' } });
      const plan: ExperimentPlan = { ...offer.twinPlan, what, seeds: [1, 2], size: 200, epochs: 3 };
      const whole = await ask<ExperimentSummary>('runExperiment', { plan, resume: null });
      expect(whole).toMatchObject({ status: 'finished', jobs: 4 });

      let asked = 0;
      const stop = new AbortController();
      const stopping: HandlerContext = {
        signal: stop.signal,
        progress: ({ partial }) => {
          const event = partial as ExperimentEvent | undefined;
          if (event?.kind !== 'job' || event.index !== 1 || asked > 0) return;
          asked = performance.now();
          stop.abort();
        }
      };
      await expect(ask('runExperiment', { plan, resume: null }, stopping)).rejects.toMatchObject({
        error: { kind: 'cancelled' }
      });
      expect(performance.now() - asked).toBeLessThan(1000);
      expect(made.isBusy).toBe(false);
      const experiment = states.at(-1)?.experiment ?? '';
      expect(results(experiment)).toBe(1);

      const killing: HandlerContext = {
        signal: quiet.signal,
        progress: ({ partial }) => {
          const event = partial as ExperimentEvent | undefined;
          const pid = pids.at(-1);
          if (event?.kind === 'job' && event.index === 2 && pid !== undefined) process.kill(pid, 'SIGKILL');
        }
      };
      await expect(ask('runExperiment', { plan, resume: experiment }, killing)).rejects.toMatchObject({
        error: { kind: 'crashed' }
      });
      expect(results(experiment)).toBe(2);
      const done = await ask<ExperimentSummary>('runExperiment', { plan, resume: experiment });
      expect(done).toMatchObject({ status: 'finished', experiment });
      expect(ends.map(({ kind }) => kind)).toEqual(['done', 'stopped', 'crashed', 'done']);
      const [one, two] = await Promise.all(
        [whole.experiment, experiment].map((id) => ask<ExperimentFindings>('experimentFindings', { experiment: id }))
      );
      expect(two?.results.map(({ job, points }) => [job.id, points])).toEqual(
        one?.results.map(({ job, points }) => [job.id, points])
      );
      expect(two?.claims).toEqual(one?.claims);
    } finally {
      made.dispose();
      pids = [];
    }
  });
});
