import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { penultimate } from '../../src/analyses/features/penultimate';
import { augment, augmentationLimits, drawAugmentation } from '../../src/images/augment';
import { toPortable } from '../../src/protocol/portableModel';
import { conv, dense, FLATTEN, GraphBuilder, IDENTITY, modelOf, pool } from '../unit/core/builder';
import { inProcess } from './inProcess';

const samples = join(__dirname, '../../samples');

describe('where the last features are', () => {
  const start = () => {
    const builder = new GraphBuilder('n');
    return { builder, input: builder.input('in', [null, 8, 8, 3]) };
  };
  it('is what the last layer with a kernel reads, whatever stands behind it', () => {
    const { builder, input } = start();
    const end = builder.chain(input, ['c', conv(4, [3, 3])], ['f', FLATTEN], ['d', dense(3)], ['act', IDENTITY]);
    const found = penultimate(builder.graph(end));
    expect(found).toEqual({ features: 'f#0', layer: 'f', reader: 'd', output: 'act#0' });
  });
  it('enters nested models, and leaves them where their last layer reads their input', () => {
    const inner = new GraphBuilder('head', 'head/');
    const head = inner.graph(inner.chain(inner.input('in', [null, 144]), ['d', dense(3)]));
    const { builder, input } = start();
    const features = builder.chain(input, ['c', conv(4, [3, 3])], ['f', FLATTEN]);
    const end = builder.add('head', { kind: 'model', graph: head, timeDistributed: false }, [features]);
    expect(penultimate(builder.graph(end))).toMatchObject({ features: 'f#0', layer: 'f', reader: 'head/d' });
  });
  it('counts the calls of a shared layer', () => {
    const { builder, input } = start();
    const first = builder.add('same', conv(3, [3, 3], { padding: { type: 'same' } }), [input]);
    const second = builder.call('same', [first]);
    expect(penultimate(builder.graph(second))).toMatchObject({ features: 'same#0', output: 'same#1' });
  });
  it('is nowhere where the last layer reads the input itself', () => {
    const { builder, input } = start();
    expect(penultimate(builder.graph(builder.chain(input, ['c', conv(2, [3, 3])])))).toBeNull();
    expect(penultimate(builder.graph(builder.chain(input, ['p', pool('max', [2, 2])])))).toBeNull();
  });
});

describe('augmentation', () => {
  const image = { width: 20, height: 10, data: Uint8Array.from({ length: 800 }, (_, i) => (i * 37) % 251) };
  it('stays within its limits and is the same for the same seed', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => drawAugmentation('all', seed, image));
    const most = (pick: (one: (typeof drawn)[number]) => number) =>
      Math.max(...drawn.map((one) => Math.abs(pick(one))));
    expect(most(({ shiftX }) => shiftX)).toBeLessThanOrEqual(augmentationLimits.shift * 20);
    expect(most(({ shiftY }) => shiftY)).toBeLessThanOrEqual(augmentationLimits.shift * 10);
    expect(most(({ degrees }) => degrees)).toBeGreaterThan(0.9 * augmentationLimits.degrees);
    expect(drawAugmentation('all', 5, image)).toEqual(drawn[5]);
    const alone = drawAugmentation('rotation', 5, image);
    expect(alone).toMatchObject({ shiftX: 0, shiftY: 0, brightness: 0, noise: 0, degrees: drawn[5]?.degrees });
  });
  it('changes nothing where nothing is asked, and shifts whole pixels exactly', () => {
    const none = { shiftX: 0, shiftY: 0, degrees: 0, brightness: 0, noise: 0, noiseSeed: 1 };
    const alpha = (data: Uint8Array) => [...data];
    expect(alpha(augment(image, none).data)).toEqual([...image.data]);
    const moved = augment(image, { ...none, shiftX: 3 });
    expect(moved.data[4 * (2 * 20 + 10)]).toBe(image.data[4 * (2 * 20 + 7)]);
    const turned = augment({ width: 3, height: 3, data: image.data.slice(0, 36) }, { ...none, degrees: 90 });
    // Clockwise: the left middle comes to the top.
    expect(turned.data[4]).toBe(image.data[12]);
  });
});

