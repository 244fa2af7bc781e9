/** Losses of angles and margins over the class axis. */
import type { RowFormula } from './rows';

/** Keras's `normalize`: the inverse norm is at most 1 / 1e-7. */
const LARGEST_INVERSE = 1e7;

function inverseNorm(x: Float64Array): number {
  let squares = 0;
  for (const value of x) squares += value * value;
  return Math.min(1 / Math.sqrt(squares), LARGEST_INVERSE);
}

/**
 * Keras: -sum(t / |t| * p / |p|). A vector shorter than 1e-7 is multiplied by 1e7 instead: one without length has loss 0
 * and the large gradient -1e7 t / |t|.
 */
export const cosineSimilarity: RowFormula = (p, t, gradient) => {
  const a = inverseNorm(p);
  const b = inverseNorm(t);
  let cosine = 0;
  for (let c = 0; c < p.length; c++) cosine += (p[c] ?? 0) * a * (t[c] ?? 0) * b;
  // Where the factor is limited it does not depend on the prediction.
  const turning = a === LARGEST_INVERSE ? 0 : cosine;
  for (let c = 0; c < p.length; c++) gradient[c] = -a * ((t[c] ?? 0) * b - turning * (p[c] ?? 0) * a);
  return -cosine;
};

/** Keras: max(max((1 - t) p) - sum(t p) + 1, 0); the largest entries share the gradient where several are largest. */
export const categoricalHinge: RowFormula = (p, t, gradient) => {
  let own = 0;
  let other = -Infinity;
  let ties = 0;
  for (let c = 0; c < p.length; c++) {
    own += (t[c] ?? 0) * (p[c] ?? 0);
    const rival = (1 - (t[c] ?? 0)) * (p[c] ?? 0);
    if (rival > other) {
      other = rival;
      ties = 1;
    } else if (rival === other) ties++;
  }
  const margin = other - own + 1;
  const counts = margin >= 0 ? 1 : 0;
  for (let c = 0; c < p.length; c++) {
    const rest = 1 - (t[c] ?? 0);
    const largest = rest * (p[c] ?? 0) === other;
    gradient[c] = counts * ((largest ? rest / ties : 0) - (t[c] ?? 0));
  }
  return margin < 0 ? 0 : margin;
};

/** PyTorch: w_y / C sum over the other classes of max(0, margin - p_y + p_c)^power. */
export function multiMargin(power: 1 | 2, margin: number, weights: readonly number[] | null) {
  return (p: Float64Array, label: number, gradient: Float64Array): number => {
    const weight = (weights?.[label] ?? 1) / p.length;
    let loss = 0;
    let own = 0;
    for (let c = 0; c < p.length; c++) {
      gradient[c] = 0;
      if (c === label) continue;
      const excess = margin - (p[label] ?? 0) + (p[c] ?? 0);
      if (excess <= 0) continue;
      loss += weight * (power === 1 ? excess : excess * excess);
      const slope = weight * (power === 1 ? 1 : 2 * excess);
      gradient[c] = slope;
      own += slope;
    }
    gradient[label] = -own;
    return loss;
  };
}
