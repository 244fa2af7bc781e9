/**
 * Seeded random numbers, the same on every machine: xoshiro128** 1.1 (Blackman and Vigna, 2018), its state filled from
 * the seed by SplitMix32. Normal numbers by Box and Muller's transform. Nothing here is fit for secrets.
 */

export interface Random {
  /** A whole number in [0, 2^32). */
  next(): number;
  /** In [0, 1), 32 random bits. */
  uniform(): number;
  /** Mean 0, deviation 1. */
  normal(): number;
  /** As `normal`, drawn again outside two deviations. */
  truncatedNormal(): number;
  /** A whole number in [0, end). */
  below(end: number): number;
  /** Sets `values[i]` for `from <= i < to` to `kept` where the next `uniform()` is at least `rate`, to 0 elsewhere. */
  keep(values: Float32Array, from: number, to: number, rate: number, kept: number): void;
}

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** SplitMix32: spreads any whole number over 32 bits, then over as many words as are asked for. */
function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

/** @param seed any whole number; its low 32 bits count. */
export function createRandom(seed: number): Random {
  const fill = splitMix(seed);
  return fromState([fill(), fill(), fill(), fill()]);
}

/** The generator at a given state, for comparing with the published sequence. */
export function fromState(state: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = state;
  let spare: number | null = null;

  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result >>> 0;
  };
  const uniform = (): number => next() / 4294967296;
  const normal = (): number => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    // 1 - u lies in (0, 1]: the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return {
    next,
    uniform,
    normal,
    truncatedNormal() {
      for (;;) {
        const value = normal();
        if (Math.abs(value) <= 2) return value;
      }
    },
    below: (end) => Math.floor(uniform() * end),
    // As `next` and `uniform`, on local variables: a call for each number would cost ten times as much.
    keep(values, from, to, rate, kept) {
      let [w, x, y, z] = [a, b, c, d];
      // The whole numbers that stand for at least the rate.
      const least = rate * 4294967296;
      for (let i = from; i < to; i++) {
        const times = Math.imul(x, 5);
        const drawn = Math.imul((times << 7) | (times >>> 25), 9) >>> 0;
        values[i] = drawn >= least ? kept : 0;
        const shifted = x << 9;
        y ^= w;
        z ^= x;
        x ^= y;
        w ^= z;
        y ^= shifted;
        z = (z << 11) | (z >>> 21);
      }
      [a, b, c, d] = [w, x, y, z];
    }
  };
}

/** A seed for one named thing out of a common seed (FNV-1a), so that adding a layer leaves the other layers' draws alone. */
export function seedFor(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
