import { describe, expect, it } from 'vitest';
import { mapView } from '../../../src/analyses/maps';
import { provePixel } from '../../../src/analyses/proof';
import { LINEAR, RELU, type Activation } from '../../../src/core/activation';
import type { KindOf, LayerKind } from '../../../src/core/layerKind';
import { ADD, BATCH_NORM, FLATTEN, GLOBAL_POOL, GraphBuilder, conv, dense, pool } from '../core/builder';
import { kindsOf, proveAll, single, weighted } from './proving';

const softmax: Activation = { name: 'softmax', axis: -1 };
const explicit = (pads: readonly (readonly [number, number])[], mode: 'zeros' | 'reflect' | 'replicate' | 'circular') =>
  ({ type: 'explicit', pads, mode }) as const;
const depthwise = (depthMultiplier: number, options: Partial<KindOf<'depthwiseConv'>> = {}): LayerKind => {
  const { filters: _filters, groups: _groups, ...rest } = conv(0, [3, 3]);
  return { ...rest, depthMultiplier, ...options, kind: 'depthwiseConv' };
};
const separable = (options: Partial<KindOf<'separableConv'>> = {}): LayerKind => {
  const { groups: _groups, ...rest } = conv(5, [3, 3]);
  return { ...rest, depthMultiplier: 2, ...options, kind: 'separableConv' };
};
const transposed = (options: Partial<KindOf<'convTranspose'>> = {}): LayerKind => ({
  ...conv(4, [3, 3]),
  outputPadding: null,
  ...options,
  kind: 'convTranspose'
});

const convolutions: readonly (readonly [string, readonly (number | null)[], LayerKind])[] = [
  ['valid', [null, 7, 9, 3], conv(4, [3, 2])],
  ['same, strided, on an even size', [null, 8, 10, 3], conv(4, [3, 3], { padding: { type: 'same' }, strides: [2, 3] })],
  ['same with an even kernel', [null, 7, 7, 2], conv(3, [4, 2], { padding: { type: 'same' }, activation: RELU })],
  ['dilated', [null, 9, 9, 2], conv(3, [3, 3], { dilation: [2, 3], padding: { type: 'same' } })],
  ['dilated and strided', [null, 11, 11, 2], conv(3, [3, 3], { dilation: [2, 2], strides: [2, 2] })],
  ['grouped', [null, 6, 6, 6], conv(9, [3, 3], { groups: 3, padding: { type: 'same' } })],
  ['grouped with one channel each', [null, 6, 6, 3], conv(6, [3, 3], { groups: 3 })],
  [
    'explicitly padded, unevenly',
    [null, 6, 7, 2],
    conv(3, [3, 3], {
      padding: explicit(
        [
          [0, 1],
          [2, 1]
        ],
        'zeros'
      )
    })
  ],
  [
    'reflecting',
    [null, 6, 6, 2],
    conv(3, [3, 3], {
      padding: explicit(
        [
          [1, 1],
          [2, 2]
        ],
        'reflect'
      )
    })
  ],
  [
    'replicating',
    [null, 6, 6, 2],
    conv(3, [3, 3], {
      padding: explicit(
        [
          [1, 1],
          [2, 2]
        ],
        'replicate'
      )
    })
  ],
  [
    'circular',
    [null, 6, 6, 2],
    conv(3, [3, 3], {
      padding: explicit(
        [
          [1, 1],
          [2, 2]
        ],
        'circular'
      )
    })
  ],
  ['without bias, softmax over channels', [null, 5, 5, 2], conv(3, [1, 1], { useBias: false, activation: softmax })],
  ['channels first', [null, 3, 7, 6], conv(4, [3, 3], { dataFormat: 'channelsFirst', padding: { type: 'same' } })],
  [
    'channels first, softmax over channels',
    [null, 3, 5, 6],
    conv(4, [3, 3], { dataFormat: 'channelsFirst', activation: { name: 'softmax', axis: 1 } })
  ],
  ['1-D, causal, dilated', [null, 12, 3], conv(4, [3], { padding: { type: 'causal' }, dilation: [2] })],
  ['3-D', [null, 5, 6, 4, 2], conv(3, [2, 3, 3], { padding: { type: 'same' }, strides: [2, 1, 1] })],
  ['depthwise', [null, 7, 7, 3], depthwise(1, { padding: { type: 'same' } })],
  ['depthwise, multiplier 3, strided', [null, 8, 8, 2], depthwise(3, { strides: [2, 2], activation: RELU })],
  [
    'depthwise, dilated, channels first',
    [null, 2, 8, 9],
    depthwise(2, { dilation: [2, 2], dataFormat: 'channelsFirst' })
  ],
  ['separable', [null, 7, 7, 3], separable()],
  ['separable, same, strided', [null, 8, 8, 3], separable({ strides: [2, 2], padding: { type: 'same' } })],
  ['transposed, valid', [null, 4, 5, 3], transposed({ strides: [2, 2] })],
  ['transposed, same', [null, 4, 5, 3], transposed({ strides: [2, 3], padding: { type: 'same' } })],
  [
    'transposed with output padding, grouped, channels first',
    [null, 4, 4, 5],
    transposed({
      strides: [2, 2],
      groups: 2,
      padding: explicit(
        [
          [1, 1],
          [1, 1]
        ],
        'zeros'
      ),
      outputPadding: [1, 1],
      dataFormat: 'channelsFirst'
    })
  ],
  ['transposed, dilated', [null, 4, 4, 2], transposed({ dilation: [2, 2] })]
];

