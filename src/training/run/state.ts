/** All that a run needs to go on exactly, as plain data. */
import type { EarlyStoppingState, PlateauState } from '../callbacks';
import type { OptimizerState } from '../optimizers/optimizer';

export interface RunState {
  /** Epochs done. */
  readonly epoch: number;
  readonly steps: number;
  readonly rateFactor: number;
  readonly early: EarlyStoppingState;
  readonly plateau: PlateauState;
  readonly optimizer: OptimizerState;
  /** By `Parameter.key`, moving statistics included. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The weights of the best epoch so far, where early stopping is to put them back. */
  readonly best: ReadonlyMap<string, Float32Array> | null;
}
