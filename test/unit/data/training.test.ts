import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../../src/core/result';
import { pairArrays } from '../../../src/data/arrayPairs';
import { arraySet } from '../../../src/data/arraySet';
import { readBatch, type Preparation } from '../../../src/data/batch';
import { trainable, type TrainingSet } from '../../../src/data/dataSet';
import { readDigits } from '../../../src/data/digits';
import { drawn, levelsOf, pictureShape } from '../../../src/data/drawn';
import { readImageFolders } from '../../../src/data/imageFolder';
import { balanceOf, inspect } from '../../../src/data/inspect';
import { openData } from '../../../src/data/open';
import { rowsOfBytes } from '../../../src/data/rows';
import { epochOrder, lastPart, sampled, stratified } from '../../../src/data/split';
import { joined, subsetOf } from '../../../src/data/subset';

const media = join(__dirname, '../../../media');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convlens-training-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.file}: ${result.error.problem}`);
  return result.value;
}

/** Grey 2 x 2 pictures from rows of four bytes, the label last. */
function toy(title: string, rows: readonly (readonly [number, number, number, number, number])[]): TrainingSet {
  const pixels = Uint8Array.from(rows.flatMap((row) => row.slice(0, 4)));
  const labels = Uint8Array.from(rows, (row) => row[4]);
  return arraySet(rowsOfBytes(pixels, [rows.length, 2, 2, 1]), rowsOfBytes(labels, [rows.length]), {
    id: title,
    title,
    file: title,
    classNames: ['a', 'b', 'c']
  });
}

const train = toy('train', [
  [1, 2, 3, 4, 0],
  [9, 9, 9, 9, 0],
  [1, 2, 3, 4, 1],
  [0, 255, 0, 255, 0],
  [5, 5, 5, 5, 1],
  [1, 2, 3, 4, 0]
]);
const validation = toy('validation', [
  [4, 3, 2, 1, 0],
  [9, 9, 9, 9, 2]
]);

describe('splits and orders', () => {
  it('takes the last part as Keras does', () => {
    // floor(n * (1 - fraction)) in Python: 8, 2, 1, 47, 699.
    const at = (n: number, fraction: number): number | undefined => lastPart(n, fraction)?.train.length;
    expect([at(10, 0.2), at(3, 0.1), at(3, 0.5), at(50, 0.05), at(1000, 0.301)]).toEqual([8, 2, 1, 47, 699]);
    expect(lastPart(10, 0.3)?.validation).toEqual(Uint32Array.of(7, 8, 9));
    expect([lastPart(1, 0.5), lastPart(10, 0), lastPart(0, 0.5)]).toEqual([null, null, null]);
  });

  it('keeps every class’s share, draws by the seed, loses nothing', () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 700 ? 0 : i < 990 ? 1 : 2));
    const set = { size: 1000, label: (i: number) => labels[i] ?? null };
    const split = stratified(set, 0.2, 5);
    if (split === null) throw new Error('split');
    const count = (indices: Uint32Array, label: number): number => indices.filter((i) => labels[i] === label).length;
    expect([0, 1, 2].map((label) => count(split.validation, label))).toEqual([140, 58, 2]);
    expect([...split.train, ...split.validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    expect(stratified(set, 0.2, 5)).toEqual(split);
    expect(stratified(set, 0.2, 6)?.validation).not.toEqual(split.validation);
    expect(stratified({ size: 7, label: (i) => i % 3 }, 0.5, 1)?.validation).toHaveLength(4);
    expect(stratified(set, 0, 1)).toBeNull();
  });

  it('orders every epoch anew and the same for one seed', () => {
    const order = epochOrder(500, 3, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(epochOrder(500, 3, 0)).toEqual(order);
    expect(epochOrder(500, 3, 1)).not.toEqual(order);
    expect(epochOrder(500, 4, 0)).not.toEqual(order);
    // Uniform: the first place is taken by each of 5 examples about equally often.
    const first = [0, 0, 0, 0, 0];
    for (let seed = 0; seed < 2000; seed++) {
      const k = epochOrder(5, seed, 0)[0] ?? 0;
      first[k] = (first[k] ?? 0) + 1;
    }
    for (const count of first) expect(Math.abs(count - 400)).toBeLessThan(80);
  });

  it('samples classes evenly, smaller samples within larger ones', () => {
    const set = { size: 100, label: (i: number) => (i < 90 ? 0 : 1) };
    const few = sampled(set, 10, 2);
    expect(few.filter((i) => i >= 90)).toHaveLength(5);
    expect([...sampled(set, 30, 2)].slice(0, 10)).toEqual([...few]);
    expect(new Set(sampled(set, 500, 2)).size).toBe(100);
  });
});

describe('inspection', () => {
  it('counts classes, finds leaks, repeats, contradictions and the range', async () => {
    const found = await inspect({ train, validation });
    expect(found).toMatchObject({
      train: 6,
      validation: 2,
      unlabelled: 0,
      leakCount: 1,
      repeats: 2,
      contradictions: 1
    });
    expect(found.classes).toEqual([
      { name: 'a', train: 4, validation: 1 },
      { name: 'b', train: 2, validation: 0 },
      { name: 'c', train: 0, validation: 1 }
    ]);
    expect(found.leaks).toEqual([{ train: 'train, example 1', validation: 'validation, example 1' }]);
    expect(found.shapes).toEqual([{ shape: '2 x 2 x 1', count: 8 }]);
    const all = [train, validation].flatMap((set) => Array.from({ length: set.size }, (_, i) => [set, i] as const));
    const values: number[] = [];
    for (const [set, i] of all) {
      const example = value(await set.example(i));
      if (example.kind === 'tensor') values.push(...example.values);
    }
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    expect(found.values).toMatchObject({ low: 0, high: 255 });
    expect(found.values?.mean).toBeCloseTo(mean, 9);
    expect(found.values?.std).toBeCloseTo(std, 9);
    expect(balanceOf([5, 5])).toEqual({ evenness: 1, ratio: 1 });
    expect(balanceOf([8, 2]).evenness).toBeCloseTo(0.7219, 4);
  });

  it('lists what cannot be read by name and goes on; the parts of a folder keep their classes', async () => {
    for (const path of ['train/cat', 'train/dog', 'validation/dog', 'validation/cat', 'train/empty']) {
      mkdirSync(join(folder, 'set', path), { recursive: true });
    }
    const good = join(media, 'samples/digits/9.png');
    for (const path of ['train/cat/1.png', 'train/dog/2.png', 'validation/dog/3.png'])
      copyFileSync(good, join(folder, 'set', path));
    writeFileSync(join(folder, 'set/train/cat/broken.png'), 'nothing');
    const parts = value(await openData(join(folder, 'set')));
    expect(parts.train.classNames).toEqual(['cat', 'dog']);
    expect(parts.validation?.classNames).toEqual(['cat', 'dog']);
    expect(parts.validation?.label(0)).toBe(1);
    expect(parts.test).toBeNull();
    const found = await inspect({ train: parts.train, validation: parts.validation });
    expect(found.bad).toEqual([
      { name: join('cat', 'broken.png'), problem: expect.stringMatching(/not an image/) as string }
    ]);
    expect([...found.badIndices.train]).toEqual([1]);
    expect(found).toMatchObject({ train: 2, validation: 1, leakCount: 1, repeats: 1, contradictions: 1 });
    expect(found.notices[0]).toMatch(/empty holds no pictures/);
    const single = value(await readImageFolders(join(folder, 'set/train')));
    expect([single.train.size, single.validation]).toEqual([3, null]);
  });

  it('stops when told to, and reports progress', async () => {
    const digits = value(await readDigits(join(media, 'digits'), 'train'));
    const controller = new AbortController();
    const steps: number[] = [];
    const running = inspect(
      { train: joined([digits, digits, digits, digits], { id: 'x', title: 'x' }), validation: null },
      {
        signal: controller.signal,
        progress: (done) => {
          steps.push(done);
          controller.abort();
        }
      }
    );
    await expect(running).rejects.toThrow(/abort/i);
    expect(steps).toHaveLength(1);
    expect(steps[0]).toBeLessThan(10_000);
  });

  it('finds that the bundled parts share nothing', async () => {
    const [a, b] = [
      await readDigits(join(media, 'digits'), 'train'),
      await readDigits(join(media, 'digits'), 'validation')
    ];
    const found = await inspect({ train: value(a), validation: value(b) });
    expect(found).toMatchObject({ train: 6000, validation: 500, badCount: 0, leakCount: 0 });
    expect(found.balance?.evenness).toBeGreaterThan(0.99);
  });
});

describe('batches', () => {
  const values: Preparation = { kind: 'values', shape: [2, 2, 1], divisor: 255, offset: 0 };
  const port = { height: 2, width: 2, channels: 1, channelsFirst: false };
  const picture: Preparation = {
    kind: 'picture',
    port,
    preprocessing: { fit: 'stretch', normalization: '0..1', colour: 'gray', invert: false }
  };

  it('makes the same numbers of bytes as values and as pictures: x / 255 in float32', async () => {
    const one = await readBatch(train, [3, 0], values);
    const other = await readBatch(train, [3, 0], picture);
    expect(one.inputs).toEqual(other.inputs);
    expect([...one.inputs.data]).toEqual([0, 1, 0, 1, ...[1, 2, 3, 4].map((v) => Math.fround(v / 255))]);
    expect([...one.labels]).toEqual([0, 0]);
    expect(one.targets).toBeNull();
  });

  it('leaves out what cannot be read or does not fit, and says why', async () => {
    const batch = await readBatch(train, [0, 99, 1], values);
    expect([[...batch.indices], batch.inputs.shape, batch.skipped.length]).toEqual([[0, 1], [2, 2, 2, 1], 1]);
    const wrong = await readBatch(train, [0], { ...values, shape: [3, 3, 1] });
    expect(wrong.skipped[0]?.problem).toMatch(/has 4 values, the network reads 9/);
    const pictures = trainable({
      id: 'p',
      title: 'p',
      size: 1,
      classNames: null,
      label: () => null,
      image: (i) => train.image(i)
    });
    expect((await readBatch(pictures, [0], values)).skipped[0]?.problem).toMatch(/is a picture/);
    const seen = await readBatch(pictures, [0], picture);
    expect([...seen.labels, seen.inputs.shape]).toEqual([-1, [1, 2, 2, 1]]);
  });

  it('reads parts and joined sets as what they are made of', async () => {
    const both = joined([train, validation], { id: 'both', title: 'both' });
    const part = subsetOf(both, Uint32Array.of(7, 0), 'a part');
    expect([part.size, part.label(0), part.label(1), part.nameOf(0)]).toEqual([2, 2, 0, 'validation, example 1']);
    const batch = await readBatch(part, [0, 1], { ...values, divisor: 1 });
    expect([...batch.inputs.data]).toEqual([9, 9, 9, 9, 1, 2, 3, 4]);
  });
});

describe('names and pictures of arrays', () => {
  it('understands the usual names', () => {
    const pair = (examples: string, answers: string | null) => ({ examples, answers });
    expect(pairArrays(['x_train', 'y_train', 'x_test', 'y_test'])).toEqual({
      train: pair('x_train', 'y_train'),
      validation: null,
      test: pair('x_test', 'y_test')
    });
    for (const [x, y] of [
      ['images', 'labels'],
      ['data', 'target'],
      ['x', 'y'],
      ['X', 'Y'],
      ['arr_0', 'arr_1']
    ] as const) {
      expect(pairArrays([y, x])?.train).toEqual(pair(x, y));
    }
    expect(
      pairArrays(['train_images', 'train_labels', 'val_images', 'val_labels', 'test_images', 'test_labels'])
    ).toEqual({
      train: pair('train_images', 'train_labels'),
      validation: pair('val_images', 'val_labels'),
      test: pair('test_images', 'test_labels')
    });
    expect(pairArrays(['Xtrain', 'ytrain', 'trainLabels'])?.train.examples).toBe('Xtrain');
    expect(pairArrays(['only'])?.train).toEqual(pair('only', null));
    expect(pairArrays(['one', 'two'])).toBeNull();
  });

  it('draws grey, coloured and channels-first arrays by the range of their values', () => {
    const grey = value(drawn(Float32Array.of(0, 0.5, 1, 0), [2, 2], levelsOf(0, 1), 'g'));
    expect([...grey.data.filter((_, i) => i % 4 === 0)]).toEqual([0, 128, 255, 0]);
    const planes = value(drawn(Float32Array.of(-1, 1, 0, 0, 1, -1), [3, 1, 2], levelsOf(-1, 1), 'p'));
    expect([...planes.data]).toEqual([0, 128, 255, 255, 255, 128, 0, 255]);
    expect(pictureShape([32, 32, 5])).toBeNull();
    expect(drawn(Float32Array.of(1), [1], levelsOf(0, 1), 'x').ok).toBe(false);
  });
});