describe('the arithmetic of a convolution equals the engine: it is', () => {
  it.each(convolutions)('%s', async (_name, shape, kind) => {
    const checked = await proveAll(single(shape, kind));
    expect(kindsOf(checked)).toEqual(['convolution']);
    expect(checked.numbers).toBeGreaterThan(20);
  });
});

const average = (options: Parameters<typeof pool>[2]) => pool('average', [3, 3], { strides: [2, 2], ...options });
const ones = explicit(
  [
    [1, 1],
    [1, 1]
  ],
  'zeros'
);
const pools: readonly (readonly [string, readonly (number | null)[], LayerKind])[] = [
  ['max, valid', [null, 7, 8, 3], pool('max', [2, 3])],
  ['max, same', [null, 7, 8, 3], pool('max', [3, 3], { strides: [2, 2], padding: { type: 'same' } })],
  ['max, dilated', [null, 9, 9, 2], pool('max', [2, 2], { strides: [1, 1], dilation: [3, 3] })],
  [
    'max, channels first, ceil mode',
    [null, 2, 8, 8],
    pool('max', [3, 3], { strides: [2, 2], padding: ones, ceilMode: true, dataFormat: 'channelsFirst' })
  ],
  ['average, same (padding not counted)', [null, 7, 8, 3], average({ padding: { type: 'same' } })],
  ['average, padding counted', [null, 7, 7, 2], average({ padding: ones, countIncludePad: true })],
  ['average, padding not counted', [null, 7, 7, 2], average({ padding: ones })],
  [
    'average, padding counted, ceil mode',
    [null, 8, 8, 2],
    average({ padding: ones, countIncludePad: true, ceilMode: true })
  ],
  ['max, 1-D', [null, 9, 4], pool('max', [2])],
  ['average, 3-D', [null, 4, 6, 4, 2], pool('average', [2, 2, 2])],
  [
    'adaptive average',
    [null, 7, 9, 2],
    { kind: 'adaptivePool', operation: 'average', rank: 2, outputSize: [3, 4], dataFormat: 'channelsLast' }
  ],
  [
    'adaptive max, channels first',
    [null, 4, 7, 9],
    { kind: 'adaptivePool', operation: 'max', rank: 2, outputSize: [3, 4], dataFormat: 'channelsFirst' }
  ]
];

describe('the arithmetic of a pooling equals the engine: it is', () => {
  it.each(pools)('%s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['window']);
  });
  it.each([
    ['average', [null, 5, 6, 4], GLOBAL_POOL],
    ['max, kept axes', [null, 5, 6, 4], { ...GLOBAL_POOL, operation: 'max', keepDims: true }],
    ['average, channels first', [null, 4, 5, 6], { ...GLOBAL_POOL, dataFormat: 'channelsFirst' }]
  ] as const)('global %s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['formula']);
  });
});

