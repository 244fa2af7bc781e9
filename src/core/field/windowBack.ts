/**
 * The exact part of the input that can reach one output position: intervals carried back layer by layer and clipped at
 * every value's border. (The forward fields of `spread` are unclipped and hold for every position.)
 */
import type { CallShapes, GraphShapes } from '../inferShapes';
import type { LayerNode, ValueRef } from '../model';
import type { Shape } from '../shape';
import type { Reach } from './bounds';
import { inputReads, type AxisRead } from './reads';

/** First and last index along an axis, both included. */
export type Interval = readonly [number, number];

/** By axis, the batch included. */
export type Box = readonly Interval[];

const EVERYTHING: Interval = [0, Infinity];

/** Every index of every axis. */
export function wholeBox(shape: Shape): Box {
  return shape.map((size) => (size === null ? EVERYTHING : [0, size - 1]));
}

/** Where a chain of nested calls leads: each graph with the call inside it. */
export type CallPath = readonly { readonly shapes: GraphShapes; readonly call: number }[];

/**
 * The call of a layer's `occurrence`-th run (from 0, in execution order), through nested models.
 * Occurrences inside a nested graph count at every call of that graph.
 */
export function findOccurrence(shapes: GraphShapes, layer: string, occurrence: number): CallPath | null {
  let left = occurrence;
  const counts = new Map<GraphShapes, number>();
  const countIn = (graph: GraphShapes): number => {
    const before = counts.get(graph);
    if (before !== undefined) return before;
    let sum = 0;
    for (const call of graph.graph.calls) {
      if (call.layer === layer) sum++;
      const nested = graph.calls[call.id]?.nested;
      if (nested) sum += countIn(nested);
    }
    counts.set(graph, sum);
    return sum;
  };
  const search = (graph: GraphShapes): CallPath | null => {
    for (const call of graph.graph.calls) {
      if (call.layer === layer && left-- === 0) return [{ shapes: graph, call: call.id }];
      const nested = graph.calls[call.id]?.nested;
      if (!nested) continue;
      const inside = countIn(nested);
      if (left >= inside) {
        left -= inside;
        continue;
      }
      const path = search(nested);
      if (path !== null) return [{ shapes: graph, call: call.id }, ...path];
    }
    return null;
  };
  return occurrence < 0 ? null : search(shapes);
}

/** Graphs that call graphs twice multiply; past this many calls everything is taken to be reached. */
const MOST_CALLS = 400_000;

interface Budget {
  calls: number;
}

function wholeInputs(shapes: GraphShapes): (Box | null)[] {
  return shapes.graph.inputs.map((ref) => {
    const shape = shapes.calls[ref.call]?.outputs[ref.output];
    return shape === undefined ? null : wholeBox(shape);
  });
}

/** Boxes on the network's inputs that can reach the given box of the last call in the path; `null` where one is not reached. */
export function traceBack(path: CallPath, box: Box): readonly (Box | null)[] {
  let boxes: readonly (Box | null)[] = [];
  const budget: Budget = { calls: MOST_CALLS };
  for (const [depth, { shapes, call }] of [...path].reverse().entries()) {
    const seeds: Seeds = new Map();
    if (depth === 0) seeds.set(call, [box]);
    else seedInputs(shapes, call, boxes, seeds);
    boxes = carryBack(shapes, seeds, call, budget);
  }
  return boxes;
}

/** By call, by output. */
type Seeds = Map<number, (Box | null)[]>;

function add(seeds: Seeds, ref: ValueRef, box: Box): void {
  const boxes = seeds.get(ref.call) ?? [];
  const old = boxes[ref.output] ?? null;
  boxes[ref.output] = old === null ? box : hull(old, box);
  seeds.set(ref.call, boxes);
}

function hull(a: Box, b: Box): Box {
  return a.map((interval, axis) => {
    const other = b[axis] ?? interval;
    return [Math.min(interval[0], other[0]), Math.max(interval[1], other[1])];
  });
}

