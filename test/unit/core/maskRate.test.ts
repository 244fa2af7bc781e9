import { describe, expect, it } from 'vitest';
import { channelMask } from '../../../src/analyses/dropout/channels';
import { drawNoise, gaussianDeviation, isDropped, type NoiseKind } from '../../../src/core/noise';
import { createRandom, seedFor } from '../../../src/core/random';

/**
 * Standard deviations that a count may lie from its mean. A fair generator fails one such bound with probability
 * 6.8e-6; about 420 bounds are asked here, so that all hold with probability 0.997. The seeds are fixed: a failure stays.
 */
const z = 4.5;
const seeds = Array.from({ length: 300 }, (_, i) => i + 1);
const layers = ['dropout#0', 'dropout_1#0', 'features/drop#0', 'features/drop#1', 'x#0'];
const rates = [0.05, 0.1, 0.25, 0.5, 0.8, 0.95];

const dropout = (sharedAxes: readonly number[], rate: number): NoiseKind => ({
  kind: 'dropout',
  rate,
  sharedAxes,
  seed: null
});
const alpha = (sharedAxes: readonly number[], rate: number): NoiseKind => ({
  kind: 'alphaDropout',
  rate,
  sharedAxes,
  seed: null
});

/** Each class of either framework: the value's shape, and how many entries its mask has. */
const classes = [
  ['Dropout (vector)', [1, 64], dropout, [], 64],
  ['Dropout (maps)', [1, 5, 6, 8], dropout, [], 240],
  ['SpatialDropout1D', [1, 9, 48], dropout, [1], 48],
  ['SpatialDropout2D', [1, 5, 6, 48], dropout, [1, 2], 48],
  ['SpatialDropout3D', [1, 3, 4, 2, 48], dropout, [1, 2, 3], 48],
  ['Dropout2d (channels first)', [1, 48, 5, 6], dropout, [2, 3], 48],
  ['AlphaDropout', [1, 64], alpha, [], 64],
  ['FeatureAlphaDropout', [1, 48, 5, 6], alpha, [2, 3], 48]
] as const;

const draw = (kind: NoiseKind, shape: readonly number[], seed: number, layer: string) =>
  drawNoise(kind, shape, [createRandom(seedFor(seed, layer))]);

const droppedOf = (kind: NoiseKind, values: Float32Array) =>
  values.reduce((sum, value) => sum + (isDropped(kind, value) ? 1 : 0), 0);