const activations: readonly Activation[] = [
  RELU,
  { name: 'relu', negativeSlope: 0.2, maxValue: 0.5, threshold: 0.1 },
  { name: 'elu', alpha: 0.7 },
  { name: 'celu', alpha: 0.7 },
  { name: 'selu' },
  { name: 'gelu', approximate: false },
  { name: 'gelu', approximate: true },
  { name: 'sigmoid' },
  { name: 'hardSigmoid', variant: 'fifth' },
  { name: 'hardSigmoid', variant: 'sixth' },
  { name: 'tanh' },
  { name: 'hardTanh', min: -0.5, max: 0.4 },
  { name: 'tanhShrink' },
  { name: 'hardShrink', threshold: 0.5 },
  { name: 'softShrink', threshold: 0.5 },
  { name: 'softplus', beta: 2, threshold: 20 },
  { name: 'softsign' },
  { name: 'silu' },
  { name: 'hardSilu' },
  { name: 'mish' },
  { name: 'exponential' },
  { name: 'squareplus', b: 4 },
  { name: 'logSigmoid' },
  softmax,
  { name: 'softmax', axis: 1 }
];

describe('the arithmetic of other layers equals the engine', () => {
  it.each(activations.map((activation) => [JSON.stringify(activation), activation] as const))(
    'activation %s',
    async (_name, activation) => {
      expect(kindsOf(await proveAll(single([null, 4, 5, 3], { kind: 'activation', activation })))).toEqual(['formula']);
    }
  );

  it.each([
    ['flat', [null, 12], dense(7, { activation: RELU })],
    ['flat, softmax', [null, 12], dense(7, { activation: softmax })],
    ['on each step of a series', [null, 6, 5], dense(4, { useBias: false })],
    ['on each pixel', [null, 3, 4, 5], dense(4, { activation: LINEAR })]
  ] as const)('dense %s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['convolution']);
  });

  it('dense on the last axis of a channels-first model', async () => {
    const builder = new GraphBuilder('net');
    const input = builder.input('in', [null, 2, 5, 6]);
    const first = builder.add('c', conv(3, [2, 2], { dataFormat: 'channelsFirst' }), [input]);
    expect(kindsOf(await proveAll(builder.graph(builder.add('x', dense(7), [first]))))).toEqual(['convolution']);
  });

  it.each([
    ['channels last', [null, 4, 5, 3], BATCH_NORM],
    ['channels first', [null, 3, 4, 5], { ...BATCH_NORM, axis: 1 }],
    ['without scale and centre', [null, 4, 5, 3], { ...BATCH_NORM, center: false, scale: false }],
    ['flat', [null, 9], BATCH_NORM]
  ] as const)('batch normalisation, %s', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['formula']);
  });

  it.each(['add', 'subtract', 'multiply', 'average', 'maximum', 'minimum'] as const)('merge: %s', async (operation) => {
    const builder = new GraphBuilder('net');
    const inputs = [builder.input('a', [null, 4, 5, 3]), builder.input('b', [null, 4, 5, 3])];
    const graph = builder.graph(builder.add('x', { kind: 'merge', operation }, inputs));
    expect(kindsOf(await proveAll(graph))).toEqual(['formula']);
  });

  it('merge of a map and one number for each channel', async () => {
    const builder = new GraphBuilder('net');
    const inputs = [builder.input('a', [null, 4, 5, 3]), builder.input('b', [null, 1, 1, 3])];
    const graph = builder.graph(builder.add('x', { kind: 'merge', operation: 'multiply' }, inputs));
    expect(kindsOf(await proveAll(graph))).toEqual(['formula']);
  });

  it('add of one value twice, behind a layer that is used twice', async () => {
    const builder = new GraphBuilder('net');
    const input = builder.input('in', [null, 4, 4, 2]);
    const once = builder.add('c', conv(2, [3, 3], { padding: { type: 'same' } }), [input]);
    const graph = builder.graph(builder.add('x', ADD, [once, builder.call('c', [once])]));
    const { steps } = await proveAll(graph);
    const [first] = steps;
    expect(first?.kind === 'formula' && first.terms.map(({ name }) => name)).toEqual(['input 1', 'input 2']);
  });

  it.each([0, 1])('a layer of a nested model in use %i of it', async (occurrence) => {
    const arm = new GraphBuilder('arm', 'arm/');
    const once = arm.add('c', conv(2, [3, 3], { padding: { type: 'same' } }), [arm.input('in', [null, 4, 4, 2])]);
    const inner = arm.graph(arm.call('c', [once]));
    const builder = new GraphBuilder('net');
    const [left, right] = [builder.input('left', [null, 4, 4, 2]), builder.input('right', [null, 4, 4, 2])];
    const first = builder.add('arm', { kind: 'model', graph: inner, timeDistributed: false }, [left]);
    const graph = builder.graph(builder.add('x', ADD, [first, builder.call('arm', [right])]));
    for (const use of [2 * occurrence, 2 * occurrence + 1])
      expect(kindsOf(await proveAll(graph, 'arm/c', 'keras', use))).toEqual(['convolution']);
  });

  it.each([
    ['channels', [null, 3, 4, 2], [null, 3, 4, 3], -1],
    ['rows', [null, 3, 4, 2], [null, 5, 4, 2], 1]
  ] as const)('concat along %s names the input a number comes from', async (_name, a, b, axis) => {
    const builder = new GraphBuilder('net');
    const inputs = [builder.input('left', a), builder.input('right', b)];
    const { steps } = await proveAll(builder.graph(builder.add('x', { kind: 'concat', axis }, inputs)));
    const texts = steps.map((step) => (step.kind === 'formula' ? step.text : step.kind));
    expect(texts[0]).toBe('x = left[0, 0, 0] (moved, not changed)');
    expect(texts.at(-1)).toMatch(/^x = right\[/);
  });

  it.each([
    ['flatten', [null, 3, 4, 2], FLATTEN],
    ['flatten of channels first in channels-last order', [null, 2, 3, 4], { ...FLATTEN, channelsLastOrder: true }],
    ['flatten of the last axes only', [null, 2, 3, 4], { ...FLATTEN, startAxis: 2 }],
    ['reshape', [null, 24], { kind: 'reshape', target: [3, -1, 2] }],
    ['permute', [null, 2, 3, 4], { kind: 'permute', axes: [3, 1, 2] }],
    ['dropout', [null, 3, 4, 2], { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null }],
    ['identity', [null, 3, 4, 2], { kind: 'identity' }]
  ] as const)('%s names where the value comes from', async (_name, shape, kind) => {
    expect(kindsOf(await proveAll(single(shape, kind)))).toEqual(['formula']);
  });
});

