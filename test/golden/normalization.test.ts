/** Normalisation against Keras and PyTorch: statistics of the batch, training mode, folding, shifted inputs, depth. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { depthExperiment, deviationOf } from '../../src/analyses/normalization/depth';
import { foldExperiment, foldPair, type Folded } from '../../src/analyses/normalization/fold';
import { foldableOf, type FoldPair } from '../../src/analyses/normalization/foldable';
import { logitExperiment, softmaxRows } from '../../src/analyses/normalization/logits';
import { shifted } from '../../src/analyses/normalization/pictureChange';
import { planOf, type NormKind } from '../../src/analyses/normalization/plan';
import { normalizeAll, stagesOf, unitStatistics, usedStatistics } from '../../src/analyses/normalization/stages';
import type { LayerKind } from '../../src/core/layerKind';
import type { LayerNode, Model } from '../../src/core/model';
import { createRandom } from '../../src/core/random';
import type { DenseTensor } from '../../src/core/tensor';
import type { PreparedNetwork } from '../../src/engine/engine';
import { valueKey, type Experiment } from '../../src/engine/experiment';
import { createEngine } from '../../src/engine/select';
import { openModelFile } from '../../src/readers/open';

const folder = path.resolve(__dirname, '../fixtures/normalization');
interface Stored {
  readonly shape: number[];
  readonly data: number[];
}
interface KerasTruth {
  readonly inputs: Stored;
  readonly moving: Readonly<Record<'answer' | 'norm_conv' | 'norm_dense', Stored>>;
  readonly batch: Readonly<Record<'answer' | 'norm_conv' | 'norm_dense', Stored>>;
  readonly statistics: { readonly mean: number[]; readonly variance: number[] };
  readonly logits: Stored;
  readonly shifts: readonly {
    readonly name: 'brighter' | 'contrast' | 'inverted';
    readonly strength: number;
    readonly moving: Stored;
    readonly batch: Stored;
  }[];
  readonly folded: Readonly<Record<string, { readonly kernel: Stored; readonly bias: Stored }>>;
  readonly twin: Stored;
  readonly depth: readonly {
    readonly scale: number;
    readonly normalized: boolean;
    readonly deviations: Readonly<Record<string, number>>;
  }[];
}
interface TorchTruth {
  readonly inputs: Stored;
  readonly cases: readonly {
    readonly name: 'batch' | 'group' | 'instance' | 'layer' | 'last' | 'rms';
    readonly gamma: number[];
    readonly beta: number[] | null;
    readonly result: Stored;
  }[];
}
const keras = JSON.parse(readFileSync(path.join(folder, 'keras.json'), 'utf8')) as KerasTruth;
const torch = JSON.parse(readFileSync(path.join(folder, 'torch.json'), 'utf8')) as TorchTruth;
const tensor = ({ shape, data }: Stored): DenseTensor => ({ shape, data: Float32Array.from(data) });
const norms = ['norm_conv', 'norm_depthwise', 'norm_transposed', 'norm_dense'];

/** 1e-4 of the reference's largest value, at least 1e-4 of one. */
function expectNear(actual: ArrayLike<number>, reference: ArrayLike<number>, what = ''): void {
  expect(actual.length, what).toBe(reference.length);
  let worst = 0;
  let largest = 1;
  for (let i = 0; i < reference.length; i++) {
    const [a = Number.NaN, b = Number.NaN] = [actual[i], reference[i]];
    worst = Math.max(worst, Number.isFinite(a) ? Math.abs(a - b) : Infinity);
    largest = Math.max(largest, Math.abs(b));
  }
  expect(worst / largest, what).toBeLessThan(1e-4);
}

