/**
 * Everything the panel can ask the child process for. Pixels travel as RGBA bytes, numbers as small typed arrays;
 * a single answer carries at most about 1 MB of them. `model` is the id that `openModel` or `openDefinition` gave.
 */
import type { ModelSummary } from '../core/summary';
import type { ChannelCard } from './channelCard';
import type { CompareRequests } from './compare';
import type { ExportRequests } from './export';
import type { DataRequests } from './dataSets';
import type { WhyRequests } from './why';
import type { DropoutRequests } from './effects/dropout';
import type { NormalizationRequests } from './effects/normalization';
import type { PoolingRequests } from './effects/pooling';
import type { StepsRequests } from './effects/steps';
import type { PortableModel } from './portableModel';
import type { EngineInfo } from '../engine/engine';

/** Row-major RGBA, 4 bytes a pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

export interface Statistics {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Mean of |value|: how strong the values are, whatever their signs. */
  readonly meanAbs: number;
  readonly std: number;
  /** Share of exact zeros, in [0, 1]. */
  readonly zeros: number;
  /** NaN and infinite entries. */
  readonly notFinite: number;
}

/** What the film strip tells of a value; the maps' sheet has the whole of `Statistics`. */
export type ValueFacts = Pick<Statistics, 'count' | 'min' | 'max' | 'mean' | 'meanAbs' | 'notFinite'>;

export interface Histogram {
  /** `counts.length + 1` ascending edges. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

// ---- opening -----------------------------------------------------------------------------------------------------

export interface OpenedModel {
  readonly model: string;
  readonly file: string | null;
  readonly summary: ModelSummary;
  /** Structure of each input for the image picker. */
  readonly inputs: readonly InputPort[];
}

export interface InputPort {
  readonly name: string;
  /** Without the batch axis, in the model's layout. */
  readonly shape: readonly (number | null)[];
  readonly role: 'image' | 'series' | 'volume' | 'values';
  readonly channels: number | null;
  /** Height and width for an image; `null` where free. */
  readonly height: number | null;
  readonly width: number | null;
  readonly channelsFirst: boolean;
}

// ---- overview ----------------------------------------------------------------------------------------------------

export interface Finding {
  readonly severity: 'problem' | 'remark' | 'good';
  readonly code: string;
  /** One sentence with the number and the measure used. */
  readonly message: string;
  readonly layer: string | null;
  /** Channel or filter indices concerned, at most 64. */
  readonly channels: readonly number[];
}

export interface Overview {
  /** One computed sentence on the whole model. */
  readonly verdict: string;
  readonly findings: readonly Finding[];
  readonly heaviest: readonly { readonly layer: string; readonly params: number; readonly share: number }[];
}

// ---- kernels -----------------------------------------------------------------------------------------------------

export type ScaleMode = 'shared' | 'each';

export interface FilterFacts {
  readonly index: number;
  readonly norm: number;
  readonly min: number;
  readonly max: number;
  /** Norm below 1 % of the layer's median norm. */
  readonly nearDead: boolean;
  /** Another filter with |cosine| >= 0.99, if any. */
  readonly duplicateOf: number | null;
}

export interface KernelSheet {
  readonly layer: string;
  readonly role: 'kernel' | 'depthwiseKernel' | 'pointwiseKernel';
  readonly outChannels: number;
  /** Input channels each filter reads (per group). */
  readonly inChannels: number;
  /** Spatial size: `[height, width]`; 1-D kernels `[1, length]`; 3-D `[depth, height, width]`; dense `[1, 1]`. */
  readonly size: readonly number[];
  readonly display: 'rgb' | 'planes' | 'lines' | 'matrix' | 'volume';
  readonly statistics: Statistics;
  readonly histogram: Histogram;
  /** Largest absolute value: the shared scale runs from `-limit` to `limit`. */
  readonly limit: number;
  readonly filters: readonly FilterFacts[];
  readonly duplicateMeasure: string;
  readonly bias: Float32Array | null;
  /** What the numbers are: random, from a file… with initialiser and bound where random. */
  readonly initializerNote: string | null;
}

export interface TileRequest {
  readonly model: string;
  readonly layer: string;
  readonly scale: ScaleMode;
  readonly colormap: ColormapName;
}

export type ColormapName = 'viridis' | 'gray' | 'diverging';

/** One picture for each asked index, in the order asked. */
export interface Tiles {
  readonly tiles: readonly Pixels[];
  /** The value range the colours of each tile span. */
  readonly ranges: readonly ValueRange[];
}

// ---- input -------------------------------------------------------------------------------------------------------

export type NormalizationName = '0..1' | '-1..1' | '0..255' | 'imagenet' | 'caffe' | 'none';

export interface Preprocessing {
  readonly fit: 'stretch' | 'cover' | 'contain';
  readonly normalization: NormalizationName;
  readonly colour: 'rgb' | 'bgr' | 'gray';
  readonly invert: boolean;
}

export type InputSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  /** RGBA drawn in the pad. */
  | { readonly kind: 'drawing'; readonly pixels: Pixels }
  | { readonly kind: 'sample'; readonly id: string }
  | { readonly kind: 'noise'; readonly seed: number };

export interface PreparedInput {
  readonly input: number;
  readonly label: string;
  /** What the network sees, de-normalised for display. */
  readonly preview: Pixels;
  readonly statistics: Statistics;
  readonly preprocessing: Preprocessing;
  /** Why this preprocessing was chosen. */
  readonly reason: string;
  readonly originalSize: readonly [number, number] | null;
}

