import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINEAR, RELU } from '../../src/core/activation';
import type { KindOf } from '../../src/core/layerKind';
import type { DenseTensor } from '../../src/core/tensor';
import { mapView, type MapView } from '../../src/analyses/maps';
import { energyKept, keptShare, poolMap } from '../../src/analyses/pooling/pooled';
import { Tracer } from '../../src/analyses/pooling/provenance';
import { movementOf, movementUnder, shiftInput } from '../../src/analyses/pooling/shift';
import { swappedPooling } from '../../src/analyses/pooling/swap';
import { poolingAxes } from '../../src/analyses/pooling/windows';
import { contributions } from '../../src/analyses/steps/contributions';
import { convolveByHand } from '../../src/analyses/steps/ownKernel';
import { convolutionAxes } from '../../src/analyses/steps/slide';
import type { Engine, PreparedNetwork } from '../../src/engine/engine';
import { valueKey, type Experiment } from '../../src/engine/experiment';
import { createEngine } from '../../src/engine/select';
import type { Movement, PoolChoice } from '../../src/protocol/effects/pooling';
import { conv, pool } from '../unit/core/builder';
import { graphOf, layer, modelOf, weight } from '../unit/engine/models';

interface PoolCase {
  readonly rank: 1 | 2 | 3;
  readonly size: number[];
  readonly kernel: number[];
  readonly stride: number[];
  readonly pad: number[];
  readonly dilation: number[];
  readonly ceil: boolean;
  readonly values: number[];
  readonly outputs: number[];
  readonly max: number[];
  readonly winners: number[];
  readonly keptByMax: number;
  readonly average?: number[];
  readonly averagePadded?: number[];
  readonly keptByAverage?: number;
  readonly keptByPadded?: number;
}

interface Fixture {
  readonly pools: readonly PoolCase[];
  readonly network: {
    readonly input: number[];
    readonly weights: Readonly<Record<string, number[]>>;
    readonly epsilon: number;
    readonly pool2: number[];
    readonly dense: number[];
    readonly traces: readonly {
      readonly channel: number;
      readonly cell: number;
      readonly winners: readonly [number, number];
      readonly pixel: readonly [number, number, number];
      readonly share: number;
    }[];
    readonly swaps: readonly { readonly name: string; readonly pool1: number[]; readonly dense: number[] }[];
    readonly shifts: readonly {
      readonly down: number;
      readonly right: number;
      readonly relu: Movement;
      readonly pool1: Movement;
      readonly average: Movement;
      readonly first: Movement;
      readonly dense: number[];
    }[];
  };
  readonly contributions: readonly {
    readonly size: readonly [number, number];
    readonly stride: number;
    readonly pad: number;
    readonly dilation: number;
    readonly values: number[];
    readonly kernels: number[];
    readonly outputs: readonly [number, number];
    readonly weights: number[];
  }[];
  readonly convolutions: readonly {
    readonly height: number;
    readonly width: number;
    readonly size: number;
    readonly stride: number;
    readonly dilation: number;
    readonly padding: 'valid' | 'same';
    readonly values: number[];
    readonly kernel: number[];
    readonly outputs: number[];
    readonly out: number[];
  }[];
}

const file = path.join(__dirname, '../fixtures/pooling/pooling.json');
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? Number.NaN))), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe('one map pooled by hand equals PyTorch', () => {
  it.each(fixture.pools.map((one) => [`${String(one.size)} by ${String(one.kernel)}`, one] as const))(
    '%s',
    (_, one) => {
      const kind: KindOf<'pool'> = pool('max', one.kernel, {
        strides: one.stride,
        dilation: one.dilation,
        ceilMode: one.ceil,
        padding: { type: 'explicit', pads: one.pad.map((pad) => [pad, pad] as const), mode: 'zeros' }
      });
      const values = Float32Array.from(one.values);
      const axes = poolingAxes(kind, one.size, one.outputs);
      const pooled = poolMap(values, axes, 'max', false);
      expectClose(pooled.outputs, one.max);
      expect([...pooled.winners]).toEqual(one.winners);
      expect(keptShare([energyKept(values, axes, pooled, 'max')])).toBeCloseTo(one.keptByMax, 6);
      for (const [include, expected, kept] of [
        [false, one.average, one.keptByAverage],
        [true, one.averagePadded, one.keptByPadded]
      ] as const) {
        if (expected === undefined) continue;
        const mean = poolMap(values, axes, 'average', include);
        expectClose(mean.outputs, expected);
        if (kept !== undefined)
          expect(keptShare([energyKept(values, axes, mean, 'average')])).toBeCloseTo(Math.max(0, kept), 6);
      }
    }
  );
});

