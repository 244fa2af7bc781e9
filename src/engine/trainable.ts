/**
 * The engine's face for training: one step gives the loss and the gradients of the learned weights; what is done with them
 * is for `src/training` to say. Weights are handed over in the engine's own axis order, in which gradients come too.
 */
import type { LayerNode } from '../core/model';
import type { DenseTensor, WeightRole } from '../core/tensor';
import type { BatchStatistics } from './gradient';

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

/** What a prepared network can do beside running: its weights move. */
export interface TrainableNetwork {
  /** All weights that take part in a pass, copied out. */
  parameters(): readonly Parameter[];
  /** Writes weights back, by `Parameter.key`; those left out stay. @throws {Error} where a length does not fit */
  assign(values: ReadonlyMap<string, Float32Array>): void;
  /**
   * One pass forward in training mode and back. The weights stay as they are.
   * @param inputs one for each `Graph.inputs`, batch axis included
   */
  step(inputs: readonly DenseTensor[], options: StepOptions): StepOutcome;
  /** The activation that an output ends in, over its last axis, where scores can be taken before it. */
  finalActivation(output: number): 'softmax' | 'logSoftmax' | 'sigmoid' | null;
  /** A weight's values in the origin's own axis order, as `LayerNode.weights` has them. */
  inOriginOrder(parameter: Parameter): Float32Array;
}

export type StepOutcome =
  | ({ readonly type: 'done' } & StepResult)
  /** Where and why no step could be taken. */
  | { readonly type: 'stopped'; readonly layer: string; readonly reason: string };
