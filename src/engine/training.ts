/**
 * The engine's face for training: one step gives the loss and the gradients of the learned weights; what is done with them
 * is for `src/training` to say. Weights are handed over in the engine's own axis order, in which gradients come too.
 */
import type { LayerNode } from '../core/model';
import type { DenseTensor, WeightRole } from '../core/tensor';

/** What a loss says about the outputs of one batch. */
export interface LossOfBatch {
  readonly value: number;
  /** `d value / d output`, aligned with the outputs; `null` where the loss does not look at one. */
  readonly gradients: readonly (Float32Array | null)[];
}

export interface StepOptions {
  /** Of the masks and noise of this step. */
  readonly seed: number;
  /** Outputs to hand over as they are before a final softmax, log-softmax or sigmoid: losses are steadier on these. */
  readonly scores: readonly boolean[];
  /** @param outputs in `Graph.outputs` order, or their scores */
  readonly loss: (outputs: readonly DenseTensor[]) => LossOfBatch;
  /** Frozen layers pass gradients on, keep their weights, and normalise by their moving statistics. */
  readonly trains: (layer: LayerNode) => boolean;
}

/** What one call of a batch norm saw of its batch, by channel. */
export interface BatchStatistics {
  readonly layer: string;
  readonly mean: Float32Array;
  /** Biased: divided by `count`. */
  readonly variance: Float32Array;
  /** Values of each channel. */
  readonly count: number;
}

export interface StepResult {
  readonly loss: number;
  /** By `Parameter.key`; missing where the loss does not depend on a parameter. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly statistics: readonly BatchStatistics[];
}

/** One weight of one layer. */
export interface Parameter {
  /** Unique in the network: the layer's id, the role, and the place among the layer's weights. */
  readonly key: string;
  readonly layer: string;
  readonly role: WeightRole;
  /** Index in `LayerNode.weights`. */
  readonly index: number;
  /** In the engine's axis order. */
  readonly shape: readonly number[];
  /** Whether gradients move it: not so moving statistics. */
  readonly learned: boolean;
  /** A copy of what lies on the engine. */
  readonly values: Float32Array;
}
