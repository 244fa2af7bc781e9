/** Times a plain pass and one that copies every value out, on every engine here. */
import type { Activation } from '../src/core/activation';
import type { LayerKind } from '../src/core/layerKind';
import type { LayerNode, Model } from '../src/core/model';
import { elementCount, type DenseTensor } from '../src/core/tensor';
import type { EngineName, RunOptions } from '../src/engine/engine';
import { createEngine, listEngines } from '../src/engine/select';
import { openModelFile } from '../src/readers/open';

const ROUNDS = 9;
const RELU6: Activation = { name: 'relu', negativeSlope: 0, maxValue: 6, threshold: 0 };

/** Prints milliseconds, the ratio capture to plain for each engine, and between engines. */
export async function measure(file: string | undefined): Promise<void> {
  const opened = file === undefined ? null : await openModelFile(file);
  if (opened !== null && !opened.ok) throw new Error(`${opened.error.file}: ${opened.error.problem}`);
  const model = opened === null ? mobileNet() : opened.value.model;
  const inputs = inputsOf(model);
  const plainTimes = new Map<EngineName, number>();
  for (const { name, selfTest, reason } of await listEngines()) {
    if (selfTest !== 'passed' || name === 'cpu') {
      if (name !== 'cpu') console.log(`${name}: skipped (${reason})`);
      continue;
    }
    const engine = await createEngine(name);
    const network = await engine.prepare(model, { seed: 1 });
    let bytes = 0;
    let largest = 0;
    const plain: RunOptions = { mode: 'infer', seed: 1 };
    const ways: readonly RunOptions[] = [
      plain,
      {
        ...plain,
        onValue: (value) => {
          bytes += 4 * elementCount(value.shape);
          // Something every view needs of every value, so that the whole of it is really read.
          largest = Math.max(largest, value.inspect(largestOf));
          return Promise.resolve();
        }
      },
      { ...plain, onValue: async (value) => void (await value.read()) }
    ];
    const times: number[][] = ways.map(() => []);
    for (let round = 0; round <= ROUNDS; round++) {
      bytes = 0;
      for (const [i, options] of ways.entries()) {
        const { milliseconds } = await network.run(inputs, options);
        if (round > 0) times[i]?.push(milliseconds);
      }
    }
    const [plainMs = NaN, seeingMs = NaN, copyingMs = NaN] = times.map(median);
    plainTimes.set(name, plainMs);
    const ratio = (ms: number) => `${ms.toFixed(1)} ms, ratio ${(ms / plainMs).toFixed(2)}`;
    console.log(
      `${name}: plain ${plainMs.toFixed(1)} ms; every value seen (${(bytes / 2 ** 20).toFixed(1)} MiB) ` +
        `${ratio(seeingMs)}; every value copied ${ratio(copyingMs)} (largest value ${largest.toPrecision(3)})`
    );
    engine.dispose();
  }
  const native = plainTimes.get('tfjs-node');
  const wasm = plainTimes.get('wasm');
  if (native !== undefined && wasm !== undefined) console.log(`wasm to tfjs-node: ${(wasm / native).toFixed(2)}`);
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function inputsOf(model: Model): DenseTensor[] {
  return model.root.inputs.map((ref) => {
    const kind = model.root.layers.get(model.root.calls[ref.call]?.layer ?? '')?.kind;
    const shape = (kind?.kind === 'input' ? kind.shape : []).map((size, axis) => (axis === 0 ? 1 : (size ?? 64)));
    return { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => (i % 255) / 255) };
  });
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
