/**
 * Weights of a file joined with a model that has none: the joined network computes what the framework computes, and
 * whatever does not fit is listed and never run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinWeights } from '../../src/analyses/join/joinWeights';
import type { Model } from '../../src/core/model';
import { summarize } from '../../src/core/summarize';
import type { FitStatus } from '../../src/core/weightsFit';
import type { Engine } from '../../src/engine/engine';
import { createEngine } from '../../src/engine/select';
import { openModelFile } from '../../src/readers/open';
import { analyzeSource } from '../../src/source/analyze';
import { safetensors } from '../../src/writers/formats/safetensors';
import { BATCH_NORM, conv, dense, FLATTEN, GraphBuilder, modelOf, pool } from '../unit/core/builder';
import { difference } from './parity';

const root = path.resolve(__dirname, '../..');
const sample = (name: string) => path.join(root, 'samples', name);
const fixture = (name: string) => path.join(root, 'test/fixtures/join', name);
const scratch = mkdtempSync(path.join(tmpdir(), 'convlens-join-'));

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine('wasm');
});
afterAll(() => {
  engine.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

async function opened(file: string): Promise<Model> {
  const result = await openModelFile(file);
  if (!result.ok) throw new Error(result.error.problem);
  return result.value.model;
}

function defined(text: string): Model {
  const [model] = analyzeSource({ kind: 'file', language: 'python', text }, { budgetMs: 5000 }).models;
  if (model === undefined) throw new Error('no model was read from the code');
  return model;
}

async function outputOf(model: Model, data: Float32Array, shape: readonly number[]) {
  const network = await engine.prepare(model, { seed: 1 });
  const values = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  const result = await network.run([{ shape, data }], {
    mode: 'infer',
    seed: 1,
    onValue: (value) => {
      values.set(value.layer, { shape: value.shape, data: value.inspect((numbers) => Float32Array.from(numbers)) });
      return Promise.resolve();
    }
  });
  network.dispose();
  return { values, stoppedAt: result.stoppedAt, output: result.outputs[0] };
}

const statuses = (model: Model): (readonly [string | null, FitStatus])[] =>
  (model.weightsFit?.rows ?? []).map(({ layer, fileLayer, status }) => [layer ?? fileLayer, status]);

const code = readFileSync(sample('digits_cnn.py'), 'utf8');
const digit = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i)));

describe('code and files of Keras', () => {
  it.each(['digits_cnn.keras', 'digits_cnn.h5', 'digits_cnn_tfjs/model.json'])(
    '%s answers as by itself',
    async (name) => {
      const file = await opened(sample(name));
      const { model, fit } = joinWeights(defined(code), file, name);
      expect(fit.matched).toBe(6);
      expect(fit.rows.every(({ status }) => status === 'matched')).toBe(true);
      expect(model.weightsOrigin).toEqual({ kind: 'file', file: name, olderThanCode: false });
      expect(summarize(model).totals).toMatchObject({ params: 56_906, nonTrainableParams: 96 });
      const alone = await outputOf(file, digit, [1, 28, 28, 1]);
      const joined = await outputOf(model, digit, [1, 28, 28, 1]);
      expect(Array.from(joined.output?.data ?? [])).toEqual(Array.from(alone.output?.data ?? [1]));
    }
  );

  it('joins the weights that this program wrote as safetensors', async () => {
    const whole = await opened(sample('digits_cnn.keras'));
    const saved = await safetensors(whole, () => undefined, 'digits.safetensors');
    const file = path.join(scratch, 'digits.safetensors');
    writeFileSync(file, saved.files[0]?.bytes ?? new Uint8Array());
    const { model, fit } = joinWeights(defined(code), await opened(file), 'digits.safetensors');
    expect(fit.matched).toBe(6);
    const alone = await outputOf(whole, digit, [1, 28, 28, 1]);
    const joined = await outputOf(model, digit, [1, 28, 28, 1]);
    expect(Array.from(joined.output?.data ?? [])).toEqual(Array.from(alone.output?.data ?? [1]));
  });

  it('lists what differs, and stops the network there', async () => {
    const file = await opened(sample('digits_cnn.h5'));
    const changed = defined(
      code.replace('NUM_CLASSES = 10', 'NUM_CLASSES = 7').replace('Conv2D(32, 3', 'Conv2D(32, 5')
    );
    const { model, fit } = joinWeights(changed, file, 'digits_cnn.h5');
    const differing = fit.rows.filter(({ status }) => status !== 'matched');
    expect(differing.map(({ status }) => status)).toEqual(['differs', 'differs', 'differs']);
    expect(differing[0]?.reason).toBe('its kernel is 3 × 3 × 16 × 32 in the file, the code needs 5 × 5 × 16 × 32');
    expect(differing[1]?.reason).toContain('800 × 64 in the file, the code needs 512 × 64');
    expect(differing[2]?.reason).toContain('its bias is 10 in the file, the code needs 7');
    expect(fit.verdict).toBe(
      'digits_cnn.h5 fits 3 of 6 layers with weights; the network runs up to the first that does not.'
    );
    const { stoppedAt } = await outputOf(model, digit, [1, 28, 28, 1]);
    expect(stoppedAt?.layer).toBe(differing[0]?.layer);
    const { diagnostics, totals } = summarize(model);
    const warned = diagnostics.filter(({ code: name }) => name === 'weights-do-not-fit');
    expect(warned.map(({ layer }) => layer)).toEqual(differing.map(({ layer }) => layer));
    expect(warned[0]?.line).toBeGreaterThan(0);
    expect(totals.params).toBe(summarize(changed).totals.params);
  });

  it('finds layers that only one side has', async () => {
    const file = await opened(sample('digits_cnn.h5'));
    const fewer = defined(code.replace('        layers.Dense(64, activation="relu"),\n', ''));
    const fit = statuses(joinWeights(fewer, file, 'f').model);
    expect(fit.filter(([, status]) => status === 'extra')).toHaveLength(1);
    const more = defined(code.replace('layers.Flatten()', 'layers.Conv2D(32, 1), layers.Flatten()'));
    const found = joinWeights(more, file, 'f').fit;
    expect(found.rows.filter(({ status }) => status !== 'matched')).toMatchObject([
      { status: 'missing', fileLayer: null }
    ]);
    expect(found.matched).toBe(6);
  });

  it('follows the order where a new session numbered the layers anew', async () => {
    const text = (first: number) =>
      `import keras\nfrom keras import layers\nmodel = keras.Sequential([keras.Input((8, 8, 4)), ${[0, 1, 2]
        .map((i) => `layers.Conv2D(4, 3, padding="same", name="conv2d_${String(first + i)}")`)
        .join(', ')}])\n`;
    const before = defined(text(0));
    const graph = new GraphBuilder('file');
    let value = graph.input('x', [null, 8, 8, 4]);
    for (const i of [1, 2, 3]) {
      const read = (fill: number, length: number) => () => Promise.resolve(new Float32Array(length).fill(fill));
      const ref = { dtype: 'float32', flipped: false, storedBytes: 4 } as const;
      value = graph.add(`conv2d_${String(i)}`, conv(4, [3, 3], { padding: { type: 'same' } }), [value], {
        weights: [
          { ...ref, name: 'kernel', role: 'kernel', shape: [3, 3, 4, 4], layout: 'HWIO', read: read(i, 144) },
          { ...ref, name: 'bias', role: 'bias', shape: [4], layout: 'none', read: read(i, 4) }
        ]
      });
    }
    const file = modelOf(graph.graph(value), { weightsOrigin: { kind: 'file', file: 'f', olderThanCode: false } });
    const { model, fit } = joinWeights(before, file, 'f');
    expect(fit.rows.map(({ fileLayer }) => fileLayer)).toEqual(['conv2d_1', 'conv2d_2', 'conv2d_3']);
    const kernels = [...model.root.layers.values()].flatMap(({ weights }) => weights.slice(0, 1));
    expect(await Promise.all(kernels.map(async (ref) => (await ref.read())[0]))).toEqual([1, 2, 3]);
  });

  it('takes nothing from a file of another network', async () => {
    const { model, fit } = joinWeights(defined(code), await opened(fixture('net.pt')), 'net.pt');
    expect(fit.matched).toBe(0);
    expect(fit.verdict).toMatch(/does not fit this code/);
    expect(model.weightsOrigin.kind).toBe('none');
    expect(model.weightsFit).toBe(fit);
  });
});

interface Truth {
  readonly input: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly layers: Readonly<Record<string, { shape: readonly number[]; data: readonly number[]; gap: number }>>;
}

/** The network of scripts/fixtures/join_torch.py as code would define it. */
function torchNetwork(): Model {
  const first = { dataFormat: 'channelsFirst' } as const;
  const pads = (...sizes: readonly number[]) =>
    ({ type: 'explicit', pads: sizes.map((size) => [size, size] as const), mode: 'zeros' }) as const;
  const graph = new GraphBuilder('net');
  const input = graph.input('x', [null, 3, 16, 14], { listed: false });
  const end = graph.chain(
    input,
    ['conv1', conv(6, [3, 3], { ...first, strides: [2, 2], padding: pads(1, 1) })],
    ['bn1', { ...BATCH_NORM, axis: 1, epsilon: 1e-2, momentum: 0.7 }],
    ['relu', { kind: 'activation', activation: { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } }],
    ['pool', pool('max', [3, 3], { ...first, strides: [2, 2], padding: pads(1, 1), ceilMode: true })],
    ['depthwise', conv(12, [3, 3], { ...first, groups: 6, padding: { ...pads(1, 0), mode: 'replicate' } })],
    ['act', { kind: 'prelu', sharedAxes: [], parameters: 'perChannel' }],
    ['average', pool('average', [2, 2], { ...first, ceilMode: true, padding: pads(0, 0) })],
    [
      'up',
      {
        ...conv(4, [3, 3], { ...first, strides: [2, 2], padding: pads(1, 1) }),
        kind: 'convTranspose',
        outputPadding: [1, 1]
      }
    ],
    ['flatten', FLATTEN],
    ['fc', dense(7)]
  );
  return modelOf(graph.graph(end), { framework: 'pytorch', format: 'pytorch-source' });
}

