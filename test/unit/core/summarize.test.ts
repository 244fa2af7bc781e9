import { describe, expect, it } from 'vitest';
import { RELU } from '../../../src/core/activation';
import type { LayerNode } from '../../../src/core/model';
import { summarize } from '../../../src/core/summarize';
import type { LayerRow, ModelSummary } from '../../../src/core/summary';
import { ADD, BATCH_NORM, conv, dense, FLATTEN, GLOBAL_POOL, GraphBuilder, modelOf, pool, tensorRef } from './builder';

function row(summary: ModelSummary, name: string): LayerRow {
  const found = summary.layers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
}

/** The digits network of the Keras book: 26, 13, 11, 5 pixels; 34,826 parameters. */
function digits(): GraphBuilder {
  return new GraphBuilder('digits');
}

describe('summarize', () => {
  it('gives the shapes, parameters and multiply-adds of a plain network', () => {
    const g = digits();
    const end = g.chain(
      g.input('input', [null, 28, 28, 1], { listed: false }),
      ['conv', conv(32, [3, 3], { activation: RELU })],
      ['bn', BATCH_NORM],
      ['pool', pool('max', [2, 2])],
      ['drop', { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null }],
      ['flat', FLATTEN],
      ['out', dense(10)]
    );
    const summary = summarize(modelOf(g.graph(end)));
    expect(summary.layers.map((each) => each.outputShape)).toEqual([
      [null, 28, 28, 1],
      [null, 26, 26, 32],
      [null, 26, 26, 32],
      [null, 13, 13, 32],
      [null, 13, 13, 32],
      [null, 5408],
      [null, 10]
    ]);
    expect(row(summary, 'conv')).toMatchObject({
      title: 'Conv2D 3 × 3, 32 filters, relu',
      inputs: ['input'],
      params: 320,
      macs: 26 * 26 * 32 * 9,
      activationBytes: 26 * 26 * 32 * 4,
      receptiveField: [3, 3],
      effectiveStride: [1, 1],
      receptiveFieldOffset: [1, 1]
    });
    expect(row(summary, 'bn')).toMatchObject({ params: 128, trainableParams: 64, macs: 0 });
    expect(row(summary, 'pool')).toMatchObject({ receptiveField: [4, 4], effectiveStride: [2, 2] });
    expect(row(summary, 'flat')).toMatchObject({
      receptiveField: null,
      receptiveFieldNote: 'the whole input, through flat'
    });
    expect(summary.totals).toEqual({
      params: 320 + 128 + 54090,
      trainableParams: 320 + 64 + 54090,
      nonTrainableParams: 64,
      buffers: 0,
      macs: 26 * 26 * 32 * 9 + 54080,
      bytes: 4 * (2 * 26 * 26 * 32 + 2 * 13 * 13 * 32 + 5408 + 10),
      weightBytes: 4 * (320 + 128 + 54090)
    });
    expect(summary.diagnostics).toEqual([]);
  });

  it('calls moving statistics of a PyTorch module buffers', () => {
    const g = new GraphBuilder('torch');
    const end = g.add('bn', { ...BATCH_NORM, axis: 1 }, [g.input('x', [null, 16, 8, 8])], { declaredFeatures: [16] });
    const { totals } = summarize(modelOf(g.graph(end), { framework: 'pytorch', format: 'pytorch-source' }));
    expect(totals).toMatchObject({ params: 32, trainableParams: 32, nonTrainableParams: 0, buffers: 32 });
  });

  it('knows the parameters of PyTorch layers before it knows a shape', () => {
    const g = new GraphBuilder('torch');
    const kind = conv(8, [3, 3], { dataFormat: 'channelsFirst' });
    const end = g.add('conv', kind, [g.input('x', [null, 3, null, null])], { declaredFeatures: [3] });
    const summary = summarize(modelOf(g.graph(end), { framework: 'pytorch', format: 'pytorch-source' }));
    expect(row(summary, 'conv')).toMatchObject({ params: 224, macs: null, outputShape: [null, 8, null, null] });
    expect(summary.totals.macs).toBeNull();
  });

  it('takes input shapes from its caller', () => {
    const g = new GraphBuilder('open');
    const end = g.chain(g.input('image', [null, null, null, 3]), ['conv', conv(4, [3, 3])]);
    const summary = summarize(modelOf(g.graph(end)), { inputShapes: new Map([['image', [null, 10, 12, 3]]]) });
    expect(summary.outputs[0]?.shape).toEqual([null, 8, 10, 4]);
  });

  it('never reads an unknown count as zero', () => {
    const g = new GraphBuilder('lambda');
    const odd = g.add('odd', { kind: 'opaque', reason: 'Lambda holds code' }, [g.input('x', [null, 8, 8, 1])]);
    const end = g.chain(odd, ['conv', conv(2, [3, 3])]);
    const summary = summarize(modelOf(g.graph(end)));
    expect(row(summary, 'odd')).toMatchObject({
      outputShape: null,
      params: null,
      macs: null,
      activationBytes: null,
      note: 'Lambda holds code'
    });
    expect(row(summary, 'conv')).toMatchObject({ outputShape: null, params: null, receptiveField: null });
    expect(summary.totals).toMatchObject({ params: null, macs: null, bytes: null });
    expect(summary.diagnostics).toEqual([]);
  });

  it('turns a mismatch into one diagnostic at the layer, with its line', () => {
    const g = new GraphBuilder('small');
    const source = { startLine: 4, startColumn: 2, endLine: 4, endColumn: 20 };
    const tooBig = g.add('big', conv(2, [5, 5]), [g.input('x', [null, 4, 4, 1])], { source });
    const end = g.chain(tooBig, ['after', conv(2, [3, 3])], ['flat', FLATTEN]);
    const { diagnostics } = summarize(modelOf(g.graph(end)));
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({
      severity: 'error',
      code: 'shape-too-small',
      layer: 'big',
      line: 5,
      column: 3
    });
    expect(diagnostics[0]?.message).toContain('5 × 5');
  });

  it('counts a shared layer once and its work twice', () => {
    const g = new GraphBuilder('twins');
    const a = g.input('a', [null, 8, 8, 1]);
    const b = g.input('b', [null, 8, 8, 1]);
    const left = g.add('conv', conv(4, [3, 3]), [a]);
    const right = g.call('conv', [b]);
    const end = g.add('add', ADD, [left, right]);
    const summary = summarize(modelOf(g.graph(end)));
    expect(row(summary, 'conv')).toMatchObject({ calls: 2, params: 40, macs: 2 * 36 * 36 });
    expect(summary.totals.params).toBe(40);
    expect(row(summary, 'add').receptiveFieldNote).toBe('other inputs of the model reach this layer too');
  });

  it('tells the receptive fields of every use of a shared layer, each size once', () => {
    const g = new GraphBuilder('again');
    const once = g.add('conv', conv(1, [3, 3]), [g.input('x', [null, 16, 16, 1])]);
    const twice = g.call('conv', [once]);
    const end = g.call('conv', [twice]);
    const summary = summarize(modelOf(g.graph(end)));
    expect(row(summary, 'conv')).toMatchObject({
      calls: 3,
      receptiveField: [3, 3],
      laterReceptiveFields: [
        [5, 5],
        [7, 7]
      ]
    });
    const plain = new GraphBuilder('siamese');
    const left = plain.add('conv', conv(4, [3, 3]), [plain.input('a', [null, 8, 8, 1])]);
    const right = plain.call('conv', [plain.input('b', [null, 8, 8, 1])]);
    const twins = summarize(modelOf(plain.graph(plain.add('add', ADD, [left, right]))));
    expect(row(twins, 'conv').laterReceptiveFields).toEqual([]);
  });

  it('shows nested models as rows of rows, frozen by the model around them', () => {
    const inner = new GraphBuilder('inner', 'inner/');
    const innerEnd = inner.chain(inner.input('in', [null, 8, 8, 3]), ['conv', conv(4, [3, 3])], ['bn', BATCH_NORM]);
    const g = new GraphBuilder('outer');
    const kind = { kind: 'model', graph: inner.graph(innerEnd), timeDistributed: false } as const;
    const first = g.add('inner', kind, [g.input('x', [null, 16, 16, 3])], { trainable: false });
    const second = g.call('inner', [g.input('y', [null, 8, 8, 3])]);
    const end = g.chain(first, ['gap', GLOBAL_POOL], ['out', dense(2)]);
    const summary = summarize(modelOf(g.graph(end, second)));
    const nested = row(summary, 'inner');
    expect(nested).toMatchObject({ outputShape: [null, 14, 14, 4], params: 112 + 16, trainableParams: 0, calls: 2 });
    expect(nested.macs).toBe((14 * 14 + 6 * 6) * 4 * 27);
    expect(nested.activationBytes).toBe(4 * 2 * 4 * (14 * 14 + 6 * 6));
    expect(nested.receptiveField).toEqual([3, 3]);
    expect(nested.layers?.map((each) => each.outputShape)).toEqual([
      [null, 16, 16, 3],
      [null, 14, 14, 4],
      [null, 14, 14, 4]
    ]);
    expect(summary.totals).toMatchObject({ params: 128 + 10, trainableParams: 10 });
  });

  it('counts a time-distributed model once for each step', () => {
    const inner = new GraphBuilder('step', 'td/');
    const innerEnd = inner.chain(inner.input('in', [null, 8, 8, 1]), ['conv', conv(2, [3, 3])]);
    const g = new GraphBuilder('video');
    const kind = { kind: 'model', graph: inner.graph(innerEnd), timeDistributed: true } as const;
    const end = g.add('td', kind, [g.input('x', [null, 5, 8, 8, 1])]);
    const summary = summarize(modelOf(g.graph(end)));
    expect(row(summary, 'td')).toMatchObject({
      outputShape: [null, 5, 6, 6, 2],
      macs: 5 * 36 * 18,
      receptiveField: [3, 3]
    });
  });

  it('lists the layers of a file without a graph in file order, shapes open, parameters from the weights', () => {
    const layer = (name: string, kind: LayerNode['kind'], weights: LayerNode['weights']): [string, LayerNode] => [
      name,
      { id: name, name, kind, sourceType: '', config: new Map(), weights, trainable: true, listed: true }
    ];
    const layers = new Map([
      layer('b', { kind: 'opaque', reason: 'no graph' }, [
        tensorRef({ role: 'kernel', shape: [3, 3, 1, 8], layout: 'HWIO' })
      ]),
      layer('a', BATCH_NORM, [
        tensorRef({ role: 'gamma', shape: [8] }),
        tensorRef({ role: 'movingMean', shape: [8] }),
        tensorRef({ role: 'count', shape: [], dtype: 'int64' })
      ])
    ]);
    const root = { name: 'weights', layers, calls: [], inputs: [], outputs: [] };
    const summary = summarize(modelOf(root, { topology: 'none', framework: 'pytorch' }));
    expect(summary.layers.map((each) => [each.name, each.params, each.outputShape])).toEqual([
      ['b', 72, null],
      ['a', 16, null]
    ]);
    expect(summary.totals).toMatchObject({ params: 88, trainableParams: 80, buffers: 0, macs: null, bytes: null });
  });

  it('says so where the weights of the file contradict the layer', () => {
    const g = new GraphBuilder('odd');
    const end = g.add('conv', conv(8, [3, 3]), [g.input('x', [null, 8, 8, 1])], {
      weights: [
        tensorRef({ role: 'kernel', shape: [3, 3, 1, 8], layout: 'HWIO' }),
        tensorRef({ role: 'bias', shape: [7] })
      ]
    });
    const { diagnostics, totals } = summarize(modelOf(g.graph(end)));
    expect(totals.params).toBe(79);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'weights-disagree', layer: 'conv' }]);
  });

  it('reports a kernel that reads other channels than it gets', () => {
    const g = new GraphBuilder('odd');
    const end = g.add('conv', conv(8, [3, 3]), [g.input('x', [null, 8, 8, 1])], {
      weights: [tensorRef({ role: 'kernel', shape: [3, 3, 3, 8], layout: 'HWIO' })]
    });
    expect(summarize(modelOf(g.graph(end))).diagnostics).toMatchObject([
      {
        severity: 'error',
        code: 'shape-channels',
        message: 'conv: its kernel reads 3 input channels, but the value has 1'
      }
    ]);
  });

  it('summarises 10,000 layers with branches in time that grows with their number, not with its square', () => {
    const deep = (blocks: number) => {
      const g = new GraphBuilder('deep');
      let value = g.input('x', [null, 64, 64, 8]);
      for (let i = 0; i < blocks; i++) {
        const left = g.add(`conv${i}`, conv(8, [3, 3], { padding: { type: 'same' } }), [value]);
        const right = g.add(`bn${i}`, BATCH_NORM, [left]);
        value = g.add(`add${i}`, ADD, [value, right]);
      }
      return modelOf(g.graph(value));
    };
    /** The processor time of the best of several runs: other work on the machine is not what is measured. */
    const best = (model: ReturnType<typeof deep>) => {
      let microseconds = Infinity;
      for (let run = 0; run < 6; run++) {
        const start = process.cpuUsage();
        summarize(model);
        const { user, system } = process.cpuUsage(start);
        microseconds = Math.min(microseconds, user + system);
      }
      return microseconds;
    };
    const large = deep(3333);
    const summary = summarize(large);
    expect(summary.layers).toHaveLength(10_000);
    expect(row(summary, 'add3332').receptiveField).toEqual([6667, 6667]);
    const ratio = best(large) / best(deep(333));
    // Ten times the layers: 10 where time is linear, 100 where it is quadratic.
    expect(ratio).toBeLessThan(40);
  });
});
