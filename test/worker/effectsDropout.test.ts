import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELU } from '../../src/core/activation';
import { alphaMap, applyNoise, type NoiseKind } from '../../src/core/noise';
import type { LayerKind } from '../../src/core/layerKind';
import { elementCount } from '../../src/core/tensor';
import { writeNpy } from '../../src/images/npy';
import { toPortable } from '../../src/protocol/portableModel';
import { createHandlers } from '../../src/worker/handlers';
import { Runner } from '../../src/worker/running';
import { Sessions, type Session } from '../../src/worker/session';
import { FLATTEN, GLOBAL_POOL, GraphBuilder, conv, dense, modelOf, pool } from '../unit/core/builder';
import { requestOf, type Request } from './inProcess';

const root = join(__dirname, '../..');
const softmax = { name: 'softmax', axis: -1 } as const;
const drop = (rate: number, sharedAxes: readonly number[] = []): LayerKind => ({
  kind: 'dropout',
  rate,
  sharedAxes,
  seed: null
});

const wave = (shape: readonly number[]) =>
  writeNpy({
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i / 3) + (i % 7) / 9)
  });

function started() {
  const sessions = new Sessions();
  const request = requestOf(createHandlers(sessions, new Runner('wasm', 256e6)));
  return { sessions, request };
}

async function ran(request: Request, shape: readonly number[], graph: ReturnType<GraphBuilder['graph']>) {
  const { model } = await request('openDefinition', { definition: toPortable(modelOf(graph)), seed: 5 });
  const source = { kind: 'bytes', name: 'wave.npy', bytes: wave(shape) } as const;
  await request('setInput', { model, input: 0, source, preprocessing: null });
  await request('run', { model });
  return model;
}

function chain(shape: readonly number[], ...kinds: readonly (readonly [string, LayerKind])[]) {
  const builder = new GraphBuilder('chain');
  return builder.graph(builder.chain(builder.input('in', [null, ...shape]), ...kinds));
}

async function openDigits(request: Request) {
  const { model } = await request('openModel', { file: join(root, 'samples/digits_cnn.keras') });
  const [sample] = await request('samples', { model, input: 0 });
  await request('setInput', { model, input: 0, source: { kind: 'sample', id: sample?.id ?? '' }, preprocessing: null });
  await request('run', { model });
  return model;
}

/** Every byte of the weights on the engine and in the model, moving statistics among them. */
async function fingerprints(session: Session): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const put = (name: string, data: ArrayBufferView) =>
    found.set(
      name,
      createHash('sha256')
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest('hex')
    );
  for (const node of session.layers.values()) {
    for (const ref of node.weights) put(`${node.id} ${ref.name}`, await ref.read());
  }
  interface Entries {
    readonly entries: readonly { readonly role: string; readonly tensor: { dataSync(): Float32Array } }[];
  }
  const { weights } = session.network as unknown as { readonly weights: ReadonlyMap<string, Entries> };
  for (const [id, layer] of weights) {
    layer.entries.forEach(({ role, tensor }, i) => put(`engine ${id} ${String(i)} ${role}`, tensor.dataSync()));
  }
  return found;
}

/** Asks everything the dropout views can ask. */
async function askEverything(request: Request, model: string) {
  const place = { model, layer: 'dropout', occurrence: 0 };
  const maps = { model, layer: 'conv2d_1', occurrence: 0 };
  await request('maskTriptych', { ...place, strength: 0.6, held: 1, next: 2 });
  await request('manyMasks', { ...place, strength: null, seed: 1, passes: 30 });
  await request('manyMasks', { model, layer: null, occurrence: 0, strength: null, seed: 1, passes: 30 });
  await request('picturesUnderMasks', { ...place, strength: null, set: null, seed: 1, pictures: 40 });
  await request('leastSure', { model, set: null, pictures: 20, passes: 5, seed: 1 });
  await request('reliance', maps);
  await request('channelsOff', { ...maps, off: [1, 5] });
  await request('relianceCurves', { ...maps, set: null, pictures: 20, seed: 1 });
  await request('channelCorrelation', { ...maps, set: null, pictures: 20 });
  await request('camUnderMasks', { model, layer: 'conv2d_1', rate: 0.5, seed: 1, masks: 2 });
  for (const measure of ['layer', 'proportional'] as const)
    await request('shakeWeights', { model, output: 0, sigma: 0.3, measure, draws: 3, seed: 1 });
}

