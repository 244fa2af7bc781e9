/**
 * The engine's face: prepare a model's weights once, run it many times, see every value on its way.
 * Values are in the model's own layout; nothing of the tensor library shows through.
 */
import type { Model } from '../core/model';
import type { DenseTensor } from '../core/tensor';
import type { Experiment } from './experiment';
import type { GradientOptions, GradientResult } from './gradient';
import type { TrainableNetwork } from './trainable';

export type EngineName = 'tfjs-node' | 'wasm' | 'cpu';

export interface EngineInfo {
  readonly name: EngineName;
  readonly available: boolean;
  /** Why it is or is not available or chosen, in words. */
  readonly reason: string;
  readonly selfTest: 'passed' | 'failed' | 'not run';
  /** Milliseconds of one fixed forward step; `null` when not measured. */
  readonly stepMs: number | null;
  readonly chosen: boolean;
}

/** One value of the pass, handed out while it is alive; `read` copies it out of the engine. */
export interface CapturedValue {
  /** `LayerNode.id`; calls of nested graphs are reported too, with the ids of their own layers. */
  readonly layer: string;
  /** Index among the calls of this layer within the pass, from 0. */
  readonly occurrence: number;
  readonly output: number;
  readonly shape: readonly number[];
  read(): Promise<DenseTensor>;
  /**
   * Lets `use` look at the values without copying them where the engine allows it: far cheaper than `read` for
   * statistics and thumbnails. The array is only valid during the call and must not be written to.
   */
  inspect<T>(use: (data: Float32Array) => T): T;
}

export interface RunOptions {
  /** `train`: dropout masks and batch statistics; the moving statistics never change. */
  readonly mode: 'infer' | 'train';
  /** Seed of everything random in the pass. */
  readonly seed: number;
  /** One seed for each row of the batch in place of `seed`: a row draws the same numbers alone and in any batch. */
  readonly seeds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What this run does differently. */
  readonly experiment?: Experiment | undefined;
  /** Only these values, by `valueKey`: what they do not depend on is not computed, `onValue` sees no others, no outputs come. */
  readonly wanted?: ReadonlySet<string> | undefined;
  /** Called once for each value, in execution order; awaited, so that a slow consumer bounds the memory. */
  readonly onValue?: ((value: CapturedValue) => Promise<void>) | undefined;
}

export interface RunResult {
  /** In `Graph.outputs` order; empty where the pass stopped early. */
  readonly outputs: readonly DenseTensor[];
  /** Where and why the pass stopped before the end, if it did. */
  readonly stoppedAt: { readonly layer: string; readonly reason: string } | null;
  readonly milliseconds: number;
}

export interface PreparedNetwork extends TrainableNetwork {
  /** @param inputs one for each `Graph.inputs`, batch axis included, in the model's own layout. */
  run(inputs: readonly DenseTensor[], options: RunOptions): Promise<RunResult>;
  /** Gradients of one number with respect to inputs and values on the way; the network stays as it is. */
  gradient(inputs: readonly DenseTensor[], options: GradientOptions): Promise<GradientResult>;
  dispose(): void;
}

export interface Engine {
  readonly name: EngineName;
  /** Loads the weights (drawing fresh ones by the layers' initialisers where there are none) with progress in [0, 1]. */
  prepare(
    model: Model,
    options: { readonly seed: number; readonly signal?: AbortSignal; readonly onProgress?: (share: number) => void }
  ): Promise<PreparedNetwork>;
  dispose(): void;
}
