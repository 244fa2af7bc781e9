import * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { LINEAR, RELU } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import type { DenseTensor } from '../../../src/core/tensor';
import { createEngine } from '../../../src/engine/select';
import { chain, graphOf, layer, modelOf } from './models';

const conv = (filters: number): LayerKind => ({
  kind: 'conv',
  rank: 2,
  filters,
  groups: 1,
  kernelSize: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  padding: { type: 'same' },
  dataFormat: 'channelsLast',
  useBias: true,
  activation: RELU
});
const dropout: LayerKind = { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null };
const image = (size: number): DenseTensor => ({
  shape: [1, size, size, 1],
  data: Float32Array.from({ length: size * size }, (_, i) => (i % 7) / 7)
});

describe('a pass through a network', () => {
  it('draws fresh weights, hands out every value and leaves nothing behind', async () => {
    const engine = await createEngine('wasm');
    const before = tfjs.memory().numTensors;
    const model = chain(
      [null, 8, 8, 1],
      [
        layer('c1', conv(4)),
        layer('drop', dropout),
        layer('flat', { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 }),
        layer('out', { kind: 'dense', units: 3, useBias: true, activation: { name: 'softmax', axis: -1 } })
      ]
    );
    const network = await engine.prepare(model, { seed: 1 });
    const loaded = tfjs.memory().numTensors;
    expect(loaded - before).toBe(4);
    const seen: string[] = [];
    const alive: number[] = [];
    const result = await network.run([image(8)], {
      mode: 'infer',
      seed: 1,
      onValue: async (value) => {
        const { data, shape } = await value.read();
        expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
        expect(value.inspect((view) => Float32Array.from(view))).toEqual(data);
        seen.push(`${value.layer} ${value.shape.join('x')}`);
        alive.push(tfjs.memory().numTensors - loaded);
      }
    });
    expect(result.stoppedAt).toBeNull();
    expect(seen).toEqual(['input 1x8x8x1', 'c1 1x8x8x4', 'drop 1x8x8x4', 'flat 1x256', 'out 1x3']);
    expect(result.outputs[0]?.data.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    // The given input, the value before and the value itself.
    expect(Math.max(...alive)).toBeLessThanOrEqual(3);
    expect(tfjs.memory().numTensors).toBe(loaded);
    network.dispose();
    expect(tfjs.memory().numTensors).toBe(before);
  });

  it('drops the same values under the same seed, others under another, none at inference', async () => {
    const engine = await createEngine('wasm');
    const network = await engine.prepare(chain([null, 8, 8, 1], [layer('drop', dropout)]), { seed: 1 });
    const ones: DenseTensor = { shape: [1, 8, 8, 1], data: new Float32Array(64).fill(1) };
    const run = async (mode: 'infer' | 'train', seed: number) =>
      Array.from((await network.run([ones], { mode, seed })).outputs[0]?.data ?? []);
    const first = await run('train', 5);
    expect(first).toEqual(await run('train', 5));
    expect(first).not.toEqual(await run('train', 6));
    expect(new Set(first)).toEqual(new Set([0, 2]));
    expect(await run('infer', 5)).toEqual(Array.from(ones.data));
    network.dispose();
  });

  it('stops at an opaque layer with its reason and frees what it holds', async () => {
    const engine = await createEngine('wasm');
    const network = await engine.prepare(
      chain([null, 8, 8, 1], [layer('drop', dropout), layer('lambda', { kind: 'opaque', reason: 'it carries code' })]),
      { seed: 1 }
    );
    const before = tfjs.memory().numTensors;
    const result = await network.run([image(8)], { mode: 'infer', seed: 1 });
    expect(result.stoppedAt).toEqual({ layer: 'lambda', reason: 'it carries code' });
    expect(result.outputs).toEqual([]);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
  });

  it('stops when cancelled between two layers', async () => {
    const engine = await createEngine('wasm');
    const many = Array.from({ length: 40 }, (_, i) => layer(`c${i}`, conv(16)));
    const network = await engine.prepare(chain([null, 96, 96, 1], many), { seed: 1 });
    const before = tfjs.memory().numTensors;
    const controller = new AbortController();
    const seen: string[] = [];
    setTimeout(() => controller.abort(), 5);
    await expect(
      network.run([image(96)], {
        mode: 'infer',
        seed: 1,
        signal: controller.signal,
        onValue: (value) => Promise.resolve(void seen.push(value.layer))
      })
    ).rejects.toThrow(/abort/i);
    expect(seen.length).toBeLessThan(41);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
  });

  it('runs shared layers, nested graphs and graphs over time', async () => {
    const engine = await createEngine('wasm');
    const input = (id: string, shape: (number | null)[]) => layer(id, { kind: 'input', shape, dtype: 'float32' });
    const shared = layer('shared', { kind: 'dense', units: 2, useBias: false, activation: LINEAR });
    const inner = graphOf(
      'inner',
      [
        { layer: input('in', [null, 2]), from: [] },
        { layer: shared, from: [0] }
      ],
      [1]
    );
    const steps = [
      { layer: input('a', [null, 3, 2]), from: [] },
      { layer: layer('over', { kind: 'model', graph: inner, timeDistributed: true }), from: [0] },
      { layer: shared, from: [0] },
      { layer: layer('difference', { kind: 'merge', operation: 'subtract' }), from: [1, 2] }
    ];
    const network = await engine.prepare(modelOf(graphOf('outer', steps, [3, 1])), { seed: 3 });
    const seen: string[] = [];
    const result = await network.run([{ shape: [1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }], {
      mode: 'infer',
      seed: 1,
      onValue: (value) => Promise.resolve(void seen.push(`${value.layer}#${value.occurrence} ${value.shape.join('x')}`))
    });
    expect(seen).toEqual([
      'a#0 1x3x2',
      'in#0 3x2',
      'shared#0 3x2',
      'over#0 1x3x2',
      'shared#1 1x3x2',
      'difference#0 1x3x2'
    ]);
    expect(Array.from(result.outputs[0]?.data ?? [1])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(result.outputs[1]?.data.some((value) => value !== 0)).toBe(true);
    network.dispose();
  });
});
