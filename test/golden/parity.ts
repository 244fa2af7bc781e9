/** Comparing values with a reference, engine by engine. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadBackend } from '../../src/engine/backend';
import type { Engine, EngineName } from '../../src/engine/engine';
import { createEngine } from '../../src/engine/select';

export const fixtures = path.resolve(__dirname, '../fixtures/parity');

/** The engines every parity test runs on; native TensorFlow is skipped by name where it is not installed. */
export async function parityEngines(): Promise<
  readonly { readonly name: EngineName; readonly engine: Engine | null }[]
> {
  const native = await loadBackend('tfjs-node');
  if (!native.ok) console.log(`skipped: native TensorFlow not available (${native.reason})`);
  return [
    { name: 'wasm', engine: await createEngine('wasm') },
    { name: 'tfjs-node', engine: native.ok ? await createEngine('tfjs-node') : null }
  ];
}

/** A little-endian float32 file. */
export function readFloats(file: string): Float32Array {
  const bytes = readFileSync(path.join(fixtures, file));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export interface Difference {
  /** Largest |a - b|. */
  readonly worst: number;
  readonly allowed: number;
}

/**
 * DESIGN's tolerance: `1e-5 max|reference|`, or three times the reference's own float32-float64 gap where that is larger.
 * A value that is not finite on one side only counts as infinitely far.
 */
export function difference(actual: ArrayLike<number>, reference: ArrayLike<number>, gap: number): Difference {
  let worst = actual.length === reference.length ? 0 : Infinity;
  let largest = 0;
  for (let i = 0; i < reference.length; i++) {
    const a = actual[i] ?? NaN;
    const b = reference[i] ?? NaN;
    largest = Math.max(largest, Math.abs(b));
    if (Object.is(a, b)) continue;
    const distance = Math.abs(a - b);
    worst = Number.isNaN(distance) ? Infinity : Math.max(worst, distance);
  }
  return { worst, allowed: Math.max(1e-5 * largest, 3 * gap) };
}
