import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { LINEAR, RELU } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import { elementCount, type DenseTensor } from '../../../src/core/tensor';
import type { PreparedNetwork } from '../../../src/engine/engine';
import type { Objective } from '../../../src/engine/gradient';
import { valueKey } from '../../../src/engine/experiment';
import { createEngine } from '../../../src/engine/select';
import { openModelFile } from '../../../src/readers/open';
import { chain, graphOf, layer, modelOf, weight } from './models';

const fixtures = path.resolve(__dirname, '../../fixtures/parity');
const engine = await createEngine('wasm');
const dense = (units: number, activation: Extract<LayerKind, { kind: 'dense' }>['activation'] = LINEAR): LayerKind => ({
  kind: 'dense',
  units,
  useBias: false,
  activation
});
const matrix = (shape: [number, number], ...values: number[]) =>
  weight('kernel', 'IO', shape, Float32Array.from(values));
const row = (...values: number[]): DenseTensor => ({ shape: [1, values.length], data: Float32Array.from(values) });
const logit = (index: number): Objective => ({ kind: 'class', output: 0, index, score: 'logit' });

const conv = (options: Partial<Extract<LayerKind, { kind: 'conv' }>> = {}): LayerKind => ({
  kind: 'conv',
  rank: 2,
  filters: 3,
  groups: 1,
  kernelSize: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  padding: { type: 'same' },
  dataFormat: 'channelsLast',
  useBias: true,
  activation: RELU,
  ...options
});

/**
 * The directional derivative along a fixed direction against the central difference of the network itself.
 * @returns both, with the size of the gradient along it
 */
async function slope(network: PreparedNetwork, inputs: readonly DenseTensor[], key: string, at: readonly string[]) {
  const values = await outputAt(network, inputs, key);
  // The objective weighs each entry of a batch alike.
  const size = values.length / (inputs[0]?.shape[0] ?? 1);
  const weights = Float32Array.from({ length: values.length }, (_, i) => Math.cos(0.7 * (i % size) + 0.3));
  const found = await network.gradient(inputs, { objective: { kind: 'weighted', key, weights }, at, seed: 1 });
  if (found.stoppedAt !== null) return found.stoppedAt.reason;
  const directions = inputs.map(({ data }) => Float32Array.from(data, (_, i) => Math.sin(1.3 * i + 0.5)));
  const step = 1e-3;
  const moved = (sign: number) =>
    inputs.map((input, k) => ({
      shape: input.shape,
      data: input.data.map((value, i) => value + sign * step * (directions[k]?.[i] ?? 0))
    }));
  const sum = (list: Float32Array) => list.reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
  const numeric =
    (sum(await outputAt(network, moved(1), key)) - sum(await outputAt(network, moved(-1), key))) / (2 * step);
  let own = 0;
  let squares = 0;
  at.forEach((name, k) => {
    found.gradients.get(name)?.data.forEach((value, i) => {
      own += value * (directions[k]?.[i] ?? 0);
      squares += value * value;
    });
  });
  return { own, numeric, size: Math.sqrt(squares) };
}

async function outputAt(network: PreparedNetwork, inputs: readonly DenseTensor[], key: string): Promise<Float32Array> {
  let found = new Float32Array();
  await network.run(inputs, {
    mode: 'infer',
    seed: 1,
    wanted: new Set([key]),
    onValue: async (value) => {
      if (value.output === 0) found = Float32Array.from((await value.read()).data);
    }
  });
  return found;
}

interface Listing {
  readonly file: string;
  readonly inputs: readonly { readonly shape: number[]; readonly offset: number }[];
  readonly values: readonly { readonly layer: string; readonly occurrence: number }[];
}

/** Words are looked up by whole numbers: no gradient. */
const listings = readdirSync(fixtures).filter((name) => /^keras-(?!words).*\.json$/.test(name));

