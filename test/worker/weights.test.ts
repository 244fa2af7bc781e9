/** Definitions with the weights of a file, and files of weights alone, as the panel asks for them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinWeights } from '../../src/analyses/join/joinWeights';
import { withFreshWeights } from '../../src/engine/freshWeights';
import { toPortable } from '../../src/protocol/portableModel';
import { openModelFile } from '../../src/readers/open';
import { analyzeSource } from '../../src/source/analyze';
import { architectureOf, trainableModel } from '../../src/training/run/setUp';
import { inProcess } from './inProcess';

const root = path.resolve(__dirname, '../..');
const sample = (name: string) => path.join(root, 'samples', name);
const fixture = (name: string) => path.join(root, 'test/fixtures', name);

function definition() {
  const text = readFileSync(sample('digits_cnn.py'), 'utf8');
  const [model] = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 5000 }).models;
  if (model === undefined) throw new Error('no model was read from the code');
  return toPortable(model);
}

describe('a definition with the weights of a file', () => {
  it('answers as the file itself', async () => {
    const request = inProcess();
    const file = sample('digits_cnn.h5');
    const answers = [];
    for (const opened of [
      await request('openModel', { file }),
      await request('openDefinition', { definition: definition(), seed: 1, weights: { file, codeChanged: null } })
    ]) {
      const { model } = opened;
      const [shown] = await request('samples', { model, input: 0 });
      if (shown === undefined) throw new Error('there is no sample');
      await request('setInput', { model, input: 0, source: { kind: 'sample', id: shown.id }, preprocessing: null });
      const { outputs } = await request('run', { model });
      answers.push(outputs.map((output) => ('values' in output ? output.values : null)));
    }
    expect(answers[0]?.[0]).toHaveLength(10);
    expect(answers[1]).toEqual(answers[0]);
  });

  it('can be trained where the file lacks a layer: what is lacking is drawn for the run', async () => {
    const text = readFileSync(sample('digits_cnn.py'), 'utf8').replace('NUM_CLASSES = 10', 'NUM_CLASSES = 7');
    const [code] = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 5000 }).models;
    const file = await openModelFile(sample('digits_cnn.h5'));
    if (code === undefined || !file.ok) throw new Error('the sample cannot be read');
    const { model } = joinWeights(code, file.value.model, 'digits_cnn.h5');
    expect([...(model.lacking ?? [])]).toEqual(['dense_1']);
    expect(withFreshWeights(model, 1).root.layers.get('dense_1')?.weights).toEqual([]);
    const learning = withFreshWeights(trainableModel(model, { start: 'model' }), 1);
    expect(learning.root.layers.get('dense_1')?.weights.map(({ shape }) => shape)).toEqual([[64, 7], [7]]);
    expect(architectureOf(model)).toBe(architectureOf(code));
    file.value.close();
  });

  it('says whether the file is older than the code', async () => {
    const request = inProcess();
    const file = sample('digits_cnn.h5');
    for (const [codeChanged, olderThanCode] of [
      [0, false],
      [Date.now() + 60_000, true]
    ] as const) {
      const { summary } = await request('openDefinition', {
        definition: definition(),
        seed: 1,
        weights: { file, codeChanged }
      });
      expect(summary.weightsOrigin).toEqual({ kind: 'file', file: 'digits_cnn.h5', olderThanCode });
    }
  });

  it('keeps random weights where nothing fits, and tells layer by layer', async () => {
    const { summary } = await inProcess()('openDefinition', {
      definition: definition(),
      seed: 1,
      weights: { file: fixture('join/net.pt'), codeChanged: null }
    });
    expect(summary.weightsOrigin).toEqual({ kind: 'random', seed: 1 });
    expect(summary.weightsFit?.matched).toBe(0);
    expect(summary.weightsFit?.rows.length).toBeGreaterThan(6);
  });

  it('opens with a notice where the file is broken', async () => {
    const { summary } = await inProcess()('openDefinition', {
      definition: definition(),
      seed: 1,
      weights: { file: fixture('readers/hostile-torch/system.pt'), codeChanged: null }
    });
    expect(summary.notices.find(({ code }) => code === 'weights-unread')?.message).toMatch(/would run posix\.system/);
    expect(summary.weightsFit).toBeNull();
  });
});

describe('weights without a graph', () => {
  it('show their kernels, and say what to do where something should run', async () => {
    const request = inProcess();
    const opened = await request('openModel', { file: fixture('readers/torch/net.pt') });
    expect(opened.inputs).toEqual([]);
    const sheet = await request('kernelSheet', { model: opened.model, layer: 'conv1' });
    expect(sheet).toMatchObject({ outChannels: 4, inChannels: 1, size: [3, 3] });
    expect(sheet.filters).toHaveLength(4);
    await request('overview', { model: opened.model });
    await expect(request('run', { model: opened.model })).rejects.toThrow(/the code that builds the network/);
  });
});
