/** Cross-entropies over classes: Keras's over probabilities and logits, PyTorch's over logits and log-probabilities. */
import { EPSILON, powerSlope, UPPER } from './probability';
import { logSumExp, type RowFormula } from './rows';

const clip = (p: number): number => (p < EPSILON ? EPSILON : p > UPPER ? UPPER : p);
const inside = (p: number): boolean => !(p < EPSILON || p > UPPER);

/** Label smoothing over classes: t (1 - s) + s / C. */
export function smoothTarget(t: Float64Array, smoothing: number): void {
  if (smoothing === 0) return;
  const share = smoothing / t.length;
  for (let c = 0; c < t.length; c++) t[c] = (t[c] ?? 0) * (1 - smoothing) + share;
}

/** Turns d loss / d q, with q = p / sum(p), into d loss / d p, in place. */
function throughNormalisation(slopes: Float64Array, q: Float64Array, sum: number): void {
  let mean = 0;
  for (let c = 0; c < q.length; c++) mean += (slopes[c] ?? 0) * (q[c] ?? 0);
  for (let c = 0; c < q.length; c++) slopes[c] = ((slopes[c] ?? 0) - mean) / sum;
}

/** q = p / sum(p), in place. @returns the sum. */
function normalise(p: Float64Array): number {
  let sum = 0;
  for (const value of p) sum += value;
  for (let c = 0; c < p.length; c++) p[c] = (p[c] ?? 0) / sum;
  return sum;
}

/** Softmax, in place. */
function softmax(p: Float64Array): void {
  const total = logSumExp(p);
  for (let c = 0; c < p.length; c++) p[c] = Math.exp((p[c] ?? 0) - total);
}

/** Keras, probabilities: -sum(t log(clip(p / sum(p)))). */
export function crossEntropyOfProbabilities(smoothing: number): RowFormula {
  return (p, t, gradient) => {
    smoothTarget(t, smoothing);
    const sum = normalise(p);
    let loss = 0;
    for (let c = 0; c < p.length; c++) {
      const q = p[c] ?? 0;
      const wanted = t[c] ?? 0;
      loss -= wanted * Math.log(clip(q));
      gradient[c] = inside(q) ? -wanted / q : 0;
    }
    throughNormalisation(gradient, p, sum);
    return loss;
  };
}

/**
 * From logits: sum(t) log(sum(exp(x))) - sum(t x), with class weights w (PyTorch) each t times its w.
 * @param assumesUnitTarget TensorFlow's kernel takes the targets to sum to 1: its gradient is softmax(x) - t even where
 * they do not.
 */
export function crossEntropyOfLogits(
  smoothing: number,
  weights: readonly number[] | null,
  assumesUnitTarget: boolean
): RowFormula {
  return (x, t, gradient) => {
    smoothTarget(t, smoothing);
    const total = logSumExp(x);
    let loss = 0;
    let mass = 0;
    for (let c = 0; c < x.length; c++) {
      const wanted = (t[c] ?? 0) * (weights?.[c] ?? 1);
      mass += wanted;
      if (wanted !== 0) loss += wanted * (total - (x[c] ?? 0));
    }
    const factor = assumesUnitTarget ? 1 : mass;
    for (let c = 0; c < x.length; c++) {
      gradient[c] = factor * Math.exp((x[c] ?? 0) - total) - (t[c] ?? 0) * (weights?.[c] ?? 1);
    }
    return loss;
  };
}

/** Keras, class numbers and probabilities: the logarithms of clip(p) taken as logits, log(sum(clip(p))) - log(clip(p_y)). */
export function sparseOfProbabilities(p: Float64Array, label: number, gradient: Float64Array): number {
  let sum = 0;
  for (const value of p) sum += clip(value);
  for (let c = 0; c < p.length; c++) {
    const q = p[c] ?? 0;
    gradient[c] = inside(q) ? 1 / sum - (c === label ? 1 / q : 0) : 0;
  }
  return Math.log(sum) - Math.log(clip(p[label] ?? 0));
}

/**
 * Class numbers and logits, with PyTorch's class weights and smoothing s:
 * (1 - s) w_y (lse - x_y) + s / C sum(w_c (lse - x_c)).
 */
export function sparseOfLogits(smoothing: number, weights: readonly number[] | null) {
  return (x: Float64Array, label: number, gradient: Float64Array): number => {
    const total = logSumExp(x);
    const own = (1 - smoothing) * (weights?.[label] ?? 1);
    const share = smoothing / x.length;
    let loss = own * (total - (x[label] ?? 0));
    let mass = own;
    if (share !== 0) {
      for (let c = 0; c < x.length; c++) {
        const weight = share * (weights?.[c] ?? 1);
        loss += weight * (total - (x[c] ?? 0));
        mass += weight;
      }
    }
    for (let c = 0; c < x.length; c++) {
      gradient[c] = mass * Math.exp((x[c] ?? 0) - total) - share * (weights?.[c] ?? 1) - (c === label ? own : 0);
    }
    return loss;
  };
}

/** PyTorch's NLLLoss over log-probabilities: -w_y p_y. */
export function negativeLogLikelihood(weights: readonly number[] | null) {
  return (p: Float64Array, label: number, gradient: Float64Array): number => {
    const weight = weights?.[label] ?? 1;
    gradient.fill(0);
    gradient[label] = -weight;
    return -weight * (p[label] ?? 0);
  };
}

/** Keras's focal loss over classes: sum(alpha (1 - q)^gamma (-t log q)), q = clip(p / sum(p)), p the softmax of logits. */
export function categoricalFocal(
  smoothing: number,
  gamma: number,
  alpha: number | readonly number[],
  fromLogits: boolean
): RowFormula {
  return (p, t, gradient) => {
    smoothTarget(t, smoothing);
    let sum = 1;
    if (fromLogits) softmax(p);
    else sum = normalise(p);
    let loss = 0;
    for (let c = 0; c < p.length; c++) {
      const share = p[c] ?? 0;
      const q = clip(share);
      const weight = typeof alpha === 'number' ? alpha : (alpha[c] ?? 1);
      const entropy = -(t[c] ?? 0) * Math.log(q);
      const focus = (1 - q) ** gamma;
      loss += weight * focus * entropy;
      gradient[c] = inside(share) ? weight * (-powerSlope(1 - q, gamma) * entropy - (focus * (t[c] ?? 0)) / q) : 0;
    }
    throughNormalisation(gradient, p, sum);
    if (fromLogits) for (let c = 0; c < p.length; c++) gradient[c] = (gradient[c] ?? 0) * (p[c] ?? 0);
    return loss;
  };
}

/** Keras's divergence: sum(t log(t / p)), both clipped to [1e-7, 1]. */
export const kullbackLeibler: RowFormula = (p, t, gradient) => {
  let loss = 0;
  for (let c = 0; c < p.length; c++) {
    const raw = p[c] ?? 0;
    const wanted = Math.min(Math.max(t[c] ?? 0, EPSILON), 1);
    const q = Math.min(Math.max(raw, EPSILON), 1);
    loss += wanted * Math.log(wanted / q);
    gradient[c] = raw < EPSILON || raw > 1 ? 0 : -wanted / q;
  }
  return loss;
};
