import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELU } from '../../src/core/activation';
import type { LayerKind } from '../../src/core/layerKind';
import { elementCount } from '../../src/core/tensor';
import { writeNpy } from '../../src/images/npy';
import { toPortable } from '../../src/protocol/portableModel';
import { BATCH_NORM, FLATTEN, GLOBAL_POOL, GraphBuilder, conv, dense, modelOf } from '../unit/core/builder';
import { Sessions } from '../../src/worker/session';
import { type Asked, inProcess, type Request } from './inProcess';

const fixture = path.resolve(__dirname, '../fixtures/normalization/model.keras');
const digits = path.resolve(__dirname, '../../samples/digits_cnn.keras');
const softmax = { activation: { name: 'softmax', axis: -1 } } as const;

const wave = (shape: readonly number[]) =>
  writeNpy({
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i / 3) + (i % 7) / 9)
  });

async function withInput(request: Request, model: string, shape: readonly number[]) {
  const source = { kind: 'bytes', name: 'wave.npy', bytes: wave(shape) } as const;
  await request('setInput', { model, input: 0, source, preprocessing: null });
  await request('run', { model });
  return model;
}

async function opened(request: Request, shape: readonly number[], graph: ReturnType<GraphBuilder['graph']>) {
  const { model } = await request('openDefinition', { definition: toPortable(modelOf(graph)), seed: 5 });
  return withInput(request, model, shape);
}

function ran(request: Request, shape: readonly number[], ...kinds: readonly (readonly [string, LayerKind])[]) {
  const builder = new GraphBuilder('chain');
  const end = builder.chain(builder.input('in', [null, ...shape]), ...kinds);
  return opened(request, shape, builder.graph(end));
}

const layerNorm = { kind: 'layerNorm', axes: [-1], rms: false, epsilon: 1e-3, center: true, scale: true } as const;
const groupNorm = { kind: 'groupNorm', groups: 2, axis: -1, epsilon: 1e-3, center: true, scale: true } as const;
const first = { dataFormat: 'channelsFirst' } as const;

