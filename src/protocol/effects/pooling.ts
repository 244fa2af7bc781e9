/** What the pooling view asks for: windows and winners, the way back to the input, other poolings, shifted inputs. */
import type { KindName } from '../../core/layerKind';
import type { AnswerChange } from '../answer';
import type { Volume, WindowAxes } from './windows';

export type PoolOperation = 'max' | 'average';

interface PoolPlace {
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
}

export interface PooledMap {
  readonly kind: 'pool' | 'globalPool' | 'adaptivePool';
  readonly operation: PoolOperation;
  readonly channel: number;
  readonly channels: number;
  /** Spatial axes of the input: 1, 2 or 3. */
  readonly rank: number;
  readonly axes: WindowAxes;
  readonly input: Volume;
  readonly output: Volume;
  /** Max: the input cell that each output cell takes its value from, the first of equal ones; -1 where it has none. Average: all -1. */
  readonly winners: Int32Array;
  /** Average: what each window's sum is divided by. Max: 1. */
  readonly divisors: Float32Array;
  /** See `keptShare`; of this map and of all maps of the layer. */
  readonly kept: number | null;
  readonly keptInAll: number | null;
  /** Least and greatest value of the layer's input: one scale for before and after. */
  readonly range: { readonly min: number; readonly max: number };
  readonly sourceName: string;
}

export type HopReason =
  /** Where the way back begins. */
  | 'start'
  /** The winner of a maximum. */
  | 'winner'
  /** The value at the same place, changed by itself alone. */
  | 'same'
  /** The same value at another place (padding, cropping, flattening, concatenation). */
  | 'moved'
  /** The product of a convolution, or the addend of a sum, that contributes most. */
  | 'largestTerm'
  /** The cell of an average that contributes most. */
  | 'largestOfMean';

export interface Hop {
  readonly layer: string;
  readonly name: string;
  readonly kind: KindName;
  readonly channel: number;
  readonly position: readonly number[];
  readonly value: number;
  /** Why the way goes through this value; for sums, `share` is its part of the whole sum. */
  readonly reason: HopReason;
  readonly share: number | null;
}

export interface Trace {
  /** Row-major index of the output cell in its channel. */
  readonly cell: number;
  /** From the output cell backwards. */
  readonly hops: readonly Hop[];
  /** False once the way goes through a sum or a mean: then it is the largest part, not the whole. */
  readonly exact: boolean;
  /** The input pixel, or why the way ends before it. */
  readonly end:
    | { readonly kind: 'input'; readonly input: number; readonly channel: number; readonly position: readonly number[] }
    | { readonly kind: 'stopped'; readonly reason: string };
}

export interface PoolChoice {
  readonly operation: PoolOperation | 'first';
  /** Edge of the window; `null` keeps the layer's own, and for global and adaptive pooling it must be. */
  readonly size: number | null;
}

export interface SwappedPool {
  readonly output: Volume;
  readonly kept: number | null;
  readonly answer: AnswerChange;
  /** Relative L2 change of the layer's whole output. */
  readonly change: number | null;
  /** Padding chosen so that the output keeps its size, by spatial axis. */
  readonly pads: readonly (readonly [number, number])[];
}

/** How much a value changed under a shift of the input. */
export interface Movement {
  /** ||after - before|| / ||before||; `null` where before is all zero. */
  readonly plain: number | null;
  /** The least of the same measure over whole-cell shifts of at most 2, on the cells that both have. */
  readonly aligned: number | null;
  /** That shift in cells: down, right. */
  readonly shift: readonly [number, number];
}

export interface ShiftedPool {
  /** All maps before and after pooling. */
  readonly before: Movement;
  readonly after: Movement;
  /** The chosen map. */
  readonly mapBefore: Movement;
  readonly mapAfter: Movement;
  readonly input: Volume;
  readonly output: Volume;
  /** All maps, had the same values passed through another pooling of the same windows; `first` as a strided convolution. */
  readonly others: readonly { readonly operation: PoolChoice['operation']; readonly movement: Movement }[];
  readonly answer: AnswerChange;
}

export interface PoolingRequests extends Record<string, { params: unknown; result: unknown }> {
  /** @param channel `null`: the strongest map by mean |a|. */
  poolingMap: { params: PoolPlace & { readonly channel: number | null }; result: PooledMap };
  /** The way of output cells back to the input, at most 256 at once. Progress. */
  poolingTraces: {
    params: PoolPlace & { readonly channel: number; readonly cells: readonly number[] };
    result: readonly Trace[];
  };
  /** Another pooling in the layer's place, with the answer it gives. */
  poolingSwap: { params: PoolPlace & { readonly channel: number; readonly choice: PoolChoice }; result: SwappedPool };
  /** The input moved by whole pixels, its border repeated. */
  poolingShift: {
    params: PoolPlace & { readonly channel: number; readonly down: number; readonly right: number };
    result: ShiftedPool;
  };
}
