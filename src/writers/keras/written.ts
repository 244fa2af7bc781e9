/** A model as it will stand in the file: named Keras layers, their uses and their weights. */
import type { KerasWeight } from './arrange';
import type { Config, Target } from './unit';

/** One output of one use of a layer; uses are counted from 0. */
export interface Pointer {
  readonly layer: string;
  readonly node: number;
  readonly output: number;
}

export interface WrittenLayer {
  readonly name: string;
  readonly className: string;
  /** Without `name` and `trainable`. */
  readonly config: Config;
  readonly trainable: boolean;
  readonly weights: readonly KerasWeight[];
  /** A model used as a layer. */
  readonly model: WrittenModel | null;
  /** The layer inside TimeDistributed, or one direction of Bidirectional. */
  readonly wrapped: WrittenLayer | null;
  /** One list of inputs for each use; an input layer has none. */
  readonly calls: readonly (readonly Pointer[])[];
}

export interface WrittenModel {
  readonly name: string;
  readonly className: 'Functional' | 'Sequential';
  readonly layers: readonly WrittenLayer[];
  readonly inputs: readonly Pointer[];
  readonly outputs: readonly Pointer[];
}

export interface Written {
  readonly target: Target;
  readonly model: WrittenModel;
  readonly notices: readonly string[];
  /** Only Keras 3 understands every layer. */
  readonly needsKeras3: boolean;
}
