/** Every model, saved in every format and read again by our own readers: the same layers, weights and outputs. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Graph, Model } from '../../../src/core/model';
import { summarize } from '../../../src/core/summarize';
import { createEngine } from '../../../src/engine/select';
import { openModelFile } from '../../../src/readers/open';
import { saveModel, type SaveFormat } from '../../../src/writers/saveModel';
import { writeFiles } from '../../../src/writers/writeFiles';
import { fromCode, inputsOf, leavesOf, parityModels, samples, savedByKeras, type Source } from './sources';

const scratch = mkdtempSync(path.join(tmpdir(), 'convlens-writers-'));
const engine = await createEngine('wasm');
afterAll(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

const own = () => undefined;
const formats: readonly SaveFormat[] = ['keras', 'h5', 'tfjs'];
const sources = [...samples, ...parityModels, ...savedByKeras, ...fromCode];

async function saved(source: Source, model: Model, format: SaveFormat) {
  const file = format === 'tfjs' ? 'model.json' : `model.${format}`;
  const result = await saveModel(model, own, format, file);
  if (!result.ok) return result.error.problem;
  const folder = path.join(scratch, `${source.title}-${format}`.replace(/[^a-z0-9]+/gi, '-'));
  mkdirSync(folder);
  const [first] = await writeFiles(folder, result.value.files);
  const again = await openModelFile(first ?? '');
  if (!again.ok) throw new Error(`${again.error.file}: ${again.error.problem}`);
  return again.value;
}

/** Weights that take part in a pass, as bytes, by role and, where `names` tell, by layer, sorted. */
async function weightsOf(graph: Graph, names: boolean): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, weights, kind } of leavesOf(graph)) {
    for (const ref of weights) {
      if (ref.role === 'other' || ref.role === 'seed' || ref.role === 'count') continue;
      const values = Float32Array.from(await ref.read());
      const bytes = Buffer.from(values.buffer).toString('base64');
      lines.push(`${names ? name.replaceAll('/', '_') : ''} ${kind.kind} ${ref.role} [${ref.shape.join()}] ${bytes}`);
    }
  }
  return lines.sort();
}

async function outputs(source: Source, model: Model) {
  const network = await engine.prepare(model, { seed: 1 });
  const result = await network.run(inputsOf(source, model), { mode: 'infer', seed: 1 });
  network.dispose();
  expect(result.stoppedAt).toBeNull();
  return result.outputs;
}

describe.each(sources)('$title', (source) => {
  it.each(formats)('as %s', async (format) => {
    const { model, close } = await source.load();
    const again = await saved(source, model, format);
    if (typeof again === 'string') {
      // TensorFlow.js lacks layers that these models have; no format has a place for what a class holds beside its layers.
      if (!/a weight the layer uses by itself|`call` does not use it/.test(again)) {
        expect(format, again).toBe('tfjs');
        expect(again).toContain('TensorFlow.js');
      }
      close();
      return;
    }
    // TensorFlow.js finds weights by name alone: layers of nested models may need new ones.
    const names = format !== 'tfjs';
    expect(await weightsOf(again.model.root, names)).toEqual(await weightsOf(model.root, names));
    const before = summarize(model).totals;
    expect(summarize(again.model).totals.params).toBe(before.params);
    expect(summarize(again.model).totals.trainableParams).toBe(before.trainableParams);
    const wanted = await outputs(source, model);
    const found = await outputs(source, again.model);
    expect(found.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
    wanted.forEach(({ data }, i) => {
      let worst = 0;
      let largest = 1;
      data.forEach((value, k) => {
        const other = found[i]?.data[k] ?? NaN;
        if (Object.is(value, other)) return;
        largest = Math.max(largest, Math.abs(value));
        worst = Math.max(worst, Math.abs(value - other));
      });
      expect(worst / largest).toBeLessThanOrEqual(1e-6);
    });
    close();
    again.close();
  });
});

describe('a file that is saved again in its own format', () => {
  it('keeps its configuration to the letter', async () => {
    const source = parityModels.find(({ title }) => title === 'keras-norms');
    const loaded = await source?.load();
    if (source === undefined || loaded === undefined) throw new Error('keras-norms is missing');
    const again = await saved({ ...source, title: 'again' }, loaded.model, 'keras');
    if (typeof again === 'string') throw new Error(again);
    expect(again.model.architecture?.text).toBe(loaded.model.architecture?.text);
    loaded.close();
    again.close();
  });

  it('holds the weights that are given in place of its own', async () => {
    const { model, close } = (await samples[1]?.load()) ?? { model: null, close: own };
    if (model === null) throw new Error('the sample is missing');
    const dense = leavesOf(model.root).findLast(({ kind }) => kind.kind === 'dense');
    const values = Float32Array.from({ length: 640 }, (_, i) => i / 8);
    const result = await saveModel(
      model,
      (layer, index) => (layer === dense?.id && index === 0 ? values : undefined),
      'keras',
      'given.keras'
    );
    if (!result.ok) throw new Error(result.error.problem);
    const [file] = await writeFiles(scratch, result.value.files);
    const again = await openModelFile(file ?? '');
    if (!again.ok) throw new Error(again.error.problem);
    const found = leavesOf(again.value.model.root).find(({ id }) => id === dense?.id);
    expect(Array.from((await found?.weights[0]?.read()) ?? [])).toEqual(Array.from(values));
    close();
    again.value.close();
  });
});

describe('writing files', () => {
  it('leaves nothing behind and nothing changed where it fails', async () => {
    const folder = path.join(scratch, 'whole');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'a.bin'), 'before');
    const bytes = Buffer.from('after');
    await expect(
      writeFiles(folder, [
        { name: 'a.bin', bytes },
        { name: 'missing/b.bin', bytes }
      ])
    ).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(['a.bin']);
    expect((await writeFiles(folder, [{ name: 'a.bin', bytes }])).map((file) => path.basename(file))).toEqual([
      'a.bin'
    ]);
    expect(readdirSync(folder)).toEqual(['a.bin']);
  });
});
