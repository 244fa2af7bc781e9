/**
 * Where a network is cut in two, so that many variants of the second part can run without the first: the values that
 * cross the cut are given, everything behind it is computed.
 */
import type { Graph } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import { countCalls, valueKey } from '../../engine/experiment';

export interface Place {
  readonly layer: string;
  readonly occurrence: number;
}

export interface Cut {
  /** Values that cross the cut, by `valueKey`. */
  readonly keys: ReadonlySet<string>;
  /** Of them, the one that the place reads (cut before it) or gives (cut after it). */
  readonly at: string;
}

/**
 * @param side `before`: the place's own call is the first that is computed; `after`: its output is given
 * @returns `null` where the place is not called, or a value other than a call's first output would cross
 */
export function cutAt(
  graph: Graph,
  place: Place,
  side: 'before' | 'after',
  counts = new Map<string, number>()
): Cut | null {
  const keys: string[] = [];
  let target = -1;
  let inner: Cut | null = null;
  for (const call of graph.calls) {
    const node = graph.layers.get(call.layer);
    if (node === undefined) return null;
    const occurrence = counts.get(node.id) ?? 0;
    keys[call.id] = valueKey(node.id, occurrence);
    if (target < 0) {
      if (node.id === place.layer && occurrence === place.occurrence) target = call.id;
      else if (node.kind.kind === 'model') {
        inner = cutAt(node.kind.graph, place, side, new Map(counts));
        if (inner !== null) target = call.id;
      }
    }
    countCalls(node, counts);
  }
  if (target < 0) return null;
  const given = side === 'after' && inner === null;
  const crossing = new Set<string>();
  const last = given ? target : target - 1;
  const readers = graph.calls.filter((call) => call.id > last).flatMap((call) => call.inputs);
  for (const ref of [...readers, ...graph.outputs]) {
    if (ref.call > last) continue;
    if (ref.output !== 0) return null;
    crossing.add(keys[ref.call] ?? '');
  }
  if (inner !== null) return { keys: new Set([...crossing, ...inner.keys]), at: inner.at };
  const own = graph.calls[target]?.inputs[0];
  const at = given ? (keys[target] ?? '') : own === undefined ? null : (keys[own.call] ?? '');
  return at === null ? null : { keys: new Set([...crossing, at]), at };
}

/** Rows of a batch in another order, repeated or left out; a row is an equal part of the data. */
export function takeRows(tensor: DenseTensor, batch: number, rows: readonly number[]): DenseTensor {
  const part = tensor.data.length / batch;
  const data = new Float32Array(rows.length * part);
  rows.forEach((row, i) => data.set(tensor.data.subarray(row * part, (row + 1) * part), i * part));
  // Time steps folded into the batch make the first axis a multiple of the batch.
  const first = ((tensor.shape[0] ?? batch) / batch) * rows.length;
  return { shape: [first, ...tensor.shape.slice(1)], data };
}

/** Batches one after the other. */
export function joinRows(tensors: readonly DenseTensor[]): DenseTensor {
  const data = new Float32Array(tensors.reduce((sum, one) => sum + one.data.length, 0));
  let offset = 0;
  for (const one of tensors) {
    data.set(one.data, offset);
    offset += one.data.length;
  }
  const first = tensors.reduce((sum, one) => sum + (one.shape[0] ?? 0), 0);
  return { shape: [first, ...(tensors[0]?.shape.slice(1) ?? [])], data };
}
