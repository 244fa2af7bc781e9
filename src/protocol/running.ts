/** What a pass over a network gives: the film strip, the answer, maps and the arithmetic of a number. */
import type { ColormapName, Pixels, Statistics, TileRequest, ValueFacts, ValueRange } from './values';

export interface LayerThumbnail {
  readonly layer: string;
  readonly occurrence: number;
  /** Channels last, without the batch. */
  readonly shape: readonly number[];
  /** In the model's own layout, without the batch: the sizes the summary leaves open have a value here. */
  readonly stored: readonly number[];
  readonly statistics: ValueFacts;
  /** The strongest map by mean |a|; bars for vectors. A batch norm shows the channel of the layer it reads, on its range. */
  readonly picture: ThumbnailPicture;
  /** The layer that a batch norm reads, on whose scale its picture is drawn; `valueChange` tells more. `null` for others. */
  readonly comparedWith: string | null;
  /** What a dropout would drop of the picture in training; `null` for other layers. */
  readonly dropped: DroppedCells | null;
}

export type ThumbnailPicture =
  | {
      readonly kind: 'map';
      readonly channel: number;
      readonly pixels: Pixels;
      readonly range: ValueRange;
      readonly colormap: ColormapName;
      /** Of a volume every slice along its depth, `pixels` being the middle one; else empty. */
      readonly slices: readonly Pixels[];
    }
  | { readonly kind: 'bars'; readonly values: Float32Array; readonly range: ValueRange }
  | { readonly kind: 'line'; readonly channel: number; readonly values: Float32Array; readonly range: ValueRange };

export interface ValueChange {
  /** The layer whose value comes in. */
  readonly from: string;
  /** What both histograms span, in bins of one width. */
  readonly range: ValueRange;
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Share of the values that lie outside the range on which both pictures are drawn. */
  readonly outside: number;
}

/** One mask drawn from a fixed seed, the one a training pass with that seed draws. */
export interface DroppedCells {
  readonly rate: number;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** 1 where the value is dropped, row-major; an averaged cell stands for its first value. */
  readonly cells: Uint8Array;
}

export type OutputView =
  | {
      readonly kind: 'classes';
      readonly name: string;
      readonly values: Float32Array;
      /** Whether the values are probabilities that sum to one. */
      readonly probabilities: boolean;
      readonly top: readonly { readonly index: number; readonly label: string | null; readonly value: number }[];
    }
  | {
      readonly kind: 'image';
      readonly name: string;
      readonly pixels: Pixels;
      /** Output less input as drawn, mean over the colours; `largest` (in grey levels) is where the colours end. */
      readonly difference: { readonly pixels: Pixels; readonly largest: number } | null;
      readonly range: ValueRange;
    }
  | {
      readonly kind: 'mask';
      readonly name: string;
      readonly pixels: Pixels;
      readonly legend: readonly { readonly label: string; readonly colour: string; readonly share: number }[];
    }
  | { readonly kind: 'number'; readonly name: string; readonly values: Float32Array };

/** A built-in list of class names. */
export interface LabelChoice {
  readonly id: string;
  readonly title: string;
  readonly count: number;
  /** Whether an output has that many classes. */
  readonly fits: boolean;
}

export interface LabelsInUse {
  readonly names: readonly string[];
  /** The evidence where nobody chose them; `null` where somebody did. */
  readonly assumed: string | null;
}

export interface RunOutcome {
  readonly run: number;
  readonly engine: string;
  readonly milliseconds: number;
  readonly outputs: readonly OutputView[];
  readonly stoppedAt: { readonly layer: string; readonly reason: string } | null;
}

export interface MapSheet {
  readonly layer: string;
  readonly occurrence: number;
  /** Without batch, channels last: `[H, W, C]`, `[T, C]`, `[D, H, W, C]` or `[C]`. */
  readonly shape: readonly number[];
  readonly channels: number;
  /** Height and width of one map (`[1, T]` for series). */
  readonly size: readonly [number, number];
  /** Slices along depth for volumes, else 1. */
  readonly slices: number;
  readonly statistics: Statistics;
  readonly perChannel: readonly Statistics[];
  readonly signed: boolean;
}

export interface MapTileRequest extends TileRequest {
  readonly occurrence: number;
  readonly channels: readonly number[];
  readonly slice: number;
}

/** The arithmetic behind one output number. */
export interface PixelProof {
  readonly layer: string;
  readonly position: readonly number[];
  readonly channel: number;
  /** The value the runtime holds. */
  readonly runtimeValue: number;
  /** How far the written-out value may lie from the runtime's: 1e-5 of the largest |value| of the layer's output. */
  readonly tolerance: number;
  readonly steps:
    | {
        readonly kind: 'convolution';
        /** Per input channel (largest contributions first, at most 16): patch, kernel and products, row-major. */
        readonly channels: readonly {
          readonly channel: number;
          readonly patch: Float32Array;
          readonly kernel: Float32Array;
          readonly sum: number;
        }[];
        readonly kernelSize: readonly number[];
        readonly totalChannels: number;
        readonly sumOfProducts: number;
        readonly bias: number;
        readonly activation: string;
        readonly value: number;
      }
    | {
        readonly kind: 'window';
        readonly operation: 'max' | 'average';
        readonly window: Float32Array;
        readonly size: readonly number[];
        readonly winner: number | null;
        readonly value: number;
      }
    | {
        readonly kind: 'formula';
        readonly text: string;
        readonly terms: readonly { readonly name: string; readonly value: number }[];
        readonly value: number;
      }
    | { readonly kind: 'none'; readonly reason: string };
  /** The part of the input that can reach this number: `[top, left, bottom, right]`, exclusive ends, clipped to the input. */
  readonly receptiveField: readonly [number, number, number, number] | null;
  /** The network input, by index, that `receptiveField` is a part of. */
  readonly receptiveFieldInput: number | null;
}
