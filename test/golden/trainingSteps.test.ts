/**
 * Steps of training against Keras and PyTorch (scripts/fixtures/training_steps.py): five of them from equal weights, for
 * every optimizer and every loss. The loss of each step is compared, and all weights after it, moving statistics included.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LayerKind } from '../../src/core/layerKind';
import type { Model } from '../../src/core/model';
import { elementCount, type WeightRole } from '../../src/core/tensor';
import type { Engine } from '../../src/engine/engine';
import { layersOf } from '../../src/engine/loadWeights';
import type { StepResult } from '../../src/engine/trainable';
import { openModelFile } from '../../src/readers/open';
import { lossDefaults, LOSS_NAMES, type LossSettings } from '../../src/training/losses/settings';
import type { LossTarget } from '../../src/training/losses/value';
import {
  defaultsOf,
  OPTIMIZER_NAMES,
  type OptimizerName,
  type OptimizerSettings
} from '../../src/training/optimizers/settings';
import type { ExampleSource } from '../../src/training/run/examples';
import type { RunSettings } from '../../src/training/run/settings';
import { Trainer } from '../../src/training/run/trainer';
import { chain, layer, weight } from '../unit/engine/models';
import { parityEngines } from './parity';

type Framework = 'keras' | 'pytorch';

interface StoredWeight {
  readonly layer: string;
  readonly role: WeightRole;
  readonly shape: number[];
}

interface Net {
  readonly framework: Framework;
  readonly weights: readonly StoredWeight[];
  /** Of a PyTorch network; Keras's are files of their own. */
  readonly layers?: readonly { readonly id: string; readonly kind: LayerKind }[];
  readonly start?: number;
}

interface Case {
  readonly title: string;
  readonly framework: Framework;
  readonly net: string;
  readonly optimizer: { readonly name: OptimizerName };
  readonly loss: { readonly name: string };
  readonly target: string;
  readonly losses: readonly number[];
  /** Offsets. */
  readonly after: readonly number[];
}

interface Truth {
  readonly images: { readonly shape: readonly [number, number, number, number]; readonly offsets: readonly number[] };
  readonly targets: Readonly<
    Record<string, { readonly kind: LossTarget['kind']; readonly steps: readonly (readonly number[])[] }>
  >;
  readonly nets: Readonly<Record<string, Net>>;
  readonly cases: readonly Case[];
}

const folder = path.resolve(__dirname, '../fixtures/trainingSteps');
const truth = JSON.parse(readFileSync(path.join(folder, 'steps.json'), 'utf8')) as Truth;
const bytes = readFileSync(path.join(folder, 'steps.bin'));
const floats = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));

/** Below this a gradient may be all rounding, and its sign no answer. */
const CERTAIN = 1e-4;
const SIGN_BASED: ReadonlySet<OptimizerName> = new Set(['lion']);

/** The stored weights at an offset, by layer and role. */
function weightsAt(net: Net, offset: number): Map<string, Float32Array> {
  let at = offset;
  return new Map(
    net.weights.map(({ layer: id, role, shape }) => [`${id} ${role}`, floats.subarray(at, (at += elementCount(shape)))])
  );
}

async function modelOf(name: string, net: Net): Promise<{ readonly model: Model; readonly close: () => void }> {
  if (net.layers === undefined) {
    const opened = await openModelFile(path.join(folder, `${name}.keras`));
    if (!opened.ok) throw new Error(opened.error.problem);
    return opened.value;
  }
  const start = weightsAt(net, net.start ?? NaN);
  const [, height, width, channels] = truth.images.shape;
  const layers = net.layers.map(({ id, kind }) =>
    layer(
      id,
      kind,
      net.weights
        .filter((one) => one.layer === id)
        .map(({ role, shape }) => {
          const layout = role !== 'kernel' ? 'none' : shape.length === 4 ? 'OIHW' : 'OI';
          return weight(role, layout, shape, start.get(`${id} ${role}`) ?? missing(role));
        })
    )
  );
  return { model: { ...chain([null, channels, height, width], layers), framework: 'pytorch' }, close: () => undefined };
}

/** All pictures, of each step as many as a batch. They have one channel: channels first and last are the same numbers. */
function sourceOf({ framework, target }: Case): ExampleSource {
  const [batch, height, width, channels] = truth.images.shape;
  const shape = framework === 'keras' ? [height, width, channels] : [channels, height, width];
  const { kind, steps } = truth.targets[target] ?? missing(target);
  return {
    size: batch * steps.length,
    read: (members) => {
      const step = (members[0] ?? NaN) / batch;
      const offset = truth.images.offsets[step] ?? NaN;
      const data = floats.slice(offset, offset + batch * elementCount(shape));
      const values = steps[step] ?? missing(target);
      return Promise.resolve({
        inputs: [{ shape: [batch, ...shape], data }],
        target:
          kind === 'classes' ? { kind, classes: Int32Array.from(values) } : { kind, values: Float32Array.from(values) },
        indices: Uint32Array.from(members),
        skipped: []
      });
    }
  };
}

const lossSettings = ({ loss }: Case): LossSettings =>
  ({ ...(lossDefaults(loss.name) ?? missing(loss.name)), ...loss }) as LossSettings;

const optimizerSettings = ({ optimizer, framework }: Case): OptimizerSettings =>
  ({ ...(defaultsOf(optimizer.name, framework) ?? missing(optimizer.name)), ...optimizer }) as OptimizerSettings;

