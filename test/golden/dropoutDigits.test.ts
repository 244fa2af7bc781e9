import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/images/npy';
import { inProcess, type Request } from '../worker/inProcess';

interface Fixture {
  readonly indices: readonly number[];
  readonly strongestFirst: readonly number[];
  readonly random: readonly (readonly number[])[];
  readonly changed: number;
  readonly correlation: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly flips: { readonly flipped: number; readonly off: number; readonly on: number };
  readonly unsure: readonly (readonly [number, number])[];
  readonly ring: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly looks: readonly { readonly max: number; readonly value: number; readonly similarity: number }[];
}

const root = join(__dirname, '../..');
const fixture = JSON.parse(readFileSync(join(root, 'test/fixtures/dropout/digits.json'), 'utf8')) as Fixture;
const set = 'digits-validation';

async function opened(request: Request): Promise<string> {
  const { model } = await request('openModel', { file: join(root, 'samples/digits_cnn.keras') });
  const [sample] = await request('samples', { model, input: 0 });
  await request('setInput', { model, input: 0, source: { kind: 'sample', id: sample?.id ?? '' }, preprocessing: null });
  return model;
}

describe('digits under masks against Keras', () => {
  it('answers as often right with ever more features off, in every order', async () => {
    const request = inProcess();
    const model = await opened(request);
    const ask = { model, layer: 'conv2d_1', occurrence: 0, set, pictures: 45 };
    const curves = await request('relianceCurves', { ...ask, seed: 1 });
    expect(curves.strongestFirst).toEqual(fixture.strongestFirst.map((hit) => hit / 45));
    expect(curves.few.changed).toBe(fixture.changed);
    curves.random.forEach((mean, i) => {
      const hits = fixture.random.map((one) => (one[i] ?? 0) / 45);
      expect(mean).toBeCloseTo(hits.reduce((sum, one) => sum + one, 0) / 3, 9);
      expect(curves.randomRange[i]).toEqual([Math.min(...hits), Math.max(...hits)]);
    });
    const r = await request('channelCorrelation', ask);
    expect(r.samples).toBe(45 * 121);
    fixture.correlation.data.forEach((reference, i) => {
      const own = r.values[i] ?? 0;
      if (reference === 2) expect(own).toBeNaN();
      else expect(Math.abs(own - reference)).toBeLessThanOrEqual(1e-4);
    });
  });

  it('flips the same answers under one mask each, and is as unsure under many', async () => {
    const request = inProcess();
    const model = await opened(request);
    const place = { model, layer: 'dropout', occurrence: 0, strength: null, set };
    const { flipped, right } = await request('picturesUnderMasks', { ...place, seed: 1, pictures: 45 });
    expect({ flipped, off: right?.off, on: right?.on }).toEqual(fixture.flips);
    const { unsure } = await request('leastSure', { model, set, pictures: 12, passes: 6, seed: 1 });
    expect(unsure.length).toBe(12);
    const sizes = unsure.map(({ index }) => index).sort((a, b) => a - b);
    for (const one of unsure) {
      const [entropy = Number.NaN, information = Number.NaN] = fixture.unsure[sizes.indexOf(one.index)] ?? [];
      expect(Math.abs(one.entropy - entropy)).toBeLessThanOrEqual(1e-4);
      expect(Math.abs(one.mutualInformation - information)).toBeLessThanOrEqual(1e-4);
    }
  });

  it('looks at the same places under the same channel masks', async () => {
    const request = inProcess();
    const model = await opened(request);
    const bytes = writeNpy({ shape: fixture.ring.shape, data: Float32Array.from(fixture.ring.data) });
    const source = { kind: 'bytes', name: 'ring.npy', bytes } as const;
    await request('setInput', { model, input: 0, source, preprocessing: null });
    await request('run', { model });
    const { maps, camLayer } = await request('camUnderMasks', {
      model,
      layer: 'conv2d_1',
      rate: 0.5,
      seed: 1,
      masks: 3
    });
    expect(camLayer).toBe('dropout_1');
    expect(maps.length).toBe(fixture.looks.length);
    fixture.looks.forEach(({ max, value, similarity }, i) => {
      const one = maps[i];
      expect(Math.abs((one?.range.max ?? 0) - max)).toBeLessThanOrEqual(1e-4 * Math.max(1, max));
      expect(Math.abs((one?.value ?? 0) - value)).toBeLessThanOrEqual(1e-4);
      expect(Math.abs((one?.similarity ?? 0) - similarity)).toBeLessThanOrEqual(1e-4);
    });
  });
});
