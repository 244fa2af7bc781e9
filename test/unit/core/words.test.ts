import { describe, expect, it } from 'vitest';
import { RELU, type Activation } from '../../../src/core/activation';
import { exactCount, percent, shortBytes, shortCount, shortValue } from '../../../src/core/format';
import { familyOf } from '../../../src/core/layerFamily';
import { kindWords, layerTitle } from '../../../src/core/words';
import { ADD, BATCH_NORM, conv, dense, FLATTEN, GLOBAL_POOL, pool } from './builder';

const LEAKY: Activation = { name: 'relu', negativeSlope: 0.2, maxValue: null, threshold: 0 };

describe('titles', () => {
  it('name a layer and what matters about it', () => {
    expect(layerTitle(conv(32, [3, 3], { activation: RELU }))).toBe('Conv2D 3 × 3, 32 filters, relu');
    expect(layerTitle(conv(1, [7], { strides: [2], dilation: [3] }))).toBe('Conv1D 7, 1 filter, stride 2, dilation 3');
    expect(layerTitle(pool('max', [2, 2]))).toBe('Max pooling 2 × 2');
    expect(layerTitle(pool('average', [3, 3], { strides: [2, 2], padding: { type: 'same' } }))).toBe(
      'Average pooling 3 × 3, stride 2 × 2, same padding'
    );
    expect(layerTitle(dense(10, { activation: { name: 'softmax', axis: -1 } }))).toBe('Dense, 10 units, softmax');
    expect(layerTitle({ kind: 'activation', activation: LEAKY })).toBe('Leaky relu 0.2');
    expect(layerTitle({ kind: 'input', shape: [null, null, 28, 1], dtype: 'float32' })).toBe('Input ? × 28 × 1');
  });

  it('put every kind into a family and explain it', () => {
    const kinds = [conv(8, [3, 3]), pool('max', [2, 2]), BATCH_NORM, dense(3), FLATTEN, ADD, GLOBAL_POOL];
    expect(kinds.map(({ kind }) => familyOf(kind))).toEqual([
      'conv',
      'pool',
      'norm',
      'dense',
      'shape',
      'merge',
      'pool'
    ]);
    expect(kindWords(conv(8, [3, 3]))).toContain('8 learned filters of 3 × 3');
    expect(kindWords({ kind: 'opaque', reason: 'Lambda holds code' })).toBe('Lambda holds code');
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [640, '640'],
    [999, '999'],
    [4123, '4.12\u00a0k'],
    [34_826, '34.8\u00a0k'],
    [999_950, '1.00\u00a0M'],
    [12_345_678, '12.3\u00a0M'],
    [138_357_544, '138\u00a0M'],
    [15_470_264_320, '15.5\u00a0G'],
    [null, '?']
  ])('%s is %s in short', (value, text) => {
    expect(shortCount(value)).toBe(text);
  });

  it('are exact where asked', () => {
    expect(exactCount(12_345_678)).toBe('12,345,678');
    expect(exactCount(999)).toBe('999');
    expect(exactCount(null)).toBe('?');
  });

  it('have units', () => {
    expect(shortBytes(512)).toBe('512\u00a0B');
    expect(shortBytes(4_567_890)).toBe('4.57\u00a0MB');
    expect(percent(0.9817)).toBe('98.2%');
  });

  it('keep the digits that say something', () => {
    expect(shortValue(0.012345)).toBe('0.0123');
    expect(shortValue(1.2345e-7)).toBe('1.23e-7');
    expect(shortValue(-3)).toBe('-3');
    expect(shortValue(Number.NaN)).toBe('NaN');
  });
});
