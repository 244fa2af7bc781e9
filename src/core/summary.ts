/**
 * What a person reads about a model, computed once for every origin. The command line prints it as JSON, the panel and
 * the hover show it. Field names are the command line's contract.
 */
import type { FormatName, Notice, SourceRange, Topology, WeightsOrigin } from './model';
import type { KindName } from './layerKind';
import type { Shape } from './shape';
import type { DType, WeightRole } from './tensor';
import type { WeightsFit } from './weightsFit';

export interface WeightRow {
  readonly role: WeightRole;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A count is `null` where it is not known, never 0. */
export interface LayerRow {
  readonly id: string;
  readonly name: string;
  readonly kind: KindName;
  readonly sourceType: string;
  /** The kind in a few plain words: "Conv2D 3 × 3, 32 filters, relu". */
  readonly title: string;
  /** Names of the listed layers the first call reads. */
  readonly inputs: readonly string[];
  /** How often the layer is called. */
  readonly calls: number;
  readonly inputShapes: readonly (Shape | null)[];
  readonly outputShape: Shape | null;
  readonly params: number | null;
  readonly trainableParams: number | null;
  /** Multiply-adds of all calls for a batch of one; biases are not counted. */
  readonly macs: number | null;
  /** Bytes of the outputs of all calls for a batch of one in float32. */
  readonly activationBytes: number | null;
  /** Per spatial axis, in input pixels, `null` entries: the whole input or not known (see `receptiveFieldNote`). */
  readonly receptiveField: readonly number[] | null;
  readonly effectiveStride: readonly number[] | null;
  /** Input coordinate of the centre of the first output's receptive field, per spatial axis. */
  readonly receptiveFieldOffset: readonly number[] | null;
  readonly receptiveFieldNote: string | null;
  /** Sizes that later uses of a shared layer have beside `receptiveField`, each once; mostly empty. */
  readonly laterReceptiveFields: readonly (readonly number[] | null)[];
  /** One-based, as editors show it. */
  readonly line: number | null;
  readonly endLine: number | null;
  readonly cell: number | null;
  readonly source: SourceRange | null;
  readonly weights: readonly WeightRow[];
  /** Why something is unknown or was assumed, in words. */
  readonly note: string | null;
  /** Whether the origin's own summary lists this layer. */
  readonly listed: boolean;
  /** Rows of a nested model. */
  readonly layers: readonly LayerRow[] | null;
}

export interface Totals {
  readonly params: number | null;
  readonly trainableParams: number | null;
  readonly nonTrainableParams: number | null;
  /** Moving statistics that the framework does not count as parameters (PyTorch). */
  readonly buffers: number;
  readonly macs: number | null;
  /** Activations of a batch of one in float32. */
  readonly bytes: number | null;
  readonly weightBytes: number | null;
}

export type Severity = 'error' | 'warning' | 'info';

export interface Diagnostic {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly layer: string | null;
  /** One-based; `null` for model files. */
  readonly line: number | null;
  readonly column: number | null;
}

export interface PortRow {
  readonly name: string;
  readonly shape: Shape | null;
}

export interface ModelSummary {
  readonly name: string;
  readonly line: number | null;
  readonly cell: number | null;
  readonly format: FormatName;
  readonly frameworkVersion: string | null;
  readonly topology: Topology;
  readonly weightsOrigin: WeightsOrigin;
  readonly inputs: readonly PortRow[];
  readonly outputs: readonly PortRow[];
  /** Every layer in topological order, also those with `listed: false`. */
  readonly layers: readonly LayerRow[];
  readonly totals: Totals;
  readonly fileBytes: { readonly weights: number; readonly optimizer: number; readonly other: number } | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly notices: readonly Notice[];
  readonly classNames: readonly string[] | null;
  /** How the weights' file fits the code; `null` for every other model. */
  readonly weightsFit: WeightsFit | null;
}
