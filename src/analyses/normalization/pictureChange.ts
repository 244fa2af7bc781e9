/**
 * Changes of pictures that already are network inputs. Every preprocessing is affine by channel, so the input of a black
 * and of a white picture tell how bright each element is: `p = (x - black) / (white - black)` in [0, 1].
 */
import type { Random } from '../../core/random';
import type { ShiftName } from '../../protocol/effects/normalization';

export interface Brightness {
  /** Inputs of a black and a white picture, one sample. */
  readonly black: Float32Array;
  readonly white: Float32Array;
}

/**
 * The pictures at a strength in [0, 1]: `brighter` adds up to 0.6; `contrast` draws up to 90 % towards mid-grey; `noise` adds up to
 * half a normal deviation; `inverted` blends with the negative. Clipped to [0, 1].
 * @param data whole samples, as long as `black` each
 */
export function shifted(
  data: Float32Array,
  { black, white }: Brightness,
  shift: ShiftName,
  strength: number,
  random: Random
): Float32Array {
  const change = changeOf(shift, strength, random);
  return changed(data, { black, white }, change);
}

function changeOf(shift: ShiftName, s: number, random: Random): (p: number) => number {
  switch (shift) {
    case 'brighter':
      return (p) => p + 0.6 * s;
    case 'contrast':
      return (p) => 0.5 + (p - 0.5) * (1 - 0.9 * s);
    case 'noise':
      return (p) => p + 0.5 * s * random.normal();
    case 'inverted':
      return (p) => p * (1 - s) + (1 - p) * s;
  }
}

function changed(data: Float32Array, { black, white }: Brightness, change: (p: number) => number): Float32Array {
  const size = Math.max(1, black.length);
  return data.map((x, i) => {
    const low = black[i % size] ?? 0;
    const span = (white[i % size] ?? 1) - low;
    if (span === 0) return x;
    return low + Math.max(0, Math.min(1, change((x - low) / span))) * span;
  });
}

/** Layout of one sample. */
export interface PictureLayout {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly channelsFirst: boolean;
}

/** A seeded copy: moved by up to two pixels (edges repeat) and brighter or darker by up to 20 %. */
export function copyOf(sample: Float32Array, layout: PictureLayout, brightness: Brightness, random: Random) {
  const dy = random.below(5) - 2;
  const dx = random.below(5) - 2;
  const factor = 0.8 + 0.4 * random.uniform();
  const { height, width, channels, channelsFirst } = layout;
  const moved = new Float32Array(sample.length);
  const index = (y: number, x: number, c: number) =>
    channelsFirst ? (c * height + y) * width + x : (y * width + x) * channels + c;
  const within = (value: number, size: number) => Math.max(0, Math.min(size - 1, value));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        moved[index(y, x, c)] = sample[index(within(y - dy, height), within(x - dx, width), c)] ?? 0;
  return changed(moved, brightness, (p) => p * factor);
}
