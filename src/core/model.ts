/**
 * One representation for every origin: source code, Keras, PyTorch and TensorFlow.js files.
 *
 * A graph is a list of calls in topological order. A layer that is called twice is one `LayerNode` with two calls and
 * counts its parameters once. A nested model is a layer of kind `model` with a graph of its own.
 */
import type { LayerKind } from './layerKind';
import type { TensorRef } from './tensor';
import type { TrainingRecipe } from './trainingRecipe';
import type { WeightsFit } from './weightsFit';

/** How much of the wiring is known: read from the file, a plain chain, guessed from names, or not there at all. */
export type Topology = 'exact' | 'sequential' | 'inferred' | 'none';

export type Framework = 'keras' | 'pytorch' | 'tfjs' | 'unknown';

export type FormatName =
  | 'keras-h5'
  | 'keras-v3'
  | 'keras-weights'
  | 'keras-json'
  | 'tfjs-layers'
  | 'pytorch'
  | 'safetensors'
  | 'keras-source'
  | 'pytorch-source'
  | 'tfjs-source';

/** A place in a text, zero-based lines and UTF-16 columns, `end` exclusive; `cell` for notebooks (zero-based). */
export interface SourceRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly cell?: number | undefined;
}

export interface LayerNode {
  /** Unique in the whole model: names joined by `/` from the root (`encoder/conv1`). */
  readonly id: string;
  readonly name: string;
  readonly kind: LayerKind;
  /** The class as the origin spells it: `Convolution2D`. */
  readonly sourceType: string;
  /** The origin's own attributes, for the reader's eye; never trusted, never merged into objects. */
  readonly config: ReadonlyMap<string, unknown>;
  /** In the origin's own order. Empty while weights are not known. */
  readonly weights: readonly TensorRef[];
  readonly trainable: boolean;
  /** The constructor call in the source, where there is one. */
  readonly source?: SourceRange | undefined;
  /** False where the origin's own summary does not list the layer (the input of a Sequential). */
  readonly listed: boolean;
  /**
   * Input channels or features the origin fixes at construction (PyTorch's `in_channels`, `in_features`, `num_features`, one
   * entry; the normalised sizes of a LayerNorm): parameters are known from it before any shape is.
   */
  readonly declaredFeatures?: readonly number[] | undefined;
  /** Numbers in the weights of a layer of no known kind, where its origin says how many; those that learn, and measured ones. */
  readonly declaredParameters?: { readonly learned: number; readonly measured: number } | undefined;
  /** Initialisers by weight role, for models without weights. */
  readonly initializers?: ReadonlyMap<string, Initializer> | undefined;
}

/** How a fresh weight is drawn; names as in Keras (`glorotUniform`, `heNormal`, `torchUniform`, `constant`…). */
export interface Initializer {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** One output of one call. */
export interface ValueRef {
  readonly call: number;
  readonly output: number;
}

/** One use of a layer. `id` equals its index in `Graph.calls`. */
export interface Call {
  readonly id: number;
  readonly layer: string;
  readonly inputs: readonly ValueRef[];
}

export interface Graph {
  readonly name: string;
  /** By `LayerNode.id`, in the origin's order. */
  readonly layers: ReadonlyMap<string, LayerNode>;
  /** Topological order; empty where the topology is `none`. */
  readonly calls: readonly Call[];
  readonly inputs: readonly ValueRef[];
  readonly outputs: readonly ValueRef[];
}

/** What the weights are, always shown with them. */
export type WeightsOrigin =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: string; readonly olderThanCode: boolean }
  | { readonly kind: 'random'; readonly seed: number }
  | { readonly kind: 'trained'; readonly epoch: number };

/** Something the reader assumed or left out, in words for a person. */
export interface Notice {
  readonly code: string;
  readonly message: string;
  readonly layer?: string | undefined;
}

export interface Model {
  readonly name: string;
  readonly format: FormatName;
  readonly framework: Framework;
  readonly frameworkVersion: string | null;
  readonly topology: Topology;
  readonly root: Graph;
  readonly weightsOrigin: WeightsOrigin;
  readonly notices: readonly Notice[];
  /** Tensors of the file that belong to no layer (optimizer slots, strays). */
  readonly unplaced: readonly TensorRef[];
  /** How the file's bytes divide, where there is a file. */
  readonly fileBytes: { readonly weights: number; readonly optimizer: number; readonly other: number } | null;
  /** The whole definition in the source, where there is one. */
  readonly source?: SourceRange | undefined;
  /** What the code says about training it, where it says anything. */
  readonly training?: TrainingRecipe | undefined;
  /** Class names the origin states, if any. */
  readonly classNames: readonly string[] | null;
  /** How the file itself describes the model, so that it can be saved again with other weights and nothing else changed. */
  readonly architecture?: Architecture | undefined;
  /** How the file that the weights were taken from fits, for a model that code defines. */
  readonly weightsFit?: WeightsFit | undefined;
  /** Layers for which that file has no weights that fit: none are drawn for them, the pass stops there. */
  readonly lacking?: ReadonlySet<string> | undefined;
}

export interface Architecture {
  /** JSON: the model's `{class_name, config}`; for TensorFlow.js the whole `modelTopology`. */
  readonly text: string;
  /** The graph that was made from it: a model with another graph is no longer described by the text. */
  readonly graph: Graph;
}
