import { describe, expect, it } from 'vitest';
import { filterFacts } from '../../../src/analyses/kernels';
import { parseLabels } from '../../../src/analyses/labels';
import { mapView, strongestChannel, thumbnail, toChannelsLastTensor } from '../../../src/analyses/maps';
import { areProbabilities, outputView } from '../../../src/analyses/outputs';
import { activateScalar } from '../../../src/analyses/scalarActivation';
import { histogram, statistics } from '../../../src/analyses/statistics';
import { windowStart } from '../../../src/analyses/windowStart';
import { ActivationStore } from '../../../src/worker/activations';
import { Queue } from '../../../src/worker/queue';

describe('statistics', () => {
  it('leave NaN and infinities out and count them', () => {
    const found = statistics([1, 3, Number.NaN, Infinity, 0]);
    expect(found).toMatchObject({ count: 5, min: 0, max: 3, notFinite: 2, zeros: 0.2 });
    expect(found.mean).toBeCloseTo(4 / 3);
  });
  it('put the greatest value in the last bin', () => {
    expect(histogram([0, 1, 2, 4], 4).counts).toEqual([1, 1, 1, 1]);
    expect(histogram([2, 2]).counts).toEqual([2]);
  });
});

describe('filters', () => {
  it('marks near-dead ones and copies, also with the sign turned', () => {
    const { facts, complete } = filterFacts([
      Float32Array.of(1, 2),
      Float32Array.of(-2, -4),
      Float32Array.of(2, -1),
      Float32Array.of(0.001, 0.001)
    ]);
    expect(facts.map((fact) => fact.duplicateOf)).toEqual([1, 0, null, null]);
    expect(facts.map((fact) => fact.nearDead)).toEqual([false, false, false, true]);
    expect(complete).toBe(true);
  });
  it('says when the time was up', () => {
    expect(filterFacts([Float32Array.of(1, 2), Float32Array.of(2, 1)], undefined, -1).complete).toBe(false);
  });
});

describe('maps', () => {
  const last = { shape: [1, 2, 2, 2], data: Float32Array.of(1, 10, 2, 20, 3, 30, 4, -40) };
  const first = { shape: [1, 2, 2, 2], data: Float32Array.of(1, 2, 3, 4, 10, 20, 30, -40) };
  it('are the same in both layouts', () => {
    const [a, b] = [mapView(last, 'channelsLast'), mapView(first, 'channelsFirst')];
    expect([...a.plane(1, 0)]).toEqual([10, 20, 30, -40]);
    expect([...b.plane(1, 0)]).toEqual([10, 20, 30, -40]);
    expect(b.at(1, 1, 0)).toBe(30);
    expect(toChannelsLastTensor(b)).toEqual(last);
    expect(strongestChannel(a)).toBe(1);
  });
  it('give a thumbnail that fits the rank', () => {
    expect(thumbnail(mapView(last, 'channelsLast'), 'x', 0).picture).toMatchObject({ kind: 'map', channel: 1 });
    const series = { shape: [1, 5, 2], data: new Float32Array(10) };
    expect(thumbnail(mapView(series, 'channelsLast'), 'x', 0).picture.kind).toBe('line');
    const vector = { shape: [1, 3], data: Float32Array.of(1, 2, 3) };
    expect(thumbnail(mapView(vector, 'channelsLast'), 'x', 0).picture.kind).toBe('bars');
  });
});

