/**
 * Stands where VS Code stands: gives the page `acquireVsCodeApi` and answers the panel's requests over the real channel
 * with made-up data. The scenario is the page's `?scenario=`.
 */
import type { LayerRow } from '../../src/core/summary';
import type { HandlerContext, Handlers } from '../../src/protocol/rpc';
import type { HostRequests, PanelEvents, PanelState } from '../../src/protocol/panel';
import { Channel, RequestFailure } from '../../src/protocol/rpc';
import type { WorkerRequests } from '../../src/protocol/requests';
import type { ExperimentRequests } from '../../src/protocol/experiments';
import type { TrainingRequests } from '../../src/protocol/training';
import type { LabelsInUse, LayerThumbnail, PixelProof } from '../../src/protocol/running';
import type { Tiles } from '../../src/protocol/values';
import { fakeModel } from './fakeModels';
import { changeBy, everySecond, histogram, pictureOutputs, preprocessing, statistics, wave } from './fakeValues';
import { fakeDropout } from './fakeDropout';
import { fakeExperiments } from './fakeExperiments';
import { fakeFeatures } from './fakeFeatures';
import { fakeNormalization } from './fakeNormalization';
import { fakePooling } from './fakePooling';
import { fakeTraining } from './fakeTraining';
import { fakeWhy } from './fakeWhy';

const query = new URLSearchParams(location.search);
const scenario = query.get('scenario') ?? 'digits';
const opened = fakeModel(scenario);
const asked: string[] = [];
const given: unknown[] = [];
let labels: LabelsInUse | null = { names: ['a', 'b', 'c', 'd'], assumed: 'this is the sample network' };
let saved: unknown = JSON.parse(sessionStorage.getItem('state') ?? 'null');
let failures = scenario === 'error' || scenario === 'crash' || scenario === 'notModel' ? 1 : 0;

const byName = Object.fromEntries(opened.summary.layers.slice(0, 50).map((layer) => [layer.name, true]));

function find(id: string): LayerRow {
  const row = opened.summary.layers.find((layer) => layer.id === id);
  if (row === undefined) throw new Error(`no layer ${id}`);
  return row;
}

function sizes(id: string): number[] {
  return (find(id).outputShape ?? []).slice(1).map((size) => size ?? 28);
}

function mapSize(id: string): readonly [number, number] {
  const shape = sizes(id);
  if (shape.length === 1) return [1, 1];
  if (shape.length === 2) return [1, shape[0] ?? 1];
  return [shape.at(-3) ?? 1, shape.at(-2) ?? 1];
}

const tiles = (count: number, width: number, height: number, seed: (index: number) => number): Tiles => ({
  tiles: Array.from({ length: count }, (_, index) => wave(width, height, seed(index))),
  ranges: Array.from({ length: count }, () => ({ min: -0.5, max: 0.5 }))
});
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

type Requests = HostRequests & WorkerRequests & TrainingRequests & ExperimentRequests;
type Answers = {
  readonly [K in keyof Requests as string extends K ? never : K]?: (
    params: Requests[K]['params'],
    context: HandlerContext
  ) => Promise<Requests[K]['result']>;
};

async function openSubject(): Promise<typeof opened> {
  if (scenario === 'slowOpen') await pause(400);
  if (scenario === 'slow') await pause(60_000);
  if (failures-- > 0) {
    if (scenario === 'crash') throw new RequestFailure({ kind: 'crashed', message: 'It ran out of memory.' });
    const problem = scenario === 'notModel' ? 'this HDF5 file holds no Keras model' : 'the file is truncated';
    throw new RequestFailure({
      kind: 'input',
      problem: { file: 'm.h5', problem, remedy: 'Copy or download it again' }
    });
  }
  return opened;
}

const proofOf = (layer: string, position: readonly number[], channel: number): PixelProof => {
  const patch = Float32Array.from({ length: 9 }, (_, i) => i / 10);
  const kernel = Float32Array.from({ length: 9 }, (_, i) => (i - 4) / 20);
  const sum = patch.reduce((total, value, i) => total + value * (kernel[i] ?? 0), 0);
  const steps: PixelProof['steps'] =
    find(layer).kind === 'conv'
      ? {
          kind: 'convolution',
          channels: [{ channel: 0, patch, kernel, sum }],
          kernelSize: [3, 3],
          totalChannels: 1,
          sumOfProducts: sum,
          bias: 0.01,
          activation: 'relu',
          value: sum + 0.01
        }
      : { kind: 'none', reason: 'Values pass unchanged.' };
  // In the scenario "wrong" the runtime holds another number, too small a difference for any fixed tolerance to notice.
  const runtimeValue = sum + 0.01 + (scenario === 'wrong' ? 2e-6 : 0);
  return {
    layer,
    position,
    channel,
    runtimeValue,
    tolerance: 1e-6,
    steps,
    receptiveField: [4, 5, 9, 10],
    receptiveFieldInput: 0
  };
};

