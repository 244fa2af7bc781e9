import { describe, expect, it } from 'vitest';
import { describeChannel } from '../../../src/analyses/channelCard';
import { loadKernel, type KernelRole } from '../../../src/analyses/kernels';
import type { Graph, LayerNode } from '../../../src/core/model';
import { elementCount, type KernelLayout } from '../../../src/core/tensor';
import { BATCH_NORM, FLATTEN, GraphBuilder, conv, dense, modelOf, pool, tensorRef } from '../core/builder';

/** A kernel whose weights are all different, of either sign. */
function kernel(shape: readonly number[], layout: KernelLayout = 'HWIO') {
  const data = Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(7 * i + 1));
  return { data, options: { weights: [tensorRef({ role: 'kernel', shape, layout, data })] } };
}

async function load(layer: LayerNode, role: KernelRole) {
  const found = await loadKernel(layer, role);
  if (found === null) throw new Error(`${layer.id} has no kernel`);
  return found;
}
const card = (graph: Graph, layer: string, channel: number) => describeChannel(modelOf(graph), layer, channel, load);

/** The five largest of some means. */
function five(means: readonly number[]) {
  const order = means.map((strength, filter) => ({ filter, strength })).sort((a, b) => b.strength - a.strength);
  return order.slice(0, 5).map(({ filter, strength }) => ({ filter, strength: expect.closeTo(strength, 6) as number }));
}
const meanAbs = (values: readonly number[]) => values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;

