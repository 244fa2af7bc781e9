/**
 * Everything the panel can ask the child process for. Pixels travel as RGBA bytes, numbers as small typed arrays;
 * a single answer carries at most about 1 MB of them. `model` is the id that `openModel` or `openDefinition` gave.
 */
import type { InputSource, PreparedInput, Preprocessing, PresetComparison, SampleInfo } from './inputs';
import type {
  LabelChoice,
  LabelsInUse,
  MapSheet,
  MapTileRequest,
  PixelProof,
  RunOutcome,
  ValueChange
} from './running';
import type { Histogram, Statistics, TileRequest, Tiles } from './values';
import type { ModelSummary } from '../core/summary';
import type { ChannelCard } from './channelCard';
import type { CompareRequests } from './compare';
import type { ExperimentRequests } from './experiments';
import type { ExportRequests } from './export';
import type { DataRequests } from './dataSets';
import type { WhyRequests } from './why';
import type { DropoutRequests } from './effects/dropout';
import type { FeatureRequests } from './effects/features';
import type { NormalizationRequests } from './effects/normalization';
import type { PoolingRequests } from './effects/pooling';
import type { StepsRequests } from './effects/steps';
import type { TrainingRequests } from './training';
import type { PortableModel } from './portableModel';
import type { EngineInfo } from '../engine/engine';

// ---- opening -----------------------------------------------------------------------------------------------------

export interface OpenedModel {
  readonly model: string;
  readonly file: string | null;
  readonly summary: ModelSummary;
  /** Structure of each input for the image picker. */
  readonly inputs: readonly InputPort[];
}

/** A file whose weights a definition takes. */
export interface WeightsSource {
  readonly file: string;
  /** When the code was last changed, in milliseconds since 1970; `null` where that is not known. */
  readonly codeChanged: number | null;
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

/** The weights themselves, or what training here has added to those it began with; default `weights`. */
export type KernelsOf = 'weights' | 'change';

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
  /** The same for the pictures of whole filters, where those are means over the input channels; else `limit`. */
  readonly meanLimit: number;
  readonly filters: readonly FilterFacts[];
  readonly duplicateMeasure: string;
  readonly bias: Float32Array | null;
  /** What the numbers are: random, from a file… with initialiser and bound where random. */
  readonly initializerNote: string | null;
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
    ExperimentRequests,
    ExportRequests,
    WhyRequests,
    DropoutRequests,
    FeatureRequests,
    NormalizationRequests,
    PoolingRequests,
    StepsRequests,
    TrainingRequests {
  /** Opens a model file, or gives the id of the one already open when the file has not changed. */
  openModel: { params: { readonly file: string }; result: OpenedModel };
  /**
   * Takes over a model read from source code. Its weights come from a file as far as they fit (`ModelSummary.weightsFit`
   * tells), else they are drawn with `seed`.
   */
  openDefinition: {
    params: {
      readonly definition: PortableModel;
      readonly seed: number;
      readonly weights?: WeightsSource | undefined;
    };
    result: OpenedModel;
  };
  closeModel: { params: { readonly model: string }; result: null };
  /** Progress. */
  overview: { params: { readonly model: string }; result: Overview };
  kernelSheet: {
    params: {
      readonly model: string;
      readonly layer: string;
      readonly role?: KernelSheet['role'];
      readonly of?: KernelsOf;
    };
    result: KernelSheet;
  };
  /** Tiles of whole filters (RGB, lines) or of single planes: `planes` are `[filter, inputChannel]`; -1 for the RGB picture or the mean over inputs. */
  kernelTiles: {
    params: TileRequest & {
      readonly role: KernelSheet['role'];
      readonly of?: KernelsOf;
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
      readonly of?: KernelsOf;
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
  /** What a batch norm does to its input's values in the last pass; `null` where they are not kept. */
  valueChange: {
    params: { readonly model: string; readonly layer: string; readonly occurrence: number };
    result: ValueChange | null;
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
