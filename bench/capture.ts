/** Times a plain pass against passes whose values are captured, on every engine here. */
import { serialize } from 'node:v8';
import { statistics } from '../src/analyses/statistics';
import type { Activation } from '../src/core/activation';
import type { LayerKind } from '../src/core/layerKind';
import type { LayerNode, Model } from '../src/core/model';
import { elementCount } from '../src/core/tensor';
import type { EngineName, RunOptions } from '../src/engine/engine';
import { listEngines } from '../src/engine/select';
import { openModelFile } from '../src/readers/open';
import { inputsOf, Runner } from '../src/worker/running';
import { Sessions, type Session } from '../src/worker/session';

const ROUNDS = 15;
const RELU6: Activation = { name: 'relu', negativeSlope: 0, maxValue: 6, threshold: 0 };

/**
 * Prints for each engine what capturing costs beside a plain pass: values only looked at, values copied, and all that the
 * panel does (statistics, thumbnails, values kept for closer views, messages). The ways take turns; medians of processor time, which
 * other programs disturb less than the clock.
 */
export async function measure(file: string | undefined): Promise<void> {
  const opened = file === undefined ? null : await openModelFile(file);
  if (opened !== null && !opened.ok) throw new Error(`${opened.error.file}: ${opened.error.problem}`);
  const model = opened === null ? mobileNet() : opened.value.model;
  const plainTimes = new Map<EngineName, number>();
  for (const { name, selfTest, reason } of await listEngines()) {
    if (name === 'cpu') continue;
    if (selfTest !== 'passed') {
      console.log(`${name}: skipped (${reason})`);
      continue;
    }
    plainTimes.set(name, await measureEngine(name, model));
  }
  const native = plainTimes.get('tfjs-node');
  const wasm = plainTimes.get('wasm');
  if (native !== undefined && wasm !== undefined) console.log(`wasm to tfjs-node: ${(wasm / native).toFixed(2)}`);
}

/** Gives the milliseconds of a plain pass. */
async function measureEngine(name: EngineName, model: Model): Promise<number> {
  const { session, runner } = panelOn(name, model);
  // Each thumbnail is serialised as it is for the way to the extension host.
  const context = { signal: new AbortController().signal, progress: (note: unknown) => void serialize(note) };
  await runner.run(session, context);
  const { network } = session;
  if (network === null) throw new Error('the network did not run');
  const inputs = inputsOf(session);
  const plain: RunOptions = { mode: 'infer', seed: 1 };
  let bytes = 0;
  let largest = 0;
  const ways: Record<string, () => Promise<unknown>> = {
    plain: () => network.run(inputs, plain),
    'looked at': () =>
      network.run(inputs, {
        ...plain,
        onValue: (value) => {
          bytes += 4 * elementCount(value.shape);
          // Something every view needs of every value, so that the whole of it is really read.
          largest = Math.max(largest, value.inspect(largestOf));
          return Promise.resolve();
        }
      }),
    copied: () => network.run(inputs, { ...plain, onValue: async (value) => void (await value.read()) }),
    'as the panel does': () => runner.run(session, context)
  };
  const times = new Map<string, { readonly clock: number; readonly processor: number }[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    bytes = 0;
    for (const [way, run] of Object.entries(ways)) {
      const [started, used] = [performance.now(), process.cpuUsage()];
      await run();
      const { user, system } = process.cpuUsage(used);
      const time = { clock: performance.now() - started, processor: (user + system) / 1000 };
      if (round > 0) times.set(way, [...(times.get(way) ?? []), time]);
    }
  }
  const of = (way: string, clock: 'clock' | 'processor') => median((times.get(way) ?? []).map((time) => time[clock]));
  console.log(
    `${name}: ${(bytes / 2 ** 20).toFixed(1)} MiB of values, ${ROUNDS} rounds, medians (largest value ${largest.toPrecision(3)})`
  );
  for (const way of Object.keys(ways)) {
    const [clock, processor] = [of(way, 'clock'), of(way, 'processor')];
    console.log(
      `  ${way}: ${clock.toFixed(1)} ms by the clock (ratio ${(clock / of('plain', 'clock')).toFixed(2)}), ` +
        `${processor.toFixed(1)} ms of processor time (ratio ${(processor / of('plain', 'processor')).toFixed(2)})`
    );
  }
  network.dispose();
  return of('plain', 'clock');
}

