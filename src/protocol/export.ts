/** Writing what the child process holds; only the host asks, after the person has said where. */

export type TensorChoice =
  | { readonly kind: 'weight'; readonly layer: string; readonly name: string }
  | { readonly kind: 'value'; readonly layer: string; readonly occurrence: number };

export interface ExportRequests extends Record<string, { params: unknown; result: unknown }> {
  /** `.npy` in the origin's own shape, batch axis included for values. */
  writeTensor: {
    params: { readonly model: string; readonly tensor: TensorChoice; readonly path: string };
    result: { readonly shape: readonly number[] };
  };
  /** Summary, kernels, maps and effects for the input now set, self-contained. Progress. */
  writeReport: { params: { readonly model: string; readonly path: string }; result: null };
}
