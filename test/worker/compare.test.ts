import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { alignLayers } from '../../src/analyses/compare/align';
import { kernelDifference } from '../../src/analyses/compare/difference';
import { kernelView } from '../../src/core/kernelView';
import { toPortable } from '../../src/protocol/portableModel';
import { analyzeSource } from '../../src/source/analyze';
import { summarize } from '../../src/core/summarize';
import { FLATTEN, GraphBuilder, conv, dense, modelOf, pool } from '../unit/core/builder';
import { inProcess } from './inProcess';

const samples = join(__dirname, '../../samples');

describe('matching the layers of two networks', () => {
  const rows = (widths: readonly number[], units: number) => {
    const builder = new GraphBuilder('n');
    const input = builder.input('in', [null, 16, 16, 1]);
    const steps = widths.map((width, i) => [`c${String(i)}_${String(width)}`, conv(width, [3, 3])] as const);
    const end = builder.chain(input, ...steps, ['p', pool('max', [2, 2])], ['f', FLATTEN], ['out', dense(units)]);
    return summarize(modelOf(builder.graph(end))).layers;
  };
  it('keeps the order around an inserted layer and lists it alone', () => {
    const { pairs, onlyA, onlyB } = alignLayers(rows([8, 16], 10), rows([8, 8, 16], 10));
    expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(['c0_8 c0_8', 'c1_16 c2_16', 'p p', 'f f', 'out out']);
    expect([onlyA, onlyB]).toEqual([[], ['c1_8']]);
  });

  it('measures distances by filter and says why sizes do not fit', () => {
    const view = (shape: number[], data: number[]) =>
      kernelView({ shape, layout: 'IO', flipped: false, data: Float32Array.from(data) });
    const change = kernelDifference(view([2, 2], [3, 1, 4, 0]), view([2, 2], [3, 1, 4, 2]));
    if (!change.comparable) throw new Error(change.reason);
    expect(change.largest).toBe(2);
    expect(change.relative).toBeCloseTo(2 / Math.sqrt(26));
    expect(change.perChannel.map(({ distance }) => distance)).toEqual([0, 2]);
    expect(change.perChannel[1]?.cosine).toBeCloseTo(1 / Math.sqrt(5));
    expect(kernelDifference(view([2, 2], [1, 1, 1, 1]), view([1, 2], [1, 1])).comparable).toBe(false);
  });
});

describe('the comparison of model files', () => {
  const request = inProcess();
  let model = '';
  let other = '';
  beforeAll(async () => {
    model = (await request('openModel', { file: join(samples, 'digits_cnn.keras') })).model;
    other = (await request('openModel', { file: join(samples, 'digits_cnn.h5') })).model;
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
  });

  it('finds the same network in another format, with equal kernels, maps and answers', async () => {
    const { pairs, onlyA, onlyB } = await request('compareModels', { model, other });
    expect([onlyA, onlyB]).toEqual([[], []]);
    expect(pairs.length).toBeGreaterThan(8);
    const largest = pairs.map(({ kernels }) => (kernels?.comparable === true ? kernels.largest : 0));
    expect(Math.max(...largest)).toBe(0);
    const [first] = pairs.filter(({ kernels }) => kernels !== null);
    const maps = await request('compareMaps', { model, other, a: first?.a ?? '', b: first?.b ?? '' });
    expect(maps).toMatchObject({ comparable: true, largest: 0 });
    const apart = await request('compareAllMaps', { model, other, pairs });
    expect(apart).toEqual(pairs.map(() => 0));
    const answers = await request('compareAnswers', { model, other });
    expect(answers).toMatchObject({ kind: 'compared', change: { flipped: false, largestDifference: 0 } });
  });

  it('asks both about a data set: equal networks never part, a fresh one does', async () => {
    const ask = { set: null, pictures: 40 };
    const same = await request('compareOverSet', { model, other, ...ask });
    expect(same).toMatchObject({ pictures: 40, differ: 0, differing: [], right: { of: 40 } });
    expect(same.right?.a).toBe(same.right?.b);
    expect(same.right?.a).toBeGreaterThan(34);
    const path = join(samples, 'digits_cnn.py');
    const [definition] = analyzeSource({ kind: 'file', text: readFileSync(path, 'utf8'), language: 'python' }).models;
    if (definition === undefined) throw new Error('no model in the sample');
    const fresh = await request('openDefinition', { definition: toPortable(definition), seed: 1 });
    const apart = await request('compareOverSet', { model, other: fresh.model, ...ask });
    expect(apart.right?.a).toBe(same.right?.a);
    expect(apart.right?.b).toBeLessThan(20);
    expect(apart.differ).toBeGreaterThan(20);
    expect(apart.differing).toHaveLength(12);
    for (const one of apart.differing) expect(one.a.index).not.toBe(one.b.index);
  });

  it('sets a second picture beside the first without touching it', async () => {
    const before = await request('mapSheet', { model, layer: 'conv2d', occurrence: 0 });
    const { opened: twin } = await request('openTwin', { model, source: { kind: 'sample', id: 'digit-1' } });
    const pair = { model, other: twin.model, a: 'conv2d', b: 'conv2d' };
    const answers = await request('compareAnswers', pair);
    expect(answers).toMatchObject({ kind: 'compared', change: { flipped: true } });
    const maps = await request('compareMaps', pair);
    expect(maps.comparable && maps.largest).toBeGreaterThan(0.01);
    const { tiles, ranges } = await request('differenceTiles', { ...pair, of: 'maps', channels: [0, 3] });
    expect(tiles).toHaveLength(2);
    expect(ranges[0]?.max).toBeCloseTo(maps.comparable ? maps.largest : -1, 6);
    expect(await request('mapSheet', { model, layer: 'conv2d', occurrence: 0 })).toEqual(before);
  });

  it('says why networks with other inputs are not asked the same', async () => {
    const shapes = await request('openModel', { file: join(samples, 'shapes_cnn.keras') });
    const { pairs } = await request('compareModels', { model, other: shapes.model });
    expect(pairs.some(({ kernels }) => kernels?.comparable === false)).toBe(true);
    const answers = await request('compareAnswers', { model, other: shapes.model });
    expect(answers.kind === 'not compared' ? answers.reason : '').toContain('differ in size');
  });
});
