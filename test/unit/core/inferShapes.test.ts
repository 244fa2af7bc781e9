import { describe, expect, it } from 'vitest';
import { inferShapes } from '../../../src/core/inferShapes';
import type { LayerKind } from '../../../src/core/layerKind';
import type { Graph } from '../../../src/core/model';
import { inputReach, inputWindow } from '../../../src/core/receptiveField';
import type { Shape } from '../../../src/core/shape';
import { summarize } from '../../../src/core/summarize';
import { ADD, BATCH_NORM, conv, dense, FLATTEN, GraphBuilder, modelOf, pool } from './builder';

/** One layer on the given inputs. */
function single(kind: LayerKind, ...shapes: readonly Shape[]): Graph {
  const g = new GraphBuilder('one');
  const inputs = shapes.map((shape, i) => g.input(`x${i}`, shape));
  return g.graph(g.add('layer', kind, inputs));
}

const pad = { kind: 'pad', mode: 'zeros', value: 0, dataFormat: 'channelsLast' } as const;

describe('mismatches', () => {
  const image: Shape = [null, 8, 8, 6];
  const cases: readonly (readonly [string, string, LayerKind, ...Shape[]])[] = [
    ['shape-rank', 'a convolution on a vector', conv(4, [3, 3]), [null, 8]],
    ['shape-groups', 'channels that the groups do not divide', conv(8, [3, 3], { groups: 4 }), image],
    ['shape-groups', 'filters that the groups do not divide', conv(8, [3, 3], { groups: 3 }), image],
    ['shape-too-small', 'a window larger than the map', pool('max', [9, 2]), image],
    ['shape-too-small', 'a dilated kernel larger than the map', conv(4, [3, 3], { dilation: [4, 4] }), image],
    ['shape-too-small', 'padding that cuts everything', { ...pad, pads: [[-4, -4] as const, [0, 0] as const] }, image],
    ['shape-merge', 'sums of different sizes', ADD, image, [null, 8, 7, 6]],
    ['shape-concat', 'joined values of different sizes', { kind: 'concat', axis: -1 }, image, [null, 7, 8, 2]],
    ['shape-concat', 'joined values of different ranks', { kind: 'concat', axis: -1 }, image, [null, 6]],
    [
      'shape-dot',
      'contracted axes of different lengths',
      { kind: 'dot', axes: [1, 1], normalize: false },
      [null, 4],
      [null, 5]
    ],
    ['shape-reshape', 'a target of another count', { kind: 'reshape', target: [8, 9] }, image],
    ['shape-reshape', 'an open size that does not divide', { kind: 'reshape', target: [-1, 5] }, image],
    ['shape-reshape', 'two open sizes', { kind: 'reshape', target: [-1, -1] }, image],
    ['shape-axis', 'an axis that is not there', { ...BATCH_NORM, axis: 4 }, image],
    ['shape-axis', 'a permutation of other axes', { kind: 'permute', axes: [2, 1] }, image],
    ['shape-inputs', 'a difference of three', { kind: 'merge', operation: 'subtract' }, image, image, image],
    [
      'shape-channels',
      'channels a pixel shuffle cannot divide',
      { kind: 'pixelShuffle', factor: 2, dataFormat: 'channelsLast' },
      image
    ]
  ];
  for (const [code, words, kind, ...shapes] of cases) {
    it(`${code}: ${words}`, () => {
      const result = inferShapes(single(kind, ...shapes));
      expect(result.diagnostics).toMatchObject([{ severity: 'error', code, layer: 'layer' }]);
      expect(result.outputs).toEqual([null]);
    });
  }

  it('are told once for a nested model called twice', () => {
    const inner = new GraphBuilder('inner', 'inner/');
    const end = inner.chain(inner.input('in', [null, 4, 4, 1]), ['big', conv(1, [5, 5])]);
    const g = new GraphBuilder('outer');
    const x = g.input('x', [null, 4, 4, 1]);
    const kind = { kind: 'model', graph: inner.graph(end), timeDistributed: false } as const;
    const first = g.add('inner', kind, [x]);
    const result = inferShapes(g.graph(first, g.call('inner', [x])));
    expect(result.diagnostics).toHaveLength(1);
    expect(result.outputs).toEqual([null, null]);
  });

  it('include calls of layers that are not there, without throwing', () => {
    const graph = single(dense(3), [null, 4]);
    const broken = { ...graph, calls: [...graph.calls, { id: 2, layer: 'ghost', inputs: [{ call: 9, output: 0 }] }] };
    expect(inferShapes(broken).diagnostics).toMatchObject([{ code: 'graph-broken' }]);
  });
});

