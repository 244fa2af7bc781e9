/** Logistic functions that do not overflow, and the formulas built on them. */
import type { EntryFormula } from './elementwise';

/** Keras's `backend.epsilon()` and its complement as float32 holds them: probabilities are clipped to these. */
export const EPSILON = Math.fround(1e-7);
export const UPPER = Math.fround(1 - 1e-7);

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)). */
export function logOnePlusExp(x: number): number {
  return (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** The derivative of base^power by the base, 0 where it is not finite (base 0, power below 1). */
export function powerSlope(base: number, power: number): number {
  const slope = power === 0 ? 0 : power * base ** (power - 1);
  return Number.isFinite(slope) ? slope : 0;
}

/**
 * Binary focal loss (Lin et al., 2018, arXiv:1708.02002): w (1 - p_t)^gamma BCE with p_t = t p + (1 - t)(1 - p) and, where
 * classes are balanced, w = t alpha + (1 - t)(1 - alpha). As in Keras only the cross-entropy's probability is clipped.
 */
export function binaryFocal(gamma: number, alpha: number | null, fromLogits: boolean): EntryFormula {
  const parts = (x: number, t: number): { loss: number; slope: number } => {
    const p = fromLogits ? sigmoid(x) : x;
    const clipped = p < EPSILON ? EPSILON : p > UPPER ? UPPER : p;
    const entropy = fromLogits ? logOnePlusExp(x) - t * x : -(t * Math.log(clipped) + (1 - t) * Math.log(1 - clipped));
    const entropySlope = fromLogits ? p - t : p === clipped ? (p - t) / (p * (1 - p)) : 0;
    const missing = 1 - (t * p + (1 - t) * (1 - p));
    const focus = missing ** gamma;
    const focusSlope = powerSlope(missing, gamma) * (1 - 2 * t) * (fromLogits ? p * (1 - p) : 1);
    const weight = alpha === null ? 1 : t * alpha + (1 - t) * (1 - alpha);
    return { loss: weight * focus * entropy, slope: weight * (focusSlope * entropy + focus * entropySlope) };
  };
  return { loss: (p, t) => parts(p, t).loss, slope: (p, t) => parts(p, t).slope };
}
