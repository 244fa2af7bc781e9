import { describe, expect, it } from 'vitest';
import { RELU } from '../../src/core/activation';
import type { LayerKind } from '../../src/core/layerKind';
import { elementCount } from '../../src/core/tensor';
import { writeNpy } from '../../src/images/npy';
import { toPortable } from '../../src/protocol/portableModel';
import { FLATTEN, GLOBAL_POOL, GraphBuilder, conv, dense, modelOf, pool } from '../unit/core/builder';
import { inProcess, type Request } from './inProcess';

const wave = (shape: readonly number[]) =>
  writeNpy({
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(i / 3) + (i % 7) / 9)
  });

async function opened(request: Request, shape: readonly number[], graph: ReturnType<GraphBuilder['graph']>) {
  const { model } = await request('openDefinition', { definition: toPortable(modelOf(graph)), seed: 5 });
  const source = { kind: 'bytes', name: 'wave.npy', bytes: wave(shape) } as const;
  await request('setInput', { model, input: 0, source, preprocessing: null });
  await request('run', { model });
  return model;
}

/** A chain of layers, run once on a wave. */
function ran(request: Request, shape: readonly number[], ...kinds: readonly (readonly [string, LayerKind])[]) {
  const builder = new GraphBuilder('chain');
  const end = builder.chain(builder.input('in', [null, ...shape]), ...kinds);
  return opened(request, shape, builder.graph(end));
}

const head = [
  ['f', FLATTEN],
  ['out', dense(4, { activation: { name: 'softmax', axis: -1 } })]
] as const;

describe('the pooling view', () => {
  it.each([
    ['a series', [40, 3], conv(4, [3], { activation: RELU }), pool('max', [2]), [1, 1, 19]],
    [
      'a picture',
      [14, 12, 2],
      conv(4, [3, 3], { activation: RELU }),
      pool('average', [3, 3], { strides: [2, 2], padding: { type: 'same' } }),
      [1, 6, 5]
    ],
    ['a volume', [8, 10, 8, 1], conv(3, [3, 3, 3]), pool('max', [2, 2, 2]), [3, 4, 3]]
  ] as const)('shows, follows, swaps and shifts %s', async (_, shape, convolution, pooling, size) => {
    const request = inProcess();
    const model = await ran(request, shape, ['c', convolution], ['p', pooling], ...head);
    const place = { model, layer: 'p', occurrence: 0 };
    const map = await request('poolingMap', { ...place, channel: 1 });
    expect(map.output.size).toEqual(size);
    expect(map.sourceName).toBe('c');
    expect(map.kept).toBeGreaterThan(0);
    expect(map.kept).toBeLessThan(1);
    // Each winner holds the value that the runtime passed on.
    map.winners.forEach((winner, cell) => {
      if (map.operation === 'max') expect(map.input.values[winner]).toBe(map.output.values[cell]);
    });
    const [trace] = await request('poolingTraces', { ...place, channel: 1, cells: [4] });
    expect(trace?.hops.map(({ layer }) => layer)).toEqual(['p', 'c', 'in']);
    expect(trace?.hops[0]?.value).toBe(map.output.values[4]);
    expect(trace?.end.kind).toBe('input');
    const swap = (operation: 'max' | 'average' | 'first', edge: number | null) =>
      request('poolingSwap', { ...place, channel: 1, choice: { operation, size: edge } });
    const same = await swap(map.operation, null);
    expect(same.change).toBe(0);
    expect(same.answer.largestDifference).toBeLessThan(1e-6);
    for (const edge of [null, 2, 3]) {
      const swapped = await swap(map.operation === 'max' ? 'average' : 'max', edge);
      expect(swapped.output.size).toEqual(size);
      expect(swapped.change).toBeGreaterThan(0);
    }
    expect((await swap('first', null)).output.size).toEqual(size);
    const still = await request('poolingShift', { ...place, channel: 1, down: 0, right: 0 });
    expect(still.after).toEqual({ plain: 0, aligned: 0, shift: [0, 0] });
    const moved = await request('poolingShift', { ...place, channel: 1, down: 0, right: 1 });
    // A convolution without padding moves with its input.
    expect(moved.before.shift).toEqual([0, 1]);
    expect(moved.before.aligned).toBeLessThan(1e-5);
    expect(moved.before.plain).toBeGreaterThan(0.05);
    // Nothing of all that stays in the network.
    expect((await request('poolingMap', { ...place, channel: 1 })).output.values).toEqual(map.output.values);
  });

  it('shows a global pooling, and says what it has no variant of', async () => {
    const request = inProcess();
    const model = await ran(request, [9, 9, 2], ['c', conv(3, [3, 3])], ['g', GLOBAL_POOL], ['out', dense(2)]);
    const place = { model, layer: 'g', occurrence: 0, channel: 2 };
    const map = await request('poolingMap', place);
    expect(map.output.size).toEqual([1, 1, 1]);
    const mean = map.input.values.reduce((sum, value) => sum + value, 0) / 49;
    expect(map.output.values[0]).toBeCloseTo(mean, 5);
    const swapped = await request('poolingSwap', { ...place, choice: { operation: 'max', size: null } });
    expect(swapped.output.values[0]).toBe(Math.max(...map.input.values));
    const variant = request('poolingSwap', { ...place, choice: { operation: 'max', size: 3 } });
    await expect(variant).rejects.toThrow('has no such variant');
    await expect(request('poolingMap', { ...place, channel: 9 })).rejects.toThrow('has no such map');
    await expect(request('poolingMap', { ...place, layer: 'c' })).rejects.toThrow('is no pooling layer');
  });

  it('goes through a model inside the model', async () => {
    const request = inProcess();
    const inner = new GraphBuilder('inner', 'inner/');
    const x = inner.input('x', [null, 12, 12, 1]);
    const last = inner.chain(x, ['c', conv(3, [3, 3])], ['p', pool('max', [2, 2])]);
    const outer = new GraphBuilder('outer');
    const input = outer.input('in', [null, 12, 12, 1]);
    const nested = outer.add('inner', { kind: 'model', graph: inner.graph(last), timeDistributed: false }, [input]);
    const end = outer.chain(nested, ['p2', pool('max', [2, 2])], ...head);
    const model = await opened(request, [12, 12, 1], outer.graph(end));
    const place = { model, layer: 'p2', occurrence: 0 };
    const map = await request('poolingMap', { ...place, channel: null });
    expect(map.sourceName).toBe('p');
    const [trace] = await request('poolingTraces', { ...place, channel: map.channel, cells: [0] });
    expect(trace?.hops.map(({ layer }) => layer)).toEqual(['p2', 'inner/p', 'inner/c', 'inner/x', 'in']);
    expect(trace?.end).toMatchObject({ kind: 'input', input: 0 });
    const choice = { operation: 'average', size: 3 } as const;
    const swapped = await request('poolingSwap', { model, layer: 'inner/p', occurrence: 0, channel: 0, choice });
    expect(swapped.change).toBeGreaterThan(0);
  });
});

