/** Switching channels of a value off, ordering them, and how they vary together. */
import type { DataFormat } from '../../core/shape';
import { drawNoise } from '../../core/noise';
import { createRandom } from '../../core/random';
import { elementCount, type DenseTensor } from '../../core/tensor';
import { mapView } from '../maps';

/** Where a value's channels stand: for each element of one row, its channel. */
export interface Channels {
  readonly count: number;
  /** Elements of a row that belong to a channel: `offset(channel, position)`, `positions` of them. */
  readonly positions: number;
  offset(channel: number, position: number): number;
}

/** @param tensor `[N, …]`; only its shape matters. */
export function channelsOf(tensor: DenseTensor, format: DataFormat): Channels {
  const inner = tensor.shape.slice(1);
  const row: DenseTensor = { shape: [1, ...inner], data: tensor.data.subarray(0, elementCount(inner)) };
  const view = mapView(row, format);
  const positions = elementCount(inner) / Math.max(1, view.channels);
  const first = view.channelAxis === 0 && !view.vector;
  return {
    count: view.channels,
    positions,
    offset: (channel, position) =>
      view.vector ? channel : first ? channel * positions + position : position * view.channels + channel
  };
}

/**
 * What a value is multiplied by to lose whole channels at a rate, the survivors scaled by 1/(1 - rate): dropout's own
 * arithmetic (`drawNoise`), one draw a channel.
 * @param shape of the value, `[1, …]` @returns ones for every axis but the channels'
 */
export function channelMask(shape: readonly number[], format: DataFormat, rate: number, seed: number): DenseTensor {
  const axis = format === 'channelsFirst' && shape.length > 2 ? 1 : shape.length - 1;
  const sharedAxes = shape.flatMap((_, other) => (other === axis || other === 0 ? [] : [other]));
  const kind = { kind: 'dropout', rate, sharedAxes, seed: null } as const;
  return {
    shape: shape.map((size, other) => (other === axis ? size : 1)),
    data: drawNoise(kind, [1, ...shape.slice(1)], [createRandom(seed)])
  };
}

/** Sets channels of one row to zero, in place. */
export function switchOff(row: Float32Array, channels: Channels, off: Iterable<number>): void {
  for (const channel of off) {
    for (let position = 0; position < channels.positions; position++) row[channels.offset(channel, position)] = 0;
  }
}

/** Mean |a| of each channel over all rows of a batch. */
export function channelStrength(tensor: DenseTensor, channels: Channels): Float64Array {
  const rowSize = channels.count * channels.positions;
  const rows = tensor.data.length / Math.max(1, rowSize);
  const strength = new Float64Array(channels.count);
  for (let row = 0; row < rows; row++) {
    for (let channel = 0; channel < channels.count; channel++) {
      let sum = 0;
      for (let position = 0; position < channels.positions; position++) {
        sum += Math.abs(tensor.data[row * rowSize + channels.offset(channel, position)] ?? 0);
      }
      strength[channel] = (strength[channel] ?? 0) + sum / (channels.positions * rows);
    }
  }
  return strength;
}

/** Indices by falling value; equal ones by index. */
export function fallingOrder(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b
  );
}

/** A random order (Fisher and Yates), the same for the same seed. */
export function shuffled(count: number, seed: number): number[] {
  const random = createRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/**
 * Pearson's correlation of channels, each position of each row one sample (as numpy's `corrcoef` over `[C, N H W]`).
 * @returns `chosen.length` squared; NaN for a channel that never varies
 */
export function correlation(tensor: DenseTensor, channels: Channels, chosen: readonly number[]): Float32Array {
  const rowSize = channels.count * channels.positions;
  const rows = tensor.data.length / Math.max(1, rowSize);
  const samples = rows * channels.positions;
  const centred = chosen.map((channel) => {
    const values = new Float64Array(samples);
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      for (let position = 0; position < channels.positions; position++) {
        const value = tensor.data[row * rowSize + channels.offset(channel, position)] ?? 0;
        values[row * channels.positions + position] = value;
        sum += value;
      }
    }
    let squares = 0;
    for (let i = 0; i < samples; i++) {
      values[i] = (values[i] ?? 0) - sum / samples;
      squares += (values[i] ?? 0) ** 2;
    }
    return { values, norm: Math.sqrt(squares) };
  });
  const found = new Float32Array(chosen.length ** 2);
  centred.forEach((a, i) => {
    for (let j = i; j < centred.length; j++) {
      const b = centred[j];
      let product = 0;
      if (b !== undefined) for (let s = 0; s < samples; s++) product += (a.values[s] ?? 0) * (b.values[s] ?? 0);
      const norms = a.norm * (b?.norm ?? 0);
      const r = norms > 0 ? product / norms : Number.NaN;
      found[i * chosen.length + j] = r;
      found[j * chosen.length + i] = r;
    }
  });
  return found;
}
