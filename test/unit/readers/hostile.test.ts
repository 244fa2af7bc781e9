/** Every broken or hostile file gives one clear line, reads nothing outside itself, and ends soon (the limit leaves room for a busy machine). */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { problemLine } from '../../../src/core/result';
import { openModelFile } from '../../../src/readers/open';

const FOLDER = resolve(__dirname, '../../fixtures/readers/hostile');
const scratch = mkdtempSync(join(tmpdir(), 'convlens-readers-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

async function problemOf(path: string): Promise<string> {
  const result = await openModelFile(path);
  if (result.ok) {
    result.value.close();
    throw new Error('the file was opened');
  }
  const line = problemLine(result.error);
  expect(line).not.toContain('\n');
  expect(result.error.remedy.length).toBeGreaterThan(5);
  return line;
}

const CASES: readonly (readonly [string, RegExp])[] = [
  ['truncated.h5', /truncated/],
  ['truncated.keras', /truncated/],
  ['truncated.json', /not valid JSON/],
  ['empty.h5', /empty/],
  ['lfs-pointer.h5', /Git LFS pointer.*git lfs pull/],
  ['page.keras', /web page/],
  ['garbage.h5', /not a model/],
  ['science.h5', /not a model/],
  ['not-model.json', /not a model/],
  ['no-config.keras', /not a model/],
  ['future-version.h5', /Keras 9\.1\.0, which is not supported/],
  ['future-version.keras', /Keras 8\.0\.0, which is not supported/],
  ['external-link.h5', /link to another file, which is never followed/],
  ['external-storage.h5', /lie in another file, which is never read/],
  ['virtual-dataset.h5', /virtual dataset/],
  ['cycle.h5', /cycle/],
  ['deep-groups.h5', /nested without end/],
  ['huge-shape.h5', /declares/],
  ['missing-weight.h5', /kernel:0 is missing/],
  ['slip.keras', /names files outside itself/],
  ['duplicate.keras', /config\.json twice/],
  ['bomb.keras', /unpacks to far more/],
  ['lying-size.keras', /unpacks to far more|damaged/],
  ['deep.json', /nested more than/],
  ['circle.json', /in a circle/],
  ['tfjs-missing/model.json', /shard group1-shard1of1\.bin is missing/],
  ['tfjs-escape/model.json', /outside the model's folder/],
  ['tfjs-absolute/model.json', /outside the model's folder/],
  ['tfjs-short/model.json', /shard is truncated: 12 of 32 bytes/],
  ['tfjs-huge/model.json', /a shape that cannot be/]
];

describe('hostile and broken files', () => {
  it.each(CASES)('%s', async (name, expected) => {
    const start = performance.now();
    expect(await problemOf(join(FOLDER, name))).toMatch(expected);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('a folder', async () => {
    expect(await problemOf(FOLDER)).toMatch(/folder/);
  });

  it('no such file', async () => {
    expect(await problemOf(join(scratch, 'nothing.h5'))).toMatch(/no such file/);
  });

  it('a shard that is a symbolic link', async () => {
    const folder = join(scratch, 'link');
    cpSync(join(FOLDER, 'tfjs-link'), folder, { recursive: true });
    writeFileSync(join(scratch, 'secret.bin'), new Uint8Array(32));
    symlinkSync(join(scratch, 'secret.bin'), join(folder, 'linked.bin'));
    expect(await problemOf(join(folder, 'model.json'))).toMatch(/symbolic link/);
  });

  it('does not let keys of a file reach the prototype of objects', async () => {
    const result = await openModelFile(join(FOLDER, 'proto.json'));
    if (!result.ok) throw new Error(problemLine(result.error));
    const layer = result.value.model.root.layers.get('d');
    expect(layer?.kind).toMatchObject({ kind: 'dense', units: 2 });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    result.value.close();
  });

  it('opens the undamaged files the broken ones were made from', async () => {
    for (const name of ['whole.h5', 'whole.keras']) {
      const result = await openModelFile(join(FOLDER, name));
      expect(result.ok, name).toBe(true);
      if (result.ok) result.value.close();
    }
  });

  it('has every file it speaks of', () => {
    for (const [name] of CASES) expect(existsSync(join(FOLDER, name)), name).toBe(true);
  });
});

describe('weights split over several files', () => {
  const models = resolve(__dirname, '../../fixtures/readers/models');
  const shard = 'k3-sharded_00000.weights.h5';
  const folder = join(scratch, 'sharded');
  const index = (weights: unknown, name = 'net.weights.json'): string => {
    mkdirSync(folder, { recursive: true });
    cpSync(join(models, shard), join(folder, shard));
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify({ metadata: { total_size: 1 }, weight_map: weights }));
    return path;
  };

  it.each([
    ['a shard that is missing', { '/a/vars': ['net_00001.weights.h5'] }, /shard net_00001\.weights\.h5 is missing/],
    ['a shard outside the folder', { '/a/vars': [`../${shard}`] }, /outside the model's folder/],
    ['a shard by its whole path', { '/a/vars': '/etc/passwd' }, /outside the model's folder/],
    ['a shard that is no name', { '/a/vars': [7] }, /is not a name/],
    ['no shard', {}, /names no file/],
    ['no map', [1], /no weight_map/],
    [
      'a thousand shards and one',
      Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`/${String(i)}`, `s${String(i)}.h5`])),
      /more than 1000 weight shards/
    ]
  ])('%s', async (_name, weights, expected) => {
    expect(await problemOf(index(weights))).toMatch(expected);
  });

  it('two shards that hold the same weight', async () => {
    const path = index({ '/a/vars': [shard, 'copy.weights.h5'] });
    cpSync(join(models, shard), join(folder, 'copy.weights.h5'));
    expect(await problemOf(path)).toMatch(/two of the weight shards hold layers\//);
  });

  it('a shard that is a symbolic link, and one that is truncated', async () => {
    const path = index({ '/a/vars': ['linked.weights.h5'] });
    symlinkSync(join(models, shard), join(folder, 'linked.weights.h5'));
    expect(await problemOf(path)).toMatch(/symbolic link/);
    writeFileSync(join(folder, 'short.weights.h5'), readFileSync(join(models, shard)).subarray(0, 2000));
    expect(await problemOf(index({ '/a/vars': ['short.weights.h5'] }))).toMatch(/damaged|truncated/);
  });
});
