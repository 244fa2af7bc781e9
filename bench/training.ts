/** Times steps of training: pass, gradients, optimizer and the weights' way back; see training.mjs. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LayerKind } from '../src/core/layerKind';
import type { LayerNode, Model } from '../src/core/model';
import type { DenseTensor } from '../src/core/tensor';
import type { PreparedNetwork } from '../src/engine/engine';
import { createEngine, listEngines } from '../src/engine/select';
import type { LossOfBatch } from '../src/engine/trainable';
import { lossOf } from '../src/training/losses/loss';
import { logitForm, lossDefaults } from '../src/training/losses/settings';
import { createOptimizer } from '../src/training/optimizers/optimizer';
import { defaultsOf } from '../src/training/optimizers/settings';

const BATCH = 32;
const STEPS = 5;
const images: DenseTensor = {
  shape: [BATCH, 28, 28, 1],
  data: Float32Array.from({ length: BATCH * 784 }, (_, i) => ((i * 7919) % 1000) / 1000)
};
const classes = Int32Array.from({ length: BATCH }, (_, i) => i % 10);

/** Times of each step by a way of taking steps, in milliseconds of processor time. */
type Way = (net: string) => Promise<readonly number[]>;

/** Prints for each network what a step costs in each way, and its ratio to PyTorch's. */
export async function measure(rounds: number): Promise<void> {
  const ways = new Map<string, Way>();
  for (const { name, selfTest, reason } of await listEngines()) {
    if (name === 'cpu') continue;
    if (selfTest !== 'passed') console.log(`${name}: skipped (${reason})`);
    else ways.set(name, await wayOf(name));
  }
  const python = await torch();
  if (python === null) console.log('PyTorch: skipped (no Python with torch; PYTHON names another one)');
  else ways.set('PyTorch, one thread', python.way);
  for (const net of Object.keys(NETS)) {
    const times = new Map<string, number[]>();
    for (let round = 0; round <= rounds; round++) {
      for (const [name, way] of ways) {
        const found = await way(net);
        if (round > 0) times.set(name, [...(times.get(name) ?? []), ...found]);
      }
    }
    const reference = median(times.get('PyTorch, one thread') ?? []);
    for (const [name, found] of times) {
      const each = median(found);
      const ratio = Number.isNaN(reference) ? '' : ` (${(each / reference).toFixed(2)} of PyTorch's)`;
      console.log(`${net}, batch ${BATCH}, ${name}: ${each.toFixed(1)} ms of processor time a step${ratio}`);
    }
  }
  python?.end();
}

async function wayOf(name: 'tfjs-node' | 'wasm' | 'cpu'): Promise<Way> {
  const engine = await createEngine(name);
  const trained = new Map<string, () => void>();
  for (const [net, kinds] of Object.entries(NETS))
    trained.set(net, trainer(await engine.prepare(modelOf(kinds), { seed: 1 })));
  return (net) => {
    const times = Array.from({ length: STEPS }, () => {
      const used = process.cpuUsage();
      trained.get(net)?.();
      const { user, system } = process.cpuUsage(used);
      return (user + system) / 1000;
    });
    return Promise.resolve(times);
  };
}

function trainer(network: PreparedNetwork): () => void {
  const parameters = network.parameters().filter(({ learned }) => learned);
  const optimizer = createOptimizer(required(defaultsOf('adam', 'keras')));
  const settings = required(logitForm(required(lossDefaults('SparseCategoricalCrossentropy'))));
  const loss = ([scores]: readonly DenseTensor[]): LossOfBatch => {
    const found = lossOf(settings, required(scores ?? null), { kind: 'classes', classes });
    if (!found.ok) throw new Error(found.error.problem);
    return { value: found.value.value, gradients: [found.value.gradient] };
  };
  let seed = 0;
  return () => {
    const taken = network.step([images], { seed: seed++, scores: [true], loss, trains: () => true });
    if (taken.type === 'stopped') throw new Error(taken.reason);
    optimizer.apply(
      parameters.map(({ key, values }) => ({
        key,
        values,
        gradient: required(taken.gradients.get(key) ?? null),
        decays: true
      })),
      0.001
    );
    network.assign(new Map(parameters.map(({ key, values }) => [key, values])));
  };
}