describe('gradients against differences of the network itself, every layer of', () => {
  it.each(listings)('%s', async (name) => {
    const listing = JSON.parse(readFileSync(path.join(fixtures, name), 'utf8')) as Listing;
    const bytes = readFileSync(path.join(fixtures, name.replace('.json', '.bin')));
    // A small file lies somewhere in a buffer that others share.
    const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const inputs = listing.inputs.map(({ shape, offset }) => ({
      shape,
      data: floats.slice(offset, offset + elementCount(shape))
    }));
    const opened = await openModelFile(path.join(fixtures, listing.file));
    if (!opened.ok) throw new Error(opened.error.problem);
    const { model, close } = opened.value;
    const network = await engine.prepare(model, { seed: 1 });
    const at = model.root.inputs.map(({ call }) => valueKey(model.root.calls[call]?.layer ?? '', 0));
    const before = tfjs.memory().numTensors;
    const far: unknown[] = [];
    for (const { layer: id, occurrence } of listing.values) {
      const found = await slope(network, inputs, valueKey(id, occurrence), at);
      if (typeof found === 'string') {
        far.push([id, found]);
        continue;
      }
      const allowed = 2e-2 * Math.max(0.2, found.size, Math.abs(found.numeric));
      if (!(Math.abs(found.own - found.numeric) <= allowed)) far.push([id, found]);
    }
    expect(far).toEqual([]);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
    close();
  });
});

describe('what is differentiated', () => {
  it('is the logit before a fused softmax, the probability when asked', async () => {
    const model = chain(
      [null, 2],
      [layer('out', dense(2, { name: 'softmax', axis: -1 }), [matrix([2, 2], 1, 2, 3, 4)])]
    );
    const network = await engine.prepare(model, { seed: 1 });
    const ask = { at: ['input#0'], seed: 1 };
    const found = await network.gradient([row(0.1, 0.2)], { ...ask, objective: logit(1) });
    expect([...(found.gradients.get('input#0')?.data ?? [])]).toEqual([2, 4]);
    expect(found.objective[0]).toBeCloseTo(1, 6);
    const probability = { kind: 'class', output: 0, index: 1, score: 'probability' } as const;
    const shares = await network.gradient([row(0.1, 0.2)], { ...ask, objective: probability });
    const p = 1 / (1 + Math.exp(0.7 - 1));
    expect(shares.objective[0]).toBeCloseTo(p, 6);
    expect(shares.gradients.get('input#0')?.data[0]).toBeCloseTo(p * (1 - p), 5);
    network.dispose();
  });

  it('is the logit behind a reshape after the softmax too', async () => {
    const softmax: LayerKind = { kind: 'activation', activation: { name: 'softmax', axis: -1 } };
    const model = chain(
      [null, 2],
      [
        layer('scores', dense(2), [matrix([2, 2], 1, 2, 3, 4)]),
        layer('softmax', softmax),
        layer('reshape', { kind: 'reshape', target: [1, 2] })
      ]
    );
    const network = await engine.prepare(model, { seed: 1 });
    const found = await network.gradient([row(1, 1)], { objective: logit(0), at: ['input#0', 'scores#0'], seed: 1 });
    expect([...(found.gradients.get('input#0')?.data ?? [])]).toEqual([1, 3]);
    expect([...(found.gradients.get('scores#0')?.data ?? [])]).toEqual([1, 0]);
    expect([...(found.values.get('scores#0')?.data ?? [])]).toEqual([4, 6]);
    network.dispose();
  });

  it('is a channel or a single element, entry by entry of a batch', async () => {
    const network = await engine.prepare(chain([null, 6, 6, 2], [layer('c', conv({ activation: LINEAR }))]), {
      seed: 3
    });
    const data = Float32Array.from({ length: 144 }, (_, i) => Math.sin(i));
    const batch: DenseTensor = { shape: [2, 6, 6, 2], data };
    const objective = { kind: 'channel', key: 'c#0', axis: 3, channel: 2 } as const;
    const both = await network.gradient([batch], { objective, at: ['input#0'], seed: 1 });
    expect(both.objective).toHaveLength(2);
    const gradient = both.gradients.get('input#0')?.data ?? new Float32Array();
    // A linear layer: each entry's gradient is the same.
    expect(gradient.subarray(0, 72)).toEqual(gradient.subarray(72));
    const one = { kind: 'element', key: 'c#0', index: 0 } as const;
    const corner = await network.gradient([batch], { objective: one, at: ['input#0'], seed: 1 });
    const moved = [...(corner.gradients.get('input#0')?.data.subarray(0, 72) ?? [])];
    // Element 0 is the corner pixel: with a same-padded 3 x 3 kernel it sees 2 x 2 pixels.
    expect(moved.map((value, i) => (value === 0 ? -1 : Math.floor(i / 2))).filter((at) => at >= 0)).toEqual([
      0, 0, 1, 1, 6, 6, 7, 7
    ]);
    network.dispose();
  });
});

