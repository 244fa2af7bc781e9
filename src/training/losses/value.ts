/** What a loss is asked for and what it answers. */
import type { InputProblem } from '../../core/result';

export type LossTarget =
  /** Class numbers, [N, ...positions] in row-major order: the prediction's shape without its class axis. */
  | { readonly kind: 'classes'; readonly classes: Int32Array }
  /** One number for each entry of the prediction: one-hot or soft classes, or values to be met. */
  | { readonly kind: 'values'; readonly values: Float32Array };

export interface LossValue {
  /** The loss of the batch, reduced as the settings say. */
  readonly value: number;
  /** [N]: a sample's own loss, the mean over its positions without sample weights, by which mistakes are ranked. */
  readonly perSample: Float64Array;
  /** d value / d prediction, in the prediction's shape. */
  readonly gradient: Float32Array;
}

/** The error of a loss that cannot be computed: which loss, what is wrong, what to do. */
export function lossProblem(name: string, problem: string, remedy: string): InputProblem {
  return { file: name, problem, remedy };
}
