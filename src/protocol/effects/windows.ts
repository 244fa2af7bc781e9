/** Where windows stand on their input, axis by axis: the same words for poolings and convolutions. */

export interface AxisWindows {
  /** Input positions along the axis. */
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Positions of padding before and after the input. */
  readonly pads: readonly [number, number];
  /**
   * For each output position, the input position under each element of the window: below 0 or from `size` on in the
   * padding; `null` where a transposed convolution has no input there.
   */
  readonly indices: readonly (readonly (number | null)[])[];
}

/** Depth, height, width; axes that the value does not have are one position long. */
export type WindowAxes = readonly [AxisWindows, AxisWindows, AxisWindows];

/** One channel of a value, row-major over depth, height, width. */
export interface Volume {
  readonly size: readonly [number, number, number];
  readonly values: Float32Array;
}