describe('a number that cannot be written out', () => {
  it('says why', async () => {
    const opaque = single([null, 4, 4, 2], { kind: 'opaque', reason: 'it carries code' });
    const model = weighted(opaque, 'keras');
    const layer = model.root.layers.get('x');
    if (layer === undefined) throw new Error('no layer');
    const view = mapView({ shape: [1, 4, 4, 2], data: new Float32Array(32) }, 'channelsLast');
    const signal = new AbortController().signal;
    const proof = await provePixel(model, layer, 0, [2, 0], 0, () => Promise.resolve(view), signal);
    expect(proof.steps).toEqual({
      kind: 'none',
      reason: 'this layer is not understood (it carries code), so its arithmetic cannot be written out'
    });
  });
  it('says so outside the value', async () => {
    const model = weighted(single([null, 4, 4, 2], conv(2, [3, 3])), 'keras');
    const layer = model.root.layers.get('x');
    if (layer === undefined) throw new Error('no layer');
    const view = mapView({ shape: [1, 2, 2, 2], data: new Float32Array(8) }, 'channelsLast');
    const signal = new AbortController().signal;
    const proof = await provePixel(model, layer, 0, [2, 0], 0, () => Promise.resolve(view), signal);
    expect(proof.steps).toEqual({ kind: 'none', reason: 'there is no such number in this layer' });
  });
});