describe('a kernel made by hand equals conv2d', () => {
  it.each(fixture.convolutions)('$height x $width, size $size, stride $stride, dilation $dilation, $padding', (one) => {
    const found = convolveByHand(Float32Array.from(one.values), [one.height, one.width], one);
    expect(found?.output.size).toEqual([1, ...one.outputs]);
    expectClose(found?.output.values ?? [], one.out);
  });

  it('says when the window does not fit', () => {
    const shape = { size: 5, kernel: Array.from({ length: 25 }, () => 1), stride: 1, dilation: 3 };
    expect(convolveByHand(new Float32Array(64), [8, 8], { ...shape, padding: 'valid' })).toBeNull();
  });
});

describe('what each input channel gives to a map equals conv2d of that channel alone', () => {
  it.each(fixture.contributions)('$size, stride $stride, padding $pad, dilation $dilation', (one) => {
    const kind = conv(1, [3, 3], {
      strides: [one.stride, one.stride],
      dilation: [one.dilation, one.dilation],
      padding: { type: 'explicit', pads: [one.pad, one.pad].map((pad) => [pad, pad] as const), mode: 'zeros' }
    });
    const input = mapView({ shape: [1, 3, ...one.size], data: Float32Array.from(one.values) }, 'channelsFirst');
    const planes = [0, 1, 2].map((channel) => ({
      channel,
      kernel: Float32Array.from(one.kernels.slice(9 * channel, 9 * channel + 9))
    }));
    const found = contributions(planes, input, convolutionAxes(kind, one.size, one.outputs));
    const ordered = [...found].sort((a, b) => a.channel - b.channel).map(({ weight: own }) => own);
    expectClose(ordered, one.weights, 1e-4);
    expect(found.map(({ weight: own }) => own)).toEqual([...ordered].sort((a, b) => b - a));
  });
});

const { network } = fixture;
const first = pool('max', [2, 2], { dataFormat: 'channelsFirst' });
const second = pool('max', [3, 3], {
  strides: [2, 2],
  dataFormat: 'channelsFirst',
  padding: {
    type: 'explicit',
    pads: [
      [1, 1],
      [1, 1]
    ],
    mode: 'zeros'
  }
});

function torchNetwork() {
  const held = (name: string) => Float32Array.from(network.weights[name] ?? []);
  const one = (role: 'gamma' | 'beta' | 'movingMean' | 'movingVariance' | 'bias', name: string, size: number) =>
    weight(role, 'none', [size], held(name));
  const kind = conv(4, [3, 3], {
    padding: {
      type: 'explicit',
      pads: [
        [1, 1],
        [1, 1]
      ],
      mode: 'zeros'
    },
    dataFormat: 'channelsFirst'
  });
  const steps = [
    { layer: layer('in', { kind: 'input', shape: [null, 2, 14, 14], dtype: 'float32' }), from: [] },
    {
      layer: layer('conv', kind, [
        weight('kernel', 'OIHW', [4, 2, 3, 3], held('conv.weight')),
        one('bias', 'conv.bias', 4)
      ]),
      from: [0]
    },
    {
      layer: layer(
        'bn',
        {
          kind: 'batchNorm',
          axis: 1,
          epsilon: network.epsilon,
          momentum: 0.9,
          center: true,
          scale: true,
          tracksStatistics: true
        },
        [
          one('gamma', 'bn.weight', 4),
          one('beta', 'bn.bias', 4),
          one('movingMean', 'bn.running_mean', 4),
          one('movingVariance', 'bn.running_var', 4)
        ]
      ),
      from: [1]
    },
    { layer: layer('relu', { kind: 'activation', activation: RELU }), from: [2] },
    { layer: layer('pool1', first), from: [3] },
    { layer: layer('drop', { kind: 'dropout', rate: 0.5, sharedAxes: [], seed: null }), from: [4] },
    { layer: layer('pool2', second), from: [5] },
    {
      layer: layer('flat', { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 }),
      from: [6]
    },
    {
      layer: layer('dense', { kind: 'dense', units: 5, useBias: true, activation: LINEAR }, [
        weight('kernel', 'OI', [5, 64], held('dense.weight')),
        one('bias', 'dense.bias', 5)
      ]),
      from: [7]
    },
    { layer: layer('softmax', { kind: 'activation', activation: { name: 'softmax', axis: -1 } }), from: [8] }
  ] as const;
  return modelOf(graphOf('net', steps, [9]), 'pytorch');
}