describe('the way back', () => {
  it('names no pixel where every product is zero', async () => {
    const request = inProcess();
    const model = await ran(request, [8, 8, 1], ['c', conv(2, [3, 3])], ['p', pool('max', [2, 2])], ...head);
    const shape = [8, 8, 1];
    const bytes = writeNpy({ shape, data: new Float32Array(64) });
    await request('setInput', {
      model,
      input: 0,
      source: { kind: 'bytes', name: 'zero.npy', bytes },
      preprocessing: null
    });
    await request('run', { model });
    const [trace] = await request('poolingTraces', { model, layer: 'p', occurrence: 0, channel: 0, cells: [0] });
    expect(trace?.end).toEqual({
      kind: 'stopped',
      reason: expect.stringMatching(/every product of c is zero/) as string
    });
    expect(trace?.hops.map(({ layer }) => layer)).toEqual(['p', 'c']);
  });
});

describe('what lasts', () => {
  it('ends within 0.2 s once it is cancelled', async () => {
    const request = inProcess();
    const deep = Array.from(
      { length: 12 },
      (_, i) => [`c${String(i)}`, conv(48, [3, 3], { padding: { type: 'same' } })] as const
    );
    const model = await ran(
      request,
      [64, 64, 3],
      ...deep,
      ['p', pool('max', [2, 2])],
      ['g', GLOBAL_POOL],
      ['out', dense(2)]
    );
    const place = { model, layer: 'p', occurrence: 0, channel: 0 };
    const cells = Array.from({ length: 256 }, (_, cell) => cell);
    const asks = [
      (signal: AbortSignal) => request('poolingTraces', { ...place, cells }, { signal }),
      (signal: AbortSignal) => request('poolingShift', { ...place, down: 1, right: 0 }, { signal })
    ];
    for (const ask of asks) {
      const stop = new AbortController();
      const asked = ask(stop.signal);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const began = performance.now();
      stop.abort();
      await expect(asked).rejects.toThrow();
      expect(performance.now() - began).toBeLessThan(200);
    }
  });
});

