import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerNode, Model } from '../../../src/core/model';
import type { DenseTensor } from '../../../src/core/tensor';
import { readDigits } from '../../../src/data/digits';
import { readBatch } from '../../../src/data/batch';
import { sampled } from '../../../src/data/split';
import type { Engine } from '../../../src/engine/engine';
import { layersOf } from '../../../src/engine/loadWeights';
import { createEngine } from '../../../src/engine/select';
import { EARLY_STOPPING } from '../../../src/training/callbacks';
import { lossDefaults } from '../../../src/training/losses/settings';
import { METRIC_DEFAULTS } from '../../../src/training/metrics';
import { defaultsOf } from '../../../src/training/optimizers/settings';
import { examplesInMemory, type ExampleSource } from '../../../src/training/run/examples';
import type { EpochReport } from '../../../src/training/run/report';
import type { RunSettings } from '../../../src/training/run/settings';
import { Trainer, type EpochOutcome } from '../../../src/training/run/trainer';
import { BATCH_NORM, FLATTEN, GraphBuilder, conv, dense, modelOf } from '../core/builder';

const media = path.resolve(__dirname, '../../../media/digits');

/** Convolution, batch norm, pooling, dropout, dense: everything that moves or is random in training. */
function small(): Model {
  const builder = new GraphBuilder('net');
  const relu = { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } as const;
  const end = builder.chain(
    builder.input('in', [null, 14, 14, 1]),
    ['c', conv(6, [3, 3])],
    ['bn', { ...BATCH_NORM, momentum: 0.9 }],
    ['r', { kind: 'activation', activation: relu }],
    ['drop', { kind: 'dropout', rate: 0.2, sharedAxes: [], seed: null }],
    ['f', FLATTEN],
    ['d', dense(10, { activation: { name: 'softmax', axis: -1 } })]
  );
  return modelOf(builder.graph(end));
}

const settings: RunSettings = {
  dialect: 'keras',
  optimizer: must(defaultsOf('adam', 'keras')),
  schedule: null,
  loss: must(lossDefaults('SparseCategoricalCrossentropy')),
  metrics: [METRIC_DEFAULTS.accuracy],
  epochs: 4,
  batchSize: 32,
  seed: 7,
  shuffle: true,
  classWeights: null,
  earlyStopping: null,
  plateau: null,
  regularizers: new Map(),
  frozen: new Set(),
  batchNormMomentum: null,
  weightNoise: 0,
  augmentation: []
};

let engine: Engine;
let train: ExampleSource;
let validation: ExampleSource;

beforeAll(async () => {
  engine = await createEngine('wasm');
  train = await digits('train', 800);
  validation = await digits('validation', 100);
});
afterAll(() => engine.dispose());

/** Every second pixel of real digits. */
async function digits(part: 'train' | 'validation', count: number): Promise<ExampleSource> {
  const set = await readDigits(media, part);
  if (!set.ok) throw new Error(set.error.problem);
  const { inputs, labels } = await readBatch(set.value, sampled(set.value, count, 5), {
    kind: 'values',
    shape: [28, 28, 1],
    divisor: 255,
    offset: 0
  });
  const data = new Float32Array(count * 14 * 14);
  for (let i = 0; i < data.length; i++) {
    const [n, y, x] = [Math.floor(i / 196), Math.floor((i % 196) / 14), i % 14];
    data[i] = inputs.data[n * 784 + 56 * y + 2 * x] ?? 0;
  }
  return examplesInMemory({ shape: [count, 14, 14, 1], data }, labels);
}

async function trainer(changes: Partial<RunSettings> = {}, source = train) {
  const model = small();
  const network = await engine.prepare(model, { seed: 3 });
  const layers: ReadonlyMap<string, LayerNode> = layersOf(model.root);
  const run = new Trainer({ network, model, layers, train: source, validation, settings: { ...settings, ...changes } });
  return { run, network };
}

const hooks = () => ({ signal: new AbortController().signal, turn: () => Promise.resolve() });

async function epochs(run: Trainer, count: number): Promise<EpochReport[]> {
  const reports: EpochReport[] = [];
  for (let i = 0; i < count; i++) reports.push(reportOf(await run.runEpoch(hooks())));
  return reports;
}

function reportOf(outcome: EpochOutcome): EpochReport {
  if (outcome.kind !== 'epoch') throw new Error(JSON.stringify(outcome));
  return outcome.report;
}

