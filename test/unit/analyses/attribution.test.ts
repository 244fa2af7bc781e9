import { describe, expect, it } from 'vitest';
import type { Explainer } from '../../../src/analyses/attribution/explainer';
import { maximise, penalty, rolled, type MaximiseOptions } from '../../../src/analyses/attribution/maximise';
import {
  brightestTenth,
  enlargeMap,
  hottestWindow,
  overChannels,
  rankCorrelation
} from '../../../src/analyses/attribution/measures';
import { covered, windowsOf } from '../../../src/analyses/attribution/occlusion';
import { deviation, readLearned, shaken, shuffled } from '../../../src/analyses/attribution/shaken';
import { answerSpread } from '../../../src/analyses/attribution/spread';
import { RELU } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import { createRandom } from '../../../src/core/random';
import { createEngine } from '../../../src/engine/select';
import { withFreshWeights } from '../../../src/engine/freshWeights';
import { chain, layer, weight } from '../engine/models';

const quiet = new AbortController().signal;
const conv: LayerKind = {
  kind: 'conv',
  rank: 2,
  filters: 4,
  groups: 1,
  kernelSize: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  padding: { type: 'same' },
  dataFormat: 'channelsLast',
  useBias: true,
  activation: RELU
};
const norm: LayerKind = {
  kind: 'batchNorm',
  axis: -1,
  epsilon: 1e-3,
  momentum: 0.99,
  center: true,
  scale: true,
  tracksStatistics: true
};

