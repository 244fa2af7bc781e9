/** Made-up answers to the requests about why a network answers as it does. */
import type { Pixels } from '../../src/protocol/values';
import type { HandlerContext } from '../../src/protocol/rpc';
import type { AnswerSpread, AttributionAsk, AttributionMap, WhyRequests } from '../../src/protocol/why';

type Named = { readonly [K in keyof WhyRequests as string extends K ? never : K]: WhyRequests[K] };
type Answers = {
  readonly [K in keyof Named]?: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

function spot(side: number, seed: number, alpha: boolean): Pixels {
  const rgba = new Uint8Array(4 * side * side);
  for (let i = 0; i < side * side; i++) {
    const near = Math.exp(-(((i % side) - side / 2 - seed) ** 2 + (Math.floor(i / side) - side / 2) ** 2) / side);
    rgba.set([255 * near, 80 + 100 * near, 120, alpha ? 255 * near : 255], 4 * i);
  }
  return { width: side, height: side, rgba };
}

function mapOf({ method, score }: AttributionAsk, index: number): AttributionMap {
  const signed = method === 'integrated' || method === 'occlusion';
  return {
    index,
    label: String(index),
    score: score === 'logit' ? 8.25 : 0.982,
    size: [7, 7],
    values: Float32Array.from({ length: 49 }, (_, i) => (i === 24 ? 1 : 0.1)),
    range: { min: signed ? -1 : 0, max: 1 },
    colormap: signed ? 'diverging' : 'viridis',
    raw: spot(7, index % 3, false),
    heat: spot(28, index % 3, true),
    brightestTenth: 0.52,
    covered: { top: 10, left: 10, height: 6, width: 6, before: 0.982, after: 0.41 },
    completeness: method === 'integrated' ? { sum: 8.2, expected: 8.25 } : null
  };
}

const spread = (draws: number, agreeing: number): AnswerSpread => ({
  draws,
  probabilities: true,
  kind: 'classes',
  agreeing,
  entries: [7, 1].map((index) => ({
    index,
    label: String(index),
    still: index === 7 ? 0.98 : 0.01,
    values: Float32Array.from({ length: draws }, (_, i) => (index === 7 ? 0.98 - i / 90 : i / 90)),
    mean: index === 7 ? 0.83 : 0.15,
    deviation: 0.09
  }))
});

export function fakeWhy(
  layers: readonly string[],
  windowed: (width: number, height: number, seed: number) => Pixels
): Answers {
  return {
    whyTargets: async () => ({
      outputs: ['dense_1', 'dense_2'],
      targets: [7, 1, 9].map((index) => ({ index, label: String(index), value: index === 7 ? 0.982 : 0.01 })),
      kind: 'classes',
      probabilities: true,
      layers: layers.map((layer) => ({ layer, calls: 2, lastCall: 1, size: [13, 13] })),
      lastMaps: layers.at(-1) ?? null,
      dropoutLayers: 1
    }),
    attribution: async ({ classes, ...ask }) => ({
      input: windowed(28, 28, 3),
      maps: classes.map((index) => mapOf(ask, index))
    }),
    sanityCheck: async (ask) => ({ map: mapOf(ask, ask.class), similarity: 0.12 }),
    shakeWeights: async ({ draws, sigma }, { progress }) => {
      progress({ share: 0, message: `1 / ${String(draws)}`, partial: { noise: spread(1, 1), masks: spread(1, 1) } });
      if (sigma > 0.5) await new Promise((resolve) => setTimeout(resolve, 1500));
      return { noise: spread(draws, draws - 2), masks: spread(draws, draws) };
    },
    maximise: async ({ steps }, { progress, signal }) => {
      const picture = { pixels: windowed(28, 28, 5), range: { min: 0, max: 1 } };
      progress({ share: 0.5, message: 'half', partial: { ...picture, activations: [0.1, 0.5] } });
      // Long work waits to be cancelled.
      if (steps >= 500) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
      return { ...picture, activations: Array.from({ length: steps + 1 }, (_, i) => 0.1 + i / 10) };
    },
    excitingPictures: async ({ count }) => ({
      dataSet: 'Digits',
      looked: count,
      pictures: Array.from({ length: 9 }, (_, index) => ({
        index,
        value: 6 - index / 4,
        preview: windowed(28, 28, index),
        window: [4, 5, 12, 13] as const,
        crop: windowed(8, 8, index)
      }))
    })
  };
}
