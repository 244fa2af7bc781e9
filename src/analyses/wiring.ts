/** Which values each call reads, through nested models: their inputs stand for values outside, their calls for their outputs. */
import type { Graph, LayerNode, Model } from '../core/model';
import { countCalls, valueKey } from '../engine/experiment';

export interface WiredCall {
  readonly layer: LayerNode;
  readonly occurrence: number;
  /** Keys of the values read; `null` for a second output and for values inside a model that runs once a time step. */
  readonly sources: readonly (string | null)[];
}

/** Every call that gives a value of its own, by `valueKey`; keys as the executor counts them. */
export function wiringOf(model: Model): ReadonlyMap<string, WiredCall> {
  const found = new Map<string, WiredCall>();
  wire(model.root, null, new Map(), found);
  return found;
}

/** @param inputs what a nested graph's inputs stand for. @returns keys of the graph's outputs. */
function wire(
  graph: Graph,
  inputs: readonly (string | null)[] | null,
  counts: Map<string, number>,
  found: Map<string, WiredCall>
): (string | null)[] {
  const outputs: (readonly (string | null)[])[] = [];
  for (const call of graph.calls) {
    const layer = graph.layers.get(call.layer);
    if (layer === undefined) continue;
    const sources = call.inputs.map((ref) => outputs[ref.call]?.[ref.output] ?? null);
    const occurrence = counts.get(layer.id) ?? 0;
    const bound = inputs === null ? -1 : graph.inputs.findIndex((ref) => ref.call === call.id);
    if (layer.kind.kind === 'model' && !layer.kind.timeDistributed) {
      counts.set(layer.id, occurrence + 1);
      outputs[call.id] = wire(layer.kind.graph, sources, counts, found);
      continue;
    }
    countCalls(layer, counts);
    const key = valueKey(layer.id, occurrence);
    found.set(key, { layer, occurrence, sources: bound >= 0 ? [inputs?.[bound] ?? null] : sources });
    outputs[call.id] = [key];
  }
  return graph.outputs.map((ref) => outputs[ref.call]?.[ref.output] ?? null);
}
