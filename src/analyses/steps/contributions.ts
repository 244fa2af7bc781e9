/** Which input channels a filter's map is made of. */
import type { WindowAxes } from '../../protocol/effects/windows';
import type { MapView } from '../maps';

const mostPositions = 64;

export interface Contribution {
  readonly channel: number;
  readonly weight: number;
}

/**
 * Sum of |sum of products| of each input channel over output positions spread evenly over the map (at most 64), largest
 * first: what each channel gives to this filter's map for this input. Padding counts as zero.
 */
export function contributions(
  planes: readonly { readonly channel: number; readonly kernel: Float32Array }[],
  input: MapView,
  axes: WindowAxes
): Contribution[] {
  const [depths, rows, columns] = axes;
  const count = depths.indices.length * rows.indices.length * columns.indices.length;
  const looked = Math.min(mostPositions, count);
  const windows = Array.from({ length: looked }, (_, n) => {
    const flat = Math.floor(((n + 0.5) * count) / looked);
    const [x, y] = [flat % columns.indices.length, Math.floor(flat / columns.indices.length) % rows.indices.length];
    return cellsUnder(axes, [Math.floor(flat / (columns.indices.length * rows.indices.length)), y, x]);
  });
  const sizes = input.shape.length - 1;
  const offsets = windows.map((cells) => cells.map((cell) => (cell === null ? null : cell.slice(3 - sizes))));
  return planes
    .map(({ channel, kernel }) => ({
      channel,
      weight: offsets.reduce(
        (total, cells) =>
          total +
          Math.abs(
            cells.reduce(
              (sum, cell, element) => sum + (cell === null ? 0 : input.at(channel, ...cell) * (kernel[element] ?? 0)),
              0
            )
          ),
        0
      )
    }))
    .sort((a, b) => b.weight - a.weight || a.channel - b.channel);
}

/** Input positions under the window at an output position, row-major; `null` in padding and gaps. */
export function cellsUnder(
  axes: WindowAxes,
  at: readonly [number, number, number]
): (readonly [number, number, number] | null)[] {
  const [depths, rows, columns] = axes;
  const known = (index: number | null, size: number): index is number => index !== null && index >= 0 && index < size;
  return (depths.indices[at[0]] ?? []).flatMap((d) =>
    (rows.indices[at[1]] ?? []).flatMap((r) =>
      (columns.indices[at[2]] ?? []).map((c) =>
        known(d, depths.size) && known(r, rows.size) && known(c, columns.size) ? ([d, r, c] as const) : null
      )
    )
  );
}
