/** Folding for each way a kernel may be stored: the kernels change, what the network gives does not. */
import { describe, expect, it } from 'vitest';
import { LINEAR } from '../../../src/core/activation';
import type { LayerKind } from '../../../src/core/layerKind';
import type { Model } from '../../../src/core/model';
import { createRandom } from '../../../src/core/random';
import { elementCount, type KernelLayout, type TensorRef, type WeightRole } from '../../../src/core/tensor';
import { foldExperiment, foldPair } from '../../../src/analyses/normalization/fold';
import { foldableOf } from '../../../src/analyses/normalization/foldable';
import { largestDifference } from '../../../src/analyses/normalization/xray';
import { createEngine } from '../../../src/engine/select';
import { BATCH_NORM, conv, dense } from '../core/builder';
import { graphOf, layer, modelOf, weight } from '../engine/models';

const random = createRandom(17);
const normal = (role: WeightRole, layout: KernelLayout, shape: number[], around = 0, spread = 0.6): TensorRef =>
  weight(
    role,
    layout,
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => around + spread * random.normal())
  );
const positive = (role: WeightRole, size: number): TensorRef =>
  weight(
    role,
    'none',
    [size],
    Float32Array.from({ length: size }, () => 0.3 + 2 * random.uniform())
  );

const linear = {
  rank: 2,
  kernelSize: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  padding: { type: 'valid' },
  dataFormat: 'channelsLast',
  useBias: true,
  activation: LINEAR
} as const;
const first = { dataFormat: 'channelsFirst' } as const;

interface Case {
  readonly name: string;
  readonly kind: LayerKind;
  readonly weights: readonly TensorRef[];
  /** Without the batch. */
  readonly input: readonly number[];
  readonly channels: number;
  readonly axis?: number;
  readonly framework?: Model['framework'];
}

const bias = (size: number) => normal('bias', 'none', [size]);
const cases: readonly Case[] = [
  {
    name: 'a grouped convolution',
    kind: conv(6, [3, 3], { groups: 2 }),
    weights: [normal('kernel', 'HWIO', [3, 3, 2, 6]), bias(6)],
    input: [6, 5, 4],
    channels: 6
  },
  {
    name: 'a separable convolution',
    kind: { ...linear, kind: 'separableConv', filters: 5, depthMultiplier: 2 },
    weights: [
      normal('depthwiseKernel', 'HWIM', [3, 3, 4, 2]),
      normal('pointwiseKernel', 'HWIO', [1, 1, 8, 5]),
      bias(5)
    ],
    input: [6, 5, 4],
    channels: 5
  },
  {
    name: 'a convolution, channels first',
    kind: conv(6, [3, 3], { ...first, groups: 2 }),
    weights: [normal('kernel', 'OIHW', [6, 2, 3, 3]), bias(6)],
    input: [4, 6, 5],
    channels: 6,
    axis: 1,
    framework: 'pytorch'
  },
  {
    name: 'a transposed convolution in groups, channels first',
    kind: { ...linear, ...first, kind: 'convTranspose', filters: 6, groups: 2, outputPadding: null, strides: [2, 2] },
    weights: [normal('kernel', 'IOHW', [4, 3, 3, 3]), bias(6)],
    input: [4, 4, 3],
    channels: 6,
    axis: 1,
    framework: 'pytorch'
  },
  {
    name: 'a one-dimensional convolution without bias',
    kind: conv(5, [3], { useBias: false }),
    weights: [normal('kernel', 'HWIO', [3, 4, 5])],
    input: [9, 4],
    channels: 5
  },
  {
    name: 'a dense layer of PyTorch',
    kind: dense(5),
    weights: [normal('kernel', 'OI', [5, 4]), bias(5)],
    input: [4],
    channels: 5,
    axis: 1,
    framework: 'pytorch'
  }
];

describe('folding a batch norm away', () => {
  it.each(cases)('keeps the output of $name', async ({ kind, weights, input, channels, axis = -1, framework }) => {
    const norm = layer('n', { ...BATCH_NORM, axis }, [
      normal('gamma', 'none', [channels], 1),
      normal('beta', 'none', [channels]),
      normal('movingMean', 'none', [channels]),
      positive('movingVariance', channels)
    ]);
    const steps = [
      { layer: layer('in', { kind: 'input', shape: [null, ...input], dtype: 'float32' }), from: [] },
      { layer: layer('c', kind, weights), from: [0] },
      { layer: norm, from: [1] }
    ];
    const model = modelOf(graphOf('folded', steps, [2]), framework);
    const found = foldableOf(model.root, norm);
    if (!found.ok) throw new Error(found.reason.why);
    const folded = await foldPair(found.pair, new AbortController().signal);
    expect(largestDifference(folded.kernelBefore, folded.kernelAfter)).toBeGreaterThan(0.1);
    const network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
    const shape = [2, ...input];
    const inputs = [{ shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.normal()) }];
    const run = async (experiment = {}) => {
      const { outputs, stoppedAt } = await network.run(inputs, { mode: 'infer', seed: 1, experiment });
      expect(stoppedAt).toBeNull();
      return outputs[0]?.data ?? new Float32Array();
    };
    const before = await run();
    const after = await run(foldExperiment([{ pair: found.pair, folded }]));
    expect(after).toHaveLength(before.length);
    const largest = Math.max(1, ...before.map(Math.abs));
    expect(largestDifference(before, after) / largest).toBeLessThan(1e-5);
    network.dispose();
  });
});
