import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { toPortable } from '../../src/protocol/portableModel';
import type { ModelComparison, TensorDifference } from '../../src/protocol/compare';
import { analyzeSource } from '../../src/source/analyze';
import { inProcess } from '../worker/inProcess';

interface Distances {
  readonly largest: number;
  readonly relative: number;
  readonly distance: readonly number[];
  readonly perChannel: readonly (number | null)[];
  readonly cosine: readonly (number | null)[];
}
interface Fixture {
  readonly pairs: readonly {
    readonly a: string;
    readonly b: string;
    readonly kernels: Distances | null;
    readonly maps: Distances;
  }[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const root = join(__dirname, '../..');
const folder = join(root, 'test/fixtures/compare');
const reference = JSON.parse(readFileSync(join(folder, 'compare.json'), 'utf8')) as Fixture;

function expectLike(found: TensorDifference | null, distances: Distances, what: string): void {
  if (found?.comparable !== true) throw new Error(`${what}: ${found?.reason ?? 'nothing'}`);
  const close = (value: number | null, wanted: number | null | undefined, name: string) => {
    if (value === null || wanted === null || wanted === undefined) expect(value, `${what}: ${name}`).toBe(wanted);
    else expect(Math.abs(value - wanted), `${what}: ${name}`).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(wanted)));
  };
  close(found.largest, distances.largest, 'largest');
  close(found.relative, distances.relative, 'relative');
  expect(found.perChannel).toHaveLength(distances.distance.length);
  for (const one of found.perChannel) {
    close(one.distance, distances.distance[one.index], `distance ${String(one.index)}`);
    close(one.relative, distances.perChannel[one.index], `relative ${String(one.index)}`);
    close(one.cosine, distances.cosine[one.index], `cosine ${String(one.index)}`);
  }
}

describe('two checkpoints side by side, as numpy finds them', () => {
  const request = inProcess();
  let model = '';
  let other = '';
  let found: ModelComparison;
  beforeAll(async () => {
    model = (await request('openModel', { file: join(folder, 'a.keras') })).model;
    other = (await request('openModel', { file: join(folder, 'b.h5') })).model;
    const source = { kind: 'file', path: join(folder, 'input.npy') } as const;
    await request('setInput', { model, input: 0, source, preprocessing: null });
    found = await request('compareModels', { model, other });
  });

  it('finds the layers that correspond, and those without a counterpart', () => {
    expect(found.pairs.map(({ a, b, how }) => [a, b, how])).toEqual(reference.pairs.map(({ a, b }) => [a, b, 'place']));
    expect(found.onlyA).toEqual(reference.onlyA);
    expect(found.onlyB).toEqual(reference.onlyB);
  });

  it('measures how far the kernels lie apart', () => {
    let kernels = 0;
    for (const [i, pair] of reference.pairs.entries()) {
      const own = found.pairs[i]?.kernels ?? null;
      if (pair.kernels === null) expect(own, pair.a).toBeNull();
      else {
        kernels++;
        expectLike(own, pair.kernels, `kernels of ${pair.a}`);
      }
    }
    expect(kernels).toBe(4);
  });

  it('measures how far the maps of one input lie apart, one by one and all together', async () => {
    const together = await request('compareAllMaps', { model, other, pairs: found.pairs });
    for (const [i, { a, b, maps }] of reference.pairs.entries()) {
      expect(together[i], a).toBeCloseTo(maps.relative, 4);
      // Of a vector each value is a channel of its own.
      expectLike(await request('compareMaps', { model, other, a, b }), maps, `maps of ${a}`);
    }
  });

  it('draws the differences themselves', async () => {
    const pair = { model, other, a: 'a_second', b: 'b_second' };
    const maps = await request('differenceTiles', { ...pair, of: 'maps', channels: [0, 1, 2, 3, 4] });
    const largest = reference.pairs.find(({ a }) => a === 'a_second')?.maps.largest ?? 0;
    expect(maps.ranges[0]).toEqual({ min: -(maps.ranges[0]?.max ?? 0), max: maps.ranges[0]?.max });
    expect(maps.ranges[0]?.max).toBeCloseTo(largest, 4);
    const kernels = await request('differenceTiles', { ...pair, of: 'kernels', channels: [0, 1] });
    const colours = (tile: (typeof kernels.tiles)[number] | undefined) =>
      new Set(Array.from(tile?.rgba ?? []).map(String));
    // Filter 1 is equal in both: its picture has the one colour of zero.
    expect(colours(kernels.tiles[1]).size).toBeLessThanOrEqual(4);
    expect(colours(kernels.tiles[0]).size).toBeGreaterThan(4);
  });

  it('sets the answers side by side', async () => {
    const answers = await request('compareAnswers', { model, other });
    if (answers.kind !== 'compared') throw new Error(answers.reason);
    for (const { index, before, after } of answers.change.entries) {
      expect(before).toBeCloseTo(reference.before[index] ?? Number.NaN, 5);
      expect(after).toBeCloseTo(reference.after[index] ?? Number.NaN, 5);
    }
    expect(answers.change.entries).toHaveLength(4);
  });
});

describe('a file beside the code that defines it', () => {
  const request = inProcess();
  it('matches every layer by place, and differs in what was learned', async () => {
    const path = join(root, 'samples/digits_cnn.py');
    const { models } = analyzeSource({ kind: 'file', text: readFileSync(path, 'utf8'), language: 'python' });
    const [definition] = models;
    if (definition === undefined) throw new Error('no model in the sample');
    const file = await request('openModel', { file: join(root, 'samples/digits_cnn.h5') });
    const code = await request('openDefinition', { definition: toPortable(definition), seed: 1 });
    const { pairs, onlyA, onlyB } = await request('compareModels', { model: file.model, other: code.model });
    expect([onlyA, onlyB]).toEqual([[], []]);
    expect(pairs.every(({ how }) => how === 'place')).toBe(true);
    const kernels = pairs.flatMap(({ kernels: own }) => (own === null ? [] : [own]));
    expect(kernels.length).toBeGreaterThan(3);
    for (const own of kernels) expect(own.comparable && (own.relative ?? 0) > 0.1).toBe(true);
  });
});
