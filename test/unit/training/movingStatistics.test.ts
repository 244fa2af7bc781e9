import { describe, expect, it } from 'vitest';
import { moved } from '../../../src/training/movingStatistics';

const moving = { mean: Float32Array.of(1, -2), variance: Float32Array.of(4, 1) };
const batch = { mean: Float32Array.of(3, 2), variance: Float32Array.of(2, 6), count: 3 };

describe('moving statistics', () => {
  it('keep the share that the momentum says, by the biased variance in Keras', () => {
    const next = moved(moving, batch, 0.75, 'keras');
    expect([...next.mean]).toEqual([1.5, -1]);
    expect([...next.variance]).toEqual([3.5, 2.25]);
    expect([...moving.mean]).toEqual([1, -2]);
  });

  it('move by the unbiased variance in PyTorch', () => {
    const next = moved(moving, batch, 0.75, 'pytorch');
    expect([...next.mean]).toEqual([1.5, -1]);
    // 2 and 6 times 3 / 2.
    expect([...next.variance]).toEqual([3.75, 3]);
  });

  it('stay as they are where PyTorch has no unbiased variance', () => {
    expect([...moved(moving, { ...batch, count: 1 }, 0.75, 'pytorch').variance]).toEqual([4, 1]);
    expect([...moved(moving, { ...batch, count: 1 }, 0.75, 'keras').variance]).toEqual([3.5, 2.25]);
  });

  it('refuse another number of channels', () => {
    expect(() => moved(moving, { ...batch, mean: Float32Array.of(1) }, 0.9, 'keras')).toThrow('1 channels');
  });
});