describe('normalisation against Keras', () => {
  let model: Model;
  let network: PreparedNetwork;
  let layers: ReadonlyMap<string, LayerNode>;
  let close = (): void => undefined;
  beforeAll(async () => {
    const opened = await openModelFile(path.join(folder, 'model.keras'), {});
    if (!opened.ok) throw new Error(opened.error.problem);
    model = opened.value.model;
    layers = model.root.layers;
    network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
    close = () => {
      network.dispose();
      opened.value.close();
    };
  });
  afterAll(() => {
    close();
  });

  const layer = (name: string): LayerNode => {
    const found = [...layers.values()].find((one) => one.name === name);
    if (found === undefined) throw new Error(`no layer ${name}`);
    return found;
  };
  const training = (): Experiment => ({ modes: new Map(norms.map((name) => [layer(name).id, 'train' as const])) });

  async function run(inputs: DenseTensor, experiment: Experiment = {}) {
    const values = new Map<string, DenseTensor>();
    const result = await network.run([inputs], {
      mode: 'infer',
      seed: 1,
      experiment,
      onValue: async (value) => {
        values.set(value.layer, await value.read());
      }
    });
    expect(result.stoppedAt).toBeNull();
    const value = (name: string) => values.get(layer(name).id) ?? { shape: [0], data: new Float32Array() };
    return { answer: result.outputs[0] ?? { shape: [0], data: new Float32Array() }, value };
  }

  it('gives the same values at inference and in training mode, and leaves the network as it was', async () => {
    const before = await run(tensor(keras.inputs));
    expectNear(before.answer.data, keras.moving.answer.data, 'moving');
    const own = await run(tensor(keras.inputs), training());
    for (const name of ['norm_conv', 'norm_dense'] as const) {
      expectNear(before.value(name).data, keras.moving[name].data, name);
      expectNear(own.value(name).data, keras.batch[name].data, `${name} in training mode`);
    }
    expectNear(own.answer.data, keras.batch.answer.data, 'batch');
    expect(own.answer.data).not.toEqual(before.answer.data);
    expect((await run(tensor(keras.inputs))).answer.data).toEqual(before.answer.data);
  });

  it('computes the three stages apart from the engine', async () => {
    const { value } = await run(tensor(keras.inputs));
    const node = layer('norm_conv');
    const kind = node.kind as NormKind;
    const x = value('conv');
    const plan = planOf(kind, x.shape, 'channelsLast');
    const own = await unitStatistics(plan, x.data);
    expectNear(own.mean, keras.statistics.mean, 'mean');
    expectNear(own.variance, keras.statistics.variance, 'variance');
    const read = async (role: string) => {
      const found = node.weights.find((weight) => weight.role === role);
      return found === undefined ? null : Float32Array.from(await found.read());
    };
    const parameters = {
      gamma: await read('gamma'),
      beta: await read('beta'),
      mean: await read('movingMean'),
      variance: await read('movingVariance')
    };
    for (const mode of ['moving', 'batch'] as const) {
      const used = usedStatistics(plan, own, parameters, mode);
      const { normalized, result } = await normalizeAll(plan, stagesOf(plan, used, parameters), x.data);
      expectNear(result, keras[mode].norm_conv.data, mode);
      if (mode === 'batch') expect(deviationOf(normalized)).toBeCloseTo(1, 2);
    }
  });

  it('gives the logits before the softmax, and the answer back from them', async () => {
    const { answer } = await run(tensor(keras.inputs), logitExperiment(model) ?? {});
    expectNear(answer.data, keras.logits.data, 'logits');
    expectNear(softmaxRows(answer).data, keras.moving.answer.data, 'softmax');
  });

  it('folds each batch norm into the layer before it, and all of them together', async () => {
    const folds: { pair: FoldPair; folded: Folded }[] = [];
    for (const [name, truth] of Object.entries(keras.folded)) {
      const found = foldableOf(model.root, layer(`norm_${name}`));
      if (!found.ok) throw new Error(`${name}: ${found.reason.why}`);
      const folded = await foldPair(found.pair, new AbortController().signal);
      expectNear(folded.kernelAfter, truth.kernel.data, `${name} kernel`);
      expectNear(folded.biasAfter, truth.bias.data, `${name} bias`);
      const { answer } = await run(tensor(keras.inputs), foldExperiment([{ pair: found.pair, folded }]));
      expectNear(answer.data, keras.twin.data, name);
      folds.push({ pair: found.pair, folded });
    }
    expect(folds).toHaveLength(4);
    const { answer } = await run(tensor(keras.inputs), foldExperiment(folds));
    expectNear(answer.data, keras.twin.data, 'all');
    expectNear(keras.twin.data, keras.moving.answer.data, 'the twin is the network at inference');
  });

  it('shifts inputs and answers them with either statistics', async () => {
    const size = keras.inputs.data.length / (keras.inputs.shape[0] ?? 1);
    const brightness = { black: new Float32Array(size), white: new Float32Array(size).fill(1) };
    for (const { name, strength, moving, batch } of keras.shifts) {
      const inputs = tensor(keras.inputs);
      const data = shifted(inputs.data, brightness, name, strength, createRandom(1));
      const moved = { shape: inputs.shape, data };
      expectNear((await run(moved)).answer.data, moving.data, `${name}, moving`);
      expectNear((await run(moved, training())).answer.data, batch.data, `${name}, batch`);
    }
  });

  it('measures the deviation of every layer at three scales, with and without batch norm', async () => {
    const own = new Map(
      await Promise.all(
        [...layers.values()].map(async (node) => {
          const weights = node.weights.map(async (weight) => ({
            role: weight.role,
            data: Float32Array.from(await weight.read())
          }));
          return [node.id, await Promise.all(weights)] as const;
        })
      )
    );
    for (const { scale, normalized, deviations } of keras.depth) {
      const wanted = new Set(Object.keys(deviations).map((name) => valueKey(layer(name).id, 0)));
      const found = new Map<string, number>();
      await network.run([tensor(keras.inputs)], {
        mode: 'infer',
        seed: 1,
        wanted,
        experiment: depthExperiment(model, own, scale, normalized),
        onValue: (value) => {
          value.inspect((data) => found.set(value.layer, deviationOf(data)));
          return Promise.resolve();
        }
      });
      for (const [name, deviation] of Object.entries(deviations)) {
        if (!normalized && name.startsWith('norm')) continue;
        const actual = found.get(layer(name).id) ?? Number.NaN;
        const what = `${name} at ${String(scale)}${normalized ? ' normalised' : ''}`;
        expect(Math.abs(actual - deviation) / Math.max(1e-6, deviation), what).toBeLessThan(1e-3);
      }
    }
  });
});

