/**
 * What one run does differently from the network as it is: other modes, rates, weights, switched-off maps, values put in
 * place. An experiment belongs to its run; nothing of it stays in the network.
 */
import type { Graph, LayerNode } from '../core/model';
import type { LayerKind } from '../core/layerKind';
import type { DenseTensor } from '../core/tensor';

/** Layers are named by `LayerNode.id`; a change of a layer that is called twice holds for both calls. */
export interface Experiment {
  /**
   * The mode of single layers where it differs from the run's: masks without batch statistics, or the other way round.
   * A `valueKey` in place of the layer names one of its calls alone.
   */
  readonly modes?: ReadonlyMap<string, 'infer' | 'train'> | undefined;
  /** Other kinds: another rate, another pooling, the identity. They must read the layer's own weights. */
  readonly kinds?: ReadonlyMap<string, LayerKind> | undefined;
  /**
   * Other weights, aligned with `LayerNode.weights`, in the origin's own axis order; `null` leaves a weight as it is.
   * They are ordered anew for each run.
   */
  readonly weights?: ReadonlyMap<string, readonly (Float32Array | null)[]> | undefined;
  /** What a layer's first output is multiplied by, broadcast over it: `[1, 1, 1, C]` switches maps off, a full shape is a mask. */
  readonly factors?: ReadonlyMap<string, DenseTensor> | undefined;
  /** Values in place of a call's first output, by `valueKey`. What only they would need is not computed. */
  readonly values?: ReadonlyMap<string, DenseTensor> | undefined;
}

/** Names the value that one call of a layer gives. */
export function valueKey(layer: string, occurrence: number): string {
  return `${layer}#${String(occurrence)}`;
}

/** The mode of one call: its own, its layer's, the run's. */
export function modeOf(
  experiment: Experiment | undefined,
  layer: string,
  occurrence: number,
  otherwise: 'infer' | 'train'
): 'infer' | 'train' {
  const modes = experiment?.modes;
  return modes?.get(valueKey(layer, occurrence)) ?? modes?.get(layer) ?? otherwise;
}

/** What a run must compute of a graph. */
export interface Demand {
  /** By call, given ones included. */
  readonly needed: readonly boolean[];
  /** Needed and not given. */
  readonly computed: readonly boolean[];
  /** For needed calls of graphs: whether their own outputs are read, or only values inside them. */
  readonly read: readonly boolean[];
}

export interface DemandOptions {
  readonly given: ReadonlyMap<string, DenseTensor> | undefined;
  /** Values asked for by `valueKey`; `undefined`: the outputs, and every other call unless values are given. */
  readonly wanted: ReadonlySet<string> | undefined;
  /** Whether somebody reads the graph's outputs. */
  readonly outputsRead: boolean;
  /** Calls of each layer before this graph begins. */
  readonly occurrences: ReadonlyMap<string, number>;
}

/** The calls that the wanted values depend on, walked back from the end; a given value needs nothing before it. */
export function demandOf(graph: Graph, { given, wanted, outputsRead, occurrences }: DemandOptions): Demand {
  const everything = wanted === undefined && (given === undefined || given.size === 0);
  const needed = graph.calls.map(() => everything);
  const read = graph.calls.map(() => everything);
  if (everything) return { needed, read, computed: needed };
  const computed = graph.calls.map(() => false);
  const keys = callKeys(graph, occurrences);
  if (outputsRead) {
    for (const { call } of graph.outputs) {
      needed[call] = true;
      read[call] = true;
    }
  }
  for (let id = graph.calls.length - 1; id >= 0; id--) {
    const call = graph.calls[id];
    const [own = '', ...inside] = keys[id] ?? [];
    if (wanted?.has(own) === true) {
      needed[id] = true;
      read[id] = true;
    }
    if (inside.some((key) => wanted?.has(key) === true)) needed[id] = true;
    if (needed[id] !== true || given?.has(own) === true) continue;
    computed[id] = true;
    for (const ref of call?.inputs ?? []) {
      needed[ref.call] = true;
      read[ref.call] = true;
    }
  }
  return { needed, read, computed };
}

/** The keys of the values each call computes: its own first, then those inside it. */
function callKeys(graph: Graph, before: ReadonlyMap<string, number>): string[][] {
  const counts = new Map(before);
  return graph.calls.map(({ layer: id }) => {
    const layer = graph.layers.get(id);
    if (layer === undefined) return [];
    const keys: string[] = [];
    countCalls(layer, counts, (name, occurrence) => keys.push(valueKey(name, occurrence)));
    return keys;
  });
}

/** Counts one call of a layer and, for a graph, of everything inside it, in the order the executor counts them. */
export function countCalls(
  layer: LayerNode,
  counts: Map<string, number>,
  visit: (layer: string, occurrence: number) => void = () => undefined
): void {
  const occurrence = counts.get(layer.id) ?? 0;
  counts.set(layer.id, occurrence + 1);
  visit(layer.id, occurrence);
  if (layer.kind.kind !== 'model') return;
  const { graph } = layer.kind;
  for (const call of graph.calls) {
    const inner = graph.layers.get(call.layer);
    if (inner !== undefined) countCalls(inner, counts, visit);
  }
}