export interface SampleInfo {
  readonly id: string;
  readonly title: string;
  readonly fits: boolean;
  readonly thumbnail: Pixels;
}

export interface PresetAnswer {
  readonly preprocessing: Preprocessing;
  readonly preview: Pixels;
  readonly top: readonly { readonly index: number; readonly label: string | null; readonly value: number }[];
  /** Whether the values are probabilities that sum to one. */
  readonly probabilities: boolean;
  /**
   * The spread of the values at the trained batch normalisations relative to the one they learned: 1 is as in training;
   * `null` where there are none.
   */
  readonly spread: number | null;
  /** Whether `spread` is what a picture like those in training gives. */
  readonly likeTraining: boolean;
}

export interface PresetComparison {
  readonly answers: readonly PresetAnswer[];
  /** The index of the one that is like training and clearly surest among those; `null` where it stays open. */
  readonly best: number | null;
  /** How many batch normalisations were compared with. */
  readonly norms: number;
}

// ---- running -----------------------------------------------------------------------------------------------------

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
  /** What a batch norm does to its input's values; `null` for other layers. */
  readonly change: ValueChange | null;
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
  /** Share of the values that lie outside the picture's range. */
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
      readonly difference: Pixels | null;
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

// ---- graph -------------------------------------------------------------------------------------------------------

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly {
    readonly layer: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

// ---- the map -----------------------------------------------------------------------------------------------------

export interface WorkerRequests
  extends
    DataRequests,
    CompareRequests,
    ExportRequests,
    WhyRequests,
    DropoutRequests,
    NormalizationRequests,
    PoolingRequests,
    StepsRequests {
  /** Opens a model file, or gives the id of the one already open when the file has not changed. */
  openModel: { params: { readonly file: string }; result: OpenedModel };
  /** Takes over a model read from source code; its weights are drawn with `seed`. */
  openDefinition: { params: { readonly definition: PortableModel; readonly seed: number }; result: OpenedModel };
  closeModel: { params: { readonly model: string }; result: null };
  /** Progress. */
  overview: { params: { readonly model: string }; result: Overview };
  kernelSheet: {
    params: { readonly model: string; readonly layer: string; readonly role?: KernelSheet['role'] };
    result: KernelSheet;
  };
  /** Tiles of whole filters (RGB, lines) or of single planes: `planes` are `[filter, inputChannel]`; -1 for the RGB picture or the mean over inputs. */
  kernelTiles: {
    params: TileRequest & {
      readonly role: KernelSheet['role'];
      readonly planes: readonly (readonly [number, number])[];
    };
    result: Tiles;
  };
  /** Numbers of one plane, row-major. */
  kernelNumbers: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly role: KernelSheet['role'];
      readonly filter: number;
      readonly channel: number;
    };
    result: { readonly size: readonly number[]; readonly values: Float32Array };
  };
  samples: { params: { readonly model: string; readonly input: number }; result: readonly SampleInfo[] };
  setInput: {
    params: {
      readonly model: string;
      readonly input: number;
      readonly source: InputSource;
      readonly preprocessing: Preprocessing | null;
    };
    result: PreparedInput;
  };
  /** Runs every preset on the input now set: what the network answers, and how near the input is to what it was trained on. */
  comparePresets: {
    params: { readonly model: string; readonly input: number };
    result: PresetComparison;
  };
  /** One pass over all layers; each thumbnail arrives as `progress.partial` (a `LayerThumbnail`). */
  run: { params: { readonly model: string }; result: RunOutcome };
  mapSheet: {
    params: { readonly model: string; readonly layer: string; readonly occurrence: number };
    result: MapSheet;
  };
  mapTiles: { params: MapTileRequest; result: Tiles };
  mapNumbers: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly channel: number;
      readonly slice: number;
    };
    result: { readonly size: readonly [number, number]; readonly values: Float32Array; readonly histogram: Histogram };
  };
  proof: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly occurrence: number;
      readonly position: readonly number[];
      readonly channel: number;
    };
    result: PixelProof;
  };
  channelCard: {
    params: { readonly model: string; readonly layer: string; readonly channel: number };
    result: ChannelCard;
  };
  graphLayout: { params: { readonly model: string; readonly layer: string | null }; result: GraphLayout };
  /**
   * Class names: from a text or JSON file, typed by hand, or a built-in list (`imagenet`, `digits`…); `null` clears.
   * As many names as no output has classes are refused.
   */
  setLabels: {
    params: {
      readonly model: string;
      readonly labels:
        | { readonly kind: 'file'; readonly path: string }
        | { readonly kind: 'list'; readonly names: readonly string[] }
        | { readonly kind: 'builtin'; readonly id: string }
        | null;
    };
    result: { readonly names: readonly string[] | null };
  };
  /** The built-in lists, fitting ones first, and the names now in use. */
  labels: {
    params: { readonly model: string };
    result: { readonly choices: readonly LabelChoice[]; readonly inUse: LabelsInUse | null };
  };
  engines: { params: null; result: readonly EngineInfo[] };
}

export interface WorkerEvents extends Record<string, unknown> {
  /** A line for the log channel. */
  log: { readonly level: 'info' | 'warn' | 'error'; readonly message: string };
}
