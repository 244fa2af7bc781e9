/** Real trainings of a tiny network on real digits. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RELU } from '../../../../src/core/activation';
import type { Model } from '../../../../src/core/model';
import { counting } from '../../../../src/data/split';
import { readDigits } from '../../../../src/data/digits';
import type { Engine } from '../../../../src/engine/engine';
import { createEngine } from '../../../../src/engine/select';
import { labData } from '../../../../src/training/lab/data';
import { jobsFor, type JobResult } from '../../../../src/training/lab/job';
import { lessonSettings } from '../../../../src/training/lab/lessons';
import { jobRunner, withRandomLabels, type LabData } from '../../../../src/training/lab/runJob';
import { twinExperiment, twinsOf } from '../../../../src/training/lab/twin';
import { FLATTEN, GraphBuilder, conv, dense, modelOf } from '../../core/builder';

const media = path.resolve(__dirname, '../../../../media/digits');
const hooks = () => ({ signal: new AbortController().signal, turn: () => Promise.resolve() });

function tiny(): Model {
  const builder = new GraphBuilder('net');
  const end = builder.chain(
    builder.input('in', [null, 28, 28, 1]),
    ['c', conv(4, [5, 5], { strides: [3, 3], activation: RELU })],
    ['f', FLATTEN],
    ['drop', { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null }],
    ['d', dense(10, { activation: { name: 'softmax', axis: -1 } })]
  );
  return modelOf(builder.graph(end));
}

let engine: Engine;
let data: LabData;

beforeAll(async () => {
  engine = await createEngine('wasm');
  const [train, validation] = await Promise.all([readDigits(media, 'train'), readDigits(media, 'validation')]);
  if (!train.ok || !validation.ok) throw new Error('no digits');
  data = await labData({
    train: train.value,
    validation: validation.value,
    validationMembers: counting(500).filter((i) => i % 10 === 0),
    preparation: { kind: 'values', shape: [28, 28, 1], divisor: 255, offset: 0 },
    answer: { kind: 'classes', outputOf: [...counting(10)] },
    classes: 10
  });
});
afterAll(() => engine.dispose());

const runner = () => jobRunner({ engine, model: tiny(), settings: lessonSettings(), data, measured: 50 });

describe('a twin experiment', () => {
  it('trains both on the same images from the same weights, and shows what dropout does to training', async () => {
    const plan = {
      variants: twinsOf('Without dropout', [{ kind: 'without', layer: 'drop' }]),
      seeds: [1],
      size: 100,
      all: 2500,
      epochs: 2,
      batchSize: 20,
      learningRate: 0.005,
      checkEvery: 3,
      target: 0.2
    };
    const { queue, summary } = twinExperiment(plan, runner());
    await queue.start();
    const [withDropout, withoutIt] = queue.results;
    expect(queue.results.map(({ ending }) => ending.kind)).toEqual(['finished', 'finished']);
    expect(withDropout?.points.map(({ step }) => step)).toEqual([3, 5, 6, 9, 10]);
    expect(withoutIt?.points.at(-1)?.running?.loss).toBeLessThan(withDropout?.points.at(-1)?.running?.loss ?? 0);
    expect(summary().variants[1]?.curves.validationLoss).toHaveLength(5);
    expect(withDropout?.points[0]?.validationOnBatch).toBeNull();
  });

  it('gives equal results for equal jobs, and twins that differ in nothing are equal', async () => {
    const same = [
      { id: 'a', label: 'a', changes: [] },
      { id: 'b', label: 'b', changes: [{ kind: 'initialScale', factor: 1, of: 'all' }] }
    ] as const;
    const results: JobResult[] = [];
    for (const job of jobsFor(same, [3], plan())) results.push(await runner()(job, hooks()));
    expect(results[1]?.points).toEqual(results[0]?.points);
  });

  it('scales kernels, shows both statistics beside a norm, and tells why a change is refused', async () => {
    const put = { kind: 'batchNorm', momentum: 0.99, beforeActivation: true } as const;
    const variants = [
      { id: 'large', label: 'large', changes: [{ kind: 'initialScale', factor: 30, of: 'all' }] },
      { id: 'norm', label: 'norm', changes: [{ kind: 'put', after: 'c', insertion: put }] },
      { id: 'wrong', label: 'wrong', changes: [{ kind: 'without', layer: 'd' }] }
    ] as const;
    const results: JobResult[] = [];
    for (const job of jobsFor(variants, [3], plan())) results.push(await runner()(job, hooks()));
    expect(results[0]?.points[0]?.train?.loss).toBeGreaterThan(10);
    const [point] = results[1]?.points ?? [];
    expect(point?.validationOnBatch?.loss).not.toBe(point?.validation.loss);
    expect(results[2]?.ending).toMatchObject({ kind: 'refused' });
  });

  it('stops at once where it is told to', async () => {
    const control = new AbortController();
    const [job] = jobsFor([{ id: 'a', label: 'a', changes: [] }], [3], plan());
    if (job === undefined) throw new Error('no job');
    const running = runner()(job, {
      signal: control.signal,
      turn: () => Promise.resolve(),
      onShare: () => control.abort(new Error('enough'))
    });
    await expect(running).rejects.toThrow('enough');
  });

  it('draws random labels once for each image', async () => {
    const source = withRandomLabels(await data.train(50, 1), 10, 4);
    const [all, again] = [await source.read(counting(50)), await source.read([7, 3])];
    if (all.target.kind !== 'classes' || again.target.kind !== 'classes') throw new Error('no classes');
    expect([...again.target.classes]).toEqual([all.target.classes[7], all.target.classes[3]]);
    expect(new Set(all.target.classes).size).toBeGreaterThan(5);
  });
});

function plan() {
  return {
    size: 40,
    randomLabels: false,
    epochs: 1,
    batchSize: 20,
    checkEvery: null,
    everyEpochs: 1,
    learningRate: null
  };
}