describe('a run', () => {
  it('learns digits, tells validation with moving and batch statistics, and how each layer learns', async () => {
    const { run } = await trainer();
    const reports = await epochs(run, 4);
    const [first, last] = [must(reports[0]), must(reports.at(-1))];
    expect(last.train.loss).toBeLessThan(first.train.loss / 2);
    expect(last.validation?.metrics[0]).toBeGreaterThan(0.75);
    expect(last.validationOnBatch?.loss).not.toBe(last.validation?.loss);
    expect(last.pulses.map(({ layer }) => layer)).toEqual(['c', 'bn', 'd']);
    for (const { gradientNorm, updateRatio } of last.pulses) {
      expect(gradientNorm).toBeGreaterThan(0);
      expect(updateRatio).toBeGreaterThan(0);
      expect(updateRatio).toBeLessThan(1);
    }
  });

  it('goes on from a kept state exactly as a run that was never broken', async () => {
    const whole = await epochs((await trainer()).run, 3);
    const { run: broken } = await trainer();
    await epochs(broken, 1);
    const state = structuredClone(broken.state());
    const { run: again } = await trainer();
    expect(again.restore(state).ok).toBe(true);
    const rest = await epochs(again, 2);
    expect(rest.map(({ train: one }) => one)).toEqual(whole.slice(1).map(({ train: one }) => one));
    expect(rest.map(({ validation: one }) => one)).toEqual(whole.slice(1).map(({ validation: one }) => one));
  });

  it('gives equal runs for equal seeds and others for others', async () => {
    const [a] = await epochs((await trainer()).run, 1);
    const [b] = await epochs((await trainer()).run, 1);
    const [c] = await epochs((await trainer({ seed: 8 })).run, 1);
    expect(b?.train).toEqual(a?.train);
    expect(c?.train.loss).not.toBe(a?.train.loss);
  });

  it('stops where the loss is no number any more, and names the layer', async () => {
    const poisoned: ExampleSource = {
      size: train.size,
      read: async (indices, signal) => {
        const examples = await train.read(indices, signal);
        const inputs = examples.inputs.map((one): DenseTensor => ({ ...one, data: one.data.map(() => Number.NaN) }));
        return { ...examples, inputs };
      }
    };
    const { run } = await trainer({}, poisoned);
    const outcome = await run.runEpoch(hooks());
    expect(outcome).toMatchObject({ kind: 'ended', ending: { kind: 'diverged', what: 'activation' } });
  });

  it('ends early and puts the best weights back', async () => {
    const earlyStopping = { ...EARLY_STOPPING, monitor: 'val_loss', patience: 1, restoreBest: true };
    const { run, network } = await trainer({
      epochs: 30,
      earlyStopping,
      optimizer: { ...settings.optimizer, learningRate: 0.05 }
    });
    let best = Infinity;
    let bestWeights = run.weights();
    for (;;) {
      const outcome = await run.runEpoch(hooks());
      const loss = reportOf(outcome).validation?.loss ?? Infinity;
      if (loss < best)
        [best, bestWeights] = [loss, outcome.kind === 'epoch' && outcome.ending ? bestWeights : run.weights()];
      if (outcome.kind === 'epoch' && outcome.ending !== null) {
        expect(outcome.ending.kind).toBe('early');
        break;
      }
      expect(run.done).toBe(false);
    }
    const now = new Map(network.parameters().map(({ key, values }) => [key, values]));
    for (const [key, values] of bestWeights) expect(now.get(key)).toEqual(values);
    expect(run.done).toBe(true);
  });

  it('leaves frozen layers alone, normalising them by their moving statistics', async () => {
    const { run, network } = await trainer({ frozen: new Set(['c', 'bn']) });
    const before = new Map(network.parameters().map(({ key, values }) => [key, values]));
    await epochs(run, 1);
    for (const { key, layer, values } of network.parameters()) {
      if (layer === 'd') expect(values).not.toEqual(before.get(key));
      else expect(values).toEqual(before.get(key));
    }
  });

  it('shakes kernels for each step only, and adds penalties to the loss', async () => {
    const [plain] = await epochs((await trainer()).run, 1);
    const [noisy] = await epochs((await trainer({ weightNoise: 0.5 })).run, 1);
    expect(noisy?.train.loss).not.toBe(plain?.train.loss);
    const { run, network } = await trainer();
    const kernel = must(network.parameters().find(({ layer, role }) => layer === 'd' && role === 'kernel'));
    void run;
    const [fined] = await epochs((await trainer({ regularizers: new Map([[kernel.key, { l1: 0, l2: 0.1 }]]) })).run, 1);
    expect(fined?.train.loss).toBeGreaterThan(must(plain).train.loss + 0.1);
  });
});

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('missing');
  return value;
}
