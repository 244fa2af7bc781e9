import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as tfjs from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { LINEAR } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import type { LayerNode, Model } from '../../../src/core/model';
import { elementCount, isLearned, type DenseTensor } from '../../../src/core/tensor';
import type { PreparedNetwork } from '../../../src/engine/engine';
import { valueKey } from '../../../src/engine/experiment';
import { layersOf } from '../../../src/engine/loadWeights';
import type { Objective } from '../../../src/engine/gradient';
import { createEngine } from '../../../src/engine/select';
import { openModelFile } from '../../../src/readers/open';
import { chain, graphOf, layer, modelOf, weight } from './models';

const fixtures = path.resolve(__dirname, '../../fixtures/parity');
const engine = await createEngine('wasm');

interface Ask {
  readonly inputs: readonly DenseTensor[];
  readonly mode: 'infer' | 'train';
  readonly objective: Objective;
}

/** The sum of the objective when every learned weight of a layer is moved along a fixed direction. */
async function moved(network: PreparedNetwork, layer: LayerNode, step: number, { inputs, mode, objective }: Ask) {
  const values = await Promise.all(
    layer.weights.map(async (one) =>
      isLearned(one.role)
        ? Float32Array.from(await one.read(), (value, i) => value + step * direction(i, one.shape))
        : null
    )
  );
  const experiment = { weights: new Map([[layer.id, values]]) };
  const found = await network.gradient(inputs, { objective, at: [], mode, seed: 1, experiment });
  if (found.stoppedAt !== null) throw new Error(found.stoppedAt.reason);
  return found.objective.reduce((sum, one) => sum + one, 0);
}

const direction = (i: number, shape: readonly number[]) => Math.sin(1.3 * i + 0.5 + shape.length);

/** The slope along the direction by the engine and by differences, and the gradient's size. */
async function slope(network: PreparedNetwork, layer: LayerNode, ask: Ask, step = 5e-4) {
  const options = { ...ask, at: [], weights: [layer.id], seed: 1 };
  const found = await network.gradient(ask.inputs, options);
  if (found.stoppedAt !== null) return found.stoppedAt.reason;
  const gradients = found.weights.get(layer.id) ?? [];
  let own = 0;
  let squares = 0;
  layer.weights.forEach((one, w) => {
    const gradient = gradients[w] ?? null;
    expect(gradient !== null).toBe(isLearned(one.role));
    if (gradient === null) return;
    expect(gradient.shape).toEqual(one.shape);
    gradient.data.forEach((value, i) => {
      own += value * direction(i, one.shape);
      squares += value * value;
    });
  });
  const difference = (await moved(network, layer, step, ask)) - (await moved(network, layer, -step, ask));
  return { own, numeric: difference / (2 * step), size: Math.sqrt(squares) };
}

function learning(model: Model): LayerNode[] {
  return [...layersOf(model.root).values()].filter(({ weights }) => weights.some(({ role }) => isLearned(role)));
}

const listings = readdirSync(fixtures).filter((name) => /^keras-.*\.json$/.test(name));

describe('gradients of weights against differences of the network itself, every layer with weights of', () => {
  it.each(listings)('%s', async (name) => {
    const listing = JSON.parse(readFileSync(path.join(fixtures, name), 'utf8')) as {
      readonly file: string;
      readonly inputs: readonly { readonly shape: number[]; readonly offset: number }[];
      readonly values: readonly { readonly layer: string; readonly occurrence: number; readonly shape: number[] }[];
    };
    const bytes = readFileSync(path.join(fixtures, name.replace('.json', '.bin')));
    const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const inputs = listing.inputs.map(({ shape, offset }) => ({
      shape,
      data: floats.slice(offset, offset + elementCount(shape))
    }));
    const opened = await openModelFile(path.join(fixtures, listing.file));
    if (!opened.ok) throw new Error(opened.error.problem);
    const { model, close } = opened.value;
    const network = await engine.prepare(model, { seed: 1 });
    const before = tfjs.memory().numTensors;
    const far: unknown[] = [];
    for (const node of learning(model)) {
      const value = listing.values.find((one) => one.layer === node.id);
      if (value === undefined) continue;
      const weights = Float32Array.from({ length: 4096 }, (_, i) => Math.cos(0.7 * i + 0.3));
      const objective = { kind: 'weighted', key: valueKey(node.id, value.occurrence), weights } as const;
      for (const mode of ['infer', 'train'] as const) {
        const found = await slope(network, node, { inputs, mode, objective });
        if (
          typeof found === 'string' ||
          !(Math.abs(found.own - found.numeric) <= 2e-2 * Math.max(0.2, found.size, Math.abs(found.numeric)))
        )
          far.push([node.id, mode, found]);
      }
    }
    expect(far).toEqual([]);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
    close();
  });
});