/** Hands what a nested graph needs of its inputs to the values its call reads. */
function seedInputs(shapes: GraphShapes, call: number, boxes: readonly (Box | null)[], seeds: Seeds): void {
  const layer = shapes.graph.layers.get(shapes.graph.calls[call]?.layer ?? '');
  const timeDistributed = layer?.kind.kind === 'model' && layer.kind.timeDistributed;
  for (const [i, ref] of (shapes.graph.calls[call]?.inputs ?? []).entries()) {
    const box = boxes[i];
    if (!box) continue;
    const steps = shapes.calls[call]?.inputs[i]?.[1] ?? null;
    // Which step is not tracked through the wrapper: all of them.
    const outer: Box = timeDistributed
      ? [box[0] ?? EVERYTHING, steps === null ? EVERYTHING : [0, steps - 1], ...box.slice(1)]
      : box;
    add(seeds, ref, outer);
  }
}

/** Goes backwards from `last` to the graph's inputs. */
function carryBack(shapes: GraphShapes, seeds: Seeds, last: number, budget: Budget): (Box | null)[] {
  for (let id = last; id >= 0; id--) {
    const boxes = seeds.get(id);
    const call = shapes.graph.calls[id];
    const known = shapes.calls[id];
    const layer = call === undefined ? undefined : shapes.graph.layers.get(call.layer);
    if (boxes === undefined || call === undefined || known === undefined || layer === undefined) continue;
    if (layer.kind.kind === 'input') continue;
    if (--budget.calls < 0) return wholeInputs(shapes);
    // The innermost target of a path is seeded with inputs of its own; a nested model in between is passed as a whole.
    if (layer.kind.kind === 'model' && known.nested !== null) {
      seedInputs(shapes, id, throughNested(layer, known.nested, boxes, budget), seeds);
      continue;
    }
    const [box] = boxes;
    if (!box) continue;
    for (const [i, ref] of call.inputs.entries()) {
      const read = readBox(layer, known, i, box);
      if (read !== null) add(seeds, ref, read);
    }
  }
  return shapes.graph.inputs.map((ref) => seeds.get(ref.call)?.[ref.output] ?? null);
}

function throughNested(
  layer: LayerNode,
  nested: GraphShapes,
  boxes: readonly (Box | null)[],
  budget: Budget
): (Box | null)[] {
  const timeDistributed = layer.kind.kind === 'model' && layer.kind.timeDistributed;
  const seeds: Seeds = new Map();
  for (const [output, ref] of nested.graph.outputs.entries()) {
    const box = boxes[output];
    if (box) add(seeds, ref, timeDistributed ? [box[0] ?? EVERYTHING, ...box.slice(2)] : box);
  }
  return carryBack(nested, seeds, nested.graph.calls.length - 1, budget);
}

/** What a call reads of its input `i` for a box of its output; `null` where it reads nothing but padding. */
function readBox(layer: LayerNode, known: CallShapes, i: number, box: Box): Box | null {
  const input = known.inputs[i];
  const [output] = known.outputs;
  if (!input) return null;
  if (output === undefined) return wholeBox(input);
  const whole = wholeBox(input);
  const read: Interval[] = [];
  for (const [axis, way] of inputReads(layer.kind, input, output).entries()) {
    const all = whole[axis] ?? EVERYTHING;
    const interval = axis === 0 ? all : reachBack(way, box, all);
    if (interval[0] > interval[1]) return null;
    read.push(interval);
  }
  return read;
}

function reachBack(read: AxisRead, box: Box, all: Interval): Interval {
  if (read.type === 'all' || read.statistics) return all;
  const from = box[read.axis];
  if (from === undefined || !Number.isFinite(from[1])) return all;
  const { n, low, high, m, step = 1 } = read.reach;
  const first = Math.ceil((n * from[0] + low) / m);
  const last = Math.floor((n * from[1] + high) / m);
  if (step === 1) return [Math.max(all[0], first), Math.min(all[1], last)];
  return dilatedWithin(from, read.reach, step, all);
}

/** First and last pixel inside the input that a dilated window really touches, over a range of its positions. */
function dilatedWithin(from: Interval, { n, low, high }: Reach, step: number, all: Interval): Interval {
  let [first, last] = [Infinity, -Infinity];
  // Neighbouring positions fill each other's gaps: after `step` of them nothing new comes.
  for (let i = 0; i <= Math.min(step, from[1] - from[0]); i++) {
    const start = n * (from[0] + i) + low;
    first = Math.min(first, start + step * Math.max(0, Math.ceil((all[0] - start) / step)));
    const end = n * (from[1] - i) + high;
    last = Math.max(last, end - step * Math.max(0, Math.ceil((end - all[1]) / step)));
  }
  return [first, last];
}
