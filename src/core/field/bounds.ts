/**
 * The edge of a receptive field along one axis, as an exact function of the output position.
 *
 * Striding gives edges `scale p + offset`. Enlarging by `m` reads input `floor(p / m)`, which no straight line is: an edge
 * is therefore `scale * round((n p + b) / m) + offset`, where `round` is ceil for the lower edge and floor for the upper
 * one. Composing two layers stays in this form: nested floors collapse, because `floor(floor(x) / m) = floor(x / m)` for
 * whole `m`. Only where a fraction with `n > 1` meets a second rounding (resizing by 1.5 twice) is the edge an outer bound.
 */

export interface Edge {
  readonly scale: number;
  readonly offset: number;
  readonly n: number;
  readonly b: number;
  readonly m: number;
}

export type Side = 'low' | 'high';

/** Input positions that output position `p` of one layer reads: from `ceil((n p + low) / m)` to `floor((n p + high) / m)`. */
export interface Reach {
  readonly n: number;
  readonly low: number;
  readonly high: number;
  readonly m: number;
  /** Distance between the positions read, where a dilated window leaves gaps (only with `m` 1). */
  readonly step?: number | undefined;
}

/** Output `p` is input `p`. */
export const SAME_POSITION: Reach = { n: 1, low: 0, high: 0, m: 1 };

/** The field of a network's own input: the pixel itself. */
export const OWN_POSITION: Edge = { scale: 1, offset: 0, n: 1, b: 0, m: 1 };

/** More edges than this at one value are folded into outer bounds. */
const MOST_EDGES = 12;

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}

const rounding = (side: Side): ((x: number) => number) => (side === 'low' ? Math.ceil : Math.floor);

export function edgeAt(edge: Edge, side: Side, position: number): number {
  return edge.scale * rounding(side)((edge.n * position + edge.b) / edge.m) + edge.offset;
}

/** Input pixels the edge moves for one output position, on average. */
export function strideOf(edge: Edge): number {
  return (edge.scale * edge.n) / edge.m;
}

/** The edge as seen through one more layer. */
export function through(edge: Edge, side: Side, reach: Reach): Edge {
  const n = edge.n * reach.n;
  const m = edge.m * reach.m;
  const b = edge.n * (side === 'low' ? reach.low : reach.high) + edge.b * reach.m;
  const divisor = n === 0 ? m : greatestCommonDivisor(n, m);
  const round = rounding(side);
  return canonical({ ...edge, n: n / divisor, m: m / divisor, b: round(b / divisor) });
}

/** Whole steps leave the fraction: `m` is 1 with `n` 1 and `b` 0, or `b` lies in [0, m). */
function canonical(edge: Edge): Edge {
  if (edge.m === 1) {
    return { scale: edge.scale * edge.n, offset: edge.offset + edge.scale * edge.b, n: 1, b: 0, m: 1 };
  }
  const steps = Math.floor(edge.b / edge.m);
  return { ...edge, b: edge.b - steps * edge.m, offset: edge.offset + edge.scale * steps };
}

const sameSlope = (a: Edge, b: Edge): boolean => a.scale === b.scale && a.n === b.n && a.m === b.m;

/** Whether `a` lies outside `b` at every position. */
function covers(a: Edge, b: Edge, side: Side): boolean {
  if (!sameSlope(a, b)) return false;
  return side === 'low' ? a.b <= b.b && a.offset <= b.offset : a.b >= b.b && a.offset >= b.offset;
}

/** The outer edges of several paths; what never lies outside is left out. */
export function unite(edges: readonly Edge[], side: Side): readonly Edge[] {
  const [first, second] = edges;
  if (first === undefined || second === undefined) return edges;
  if (edges.length === 2) {
    if (covers(first, second, side)) return [first];
    return covers(second, first, side) ? [second] : edges;
  }
  const kept: Edge[] = [];
  for (const edge of edges) {
    if (kept.some((other) => covers(other, edge, side))) continue;
    for (let i = kept.length - 1; i >= 0; i--) {
      const other = kept[i];
      if (other !== undefined && covers(edge, other, side)) kept.splice(i, 1);
    }
    kept.push(edge);
  }
  return kept.length <= MOST_EDGES ? kept : foldBySlope(kept, side);
}

function foldBySlope(edges: readonly Edge[], side: Side): readonly Edge[] {
  const outer = side === 'low' ? Math.min : Math.max;
  const folded: Edge[] = [];
  for (const edge of edges) {
    const at = folded.findIndex((other) => sameSlope(other, edge));
    const other = folded[at];
    if (other === undefined) folded.push(edge);
    else folded[at] = { ...edge, b: outer(edge.b, other.b), offset: outer(edge.offset, other.offset) };
  }
  return folded.slice(0, MOST_EDGES);
}

/** The outermost of several edges at one position. */
export function outermostAt(edges: readonly Edge[], side: Side, position: number): number {
  const values = edges.map((edge) => edgeAt(edge, side, position));
  return side === 'low' ? Math.min(...values) : Math.max(...values);
}

/** Positions after which the pattern of roundings repeats, at most `limit`. */
export function periodOf(edges: readonly Edge[], limit: number): number {
  const period = edges.reduce((all, edge) => (all / greatestCommonDivisor(all, edge.m)) * edge.m, 1);
  return Number.isFinite(period) ? Math.min(period, limit) : limit;
}
