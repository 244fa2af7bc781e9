/** Factors on the loss of each class, so that rare classes count as much as frequent ones. */

/** `balanced`: from the numbers of examples; else one factor for each output of the network; `null`: all count alike. */
export type ClassWeightChoice = 'balanced' | readonly number[] | null;

/**
 * scikit-learn's `compute_class_weight('balanced')`: examples / (classes x examples of the class). Classes without an
 * example count 1: none is ever met.
 */
export function balancedWeights(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count === 0 ? 1 : total / (present * count)));
}
