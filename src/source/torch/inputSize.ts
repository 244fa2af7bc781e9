/** The size of a network's square input, where a dense layer behind a flattening fixes it. */
import { fixedInputFeatures } from '../../core/inputFeatures';
import { inferShapes, type GraphShapes } from '../../core/inferShapes';
import type { Graph } from '../../core/model';
import { productOf, type Shape } from '../../core/shape';

/** Sizes that data sets and pretrained networks have. */
const USUAL = [28, 32, 48, 64, 96, 100, 112, 128, 150, 160, 192, 200, 224, 227, 240, 256, 299, 320, 384, 416, 448, 512];
const LARGEST = 1024;
const FIRST_GUESS = 32;

export interface FittingSizes {
  /** Smallest and largest size that fits; `null` where any size does that is large enough. */
  readonly range: readonly [number, number] | null;
  /** Usual sizes that fit; the smallest where no usual one does. */
  readonly usual: readonly number[];
}

/**
 * The square sizes with which a graph has no shape error. Lengths never shrink when the input grows, so they are an interval,
 * found by bisection.
 * @param shape of the only input, channels first, its spatial sizes open
 */
export function fittingSizes(graph: Graph, shape: Shape): FittingSizes {
  const inferred = (size: number): GraphShapes => inferShapes(graph, sized(graph, shape, size));
  const fits = (size: number): boolean => inferred(size).diagnostics.every((found) => found.severity !== 'error');
  if (!isConstrained(inferShapes(graph))) return { range: null, usual: fromFirst(fits) };
  const least = bisect((size) => load(inferred(size)) >= 1);
  if (least === null || !fits(least)) return { range: [0, -1], usual: [] };
  const beyond = bisect((size) => load(inferred(size)) > 1, least);
  if (beyond === null) return { range: null, usual: fromFirst(fits) };
  const largest = beyond - 1;
  const usual = USUAL.filter((size) => size >= least && size <= largest);
  return { range: [least, largest], usual: usual.length > 0 ? usual : [least] };
}

/** Usual sizes from the first that fits: larger ones do too. */
function fromFirst(fits: (size: number) => boolean): readonly number[] {
  let low = 0;
  let high = USUAL.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(USUAL[middle] ?? LARGEST)) high = middle;
    else low = middle + 1;
  }
  return USUAL.slice(low);
}

function sized(graph: Graph, shape: Shape, size: number): ReadonlyMap<string, Shape> {
  const [input] = graph.inputs;
  const name = input === undefined ? '' : (graph.calls[input.call]?.layer ?? '');
  return new Map([[name, shape.map((old, axis) => (axis > 1 ? size : old))]]);
}

/** Whether a layer with a fixed number of inputs reads something whose length is open. */
function isConstrained(shapes: GraphShapes): boolean {
  return shapes.calls.some(({ inputs }, i) => {
    const layer = shapes.graph.layers.get(shapes.graph.calls[i]?.layer ?? '');
    if (layer === undefined) return false;
    const [input] = inputs;
    if (layer.kind.kind === 'reshape') return !layer.kind.target.includes(-1);
    return layer.kind.kind === 'dense' && fixedInputFeatures(layer) !== null && input?.at(-1) === null;
  });
}

/** How many numbers reach the layers that fix how many they read, as a share of what they read; 0 where nothing does. */
function load(shapes: GraphShapes): number {
  let largest = 0;
  for (const [i, { inputs, reason }] of shapes.calls.entries()) {
    const layer = shapes.graph.layers.get(shapes.graph.calls[i]?.layer ?? '');
    const input = inputs[0] ?? null;
    if (layer === undefined || input === null) {
      if (reason !== null && largest === 0) return 0;
      continue;
    }
    const { kind } = layer;
    const expected =
      kind.kind === 'dense'
        ? (fixedInputFeatures(layer)?.[0] ?? null)
        : kind.kind === 'reshape' && !kind.target.includes(-1)
          ? productOf(kind.target)
          : null;
    const actual = kind.kind === 'dense' ? (input.at(-1) ?? null) : productOf(input.slice(1));
    if (expected === null || actual === null || expected === 0) continue;
    largest = Math.max(largest, actual / expected);
    // Behind the first misfit nothing is known.
    if (actual !== expected) return actual / expected;
  }
  return largest;
}

/** The smallest size from `low` for which `holds`; `null` where it never does. Usual sizes are small: the search begins there. */
function bisect(holds: (size: number) => boolean, low = 1): number | null {
  let high = Math.max(FIRST_GUESS, 2 * low);
  let from = low;
  for (; !holds(high); high = Math.min(LARGEST, 2 * high)) {
    if (high >= LARGEST) return null;
    from = high + 1;
  }
  while (from < high) {
    const middle = (from + high) >> 1;
    if (holds(middle)) high = middle;
    else from = middle + 1;
  }
  return from;
}
