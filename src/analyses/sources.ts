/** Which values a call reads: the layers, and their occurrences, on the other end of its inputs. */
import type { Graph, Model } from '../core/model';

export interface ValueSource {
  readonly layer: string;
  readonly occurrence: number;
}

/**
 * The sources of a layer's inputs, `null` where there is no such run of the layer. The layers of a nested model run once
 * for each of its calls: what they read comes from the same call.
 */
export function sourcesOf(model: Model, layerId: string, occurrence: number): readonly ValueSource[] | null {
  const graph = graphOf(model.root, layerId);
  if (graph === null) return null;
  const uses = graph.calls.filter((call) => call.layer === layerId);
  const call = uses[occurrence % uses.length];
  if (call === undefined) return null;
  const round = Math.floor(occurrence / uses.length);
  return call.inputs.flatMap((ref): ValueSource[] => {
    const source = graph.calls[ref.call];
    if (source === undefined) return [];
    const same = graph.calls.filter((other) => other.layer === source.layer);
    const earlier = same.filter((other) => other.id < source.id).length;
    return [{ layer: source.layer, occurrence: round * same.length + earlier }];
  });
}

/** The graph that calls the layer: the root, or one nested in it. */
export function graphOf(graph: Graph, layerId: string): Graph | null {
  if (graph.layers.has(layerId)) return graph;
  for (const layer of graph.layers.values()) {
    if (layer.kind.kind !== 'model') continue;
    const found = graphOf(layer.kind.graph, layerId);
    if (found !== null) return found;
  }
  return null;
}
