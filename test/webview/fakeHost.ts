/**
 * Stands where VS Code stands: gives the page `acquireVsCodeApi` and answers the panel's requests over the real channel
 * with made-up data. The scenario is the page's `?scenario=`.
 */
import type { LayerRow } from '../../src/core/summary';
import type { HandlerContext, Handlers } from '../../src/protocol/rpc';
import type { HostRequests, PanelEvents, PanelState } from '../../src/protocol/panel';
import { Channel, RequestFailure } from '../../src/protocol/rpc';
import type {
  Histogram,
  PixelProof,
  Pixels,
  Preprocessing,
  Statistics,
  Tiles,
  WorkerRequests
} from '../../src/protocol/requests';
import { fakeModel } from './fakeModels';
import { fakeWhy } from './fakeWhy';

const query = new URLSearchParams(location.search);
const scenario = query.get('scenario') ?? 'digits';
const opened = fakeModel(scenario);
const asked: string[] = [];
let saved: unknown = JSON.parse(sessionStorage.getItem('state') ?? 'null');
let failures = scenario === 'error' || scenario === 'crash' || scenario === 'notModel' ? 1 : 0;

const statistics: Statistics = {
  count: 288,
  min: -0.41,
  max: 0.52,
  mean: 0.012,
  meanAbs: 0.13,
  std: 0.17,
  zeros: 0.1,
  notFinite: 0
};
const histogram: Histogram = {
  edges: Array.from({ length: 41 }, (_, i) => -0.5 + i * 0.025),
  counts: Array.from({ length: 40 }, (_, i) => Math.round(600 * Math.exp(-(((i - 20) / 8) ** 2))))
};
const preprocessing: Preprocessing = { fit: 'stretch', normalization: '0..1', colour: 'gray', invert: false };

function wave(width: number, height: number, seed: number, grey = false): Pixels {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value =
        0.5 + 0.5 * Math.sin(seed * 1.7 + (x * (1 + (seed % 3))) / 2) * Math.cos((y * (1 + (seed % 4))) / 2);
      const at = 4 * (y * width + x);
      rgba[at] = grey ? value * 255 : 40 + value * 200;
      rgba[at + 1] = grey ? value * 255 : 60 + value * 120;
      rgba[at + 2] = grey ? value * 255 : 250 - value * 200;
      rgba[at + 3] = 255;
    }
  }
  return { width, height, rgba };
}

function find(id: string): LayerRow {
  const row = opened.summary.layers.find((layer) => layer.id === id);
  if (row === undefined) throw new Error(`no layer ${id}`);
  return row;
}

function sizes(id: string): number[] {
  return (find(id).outputShape ?? []).slice(1).map((size) => size ?? 1);
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

type Answers = {
  readonly [K in keyof (HostRequests & WorkerRequests) as string extends K ? never : K]?: (
    params: (HostRequests & WorkerRequests)[K]['params'],
    context: HandlerContext
  ) => Promise<(HostRequests & WorkerRequests)[K]['result']>;
};

async function openSubject(): Promise<typeof opened> {
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
  return { layer, position, channel, runtimeValue, tolerance: 1e-6, steps, receptiveField: [4, 5, 9, 10] };
};

const answers: Answers = {
  ready: async () => ({
    subject: { kind: 'file', path: '/m.keras', title: 'm.keras' },
    state: (saved ?? {}) as Partial<PanelState>,
    settings: { explanations: true, reduceMotion: false, followCursor: true, l10n: {} }
  }),
  open: openSubject,
  retry: openSubject,
  saveState: async (state) => {
    sessionStorage.setItem('state', JSON.stringify(state));
    return null;
  },
  pickInput: async () => ({ path: '/digit.png' }),
  copyText: async () => null,
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
      display: 'planes',
      statistics,
      histogram,
      limit: 0.52,
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
  kernelNumbers: async () => ({ size: [3, 3], values: Float32Array.from({ length: 9 }, (_, i) => (i - 4) / 10) }),
  samples: async () =>
    ['seven', 'three', 'cat'].map((id, index) => ({
      id,
      title: id,
      fits: index < 2,
      thumbnail: wave(28, 28, index + 2, true)
    })),
  setInput: async ({ source, preprocessing: chosen }) => ({
    input: 0,
    label: source.kind === 'sample' ? source.id : source.kind,
    preview: wave(28, 28, 3, true),
    statistics,
    preprocessing: chosen ?? preprocessing,
    reason: 'the first layer rescales nothing, so 0 … 1 is likely',
    originalSize: [28, 28]
  }),
  comparePresets: async () =>
    (['0..1', '-1..1', '0..255'] as const).map((normalization, index) => ({
      preprocessing: { ...preprocessing, normalization },
      preview: wave(28, 28, 3, true),
      top: [{ index: 7, label: '7', value: 0.98 - index / 4 }]
    })),
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
            : ({ kind: 'map', channel: index % 32, pixels: wave(26, 26, index), range } as const);
      progress({
        share: index / layers.length,
        message: row.name,
        partial: { layer: row.id, occurrence: 0, shape, statistics, picture }
      });
    }
    const values = Float32Array.from({ length: 10 }, (_, i) => (i === 7 ? 0.982 : 0.002));
    const top = [7, 1, 9].map((index) => ({ index, label: String(index), value: values[index] ?? 0 }));
    return {
      run: 1,
      engine: 'wasm',
      milliseconds: 12,
      outputs: [{ kind: 'classes', name: 'dense', values, probabilities: true, top }],
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
  setLabels: async () => ({ names: null }),
  ...fakeWhy(
    opened.summary.layers.filter((row) => (row.outputShape?.length ?? 0) > 2).map((row) => row.id),
    (width, height, seed) => wave(width, height, seed, true)
  )
};

const toHost = new EventTarget();
const channel = new Channel<Record<string, never>, HostRequests & WorkerRequests, PanelEvents, Record<string, never>>(
  {
    send: (message) => window.postMessage(structuredClone(message), '*'),
    onMessage: (receive) =>
      toHost.addEventListener('message', (event) => receive((event as CustomEvent<unknown>).detail))
  },
  answers as Handlers<HostRequests & WorkerRequests>
);

const api = {
  postMessage: (message: unknown) => {
    const detail: unknown = structuredClone(message);
    if (typeof detail === 'object' && detail !== null && 'method' in detail) asked.push(String(detail.method));
    queueMicrotask(() => toHost.dispatchEvent(new CustomEvent('message', { detail })));
  },
  getState: () => saved,
  setState: (state: unknown) => {
    saved = state;
    sessionStorage.setItem('state', JSON.stringify(state));
  }
};
Object.assign(window, { acquireVsCodeApi: () => api, fakeHost: { emit: channel.emit.bind(channel), asked } });
