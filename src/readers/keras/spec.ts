/** A Keras model as its configuration says it, the same for all versions, before layers become canonical kinds. */

/** One output of one use of a layer, as `inbound_nodes` names it. */
export interface Pointer {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** One use of a layer in a functional model. */
export interface SpecCall {
  readonly inputs: readonly Pointer[];
  /** What else the call was given (constants of operations), for display. */
  readonly constants: readonly unknown[];
}

export interface LayerSpec {
  readonly name: string;
  readonly className: string;
  /** Where the class comes from, if the file says: `keras.layers`, `keras.src.ops.numpy`. */
  readonly module: string | null;
  /** The file's own attributes, and the same under snake_case names. */
  readonly config: ReadonlyMap<string, unknown>;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly trainable: boolean;
  /** A model used as a layer. */
  readonly model: ModelSpec | null;
  /** The layer inside a wrapper. */
  readonly wrapped: LayerSpec | null;
  readonly calls: readonly SpecCall[];
  /** The uses as the file writes them: the arguments of an operation, with their names. */
  readonly inbound: unknown;
  /** Not in the file's list: the input that Keras makes of the first layer's shape. */
  readonly implied?: boolean | undefined;
}

export interface ModelSpec {
  readonly name: string;
  readonly className: string;
  readonly sequential: boolean;
  readonly layers: readonly LayerSpec[];
  readonly inputs: readonly Pointer[];
  readonly outputs: readonly Pointer[];
  /** What a Sequential model was built for, batch axis first, where the file says. */
  readonly inputShape: readonly unknown[] | null;
}
