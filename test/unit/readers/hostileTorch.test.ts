/** Pickles and safetensors that are broken or mean harm: one clear line each, nothing run, soon over. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemLine } from '../../../src/core/result';
import { openModelFile } from '../../../src/readers/open';

const FOLDER = resolve(__dirname, '../../fixtures/readers/hostile-torch');
const REFUSED = resolve(__dirname, '../../fixtures/readers/torch');

async function problemOf(path: string): Promise<string> {
  const result = await openModelFile(path);
  if (result.ok) {
    result.value.close();
    throw new Error(`${path} was opened`);
  }
  const line = problemLine(result.error);
  expect(line).not.toContain('\n');
  return line;
}

const CASES: readonly (readonly [string, RegExp])[] = [
  ['system.pt', /would run posix\.system: it is not opened/],
  ['eval.pt', /would run builtins\.eval/],
  ['nested-name.pt', /would run os\.path\.os\.system/],
  ['stacked-name.pt', /would run subprocess\.Popen/],
  ['past-storage.pt', /fc\.weight reaches past the numbers/],
  ['huge.pt', /fc\.weight has a shape that cannot be/],
  ['repeated.pt', /fc\.weight has a shape that cannot be/],
  ['negative.pt', /damaged or cut off/],
  ['no-storage.pt', /numbers of fc\.weight are missing/],
  ['strange-storage.pt', /type that is not supported: torch\.Float4Storage/],
  ['deep.pt', /nested more than 100 levels/],
  ['underflow.pt', /damaged or cut off/],
  ['no-mark.pt', /damaged or cut off/],
  ['unknown-instruction.pt', /damaged or cut off/],
  ['long-number.pt', /damaged or cut off/],
  ['script.pt', /TorchScript archive, which is not opened/],
  ['duplicate.pt', /archive\/data\/0 twice/],
  ['bomb.pt', /unpacks to far more/],
  ['cut-numbers.pth', /truncated: \d+ bytes are missing/],
  ['cut-pickle.pth', /damaged or cut off/],
  ['cut.pt', /truncated or damaged/],
  ['plain.pkl', /a Python pickle, but none of PyTorch/],
  ['page.pt', /a web page, not a model/],
  ['pointer.pt', /a Git LFS pointer/],
  ['ancient.pth', /a tar archive, as PyTorch wrote it before/],
  ['overlap.safetensors', /b lies over another one/],
  ['hole.safetensors', /4 bytes that belong to no weight/],
  ['outside.safetensors', /a lies outside the file/],
  ['wrong-size.safetensors', /another number of bytes than its shape needs/],
  ['negative.safetensors', /a shape that cannot be/],
  ['huge.safetensors', /another number of bytes than its shape needs/],
  ['float8.safetensors', /not supported: F8_E4M3/],
  ['empty.safetensors', /holds no weights/],
  ['twice.safetensors', /8 bytes that belong to no weight/],
  ['long-header.safetensors', /not a model/],
  ['cut-header.safetensors', /not valid JSON/],
  ['deep-header.safetensors', /nested more than 400 levels/],
  ['missing.safetensors.index.json', /shard model-2\.safetensors is missing/],
  ['escape.safetensors.index.json', /outside the model's folder/],
  ['absolute.safetensors.index.json', /outside the model's folder/],
  ['stray.safetensors.index.json', /zz is in none of the shards/]
];

describe('hostile and broken files of PyTorch and safetensors', () => {
  it.each(CASES)('%s', async (name, expected) => {
    const start = performance.now();
    expect(await problemOf(join(FOLDER, name))).toMatch(expected);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it.each([
    ['scripted.pt', /TorchScript archive/],
    ['quantised.pt', /fc\.weight cannot be read: its numbers are quantised/],
    ['sparse.pt', /fc\.weight cannot be read: it is stored sparsely/],
    ['complex.pt', /fc\.weight cannot be read: its numbers are complex/],
    ['one-tensor.pt', /one tensor, not the weights of a network/],
    ['no-weights.pt', /holds no weights/]
  ])('%s, which PyTorch saved', async (name, expected) => {
    expect(await problemOf(join(REFUSED, name))).toMatch(expected);
  });

  it.each(['laughs.pt', 'itself.pt', 'stranger.pt', 'proto.pt'])(
    'opens the weights of %s soon, running nothing',
    async (name) => {
      const start = performance.now();
      const result = await openModelFile(join(FOLDER, name));
      if (!result.ok) throw new Error(problemLine(result.error));
      expect(performance.now() - start).toBeLessThan(5_000);
      const [layer] = result.value.model.root.layers.values();
      expect(Array.from((await layer?.weights[0]?.read()) ?? [])).toEqual([1, 2, 3, 4]);
      const left = result.value.model.notices.find(({ code }) => code === 'objects-left');
      expect(left?.message.includes('somebody.code.Thing') === true).toBe(name === 'stranger.pt');
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
      result.value.close();
    }
  );

  it('keeps a tensor that is named like a prototype apart from it', async () => {
    const result = await openModelFile(join(FOLDER, 'proto.safetensors'));
    if (!result.ok) throw new Error(problemLine(result.error));
    expect([...result.value.model.root.layers.keys()]).toEqual(['__proto__']);
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false);
    result.value.close();
  });

  it('opens the undamaged files the broken ones were made from', async () => {
    for (const name of ['whole.pt', 'whole.safetensors'])
      expect(await openModelFile(join(FOLDER, name))).toMatchObject({ ok: true });
  });

  it('has every file it speaks of', () => {
    for (const [name] of CASES) expect(existsSync(join(FOLDER, name)), name).toBe(true);
  });
});
