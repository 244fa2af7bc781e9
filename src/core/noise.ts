/**
 * What the random layers draw while training, and what they make of a value: one definition for the engine, the views'
 * arithmetic and the tests.
 *
 * Dropout: Srivastava et al. 2014, with the survivors scaled while training ("inverted"), as Keras and PyTorch do.
 * Gaussian dropout: the same paper, section 10. Alpha dropout: Klambauer et al. 2017.
 */
import type { KindOf, LayerKind } from './layerKind';
import type { Random } from './random';
import { elementCount } from './tensor';

export type NoiseKind = KindOf<'dropout' | 'alphaDropout' | 'gaussianDropout' | 'gaussianNoise'>;

export function isNoise(kind: LayerKind): kind is NoiseKind {
  return (
    kind.kind === 'dropout' ||
    kind.kind === 'alphaDropout' ||
    kind.kind === 'gaussianDropout' ||
    kind.kind === 'gaussianNoise'
  );
}

/** The rate; the standard deviation of Gaussian noise. */
export function strengthOf(kind: NoiseKind): number {
  return kind.kind === 'gaussianNoise' ? kind.stddev : kind.rate;
}

/** The same layer with another rate or standard deviation. */
export function withStrength(kind: NoiseKind, strength: number): NoiseKind {
  return kind.kind === 'gaussianNoise' ? { ...kind, stddev: strength } : { ...kind, rate: strength };
}

/** Shape of what is drawn for a value: axes that share an entry have size one. Batch included. */
export function noiseShape(kind: NoiseKind, shape: readonly number[]): number[] {
  const shared = 'sharedAxes' in kind ? kind.sharedAxes : [];
  return shape.map((size, axis) => (shared.some((one) => (one < 0 ? one + shape.length : one) === axis) ? 1 : size));
}

/**
 * One number for each entry of `noiseShape`, by kind:
 * dropout `0` or `1 / (1 - rate)`; alpha dropout `0` (dropped) or `1`; Gaussian dropout the factor; Gaussian noise the addend.
 * @param shape of the value, batch included
 * @param rows one generator for the whole batch, or one for each of its equal parts
 */
export function drawNoise(kind: NoiseKind, shape: readonly number[], rows: readonly Random[]): Float32Array {
  const drawn = noiseShape(kind, shape);
  const values = new Float32Array(elementCount(drawn));
  const separate = rows.length > 1 && (drawn[0] ?? 1) % rows.length === 0 && values.length > 0;
  const generators = separate ? rows : rows.slice(0, 1);
  const part = values.length / Math.max(1, generators.length);
  generators.forEach((random, row) => {
    if (kind.kind === 'dropout' || kind.kind === 'alphaDropout') {
      const kept = kind.kind === 'alphaDropout' ? 1 : kind.rate >= 1 ? 0 : 1 / (1 - kind.rate);
      random.keep(values, row * part, (row + 1) * part, kind.rate, kept);
      return;
    }
    const draw = drawer(kind, random);
    for (let i = row * part; i < (row + 1) * part; i++) values[i] = draw();
  });
  return values;
}

function drawer(kind: KindOf<'gaussianDropout' | 'gaussianNoise'>, random: Random): () => number {
  switch (kind.kind) {
    case 'gaussianDropout': {
      const deviation = gaussianDeviation(kind.rate);
      return () => 1 + deviation * random.normal();
    }
    case 'gaussianNoise':
      return () => kind.stddev * random.normal();
  }
}

/** Standard deviation of Gaussian dropout's factor: `sqrt(rate / (1 - rate))`. */
export function gaussianDeviation(rate: number): number {
  return Math.sqrt(rate / (1 - rate));
}

/** What an alpha dropout sets dropped values to: selu's lower bound, `-lambda * alpha`. */
export const ALPHA_PRIME = -1.6732632423543772 * 1.0507009873554805;

/** The affine map that restores mean and variance after alpha dropout: `scale * x + shift`. */
export function alphaMap(rate: number): { readonly scale: number; readonly shift: number } {
  const scale = 1 / Math.sqrt((1 - rate) * (1 + rate * ALPHA_PRIME ** 2));
  return { scale, shift: -scale * ALPHA_PRIME * rate };
}

/** What the layer makes of one value and the number drawn for it. */
export function applyNoise(kind: NoiseKind, value: number, noise: number): number {
  switch (kind.kind) {
    case 'dropout':
    case 'gaussianDropout':
      return value * noise;
    case 'gaussianNoise':
      return value + noise;
    case 'alphaDropout': {
      const { scale, shift } = alphaMap(kind.rate);
      return scale * (noise === 0 ? ALPHA_PRIME : value) + shift;
    }
  }
}

/** Whether the drawn number means that the value is dropped; never for Gaussian kinds. */
export function isDropped(kind: NoiseKind, noise: number): boolean {
  return (kind.kind === 'dropout' || kind.kind === 'alphaDropout') && noise === 0;
}

/**
 * How far the share of dropped entries may lie from the rate: `deviations` standard deviations of the binomial
 * distribution, `sqrt(rate (1 - rate) / entries)` each.
 */
export function shareBound(rate: number, entries: number, deviations = 3): number {
  return deviations * Math.sqrt((rate * (1 - rate)) / Math.max(1, entries));
}
