/** Answers to the requests about dropout and reliance: made-up values under masks drawn by the real generator. */
import { applyNoise, drawNoise, isDropped, type NoiseKind } from '../../src/core/noise';
import { createRandom, seedFor } from '../../src/core/random';
import type { AnswerChange } from '../../src/protocol/answer';
import type { DropoutRequests, MaskPanel, RelianceCurves } from '../../src/protocol/effects/dropout';
import type { HandlerContext } from '../../src/protocol/rpc';
import { wave } from './fakeValues';

type Asked = DropoutRequests;
type Named = { readonly [K in keyof Asked as string extends K ? never : K]: Asked[K] };
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const edge = 13;
const maps = 32;
const shown = [0, 1, 2, 3, 6, 7, 10, 11];
const own = 0.25;

const before = Float32Array.from({ length: shown.length * edge * edge }, (_, i) => Math.abs(Math.sin(i / 7)) * 3);

const change = (after: number): AnswerChange => ({
  entries: [
    { index: 7, label: '7', before: 0.98, after },
    { index: 1, label: '1', before: 0.01, after: 0.99 - after }
  ],
  probabilities: true,
  kind: 'classes',
  flipped: after < 0.5,
  largestDifference: 0.98 - after
});

function panelOf(rate: number, seed: number): MaskPanel {
  const kind: NoiseKind = { kind: 'dropout', rate, sharedAxes: [], seed: null };
  const random = createRandom(seedFor(seed, 'dropout#0'));
  const noise = drawNoise(kind, [1, edge, edge, shown.length], [random]);
  const after = before.map((value, i) => applyNoise(kind, value, noise[i] ?? 0));
  const dropped = noise.reduce((sum, one) => sum + (isDropped(kind, one) ? 1 : 0), 0);
  const mean = after.reduce((sum, one) => sum + one, 0) / after.length;
  return { seed, noise, after, dropped, drawn: noise.length, mean, change: change(seed === 3 ? 0.4 : 0.9) };
}

/** Falls the later the stronger the network: the second model leans more. */
const curvesOf = (model: string, layer: string, first: boolean): RelianceCurves => {
  const off = Array.from({ length: 11 }, (_, i) => i / 10);
  const random = off.map((share) => 1 - share ** (first ? 3 : 1));
  return {
    model,
    layer,
    channels: maps,
    title: 'Digits',
    pictures: 100,
    measure: 'accuracy',
    off,
    random,
    randomRange: random.map((value) => [Math.max(0, value - 0.05), Math.min(1, value + 0.05)] as const),
    strongestFirst: off.map((share) => 1 - share ** (first ? 2 : 0.5)),
    orders: 3,
    few: { channels: 3, changed: 41 },
    batchNorm: first ? 'batch_normalization' : null,
    dropout: null
  };
};

export const fakeDropout: Answers = {
  maskTriptych: async ({ strength, held, next }) => {
    const rate = strength ?? own;
    return {
      kind: 'dropout',
      strength: rate,
      ownStrength: own,
      wholeMaps: false,
      channels: maps,
      size: [edge, edge],
      vector: false,
      shown,
      before,
      range: { min: 0, max: 8 },
      mean: before.reduce((sum, one) => sum + one, 0) / before.length,
      off: change(0.98),
      held: panelOf(rate, held),
      next: panelOf(rate, next),
      edges: null
    };
  },
  manyMasks: async ({ passes, seed, layer }, { progress }) => {
    progress({ share: 0.5, message: 'half' });
    return {
      passes,
      firstSeed: seed,
      layers: [layer ?? 'dropout'],
      probabilities: true,
      kind: 'classes',
      classes: [7, 1].map((index) => ({
        index,
        label: String(index),
        base: index === 7 ? 0.98 : 0.01,
        mean: index === 7 ? 0.9 : 0.08,
        std: 0.06,
        values: Float32Array.from({ length: passes }, (_, i) =>
          index === 7 ? 0.8 + (i % 20) / 100 : 0.2 - (i % 20) / 100
        )
      })),
      range: { min: 0, max: 1 },
      flipped: 4,
      entropy: 0.47,
      mutualInformation: 0.12,
      entropyLimit: Math.log2(10),
      outputs: 10
    };
  },
  picturesUnderMasks: async ({ strength, pictures }) => ({
    title: 'Digits',
    pictures,
    kind: 'classes',
    flipped: Math.round(pictures * (strength ?? own) * 0.4),
    right: { off: 99, on: 90, of: 100 }
  }),
  leastSure: async ({ pictures, passes }) => ({
    set: 'digits',
    title: 'Digits',
    pictures,
    passes,
    meanEntropy: 0.3,
    unsure: Array.from({ length: 14 }, (_, index) => ({
      index,
      preview: wave(28, 28, index, true),
      truth: index === 2 ? 3 : 7,
      answer: 7,
      answerLabel: '7',
      probability: 0.5 + index / 40,
      entropy: 1.5 - index / 10,
      mutualInformation: 0.2 + index / 20,
      agreement: 0.6
    })),
    wrong: { all: 4, amongUnsurest: 3, quarter: 25 }
  }),
  reliance: async ({ layer }) => ({
    layer,
    channels: maps,
    tried: maps,
    winner: 7,
    winnerLabel: '7',
    probabilities: true,
    kind: 'classes',
    base: 0.98,
    alone: Float32Array.from({ length: maps }, (_, i) => 0.98 - (i % 7) / 10),
    strength: Float32Array.from({ length: maps }, (_, i) => (i % 9) / 3),
    flips: Uint8Array.from({ length: maps }, (_, i) => (i % 7 === 6 ? 1 : 0)),
    order: Array.from({ length: maps }, (_, i) => (i * 5) % maps),
    together: Float32Array.from({ length: maps + 1 }, (_, i) => 0.98 * (1 - i / maps)),
    togetherFlips: Uint8Array.from({ length: maps + 1 }, (_, i) => (i > 16 ? 1 : 0))
  }),
  channelsOff: async ({ off }) => change(0.98 - off.length / 5),
  relianceCurves: async ({ model, layer }) => curvesOf(model, layer, model !== 'second'),
  channelCorrelation: async () => ({
    channels: Array.from({ length: 8 }, (_, i) => i * 3),
    values: Float32Array.from({ length: 64 }, (_, i) => (Math.floor(i / 8) === i % 8 ? 1 : Math.sin(i))),
    picture: wave(8, 8, 3),
    meanAbs: 0.31,
    samples: 12_100,
    constant: 0,
    title: 'Digits'
  }),
  camUnderMasks: async ({ model, layer, rate, seed, masks }) => ({
    model,
    layer,
    camLayer: 'conv2d_1',
    size: [11, 11],
    index: 7,
    label: '7',
    probabilities: true,
    channels: maps,
    rate,
    input: wave(28, 28, 3, true),
    maps: Array.from({ length: masks + 1 }, (_, i) => ({
      seed: i === 0 ? null : seed + i - 1,
      heat: wave(28, 28, i),
      range: { min: 0, max: 1 },
      similarity: i === 0 ? 1 : 0.6,
      value: 0.98 - i / 20,
      flipped: i === 4
    })),
    mean: wave(28, 28, 9),
    flipped: 1
  }),
  chooseFromSet: async ({ index }) => ({ pixels: wave(28, 28, index, true), label: `Digits ${String(index)}` })
};
