import { mkdtemp, mkdir, rm, writeFile, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerChange, leaderOf } from '../../src/analyses/answerChange';
import { readDigits } from '../../src/data/digits';
import { readImageFolder } from '../../src/data/imageFolder';
import { matchLabels } from '../../src/data/labelMatch';

const media = join(__dirname, '../../media');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convlens-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('data sets', () => {
  it('reads the bundled digits, two disjoint parts with labels', async () => {
    const set = await readDigits(join(media, 'digits'), 'validation');
    if (!set.ok) throw new Error(set.error.problem);
    expect(set.value.size).toBe(500);
    expect(new Set(Array.from({ length: 500 }, (_, i) => set.value.label(i))).size).toBe(10);
    const image = await set.value.image(499);
    expect(image.ok && [image.value.width, image.value.height, image.value.data.length]).toEqual([28, 28, 3136]);
    expect(image.ok && Math.max(...image.value.data.filter((_, i) => i % 4 === 0))).toBeGreaterThan(200);
    const missing = await readDigits(folder, 'train');
    expect(missing.ok).toBe(false);
  });

  it('reads a folder with one sub-folder a class, in the order of numbers, and names what is damaged', async () => {
    for (const name of ['9', '10']) await mkdir(join(folder, 'set', name), { recursive: true });
    await copyFile(join(media, 'samples/digits/9.png'), join(folder, 'set/9/a.png'));
    await writeFile(join(folder, 'set/10/broken.png'), 'no picture');
    await writeFile(join(folder, 'set/10/notes.txt'), 'no picture');
    const set = await readImageFolder(join(folder, 'set'));
    if (!set.ok) throw new Error(set.error.problem);
    expect(set.value.classNames).toEqual(['9', '10']);
    expect([0, 1].map((i) => set.value.label(i))).toEqual([0, 1]);
    expect((await set.value.image(0)).ok).toBe(true);
    const broken = await set.value.image(1);
    expect(broken.ok ? '' : broken.error.file).toContain('broken.png');
    expect((await readImageFolder(join(folder, 'nowhere'))).ok).toBe(false);
  });

  it('matches classes by name before it trusts their order', () => {
    expect(matchLabels(['cat', 'Dog'], 3, ['bird', 'dog', 'Cat'])).toEqual([2, 1]);
    expect(matchLabels(['0', '1'], 2, null)).toEqual([0, 1]);
    expect(matchLabels(['0', '1'], 3, null)).toBeNull();
    expect(matchLabels(null, 2, null)).toBeNull();
  });
});

describe('a change of the answer', () => {
  const row = (...values: number[]) => ({ shape: [1, values.length], data: Float32Array.from(values) });
  it('names who leads before and after, and whether the answer is another one', () => {
    const change = answerChange(row(0.7, 0.2, 0.1), row(0.1, 0.3, 0.6), ['a', 'b', 'c']);
    expect(change).toMatchObject({ kind: 'classes', probabilities: true, flipped: true });
    expect(change.entries.map(({ label }) => label)).toEqual(['a', 'c', 'b']);
    expect(change.largestDifference).toBeCloseTo(0.6);
    expect(answerChange(row(3), row(5), null)).toMatchObject({ kind: 'values', flipped: false, largestDifference: 2 });
    expect([leaderOf([]), leaderOf([1, 3, 3])]).toEqual([-1, 1]);
  });
});
