/** Answers to the requests about normalisation: made-up activations, normalised by the real arithmetic. */
import { planOf } from '../../src/analyses/normalization/plan';
import { normalizeAll, stagesOf, unitStatistics, usedStatistics } from '../../src/analyses/normalization/stages';
import {
  areInitial,
  channelHistograms,
  largestDifference,
  oneChannel,
  outlierLimits,
  outliersOf
} from '../../src/analyses/normalization/xray';
import type { AnswerChange } from '../../src/protocol/answer';
import type {
  AnswerScore,
  BatchFacts,
  LayerBatch,
  NormalizationRequests,
  StatisticsMode
} from '../../src/protocol/effects/normalization';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { Pixels } from '../../src/protocol/values';
import { BATCH_NORM } from '../unit/core/builder';

type Named = {
  readonly [K in keyof NormalizationRequests as string extends K ? never : K]: NormalizationRequests[K];
};
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const channels = 32;
const edge = 26;
const noPause = () => Promise.resolve();
const gamma = Float32Array.from({ length: channels }, (_, c) => (c === 5 ? 0.0002 : 0.6 + (c % 7) / 10));
const beta = Float32Array.from({ length: channels }, (_, c) => (c % 5) / 10 - 0.2);

async function layerOf(size: number, mode: StatisticsMode, random: boolean) {
  const shape = [size, edge, edge, channels];
  const x = Float32Array.from({ length: size * edge * edge * channels }, (_, i) => {
    const c = i % channels;
    return 0.4 * c + (1 + c / 20) * Math.sin(i * 0.37 + Math.floor(i / 20_000)) + (i % 11) / 9;
  });
  const plan = planOf(BATCH_NORM, shape, 'channelsLast');
  const own = await unitStatistics(plan, x);
  // Two channels drifted since training.
  const drift = (c: number) => (c === 3 ? 2.5 : c === 11 ? -1.5 : 0.02);
  const parameters = {
    gamma: random ? gamma.map(() => 1) : gamma,
    beta: random ? beta.map(() => 0) : beta,
    mean: random ? gamma.map(() => 0) : Float32Array.from(own.mean, (mean, c) => mean + drift(c)),
    variance: random ? gamma.map(() => 1) : Float32Array.from(own.variance, (variance) => variance * 1.05)
  };
  const used = usedStatistics(plan, own, parameters, mode);
  const { normalized, result } = await normalizeAll(plan, stagesOf(plan, used, parameters), x);
  return { shape, plan, own, used, parameters, stages: [x, normalized, result] as const };
}

function facts(size: number): BatchFacts {
  return { title: 'Digits', asked: size, size, distinct: size };
}

function change(flipped: boolean, probabilities: boolean): AnswerChange {
  const entry = (index: number, before: number, after: number) => ({ index, label: String(index), before, after });
  const scale = probabilities ? 1 : 9;
  return {
    entries: [entry(7, 0.98 * scale, (flipped ? 0.21 : 0.94) * scale), entry(3, 0.01, (flipped ? 0.7 : 0.04) * scale)],
    probabilities,
    kind: 'classes',
    flipped,
    largestDifference: (flipped ? 0.77 : 0.04) * scale
  };
}

const score = (accuracy: number, same: number, moved: number): AnswerScore => ({ accuracy, same, change: moved });

