import { describe, expect, it } from 'vitest';
import { clearlyBest, relativeSpread, trainedNorms } from '../../../src/analyses/normFit';
import type { TensorRef } from '../../../src/core/tensor';
import { GraphBuilder, modelOf } from '../core/builder';

const tensor = (role: TensorRef['role'], values: readonly number[]): TensorRef => ({
  name: role,
  role,
  dtype: 'float32',
  layout: 'none',
  flipped: false,
  storedBytes: 4 * values.length,
  shape: [values.length],
  read: () => Promise.resolve(Float32Array.from(values))
});
const file = { kind: 'file', file: 'm.keras', olderThanCode: false } as const;

function model(axis: number, gamma: readonly number[], beta: readonly number[]) {
  const builder = new GraphBuilder('m');
  const norm = { kind: 'batchNorm', axis, epsilon: 1e-3, momentum: 0.99, center: true, scale: true } as const;
  const end = builder.add('bn', { ...norm, tracksStatistics: true }, [builder.input('in', [null, 2, 2, 2])], {
    weights: [tensor('gamma', gamma), tensor('beta', beta)]
  });
  return modelOf(builder.graph(end), { weightsOrigin: file });
}

describe('how far an input lies from training', () => {
  const signal = new AbortController().signal;

  it('is the root mean square before scale and shift, for channels last and first', async () => {
    // z = 3, -4 in channel 0 and 1, 1 in channel 1: sqrt((9 + 16 + 1 + 1) / 4).
    const expected = Math.sqrt(27 / 4);
    const [last] = await trainedNorms(model(-1, [2, 10], [1, -1]), signal);
    expect(last?.deviation([1, 2, 1, 2], Float32Array.of(7, 9, -7, 9))).toBeCloseTo(expected, 12);
    const [first] = await trainedNorms(model(1, [2, 10], [1, -1]), signal);
    expect(first?.deviation([1, 2, 2, 1], Float32Array.of(7, -7, 9, 9))).toBeCloseTo(expected, 12);
  });

  it('leaves out channels that are switched off', async () => {
    const [norm] = await trainedNorms(model(-1, [2, 0], [1, 5]), signal);
    expect(norm?.deviation([1, 1, 1, 2], Float32Array.of(5, 5))).toBe(2);
    const [none] = await trainedNorms(model(-1, [0, 0], [1, 5]), signal);
    expect(none?.deviation([1, 1, 1, 2], Float32Array.of(5, 5))).toBeNull();
  });

  it('is not told by random weights', async () => {
    const random = { ...model(-1, [1, 1], [0, 0]), weightsOrigin: { kind: 'random', seed: 1 } } as const;
    expect(await trainedNorms(random, signal)).toEqual([]);
  });

  it('is averaged by ratio over the layers', () => {
    expect(relativeSpread([4, 1, null])).toBeCloseTo(2, 12);
    expect(relativeSpread([1, Number.NaN])).toBeNaN();
    expect(relativeSpread([])).toBeNull();
  });
});

describe('the best preset', () => {
  const judged = (spread: number | null, confidence: number | null) => ({ spread, confidence });
  it('is the one like training, however sure the others are', () => {
    expect(clearlyBest([judged(240, 1), judged(1.3, 0.7), judged(2.1, 1)])).toBe(1);
  });
  it('is the clearly surer one of two that are like training', () => {
    expect(clearlyBest([judged(1.1, 0.9), judged(0.6, 0.9999)])).toBe(1);
    expect(clearlyBest([judged(1.1, 0.49), judged(1.3, 0.45)])).toBeNull();
  });
  it('stays open where nothing tells', () => {
    expect(clearlyBest([judged(null, 1), judged(null, 0.5)])).toBeNull();
    expect(clearlyBest([judged(30, 1), judged(1.7, 0.5), judged(Number.NaN, 1)])).toBeNull();
    expect(clearlyBest([judged(1.1, null), judged(1.2, null)])).toBeNull();
  });
});