describe('code and files of PyTorch', () => {
  const truth = JSON.parse(readFileSync(fixture('truth.json'), 'utf8')) as Truth;

  it.each([
    ['net.pt', 'name'],
    ['net.safetensors', 'name'],
    ['renamed.pth', 'order']
  ] as const)('%s: every layer gives what PyTorch gives', async (name, by) => {
    const { model, fit } = joinWeights(torchNetwork(), await opened(fixture(name)), name);
    expect(fit.rows.map(({ status }) => status)).toEqual([
      'matched',
      'matched',
      'matched',
      'matched',
      'matched',
      'matched'
    ]);
    expect(new Set(fit.rows.map((row) => row.by))).toEqual(new Set([by]));
    const { values, stoppedAt } = await outputOf(model, Float32Array.from(truth.input.data), truth.input.shape);
    expect(stoppedAt).toBeNull();
    for (const [layer, expected] of Object.entries(truth.layers)) {
      const found = values.get(layer);
      expect(found?.shape, layer).toEqual(expected.shape);
      const { worst, allowed } = difference(found?.data ?? [], expected.data, expected.gap);
      expect(worst, layer).toBeLessThanOrEqual(allowed);
    }
  });

  it('holds to the names of PyTorch where shapes differ', async () => {
    const network = torchNetwork();
    const layers = new Map(network.root.layers);
    const wide = (name: string, filters: number) => {
      const layer = layers.get(name);
      if (layer?.kind.kind === 'conv') layers.set(name, { ...layer, kind: { ...layer.kind, filters } });
    };
    wide('conv1', 12);
    wide('depthwise', 24);
    const changed = { ...network, root: { ...network.root, layers } };
    const { fit } = joinWeights(changed, await opened(fixture('net.pt')), 'net.pt');
    expect(fit.rows.map(({ layer, fileLayer, status, by }) => [layer, fileLayer, status, by])).toEqual([
      ['conv1', 'conv1', 'differs', 'name'],
      ['bn1', 'bn1', 'differs', 'name'],
      ['depthwise', 'depthwise', 'differs', 'name'],
      ['act', 'act', 'differs', 'name'],
      ['up', 'up', 'differs', 'name'],
      ['fc', 'fc', 'matched', 'name']
    ]);
  });

  it('saves the weights of a checkpoint under the names of its modules', async () => {
    const checkpoint = path.join(root, 'test/fixtures/readers/torch/checkpoint.pth.tar');
    const { files } = await safetensors(await opened(checkpoint), () => undefined, 'saved.safetensors');
    const file = path.join(scratch, 'saved.safetensors');
    writeFileSync(file, files[0]?.bytes ?? new Uint8Array());
    const [before, after] = [await opened(checkpoint), await opened(file)];
    expect([...after.root.layers.keys()]).toEqual([...before.root.layers.keys()]);
    const [a, b] = [before, after].map((model) => model.root.layers.get('conv1')?.weights[0]);
    expect(a?.name).toBe('state_dict.module.conv1.weight');
    expect(b?.name).toBe('conv1.weight');
    expect(await b?.read()).toEqual(await a?.read());
  });

  it('counts what PyTorch counts: moving statistics are buffers', async () => {
    const { model } = joinWeights(torchNetwork(), await opened(fixture('net.pt')), 'net.pt');
    const { params, buffers } = summarize(model).totals;
    expect(params).toBe(3 * 6 * 9 + 6 + 12 + 12 * 9 + 12 + 12 + 12 * 4 * 9 + 4 + 48 * 7 + 7);
    expect(buffers).toBe(12);
  });

  it('refuses the matrix behind flattened maps of the other framework, and says why', async () => {
    const text =
      'import keras\nfrom keras import layers\nmodel = keras.Sequential([keras.Input((16, 14, 3)),' +
      'layers.ZeroPadding2D(1), layers.Conv2D(6, 3, strides=2), layers.BatchNormalization(),' +
      'layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(7)])\n';
    const file = await opened(fixture('net.pt'));
    const dropped = {
      ...file,
      root: { ...file.root, layers: new Map([...file.root.layers].filter(([id]) => /conv1|bn1|fc/.test(id))) }
    };
    const flattened = joinWeights(
      defined(text.replace('MaxPooling2D(2)', 'MaxPooling2D((2, 2)), layers.Conv2D(4, 1)')),
      dropped,
      'f'
    );
    expect(flattened.fit.rows.filter(({ status }) => status === 'refused')).toMatchObject([
      {
        fileLayer: 'fc',
        reason: 'it reads flattened feature maps, whose numbers stand in another order in PyTorch than in Keras'
      }
    ]);
    expect(flattened.fit.rows.filter(({ status }) => status === 'matched')).toHaveLength(2);
  });
});