/** @param random whether the weights were never trained; @param picture of a size and a seed */
export function fakeNormalization(
  random: boolean,
  picture: (width: number, height: number, seed: number) => Pixels
): Answers {
  const xrayMode = (mode: StatisticsMode | null) => mode ?? (random ? 'batch' : 'moving');
  const pixelOf = async (
    ask: LayerBatch & { channel: number; sample: number; pixel: readonly [number, number] | null }
  ) => {
    const { plan, used, parameters, stages } = await layerOf(Math.min(4, ask.size), ask.mode, random);
    const [row, column] = ask.pixel ?? [3, 4];
    const at = Math.min(ask.sample, 3) * plan.sampleSize + (row * edge + column) * channels + ask.channel;
    const variance = used.variance[ask.channel] ?? 0;
    const value = stages[2][at] ?? 0;
    return {
      plan,
      stages,
      pixel: {
        sample: ask.sample,
        position: [row, column] as const,
        x: stages[0][at] ?? 0,
        mean: used.mean[ask.channel] ?? 0,
        variance,
        deviation: Math.sqrt(variance + plan.epsilon),
        normalized: stages[1][at] ?? 0,
        gamma: parameters.gamma[ask.channel] ?? 0,
        beta: parameters.beta[ask.channel] ?? 0,
        value,
        runtime: value
      }
    };
  };
  return {
    normalizationXray: async ({ size, mode: asked }) => {
      const mode = xrayMode(asked);
      const { shape, plan, own, parameters, stages } = await layerOf(Math.min(4, size), mode, random);
      return {
        form: 'batch',
        mode,
        initialStatistics: areInitial(parameters),
        tracks: true,
        batch: facts(size),
        shape,
        channels,
        groups: 1,
        epsilon: plan.epsilon,
        units: plan.units,
        valuesPerUnit: plan.valuesPerUnit,
        ...(await channelHistograms(plan, stages, noPause)),
        mean: Float32Array.from(own.mean),
        variance: Float32Array.from(own.variance),
        moving: { mean: parameters.mean, variance: parameters.variance },
        gamma: parameters.gamma,
        beta: parameters.beta,
        perChannel: true,
        outliers: outliersOf(own, parameters, plan.epsilon),
        outlierLimits,
        nearZero: random ? [] : [5],
        nearZeroLimit: 0.001,
        runtimeDifference: largestDifference(stages[2], stages[2])
      };
    },
    normalizationChannel: async (ask) => {
      const { plan, stages, pixel } = await pixelOf(ask);
      return {
        ...oneChannel(plan, stages, ask.channel),
        before: picture(edge, edge, ask.channel),
        after: picture(edge, edge, ask.channel + 1),
        beforeRange: { min: -2, max: 2 },
        afterRange: { min: -1, max: 1 },
        slice: 0,
        slices: 1,
        pixel
      };
    },
    normalizationModes: async () => ({
      batch: facts(32),
      classes: true,
      moving: score(0.97, 1, 0),
      leftOut: [128],
      sizes: [1, 2, 8, 32].map((size) => ({
        size,
        score: score(0.97 - 0.4 / size, 1 - 0.5 / size, 0.4 / size),
        answer: change(size < 8, true),
        logits: change(size < 8, false)
      }))
    }),
    normalizationShift: async ({ shift, twin }) => ({
      batch: facts(32),
      batchSize: 32,
      classes: true,
      points: [0, 0.2, 0.4, 0.6, 0.8, 1].map((strength) => ({
        strength,
        preview: picture(28, 28, strength),
        moving: score(0.97 - 0.7 * strength, 1 - 0.7 * strength, strength),
        batch: score(0.96 - (shift === 'inverted' ? 0.9 : 0.1) * strength, 1 - 0.1 * strength, strength),
        folded: score(0.97 - 0.7 * strength, 1 - 0.7 * strength, strength),
        twin: twin === null ? null : score(0.95 - 0.3 * strength, 1 - 0.3 * strength, strength)
      })),
      folded: { folded: 1, total: 1, largestDifference: 2e-7 },
      twin: twin === null ? null : { fits: true, name: 'plain' }
    }),
    normalizationTweak: async ({ changes, channel }) => ({
      answer: changes.length === 0 ? { ...change(false, true), largestDifference: 0 } : change(true, true),
      logits: null,
      before: picture(edge, edge, channel),
      after: picture(edge, edge, channel + (changes[0]?.gamma ?? 0)),
      range: { min: -2, max: 2 },
      slice: 0,
      slices: 1,
      milliseconds: 3
    }),
    normalizationFold: async ({ channel: asked }) => {
      const channel = asked ?? 2;
      const scale = gamma.map((value) => value / 2);
      const plane = Float32Array.from({ length: 9 }, (_, i) => (i - 4) / 20);
      return {
        kind: 'yes',
        into: 'conv2d',
        hadBias: false,
        role: 'kernel',
        kernelShape: [3, 3, 1, channels],
        scale,
        biasBefore: gamma.map(() => 0),
        biasAfter: beta,
        channel,
        planes: [{ input: 0, before: plane, after: plane.map((value) => value * (scale[channel] ?? 1)) }],
        planeSize: [3, 3],
        largestKernelChange: 0.31,
        batch: facts(32),
        layerDifference: 7e-7,
        largestLayerValue: 6.2,
        outputDifference: 1.2e-7
      };
    },
    signalDepth: async ({ seed }) => ({
      batch: facts(8),
      layers: ['conv2d', 'batch_normalization', 'max_pooling2d', 'dense'].map((name, i) => ({
        id: name,
        name,
        kind: i === 1 ? 'batchNorm' : i === 3 ? 'dense' : 'conv'
      })),
      lines: [false, true].flatMap((normalized) =>
        [0.1, 1, 10].map((scale) => ({
          scale,
          normalized,
          deviations: Float32Array.from(
            { length: 4 },
            (_, i) => (normalized ? 1 + scale / 20 : scale ** (i + 1)) + seed / 100
          )
        }))
      ),
      twin: 'removed',
      normalizations: 1,
      trained: !random,
      seed
    })
  };
}