describe('the rate of masks', () => {
  it.each(classes)('of %s is the stated one, over seeds and layers', (_, shape, make, sharedAxes, entries) => {
    for (const rate of rates) {
      const kind = make(sharedAxes, rate);
      let all = 0;
      let odd = 0;
      let spread = 0;
      for (const layer of layers) {
        let ofLayer = 0;
        for (const seed of seeds) {
          const values = draw(kind, shape, seed, layer);
          if (values.length !== entries) odd++;
          const dropped = droppedOf(kind, values);
          ofLayer += dropped;
          spread += (dropped - entries * rate) ** 2 / (entries * rate * (1 - rate));
          // Survivors of a dropout are scaled by 1/(1 - rate), and nothing else is drawn.
          const kept = kind.kind === 'dropout' ? Math.fround(1 / (1 - rate)) : 1;
          if (!values.every((value) => value === 0 || value === kept)) odd++;
        }
        const drawn = entries * seeds.length;
        const bound = z * Math.sqrt(drawn * rate * (1 - rate));
        expect(Math.abs(ofLayer - drawn * rate), `${layer} at ${String(rate)}`).toBeLessThanOrEqual(bound);
        all += ofLayer;
      }
      expect(odd).toBe(0);
      const masks = seeds.length * layers.length;
      const drawn = entries * masks;
      expect(Math.abs(all - drawn * rate), `rate ${String(rate)}`).toBeLessThanOrEqual(
        z * Math.sqrt(drawn * rate * (1 - rate))
      );
      // Counts of single masks spread as the binomial distribution's: entries of one mask do not hang together. The
      // sum of squared z has mean 1 and variance 2 + (1 - 6 p (1 - p)) / (n p (1 - p)) a mask.
      const variance = 2 + (1 - 6 * rate * (1 - rate)) / (entries * rate * (1 - rate));
      expect(Math.abs(spread - masks), `spread at ${String(rate)}`).toBeLessThanOrEqual(
        z * Math.sqrt(masks * variance)
      );
    }
  });

  it('falls on every channel alike, and on each apart from its neighbours, other seeds and other layers', () => {
    const rate = 0.3;
    const kind = dropout([], rate);
    const size = 64;
    const masks = layers.map((layer) => seeds.map((seed) => draw(kind, [1, size], seed, layer)));
    const gone = (layer: number, seed: number, unit: number) => (masks[layer]?.[seed]?.[unit] === 0 ? 1 : 0);
    const pairs = seeds.length - 1;
    const sums = { neighbour: 0, seed: 0, layer: 0 };
    for (let unit = 0; unit < size; unit++) {
      let dropped = 0;
      for (let s = 0; s < seeds.length; s++) dropped += gone(0, s, unit);
      const bound = z * Math.sqrt(seeds.length * rate * (1 - rate));
      expect(Math.abs(dropped - seeds.length * rate), `unit ${String(unit)}`).toBeLessThanOrEqual(bound);
      for (let s = 0; s < pairs; s++) {
        const own = gone(0, s, unit) - rate;
        sums.neighbour += own * (gone(0, s, (unit + 1) % size) - rate);
        sums.seed += own * (gone(0, s + 1, unit) - rate);
        sums.layer += own * (gone(1, s, unit) - rate);
      }
    }
    // A sum of products of independent entries has the deviation p (1 - p) sqrt(n).
    const bound = z * rate * (1 - rate) * Math.sqrt(size * pairs);
    for (const [what, sum] of Object.entries(sums)) expect(Math.abs(sum), what).toBeLessThanOrEqual(bound);
  });

  it('and the deviation of Gaussian noise are the stated ones', () => {
    const shape = [1, 400];
    const count = 400 * seeds.length;
    for (const strength of [0.1, 0.5, 0.8]) {
      const factor: NoiseKind = { kind: 'gaussianDropout', rate: strength, seed: null };
      const addend: NoiseKind = { kind: 'gaussianNoise', stddev: strength, seed: null };
      for (const [kind, mean, deviation] of [
        [factor, 1, gaussianDeviation(strength)],
        [addend, 0, strength]
      ] as const) {
        let sum = 0;
        let squares = 0;
        for (const seed of seeds) {
          for (const value of draw(kind, shape, seed, 'g#0')) {
            sum += value - mean;
            squares += (value - mean) ** 2;
          }
        }
        expect(Math.abs(sum), kind.kind).toBeLessThanOrEqual(z * deviation * Math.sqrt(count));
        // The squares of normal numbers have mean s^2 and deviation sqrt(2) s^2.
        expect(Math.abs(squares / deviation ** 2 - count), kind.kind).toBeLessThanOrEqual(z * Math.sqrt(2 * count));
      }
    }
  });

  it('holds for whole channels of any layer, in either layout', () => {
    for (const [shape, format] of [
      [[1, 5, 6, 48], 'channelsLast'],
      [[1, 48, 5, 6], 'channelsFirst'],
      [[1, 48], 'channelsFirst']
    ] as const) {
      let dropped = 0;
      for (const seed of seeds) {
        const mask = channelMask(shape, format, 0.25, seed);
        expect(mask.shape).toEqual(shape.map((size) => (size === 48 ? 48 : 1)));
        expect(mask.data.length).toBe(48);
        dropped += mask.data.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0);
      }
      const drawn = 48 * seeds.length;
      expect(Math.abs(dropped - drawn / 4)).toBeLessThanOrEqual(z * Math.sqrt((drawn * 3) / 16));
    }
  });
});

describe('masks by seed', () => {
  it('are the same for the same seed and layer, and others for others', () => {
    const kind = dropout([], 0.5);
    const text = (seed: number, layer: string) => draw(kind, [1, 200], seed, layer).join();
    expect(text(7, 'a#0')).toBe(text(7, 'a#0'));
    const drawn = new Set(seeds.slice(0, 50).flatMap((seed) => layers.map((layer) => text(seed, layer))));
    expect(drawn.size).toBe(50 * layers.length);
  });
});