describe('looking at dropout', () => {
  it('leaves every weight and every moving statistic as it was, to the byte', async () => {
    const { sessions, request } = started();
    const model = await openDigits(request);
    const session = sessions.get(model);
    const before = await fingerprints(session);
    const names = [...before.keys()].join('\n');
    expect(names).toMatch(/engine .*movingMean/);
    expect(names).toMatch(/engine .*movingVariance/);
    const plain = await request('whyTargets', { model, output: 0 });
    await askEverything(request, model);
    expect(await fingerprints(session)).toEqual(before);
    expect(await request('whyTargets', { model, output: 0 })).toEqual(plain);
  });

  it.each<readonly [string, readonly number[], NoiseKind, readonly (readonly [string, LayerKind])[]]>([
    ['Dropout on maps', [10, 9, 2], drop(0.3) as NoiseKind, [['c', conv(6, [3, 3])]]],
    ['SpatialDropout1D', [20, 3], drop(0.3, [1]) as NoiseKind, [['c', conv(16, [3])]]],
    ['SpatialDropout2D', [10, 9, 2], drop(0.3, [1, 2]) as NoiseKind, [['c', conv(16, [3, 3])]]],
    ['SpatialDropout3D', [6, 7, 6, 1], drop(0.3, [1, 2, 3]) as NoiseKind, [['c', conv(16, [3, 3, 3])]]],
    ['Gaussian dropout', [10, 9, 2], { kind: 'gaussianDropout', rate: 0.3, seed: null }, [['c', conv(6, [3, 3])]]],
    ['Gaussian noise', [10, 9, 2], { kind: 'gaussianNoise', stddev: 0.2, seed: null }, [['c', conv(6, [3, 3])]]],
    [
      'Alpha dropout on a vector',
      [10, 9, 2],
      { kind: 'alphaDropout', rate: 0.3, sharedAxes: [], seed: null },
      [
        ['c', conv(24, [3, 3])],
        ['g', GLOBAL_POOL]
      ]
    ]
  ])('shows %s with the arithmetic of the runtime', async (name, shape, kind, before) => {
    const { request } = started();
    const tail = before.some(([, one]) => one.kind === 'globalPool') ? [] : ([['f', FLATTEN]] as const);
    const graph = chain(shape, ...before, ['d', kind], ...tail, ['out', dense(4, { activation: softmax })]);
    const model = await ran(request, shape, graph);
    const ask = { model, layer: 'd', occurrence: 0, strength: null };
    const found = await request('maskTriptych', { ...ask, held: 3, next: 4 });
    expect(found.kind).toBe(kind.kind);
    expect(found.wholeMaps).toBe(name.startsWith('Spatial'));
    for (const panel of [found.held, found.next]) {
      found.before.forEach((value, i) => {
        expect(panel.after[i]).toBeCloseTo(applyNoise(kind, value, panel.noise[i] ?? Number.NaN), 5);
      });
    }
    const size = found.size[0] * found.size[1];
    if (found.wholeMaps) {
      found.shown.forEach((_, map) => {
        expect(new Set(found.held.noise.subarray(map * size, (map + 1) * size)).size).toBe(1);
      });
    }
    if (name.includes('Gaussian')) expect(found.held.dropped).toBe(0);
    else expect(found.held.dropped).toBeGreaterThan(0);
    if (kind.kind === 'alphaDropout') {
      const { scale, shift } = alphaMap(0.3);
      const kept = found.held.noise.findIndex((one) => one !== 0);
      expect(found.held.after[kept]).toBeCloseTo(scale * (found.before[kept] ?? 0) + shift, 5);
      expect(found.edges?.layer).toBe('out');
    }
    // The same seed again, in another order, and after another rate: the same numbers.
    const other = await request('maskTriptych', { ...ask, strength: 0.5, held: 3, next: 9 });
    expect(other.held.after).not.toEqual(found.held.after);
    const again = await request('maskTriptych', { ...ask, held: 4, next: 3 });
    expect(again.next.after).toEqual(found.held.after);
    expect(again.next.change).toEqual(found.held.change);
    expect(again.held.noise).toEqual(found.next.noise);
    // Pass number 3 of many is the mask of seed 3 alone.
    const many = await request('manyMasks', { ...ask, seed: 1, passes: 8 });
    for (const one of many.classes) {
      const entry = found.held.change.entries.find(({ index }) => index === one.index);
      if (entry !== undefined) expect(one.values[2]).toBeCloseTo(entry.after, 6);
    }
    await expect(request('maskTriptych', { ...ask, strength: -1, held: 1, next: 2 })).rejects.toThrow('strength');
    await expect(request('maskTriptych', { ...ask, layer: 'out', held: 1, next: 2 })).rejects.toThrow('is no dropout');
  });

  it('draws for the chosen call of a shared layer alone', async () => {
    const { request } = started();
    const builder = new GraphBuilder('shared');
    let at = builder.add('a', dense(24, { activation: RELU }), [builder.input('in', [null, 6])]);
    at = builder.add('d', drop(0.5), [at]);
    at = builder.add('b', dense(20, { activation: RELU }), [at]);
    at = builder.call('d', [at]);
    at = builder.add('out', dense(3, { activation: softmax }), [at]);
    const model = await ran(request, [6], builder.graph(at));
    const ask = { model, layer: 'd', strength: null, held: 1, next: 2 };
    const first = await request('maskTriptych', { ...ask, occurrence: 0 });
    const second = await request('maskTriptych', { ...ask, occurrence: 1 });
    expect([first.channels, second.channels]).toEqual([24, 20]);
    expect([first.edges?.layer, second.edges?.layer]).toEqual(['b', 'out']);
    expect([first.held.drawn, second.held.drawn]).toEqual([24, 20]);
    // Before the second call nothing is drawn: its values are those of plain inference.
    const maps = await request('reliance', { model, layer: 'd', occurrence: 1 });
    second.shown.forEach((unit, i) => {
      expect(Math.abs(second.before[i] ?? 0)).toBeCloseTo(maps.strength[unit] ?? Number.NaN, 6);
    });
    // And behind the first call's mask the second call does not draw: the answer is that of the values after the mask.
    const both = await request('manyMasks', { model, layer: null, occurrence: 0, strength: null, seed: 1, passes: 4 });
    const alone = await request('manyMasks', { model, layer: 'd', occurrence: 0, strength: null, seed: 1, passes: 4 });
    const [one, other] = [alone, both].map((many) => many.classes.find(({ index }) => index === 0)?.values[0]);
    expect(one).toBeCloseTo(first.held.change.entries.find(({ index }) => index === 0)?.after ?? Number.NaN, 6);
    expect(one).not.toBeCloseTo(other ?? Number.NaN, 6);
  });

  it('counts labels behind a sigmoid each on its own, and flips nothing of plain numbers', async () => {
    const { request } = started();
    const parts = [
      ['a', dense(30, { activation: RELU })],
      ['d', drop(0.5)]
    ] as const;
    const sigmoid = dense(3, { activation: { name: 'sigmoid' } });
    const model = await ran(request, [6], chain([6], ...parts, ['out', sigmoid]));
    const ask = { layer: 'd', occurrence: 0, strength: null, seed: 1, passes: 60 };
    const many = await request('manyMasks', { model, ...ask });
    expect(many.kind).toBe('labels');
    expect(many.probabilities).toBe(true);
    expect(many.entropyLimit).toBe(3);
    const h = (p: number) => (p > 0 && p < 1 ? -p * Math.log2(p) - (1 - p) * Math.log2(1 - p) : 0);
    expect(many.entropy).toBeCloseTo(
      many.classes.reduce((sum, { mean }) => sum + h(mean), 0),
      5
    );
    const inner = many.classes.reduce((sum, { values }) => sum + values.reduce((all, p) => all + h(p), 0) / 60, 0);
    expect(many.mutualInformation).toBeCloseTo((many.entropy ?? 0) - inner, 5);
    const flipped = Array.from({ length: 60 }, (_, pass) =>
      many.classes.some(({ values, base }) => (values[pass] ?? 0) > 0.5 !== base > 0.5)
    ).filter(Boolean).length;
    expect(many.flipped).toBe(flipped);

    const number = await ran(request, [6], chain([6], ...parts, ['out', dense(1)]));
    const plain = await request('manyMasks', { model: number, ...ask });
    expect(plain).toMatchObject({ kind: 'values', flipped: 0, entropy: null, mutualInformation: null });
    expect(plain.classes[0]?.std).toBeGreaterThan(0);
  });

  it('says what it cannot do, and how to go on', async () => {
    const { request } = started();
    const none = await ran(request, [6], chain([6], ['a', dense(5)], ['out', dense(3)]));
    const all = { layer: null, occurrence: 0, strength: null, seed: 1, passes: 4 };
    await expect(request('manyMasks', { model: none, ...all })).rejects.toThrow('has no dropout layer');
    const idle = await ran(request, [6], chain([6], ['a', dense(5)], ['d', drop(0)], ['out', dense(3)]));
    await expect(request('manyMasks', { model: idle, ...all })).rejects.toThrow('never drop anything');
    const place = { model: none, layer: 'a', occurrence: 0 };
    await expect(request('channelsOff', { ...place, off: [5] })).rejects.toThrow('has no such channel');
    await expect(request('relianceCurves', { ...place, set: null, pictures: 5, seed: 1 })).rejects.toThrow(
      'no fitting data set'
    );
    await expect(request('channelCorrelation', { ...place, set: null, pictures: 5 })).rejects.toThrow('one number');
    await expect(request('camUnderMasks', { model: none, layer: 'a', rate: 0.5, seed: 1, masks: 2 })).rejects.toThrow(
      'no layer with maps'
    );
  });
});

