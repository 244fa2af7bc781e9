/**
 * The canonical layer kinds, one vocabulary for Keras 1 to 3, PyTorch and TensorFlow.js.
 *
 * A reader or the source interpreter translates a framework's class into one of these; everything after that (shapes,
 * counts, receptive field, the executor, the views) looks only at the kind. What cannot be translated is `opaque`: it is
 * shown, never guessed. Spatial attributes hold one entry for each spatial axis.
 */
import type { Activation } from './activation';
import type { Graph } from './model';
import type { DataFormat, Shape } from './shape';

export type Padding =
  /** No padding. */
  | { readonly type: 'valid' }
  /** TensorFlow's `same`: output `ceil(size / stride)`, the odd pixel at the end. */
  | { readonly type: 'same' }
  /** All padding before the first sample (1-D). */
  | { readonly type: 'causal' }
  /** PyTorch: `[before, after]` for each spatial axis. */
  | { readonly type: 'explicit'; readonly pads: readonly (readonly [number, number])[]; readonly mode: PadMode };

export type PadMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

interface Windowed {
  readonly strides: readonly number[];
  readonly padding: Padding;
  readonly dataFormat: DataFormat;
}

interface Convolving extends Windowed {
  /** Number of spatial axes. */
  readonly rank: 1 | 2 | 3;
  readonly kernelSize: readonly number[];
  readonly dilation: readonly number[];
  readonly useBias: boolean;
  readonly activation: Activation;
}

/** How sampled positions of a resize map to the input. */
export type ResizeCoordinates = 'halfPixel' | 'alignCorners' | 'asymmetric';
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'area' | 'lanczos3' | 'lanczos5';

/** What an operation that is no kind of its own gives, where its origin knows it for the values it gets. */
export interface KnownShapes {
  readonly inputs: readonly (Shape | null)[];
  readonly outputs: readonly Shape[];
}

export type MergeOperation = 'add' | 'subtract' | 'multiply' | 'average' | 'maximum' | 'minimum';

