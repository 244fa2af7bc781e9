/** What is known about one channel wherever it is. */
import type { KernelSheet } from './requests';

export interface ChannelReader {
  readonly layer: string;
  /** The filters that read the channel most, strongest first, by their mean |weight| on it; at most 5. */
  readonly filters: readonly { readonly filter: number; readonly strength: number }[];
  /** How many filters read the channel at all. */
  readonly of: number;
}

export interface ChannelCard {
  readonly layer: string;
  readonly channel: number;
  /** The layer whose filter of the same number makes the channel. */
  readonly maker: { readonly layer: string; readonly role: KernelSheet['role'] } | null;
  /** The batch norm on the channel's way; a number is `null` where the layer does not have it. */
  readonly batchNorm: {
    readonly layer: string;
    readonly gamma: number | null;
    readonly beta: number | null;
    readonly mean: number | null;
    readonly variance: number | null;
  } | null;
  /** The next layers with kernels, at most 4, in the order they run. */
  readonly readers: readonly ChannelReader[];
  /** Why nobody reads it, where nobody does. */
  readonly end: string | null;
}