describe('reliance', () => {
  it('switches off one, the strongest, and by hand, alike', async () => {
    const { request } = started();
    const kinds = [
      ['c', conv(7, [3, 3], { activation: RELU })],
      ['p', pool('max', [2, 2])],
      ['f', FLATTEN],
      ['out', dense(4, { activation: softmax })]
    ] as const;
    const model = await ran(request, [10, 9, 2], chain([10, 9, 2], ...kinds));
    const place = { model, layer: 'c', occurrence: 0 };
    const found = await request('reliance', place);
    expect([found.channels, found.tried, found.kind]).toEqual([7, 7, 'classes']);
    for (const off of [[3], [0], found.order.slice(0, 4)]) {
      const byHand = await request('channelsOff', { ...place, off });
      const entry = byHand.entries.find(({ index }) => index === found.winner);
      expect(entry?.before).toBeCloseTo(found.base, 6);
      const value = off.length === 1 ? found.alone[off[0] ?? 0] : found.together[off.length];
      expect(entry?.after).toBeCloseTo(value ?? Number.NaN, 6);
    }
    expect((await request('channelsOff', { ...place, off: [] })).largestDifference).toBe(0);
  });

  it('draws the curves over a data set, ends where nothing is left, and repeats by seed', async () => {
    const { request } = started();
    const model = await openDigits(request);
    const ask = { model, layer: 'conv2d_1', occurrence: 0, set: null, pictures: 45, seed: 1 };
    const curves = await request('relianceCurves', ask);
    expect(curves).toMatchObject({ measure: 'accuracy', pictures: 45, channels: 32, orders: 3 });
    expect(curves.batchNorm).toBe('batch_normalization_1');
    expect(curves.random[0]).toBe(curves.strongestFirst[0]);
    expect(curves.random[0]).toBeGreaterThan(0.9);
    // All off: one answer for every picture, whatever the order was.
    expect(curves.random.at(-1)).toBeCloseTo(curves.strongestFirst.at(-1) ?? Number.NaN, 12);
    expect(curves.random.at(-1)).toBeLessThan(0.35);
    expect(await request('relianceCurves', ask)).toEqual(curves);
    expect((await request('relianceCurves', { ...ask, seed: 9 })).random).not.toEqual(curves.random);
    const r = await request('channelCorrelation', { ...ask, set: null });
    expect(r.channels.length).toBe(32);
    // Of more positions than are looked at, evenly spread ones are taken.
    const many = await request('channelCorrelation', { ...ask, layer: 'conv2d', set: 'digits-validation' });
    expect(many.samples).toBeLessThanOrEqual(20_000);
    expect(many.samples).toBeGreaterThan(10_000);
    for (let i = 0; i < 32; i++) {
      const own = r.values[i * 33] ?? 0;
      if (!Number.isNaN(own)) expect(own).toBeCloseTo(1, 4);
    }
  });

  it('measures a second network alike, without an input of its own, and looks at the same picture', async () => {
    const { request } = started();
    const model = await openDigits(request);
    const other = (await request('openModel', { file: join(root, 'samples/digits_cnn.h5') })).model;
    expect(other).not.toBe(model);
    const ask = { layer: 'conv2d_1', occurrence: 0, set: 'digits-validation', pictures: 20, seed: 1 };
    const [own, same] = [
      await request('relianceCurves', { model, ...ask }),
      await request('relianceCurves', { model: other, ...ask })
    ];
    expect({ ...same, model: own.model }).toEqual(own);
    const cam = { layer: 'conv2d_1', rate: 0.5, seed: 1, masks: 2 };
    await expect(request('camUnderMasks', { model: other, ...cam })).rejects.toThrow();
    await request('compareAnswers', { model, other });
    const [mine, its] = [
      await request('camUnderMasks', { model, ...cam }),
      await request('camUnderMasks', { model: other, ...cam })
    ];
    expect({ ...its, model: mine.model }).toEqual(mine);
  });

  it('stops on the way when it is cancelled, whatever it was asked', async () => {
    const { request } = started();
    const model = await openDigits(request);
    const place = { model, layer: 'conv2d_1', occurrence: 0 };
    const stopped = async (ask: (signal: AbortSignal) => Promise<unknown>) => {
      const controller = new AbortController();
      const asked = ask(controller.signal);
      setTimeout(() => {
        controller.abort();
      }, 60);
      await expect(asked).rejects.toThrow(/abort/i);
    };
    await stopped((signal) =>
      request('manyMasks', { ...place, layer: null, strength: null, seed: 1, passes: 50_000 }, { signal })
    );
    await stopped((signal) => request('relianceCurves', { ...place, set: null, pictures: 500, seed: 1 }, { signal }));
    await stopped((signal) =>
      request('leastSure', { model, set: null, pictures: 500, passes: 500, seed: 1 }, { signal })
    );
    // And the worker answers the next question as if nothing had been.
    expect((await request('reliance', place)).channels).toBe(32);
  });

  it('looks under masks: without any the plain map, with all of them at rate 0 the same', async () => {
    const { request } = started();
    const model = await openDigits(request);
    const ask = { model, layer: 'conv2d_1', seed: 1, masks: 3 };
    const still = await request('camUnderMasks', { ...ask, rate: 0 });
    expect(still.maps.length).toBe(4);
    for (const one of still.maps) {
      expect(one.heat.rgba).toEqual(still.maps[0]?.heat.rgba);
      expect(one.flipped).toBe(false);
      expect(one.similarity).toBeCloseTo(1, 6);
    }
    const masked = await request('camUnderMasks', { ...ask, rate: 0.5 });
    expect(masked.maps[0]).toEqual(still.maps[0]);
    expect(masked.maps[1]?.heat.rgba).not.toEqual(masked.maps[0]?.heat.rgba);
    expect(await request('camUnderMasks', { ...ask, rate: 0.5 })).toEqual(masked);
    // The map without a mask is the one that the attribution view gives.
    const options = { samples: 1, sigma: 0, seed: 1, steps: 1, baseline: 'zero', window: 1, stride: 1 } as const;
    const { maps } = await request('attribution', {
      model,
      output: 0,
      method: 'gradCam',
      layer: masked.camLayer,
      occurrence: 0,
      score: 'logit',
      options,
      classes: [masked.index]
    });
    expect(masked.maps[0]?.heat.rgba).toEqual(maps[0]?.heat.rgba);
    await expect(request('camUnderMasks', { ...ask, rate: 1 })).rejects.toThrow('cannot lose that share');
  });
});