export type LayerKind =
  | { readonly kind: 'input'; readonly shape: Shape; readonly dtype: string }
  | ({ readonly kind: 'conv'; readonly filters: number; readonly groups: number } & Convolving)
  | ({ readonly kind: 'depthwiseConv'; readonly depthMultiplier: number } & Convolving)
  | ({ readonly kind: 'separableConv'; readonly filters: number; readonly depthMultiplier: number } & Convolving)
  | ({
      readonly kind: 'convTranspose';
      readonly filters: number;
      readonly groups: number;
      /** `null` lets the framework choose (Keras). */
      readonly outputPadding: readonly number[] | null;
    } & Convolving)
  | { readonly kind: 'dense'; readonly units: number; readonly useBias: boolean; readonly activation: Activation }
  | ({
      readonly kind: 'pool';
      readonly operation: 'max' | 'average';
      readonly rank: 1 | 2 | 3;
      readonly poolSize: readonly number[];
      readonly dilation: readonly number[];
      readonly ceilMode: boolean;
      /** Average pooling: padding counts in the divisor (PyTorch's default), or not (TensorFlow). */
      readonly countIncludePad: boolean;
    } & Windowed)
  | {
      readonly kind: 'globalPool';
      readonly operation: 'max' | 'average';
      readonly rank: 1 | 2 | 3;
      readonly keepDims: boolean;
      readonly dataFormat: DataFormat;
    }
  | {
      readonly kind: 'adaptivePool';
      readonly operation: 'max' | 'average';
      readonly rank: 1 | 2 | 3;
      /** `null` keeps the input's size on that axis. */
      readonly outputSize: readonly (number | null)[];
      readonly dataFormat: DataFormat;
    }
  | {
      readonly kind: 'batchNorm';
      /** Channel axis of the value, batch included; negative counts from the end. */
      readonly axis: number;
      readonly epsilon: number;
      /** Weight of the old moving statistic at each step, in Keras's sense (PyTorch's momentum is one minus this). */
      readonly momentum: number;
      readonly center: boolean;
      readonly scale: boolean;
      /** False where the layer keeps no moving statistics (PyTorch's `track_running_stats=False`). */
      readonly tracksStatistics: boolean;
    }
  | {
      readonly kind: 'layerNorm';
      readonly axes: readonly number[];
      readonly epsilon: number;
      readonly center: boolean;
      readonly scale: boolean;
      /** Keras 3's `rms_scaling`: divide by the root mean square only. */
      readonly rms: boolean;
    }
  | {
      readonly kind: 'groupNorm';
      /** -1: one group for each channel (instance norm). */
      readonly groups: number;
      readonly axis: number;
      readonly epsilon: number;
      readonly center: boolean;
      readonly scale: boolean;
    }
  | { readonly kind: 'unitNorm'; readonly axes: readonly number[]; readonly epsilon: number }
  | {
      readonly kind: 'localResponseNorm';
      readonly size: number;
      readonly alpha: number;
      readonly beta: number;
      readonly k: number;
      readonly dataFormat: DataFormat;
    }
  /** `axes`: axes of the value (batch included) that share one mask entry; empty for plain dropout. */
  | {
      readonly kind: 'dropout';
      readonly rate: number;
      readonly sharedAxes: readonly number[];
      readonly seed: number | null;
    }
  | {
      readonly kind: 'alphaDropout';
      readonly rate: number;
      readonly sharedAxes: readonly number[];
      readonly seed: number | null;
    }
  | { readonly kind: 'gaussianDropout'; readonly rate: number; readonly seed: number | null }
  | { readonly kind: 'gaussianNoise'; readonly stddev: number; readonly seed: number | null }
  | { readonly kind: 'activation'; readonly activation: Activation }
  /** `sharedAxes`: axes of the value, batch not counted, 1-based as in Keras. `channelsFirst` PyTorch: one slope each channel. */
  | {
      readonly kind: 'prelu';
      readonly sharedAxes: readonly number[];
      readonly parameters: 'elementwise' | 'perChannel' | 'single';
    }
  /**
   * `channelsLastOrder`: a channels-first value is transposed to channels-last before it is flattened (Keras 2+, data_format given).
   * Axes count the batch; negative ones count from the end; `endAxis` is included.
   */
  | {
      readonly kind: 'flatten';
      readonly channelsLastOrder: boolean;
      readonly startAxis: number;
      readonly endAxis: number;
    }
  /** Target without the batch axis; -1 (at most once) is computed. */
  | { readonly kind: 'reshape'; readonly target: readonly number[] }
  /** 1-based axes without the batch, as in Keras. */
  | { readonly kind: 'permute'; readonly axes: readonly number[] }
  | { readonly kind: 'repeatVector'; readonly times: number }
  | {
      readonly kind: 'pad';
      readonly pads: readonly (readonly [number, number])[];
      readonly mode: PadMode;
      readonly value: number;
      readonly dataFormat: DataFormat;
    }
  | { readonly kind: 'crop'; readonly crops: readonly (readonly [number, number])[]; readonly dataFormat: DataFormat }
  | { readonly kind: 'centerCrop'; readonly height: number; readonly width: number; readonly dataFormat: DataFormat }
  | {
      readonly kind: 'upsample';
      readonly factors: readonly number[];
      readonly interpolation: Interpolation;
      readonly coordinates: ResizeCoordinates;
      readonly dataFormat: DataFormat;
    }
  | {
      readonly kind: 'resize';
      readonly height: number;
      readonly width: number;
      readonly interpolation: Interpolation;
      readonly coordinates: ResizeCoordinates;
      readonly dataFormat: DataFormat;
    }
  | { readonly kind: 'pixelShuffle'; readonly factor: number; readonly dataFormat: DataFormat }
  | { readonly kind: 'merge'; readonly operation: MergeOperation }
  /** Axes count the batch; negative ones count from the end. */
  | { readonly kind: 'concat'; readonly axis: number }
  | { readonly kind: 'dot'; readonly axes: readonly [number, number]; readonly normalize: boolean }
  /** `x * scale + offset`. */
  | {
      readonly kind: 'rescale';
      readonly scale: number | readonly number[];
      readonly offset: number | readonly number[];
    }
  /** `(x - mean) / sqrt(variance)`; `null` values come from the layer's weights. */
  | {
      readonly kind: 'normalization';
      readonly axes: readonly number[] | null;
      readonly mean: readonly number[] | null;
      readonly variance: readonly number[] | null;
      readonly invert: boolean;
    }
  /** Random image changes while training; the identity at inference. RandomCrop centre-crops then, hence `size`. */
  | {
      readonly kind: 'augmentation';
      readonly operation: string;
      readonly size: readonly [number, number] | null;
      readonly parameters: Readonly<Record<string, unknown>>;
    }
  /** The value itself (Identity, ActivityRegularization, Masking without effect on values…). */
  | { readonly kind: 'identity' }
  | { readonly kind: 'embedding'; readonly inputDim: number; readonly outputDim: number }
  | {
      readonly kind: 'recurrent';
      readonly cell: 'simple' | 'lstm' | 'gru';
      readonly units: number;
      readonly useBias: boolean;
      readonly returnSequences: boolean;
      readonly bidirectional: 'concat' | 'sum' | 'mul' | 'ave' | null;
      readonly goBackwards: boolean;
      readonly activation: Activation;
      readonly recurrentActivation: Activation;
      /** GRU: apply the reset gate after the product (Keras 2+ default, PyTorch). */
      readonly resetAfter: boolean;
    }
  /** A whole graph used as one layer. The wrapped graph runs once for each time step where `timeDistributed`. */
  | { readonly kind: 'model'; readonly graph: Graph; readonly timeDistributed: boolean }
  /** Not understood, or not to be understood (Lambda carries code): why, in words for a reader. */
  | {
      readonly kind: 'opaque';
      readonly reason: string;
      readonly known?: KnownShapes | undefined;
      /** Where it makes several rows of each sample of the batch: how many. */
      readonly rowsPerSample?: number | undefined;
    };

export type KindName = LayerKind['kind'];

/** The kind with the given name: `KindOf<'conv'>`. */
export type KindOf<K extends KindName> = Extract<LayerKind, { readonly kind: K }>;
