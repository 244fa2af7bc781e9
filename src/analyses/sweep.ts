/**
 * All that the film strip needs of a value in one reading, in the order it lies in memory: a pass over a large network makes
 * tens of millions of numbers, and each reading costs as much as several layers. Hence the shape of the loops: four positions
 * at a time, and minimum and maximum by the bits, which order like the numbers they stand for (comparing floats was 2.5 times
 * slower).
 */
import type { ValueFacts } from '../protocol/values';
import { meanAbsolute, statistics } from './statistics';

export interface Sweep {
  readonly facts: ValueFacts;
  /** The channel with the largest mean |a|; the first of equals. */
  readonly strongest: number;
}

/**
 * @param values `[..., channels]`, or `[channels, ...]` where `channelsFirst`.
 * Minimum and maximum are exactly those of `statistics`; the means agree to about 1e-12, being summed in another order.
 */
export function sweep(values: Float32Array, channels: number, channelsFirst: boolean): Sweep {
  const strengths = new Float64Array(channels);
  const found = channelsFirst ? readChannelsFirst(values, strengths) : readChannelsLast(values, strengths);
  const count = values.length;
  let magnitudes = 0;
  for (const strength of strengths) magnitudes += strength;
  // A NaN or an infinity anywhere makes this sum one too: then everything is read again with such entries left out.
  if (count === 0 || !Number.isFinite(magnitudes)) {
    const { min, max, mean, meanAbs, notFinite } = statistics(values);
    const strongest = largest(strengthsApart(values, channels, channelsFirst));
    return { facts: { count, min, max, mean, meanAbs, notFinite }, strongest };
  }
  const facts = {
    count,
    min: numberOf(found.least),
    max: numberOf(found.most),
    mean: found.sum / count,
    meanAbs: magnitudes / count,
    notFinite: 0
  };
  return { facts, strongest: largest(strengths) };
}

interface Found {
  readonly sum: number;
  /** As bits, see `orderedBits`. */
  readonly least: number;
  readonly most: number;
}

/** The bits of a float32 as an integer that orders like the number: negative numbers have all but their sign turned. */
const orderedBits = (bits: number): number => bits ^ ((bits >> 31) & 0x7fffffff);

function numberOf(ordered: number): number {
  const bits = new Int32Array([orderedBits(ordered)]);
  return (new Float32Array(bits.buffer)[0] ?? 0) + 0; // Adding 0 makes -0 a 0.
}

// Every index below is in range by construction; checking each for `undefined` would cost a fifth of the whole.

function readChannelsLast(values: Float32Array, strengths: Float64Array): Found {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const channels = strengths.length;
  const whole = channels === 0 ? 0 : values.length - (values.length % (4 * channels));
  let sum = 0;
  let least = 0x7fffffff;
  let most = -0x80000000;
  for (let start = 0; start < whole; start += 4 * channels) {
    for (let c = 0; c < channels; c++) {
      const i = start + c;
      const j = i + channels;
      const k = j + channels;
      const l = k + channels;
      const a = values[i] as number;
      const b = values[j] as number;
      const d = values[k] as number;
      const e = values[l] as number;
      strengths[c] = (strengths[c] as number) + (Math.abs(a) + Math.abs(b)) + (Math.abs(d) + Math.abs(e));
      sum += a + b + (d + e);
      const p = orderedBits(bits[i] as number);
      const q = orderedBits(bits[j] as number);
      const r = orderedBits(bits[k] as number);
      const s = orderedBits(bits[l] as number);
      if (p < least) least = p;
      if (p > most) most = p;
      if (q < least) least = q;
      if (q > most) most = q;
      if (r < least) least = r;
      if (r > most) most = r;
      if (s < least) least = s;
      if (s > most) most = s;
    }
  }
  for (let start = whole; channels > 0 && start < values.length; start += channels) {
    for (let c = 0; c < channels; c++) {
      const value = values[start + c] as number;
      strengths[c] = (strengths[c] as number) + Math.abs(value);
      sum += value;
      const p = orderedBits(bits[start + c] as number);
      if (p < least) least = p;
      if (p > most) most = p;
    }
  }
  return { sum, least, most };
}

function readChannelsFirst(values: Float32Array, strengths: Float64Array): Found {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const positions = strengths.length === 0 ? 0 : values.length / strengths.length;
  let sum = 0;
  let least = 0x7fffffff;
  let most = -0x80000000;
  for (let c = 0; c < strengths.length; c++) {
    let strength = 0;
    for (let i = c * positions; i < (c + 1) * positions; i++) {
      const value = values[i] as number;
      strength += Math.abs(value);
      sum += value;
      const p = orderedBits(bits[i] as number);
      if (p < least) least = p;
      if (p > most) most = p;
    }
    strengths[c] = strength;
  }
  return { sum, least, most };
}

/** Each channel's mean |a| over its finite entries. */
function strengthsApart(values: Float32Array, channels: number, channelsFirst: boolean): number[] {
  const positions = channels === 0 ? 0 : values.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    const own = new Float32Array(positions);
    for (let i = 0; i < positions; i++) own[i] = values[channelsFirst ? c * positions + i : i * channels + c] ?? 0;
    return meanAbsolute(own);
  });
}

function largest(strengths: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < strengths.length; c++) if ((strengths[c] ?? 0) > (strengths[best] ?? 0)) best = c;
  return best;
}
