/** Limits on gradients, as each framework computes them. */
import type { Dialect } from '../dialect';

/** Sum of squares, in float64. */
export function squaredNorm(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    sum += x * x;
  }
  return sum;
}

/**
 * The factor that brings gradients of the given norm to a limit. Keras: limit / max(norm, limit). PyTorch's
 * `clip_grad_norm_`: min(1, limit / (norm + 1e-6)).
 */
export function clipFactor(norm: number, limit: number, dialect: Dialect): number {
  return dialect === 'keras' ? limit / Math.max(norm, limit) : Math.min(1, limit / (norm + 1e-6));
}

/** Entries limited to [-limit, limit]; the gradient itself is left alone. */
export function clipEntries(gradient: Float32Array, limit: number): Float32Array {
  const clipped = new Float32Array(gradient.length);
  for (let i = 0; i < gradient.length; i++) {
    const x = gradient[i] as number;
    clipped[i] = x > limit ? limit : x < -limit ? -limit : x;
  }
  return clipped;
}
