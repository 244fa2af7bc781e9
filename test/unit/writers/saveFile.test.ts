/** Saving with proof: the bytes on disk are read back, and an older file outlives whatever goes wrong. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFreshWeights } from '../../../src/engine/freshWeights';
import { openModelFile } from '../../../src/readers/open';
import { lessonNetwork } from '../../../src/training/lab/lessonNetwork';
import { tensorsIn } from '../../../src/writers/formats/safetensorsValues';
import { saveFile } from '../../../src/writers/saveFile';

const model = withFreshWeights(lessonNetwork(), 3);
const own = () => undefined;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'convlens-save-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a saved model', () => {
  it.each([
    ['keras', 'net.keras', ['net.keras']],
    ['h5', 'net.h5', ['net.h5']],
    ['tfjs', 'model.json', ['model.json', 'group1-shard1of1.bin']],
    ['safetensors', 'net.safetensors', ['net.safetensors']]
  ] as const)('as %s stands there alone and whole', async (format, name, files) => {
    const trained = new Float32Array(3 * 3 * 1 * 8).map((_, i) => i / 100);
    const weights = (layer: string, index: number) => (layer === 'conv1' && index === 0 ? trained : undefined);
    const saved = await saveFile(model, weights, format, path.join(folder, name), openModelFile);
    if (!saved.ok) throw new Error(saved.error.problem);
    expect(saved.value.paths).toEqual(files.map((file) => path.join(folder, file)));
    expect(readdirSync(folder).sort()).toEqual([...files].sort());
    if (format === 'safetensors') {
      const [first] = tensorsIn(readFileSync(path.join(folder, name)));
      expect(first).toMatchObject({ shape: [3, 3, 1, 8], values: trained });
      return;
    }
    const read = await openModelFile(path.join(folder, name));
    if (!read.ok) throw new Error(read.error.problem);
    const conv = [...read.value.model.root.layers.values()].find(({ kind }) => kind.kind === 'conv');
    expect(await conv?.weights[0]?.read()).toEqual(trained);
    read.value.close();
  });

  it('of TensorFlow.js leaves the shards of another one in the folder alone', async () => {
    for (const name of ['a.json', 'b.json', 'model.json']) {
      const saved = await saveFile(model, own, 'tfjs', path.join(folder, name), openModelFile);
      expect(saved.ok).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual([
      'a-group1-shard1of1.bin',
      'a.json',
      'b-group1-shard1of1.bin',
      'b.json',
      'group1-shard1of1.bin',
      'model.json'
    ]);
  });

  it.each(['keras', 'h5', 'tfjs'] as const)(
    'as %s that reads otherwise is refused, and the older file stays',
    async (format) => {
      const file = path.join(folder, format === 'tfjs' ? 'model.json' : `net.${format}`);
      writeFileSync(file, 'older');
      const other = withFreshWeights(lessonNetwork(), 4);
      const wrong = await saveFile(model, own, format, file, () =>
        Promise.resolve({ ok: true, value: { model: other, close: () => undefined } })
      );
      expect(wrong).toMatchObject({ ok: false, error: { file, problem: 'conv1/kernel was not written as it is' } });
      const unread = await saveFile(model, own, format, file, () =>
        Promise.resolve({ ok: false, error: { file, problem: 'cut', remedy: '' } })
      );
      expect(unread).toMatchObject({ ok: false, error: { problem: 'what was written cannot be read again: cut' } });
      expect(readFileSync(file, 'utf8')).toBe('older');
      expect(readdirSync(folder)).toEqual([path.basename(file)]);
    }
  );

  it('that has no place is refused in one line', async () => {
    const saved = await saveFile(model, own, 'keras', path.join(folder, 'no', 'net.keras'), openModelFile);
    expect(saved).toMatchObject({ ok: false, error: { problem: expect.stringMatching(/^cannot be written \(/) } });
  });
});