const dense = (units: number, activation: Extract<LayerKind, { kind: 'dense' }>['activation'] = LINEAR): LayerKind => ({
  kind: 'dense',
  units,
  useBias: true,
  activation
});
const series = (length: number, phase = 0) => Float32Array.from({ length }, (_, i) => Math.sin(2.3 * i + phase));

/** Convolution, batch norm, ReLU, dropout, pooling, dense: what is trained most often. */
function classifier(): Model {
  const window = {
    rank: 2,
    strides: [1, 1],
    dilation: [1, 1],
    padding: { type: 'same' },
    dataFormat: 'channelsLast'
  } as const;
  return chain(
    [null, 6, 6, 2],
    [
      layer(
        'conv',
        { kind: 'conv', ...window, filters: 4, groups: 1, kernelSize: [3, 3], useBias: true, activation: LINEAR },
        [weight('kernel', 'HWIO', [3, 3, 2, 4], series(72)), weight('bias', 'none', [4], series(4, 1))]
      ),
      layer(
        'norm',
        {
          kind: 'batchNorm',
          axis: -1,
          epsilon: 1e-3,
          momentum: 0.99,
          center: true,
          scale: true,
          tracksStatistics: true
        },
        [
          weight('gamma', 'none', [4], Float32Array.of(1, 0.5, -0.7, 1.2)),
          weight('beta', 'none', [4], Float32Array.of(0.1, 0.2, -0.1, 0.3)),
          weight('movingMean', 'none', [4], new Float32Array(4)),
          weight('movingVariance', 'none', [4], new Float32Array(4).fill(1))
        ]
      ),
      layer('act', { kind: 'activation', activation: { name: 'elu', alpha: 1 } }),
      layer('drop', { kind: 'dropout', rate: 0.3, sharedAxes: [], seed: null }),
      layer('mean', {
        kind: 'globalPool',
        operation: 'average',
        rank: 2,
        keepDims: false,
        dataFormat: 'channelsLast'
      }),
      layer('out', dense(3, { name: 'softmax', axis: -1 }), [
        weight('kernel', 'IO', [4, 3], series(12, 2)),
        weight('bias', 'none', [3], series(3, 3))
      ])
    ]
  );
}

const batch: DenseTensor = { shape: [4, 6, 6, 2], data: series(288, 0.4) };
const oneHot = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0);

