/** What other frameworks say in other words: written as Keras layers that compute the same, or refused by name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LINEAR, RELU, type Activation } from '../../../src/core/activation';
import type { KindOf, LayerKind, Padding } from '../../../src/core/layerKind';
import type { LayerNode, Model } from '../../../src/core/model';
import { elementCount, type DenseTensor, type TensorRef } from '../../../src/core/tensor';
import { createEngine } from '../../../src/engine/select';
import { openModelFile } from '../../../src/readers/open';
import { saveModel, type SaveFormat } from '../../../src/writers/saveModel';
import { writeFiles } from '../../../src/writers/writeFiles';
import { chain, graphOf, layer, modelOf, weight } from '../engine/models';

const scratch = mkdtempSync(path.join(tmpdir(), 'convlens-expressed-'));
const engine = await createEngine('wasm');
afterAll(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

const noise = (length: number, step: number) =>
  Float32Array.from({ length }, (_, i) => (((i * 7919 + step * 104729) % 1000) - 480) / 500);

const drawn = (role: TensorRef['role'], layout: TensorRef['layout'], shape: number[], step = 1) =>
  weight(role, layout, shape, noise(elementCount(shape), step));

const torch = (shape: number[], layers: readonly LayerNode[]): Model => ({
  ...chain([null, ...shape], layers),
  framework: 'pytorch',
  format: 'pytorch-source'
});

async function outputsOf(model: Model, input: DenseTensor): Promise<readonly DenseTensor[]> {
  const network = await engine.prepare(model, { seed: 1 });
  const { outputs, stoppedAt } = await network.run([input], { mode: 'infer', seed: 1 });
  network.dispose();
  expect(stoppedAt).toBeNull();
  return outputs;
}

let count = 0;
async function expectSame(model: Model, shape: number[], format: SaveFormat): Promise<void> {
  const file = `${count++}.${format === 'tfjs' ? 'json' : format}`;
  const saved = await saveModel(model, () => undefined, format, file);
  if (!saved.ok) throw new Error(saved.error.problem);
  const [first] = await writeFiles(scratch, saved.value.files);
  const again = await openModelFile(first ?? '');
  if (!again.ok) throw new Error(again.error.problem);
  const input = { shape: [2, ...shape], data: noise(2 * elementCount(shape), 3) };
  const wanted = await outputsOf(model, input);
  const found = await outputsOf(again.value.model, input);
  again.value.close();
  expect(found.map((output) => output.shape)).toEqual(wanted.map((output) => output.shape));
  for (const [k, output] of wanted.entries()) {
    output.data.forEach((value, i) => expect(Math.abs(value - (found[k]?.data[i] ?? NaN))).toBeLessThan(1e-5));
  }
}

async function refusal(model: Model, format: SaveFormat): Promise<string> {
  const saved = await saveModel(model, () => undefined, format, `x.${format}`);
  if (saved.ok) throw new Error('it was written');
  return saved.error.problem;
}

const explicit = (...pads: [number, number][]): Padding => ({ type: 'explicit', pads, mode: 'zeros' });

const conv = (padding: Padding, stride: number, activation: Activation = LINEAR): KindOf<'conv'> => ({
  kind: 'conv',
  rank: 2,
  filters: 4,
  groups: 1,
  kernelSize: [3, 3],
  strides: [stride, stride],
  dilation: [1, 1],
  padding,
  dataFormat: 'channelsFirst',
  useBias: true,
  activation
});

const pool = (change: Partial<KindOf<'pool'>>): KindOf<'pool'> => ({
  kind: 'pool',
  operation: 'max',
  rank: 2,
  poolSize: [2, 2],
  strides: [2, 2],
  dilation: [1, 1],
  padding: { type: 'valid' },
  dataFormat: 'channelsFirst',
  ceilMode: false,
  countIncludePad: true,
  ...change
});

const convWeights = () => [drawn('kernel', 'OIHW', [4, 3, 3, 3]), drawn('bias', 'none', [4], 2)];

describe.each(['keras', 'h5'] as const)('layers of PyTorch as %s', (format) => {
  it.each([
    ['padding that is the same as "same"', conv(explicit([1, 1], [1, 1]), 1, RELU)],
    ['padding with a stride', conv(explicit([1, 1], [1, 1]), 2)],
    ['padding on one side', conv(explicit([0, 2], [1, 0]), 1)],
    ['an activation that is no attribute', conv({ type: 'valid' }, 1, { name: 'elu', alpha: 0.4 })]
  ])('a convolution: %s', async (_, kind) => {
    await expectSame(torch([3, 7, 8], [layer('conv', kind, convWeights())]), [3, 7, 8], format);
  });

  it('a transposed convolution, whose padding cuts the result', async () => {
    const kind: LayerKind = {
      ...conv(explicit([1, 1], [2, 2]), 3),
      kind: 'convTranspose',
      outputPadding: [1, 0]
    };
    const weights = [drawn('kernel', 'IOHW', [3, 4, 3, 3]), drawn('bias', 'none', [4], 2)];
    await expectSame(torch([3, 4, 5], [layer('up', kind, weights)]), [3, 4, 5], format);
  });

  it('pools: an average that counts padding, ceil mode where it changes nothing, adaptive', async () => {
    const average = pool({ operation: 'average', padding: explicit([1, 1], [1, 1]), poolSize: [3, 3] });
    const ceil = pool({ ceilMode: true });
    const adaptive: LayerKind = {
      kind: 'adaptivePool',
      operation: 'average',
      rank: 2,
      outputSize: [2, 1],
      dataFormat: 'channelsFirst'
    };
    const layers = [layer('average', average), layer('ceil', ceil), layer('adaptive', adaptive)];
    await expectSame(torch([2, 16, 8], layers), [2, 16, 8], format);
  });

  it('a dense layer, a GRU with two biases, one slope for each channel', async () => {
    const gru: LayerKind = {
      kind: 'recurrent',
      cell: 'gru',
      units: 3,
      useBias: true,
      returnSequences: true,
      bidirectional: null,
      goBackwards: false,
      activation: { name: 'tanh' },
      recurrentActivation: { name: 'sigmoid' },
      resetAfter: true
    };
    const layers = [
      layer('dense', { kind: 'dense', units: 5, useBias: true, activation: LINEAR }, [
        drawn('kernel', 'OI', [5, 4]),
        drawn('bias', 'none', [5], 2)
      ]),
      layer('gru', gru, [
        drawn('kernel', 'OI', [9, 5], 4),
        drawn('recurrentKernel', 'OI', [9, 3], 5),
        drawn('bias', 'none', [9], 6),
        drawn('bias', 'none', [9], 7)
      ]),
      layer('slopes', { kind: 'prelu', sharedAxes: [], parameters: 'perChannel' }, [drawn('alpha', 'none', [6], 8)])
    ];
    await expectSame(torch([6, 4], layers), [6, 4], format);
  });
});

describe('a model used as a layer', () => {
  it.each(['keras', 'h5', 'tfjs'] as const)(
    'that is read by another and is an output itself, as %s',
    async (format) => {
      const input = (id: string) => layer(id, { kind: 'input', shape: [null, 3], dtype: 'float32' });
      const dense = (id: string, step: number) =>
        layer(id, { kind: 'dense', units: 3, useBias: false, activation: LINEAR }, [
          drawn('kernel', 'IO', [3, 3], step)
        ]);
      const inside = graphOf(
        'inner',
        [
          { layer: input('inner/x'), from: [] },
          { layer: dense('inner/d', 1), from: [0] }
        ],
        [1]
      );
      const inner = layer('inner', { kind: 'model', graph: inside, timeDistributed: false });
      const steps = [
        { layer: input('x'), from: [] },
        { layer: inner, from: [0] },
        { layer: dense('after', 2), from: [1] },
        { layer: inner, from: [2] }
      ];
      const model = modelOf(graphOf('twice', steps, [3, 2, 1]));
      await expectSame(model, [3], format);
    }
  );
});

describe('what cannot be said', () => {
  it.each([
    ['ceil mode', pool({ ceilMode: true, poolSize: [3, 3] }), /pool.*ceil mode/],
    ['a padded maximum', pool({ padding: explicit([1, 1], [1, 1]), poolSize: [3, 3] }), /pool.*maximum over a padded/],
    ['padding by reflection', conv({ ...explicit([1, 1], [1, 1]), mode: 'reflect' } as Padding, 1), /reflect/],
    [
      'groups',
      { ...conv({ type: 'valid' }, 1), kind: 'convTranspose', groups: 3, outputPadding: null } as LayerKind,
      /groups/
    ],
    ['an opaque layer', { kind: 'opaque', reason: 'Lambda carries Python code' } as LayerKind, /pool: Lambda carries/],
    ['pixel shuffle', { kind: 'pixelShuffle', factor: 2, dataFormat: 'channelsFirst' } as LayerKind, /pixel shuffle/]
  ])('%s', async (_, kind, message) => {
    const model = torch([3, 8, 8], [layer('pool', kind, 'filters' in kind ? convWeights() : [])]);
    for (const format of ['keras', 'h5', 'tfjs'] as const) expect(await refusal(model, format)).toMatch(message);
  });

  it('a layer without its weights', async () => {
    const model = torch([4], [layer('dense', { kind: 'dense', units: 2, useBias: false, activation: LINEAR })]);
    expect(await refusal(model, 'keras')).toMatch(/dense.*no kernel/);
  });
});

describe('weights alone', () => {
  it("keep PyTorch's own names, axes and counters", async () => {
    const named = (ref: TensorRef, name: string): TensorRef => ({ ...ref, name });
    const counter: TensorRef = {
      ...drawn('count', 'none', []),
      name: 'bn.num_batches_tracked',
      dtype: 'int64',
      read: () => Promise.resolve(Float64Array.of(7))
    };
    const weights = [...convWeights(), counter].map((ref, i) =>
      named(ref, ['features.0.weight', 'features.0.bias', 'bn.num_batches_tracked'][i] ?? '')
    );
    const model = torch([3, 8, 8], [layer('conv', conv({ type: 'valid' }, 1), weights)]);
    const saved = await saveModel(model, () => undefined, 'safetensors', 'x.safetensors');
    if (!saved.ok) throw new Error(saved.error.problem);
    const bytes = Buffer.from(saved.value.files[0]?.bytes ?? []);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<string, unknown>;
    expect(header).toEqual({
      __metadata__: { format: 'pt' },
      'features.0.weight': { dtype: 'F32', shape: [4, 3, 3, 3], data_offsets: [0, 432] },
      'features.0.bias': { dtype: 'F32', shape: [4], data_offsets: [432, 448] },
      'bn.num_batches_tracked': { dtype: 'I64', shape: [], data_offsets: [448, 456] }
    });
    expect(bytes.length).toBe(8 + length + 456);
    expect(bytes.readFloatLE(8 + length + 4)).toBe(noise(2, 1)[1]);
    expect(bytes.readBigInt64LE(8 + length + 448)).toBe(7n);
  });
});