describe('unknown sizes', () => {
  it('stay unknown and never become numbers', () => {
    const g = new GraphBuilder('open');
    const end = g.chain(g.input('x', [null, null, 9, 3]), ['conv', conv(4, [3, 3])], ['flat', FLATTEN]);
    const { calls, diagnostics } = inferShapes(g.graph(end));
    expect(calls.map((call) => call.outputs[0])).toEqual([
      [null, null, 9, 3],
      [null, null, 7, 4],
      [null, null]
    ]);
    expect(diagnostics).toEqual([]);
  });

  it('do not let models that call models twice, forty deep, take for ever', () => {
    let graph = single(conv(1, [1, 1]), [null, 4, 4, 1]);
    for (let depth = 0; depth < 40; depth++) {
      const g = new GraphBuilder(`g${depth}`, `g${depth}/`);
      const x = g.input('x', [null, 4, 4, 1]);
      const once = g.add('inner', { kind: 'model', graph, timeDistributed: false }, [x]);
      graph = g.graph(g.call('inner', [once]));
    }
    expect(inferShapes(graph).outputs).toEqual([[null, 4, 4, 1]]);
    const summary = summarize(modelOf(graph));
    expect(summary.totals.macs).toBe(16 * 2 ** 40);
    // Fields are not followed through a million million calls, and windows are taken to be everything.
    expect(summary.layers[1]?.receptiveFieldNote).toContain('too many nested calls');
    expect(summary.totals.params).toBe(2);
  });
});

describe('inputWindow', () => {
  it('looks through the right call of a nested model', () => {
    const inner = new GraphBuilder('inner', 'inner/');
    const end = inner.chain(inner.input('in', [null, null, null, 1]), ['pool', pool('max', [2, 2])]);
    const g = new GraphBuilder('outer');
    const kind = { kind: 'model', graph: inner.graph(end), timeDistributed: false } as const;
    const once = g.add('inner', kind, [g.input('x', [null, 16, 16, 1])]);
    const model = modelOf(g.graph(g.call('inner', [once])));
    expect(inputWindow(model, 'inner/pool', 0, [1, 2])).toEqual([2, 4, 4, 6]);
    expect(inputWindow(model, 'inner/pool', 1, [1, 2])).toEqual([4, 8, 8, 12]);
    expect(inputWindow(model, 'inner/pool', 2, [1, 2])).toBeNull();
    expect(inputWindow(model, 'nowhere', 0, [0, 0])).toBeNull();
  });

  it('follows each use of a shared layer to the input that use reads', () => {
    const g = new GraphBuilder('two');
    const [left, right] = [g.input('left', [null, 12, 12, 1]), g.input('right', [null, 12, 16, 1])];
    const kind = conv(2, [3, 3], { strides: [2, 2] });
    const first = g.add('shared', kind, [left]);
    const second = g.call('shared', [g.add('small', pool('max', [2, 2]), [right])]);
    const model = modelOf(g.graph(first, second));
    expect(inputReach(model, 'shared', 0, [1, 2])).toEqual({ input: 0, window: [2, 4, 5, 7] });
    expect(inputReach(model, 'shared', 1, [1, 2])).toEqual({ input: 1, window: [4, 8, 10, 14] });
    expect(inputReach(model, 'shared', 2, [1, 2])).toBeNull();
  });

  it('follows both arms of a siamese network through the model they share', () => {
    const core = new GraphBuilder('core', 'arm/core/');
    const deep = core.chain(
      core.input('in', [null, null, null, 1]),
      ['conv', conv(2, [3, 3])],
      ['pool', pool('max', [2, 2])]
    );
    const arm = new GraphBuilder('arm', 'arm/');
    const nested = (graph: Graph): LayerKind => ({ kind: 'model', graph, timeDistributed: false });
    const end = arm.add('core', nested(core.graph(deep)), [arm.input('in', [null, null, null, 1])]);
    const g = new GraphBuilder('siamese');
    const [left, right] = [g.input('left', [null, 16, 16, 1]), g.input('right', [null, 20, 20, 1])];
    const one = g.add('arm', nested(arm.graph(end)), [left]);
    const shrunk = g.add('shrink', pool('average', [2, 2]), [right]);
    const model = modelOf(g.graph(one, g.call('arm', [shrunk])));
    expect(inputReach(model, 'arm/core/pool', 0, [1, 2])).toEqual({ input: 0, window: [2, 4, 6, 8] });
    expect(inputReach(model, 'arm/core/pool', 1, [1, 2])).toEqual({ input: 1, window: [4, 8, 12, 16] });
    expect(inputReach(model, 'arm/core/conv', 1, [0, 0])).toEqual({ input: 1, window: [0, 0, 6, 6] });
    expect(inputReach(model, 'arm/core/pool', 2, [1, 2])).toBeNull();
    expect(inputReach(model, 'arm', 1, [1, 2])).toEqual({ input: 1, window: [4, 8, 12, 16] });
  });

  it('covers the whole input behind a dense layer', () => {
    const g = new GraphBuilder('dense');
    const end = g.chain(g.input('x', [null, 9, 7, 1]), ['conv', conv(2, [3, 3])], ['flat', FLATTEN], ['out', dense(2)]);
    expect(inputWindow(modelOf(g.graph(end)), 'out', 0, [])).toEqual([0, 0, 9, 7]);
  });

  it('is clipped, and needs sizes', () => {
    const g = new GraphBuilder('open');
    const kind = conv(2, [5, 5], { padding: { type: 'same' } });
    const model = modelOf(g.graph(g.chain(g.input('x', [null, null, null, 1]), ['conv', kind])));
    const shapes = new Map<string, Shape>([['x', [null, 10, 10, 1]]]);
    expect(inputWindow(model, 'conv', 0, [0, 9], shapes)).toEqual([0, 7, 3, 10]);
  });
});
