/** The arithmetic of one value under a mask, and what a layer's strength is called. */
import {
  ALPHA_PRIME,
  alphaMap,
  applyNoise,
  gaussianDeviation,
  isDropped,
  type NoiseKind
} from '../../../src/core/noise';
import type { MaskTriptych } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';

/** The layer's kind as far as its arithmetic goes. */
export function kindOf({ kind, strength }: Pick<MaskTriptych, 'kind' | 'strength'>): NoiseKind {
  switch (kind) {
    case 'gaussianNoise':
      return { kind, stddev: strength, seed: null };
    case 'gaussianDropout':
      return { kind, rate: strength, seed: null };
    default:
      return { kind, rate: strength, sharedAxes: [], seed: null };
  }
}

export function strengthName(kind: MaskTriptych['kind']): string {
  return kind === 'gaussianNoise' ? t('Standard deviation') : t('Rate');
}

/** Gaussian kinds drop nothing: what is drawn is noise, not a mask. */
export function isGaussian(kind: MaskTriptych['kind']): boolean {
  return kind === 'gaussianDropout' || kind === 'gaussianNoise';
}

/** What the slider does, and what it does not. */
export function sliderWords(kind: MaskTriptych['kind']): string {
  return isGaussian(kind)
    ? t('changes how much noise comes in now, not how it was trained')
    : t('changes what is dropped now, not how it was trained');
}

export function drawnName(kind: MaskTriptych['kind'], seed: number): string {
  return isGaussian(kind) ? t('Noise {0}', seed) : t('Mask {0}', seed);
}

export function panelTitle(kind: MaskTriptych['kind'], seed: number, which: 'held' | 'next'): string {
  if (isGaussian(kind)) return which === 'held' ? t('Held: noise {0}', seed) : t('Next: noise {0}', seed);
  return which === 'held' ? t('Held: mask {0}', seed) : t('Next: mask {0}', seed);
}

/** What the layer does to its values, and what stays of their mean. */
export function seeWords(kind: MaskTriptych['kind']): string {
  const panels = t(
    'The values of this layer for your input: as the network answers, with what one seed draws, and with what the next seeds draw.'
  );
  switch (kind) {
    case 'dropout':
      return `${panels} ${t('What survives is multiplied by 1/(1 − rate), so that the mean stays the same on average over many masks.')}`;
    case 'alphaDropout':
      return `${panels} ${t('Dropped values become α′, then all are scaled by a and moved by b, so that mean and variance stay the same on average for selu networks.')}`;
    case 'gaussianDropout':
      return `${panels} ${t('Nothing is dropped: each value gets a random factor around 1, so that the mean stays the same on average.')}`;
    case 'gaussianNoise':
      return `${panels} ${t('Nothing is dropped: each value gets a random addend around 0, so that the mean stays the same on average.')}`;
  }
}

/** The formula with its numbers; `same` where the runtime has the same value (1e-5 of the larger). */
export function arithmetic(
  kind: NoiseKind,
  value: number,
  noise: number,
  runtime: number
): { readonly text: string; readonly same: boolean } {
  const result = applyNoise(kind, value, noise);
  const same = Math.abs(result - runtime) <= 1e-5 * Math.max(1, Math.abs(value), Math.abs(result));
  const [x, n, y] = [formatValue(value, 4), formatValue(noise, 4), formatValue(runtime, 4)];
  return { text: formula(kind, x, n, y, isDropped(kind, noise)), same };
}

function formula(kind: NoiseKind, x: string, n: string, y: string, dropped: boolean): string {
  switch (kind.kind) {
    case 'dropout': {
      if (dropped) return t('dropped: {0} × 0 = {1}', x, y);
      return t('kept: {0} × 1/(1 − {1}) = {0} × {2} = {3}', x, formatValue(kind.rate), n, y);
    }
    case 'gaussianDropout': {
      const deviation = formatValue(gaussianDeviation(kind.rate));
      return t('{0} × {1} = {2}; the factor is drawn around 1 with deviation √(p/(1 − p)) = {3}', x, n, y, deviation);
    }
    case 'gaussianNoise':
      return t('{0} + ({1}) = {2}; the addend is drawn around 0 with deviation {3}', x, n, y, formatValue(kind.stddev));
    case 'alphaDropout': {
      const { scale, shift } = alphaMap(kind.rate);
      const [a, b] = [formatValue(scale, 4), formatValue(shift, 4)];
      if (dropped) return t('dropped: a × α′ + b = {0} × ({1}) + {2} = {3}', a, formatValue(ALPHA_PRIME, 4), b, y);
      return t('kept: a × x + b = {0} × {1} + {2} = {3}', a, x, b, y);
    }
  }
}
