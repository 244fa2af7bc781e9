/** Shapes with unknown sizes. Axis 0 is the batch, `null` is a size that is not fixed or not known. */

export type Dim = number | null;

/** A tensor's shape in the model's own layout, batch axis first: `[null, 28, 28, 1]`. */
export type Shape = readonly Dim[];

/** Where the channel axis stands: `[N, …spatial, C]` or `[N, C, …spatial]`. */
export type DataFormat = 'channelsLast' | 'channelsFirst';

/** Index of the channel axis in a shape of the given rank (batch included). */
export function channelAxis(rank: number, format: DataFormat): number {
  return format === 'channelsFirst' ? 1 : rank - 1;
}

/** The spatial axes of a shape of the given rank (batch included), in order. */
export function spatialAxes(rank: number, format: DataFormat): number[] {
  const first = format === 'channelsFirst' ? 2 : 1;
  return Array.from({ length: Math.max(0, rank - 2) }, (_, i) => first + i);
}

/** Product of sizes, `null` as soon as one is unknown. */
export function productOf(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((product, size) => (product === null || size === null ? null : product * size), 1);
}

/** `28 x 28 x 1`-style text without the batch axis; `?` where a size is unknown. */
export function formatShape(shape: Shape | null): string {
  if (shape === null) return '?';
  const inner = shape.slice(1);
  return inner.length === 0 ? 'scalar' : inner.map((size) => size ?? '?').join(' × ');
}
