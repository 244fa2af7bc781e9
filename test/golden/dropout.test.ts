import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelsOf, channelStrength, correlation, fallingOrder, switchOff } from '../../src/analyses/dropout/channels';
import { cutAt, joinRows, takeRows } from '../../src/analyses/dropout/cut';
import { executed } from '../../src/analyses/dropout/neighbours';
import { meanAndStd, uncertainty } from '../../src/analyses/dropout/spread';
import { noiseTensor } from '../../src/analyses/dropout/triptych';
import { FLATTEN, GraphBuilder, conv, dense, modelOf } from '../unit/core/builder';
import { RELU } from '../../src/core/activation';
import { applyNoise, isNoise, strengthOf, type NoiseKind } from '../../src/core/noise';
import type { LayerKind } from '../../src/core/layerKind';
import type { Model } from '../../src/core/model';
import { elementCount, type DenseTensor } from '../../src/core/tensor';
import type { PreparedNetwork, RunOptions } from '../../src/engine/engine';
import { valueKey, type Experiment } from '../../src/engine/experiment';
import { createEngine } from '../../src/engine/select';
import { openModelFile } from '../../src/readers/open';
import { weight } from '../unit/engine/models';

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
interface Study {
  readonly input: Stored;
  readonly clean: readonly number[];
  readonly seeds: readonly number[];
  readonly masked: Readonly<Record<string, Stored>>;
  readonly rows: Stored;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly entropy: number;
  readonly mutualInformation: number;
  readonly ablate: string;
  readonly off: Stored;
  readonly strength: readonly number[];
  readonly order: readonly number[];
  readonly together: Stored;
  readonly correlation: Stored;
}
interface Fixture {
  readonly kinds: Study;
  readonly digits: Study;
  readonly layers: readonly {
    readonly name: string;
    readonly rate: number;
    readonly input: Stored;
    readonly output: Stored;
    readonly kept: readonly number[];
  }[];
  readonly torch: {
    readonly input: Stored;
    readonly weights: Readonly<Record<string, Stored>>;
    readonly masked: Stored;
    readonly rows: Stored;
    readonly softmaxEntropy: number;
    readonly off: Stored;
    readonly strength: readonly number[];
  };
}

const root = join(__dirname, '../..');
const fixture = JSON.parse(readFileSync(join(root, 'test/fixtures/dropout/dropout.json'), 'utf8')) as Fixture;
const tolerance = 1e-4;

const dense32 = ({ shape, data }: Stored): DenseTensor => ({ shape, data: Float32Array.from(data) });

/** Within 1e-4 of the reference's largest value. */
function expectClose(found: ArrayLike<number>, reference: readonly number[], what: string): void {
  expect(found.length, what).toBe(reference.length);
  const most = Math.max(1e-12, ...reference.map(Math.abs));
  let gap = 0;
  reference.forEach((value, i) => (gap = Math.max(gap, Math.abs((found[i] ?? Number.NaN) - value))));
  expect(gap / most, what).toBeLessThanOrEqual(tolerance);
}

async function open(file: string): Promise<{ model: Model; close: () => void }> {
  const opened = await openModelFile(join(root, file), { signal: new AbortController().signal });
  if (!opened.ok) throw new Error(opened.error.problem);
  return opened.value;
}

/** The tail after or before a layer, and how to run it. */
async function tailOf(
  network: PreparedNetwork,
  model: Model,
  input: DenseTensor,
  layer: string,
  side: 'before' | 'after'
) {
  const cut = cutAt(model.root, { layer, occurrence: 0 }, side);
  if (cut === null) throw new Error(`no cut at ${layer}`);
  const values = await valuesOf(network, [input], cut.keys, {});
  const run = async (count: number, experiment: Experiment, seeds?: readonly number[], value?: DenseTensor) => {
    const given = new Map([...values].map(([key, one]) => [key, takeRows(one, 1, new Array<number>(count).fill(0))]));
    if (value !== undefined) given.set(cut.at, value);
    const result = await network.run([], {
      mode: 'infer',
      seed: 0,
      seeds,
      experiment: { ...experiment, values: given }
    });
    const [output] = result.outputs;
    if (output === undefined) throw new Error(result.stoppedAt?.reason);
    return output;
  };
  return { value: values.get(cut.at) ?? input, run };
}

