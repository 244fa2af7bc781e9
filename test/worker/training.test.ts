/** The requests about training, in process, on a small network and the bundled digits. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPortable } from '../../src/protocol/portableModel';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { TrainingEvent, TrainingForm } from '../../src/protocol/training';
import { analyzeSource } from '../../src/source/analyze';
import { createHandlers } from '../../src/worker/handlers';
import { Runner } from '../../src/worker/running';
import { Sessions } from '../../src/worker/session';
import { requestOf, type Request } from './inProcess';

const source = `import keras
from keras import layers
(a, b), (c, d) = keras.datasets.fashion_mnist.load_data()
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(4, 5, strides=3, activation="relu"),
    layers.BatchNormalization(momentum=0.8),
    layers.Flatten(),
    layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L2(1e-4)),
])
net.compile(optimizer=keras.optimizers.Adam(learning_rate=0.004), loss="sparse_categorical_crossentropy")
net.fit(a, b, epochs=3, batch_size=25)
`;
const digits = { kind: 'digits' } as const;
const folder = mkdtempSync(path.join(tmpdir(), 'convlens-runs-'));
const sessions = new Sessions();
const runner = new Runner('wasm', 64e6);
const handlers = createHandlers(sessions, runner, folder);
const ask: Request = requestOf(handlers);
let model = '';
let form: TrainingForm;

beforeAll(async () => {
  const [definition] = analyzeSource({ kind: 'file', text: source, language: 'python' }).models;
  if (definition === undefined) throw new Error('no model');
  model = (await ask('openDefinition', { definition: toPortable(definition), seed: 5 })).model;
  form = { ...(await ask('trainingOffer', { model, data: digits })).form, examples: 250 };
});
afterAll(async () => {
  (await runner.ready()).dispose();
  rmSync(folder, { recursive: true, force: true });
});

interface Events {
  readonly events: TrainingEvent[];
  readonly context: HandlerContext;
  readonly cancel: AbortController;
}

function listening(on: (event: TrainingEvent) => void = () => undefined): Events {
  const cancel = new AbortController();
  const events: TrainingEvent[] = [];
  const progress: HandlerContext['progress'] = ({ partial }) => {
    if (partial === undefined) return;
    events.push(partial as TrainingEvent);
    on(partial as TrainingEvent);
  };
  return { events, cancel, context: { signal: cancel.signal, progress } };
}

const train = (changes: Partial<TrainingForm>, { context }: Events, resume: string | null = null) => {
  if (handlers.train === undefined) throw new Error('no handler');
  return handlers.train({ model, data: digits, form: { ...form, ...changes }, resume }, context);
};

describe('before a run', () => {
  it('offers what the code names first, and never passes the digits off as it', async () => {
    const offers = await ask('trainingData', { model });
    expect(offers[0]).toMatchObject({ choice: { kind: 'known', name: 'fashion_mnist' }, fromCode: { line: 2 } });
    const own = offers.find(({ choice }) => choice.kind === 'digits');
    expect(own).toMatchObject({ state: 'here', fromCode: null });
    expect(own?.reason).toContain('Fashion-MNIST');
    const wrong = offers.find(({ choice }) => choice.kind === 'known' && choice.name === 'cifar100');
    expect(wrong).toMatchObject({ state: 'unfit' });
    const { warnings } = await ask('trainingOffer', { model, data: digits });
    expect(warnings.join()).toContain('The code names Fashion-MNIST; this run learns from Digits');
  });

  it('fills the form from the code and says where each field comes from', async () => {
    const offer = await ask('trainingOffer', { model, data: digits });
    expect(offer.form).toMatchObject({
      optimizer: 'adam',
      epochs: 3,
      batchSize: 25,
      loss: 'SparseCategoricalCrossentropy'
    });
    expect(offer.form.optimizerParameters).toMatchObject({ learningRate: 0.004, beta1: 0.9, epsilon: 1e-7 });
    expect(offer.origins).toMatchObject({
      epochs: { kind: 'code', line: 11 },
      'optimizerParameters.learningRate': { kind: 'code', line: 10 },
      'optimizerParameters.beta1': { kind: 'default', line: null },
      seed: { kind: 'default', line: null }
    });
    expect(offer.trainedLayers).toHaveLength(3);
    expect(offer.optimizers).toContain('ftrl');
  });

  it('counts the data and shows some of them', async () => {
    const facts = await ask('trainingDataFacts', { model, data: digits, validationShare: 0.2 });
    expect(facts).toMatchObject({
      train: 6000,
      validation: 500,
      range: [0, 255],
      preparation: '28 x 28 x 1, values / 255'
    });
    expect(facts.perClass.reduce((sum, one) => sum + one, 0)).toBe(6000);
    expect(facts.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(facts.samples).toHaveLength(30);
    expect(facts.samples[0]?.picture.rgba).toHaveLength(28 * 28 * 4);
  });

  it('estimates by timing steps', async () => {
    const found = await ask('trainingEstimate', { model, data: digits, form });
    expect(found.secondsPerEpoch).toBeGreaterThan(0);
    expect(found.seconds).toBeCloseTo(3 * found.secondsPerEpoch);
    expect(found.engine).toBe('wasm');
    expect(found.lab.examples ?? Infinity).toBeGreaterThanOrEqual(found.quick.examples ?? Infinity);
  });

  it('refuses a form that cannot be trained with, naming the field', async () => {
    await expect(train({ batchSize: 0 }, listening())).rejects.toThrow(/batchSize: 0 cannot be used/);
    await expect(train({ optimizer: 'none' }, listening())).rejects.toThrow(/none: is no optimizer/);
    await expect(train({ optimizerParameters: { beta1: true } }, listening())).rejects.toThrow(/no parameter beta1/);
  });
});

describe('a run', () => {
  it('tells each epoch, keeps it, and goes on from a cancellation as if there had been none', async () => {
    const whole = await train({}, listening());
    expect(whole).toMatchObject({ status: 'done', ending: { kind: 'finished' }, metricNames: ['accuracy'] });
    expect(whole.epochs).toHaveLength(3);
    expect(whole.epochs[2]?.train.loss).toBeLessThan((whole.epochs[0]?.train.loss ?? 0) / 2);
    expect(readdirSync(path.join(folder, whole.run)).sort()).toEqual([
      'epoch-0000.ckpt',
      'epoch-0001.ckpt',
      'epoch-0002.ckpt',
      'epoch-0003.ckpt',
      'run.json'
    ]);

    const cut = listening((event) => {
      if (event.kind === 'step' && event.report.epoch === 2) cut.cancel.abort();
    });
    const stopped = await train({}, cut);
    expect(stopped.status).toBe('stopped');
    expect(stopped.epochs).toHaveLength(1);
    const again = listening();
    const resumed = await train({}, again, stopped.run);
    expect(again.events[0]).toMatchObject({ kind: 'started', run: stopped.run, epochs: 3 });
    const scores = (summary: typeof whole) => summary.epochs.map(({ train: one, validation }) => [one, validation]);
    expect(scores(resumed)).toEqual(scores(whole));
    const listed = await ask('trainingRuns', { model });
    expect(listed.map(({ status }) => status)).toEqual(['done', 'done']);
  });

  it('holds and goes on; a second one is refused meanwhile; cancelling a held one ends it at once', async () => {
    let run = '';
    let steps = 0;
    const held = listening((event) => {
      if (event.kind === 'started') ({ run } = event);
      if (event.kind === 'step') steps++;
      if (event.kind === 'step' && steps === 1) void ask('pauseTraining', { run, paused: true });
    });
    const going = train({ epochs: 200 }, held);
    await expect.poll(() => steps, { timeout: 20_000 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = steps;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(steps).toBe(before);
    expect((await ask('trainingRuns', { model }))[0]).toMatchObject({ run, status: 'paused' });
    await expect(train({}, listening())).rejects.toThrow(/is being trained now, and a process trains one/);
    await expect(ask('deleteRun', { run })).rejects.toThrow(/is being trained now/);
    await ask('pauseTraining', { run, paused: false });
    await expect.poll(() => steps, { timeout: 20_000 }).toBeGreaterThan(before);
    await ask('pauseTraining', { run, paused: true });
    const asked = performance.now();
    held.cancel.abort();
    expect((await going).status).toBe('stopped');
    expect(performance.now() - asked).toBeLessThan(500);
    await ask('deleteRun', { run });
    expect(readdirSync(folder)).not.toContain(run);
  });

  it('examines an epoch: confusion, worst mistakes with pictures', async () => {
    const [last] = await ask('trainingRuns', { model });
    const run = last?.run ?? '';
    const found = await ask('examineRun', { model, run, epoch: 3 });
    expect(found.examples).toBe(500);
    expect(found.confusion.reduce((sum, one) => sum + one, 0)).toBe(500);
    const right = found.classNames.reduce((sum, _, i) => sum + (found.confusion[11 * i] ?? 0), 0);
    expect(right / 500).toBeCloseTo(last?.epochs[2]?.validation?.metrics[0] ?? 0);
    expect(found.mistakes.length).toBe(Math.min(24, 500 - right));
    const losses = found.mistakes.map(({ loss }) => loss);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    for (const one of found.mistakes) {
      expect(one.truth).not.toBe(one.answer);
      expect(one.picture?.rgba).toHaveLength(28 * 28 * 4);
    }
  });

  it('draws a layer’s kernels through the epochs on one scale', async () => {
    const [last] = await ask('trainingRuns', { model });
    const layer = (await ask('trainingOffer', { model, data: digits })).trainedLayers[0] ?? '';
    const found = await ask('kernelBiography', { model, run: last?.run ?? '', layer });
    expect(found.epochs).toEqual([0, 1, 2, 3]);
    expect(new Set(found.sheets.map(({ width, height }) => `${String(width)} ${String(height)}`)).size).toBe(1);
    expect(found.change[0]).toBe(0);
    expect(found.change[3]).toBeGreaterThan(found.change[1] ?? 0);
    expect(found.limit).toBeGreaterThan(0);
    expect(Buffer.from(found.sheets[0]?.rgba ?? []).equals(Buffer.from(found.sheets[3]?.rgba ?? []))).toBe(false);
  });

  it('gives the session the weights of an epoch: kernels, answers and what they are called follow', async () => {
    const [last] = await ask('trainingRuns', { model });
    const run = last?.run ?? '';
    const layer = (await ask('trainingOffer', { model, data: digits })).trainedLayers[0] ?? '';
    const kernel = () => ask('kernelNumbers', { model, layer, role: 'kernel', filter: 0, channel: 0 });
    await ask('setInput', { model, input: 0, source: { kind: 'noise', seed: 1 }, preprocessing: null });
    await ask('run', { model });
    const before = {
      kernel: await kernel(),
      map: await ask('mapNumbers', { model, layer, occurrence: 0, channel: 0, slice: 0 })
    };
    await ask('useTrainedWeights', { model, run, epoch: 3 });
    expect(sessions.get(model).model.weightsOrigin).toEqual({ kind: 'trained', epoch: 3 });
    expect((await kernel()).values).not.toEqual(before.kernel.values);
    const added = await ask('kernelNumbers', { model, layer, role: 'kernel', of: 'change', filter: 0, channel: 0 });
    const now = await kernel();
    await ask('useTrainedWeights', { model, run, epoch: 0 });
    const start = await kernel();
    now.values.forEach((value, i) => expect(added.values[i]).toBeCloseTo(value - (start.values[i] ?? NaN), 6));
    expect(added.values.some((value) => value !== 0)).toBe(true);
    await ask('useTrainedWeights', { model, run, epoch: 3 });
    await ask('run', { model });
    const after = await ask('mapNumbers', { model, layer, occurrence: 0, channel: 0, slice: 0 });
    expect(after.values).not.toEqual(before.map.values);
    // Going on from them begins where the epoch ended.
    const more = await train({ epochs: 1, start: 'model', seed: 9 }, listening());
    expect(more.epochs[0]?.train.loss).toBeLessThan((last?.epochs[0]?.train.loss ?? 0) / 1.5);
    await ask('useTrainedWeights', { model, run, epoch: 0 });
  });

  it('refuses runs of other names and places', async () => {
    await expect(ask('deleteRun', { run: '../x' })).rejects.toThrow(/is no run/);
    await expect(ask('examineRun', { model, run: 'none', epoch: 1 })).rejects.toThrow(/holds no run/);
  });
});