describe('normalisation against PyTorch, channels first', () => {
  const affine = { epsilon: 1e-5, center: true, scale: true } as const;
  const kinds: Readonly<Record<TorchTruth['cases'][number]['name'], NormKind & LayerKind>> = {
    batch: { kind: 'batchNorm', axis: 1, momentum: 0.9, tracksStatistics: true, ...affine },
    group: { kind: 'groupNorm', groups: 3, axis: 1, ...affine, epsilon: 1e-4 },
    instance: { kind: 'groupNorm', groups: -1, axis: 1, ...affine },
    layer: { kind: 'layerNorm', axes: [1, 2, 3], rms: false, ...affine },
    last: { kind: 'layerNorm', axes: [-1], rms: false, ...affine },
    rms: { kind: 'layerNorm', axes: [-1], rms: true, ...affine, center: false, epsilon: 1e-3 }
  };
  for (const { name, gamma, beta, result: truth } of torch.cases) {
    it(`${name} norm over its own axes`, async () => {
      const inputs = tensor(torch.inputs);
      const plan = planOf(kinds[name], inputs.shape, 'channelsFirst');
      expect(plan.channels).toBe(name === 'last' || name === 'rms' ? 5 : 6);
      const own = await unitStatistics(plan, inputs.data);
      expect(own.mean).toHaveLength({ batch: 6, group: 9, instance: 18, layer: 3, last: 72, rms: 72 }[name]);
      const parameters = {
        gamma: Float32Array.from(gamma),
        beta: beta === null ? null : Float32Array.from(beta),
        mean: null,
        variance: null
      };
      const used = usedStatistics(plan, own, parameters, 'batch');
      const { result } = await normalizeAll(plan, stagesOf(plan, used, parameters), inputs.data);
      expectNear(result, truth.data, name);
    });
  }
});
