/** Pictures a network can be asked about in numbers: the bundled digits, the sample pictures, a folder of the person's. */

export interface DataSetInfo {
  readonly id: string;
  readonly title: string;
  readonly size: number;
  readonly classNames: readonly string[] | null;
  /** Whether its labels name the network's outputs, so that accuracy means something. */
  readonly labelled: boolean;
  /** Why it is or is not a fitting choice, for people. */
  readonly reason: string;
}

export interface DataRequests extends Record<string, { params: unknown; result: unknown }> {
  /** Those that fit the model's only picture input, best first; empty for other models. */
  dataSets: { params: { readonly model: string }; result: readonly DataSetInfo[] };
  /** Adds a folder: one sub-folder a class, or pictures alone. */
  addImageFolder: { params: { readonly model: string; readonly path: string }; result: DataSetInfo };
}