describe('the way back', () => {
  it('passes shared layers, nested graphs and graphs over time', async () => {
    const input = (id: string, shape: (number | null)[]) => layer(id, { kind: 'input', shape, dtype: 'float32' });
    const shared = layer('shared', dense(2, { name: 'tanh' }), [matrix([2, 2], 0.5, -0.25, 0.75, 0.1)]);
    const inner = graphOf(
      'inner',
      [
        { layer: input('in', [null, 2]), from: [] },
        { layer: shared, from: [0] }
      ],
      [1]
    );
    const steps = [
      { layer: input('input', [null, 3, 2]), from: [] },
      { layer: layer('over', { kind: 'model', graph: inner, timeDistributed: true }), from: [0] },
      { layer: layer('plain', { kind: 'model', graph: inner, timeDistributed: false }), from: [1] },
      { layer: shared, from: [2] },
      { layer: layer('product', { kind: 'merge', operation: 'multiply' }), from: [3, 3] }
    ];
    const network = await engine.prepare(modelOf(graphOf('outer', steps, [4])), { seed: 3 });
    const value = { shape: [1, 3, 2], data: Float32Array.of(1, 2, -1, 0.5, 0.3, -2) };
    const before = tfjs.memory().numTensors;
    const found = await slope(network, [value], 'product#0', ['input#0']);
    if (typeof found === 'string') throw new Error(found);
    expect(found.own).toBeCloseTo(found.numeric, 3);
    const at = ['shared#0', 'shared#1', 'shared#2', 'in#1', 'over#0', 'plain#0'];
    const inside = await network.gradient([value], {
      objective: { kind: 'element', key: 'product#0', index: 1 },
      at,
      seed: 1
    });
    expect(inside.stoppedAt).toBeNull();
    expect(inside.gradients.get('over#0')?.shape).toEqual([1, 3, 2]);
    expect(inside.gradients.get('shared#0')?.shape).toEqual([3, 2]);
    expect(inside.gradients.get('over#0')?.data).toEqual(inside.gradients.get('in#1')?.data);
    // d(y^2)/dy = 2 y of the one element, nothing of the others.
    const last = inside.values.get('shared#2')?.data ?? new Float32Array();
    const own = [...(inside.gradients.get('shared#2')?.data ?? [])];
    expect(own[1]).toBeCloseTo(2 * (last[1] ?? 0), 6);
    expect(own.filter((one) => one !== 0)).toHaveLength(1);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
  });

  it('goes through held masks and batch statistics in training mode', async () => {
    const norm: LayerKind = {
      kind: 'batchNorm',
      axis: -1,
      epsilon: 1e-3,
      momentum: 0.99,
      center: true,
      scale: true,
      tracksStatistics: true
    };
    const drop: LayerKind = { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null };
    const network = await engine.prepare(chain([null, 4, 4, 2], [layer('norm', norm), layer('drop', drop)]), {
      seed: 1
    });
    const image = { shape: [1, 4, 4, 2], data: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i * i)) };
    const objective = { kind: 'element', key: 'drop#0', index: 5 } as const;
    const seeds = [1, 2, 3, 4, 5, 6];
    let live = 0;
    for (const seed of seeds) {
      const options = { objective, at: ['input#0'], mode: 'train', seed } as const;
      const { gradients } = await network.gradient([image], options);
      const gradient = gradients.get('input#0')?.data ?? new Float32Array();
      const { outputs } = await network.run([image], { mode: 'train', seed });
      const kept = outputs[0]?.data[5] !== 0;
      expect(gradient.some((value) => value !== 0)).toBe(kept);
      if (!kept) continue;
      live++;
      // With batch statistics a shift of a whole channel changes nothing.
      const channel = gradient.filter((_, i) => i % 2 === 1);
      expect(channel.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 4);
    }
    expect(live).toBeGreaterThan(0);
    expect(live).toBeLessThan(seeds.length);
    network.dispose();
  });

  it('stops with a reason where there is no gradient or no dependence', async () => {
    const words = layer('words', { kind: 'embedding', inputDim: 4, outputDim: 2 });
    const network = await engine.prepare(chain([null, 3], [words]), { seed: 1 });
    const ask = { at: ['input#0'], seed: 1 };
    const objective = { kind: 'element', key: 'words#0', index: 0 } as const;
    const before = tfjs.memory().numTensors;
    const found = await network.gradient([row(1, 2, 3)], { ...ask, objective });
    expect(found.stoppedAt).toEqual({
      layer: 'words',
      reason: 'it looks rows up by whole numbers, which have no gradient'
    });
    const back = await network.gradient([row(1, 2, 3)], {
      at: ['words#0'],
      objective: { kind: 'element', key: 'input#0', index: 0 },
      seed: 1
    });
    expect(back.stoppedAt).toEqual({ layer: 'words', reason: 'the answer does not depend on it' });
    const opaque = await engine.prepare(
      chain([null, 3], [layer('code', { kind: 'opaque', reason: 'it carries code' })]),
      {
        seed: 1
      }
    );
    const closed = await opaque.gradient([row(1, 2, 3)], { ...ask, objective: logit(0) });
    expect(closed.stoppedAt).toEqual({ layer: 'code', reason: 'it carries code' });
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
    opaque.dispose();
  });

  it('stops when cancelled, on the way back too, and leaves nothing', async () => {
    const many = Array.from({ length: 30 }, (_, i) => layer(`c${i}`, conv({ filters: 4 })));
    const network = await engine.prepare(chain([null, 24, 24, 1], many), { seed: 1 });
    const image = { shape: [1, 24, 24, 1], data: new Float32Array(24 * 24).fill(0.5) };
    const options = {
      objective: { kind: 'channel', key: 'c29#0', axis: 3, channel: 0 },
      at: ['input#0'],
      seed: 1
    } as const;
    // Cancelled at a share of the steps, not of the time, which differs from machine to machine.
    const stoppingAt = (step: number) => {
      const controller = new AbortController();
      const { signal } = controller;
      const check = signal.throwIfAborted.bind(signal);
      const state = { signal, steps: 0, aborted: 0 };
      signal.throwIfAborted = () => {
        if (++state.steps === step) {
          state.aborted = performance.now();
          controller.abort();
        }
        check();
      };
      return state;
    };
    const whole = stoppingAt(Infinity);
    await network.gradient([image], { ...options, signal: whole.signal });
    const before = tfjs.memory().numTensors;
    for (const share of [0.1, 0.75]) {
      const state = stoppingAt(Math.ceil(share * Math.min(whole.steps, 75)));
      await expect(network.gradient([image], { ...options, signal: state.signal })).rejects.toThrow(/abort/i);
      expect(performance.now() - state.aborted).toBeLessThan(200);
      expect(tfjs.memory().numTensors).toBe(before);
    }
    network.dispose();
  });
});
