/** What a writer hands over. */
export interface SavedFile {
  /** Relative to the folder of the model. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SavedModel {
  /** The first one is the one to open. */
  readonly files: readonly SavedFile[];
  /** What the person should know: a layer that stands for another, state that was left out. */
  readonly notices: readonly string[];
}
