import { describe, expect, it } from 'vitest';
import type { KindOf, LayerKind } from '../../../src/core/layerKind';
import { BATCH_NORM, GraphBuilder } from '../core/builder';
import { kindsOf, proveAll, single } from './proving';

type Case = readonly [string, readonly (number | null)[], LayerKind];

const layerNorm = (options: Partial<KindOf<'layerNorm'>> = {}): LayerKind => ({
  kind: 'layerNorm',
  axes: [-1],
  epsilon: 1e-3,
  center: true,
  scale: true,
  rms: false,
  ...options
});
const groupNorm = (groups: number, options: Partial<KindOf<'groupNorm'>> = {}): LayerKind => ({
  kind: 'groupNorm',
  groups,
  axis: -1,
  epsilon: 1e-3,
  center: true,
  scale: true,
  ...options
});
const localResponse = (size: number, options: Partial<KindOf<'localResponseNorm'>> = {}): LayerKind => ({
  kind: 'localResponseNorm',
  size,
  alpha: 0.5,
  beta: 0.75,
  k: 1.5,
  dataFormat: 'channelsFirst',
  ...options
});

const cases: readonly Case[] = [
  ['layer norm over the channels', [null, 3, 4, 5], layerNorm()],
  ['layer norm of a vector, without scale', [null, 9], layerNorm({ scale: false })],
  ['layer norm over all axes, without shift', [null, 2, 3, 4], layerNorm({ axes: [-3, -2, -1], center: false })],
  ['layer norm over an axis in the middle', [null, 3, 4, 5], layerNorm({ axes: [2] })],
  ['layer norm by the root mean square', [null, 3, 4, 5], layerNorm({ rms: true, center: false })],
  ['group norm', [null, 3, 4, 6], groupNorm(3)],
  [
    'group norm, channels first, without scale and shift',
    [null, 6, 3, 4],
    groupNorm(2, { axis: 1, scale: false, center: false })
  ],
  ['one group', [null, 3, 4, 6], groupNorm(1)],
  ['instance norm', [null, 4, 3, 5], groupNorm(-1, { axis: 1, scale: false })],
  ['group norm of a series', [null, 7, 4], groupNorm(2)],
  ['unit norm over the channels', [null, 3, 4, 5], { kind: 'unitNorm', axes: [-1], epsilon: 1e-12 }],
  ['unit norm over two axes, held up by epsilon', [null, 3, 4, 2], { kind: 'unitNorm', axes: [1, 2], epsilon: 2 }],
  ['local response norm, odd size', [null, 7, 3, 4], localResponse(5)],
  ['local response norm, even size', [null, 7, 3, 4], localResponse(4)],
  ['local response norm, channels last', [null, 3, 4, 7], localResponse(3, { dataFormat: 'channelsLast' })],
  ['batch norm without moving statistics', [null, 4, 5, 3], { ...BATCH_NORM, tracksStatistics: false }],
  [
    'batch norm without moving statistics, channels first',
    [null, 3, 4, 5],
    { ...BATCH_NORM, axis: 1, tracksStatistics: false, scale: false }
  ]
];

describe('the arithmetic of a normalisation equals the engine: it is', () => {
  it.each(cases)('%s', async (_name, shape, kind) => {
    const checked = await proveAll(single(shape, kind));
    expect(kindsOf(checked)).toEqual(['formula']);
    expect(checked.numbers).toBeGreaterThan(8);
  });

  it('told with its statistics and only the terms it has', async () => {
    const { steps } = await proveAll(single([null, 2, 3, 4], layerNorm({ center: false })));
    const [first] = steps;
    expect(first?.kind === 'formula' && first.text).toBe('gamma * (x - mean) / sqrt(variance + epsilon)');
    expect(first?.kind === 'formula' && first.terms.map(({ name }) => name)).toEqual([
      'x',
      'mean',
      'variance',
      'values averaged',
      'epsilon',
      'gamma'
    ]);
    expect(first?.kind === 'formula' && first.terms.find(({ name }) => name === 'values averaged')?.value).toBe(4);
  });

  it('of a value between other layers', async () => {
    const builder = new GraphBuilder('net');
    const input = builder.input('in', [null, 4, 4, 6]);
    const before = builder.add('scale', { kind: 'rescale', scale: 3, offset: -1 }, [input]);
    expect(kindsOf(await proveAll(builder.graph(builder.add('x', groupNorm(2), [before]))))).toEqual(['formula']);
  });
});