describe('the X-ray', () => {
  it.each<readonly [string, readonly number[], LayerKind, LayerKind, string]>([
    ['a picture', [9, 8, 3], conv(4, [3, 3]), BATCH_NORM, 'batch'],
    ['a picture, channels first', [3, 9, 8], conv(4, [3, 3], first), { ...BATCH_NORM, axis: 1 }, 'batch'],
    ['a series', [20, 3], conv(4, [3]), BATCH_NORM, 'batch'],
    ['a volume', [6, 7, 8, 2], conv(4, [3, 3, 3]), BATCH_NORM, 'batch'],
    ['a volume, channels first', [2, 6, 7, 8], conv(4, [3, 3, 3], first), { ...BATCH_NORM, axis: 1 }, 'batch'],
    ['layer norm', [9, 8, 3], conv(4, [3, 3]), layerNorm, 'layer'],
    ['RMS norm', [9, 8, 3], conv(4, [3, 3]), { ...layerNorm, rms: true, center: false }, 'rms'],
    ['group norm', [9, 8, 3], conv(4, [3, 3]), groupNorm, 'group'],
    ['instance norm', [9, 8, 3], conv(4, [3, 3]), { ...groupNorm, groups: -1 }, 'instance'],
    ['group norm, channels first', [3, 9, 8], conv(4, [3, 3], first), { ...groupNorm, axis: 1 }, 'group']
  ])('agrees with the runtime for %s', async (_, shape, convolution, kind, form) => {
    const request = inProcess();
    const model = await ran(
      request,
      shape,
      ['c', convolution],
      ['n', kind],
      ['f', FLATTEN],
      ['out', dense(3, softmax)]
    );
    const ask = { model, layer: 'n', occurrence: 0, set: null, size: 6 };
    const xray = await request('normalizationXray', { ...ask, mode: null });
    expect(xray.form).toBe(form);
    expect(xray.channels).toBe(4);
    expect(xray.perChannel).toBe(true);
    expect(xray.batch.size).toBe(6);
    expect(xray.runtimeDifference).toBeLessThan(1e-4);
    // Never trained: it opens in training mode, where every channel has mean 0 and deviation 1 after normalising.
    if (form === 'batch') {
      expect(xray.initialStatistics).toBe(true);
      expect(xray.mode).toBe('batch');
    }
    if (form !== 'rms') expect(xray.stages[1].std).toBeCloseTo(1, 1);
    const inAll = xray.counts.reduce((sum, count) => sum + count, 0);
    expect(inAll).toBe(3 * 6 * elementCount(xray.shape.slice(1)));
    const channel = await request('normalizationChannel', {
      ...ask,
      mode: xray.mode,
      channel: 2,
      sample: 1,
      pixel: null,
      depth: 0.6
    });
    expect([channel.slice, channel.slices]).toEqual(shape.length === 4 ? [2, 4] : [0, 1]);
    const { x, mean, variance, normalized, value, runtime } = channel.pixel;
    expect(Math.abs(value - runtime)).toBeLessThan(1e-4);
    expect(normalized).toBeCloseTo((x - mean) / Math.sqrt(variance + xray.epsilon), 4);
    expect(channel.counts.map((bars) => bars.reduce((a, b) => a + b, 0))).toEqual(
      Array.from({ length: 3 }, () => (6 * elementCount(xray.shape.slice(1))) / 4)
    );
    await expect(
      request('normalizationChannel', { ...ask, mode: xray.mode, channel: 9, sample: 0, pixel: null, depth: 0.6 })
    ).rejects.toThrow('has no such channel');
  });

  it('takes each call of a shared layer by itself, and drags the numbers of all its calls', async () => {
    const request = inProcess();
    const builder = new GraphBuilder('shared');
    const input = builder.input('in', [null, 8, 8, 4]);
    const one = builder.add('n', BATCH_NORM, [input]);
    const between = builder.chain(one, ['c', conv(4, [3, 3], { padding: { type: 'same' } })]);
    const two = builder.call('n', [between]);
    const end = builder.chain(two, ['g', GLOBAL_POOL], ['out', dense(3, softmax)]);
    const model = await opened(request, [8, 8, 4], builder.graph(end));
    const ask = { model, layer: 'n', set: null, size: 4, mode: 'batch' } as const;
    const calls = await Promise.all([0, 1].map((occurrence) => request('normalizationXray', { ...ask, occurrence })));
    for (const call of calls) expect(call.runtimeDifference).toBeLessThan(1e-4);
    expect(calls[0]?.mean).not.toEqual(calls[1]?.mean);
    const place = { model, layer: 'n', occurrence: 1, channel: 0, depth: 0 };
    const still = await request('normalizationTweak', { ...place, changes: [] });
    expect(still.answer.largestDifference).toBe(0);
    const changes = [{ channel: 0, gamma: -2, beta: 1 }];
    const changed = await request('normalizationTweak', { ...place, changes });
    expect(changed.answer.largestDifference).toBeGreaterThan(1e-3);
    const folded = await request('normalizationFold', { model, layer: 'n', set: null, size: 4, channel: null });
    expect(folded).toMatchObject({ kind: 'no', why: 'calledTwice' });
  });

  it('looks into a model inside the model', async () => {
    const request = inProcess();
    const inner = new GraphBuilder('inner', 'inner/');
    const last = inner.chain(inner.input('x', [null, 8, 8, 1]), ['c', conv(3, [3, 3])], ['n', BATCH_NORM]);
    const outer = new GraphBuilder('outer');
    const nested = outer.add('inner', { kind: 'model', graph: inner.graph(last), timeDistributed: false }, [
      outer.input('in', [null, 8, 8, 1])
    ]);
    const model = await opened(
      request,
      [8, 8, 1],
      outer.graph(outer.chain(nested, ['g', GLOBAL_POOL], ['out', dense(3, softmax)]))
    );
    const ask = { model, layer: 'inner/n', set: null, size: 4 };
    const xray = await request('normalizationXray', { ...ask, occurrence: 0, mode: null });
    expect(xray.runtimeDifference).toBeLessThan(1e-4);
    expect(await request('normalizationFold', { ...ask, channel: 1 })).toMatchObject({ kind: 'yes', into: 'c' });
    const signal = await request('signalDepth', { model, seed: 3 });
    expect(signal.layers.map(({ id }) => id)).toContain('inner/n');
    expect(signal.normalizations).toBe(1);
  });

  it('says where each position has a gamma of its own', async () => {
    const request = inProcess();
    const wide = { ...layerNorm, axes: [1, 2, 3] };
    const model = await ran(request, [5, 6, 3], ['n', wide], ['g', GLOBAL_POOL], ['out', dense(2)]);
    const xray = await request('normalizationXray', {
      model,
      layer: 'n',
      occurrence: 0,
      set: null,
      size: 3,
      mode: null
    });
    expect(xray).toMatchObject({ form: 'layer', channels: 3, perChannel: false });
    await expect(request('normalizationModes', { model, set: null })).rejects.toThrow('has no batch norm layer');
    await expect(
      request('normalizationXray', { model, layer: 'g', occurrence: 0, set: null, size: 3, mode: null })
    ).rejects.toThrow('does not normalise');
  });
});