describe('a channel', () => {
  it('is followed through batch norm, activation, pooling and dropout to the filters that read it most', async () => {
    const builder = new GraphBuilder('net');
    const next = kernel([3, 3, 4, 9]);
    let end = builder.add(
      'c1',
      conv(4, [3, 3]),
      [builder.input('in', [null, 12, 12, 1])],
      kernel([3, 3, 1, 4]).options
    );
    end = builder.add('bn', BATCH_NORM, [end], {
      weights: [
        tensorRef({ role: 'gamma', shape: [4], data: Float32Array.of(1, 2, 3, 4) }),
        tensorRef({ role: 'beta', shape: [4], data: Float32Array.of(5, 6, 7, 8) }),
        tensorRef({ role: 'movingMean', shape: [4], data: Float32Array.of(0.5, 1.5, 2.5, 3.5) }),
        tensorRef({ role: 'movingVariance', shape: [4], data: Float32Array.of(9, 10, 11, 12) })
      ]
    });
    end = builder.chain(
      end,
      ['relu', { kind: 'activation', activation: { name: 'relu', maxValue: null, negativeSlope: 0, threshold: 0 } }],
      ['pool', pool('max', [2, 2])],
      ['drop', { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null }]
    );
    end = builder.add('c2', conv(9, [3, 3]), [end], next.options);
    const graph = builder.graph(end);
    const weight = (tap: number, input: number, output: number) => next.data[(tap * 4 + input) * 9 + output] ?? 0;
    const taps = Array.from({ length: 9 }, (_, i) => i);
    const strengths = taps.map((output) => meanAbs(taps.map((tap) => weight(tap, 2, output))));
    for (const layer of ['c1', 'bn', 'relu', 'pool', 'drop']) {
      const found = await card(graph, layer, 2);
      expect(found.maker, layer).toEqual({ layer: 'c1', role: 'kernel' });
      expect(found.batchNorm, layer).toEqual({ layer: 'bn', gamma: 3, beta: 7, mean: 2.5, variance: 11 });
      expect(found.readers, layer).toEqual([{ layer: 'c2', of: 9, filters: five(strengths) }]);
    }
    expect(await card(graph, 'c2', 0)).toMatchObject({
      batchNorm: null,
      readers: [],
      end: 'it leaves the network here'
    });
  });

  for (const first of [false, true]) {
    it(`is spread over a dense layer's features by flattening, channels ${first ? 'first' : 'last'}`, async () => {
      const dataFormat = first ? 'channelsFirst' : 'channelsLast';
      const builder = new GraphBuilder('net');
      const out = kernel([2 * 2 * 3, 4], 'IO');
      const input = builder.input('in', first ? [null, 1, 4, 4] : [null, 4, 4, 1]);
      const c = builder.add('c', conv(3, [3, 3], { dataFormat }), [input], kernel([3, 3, 1, 3]).options);
      const flat = builder.add('flat', FLATTEN, [c]);
      const end = builder.add('out', dense(4), [flat], out.options);
      const found = await card(builder.graph(end), 'c', 1);
      const features = [0, 1, 2, 3].map((position) => (first ? 1 * 4 + position : position * 3 + 1));
      const strengths = [0, 1, 2, 3].map((unit) =>
        meanAbs(features.map((feature) => out.data[feature * 4 + unit] ?? 0))
      );
      expect(found.readers).toEqual([{ layer: 'out', of: 4, filters: five(strengths) }]);
    });
  }

  it('is read by the filters of its group alone, and by its own filters of a depthwise layer', async () => {
    const builder = new GraphBuilder('net');
    const grouped = kernel([1, 1, 2, 6]);
    const deep = kernel([1, 1, 4, 2], 'HWIM');
    const input = builder.input('in', [null, 4, 4, 1]);
    const c = builder.add('c', conv(4, [1, 1]), [input], kernel([1, 1, 1, 4]).options);
    const g = builder.add('g', conv(6, [1, 1], { groups: 2 }), [c], grouped.options);
    const { filters: _filters, groups: _groups, kind: _kind, ...window } = conv(1, [1, 1]);
    const d = builder.add('d', { kind: 'depthwiseConv', depthMultiplier: 2, ...window }, [c], {
      weights: deep.options.weights.map((weight) => ({ ...weight, role: 'depthwiseKernel' as const }))
    });
    const found = await card(builder.graph(g, d), 'c', 3);
    expect(found.readers.map((reader) => [reader.layer, reader.of])).toEqual([
      ['g', 3],
      ['d', 2]
    ]);
    // Channel 3 is input 1 of the second group, whose filters are 3 to 5.
    const byFilter = new Map(found.readers[0]?.filters.map(({ filter, strength }) => [filter, strength]));
    for (const filter of [3, 4, 5])
      expect(byFilter.get(filter)).toBeCloseTo(Math.abs(grouped.data[6 + filter] ?? 0), 6);
    expect(found.readers[1]?.filters.map(({ filter }) => filter).sort()).toEqual([6, 7]);
  });

  it('is shifted by a concatenation and seen on both sides of a branch', async () => {
    const builder = new GraphBuilder('net');
    const next = kernel([1, 1, 5, 6]);
    const input = builder.input('in', [null, 4, 4, 1]);
    const a = builder.add('a', conv(2, [1, 1]), [input], kernel([1, 1, 1, 2]).options);
    const b = builder.add('b', conv(3, [1, 1]), [input], kernel([1, 1, 1, 3]).options);
    const both = builder.add('both', { kind: 'concat', axis: -1 }, [a, b]);
    const c = builder.add('c', conv(6, [1, 1]), [both], next.options);
    const side = builder.add('side', conv(1, [1, 1]), [b], kernel([1, 1, 3, 1]).options);
    const found = await card(builder.graph(c, side), 'b', 1);
    expect(found.readers.map((reader) => reader.layer)).toEqual(['c', 'side']);
    const strengths = Array.from({ length: 6 }, (_, filter) => Math.abs(next.data[3 * 6 + filter] ?? 0));
    expect(found.readers[0]?.filters).toEqual(five(strengths));
  });

  it('says where it cannot be followed', async () => {
    const builder = new GraphBuilder('net');
    const c = builder.add('c', conv(2, [1, 1]), [builder.input('in', [null, 4, 4, 1])], kernel([1, 1, 1, 2]).options);
    const end = builder.add('odd', { kind: 'opaque', reason: 'code' }, [c]);
    expect((await card(builder.graph(end), 'c', 0)).end).toBe('odd mixes the channels or is not understood');
  });
});
