/** Penalties on weights, added to the loss: Keras's L1, L2 and L1L2. */

/** L1 alone has `l2` 0 and the other way round. Keras's defaults are 0.01 for `L1` and `L2`, 0 and 0 for `L1L2`. */
export interface RegularizerSettings {
  readonly l1: number;
  readonly l2: number;
}

/** l1 sum(|w|) + l2 sum(w^2) (not halved), in float64. */
export function penaltyOf({ l1, l2 }: RegularizerSettings, weights: Float32Array): number {
  let absolute = 0;
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    absolute += Math.abs(w);
    squares += w * w;
  }
  return l1 * absolute + l2 * squares;
}

/** Adds l1 sign(w) + 2 l2 w, the penalty's derivative, to the weights' gradient in place; sign(0) is 0. */
export function addPenaltyGradient(
  { l1, l2 }: RegularizerSettings,
  weights: Float32Array,
  gradient: Float32Array
): void {
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    gradient[i] = (gradient[i] as number) + l1 * Math.sign(w) + 2 * l2 * w;
  }
}