describe('train or infer', () => {
  it('draws no difference where the network is folded, and its own where a twin is set beside it', async () => {
    const request = inProcess();
    const { model } = await request('openModel', { file: fixture });
    const [sample] = (await request('samples', { model, input: 0 })).filter(({ fits }) => fits);
    if (sample === undefined) throw new Error('no picture fits');
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: sample.id }, preprocessing: null });
    await request('run', { model });
    const builder = new GraphBuilder('twin');
    const plain = builder.chain(
      builder.input('in', [null, 8, 8, 3]),
      ['c', conv(4, [3, 3], { activation: RELU })],
      ['g', GLOBAL_POOL],
      ['out', dense(4, softmax)]
    );
    const twin = (await request('openDefinition', { definition: toPortable(modelOf(builder.graph(plain))), seed: 1 }))
      .model;
    const ask = { model, set: null, shift: 'noise' } as const;
    const found = await request('normalizationShift', { ...ask, twin });
    expect(found.twin).toEqual({ fits: true, name: 'twin' });
    expect(found.folded).toMatchObject({ folded: 4, total: 4 });
    expect(found.folded?.largestDifference).toBeLessThan(1e-4);
    for (const point of found.points) {
      expect(point.folded?.same).toBe(point.moving.same);
      expect(point.twin).not.toBeNull();
    }
    expect(found.points[0]?.twin?.change).toBe(0);
    expect(found.points.at(-1)?.twin?.change).not.toBe(found.points.at(-1)?.moving.change);
    const own = await request('normalizationShift', { ...ask, twin: model });
    expect(own.twin).toMatchObject({ fits: false, why: 'batchNorm' });
    expect(own.points[0]?.twin).toBeNull();
    const modes = await request('normalizationModes', { model, set: null });
    expect(modes.sizes.map(({ size }) => size)).toEqual([1, 2, 8, 32, 128]);
    // The batch is never silently one picture: what it is made of is said.
    expect(modes.batch.size).toBe(128);
    expect(modes.batch.distinct).toBeLessThan(128);
    const fold = await request('normalizationFold', { model, layer: 'norm_conv', set: null, size: 8, channel: 1 });
    if (fold.kind !== 'yes') throw new Error(fold.why);
    expect(fold.largestKernelChange).toBeGreaterThan(0.01);
    expect(fold.layerDifference).toBeLessThan(1e-4 * Math.max(1, fold.largestLayerValue));
    expect(fold.outputDifference).toBeLessThan(1e-4);
  });

  it('says why a batch norm cannot be folded', async () => {
    const request = inProcess();
    const { model } = await request('openModel', { file: digits });
    const ask = { model, layer: 'batch_normalization', set: null, size: 2, channel: null };
    expect(await request('normalizationFold', ask)).toMatchObject({ kind: 'no', why: 'activation' });
  });
});

describe('probing', () => {
  it('leaves every weight and every moving statistic as it is, byte by byte', async () => {
    const sessions = new Sessions();
    const request = inProcess(256e6, sessions);
    const { model } = await request('openModel', { file: fixture });
    await withInput(request, model, [8, 8, 3]);
    const weights = async () => {
      const found = new Map<string, readonly number[]>();
      for (const layer of sessions.get(model).layers.values())
        for (const weight of layer.weights) {
          const bytes = new Uint8Array(Float32Array.from(await weight.read()).buffer);
          found.set(`${layer.id} ${weight.role}`, Array.from(bytes));
        }
      return found;
    };
    const stored = await weights();
    expect([...stored.keys()].filter((name) => name.includes('moving'))).toHaveLength(8);
    const answer = (await request('run', { model })).outputs;
    const layer = 'norm_conv';
    for (const mode of ['moving', 'batch'] as const)
      await request('normalizationXray', { model, layer, occurrence: 0, set: null, size: 8, mode });
    await request('normalizationModes', { model, set: null });
    await request('normalizationShift', { model, set: null, shift: 'inverted', twin: null });
    await request('normalizationTweak', {
      model,
      layer,
      occurrence: 0,
      channel: 1,
      depth: 0,
      changes: [{ channel: 1, gamma: 3, beta: -1 }]
    });
    await request('normalizationFold', { model, layer, set: null, size: 8, channel: 0 });
    await request('signalDepth', { model, seed: 2 });
    expect((await request('run', { model })).outputs).toEqual(answer);
    expect(await weights()).toEqual(stored);
  });

  it('stops within a fifth of a second when it is cancelled', async () => {
    const request = inProcess();
    const { model } = await request('openModel', { file: digits });
    await withInput(request, model, [28, 28, 1]);
    const asks = [
      (asked: Asked) => request('normalizationModes', { model, set: null }, asked),
      (asked: Asked) => request('normalizationShift', { model, set: null, shift: 'noise', twin: null }, asked),
      (asked: Asked) => request('signalDepth', { model, seed: 9 }, asked)
    ];
    for (const ask of asks) {
      const abort = new AbortController();
      let start = Number.NaN;
      // In the middle of the work, however fast the machine is.
      const onProgress = () => {
        if (abort.signal.aborted) return;
        start = performance.now();
        abort.abort();
      };
      const outcome = await ask({ signal: abort.signal, onProgress }).then(
        () => 'answered',
        () => 'cancelled'
      );
      expect(outcome).toBe('cancelled');
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});