async function valuesOf(
  network: PreparedNetwork,
  inputs: readonly DenseTensor[],
  wanted: ReadonlySet<string>,
  options: Partial<RunOptions>
): Promise<Map<string, DenseTensor>> {
  const found = new Map<string, DenseTensor>();
  await network.run(inputs, {
    mode: 'infer',
    seed: 0,
    wanted,
    onValue: async (value) => {
      found.set(valueKey(value.layer, value.occurrence), await value.read());
    },
    ...options
  });
  return found;
}

async function checkStudy(file: string, study: Study): Promise<void> {
  const { model, close } = await open(file);
  const network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
  const input = dense32(study.input);
  const noisy = executed(model.root).filter(({ kind }) => isNoise(kind) && strengthOf(kind) > 0);
  const experiment: Experiment = { modes: new Map(noisy.map(({ id }) => [id, 'train'])) };
  const [seed = 1] = study.seeds;

  const keys = new Set(Object.keys(study.masked).map((name) => valueKey(name, 0)));
  expect(keys.size).toBeGreaterThan(1);
  const masked = await valuesOf(network, [input], keys, { seeds: [seed], experiment });
  for (const [name, reference] of Object.entries(study.masked)) {
    expectClose(masked.get(valueKey(name, 0))?.data ?? [], reference.data, `${name} under mask ${String(seed)}`);
  }

  // All passes in one batch from the first random layer on: each row is its seed's own pass.
  const first = await tailOf(network, model, input, noisy[0]?.id ?? '', 'before');
  const rows = await first.run(study.seeds.length, experiment, study.seeds);
  expectClose(rows.data, study.rows.data, 'answers under masks');
  const { mean, std } = meanAndStd(rows.data, study.seeds.length);
  expectClose(mean, study.mean, 'mean over masks');
  expectClose(std, study.std, 'deviation over masks');
  const sure = uncertainty(rows.data, study.seeds.length);
  expect(sure.entropy).toBeCloseTo(study.entropy, 4);
  expect(sure.mutualInformation).toBeCloseTo(study.mutualInformation, 4);

  const { value, run } = await tailOf(network, model, input, study.ablate, 'after');
  const channels = channelsOf(value, 'channelsLast');
  const without = (off: readonly number[]): DenseTensor => {
    const changed = { shape: value.shape, data: Float32Array.from(value.data) };
    switchOff(changed.data, channels, off);
    return changed;
  };
  const each = Array.from({ length: channels.count }, (_, channel) => without([channel]));
  expectClose((await run(each.length, {}, undefined, joinRows(each))).data, study.off.data, 'each channel off');
  const strength = channelStrength(value, channels);
  expectClose(strength, study.strength, 'mean |a|');
  const order = fallingOrder(strength);
  const sums = Array.from({ length: channels.count + 1 }, (_, k) => without(order.slice(0, k)));
  expectClose((await run(sums.length, {}, undefined, joinRows(sums))).data, study.together.data, 'strongest off');
  const all = Array.from({ length: channels.count }, (_, c) => c);
  const r = correlation(value, channels, all).map((one) => (Number.isNaN(one) ? 2 : one));
  expectClose(r, study.correlation.data, 'correlation');
  network.dispose();
  close();
}

/** The kinds behind the frameworks' class names; shared axes as each framework shares them. */
const kindOf = (name: string, rate: number): NoiseKind => {
  const shared: Record<string, readonly number[]> = {
    SpatialDropout1D: [1],
    SpatialDropout2D: [1, 2],
    SpatialDropout3D: [1, 2, 3],
    Dropout2d: [2, 3],
    'torch.FeatureAlphaDropout': [2, 3]
  };
  const kind = name.includes('Alpha') ? 'alphaDropout' : 'dropout';
  return { kind, rate, sharedAxes: shared[name] ?? [], seed: null };
};

