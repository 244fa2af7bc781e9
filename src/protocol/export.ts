/** Writing what the child process holds; only the host asks, after the person has said where. */

export type TensorChoice =
  | { readonly kind: 'weight'; readonly layer: string; readonly name: string }
  | { readonly kind: 'value'; readonly layer: string; readonly occurrence: number };

/** `safetensors` holds the weights alone. */
export type SaveFormat = 'keras' | 'h5' | 'tfjs' | 'safetensors';

export interface ExportRequests extends Record<string, { params: unknown; result: unknown }> {
  /** `.npy` in the origin's own shape, batch axis included for values. */
  writeTensor: {
    params: { readonly model: string; readonly tensor: TensorChoice; readonly path: string };
    result: { readonly shape: readonly number[] };
  };
  /** Summary, kernels, maps and effects for the input now set, self-contained. Progress. */
  /**
   * The model with its weights, or with those of an epoch of a kept run; read back before it counts as written. Progress.
   */
  writeModel: {
    params: {
      readonly model: string;
      readonly trained: { readonly run: string; readonly epoch: number } | null;
      readonly format: SaveFormat;
      readonly path: string;
    };
    /** The first path is the one to open. */
    result: { readonly paths: readonly string[]; readonly notices: readonly string[] };
  };
  writeReport: { params: { readonly model: string; readonly path: string }; result: null };
}
