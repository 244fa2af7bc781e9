/**
 * Which layer of one network corresponds to which of another: a global alignment of the two execution orders (Needleman
 * and Wunsch, 1970), then equal shapes among what is left. Nothing is compared by name alone.
 */
import type { LayerRow } from '../../core/summary';
import { elementCount } from '../../core/tensor';

export interface LayerPair {
  readonly a: string;
  readonly b: string;
  /** Matched by its place in the network, or only by kind and shape. */
  readonly how: 'place' | 'shape';
}

export interface Alignment {
  readonly pairs: readonly LayerPair[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** The table has one cell for each pair of layers; beyond this it would take too long and too much memory. */
const largestTable = 16_000_000;

/**
 * @param a, b the layer tables; layers of nested models are aligned, the models themselves and inputs are not
 * @returns pairs in the order of `a`
 */
export function alignLayers(a: readonly LayerRow[], b: readonly LayerRow[]): Alignment {
  const left = leaves(a);
  const right = leaves(b);
  const byPlace = left.length * right.length > largestTable ? inOrder(left, right) : align(left, right);
  const pairs = byPlace.map(([i, j]): LayerPair => ({ a: left[i]?.id ?? '', b: right[j]?.id ?? '', how: 'place' }));
  const usedA = new Set(pairs.map((pair) => pair.a));
  const usedB = new Set(pairs.map((pair) => pair.b));
  for (const row of left) {
    if (usedA.has(row.id)) continue;
    const twin = right.find((other) => !usedB.has(other.id) && row.weights.length > 0 && sameShape(row, other));
    if (twin === undefined) continue;
    usedA.add(row.id);
    usedB.add(twin.id);
    pairs.push({ a: row.id, b: twin.id, how: 'shape' });
  }
  const order = new Map(left.map((row, index) => [row.id, index]));
  pairs.sort((one, other) => (order.get(one.a) ?? 0) - (order.get(other.a) ?? 0));
  return {
    pairs,
    onlyA: left.filter(({ id }) => !usedA.has(id)).map(({ id }) => id),
    onlyB: right.filter(({ id }) => !usedB.has(id)).map(({ id }) => id)
  };
}

function leaves(rows: readonly LayerRow[]): LayerRow[] {
  const seen = new Set<string>();
  const walk = (inside: readonly LayerRow[]): LayerRow[] =>
    inside.flatMap((row) => {
      if (seen.has(row.id)) return [];
      seen.add(row.id);
      return row.layers !== null ? walk(row.layers) : row.kind === 'input' ? [] : [row];
    });
  return walk(rows);
}

/** How well two layers go together; 0 where they do not. Sizes count elements, so that axis orders do not matter. */
function likeness(a: LayerRow, b: LayerRow): number {
  if (a.kind !== b.kind) return 0;
  let score = 2;
  if (a.params === b.params && a.params !== null) score += a.params > 0 ? 3 : 1;
  if (outputSize(a) !== null && outputSize(a) === outputSize(b)) score += 1;
  if (a.name === b.name) score += 1;
  return score;
}

function outputSize(row: LayerRow): number | null {
  const sizes = row.outputShape?.slice(1).filter((size) => size !== null) ?? [];
  return row.outputShape === null || sizes.length < row.outputShape.length - 1 ? null : elementCount(sizes);
}

function sameShape(a: LayerRow, b: LayerRow): boolean {
  const sizes = (row: LayerRow) =>
    row.weights.map(({ role, shape }) => `${role} ${[...shape].sort((x, y) => x - y).join('x')}`).sort();
  return a.kind === b.kind && sizes(a).join() === sizes(b).join();
}

/** Pairs of indices whose likenesses add up to the most, both in ascending order. */
function align(a: readonly LayerRow[], b: readonly LayerRow[]): [number, number][] {
  const width = b.length + 1;
  const best = new Int32Array((a.length + 1) * width);
  const cell = (i: number, j: number) => best[i * width + j] ?? 0;
  const scores = a.map((row) => b.map((other) => likeness(row, other)));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const score = scores[i]?.[j] ?? 0;
      const matched = score > 0 ? score + cell(i + 1, j + 1) : 0;
      best[i * width + j] = Math.max(matched, cell(i + 1, j), cell(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const score = scores[i]?.[j] ?? 0;
    if (score > 0 && cell(i, j) === score + cell(i + 1, j + 1)) pairs.push([i++, j++]);
    else if (cell(i, j) === cell(i + 1, j)) i++;
    else j++;
  }
  return pairs;
}

/** For networks too long for the table: equal layers from both ends of the order. */
function inOrder(a: readonly LayerRow[], b: readonly LayerRow[]): [number, number][] {
  const pairs: [number, number][] = [];
  let from = 0;
  const fits = (i: number, j: number) => {
    const [left, right] = [a[i], b[j]];
    return left !== undefined && right !== undefined && likeness(left, right) > 0;
  };
  while (fits(from, from)) pairs.push([from, from++]);
  for (let i = a.length - 1, j = b.length - 1; i >= from && j >= from && fits(i, j); i--, j--) pairs.push([i, j]);
  return pairs.sort(([i], [j]) => i - j);
}