describe('the step-by-step view', () => {
  const base = {
    rank: 2,
    kernelSize: [3, 3],
    strides: [1, 1],
    dilation: [1, 1],
    padding: { type: 'same' },
    dataFormat: 'channelsLast',
    useBias: true,
    activation: RELU
  } as const;

  it.each<readonly [string, LayerKind]>([
    ['plain', conv(4, [3, 3], { activation: RELU })],
    ['strided and dilated', conv(4, [3, 2], { strides: [2, 1], dilation: [1, 2], padding: { type: 'same' } })],
    ['grouped', conv(4, [3, 3], { groups: 2 })],
    ['depthwise', { ...base, kind: 'depthwiseConv', depthMultiplier: 2 }],
    ['separable', { ...base, kind: 'separableConv', filters: 3, depthMultiplier: 2 }],
    ['transposed', { ...base, kind: 'convTranspose', filters: 3, groups: 1, outputPadding: null, strides: [2, 2] }]
  ])('gives windows and kernels of a %s convolution as the runtime computes them', async (_, kind) => {
    const request = inProcess();
    const model = await ran(request, [9, 8, 4], ['c', kind], ...head);
    const ask = { model, layer: 'c', occurrence: 0, filter: 2 };
    const map = await request('stepsMap', { ...ask, channel: null });
    const [, height, width] = map.input.size;
    const [, high, wide] = map.output.size;
    const inside = (index: number | null, size: number): index is number =>
      index !== null && index >= 0 && index < size;
    for (const position of [
      [0, 0],
      [2, 3],
      [high - 1, wide - 1]
    ]) {
      const [row = 0, column = 0] = position;
      const proof = await request('proof', { model, layer: 'c', occurrence: 0, position, channel: 2 });
      if (proof.steps.kind !== 'convolution') throw new Error(proof.steps.kind);
      expect(Math.abs(proof.steps.value - proof.runtimeValue)).toBeLessThanOrEqual(proof.tolerance);
      expect(map.output.values[row * wide + column]).toBe(proof.runtimeValue);
      expect(map.readsInAll).toBe(proof.steps.totalChannels);
      for (const one of proof.steps.channels) {
        const shown = await request('stepsMap', { ...ask, channel: one.channel });
        const patch = (map.axes[1].indices[row] ?? []).flatMap((y) =>
          (map.axes[2].indices[column] ?? []).map((x) =>
            inside(y, height) && inside(x, width) ? shown.input.values[y * width + x] : 0
          )
        );
        expect(patch).toEqual([...one.patch]);
        expect([...shown.kernel]).toEqual([...one.kernel]);
      }
    }
  });

  it('slides a kernel made by hand without a model', async () => {
    const request = inProcess();
    const kernel = [-1, -1, -1, -1, 8, -1, -1, -1, -1];
    const edge = { size: 3, kernel, stride: 2, padding: 'same', dilation: 1 } as const;
    const map = await request('tryKernel', { ...edge, picture: { kind: 'builtin' } });
    expect(map.input.size).toEqual([1, 48, 48]);
    expect(map.output.size).toEqual([1, 24, 24]);
    const photo = await request('tryKernel', { ...edge, stride: 1, picture: { kind: 'sample', id: 'photo-cat' } });
    expect(photo.input.size).toEqual([1, 64, 64]);
    expect(Math.min(...photo.input.values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...photo.input.values)).toBeGreaterThan(0.5);
    expect(Math.max(...photo.input.values)).toBeLessThanOrEqual(1);
    const missing = request('tryKernel', { ...edge, picture: { kind: 'sample', id: 'no-such' } });
    await expect(missing).rejects.toThrow('is no sample');
    const ones = { kind: 'given', size: [5, 5], values: new Float32Array(25).fill(1) } as const;
    const even = await request('tryKernel', { ...edge, stride: 1, padding: 'valid', picture: ones });
    expect([...even.output.values]).toEqual(Array.from({ length: 9 }, () => 0));
    const wide = request('tryKernel', { ...edge, padding: 'valid', dilation: 3, picture: ones });
    await expect(wide).rejects.toThrow('does not fit');
  });
});