const answers: Answers = {
  ready: async () => ({
    subject:
      scenario === 'kernel'
        ? { kind: 'kernel', title: 'Try a Kernel' }
        : { kind: 'file', path: '/m.keras', title: 'm.keras' },
    state: (saved ?? {}) as Partial<PanelState>,
    settings: { explanations: true, reduceMotion: false, followCursor: true, l10n: {}, language: 'en' }
  }),
  open: openSubject,
  retry: openSubject,
  saveState: async (state) => {
    sessionStorage.setItem('state', JSON.stringify(state));
    return null;
  },
  pickInput: async () => ({ path: '/digit.png' }),
  copyText: async () => null,
  saveFile: async () => ({ saved: true }),
  reopenWith: async () => null,
  revealSource: async () => null,
  overview: async () => ({
    verdict: 'A healthy network: every weight is finite and 31 of 32 first filters are in use.',
    findings: [
      {
        severity: 'good',
        code: 'finite',
        message: 'All weights are finite (checked every value).',
        layer: null,
        channels: []
      },
      {
        severity: 'remark',
        code: 'dead',
        message: 'Filter 5 is near-dead: norm 0.004, below 1 % of the median 1.21.',
        layer: opened.summary.layers[1]?.id ?? null,
        channels: [5]
      }
    ],
    heaviest: opened.summary.layers
      .filter((row) => (row.params ?? 0) > 0)
      .slice(0, 5)
      .map((row) => ({
        layer: row.id,
        params: row.params ?? 0,
        share: (row.params ?? 0) / Math.max(1, opened.summary.totals.params ?? 1)
      }))
  }),
  kernelSheet: async ({ layer }) => {
    if (scenario === 'kernelError')
      throw new RequestFailure({ kind: 'internal', message: 'reading conv2d/kernel failed at byte 4096' });
    const shape = find(layer).weights[0]?.shape ?? [1, 1, 1, 1];
    const out = shape.at(-1) ?? 1;
    return {
      layer,
      role: 'kernel',
      outChannels: out,
      inChannels: shape.at(-2) ?? 1,
      size: shape.length === 2 ? [1, 1] : shape.length === 3 ? [1, shape[0] ?? 1] : shape.slice(0, -2),
      display: shape.length === 3 ? 'lines' : 'planes',
      statistics,
      histogram,
      limit: 0.52,
      meanLimit: 0.52,
      filters: Array.from({ length: out }, (_, index) => ({
        index,
        norm: 1 + Math.sin(index),
        min: -0.4,
        max: 0.5,
        nearDead: index === 5,
        duplicateOf: index === 9 ? 2 : null
      })),
      duplicateMeasure: '|cosine| ≥ 0.99',
      bias: new Float32Array(out),
      initializerNote:
        scenario === 'random' ? 'Random weights: glorotUniform, within ±0.142. They mean nothing yet.' : null
    };
  },
  kernelTiles: async ({ planes, layer }) => {
    const shape = find(layer).weights[0]?.shape ?? [];
    return tiles(
      planes.length,
      shape.length === 3 ? (shape[0] ?? 1) : 3,
      shape.length === 3 ? 1 : 3,
      (i) => (planes[i]?.[0] ?? 0) * 7 + (planes[i]?.[1] ?? 0)
    );
  },
  kernelNumbers: async ({ layer, filter, channel }) => {
    const shape = find(layer).weights[0]?.shape ?? [];
    if (shape.length !== 3) return { size: [3, 3], values: Float32Array.from({ length: 9 }, (_, i) => (i - 4) / 10) };
    const length = shape[0] ?? 1;
    return {
      size: [1, length],
      values: Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(i + filter + 2 * channel))
    };
  },
  samples: async () => {
    if (scenario === 'slowSamples') await pause(400);
    return ['seven', 'three', 'cat'].map((id, index) => ({
      id,
      title: id,
      fits: index < 2,
      thumbnail: wave(28, 28, index + 2, true)
    }));
  },
  setInput: async ({ source, preprocessing: chosen }) => {
    if (scenario === 'slowDefault' && source.kind === 'sample') await pause(600);
    const { kind } = source;
    return {
      input: 0,
      label: kind === 'sample' ? source.id : kind === 'file' ? source.path : kind === 'bytes' ? source.name : kind,
      preview: wave(28, 28, 3, true),
      statistics,
      preprocessing: chosen ?? preprocessing,
      reason: 'the first layer rescales nothing, so 0 … 1 is likely',
      originalSize: [28, 28]
    };
  },
  comparePresets: async () => ({
    answers: (['0..1', '-1..1', '0..255'] as const).map((normalization, index) => ({
      preprocessing: { ...preprocessing, normalization },
      preview: wave(28, 28, 3, true),
      top: [{ index: 7, label: labels?.names[7] ?? '7', value: 0.98 - index / 4 }],
      probabilities: true,
      spread: [0.8, 7, 240][index] ?? 1,
      likeTraining: index === 0
    })),
    best: 0,
    norms: 2
  }),
  run: async (_params, { progress, signal }) => {
    const layers = opened.summary.layers.slice(0, 400);
    for (const [index, row] of layers.entries()) {
      if (signal.aborted) break;
      const shape = sizes(row.id);
      const range = { min: 0, max: 1 };
      const values = Float32Array.from({ length: 10 }, (_, i) => (i === 7 ? 0.98 : 0.01));
      const picture =
        shape.length === 1
          ? ({ kind: 'bars', values, range } as const)
          : shape.length === 2
            ? ({
                kind: 'line',
                channel: 1,
                values: Float32Array.from({ length: 60 }, (_, i) => 0.5 + 0.5 * Math.sin(i / 5)),
                range
              } as const)
            : ({
                kind: 'map',
                channel: index % 32,
                pixels: wave(26, 26, index),
                range,
                colormap: 'viridis',
                slices: shape.length === 4 ? Array.from({ length: shape[0] ?? 1 }, (_, i) => wave(16, 16, i)) : []
              } as const);
      progress({
        share: index / layers.length,
        message: row.name,
        partial: {
          layer: row.id,
          occurrence: 0,
          shape,
          stored: shape,
          statistics,
          picture,
          comparedWith: row.kind === 'batchNorm' ? (row.inputs[0] ?? '') : null,
          dropped: row.kind === 'dropout' ? everySecond : null
        } satisfies LayerThumbnail
      });
    }
    const values = Float32Array.from({ length: 10 }, (_, i) => (i === 7 ? 0.982 : 0.002));
    const top = [7, 1, 9].map((index) => ({ index, label: String(index), value: values[index] ?? 0 }));
    return {
      run: 1,
      engine: 'wasm',
      milliseconds: 12,
      outputs:
        scenario === 'free' ? pictureOutputs : [{ kind: 'classes', name: 'dense', values, probabilities: true, top }],
      stoppedAt: null
    };
  },
  mapSheet: async ({ layer, occurrence }) => {
    const shape = sizes(layer);
    const channels = shape.at(-1) ?? 1;
    return {
      layer,
      occurrence,
      shape,
      channels,
      size: mapSize(layer),
      slices: shape.length === 4 ? (shape[0] ?? 1) : 1,
      statistics,
      perChannel: Array.from({ length: channels }, (_, i) => ({
        ...statistics,
        mean: Math.sin(i) / 3,
        // Map 2 answers most although its positive and negative values cancel out.
        meanAbs: i === 2 ? 0.9 : Math.abs(Math.sin(i)) / 3,
        ...(i === 2 ? { mean: 0 } : {}),
        zeros: i === 4 ? 1 : 0.3
      })),
      signed: false
    };
  },
  mapTiles: async ({ channels, layer }) => {
    const [height, width] = mapSize(layer);
    return tiles(channels.length, width, height, (i) => channels[i] ?? 0);
  },
  mapNumbers: async ({ layer }) => {
    const size = mapSize(layer);
    return {
      size,
      values: Float32Array.from({ length: size[0] * size[1] }, (_, i) => -0.41 + 0.93 * Math.abs(Math.sin(i / 9))),
      histogram
    };
  },
  proof: async ({ layer, position, channel }) => proofOf(layer, position, channel),
  valueChange: async ({ layer }) => changeBy(find(layer).inputs[0] ?? ''),
  channelCard: async ({ layer, channel }) => ({
    layer,
    channel,
    maker: find(layer).kind === 'conv' ? { layer, role: 'kernel' } : null,
    batchNorm: { layer: 'batch_normalization', gamma: 1.25, beta: -0.5, mean: channel / 100, variance: 0.04 },
    readers:
      find('conv2d_1' in byName ? 'conv2d_1' : layer).name === 'conv2d_1' && layer !== 'conv2d_1'
        ? [
            {
              layer: 'conv2d_1',
              of: 64,
              filters: [7, 3, 60, 1, 0].map((filter, at) => ({ filter, strength: 0.5 - at / 10 }))
            }
          ]
        : [],
    end: layer === 'dense' ? 'it leaves the network here' : null
  }),
  graphLayout: async () => {
    const rows = opened.summary.layers.slice(0, 300);
    const place = new Map(rows.map((row, index) => [row.name, index * 60 + 30]));
    return {
      width: 220,
      height: rows.length * 60,
      nodes: rows.map((row, index) => ({ layer: row.id, x: 110, y: index * 60 + 30, width: 160, height: 30 })),
      edges: rows.flatMap((row) =>
        row.inputs.map((from) => ({
          from,
          to: row.id,
          points: [
            [110, (place.get(from) ?? 0) + 15],
            [110, (place.get(row.name) ?? 0) - 15]
          ] as const
        }))
      )
    };
  },
  // Every other drop is of something that cannot be an input.
  resolveDrop: async ({ uris }) => {
    const found = uris.find((uri) => uri.endsWith('.png'));
    return found === undefined ? null : { path: new URL(found).pathname };
  },
  pickLabels: async () => ({ path: '/names.txt' }),
  loadWeights: async () => null,
  labels: async () => ({
    choices: [
      { id: 'digits', title: 'Digits 0 to 9', count: 10, fits: true },
      { id: 'imagenet', title: 'ImageNet', count: 1000, fits: false }
    ],
    inUse: labels
  }),
  setLabels: async ({ labels: chosen }) => {
    const names = chosen?.kind === 'list' ? chosen.names : Array.from({ length: 10 }, (_, i) => `name ${i}`);
    if (names.length !== 10) {
      const problem = `there are ${names.length} of them, the network tells 10 classes apart`;
      throw new RequestFailure({ kind: 'input', problem: { file: 'class names', problem, remedy: 'Give ten' } });
    }
    labels = chosen === null ? null : { names, assumed: null };
    return { names: labels?.names ?? null };
  },
  ...fakePooling,
  ...fakeDropout,
  ...fakeNormalization(scenario === 'random', (width, height, seed) => wave(width, height, seed, true)),
  openCompared: async () => ({ opened: { ...opened, model: 'second' }, title: 'plain.keras' }),
  ...fakeWhy(
    opened.summary.layers.filter((row) => (row.outputShape?.length ?? 0) > 2).map((row) => row.id),
    (width, height, seed) => wave(width, height, seed, true)
  ),
  ...fakeFeatures(scenario, (seed) => wave(28, 28, seed, true)),
  ...fakeTraining(scenario),
  ...fakeExperiments(scenario, opened)
};

const toHost = new EventTarget();
const channel = new Channel<Record<string, never>, Requests, PanelEvents, Record<string, never>>(
  {
    send: (message) => window.postMessage(structuredClone(message), '*'),
    onMessage: (receive) =>
      toHost.addEventListener('message', (event) => receive((event as CustomEvent<unknown>).detail))
  },
  answers as Handlers<Requests>
);

const api = {
  postMessage: (message: unknown) => {
    const detail: unknown = structuredClone(message);
    if (typeof detail === 'object' && detail !== null && 'method' in detail) {
      asked.push(String(detail.method));
      given.push(detail);
    }
    queueMicrotask(() => toHost.dispatchEvent(new CustomEvent('message', { detail })));
  },
  getState: () => saved,
  setState: (state: unknown) => {
    saved = state;
    sessionStorage.setItem('state', JSON.stringify(state));
  }
};
Object.assign(window, { acquireVsCodeApi: () => api, fakeHost: { emit: channel.emit.bind(channel), asked, given } });
