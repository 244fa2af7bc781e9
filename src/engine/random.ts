/**
 * Seeded random numbers for masks and noise. Each layer's occurrence in a pass gets a stream of its own, so that taking
 * one layer out does not change what the others draw.
 */

export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** A stream for one layer occurrence: the same arguments give the same numbers on every engine. */
export function layerStream(seed: number, layer: string, occurrence: number): RandomStream {
  return randomStream(hashText(`${layer}#${occurrence}`, seed));
}

/** sfc32 (Chris Doty-Humphrey's small fast chaotic generator), started from a 32-bit seed. */
export function randomStream(seed: number): RandomStream {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const uniform = () => next() / 4294967296;
  let spare: number | null = null;
  return {
    uniform,
    normal: () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      // Box and Muller: two uniforms give two independent normals; 1 - u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }
  };
}

/** FNV-1a over UTF-16 units, mixed with a seed. */
function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
}
