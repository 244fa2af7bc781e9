import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { principal, project } from '../../src/analyses/features/principal';
import type { FeaturePoint, FeatureSpace } from '../../src/protocol/effects/features';
import { inProcess } from '../worker/inProcess';

interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly distance: readonly number[];
  readonly answer: readonly number[];
}
interface Share {
  readonly some: number;
  readonly each: number;
  readonly of: number;
}
interface Fixture {
  readonly ask: Readonly<Record<'pictures' | 'copies' | 'seed' | 'sigma' | 'clean', number>>;
  readonly layer: string;
  readonly reader: string;
  readonly size: number;
  readonly explained: readonly number[];
  readonly clean: Points;
  readonly unseen: Points & { readonly index: readonly number[]; readonly truth: readonly number[] };
  readonly distanceSame: number;
  readonly distanceOther: number;
  readonly copies: Readonly<Record<string, Points & { readonly all: Share; readonly same: Share }>>;
  readonly picture: readonly number[];
}
interface Principals {
  readonly rows: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly scores: { readonly data: readonly number[] };
  readonly explained: readonly number[];
}

const root = join(__dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, 'test/fixtures', path), 'utf8'));
const { signal } = new AbortController();

/** Within 1e-4 of the reference's largest value. */
function expectClose(found: readonly number[], reference: readonly number[], what: string): void {
  expect(found.length, what).toBe(reference.length);
  const most = Math.max(1e-12, ...reference.map(Math.abs));
  const gap = Math.max(...reference.map((value, i) => Math.abs((found[i] ?? Number.NaN) - value)));
  expect(gap / most, what).toBeLessThanOrEqual(1e-4);
}

describe('principal components', () => {
  it('are those of numpy.linalg.svd', async () => {
    const { principal: reference } = read('dropout/dropout.json') as { principal: Principals };
    const rows = Float32Array.from(reference.rows.data);
    const found = await principal(rows, 6, 2, signal);
    expectClose(found.explained, reference.explained, 'explained variance');
    const [x = [], y = []] = project(rows, found);
    expectClose(
      Array.from(x).flatMap((value, i) => [value, y[i] ?? Number.NaN]),
      reference.scores.data,
      'scores'
    );
    for (const axis of found.axes) expect(Math.hypot(...axis)).toBeCloseTo(1, 9);
  });

  it('are empty where the rows do not vary, and one where they lie on a line', async () => {
    const flat = await principal(Float32Array.from([1, 2, 1, 2, 1, 2]), 2, 2, signal);
    expect(flat.explained).toEqual([0, 0]);
    const line = await principal(Float32Array.from([0, 0, 3, 4, 6, 8]), 2, 2, signal);
    expect(line.explained[0]).toBeCloseTo(1, 12);
    expect(line.explained[1]).toBe(0);
    expect([...(line.axes[0] ?? [])].map((value) => Math.abs(value).toFixed(6))).toEqual(['0.600000', '0.800000']);
  });
});

describe('one digit under noise beside unseen ones, as Keras and numpy find them', () => {
  const reference = read('features/features.json') as Fixture;
  const request = inProcess();
  let space: FeatureSpace;
  let model = '';
  beforeAll(async () => {
    model = (await request('openModel', { file: join(root, 'samples/digits_cnn.keras') })).model;
    const { clean, ...ask } = reference.ask;
    const { pixels } = await request('chooseFromSet', { model, set: 'digits-validation', index: clean });
    await request('setInput', { model, input: 0, source: { kind: 'drawing', pixels }, preprocessing: null });
    space = await request('featureSpace', { model, set: null, augmentation: 'all', ...ask });
  });

  const expectPoints = (found: readonly FeaturePoint[], points: Points, what: string) => {
    // Both axes have one scale: errors count against the wider one.
    expectClose(
      found.flatMap(({ x, y }) => [x, y]),
      points.x.flatMap((x, i) => [x, points.y[i] ?? Number.NaN]),
      `${what}: places`
    );
    expectClose(
      found.map(({ distance }) => distance),
      points.distance,
      `${what}: distances`
    );
    expect(found.map(({ top }) => top[0]?.index)).toEqual(points.answer);
  };

  it('reads the features before the last dense layer and leaves the input itself out', () => {
    expect(space).toMatchObject({ layer: reference.layer, reader: reference.reader, size: reference.size });
    expect(space.leftOut).toBe(1);
    expect(space.unseen.map(({ index }) => index)).toEqual(reference.unseen.index);
    expect(space.unseen.map(({ truth }) => truth)).toEqual(reference.unseen.truth);
  });

  it('lays the unseen pictures flat on their own components', () => {
    expectClose(space.explained, reference.explained, 'explained variance');
    expectPoints(space.unseen, reference.unseen, 'unseen');
    expect(space.distanceSame).toBeCloseTo(reference.distanceSame, 3);
    expect(space.distanceOther).toBeCloseTo(reference.distanceOther, 3);
    expect(
      Math.hypot(space.clean.x - (reference.clean.x[0] ?? 0), space.clean.y - (reference.clean.y[0] ?? 0))
    ).toBeLessThan(1e-3);
    expect(space.clean.distance).toBe(0);
  });

  it.each(['masks', 'weights', 'augmentation'] as const)(
    'places the copies under %s and counts who is nearer',
    (noise) => {
      const found = space.copies.find((one) => one.noise === noise);
      const points = reference.copies[noise];
      if (found === undefined || points === undefined) throw new Error(`no ${noise}`);
      expectPoints(found.points, points, noise);
      for (const which of ['all', 'same'] as const) {
        expect(found[which].of).toBe(points[which].of);
        expect(found[which].some).toBe(points[which].some);
        expect(found[which].each).toBeCloseTo(points[which].each, 9);
      }
    }
  );

  it('draws an augmented picture as scipy does', async () => {
    const { seed } = reference.ask;
    const of = { kind: 'augmentation', seed, augmentation: 'all' } as const;
    const { pixels } = await request('featurePicture', { model, set: null, of });
    expect([...pixels.rgba].filter((_, i) => i % 4 === 0)).toEqual(reference.picture);
  });

  it('names the nearest copy of each unseen picture', () => {
    for (const one of space.unseen) {
      const nearest = one.nearest;
      const closest = Math.min(...space.copies.map(({ all }) => all.of));
      expect(closest).toBe(space.unseen.length);
      expect(nearest?.distance).toBeGreaterThan(0);
    }
    const nearerOnes = space.unseen.filter(({ nearest, distance }) => (nearest?.distance ?? 0) < distance).length;
    expect(nearerOnes).toBeGreaterThanOrEqual(Math.max(...space.copies.map(({ all }) => all.some)));
  });
});