describe('measures of a map', () => {
  it('say how much lies in the brightest tenth, negative values aside', () => {
    const values = new Float32Array(20).fill(1);
    expect(brightestTenth(values)).toBeCloseTo(0.1, 6);
    values.fill(-5, 2);
    expect(brightestTenth(values)).toBe(1);
    expect(brightestTenth(new Float32Array(20))).toBeNull();
  });

  it('find the hottest window', () => {
    const values = new Float32Array(30);
    values[2 * 6 + 3] = 1;
    values[3 * 6 + 4] = 2;
    values[0] = 2.5;
    const map = { slices: 1, size: [5, 6] as const, values };
    expect(hottestWindow(map, [2, 2])).toEqual({ top: 2, left: 3, height: 2, width: 2 });
    expect(hottestWindow(map, [9, 9])).toEqual({ top: 0, left: 0, height: 5, width: 6 });
  });

  it('enlarge as bilinear interpolation with half-pixel centres does', () => {
    // PyTorch: F.interpolate(tensor([0, 1]), size=4, mode='linear', align_corners=False)
    const map = { slices: 1, size: [1, 2] as const, values: Float32Array.of(0, 1) };
    expect([...enlargeMap(map, [1, 4]).values]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('join channels by size or by sum', () => {
    const attribution = { shape: [1, 1, 2, 2], data: Float32Array.of(1, -3, 2, 1) };
    expect([...overChannels(attribution, 'channelsLast', 'largest').values]).toEqual([3, 2]);
    expect([...overChannels(attribution, 'channelsLast', 'sum').values]).toEqual([-2, 3]);
    expect([...overChannels({ ...attribution, shape: [1, 2, 1, 2] }, 'channelsFirst', 'sum').values]).toEqual([3, -2]);
  });

  it('correlate ranks as SciPy does, ties sharing theirs', () => {
    // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 5, 4])
    const a = Float32Array.of(1, 2, -2, 4, 5);
    expect(rankCorrelation(a, Float32Array.of(2, 1, 3, -5, 4))).toBeCloseTo(0.718184846, 6);
    expect(rankCorrelation(a, a)).toBeCloseTo(1, 12);
    expect(rankCorrelation(a, new Float32Array(5))).toBeNull();
  });
});

describe('occlusion windows', () => {
  it('reach the border and are cut there', () => {
    const windows = windowsOf([5, 4], { window: [2, 3], stride: [2, 3] });
    expect(windows.map(({ top, left, height, width }) => [top, left, height, width])).toEqual([
      [0, 0, 2, 3],
      [0, 3, 2, 1],
      [2, 0, 2, 3],
      [2, 3, 2, 1],
      [4, 0, 1, 3],
      [4, 3, 1, 1]
    ]);
  });

  it('cover every channel in either layout', () => {
    const window = { top: 0, left: 1, height: 1, width: 1 };
    const last = covered({ shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) }, window, {
      fill: 9,
      format: 'channelsLast'
    });
    expect([...last.data]).toEqual([1, 2, 9, 9]);
    const first = covered({ shape: [1, 2, 1, 2], data: Float32Array.of(1, 2, 3, 4) }, window, {
      fill: 9,
      format: 'channelsFirst'
    });
    expect([...first.data]).toEqual([1, 9, 3, 9]);
  });
});

describe('weight noise', () => {
  const own = Float32Array.from({ length: 20_000 }, (_, i) => 3 + Math.sin(i));
  const statistics = (role: 'movingMean' | 'movingVariance') => weight(role, 'none', [2], Float32Array.of(1, 2));
  const node = layer('dense', { kind: 'dense', units: 100, useBias: false, activation: { name: 'linear' } }, [
    weight('kernel', 'IO', [200, 100], own),
    statistics('movingMean'),
    statistics('movingVariance')
  ]);

  it('has the stated size, leaves statistics alone, and is the same for the same seed', async () => {
    const learned = await readLearned([node], quiet);
    expect(learned.get('dense')?.slice(1)).toEqual([null, null]);
    const draw = async (measure: 'layer' | 'proportional', seed: number) =>
      (await shaken(learned, { sigma: 0.2, measure, seed }, quiet)).get('dense')?.[0] ?? new Float32Array();
    const byLayer = await draw('layer', 4);
    const size = deviation(byLayer.map((value, i) => value - (own[i] ?? 0)));
    // The standard deviation of 20,000 draws lies within 5 of its own standard errors, 1 / sqrt(2 n).
    expect(Math.abs(size / (0.2 * deviation(own)) - 1)).toBeLessThan(5 / Math.sqrt(40_000));
    const byWeight = await draw('proportional', 4);
    const relative = deviation(byWeight.map((value, i) => value / (own[i] ?? 1) - 1));
    expect(Math.abs(relative / 0.2 - 1)).toBeLessThan(5 / Math.sqrt(40_000));
    expect(await draw('layer', 4)).toEqual(byLayer);
    expect(await draw('layer', 5)).not.toEqual(byLayer);
    expect(own[0]).toBe(3);
  });

  it('shuffles kernels only, keeping their values', async () => {
    const learned = await readLearned([node], quiet);
    const mixed = (await shuffled(learned, new Map([['dense', node]]), 1, quiet)).get('dense') ?? [];
    expect(mixed.slice(1)).toEqual([null, null]);
    expect(mixed[0]).not.toEqual(own);
    expect(mixed[0]?.toSorted()).toEqual(own.toSorted());
  });

  it('leaves the network as it was, moving statistics too', async () => {
    const engine = await createEngine('wasm');
    const model = withFreshWeights(chain([null, 6, 6, 1], [layer('c', conv), layer('n', norm)]), 2);
    const network = await engine.prepare(model, { seed: 2 });
    const input = { shape: [1, 6, 6, 1], data: Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)) };
    const run = async (weights?: Awaited<ReturnType<typeof shaken>>) =>
      (await network.run([input], { mode: 'infer', seed: 1, experiment: { weights } })).outputs[0]?.data;
    const read = async () =>
      Promise.all(
        [...model.root.layers.values()].flatMap(({ weights }) => weights.map(async (w) => [...(await w.read())]))
      );
    const [before, weights] = [await run(), await read()];
    const learned = await readLearned(model.root.layers.values(), quiet);
    const noisy = await run(await shaken(learned, { sigma: 0.5, measure: 'layer', seed: 1 }, quiet));
    expect(noisy).not.toEqual(before);
    expect(await run(await shaken(learned, { sigma: 0, measure: 'layer', seed: 1 }, quiet))).toEqual(before);
    expect(await run()).toEqual(before);
    expect(await read()).toEqual(weights);
    network.dispose();
  });

  it('spreads answers by class', () => {
    const draws = [Float32Array.of(0.1, 0.9), Float32Array.of(0.3, 0.7), Float32Array.of(0.8, 0.2)];
    const spread = answerSpread(Float32Array.of(0.2, 0.8), draws, ['cat', 'dog']);
    expect(spread).toMatchObject({ draws: 3, agreeing: 2, kind: 'classes', probabilities: true });
    expect(spread.entries[0]).toMatchObject({ index: 1, label: 'dog' });
    expect(spread.entries[0]?.mean).toBeCloseTo(0.6, 6);
    expect(spread.entries[0]?.deviation).toBeCloseTo(Math.sqrt(0.13), 6);
    expect([...(spread.entries[1]?.values ?? [])].map((value) => value.toFixed(1))).toEqual(['0.1', '0.3', '0.8']);
  });
});