/** The panel's own path: a session with its inputs set, and what runs it. */
function panelOn(engine: EngineName, model: Model): { session: Session; runner: Runner } {
  const choice = engine === 'tfjs-node' ? 'tfjs-node' : 'wasm';
  const runner = new Runner(choice, 1024 * 2 ** 20);
  const session = new Sessions().openDefinition(model, 1);
  for (const [index, port] of session.ports.entries()) {
    const shape = [1, ...port.shape.map((size) => size ?? 64)];
    const tensor = { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => (i % 255) / 255) };
    const pixels = { width: 1, height: 1, rgba: new Uint8Array(4) };
    session.inputs.set(index, {
      tensor,
      image: null,
      prepared: {
        input: index,
        label: 'bench',
        preview: pixels,
        statistics: statistics(tensor.data),
        preprocessing: { fit: 'stretch', normalization: 'none', colour: 'rgb', invert: false },
        reason: '',
        originalSize: null
      }
    });
  }
  return { session, runner };
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i] ?? 0);
  return largest;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Howard et al. 2017 at full width: 27 convolutions, each with batch norm and relu6. */
function mobileNet(): Model {
  const base = { rank: 2, dilation: [1, 1], padding: { type: 'same' }, dataFormat: 'channelsLast' } as const;
  const plain = { useBias: false, activation: { name: 'linear' } } as const;
  const kinds: LayerKind[] = [{ kind: 'input', shape: [null, 224, 224, 3], dtype: 'float32' }];
  const add = (convolution: LayerKind) =>
    kinds.push(
      convolution,
      { kind: 'batchNorm', axis: -1, epsilon: 1e-3, momentum: 0.99, center: true, scale: true, tracksStatistics: true },
      { kind: 'activation', activation: RELU6 }
    );
  const conv = (filters: number, size: number, stride: number): LayerKind => ({
    kind: 'conv',
    ...base,
    ...plain,
    filters,
    groups: 1,
    kernelSize: [size, size],
    strides: [stride, stride]
  });
  add(conv(32, 3, 2));
  const blocks = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024];
  const halving = new Set([1, 3, 5, 11]);
  for (const [i, filters] of blocks.entries()) {
    const stride = halving.has(i) ? 2 : 1;
    add({
      kind: 'depthwiseConv',
      ...base,
      ...plain,
      depthMultiplier: 1,
      kernelSize: [3, 3],
      strides: [stride, stride]
    });
    add(conv(filters, 1, 1));
  }
  kinds.push(
    { kind: 'globalPool', operation: 'average', rank: 2, keepDims: false, dataFormat: 'channelsLast' },
    { kind: 'dense', units: 1000, useBias: true, activation: { name: 'softmax', axis: -1 } }
  );
  const layers = kinds.map((kind, i): [string, LayerNode] => [
    `layer${i}`,
    {
      id: `layer${i}`,
      name: `layer${i}`,
      kind,
      sourceType: kind.kind,
      config: new Map(),
      weights: [],
      trainable: true,
      listed: true
    }
  ]);
  const last = kinds.length - 1;
  return {
    name: 'mobilenet',
    format: 'keras-source',
    framework: 'keras',
    frameworkVersion: null,
    topology: 'exact',
    root: {
      name: 'mobilenet',
      layers: new Map(layers),
      calls: kinds.map((_, id) => ({
        id,
        layer: `layer${id}`,
        inputs: id === 0 ? [] : [{ call: id - 1, output: 0 }]
      })),
      inputs: [{ call: 0, output: 0 }],
      outputs: [{ call: last, output: 0 }]
    },
    weightsOrigin: { kind: 'random', seed: 1 },
    notices: [],
    unplaced: [],
    fileBytes: null,
    classNames: null
  };
}
