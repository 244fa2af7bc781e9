/** How a file of weights fits the model that code defines: the answer to "does this checkpoint fit this code?". */

export type FitStatus =
  /** Every weight of the layer is there in the shape that the code needs. */
  | 'matched'
  /** The file has a counterpart, but of other shapes. */
  | 'differs'
  /** The file has nothing for this layer of the code. */
  | 'missing'
  /** The code has no use for this layer of the file. */
  | 'extra'
  /** The shapes fit, but the numbers stand in an order that another framework gives them. */
  | 'refused'
  /** The code does not tell what the layer needs; its weights are shown and not run. */
  | 'unknown';

export interface FitRow {
  readonly status: FitStatus;
  /** Id of the layer in the code's model; `null` for what only the file has. */
  readonly layer: string | null;
  /** Name of the layer in the file; `null` for what only the code has. */
  readonly fileLayer: string | null;
  /** By what the two were found to be the same. */
  readonly by: 'name' | 'order' | null;
  /** What differs, in words; `null` where nothing does. */
  readonly reason: string | null;
}

export interface WeightsFit {
  /** Name of the file. */
  readonly file: string;
  /** In the order of the code, then what only the file has. */
  readonly rows: readonly FitRow[];
  readonly matched: number;
  /** Layers of the code that need weights. */
  readonly needed: number;
  /** One sentence for all of it. */
  readonly verdict: string;
}