describe('outputs', () => {
  const view = (shape: number[], values: number[]) =>
    mapView({ shape, data: Float32Array.from(values) }, 'channelsLast');
  it('are classes, numbers, masks or pictures by their shape', () => {
    expect(outputView('o', view([1, 3], [0.2, 0.7, 0.1]), ['a', 'b', 'c'], null)).toMatchObject({
      kind: 'classes',
      probabilities: true,
      top: [{ index: 1, label: 'b' }, { index: 0 }, { index: 2 }]
    });
    expect(outputView('o', view([1, 1], [3]), null, null).kind).toBe('number');
    const mask = outputView('o', view([1, 2, 2, 1], [0.9, 0.1, 0.2, 0.8]), null, null);
    expect(mask.kind === 'mask' && mask.legend.map(({ share }) => share)).toEqual([0.5, 0.5]);
    expect(outputView('o', view([1, 2, 2, 3], new Array<number>(12).fill(0.9)), null, null).kind).toBe('image');
  });

  it('show the difference to the input on the largest one found, not on all grey levels', () => {
    const input = { width: 2, height: 2, rgba: new Uint8Array(16).fill(51) };
    const values = [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.24, 0.24, 0.24];
    const found = outputView('o', view([1, 2, 2, 3], values), null, input);
    if (found.kind !== 'image' || found.difference === null) throw new Error('no picture with a difference');
    const { pixels, largest } = found.difference;
    expect(largest).toBe(10);
    const colour = (at: number) => [...pixels.rgba.subarray(4 * at, 4 * at + 3)];
    expect(colour(0)).not.toEqual(colour(3));
    // The largest difference takes the end of the colours: far from the middle one.
    expect(Math.max(...colour(3).map((value, c) => Math.abs(value - (colour(0)[c] ?? 0))))).toBeGreaterThan(100);
    const same = outputView('o', view([1, 2, 2, 3], new Array<number>(12).fill(0.2)), null, input);
    expect(same.kind === 'image' && same.difference?.largest).toBe(0);
  });
  it('know probabilities from logits', () => {
    expect([areProbabilities([0.5, 0.5]), areProbabilities([2, -1]), areProbabilities([1])]).toEqual([
      true,
      false,
      false
    ]);
  });
});

describe('arithmetic', () => {
  it("places TensorFlow's same window with the odd pixel behind", () => {
    const geometry = { kernelSize: [3], strides: [2], dilation: [1], padding: { type: 'same' } } as const;
    expect([windowStart(geometry, 0, 0, 6), windowStart(geometry, 0, 0, 7)]).toEqual([0, -1]);
  });
  it("knows Keras's relu variants and refuses what needs more numbers", () => {
    expect(activateScalar({ name: 'relu', negativeSlope: 0.1, maxValue: 6, threshold: 1 }, 0)).toBeCloseTo(-0.1);
    expect(activateScalar({ name: 'relu', negativeSlope: 0, maxValue: 6, threshold: 0 }, 9)).toBe(6);
    expect(activateScalar({ name: 'softmax', axis: -1 }, 1)).toBeNull();
  });
});

describe('labels', () => {
  it("come as lines, lists and Keras's index", () => {
    expect(parseLabels('cat\r\ndog\r\n', 'l')).toEqual({ ok: true, value: ['cat', 'dog'] });
    expect(parseLabels('{"1": ["n2", "dog"], "0": ["n1", "cat"]}', 'l')).toEqual({ ok: true, value: ['cat', 'dog'] });
    expect(parseLabels('{"x": 1}', 'l').ok).toBe(false);
  });
});

describe('memory and order', () => {
  it('drops the value that was used longest ago', () => {
    const store = new ActivationStore(24);
    const tensor = (size: number) => ({ shape: [size], data: new Float32Array(size) });
    store.put('m1 a', tensor(3));
    store.put('m1 b', tensor(3));
    store.get('m1 a');
    store.put('m1 c', tensor(3));
    expect(['m1 a', 'm1 b', 'm1 c'].map((key) => store.get(key) !== undefined)).toEqual([true, false, true]);
    store.put('m1 huge', tensor(100));
    expect([store.get('m1 huge'), store.size]).toEqual([undefined, 24]);
    store.clear('m1 ');
    expect(store.size).toBe(0);
  });
  it('runs one after the other and skips what was cancelled while waiting', async () => {
    const queue = new Queue();
    const seen: number[] = [];
    const stop = new AbortController();
    const slow = queue.add(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(1);
    });
    const skipped = queue.add(() => Promise.resolve(seen.push(2)), stop.signal);
    const last = queue.add(() => Promise.resolve(seen.push(3)));
    stop.abort();
    await expect(skipped).rejects.toThrow();
    await Promise.all([slow, last]);
    expect(seen).toEqual([1, 3]);
  });
});
