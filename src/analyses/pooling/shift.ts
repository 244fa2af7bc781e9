/** Inputs moved by whole pixels, and how far a map follows. */
import type { DenseTensor } from '../../core/tensor';
import type { Movement } from '../../protocol/effects/pooling';
import type { WindowAxes } from '../../protocol/effects/windows';
import type { MapView } from '../maps';
import { poolMap } from './pooled';
import type { Pooling } from './windows';

const widestShift = 2;

/**
 * The picture moved down and to the right, its border repeated. The last two spatial axes move; series move along their
 * only one, by `right`.
 * @param tensor batch axis first.
 */
export function shiftInput(tensor: DenseTensor, down: number, right: number, channelsFirst: boolean): DenseTensor {
  const { shape, data } = tensor;
  const spatial = shape.length - 2;
  if (spatial < 1) return tensor;
  const last = channelsFirst ? shape.length - 1 : shape.length - 2;
  const by = shape.map((_, axis) => (axis === last ? right : axis === last - 1 && spatial > 1 ? down : 0));
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const result = new Float32Array(data.length);
  for (let flat = 0; flat < data.length; flat++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] ?? 1;
      const stride = strides[axis] ?? 1;
      const at = (Math.floor(flat / stride) % size) - (by[axis] ?? 0);
      from += Math.max(0, Math.min(size - 1, at)) * stride;
    }
    result[flat] = data[from] ?? 0;
  }
  return { shape, data: result };
}

/** How much maps changed. @param channels those that count together. */
export function movementOf(before: MapView, after: MapView, channels: readonly number[]): Movement {
  const pairs = channels.map((channel) => [before.channel(channel), after.channel(channel)] as const);
  return movementOfMaps(pairs, [before.slices, ...before.size]);
}

/** How much the maps after another pooling of the same two inputs would have changed, all channels together. */
export function movementUnder(kind: Pooling, before: MapView, after: MapView, axes: WindowAxes): Movement {
  const includePad = kind.kind === 'pool' && kind.countIncludePad;
  const pooled = (view: MapView, channel: number) =>
    poolMap(view.channel(channel), axes, kind.operation, includePad).outputs;
  const pairs = Array.from(
    { length: before.channels },
    (_, channel) => [pooled(before, channel), pooled(after, channel)] as const
  );
  return movementOfMaps(pairs, [axes[0].indices.length, axes[1].indices.length, axes[2].indices.length]);
}

function movementOfMaps(
  pairs: readonly (readonly [Float32Array, Float32Array])[],
  [slices, height, width]: readonly [number, number, number]
): Movement {
  const reach = (size: number) => Math.min(widestShift, Math.floor((size - 1) / 2));
  const change = (dy: number, dx: number): number | null => {
    let difference = 0;
    let whole = 0;
    for (const [a, b] of pairs) {
      for (let z = 0; z < slices; z++) {
        for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
          for (let x = Math.max(0, dx); x < Math.min(width, width + dx); x++) {
            const old = a[(z * height + y - dy) * width + x - dx] ?? 0;
            difference += ((b[(z * height + y) * width + x] ?? 0) - old) ** 2;
            whole += old ** 2;
          }
        }
      }
    }
    return whole > 0 ? Math.sqrt(difference / whole) : null;
  };
  const plain = change(0, 0);
  let aligned = plain;
  let shift: readonly [number, number] = [0, 0];
  for (let dy = 0 - reach(height); dy <= reach(height); dy++) {
    for (let dx = 0 - reach(width); dx <= reach(width); dx++) {
      const share = change(dy, dx);
      if (share === null || (aligned !== null && share >= aligned)) continue;
      aligned = share;
      shift = [dy, dx];
    }
  }
  return { plain, aligned, shift };
}

/** ||after - before|| / ||before||; `null` where before is all zero. */
export function relativeChange(before: Float32Array, after: Float32Array): number | null {
  let difference = 0;
  let whole = 0;
  before.forEach((value, i) => {
    difference += ((after[i] ?? 0) - value) ** 2;
    whole += value ** 2;
  });
  return whole > 0 ? Math.sqrt(difference / whole) : null;
}