describe('the pooling view equals PyTorch', () => {
  const model = torchNetwork();
  const input: DenseTensor = { shape: [1, 2, 14, 14], data: Float32Array.from(network.input) };
  let engine: Engine;
  let prepared: PreparedNetwork;
  let values: ReadonlyMap<string, DenseTensor>;

  const pass = async (given: DenseTensor, experiment?: Experiment) => {
    const seen = new Map<string, DenseTensor>();
    const { outputs, stoppedAt } = await prepared.run([given], {
      mode: 'infer',
      seed: 1,
      experiment,
      onValue: async (value) => {
        seen.set(value.layer, await value.read());
      }
    });
    expect(stoppedAt).toBeNull();
    return { seen, answer: outputs[0]?.data ?? new Float32Array() };
  };
  const view = (from: ReadonlyMap<string, DenseTensor>, name: string): MapView =>
    mapView(from.get(name) ?? { shape: [1, 0], data: new Float32Array() }, 'channelsFirst');

  beforeAll(async () => {
    engine = await createEngine('cpu');
    prepared = await engine.prepare(model, { seed: 1 });
    const { seen, answer } = await pass(input);
    values = seen;
    expectClose(seen.get('pool2')?.data ?? [], network.pool2);
    expectClose(answer, network.dense);
  });
  afterAll(() => {
    prepared.dispose();
    engine.dispose();
  });

  it('follows every winner back through two poolings, dropout, ReLU, batch norm and the convolution', async () => {
    const tracer = new Tracer(model, (name) => Promise.resolve(view(values, name)), new AbortController().signal);
    for (const expected of network.traces) {
      const trace = await tracer.trace('pool2', 0, expected.channel, expected.cell);
      expect(trace.hops.map(({ layer: name }) => name)).toEqual(['pool2', 'drop', 'pool1', 'relu', 'bn', 'conv', 'in']);
      const at = (name: string, width: number) => {
        const [y = 0, x = 0] = trace.hops.find((hop) => hop.layer === name)?.position ?? [];
        return y * width + x;
      };
      expect([at('pool1', 7), at('relu', 14)]).toEqual(expected.winners);
      const [channel, ...position] = expected.pixel;
      expect(trace.end).toEqual({ kind: 'input', input: 0, channel, position });
      expect(trace.exact).toBe(false);
      expect(trace.hops.at(-1)).toMatchObject({ reason: 'largestTerm', share: expect.closeTo(expected.share, 4) });
    }
  });

  const choices: Readonly<Record<string, PoolChoice>> = {
    'average 2': { operation: 'average', size: null },
    'max 3': { operation: 'max', size: 3 },
    'average 3': { operation: 'average', size: 3 },
    first: { operation: 'first', size: null }
  };

  it.each(network.swaps)('puts $name in the place of the first pooling', async ({ name, pool1, dense }) => {
    const kind = swappedPooling(first, choices[name] ?? { operation: 'max', size: null }, [14, 14]);
    if (kind === null) throw new Error('no such variant');
    const relu = values.get('relu');
    if (relu === undefined) throw new Error('no value of relu');
    const { seen, answer } = await pass(input, {
      kinds: new Map([['pool1', kind]]),
      values: new Map([[valueKey('relu', 0), relu]])
    });
    expect(seen.has('conv')).toBe(false);
    expect(answer.length).toBe(5);
    expectClose(answer, dense);
    const whole = await pass(input, { kinds: new Map([['pool1', kind]]) });
    expectClose(whole.seen.get('pool1')?.data ?? [], pool1);
    expectClose(whole.answer, dense);
  });

  it.each(network.shifts)('moves the input by $down, $right', async (moved) => {
    const { down, right, relu, pool1, dense } = moved;
    const { seen, answer } = await pass(shiftInput(input, down, right, true));
    expectClose(answer, dense);
    const channels = [0, 1, 2, 3];
    const under = (operation: 'average' | 'first') => {
      const kind = swappedPooling(first, { operation, size: null }, [14, 14]);
      if (kind === null) throw new Error('no such variant');
      return movementUnder(kind, view(values, 'relu'), view(seen, 'relu'), poolingAxes(kind, [14, 14], [7, 7]));
    };
    for (const [found, expected] of [
      [movementOf(view(values, 'relu'), view(seen, 'relu'), channels), relu],
      [movementOf(view(values, 'pool1'), view(seen, 'pool1'), channels), pool1],
      [under('average'), moved.average],
      [under('first'), moved.first]
    ] as const) {
      expect(found.plain).toBeCloseTo(expected.plain ?? Number.NaN, 4);
      expect(found.aligned).toBeCloseTo(expected.aligned ?? Number.NaN, 4);
      expect(found.shift).toEqual(expected.shift);
    }
  });
});
