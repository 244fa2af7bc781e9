import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModelFile } from '../../src/readers/open';
import type { AttributionAsk, AttributionMethod, MaximisedPicture, ShakenAnswers } from '../../src/protocol/why';
import { inProcess } from './inProcess';

const file = path.resolve(__dirname, '../../samples/digits_cnn.keras');
const options: AttributionAsk['options'] = {
  samples: 4,
  sigma: 0.1,
  seed: 1,
  steps: 60,
  baseline: 'zero',
  window: 7,
  stride: 7
};

async function digit() {
  const request = inProcess();
  const { model } = await request('openModel', { file });
  const [sample] = (await request('samples', { model, input: 0 })).filter(({ fits }) => fits);
  await request('setInput', { model, input: 0, source: { kind: 'sample', id: sample?.id ?? '' }, preprocessing: null });
  return { request, model };
}

describe('why a digit is recognised', () => {
  it('is explained by every method, the targets and layers being named', async () => {
    const { request, model } = await digit();
    const targets = await request('whyTargets', { model, output: 0 });
    expect(targets).toMatchObject({ kind: 'classes', probabilities: true, dropoutLayers: 3 });
    expect(targets.layers.map(({ layer }) => layer)).toContain('conv2d_1');
    const [first, second] = targets.targets.map(({ index }) => index);
    const methods: AttributionMethod[] = [
      'gradCam',
      'gradCamPlus',
      'saliency',
      'smoothGrad',
      'integrated',
      'occlusion'
    ];
    for (const method of methods) {
      const ask: AttributionAsk = {
        model,
        output: 0,
        method,
        layer: 'conv2d_1',
        occurrence: 0,
        score: 'logit',
        options
      };
      const { maps, input } = await request('attribution', { ...ask, classes: [first ?? 0, second ?? 1] });
      expect(input.width).toBe(28);
      expect(maps.map(({ index }) => index)).toEqual([first, second]);
      expect(maps[0]?.score).toBeGreaterThan(maps[1]?.score ?? Infinity);
      for (const map of maps) {
        expect(map.heat).toMatchObject({ width: 28, height: 28 });
        expect(map.values).toHaveLength(map.size[0] * map.size[1]);
        expect(map.values.every(Number.isFinite)).toBe(true);
        expect(map.covered?.before).toBeLessThanOrEqual(1);
      }
      expect(maps[0]?.size).toEqual(method.startsWith('gradCam') ? [11, 11] : [28, 28]);
      const complete = maps[0]?.completeness ?? null;
      expect(complete === null).toBe(method !== 'integrated');
      if (complete !== null) expect(Math.abs(complete.sum - complete.expected)).toBeLessThan(0.3);
    }
  });

  it('changes with shuffled kernels, and the network does not', async () => {
    const { request, model } = await digit();
    const before = await request('run', { model });
    const ask = {
      model,
      output: 0,
      method: 'gradCam',
      layer: 'conv2d_1',
      occurrence: 0,
      score: 'logit',
      options
    } as const;
    const check = await request('sanityCheck', { ...ask, class: 0, weightSeed: 1 });
    expect(check.similarity).toBeLessThan(0.9);
    const still = await request('shakeWeights', { model, output: 0, sigma: 0, measure: 'layer', draws: 2, seed: 1 });
    expect(still.noise.entries.every(({ deviation }) => deviation === 0)).toBe(true);
    const wild = await request('shakeWeights', { model, output: 0, sigma: 0.8, measure: 'layer', draws: 12, seed: 1 });
    expect(Math.max(...wild.noise.entries.map(({ deviation }) => deviation))).toBeGreaterThan(0.05);
    expect(wild.masks?.draws).toBe(12);
    const again = await request('shakeWeights', { model, output: 0, sigma: 0.8, measure: 'layer', draws: 12, seed: 1 });
    expect(again).toEqual(wild);
    expect((await request('run', { model })).outputs).toEqual(before.outputs);
  });

  it('sends the first draw of a noise at once, then the others, and draws the masks once for all noises', async () => {
    const { request, model } = await digit();
    const ask = { model, output: 0, measure: 'layer', draws: 40, seed: 3 } as const;
    const whole = await request('shakeWeights', { ...ask, sigma: 0.2 });
    const seen: ShakenAnswers[] = [];
    const other = await request(
      'shakeWeights',
      { ...ask, sigma: 0.4 },
      { onThumbnail: (partial) => void seen.push(partial as unknown as ShakenAnswers) }
    );
    expect(seen[0]?.noise.draws).toBe(1);
    expect(seen[0]?.noise.entries[0]?.values[0]).toBe(
      other.noise.entries.find(({ index }) => index === seen[0]?.noise.entries[0]?.index)?.values[0]
    );
    expect(seen[0]?.masks).toEqual(whole.masks);
    expect(other.masks).toEqual(whole.masks);
    expect(other.noise).not.toEqual(whole.noise);
  });

  it('shows pictures for a channel as they grow, and those of the data set', async () => {
    const { request, model } = await digit();
    const seen: unknown[] = [];
    const ask = { model, layer: 'conv2d_1', occurrence: 0, channel: 3 };
    const made = await request(
      'maximise',
      { ...ask, steps: 20, seed: 1, l2: 0.1, totalVariation: 0.2, jitter: 1 },
      { onThumbnail: (partial) => void seen.push(partial) }
    );
    expect(made.activations).toHaveLength(21);
    expect(Math.max(...made.activations)).toBeGreaterThan(made.activations[0] ?? 0);
    expect(seen.length).toBeGreaterThan(3);
    expect((seen[0] as MaximisedPicture).pixels.width).toBe(28);
    const found = await request('excitingPictures', { ...ask, dataSet: null, count: 40 });
    expect(found.looked).toBe(40);
    const values = found.pictures.map(({ value }) => value);
    expect(values).toHaveLength(9);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    for (const { window, crop } of found.pictures) {
      if (window === null) throw new Error('no window');
      expect([crop?.height, crop?.width]).toEqual([window[2] - window[0], window[3] - window[1]]);
      // Two 3 x 3 convolutions with a pooling between them see 8 pixels.
      expect(window[2] - window[0]).toBeLessThanOrEqual(8);
    }
  });

  it('is cancelled within 0.2 s', async () => {
    const { request, model } = await digit();
    const ask = { model, output: 0, method: 'smoothGrad', layer: null, occurrence: 0, score: 'logit' } as const;
    const controller = new AbortController();
    let aborted = 0;
    setTimeout(() => {
      aborted = performance.now();
      controller.abort();
    }, 60);
    const pending = request(
      'attribution',
      { ...ask, options: { ...options, samples: 5000 }, classes: [0] },
      { signal: controller.signal }
    );
    await expect(pending).rejects.toThrow(/abort/i);
    expect(performance.now() - aborted).toBeLessThan(200);
  });

  it('looks into nested models', async () => {
    const request = inProcess();
    const nested = path.resolve(__dirname, '../fixtures/readers/models/k3-nested.keras');
    const known = await openModelFile(nested);
    if (!known.ok) throw new Error(known.error.problem);
    known.value.close();
    const { model } = await request('openModel', { file: nested });
    const noise = { kind: 'noise', seed: 1 } as const;
    for (let input = 0; input < known.value.model.root.inputs.length; input++) {
      await request('setInput', { model, input, source: noise, preprocessing: null });
    }
    const { layers } = await request('whyTargets', { model, output: 0 });
    const inside = layers.filter(({ layer }) => layer.includes('/'));
    expect(inside.length).toBeGreaterThan(0);
    const deepest = inside.at(-1)?.layer ?? '';
    const ask = {
      model,
      output: 0,
      method: 'gradCam',
      layer: deepest,
      occurrence: 0,
      score: 'logit',
      options
    } as const;
    const { maps } = await request('attribution', { ...ask, classes: [0] });
    expect(maps).toHaveLength(1);
  });

  it('explains each output by the layers and the input it is made from', async () => {
    const request = inProcess();
    const merges = path.resolve(__dirname, '../fixtures/parity/keras-merges.keras');
    const { model, inputs } = await request('openModel', { file: merges });
    for (const input of inputs.keys()) {
      await request('setInput', { model, input, source: { kind: 'noise', seed: input + 1 }, preprocessing: null });
    }
    await request('run', { model });
    const { outputs } = await request('whyTargets', { model, output: 0 });
    expect(outputs.length).toBeGreaterThan(3);
    for (const output of outputs.keys()) {
      const { lastMaps, targets, layers } = await request('whyTargets', { model, output });
      const occurrence = layers.find(({ layer }) => layer === lastMaps)?.lastCall ?? 0;
      const ask = { model, output, layer: lastMaps, occurrence, score: 'logit', options } as const;
      const methods = lastMaps === null ? (['saliency'] as const) : (['gradCam', 'saliency'] as const);
      for (const method of methods) {
        const { maps } = await request('attribution', { ...ask, method, classes: [targets[0]?.index ?? 0] });
        expect(maps[0]?.values.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('gives each number of an input without places a place of its own', async () => {
    const request = inProcess();
    const file = path.resolve(__dirname, '../fixtures/readers/models/k1-merge.h5');
    const { model, inputs } = await request('openModel', { file });
    for (const input of inputs.keys()) {
      await request('setInput', { model, input, source: { kind: 'noise', seed: input + 1 }, preprocessing: null });
    }
    const ask = { model, output: 0, layer: null, occurrence: 0, score: 'logit', options } as const;
    for (const method of ['saliency', 'integrated', 'occlusion'] as const) {
      const { maps } = await request('attribution', { ...ask, method, classes: [0] });
      expect(maps[0]?.size).toEqual([1, 4]);
    }
  });
});