describe('one picture under noise beside unseen ones', () => {
  const request = inProcess();
  const ask = { set: null, pictures: 12, copies: 3, seed: 1, sigma: 0.1, augmentation: 'all' } as const;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convlens-features-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('leaves the model as it was, and gives the same for the same seed', async () => {
    const { model } = await request('openModel', { file: join(samples, 'digits_cnn.keras') });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    const before = await request('run', { model });
    const first = await request('featureSpace', { model, ...ask });
    const second = await request('featureSpace', { model, ...ask });
    expect(second).toEqual(first);
    const other = await request('featureSpace', { model, ...ask, seed: 9 });
    expect(other.clean).toEqual(first.clean);
    expect(other.explained).toEqual(first.explained);
    expect(other.copies.map(({ points }) => points[0]?.x)).not.toEqual(first.copies.map(({ points }) => points[0]?.x));
    const after = await request('run', { model });
    expect(after.outputs).toEqual(before.outputs);
    expect(first.copies.map(({ noise }) => noise)).toEqual(['masks', 'weights', 'augmentation']);
  });

  it('gives no copy a way off where the noise is zero', async () => {
    const { model } = await request('openModel', { file: join(samples, 'digits_cnn.keras') });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    const { copies } = await request('featureSpace', { model, ...ask, sigma: 0 });
    const weights = copies.find(({ noise }) => noise === 'weights');
    expect(weights?.meanDistance).toBeLessThan(1e-4);
    expect(weights?.all.some).toBeLessThanOrEqual(ask.pictures);
  });

  it('averages maps over their places without a dense layer, has no masks without dropout, and reads a folder', async () => {
    const builder = new GraphBuilder('plain');
    const input = builder.input('in', [null, 16, 16, 3]);
    const end = builder.chain(input, ['c1', conv(5, [3, 3])], ['c2', conv(4, [3, 3])]);
    const { model } = await request('openDefinition', { definition: toPortable(modelOf(builder.graph(end))), seed: 3 });
    for (let i = 0; i < 5; i++) {
      const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => (at * (i + 3)) % 256);
      await writeFile(join(folder, `${String(i)}.png`), encode({ width: 16, height: 16, data, channels: 3, depth: 8 }));
    }
    const set = await request('addImageFolder', { model, path: folder });
    await request('setInput', {
      model,
      input: 0,
      source: { kind: 'file', path: join(folder, '2.png') },
      preprocessing: null
    });
    const space = await request('featureSpace', { model, ...ask, set: set.id });
    expect(space).toMatchObject({ layer: 'c1', reader: 'c2', size: 5, pooled: true, randomLayers: [], leftOut: 1 });
    expect(space.unseen.map(({ index }) => index)).toEqual([0, 1, 3, 4]);
    expect(space.copies.map(({ noise }) => noise)).toEqual(['weights', 'augmentation']);
    const { pixels } = await request('featurePicture', { model, set: set.id, of: { kind: 'unseen', index: 3 } });
    expect([pixels.width, pixels.height]).toEqual([16, 16]);
    expect(pixels.rgba[4]).toBe(18);
  });

  it('says what is missing where nothing stands between picture and answer', async () => {
    const builder = new GraphBuilder('flat');
    const end = builder.chain(builder.input('in', [null, 28, 28, 1]), ['c', conv(2, [28, 28])]);
    const { model } = await request('openDefinition', { definition: toPortable(modelOf(builder.graph(end))), seed: 3 });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-7' }, preprocessing: null });
    await expect(request('featureSpace', { model, ...ask })).rejects.toThrow('no features between');
  });

  it('stops within 0.2 s', async () => {
    const { model } = await request('openModel', { file: join(samples, 'digits_cnn.keras') });
    await request('setInput', { model, input: 0, source: { kind: 'sample', id: 'digit-1' }, preprocessing: null });
    const stop = new AbortController();
    let asked = 0;
    setTimeout(() => {
      asked = performance.now();
      stop.abort();
    }, 60);
    const long = request('featureSpace', { model, ...ask, pictures: 500, copies: 200 }, { signal: stop.signal });
    await expect(long).rejects.toThrow();
    expect(performance.now() - asked).toBeLessThan(200);
  });
});
