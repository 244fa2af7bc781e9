/** What the step-by-step view asks for: where the kernel stands, what it reads and what it has written. */
import type { Volume, WindowAxes } from './windows';

export interface SlidMap {
  readonly filter: number;
  readonly filters: number;
  /** Input channels the filter reads, each with its part in the filter's map, largest first (at most 64). */
  readonly reads: readonly {
    readonly channel: number;
    /** Sum of |products| of this channel over all positions looked at. */
    readonly weight: number;
  }[];
  /** Sum of all channels' weights. */
  readonly weightInAll: number;
  /** The input channel that `input` and `kernel` show. */
  readonly channel: number;
  /** Input channels the filter reads in all. */
  readonly readsInAll: number;
  readonly rank: number;
  readonly axes: WindowAxes;
  readonly input: Volume;
  readonly output: Volume;
  /** Of the shown input channel, row-major over depth, height, width of the kernel. */
  readonly kernel: Float32Array;
  readonly groups: number;
  readonly padMode: 'zeros' | 'reflect' | 'replicate' | 'circular';
  readonly kind: 'conv' | 'depthwiseConv' | 'separableConv' | 'convTranspose';
  readonly inputRange: { readonly min: number; readonly max: number };
  readonly outputRange: { readonly min: number; readonly max: number };
  readonly sourceName: string;
}

export interface OwnKernelParams {
  /** Odd edge. */
  readonly size: number;
  /** Row-major, `size * size`. */
  readonly kernel: readonly number[];
  readonly stride: number;
  readonly padding: 'valid' | 'same';
  readonly dilation: number;
  /** The test picture, a sample picture (its middle in grey, 64 x 64), or grey values in [0, 1]. */
  readonly picture:
    | { readonly kind: 'builtin' }
    | { readonly kind: 'sample'; readonly id: string }
    | { readonly kind: 'given'; readonly size: readonly [number, number]; readonly values: Float32Array };
}

export interface OwnKernelMap {
  readonly axes: WindowAxes;
  readonly input: Volume;
  readonly output: Volume;
}

export interface StepsRequests extends Record<string, { params: unknown; result: unknown }> {
  /** @param filter `null`: the strongest map. @param channel `null`: the input channel that contributes most. */
  stepsMap: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly filter: number | null;
      readonly channel: number | null;
    };
    result: SlidMap;
  };
  /** A kernel made by hand over a picture; needs no model. @throws {RequestFailure} where the window does not fit. */
  tryKernel: { params: OwnKernelParams; result: OwnKernelMap };
}