describe('dropout against Keras and PyTorch', () => {
  it('gives the answers, spreads and ablations of Keras under the same masks, every kind of random layer', async () => {
    await checkStudy('test/fixtures/dropout/kinds.keras', fixture.kinds);
  });

  it('does so on the trained digits network', async () => {
    await checkStudy('samples/digits_cnn.keras', fixture.digits);
  });

  it.each(fixture.layers)(
    'computes $name as its framework does, once the mask is known',
    ({ name, rate, input, output, kept }) => {
      const kind = kindOf(name, rate);
      const factor = kind.kind === 'dropout' ? 1 / (1 - rate) : 1;
      const found = input.data.map((value, i) => applyNoise(kind, value, kept[i] === 1 ? factor : 0));
      expectClose(found, output.data, name);
      // The framework shares a mask entry wherever ours does.
      const ours = noiseTensor(kind, input.shape, 1, 'x#0').data;
      const groups = new Map<string, Set<string>>();
      const size = elementCount(input.shape);
      for (let i = 0; i < size; i++) {
        let rest = i;
        const at: (number | '-')[] = [];
        for (let axis = input.shape.length - 1; axis >= 0; axis--) {
          const own = input.shape[axis] ?? 1;
          at.push(
            kind.kind !== 'gaussianNoise' && 'sharedAxes' in kind && kind.sharedAxes.includes(axis) ? '-' : rest % own
          );
          rest = Math.floor(rest / own);
        }
        const key = at.join(' ');
        groups.set(key, (groups.get(key) ?? new Set()).add(`${String(kept[i])} ${String((ours[i] ?? 0) !== 0)}`));
      }
      for (const [key, states] of groups) expect(states.size, `${name} at ${key}`).toBe(1);
    }
  );

  it('gives the answers of PyTorch, channels first, logits', async () => {
    const { torch } = fixture;
    const builder = new GraphBuilder('torch');
    const kernel = (name: string, layout: 'OIHW' | 'OI') => {
      const { shape, data } = torch.weights[name] ?? { shape: [], data: [] };
      return weight('kernel', layout, [...shape], Float32Array.from(data));
    };
    const bias = (name: string) => {
      const { shape, data } = torch.weights[name] ?? { shape: [], data: [] };
      return weight('bias', 'none', [...shape], Float32Array.from(data));
    };
    const drop = (rate: number, sharedAxes: readonly number[]): LayerKind => ({
      kind: 'dropout',
      rate,
      sharedAxes,
      seed: null
    });
    let at = builder.input('in', [null, 2, 6, 6]);
    at = builder.add('conv', conv(5, [3, 3], { dataFormat: 'channelsFirst', activation: RELU }), [at], {
      weights: [kernel('conv.weight', 'OIHW'), bias('conv.bias')]
    });
    at = builder.add('whole', drop(0.4, [2, 3]), [at]);
    at = builder.add('flatten', FLATTEN, [at]);
    at = builder.add('fc', dense(12, { activation: RELU }), [at], {
      weights: [kernel('fc.weight', 'OI'), bias('fc.bias')]
    });
    at = builder.add('drop', drop(0.5, []), [at]);
    at = builder.add('out', dense(4), [at], { weights: [kernel('out.weight', 'OI'), bias('out.bias')] });
    const model = modelOf(builder.graph(at), {
      framework: 'pytorch',
      format: 'pytorch-source',
      weightsOrigin: { kind: 'random', seed: 1 }
    });
    const network = await (await createEngine('wasm')).prepare(model, { seed: 1 });
    const input = dense32(torch.input);
    const seeds = [1, 2, 3, 4, 5, 6];
    const experiment: Experiment = { modes: new Map([['whole', 'train'] as const, ['drop', 'train'] as const]) };
    const masked = await valuesOf(network, [input], new Set(['whole#0']), { seeds: [1], experiment });
    expectClose(masked.get('whole#0')?.data ?? [], torch.masked.data, 'maps under mask 1');
    const rows = await (await tailOf(network, model, input, 'whole', 'before')).run(6, experiment, seeds);
    expectClose(rows.data, torch.rows.data, 'answers under masks');
    expect(uncertainty(rows.data, 6).entropy).toBeCloseTo(torch.softmaxEntropy, 4);
    const { value, run } = await tailOf(network, model, input, 'conv', 'after');
    const channels = channelsOf(value, 'channelsFirst');
    expectClose(channelStrength(value, channels), torch.strength, 'mean |a|');
    const each = Array.from({ length: 5 }, (_, channel) => {
      const changed = { shape: value.shape, data: Float32Array.from(value.data) };
      switchOff(changed.data, channels, [channel]);
      return changed;
    });
    expectClose((await run(5, {}, undefined, joinRows(each))).data, torch.off.data, 'each channel off');
    network.dispose();
  });
});