const runSettings = (each: Case): RunSettings => ({
  dialect: each.framework,
  optimizer: optimizerSettings(each),
  schedule: null,
  loss: lossSettings(each),
  metrics: [],
  epochs: 1,
  batchSize: truth.images.shape[0],
  seed: 1,
  shuffle: false,
  classWeights: null,
  earlyStopping: null,
  plateau: null,
  regularizers: new Map(),
  frozen: new Set(),
  batchNormMomentum: null,
  weightNoise: 0,
  augmentation: []
});

/**
 * The largest difference in one weight, in parts of how far the reference has moved it since the start: stricter than a
 * bound on the weights themselves, which steps of 0.001 hardly change. Single precision is granted its last digits.
 */
function apart(
  ours: Float32Array,
  wanted: Float32Array,
  start: Float32Array,
  counts: (entry: number) => boolean
): number {
  let gap = 0;
  let path = 0;
  wanted.forEach((value, i) => {
    path = Math.max(path, Math.abs(value - (start[i] ?? NaN)));
    if (!counts(i)) return;
    const distance = Math.abs((ours[i] ?? NaN) - value);
    const rounding = 4 * 2 ** -24 * Math.max(Math.abs(value), 0.1);
    gap = Math.max(gap, distance - rounding);
  });
  expect(ours.length).toBe(wanted.length);
  return path === 0 ? gap : gap / path;
}

/** An epoch of five steps. @returns the largest difference of a loss, relative, and of a weight (see `apart`) */
async function follow(engine: Engine, each: Case): Promise<{ readonly loss: number; readonly weights: number }> {
  const net = truth.nets[each.net] ?? missing(each.net);
  const { model, close } = await modelOf(each.net, net);
  const network = await engine.prepare(model, { seed: 1 });
  const start = new Map(network.parameters().map((one) => [`${one.layer} ${one.role}`, network.inOriginOrder(one)]));
  const taken: StepResult[] = [];
  const step = network.step.bind(network);
  network.step = (inputs, options) => {
    const outcome = step(inputs, options);
    if (outcome.type === 'done') taken.push(outcome);
    return outcome;
  };
  const uncertain = new Set<string>();
  let loss = 0;
  let weights = 0;
  const compare = (last: StepResult) => {
    const at = taken.length - 1;
    const wanted = each.losses[at] ?? NaN;
    loss = Math.max(loss, Math.abs(last.loss - wanted) / Math.max(Math.abs(wanted), 1e-3));
    const reference = weightsAt(net, each.after[at] ?? NaN);
    const parameters = network.parameters();
    expect(parameters.length).toBe(reference.size);
    for (const parameter of parameters) {
      const name = `${parameter.layer} ${parameter.role}`;
      const gradient = last.gradients.get(parameter.key);
      if (SIGN_BASED.has(each.optimizer.name) && gradient !== undefined)
        network.inOriginOrder({ ...parameter, values: gradient }).forEach((value, i) => {
          if (Math.abs(value) <= CERTAIN) uncertain.add(`${name} ${String(i)}`);
        });
      const counts = (i: number) => !uncertain.has(`${name} ${String(i)}`);
      const values = network.inOriginOrder(parameter);
      weights = Math.max(
        weights,
        apart(values, reference.get(name) ?? missing(name), start.get(name) ?? missing(name), counts)
      );
    }
  };
  const compareLast = () => {
    const last = taken.at(-1);
    if (last !== undefined) compare(last);
    return Promise.resolve();
  };
  try {
    const layers = layersOf(model.root);
    const settings = runSettings(each);
    const trainer = new Trainer({ network, model, layers, train: sourceOf(each), validation: null, settings });
    // Between the steps, and after the last.
    const outcome = await trainer.runEpoch({ signal: new AbortController().signal, turn: compareLast });
    expect(outcome.kind).toBe('epoch');
    expect(taken.length).toBe(each.losses.length);
    await compareLast();
    return { loss, weights };
  } finally {
    network.dispose();
    close();
  }
}

describe('the cases of training steps', () => {
  it('cover every optimizer and every loss', () => {
    const optimizers = new Set(truth.cases.map(({ framework, optimizer }) => `${framework} ${optimizer.name}`));
    const offered = (['keras', 'pytorch'] as const).flatMap((framework) =>
      OPTIMIZER_NAMES[framework].map((name) => `${framework} ${name}`)
    );
    expect(offered.filter((name) => !optimizers.has(name))).toEqual([]);
    const losses = new Set(truth.cases.map(({ loss }) => loss.name));
    expect(LOSS_NAMES.filter((name) => !losses.has(name))).toEqual([]);
  });
});

for (const { name, engine } of await parityEngines()) {
  describe.skipIf(engine === null)(`steps of training equal the frameworks' on ${name}`, () => {
    afterAll(() => engine?.dispose());

    it.each(truth.cases.map((each) => [`${each.framework}: ${each.title}`, each] as const))('%s', async (_, each) => {
      if (engine === null) return;
      const { loss, weights } = await follow(engine, each);
      expect(loss).toBeLessThan(1e-4);
      expect(weights).toBeLessThan(1e-4);
    });
  });
}

function missing(what: string): never {
  throw new Error(`${what} is missing`);
}