describe('a loss', () => {
  it('moves every weight of a classifier through batch statistics and held masks', async () => {
    const model = classifier();
    const network = await engine.prepare(model, { seed: 1 });
    const before = tfjs.memory().numTensors;
    const objective = { kind: 'loss', output: 0, loss: 'crossEntropy', targets: oneHot } as const;
    for (const mode of ['infer', 'train'] as const) {
      for (const node of learning(model)) {
        const found = await slope(network, node, { inputs: [batch], mode, objective }, 2e-3);
        if (typeof found === 'string') throw new Error(found);
        expect(Math.abs(found.own - found.numeric)).toBeLessThan(3e-3 * Math.max(0.3, found.size));
        expect(found.size).toBeGreaterThan(0.01);
      }
    }
    // With batch statistics a shift of a whole channel changes nothing, so the convolution's bias has no gradient.
    const all = { objective, at: [], weights: 'all', seed: 1 } as const;
    const trained = await network.gradient([batch], { ...all, mode: 'train' });
    expect([...trained.weights.keys()]).toEqual(['conv', 'norm', 'out']);
    expect(Math.max(...(trained.weights.get('conv')?.[1]?.data.map(Math.abs) ?? [1]))).toBeLessThan(1e-5);
    const inferred = await network.gradient([batch], { ...all, mode: 'infer' });
    expect(Math.max(...(inferred.weights.get('conv')?.[1]?.data.map(Math.abs) ?? []))).toBeGreaterThan(1e-2);
    expect(trained.weights.get('norm')?.slice(2)).toEqual([null, null]);
    expect(tfjs.memory().numTensors).toBe(before);
    network.dispose();
  });

  it('is lowered by steps along its gradient', async () => {
    const model = classifier();
    const network = await engine.prepare(model, { seed: 1 });
    const objective = { kind: 'loss', output: 0, loss: 'crossEntropy', targets: oneHot } as const;
    const weights = new Map<string, (Float32Array | null)[]>();
    for (const { id, weights: own } of learning(model)) {
      const values = await Promise.all(
        own.map(async ({ role, read }) => (isLearned(role) ? Float32Array.from(await read()) : null))
      );
      weights.set(id, values);
    }
    const losses: number[] = [];
    for (let step = 0; step < 60; step++) {
      const options = {
        objective,
        at: [],
        weights: 'all',
        mode: 'train',
        seed: step,
        experiment: { weights }
      } as const;
      const found = await network.gradient([batch], options);
      losses.push(found.objective.reduce((sum, one) => sum + one / 4, 0));
      for (const [id, own] of found.weights) {
        own.forEach((gradient, w) =>
          gradient?.data.forEach((value, i) => {
            const into = weights.get(id)?.[w];
            if (into) into[i] = (into[i] ?? 0) - 0.3 * value;
          })
        );
      }
    }
    const mean = (part: number[]) => part.reduce((sum, one) => sum + one / part.length, 0);
    expect(mean(losses.slice(-10))).toBeLessThan(0.75 * mean(losses.slice(0, 10)));
    network.dispose();
  });

  it('is the cross entropy, the binary one, or the mean squared error', async () => {
    const kernel = weight('kernel', 'IO', [2, 2], Float32Array.of(1, 2, 3, 4));
    const bias = weight('bias', 'none', [2], Float32Array.of(0, 0));
    const input = { shape: [1, 2], data: Float32Array.of(0.1, 0.2) };
    const targets = Float32Array.of(0, 1);
    const lossOf = async (
      activation: Extract<LayerKind, { kind: 'dense' }>['activation'],
      loss: 'crossEntropy' | 'binaryCrossEntropy' | 'squaredError'
    ) => {
      const network = await engine.prepare(chain([null, 2], [layer('out', dense(2, activation), [kernel, bias])]), {
        seed: 1
      });
      const objective = { kind: 'loss', output: 0, loss, targets } as const;
      const found = await network.gradient([input], { objective, at: [], weights: 'all', seed: 1 });
      network.dispose();
      return [found.objective[0] ?? NaN, ...(found.weights.get('out')?.[1]?.data ?? [])];
    };
    const near = (found: number[], wanted: number[]) => {
      expect(found).toHaveLength(wanted.length);
      found.forEach((one, i) => expect(one).toBeCloseTo(wanted[i] ?? NaN, 5));
    };
    // Scores 0.7 and 1.0.
    const p = 1 / (1 + Math.exp(-0.3));
    near(await lossOf({ name: 'softmax', axis: -1 }, 'crossEntropy'), [-Math.log(p), 1 - p, p - 1]);
    const [a, b] = [1 / (1 + Math.exp(-0.7)), 1 / (1 + Math.exp(-1))];
    near(await lossOf({ name: 'sigmoid' }, 'binaryCrossEntropy'), [
      -(Math.log(1 - a) + Math.log(b)) / 2,
      a / 2,
      (b - 1) / 2
    ]);
    near(await lossOf(LINEAR, 'squaredError'), [0.245, 0.7, 0]);
  });

  it('sums the calls of a shared layer, inside nested graphs too, and refuses what has no weights', async () => {
    const input = (id: string, shape: (number | null)[]) => layer(id, { kind: 'input', shape, dtype: 'float32' });
    const shared = layer('shared', dense(2, { name: 'tanh' }), [
      weight('kernel', 'IO', [2, 2], Float32Array.of(0.5, -0.25, 0.75, 0.1)),
      weight('bias', 'none', [2], Float32Array.of(0.1, 0.2))
    ]);
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
    const objective = { kind: 'weighted', key: 'product#0', weights: series(6, 1) } as const;
    const found = await slope(network, shared, { inputs: [value], mode: 'train', objective });
    if (typeof found === 'string') throw new Error(found);
    expect(found.own).toBeCloseTo(found.numeric, 3);
    const refused = await network.gradient([value], { objective, at: [], weights: ['product'], seed: 1 });
    expect(refused.stoppedAt).toEqual({ layer: 'product', reason: 'it has no weights that training moves' });
    network.dispose();
  });
});
