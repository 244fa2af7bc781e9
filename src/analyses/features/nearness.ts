/** How near rows of features lie to each other, and which of two is the nearer one. */

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const flopsAtOnce = 2e7;

/**
 * Euclidean distances `|a_i - b_j|` over all `d` features.
 * @param a `[n, d]`; @param b `[m, d]`
 * @returns `[n, m]`
 */
export async function distances(
  a: Float32Array,
  b: Float32Array,
  d: number,
  signal: AbortSignal
): Promise<Float64Array> {
  const [n, m] = [a.length / d, b.length / d];
  const found = new Float64Array(n * m);
  let flops = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += ((a[i * d + k] ?? 0) - (b[j * d + k] ?? 0)) ** 2;
      found[i * m + j] = Math.sqrt(sum);
    }
    flops += m * d;
    if (flops > flopsAtOnce) {
      flops = 0;
      await breathe();
      signal.throwIfAborted();
    }
  }
  return found;
}

export interface Nearer {
  /** How many rows lie nearer to the nearest of the copies than to the clean one. More copies can only raise it. */
  readonly some: number;
  /** The share of rows nearer to one copy than to the clean one, on average over the copies. */
  readonly each: number;
  readonly of: number;
}

/**
 * @param clean distance of each row to the clean copy, `[n]`; @param copies to each noisy copy, `[n, m]`
 * @param rows those that count; equal distances are not nearer
 */
export function nearer(clean: Float64Array, copies: Float64Array, rows: readonly number[]): Nearer {
  const m = clean.length === 0 ? 0 : copies.length / clean.length;
  let some = 0;
  let all = 0;
  for (const row of rows) {
    let closer = 0;
    for (let j = 0; j < m; j++) if ((copies[row * m + j] ?? 0) < (clean[row] ?? 0)) closer++;
    if (closer > 0) some++;
    all += closer;
  }
  return { some, each: rows.length * m === 0 ? 0 : all / (rows.length * m), of: rows.length };
}
