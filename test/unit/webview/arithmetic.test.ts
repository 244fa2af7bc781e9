import { describe, expect, it } from 'vitest';
import { parameterSum, readCount, readSizes, shapeSums } from '../../../webview/numbers/arithmetic';

const weight = (role: 'kernel' | 'bias' | 'gamma' | 'beta' | 'movingMean' | 'movingVariance', ...shape: number[]) =>
  ({ role, name: role, dtype: 'float32', shape }) as const;
const before = { receptiveField: [1, 1], effectiveStride: [1, 1] };

describe('how parameters add up', () => {
  it('writes a convolution’s kernel and bias', () => {
    const weights = [weight('kernel', 3, 3, 1, 32), weight('bias', 32)];
    expect(parameterSum({ params: 320, weights })).toBe('kernel 3 × 3 × 1 × 32 + bias 32 = 320');
  });

  it('leaves out moving statistics where they are not counted, and counts them where they are', () => {
    const weights = [weight('gamma', 8), weight('beta', 8), weight('movingMean', 8), weight('movingVariance', 8)];
    expect(parameterSum({ params: 16, weights })).toBe('gamma 8 + beta 8 = 16');
    expect(parameterSum({ params: 32, weights })).toBe('gamma 8 + beta 8 + movingMean 8 + movingVariance 8 = 32');
  });

  it('says nothing that does not add up', () => {
    expect(parameterSum({ params: 321, weights: [weight('kernel', 3, 3, 1, 32), weight('bias', 32)] })).toBeNull();
    expect(parameterSum({ params: null, weights: [] })).toBeNull();
  });
});

describe('how a shape comes about', () => {
  const conv = (input: number[], output: number[], field: number, stride: number) =>
    shapeSums(
      {
        kind: 'conv',
        inputShapes: [[null, ...input]],
        outputShape: [null, ...output],
        receptiveField: [field, field],
        effectiveStride: [stride, stride],
        weights: []
      },
      before,
      'channelsLast'
    );

  it('slides a window without padding, rounds down where it does not fit, and names padding', () => {
    expect(conv([28, 28, 1], [26, 26, 32], 3, 1)).toEqual(['(28 − 3) / 1 + 1 = 26', '32 filters give 32 channels.']);
    expect(conv([28, 28, 1], [13, 13, 8], 3, 2)[0]).toBe('⌊(28 − 3) / 2⌋ + 1 = 13');
    expect(conv([28, 28, 1], [28, 28, 8], 3, 1)[0]).toBe('Padded, so that each of the 28 positions has a window: 28.');
    expect(conv([28, 28, 1], [14, 14, 8], 3, 2)[0]).toBe('Padded, one window every 2 of 28: ⌈28 / 2⌉ = 14.');
  });

  it('says nothing where the sizes are neither', () => {
    expect(conv([28, 28, 1], [27, 27, 8], 3, 1)).toEqual([]);
  });

  it('takes a pooling window from the receptive fields before and after', () => {
    const pool = {
      kind: 'pool',
      inputShapes: [[null, 8, 26, 26]],
      outputShape: [null, 8, 13, 13],
      receptiveField: [4, 4],
      effectiveStride: [2, 2],
      weights: []
    } as const;
    expect(shapeSums(pool, { receptiveField: [3, 3], effectiveStride: [1, 1] }, 'channelsFirst')).toEqual([
      '(26 − 2) / 2 + 1 = 13',
      'Each of the 8 channels is treated on its own: their number stays.'
    ]);
  });

  it('multiplies what is flattened', () => {
    const row = { receptiveField: null, effectiveStride: null, weights: [] };
    const flat = { ...row, kind: 'flatten', inputShapes: [[null, 5, 5, 16]], outputShape: [null, 400] } as const;
    expect(shapeSums(flat, null, 'channelsLast')).toEqual(['5 × 5 × 16 = 400']);
    const dense = { ...row, kind: 'dense', inputShapes: [[null, 400]], outputShape: [null, 10] } as const;
    expect(shapeSums(dense, null, 'channelsLast')).toEqual(['One value for each of its 10 units.']);
  });
});

describe('what a learner types', () => {
  it('is read as sizes in any usual way of writing them', () => {
    for (const text of ['26 x 26 x 32', '26×26×32', '(26, 26, 32)', '26 26 32', '[26,26,32]'])
      expect(readSizes(text)).toEqual([26, 26, 32]);
    for (const text of ['', 'a', '26 x b', '2.5 x 3']) expect(readSizes(text)).toBeNull();
  });

  it('is read as a count with any thousands separator', () => {
    for (const text of ['93322', '93,322', '93.322', '93 322', '93’322']) expect(readCount(text)).toBe(93322);
    for (const text of ['', 'many', '3.5', '-4']) expect(readCount(text)).toBeNull();
  });
});