/** The same networks in PyTorch; `null` where there is none. */
function torch(): Promise<{ readonly way: Way; readonly end: () => void } | null> {
  const child = spawn(process.env['PYTHON'] ?? 'python3', [path.resolve('bench/training.py')], {
    stdio: ['pipe', 'pipe', 'ignore']
  });
  const waiting: ((line: string | null) => void)[] = [];
  const answer = (line: string | null) => waiting.shift()?.(line);
  createInterface(child.stdout).on('line', answer);
  child.on('error', () => answer(null)).on('exit', () => answer(null));
  const line = () => new Promise<string | null>((resolve) => waiting.push(resolve));
  const way: Way = async (net) => {
    child.stdin.write(`${net}\n`);
    return JSON.parse((await line()) ?? '[]') as number[];
  };
  return line().then((ready) => (ready === 'ready' ? { way, end: () => void child.stdin.end() } : null));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error('missing');
  return value;
}

const RELU = { name: 'relu', negativeSlope: 0, maxValue: null, threshold: 0 } as const;

function block(filters: number, padding: 'same' | 'valid'): LayerKind[] {
  const base = { rank: 2, dilation: [1, 1], strides: [1, 1], dataFormat: 'channelsLast' } as const;
  return [
    {
      kind: 'conv',
      ...base,
      filters,
      groups: 1,
      kernelSize: [3, 3],
      padding: { type: padding },
      useBias: true,
      activation: RELU
    },
    { kind: 'batchNorm', axis: -1, epsilon: 1e-3, momentum: 0.99, center: true, scale: true, tracksStatistics: true }
  ];
}

function pooled(rate: number): LayerKind[] {
  return [
    {
      kind: 'pool',
      operation: 'max',
      rank: 2,
      poolSize: [2, 2],
      strides: [2, 2],
      dilation: [1, 1],
      ceilMode: false,
      countIncludePad: false,
      padding: { type: 'valid' },
      dataFormat: 'channelsLast'
    },
    { kind: 'dropout', rate, sharedAxes: [], seed: null }
  ];
}

function head(units: number): LayerKind[] {
  return [
    { kind: 'flatten', channelsLastOrder: true, startAxis: 1, endAxis: -1 },
    { kind: 'dense', units, useBias: true, activation: RELU },
    { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null },
    { kind: 'dense', units: 10, useBias: true, activation: { name: 'softmax', axis: -1 } }
  ];
}

/** The digits sample, and a network of 468,000 parameters. */
const NETS: Readonly<Record<string, readonly LayerKind[]>> = {
  digits: [...block(16, 'valid'), ...pooled(0.25), ...block(32, 'valid'), ...pooled(0.25), ...head(64)],
  'four convolutions': [
    ...block(32, 'same'),
    ...block(32, 'same'),
    ...pooled(0.25),
    ...block(64, 'same'),
    ...block(64, 'same'),
    ...pooled(0.25),
    ...head(128)
  ]
};

function modelOf(kinds: readonly LayerKind[]): Model {
  const all: LayerKind[] = [{ kind: 'input', shape: [null, 28, 28, 1], dtype: 'float32' }, ...kinds];
  const layers = all.map((kind, i): LayerNode => ({
    id: `layer${i}`,
    name: `layer${i}`,
    kind,
    sourceType: kind.kind,
    config: new Map(),
    weights: [],
    trainable: true,
    listed: true
  }));
  return {
    name: 'bench',
    format: 'keras-source',
    framework: 'keras',
    frameworkVersion: null,
    topology: 'exact',
    root: {
      name: 'bench',
      layers: new Map(layers.map((layer) => [layer.id, layer])),
      calls: layers.map(({ id }, call) => ({
        id: call,
        layer: id,
        inputs: call === 0 ? [] : [{ call: call - 1, output: 0 }]
      })),
      inputs: [{ call: 0, output: 0 }],
      outputs: [{ call: layers.length - 1, output: 0 }]
    },
    weightsOrigin: { kind: 'random', seed: 1 },
    notices: [],
    unplaced: [],
    fileBytes: null,
    classNames: null
  };
}