describe('activation maximisation', () => {
  it('has a penalty whose gradient is that of its value', () => {
    const random = createRandom(3);
    const data = Float32Array.from({ length: 24 }, () => random.uniform());
    for (const [format, shape] of [
      ['channelsLast', [1, 3, 4, 2]],
      ['channelsFirst', [1, 2, 3, 4]]
    ] as const) {
      const options = { l2: 0.7, totalVariation: 1.3, format, range: [-1, 2] as const };
      const { gradient } = penalty({ shape, data }, options);
      for (let i = 0; i < data.length; i++) {
        const at = (step: number) =>
          penalty({ shape, data: data.map((value, k) => (k === i ? value + step : value)) }, options).value;
        expect(gradient[i]).toBeCloseTo((at(0.01) - at(-0.01)) / 0.02, 3);
      }
    }
  });

  it('moves a picture around and back', () => {
    const value = { shape: [1, 2, 3, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    expect([...rolled(value, 'channelsLast', [0, 1]).data]).toEqual([3, 1, 2, 6, 4, 5]);
    expect(rolled(rolled(value, 'channelsLast', [1, -2]), 'channelsLast', [-1, 2])).toEqual(value);
  });

  it('raises the activation, reproducibly, within the range, without changing the network', async () => {
    const engine = await createEngine('wasm');
    const model = withFreshWeights(chain([null, 12, 12, 1], [layer('a', conv), layer('b', conv)]), 4);
    const network = await engine.prepare(model, { seed: 4 });
    const explainer: Explainer = {
      gradient: async (inputs, ask) => network.gradient(inputs, { ...ask, seed: 1 })
    };
    const options: MaximiseOptions = {
      objective: { kind: 'channel', key: 'b#0', axis: 3, channel: 1 },
      inputKey: 'input#0',
      shape: [1, 12, 12, 1],
      format: 'channelsLast',
      steps: 25,
      seed: 7,
      l2: 0.1,
      totalVariation: 0.2,
      jitter: 1,
      range: [0, 1]
    };
    const still = { shape: [1, 12, 12, 1], data: new Float32Array(144).fill(0.4) };
    const answer = async () => (await network.run([still], { mode: 'infer', seed: 1 })).outputs[0]?.data;
    const before = await answer();
    const steps: number[] = [];
    const found = await maximise(explainer, options, (step) => steps.push(step));
    expect(steps).toEqual(Array.from({ length: 26 }, (_, i) => i));
    expect(found.activations).toHaveLength(26);
    expect(Math.max(...found.activations)).toBeGreaterThan(1.5 * (found.activations[0] ?? 0));
    expect(Math.min(...found.input.data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found.input.data)).toBeLessThanOrEqual(1);
    const again = await maximise(explainer, options, () => undefined);
    expect(again).toEqual(found);
    const smoother = await maximise(explainer, { ...options, totalVariation: 5 }, () => undefined);
    const variation = (data: Float32Array) =>
      penalty({ shape: options.shape, data }, { ...options, l2: 0, totalVariation: 1 }).value;
    expect(variation(smoother.input.data)).toBeLessThan(variation(found.input.data));
    expect(await answer()).toEqual(before);
    network.dispose();
  });
});
