/**
 * Asking for gradients: of one number that a network computes, with respect to its inputs, any value on the way, or its
 * weights. Nothing of the network changes.
 */
import type { DenseTensor } from '../core/tensor';
import type { Experiment } from './experiment';

/**
 * The number whose gradient is taken, one for each batch entry. `key`s are `valueKey`s (see `experiment.ts`).
 * - `class`: entry `index` of the flattened output `output`. `logit` is the value before a final softmax, log-softmax or
 *   sigmoid (one fused into a dense layer or convolution too, and one behind reshapes), the output itself where there is
 *   none; `probability` is the output as the network gives it.
 * - `channel`: the mean of one channel over all its positions; `axis` counts the batch.
 * - `element`: one entry of the flattened value.
 * - `weighted`: the sum of all entries times `weights` (one batch entry's worth).
 * - `loss`: of output `output` against `targets`, one row for each batch entry, as long as the output. `crossEntropy`: minus
 *   the sum of target times log-softmax of the scores before a final softmax, targets being probabilities or one-hot;
 *   `binaryCrossEntropy`: of the scores before a final sigmoid, the mean over the output's entries (outputs that nothing
 *   squashes are taken as scores); `squaredError`: the mean over the output's entries of the squared difference.
 */
export type Objective =
  | {
      readonly kind: 'class';
      readonly output: number;
      readonly index: number;
      readonly score: 'logit' | 'probability';
    }
  | { readonly kind: 'channel'; readonly key: string; readonly axis: number; readonly channel: number }
  | { readonly kind: 'element'; readonly key: string; readonly index: number }
  | { readonly kind: 'weighted'; readonly key: string; readonly weights: Float32Array }
  | {
      readonly kind: 'loss';
      readonly output: number;
      readonly loss: 'crossEntropy' | 'binaryCrossEntropy' | 'squaredError';
      readonly targets: Float32Array;
    };

export interface GradientOptions {
  readonly objective: Objective;
  /**
   * `valueKey`s of the values to differentiate by; inputs are the values of the network's input layers. None: only the
   * objective is computed, without a way back.
   */
  readonly at: readonly string[];
  /** Layers (`LayerNode.id`) whose learned weights to differentiate by as well; `all` for every layer that has some. */
  readonly weights?: 'all' | readonly string[] | undefined;
  /** Also give the batch statistics that batch norms in training mode used. */
  readonly statistics?: boolean | undefined;
  /** Default `infer`. In `train`, batch statistics are differentiated through and masks are held. */
  readonly mode?: 'infer' | 'train' | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly experiment?: Experiment | undefined;
}

/** What moving statistics move towards. */
export interface BatchStatistics {
  readonly layer: string;
  /** For each channel. The variance is the biased one, as Keras moves by; PyTorch's is `count / (count - 1)` times that. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** Numbers of each channel. */
  readonly count: number;
}

export interface GradientResult {
  /** The objective of each batch entry. */
  readonly objective: readonly number[];
  /**
   * By key, shaped as the values. Entries of a batch do not mix, so row `n` is the gradient of `objective[n]`; batch
   * statistics in training mode mix them, and the gradients are then of the sum of `objective`.
   */
  readonly gradients: ReadonlyMap<string, DenseTensor>;
  /**
   * Gradients of the sum of `objective` by layer, aligned with `LayerNode.weights`, in the origin's own axis order and shape;
   * `null` for what training does not move. All calls of a shared layer are summed.
   */
  readonly weights: ReadonlyMap<string, readonly (DenseTensor | null)[]>;
  /** By `valueKey` of the batch norm's call; empty unless asked for. */
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
  /** The values at the same keys. */
  readonly values: ReadonlyMap<string, DenseTensor>;
  /** Where and why no gradient could be taken; the maps are then empty. */
  readonly stoppedAt: { readonly layer: string; readonly reason: string } | null;
  readonly milliseconds: number;
}
