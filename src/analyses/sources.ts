/** Which values a call reads: the layers, and their occurrences, on the other end of its inputs. */
import type { Graph, Model } from '../core/model';

export interface ValueSource {
  readonly layer: string;
  readonly occurrence: number;
}

/**
 * The sources of a layer's inputs, `null` where they cannot be named: a nested model that is called more than once, or
 * one whose input stands for a value outside it.
 */
export function sourcesOf(model: Model, layerId: string, occurrence: number): readonly ValueSource[] | null {
  const found = graphOf(model.root, layerId);
  if (found === null || (found.nested && occurrence > 0)) return null;
  const { graph } = found;
  const uses = graph.calls.filter((call) => call.layer === layerId);
  const call = uses[occurrence];
  if (call === undefined) return null;
  return call.inputs.flatMap((ref): ValueSource[] => {
    const source = graph.calls[ref.call];
    if (source === undefined) return [];
    const earlier = graph.calls.filter((other) => other.layer === source.layer && other.id < source.id).length;
    return [{ layer: source.layer, occurrence: earlier }];
  });
}

/** The graph that calls the layer: the root, or one nested in it. */
export function graphOf(graph: Graph, layerId: string, nested = false): { graph: Graph; nested: boolean } | null {
  if (graph.layers.has(layerId)) return { graph, nested };
  for (const layer of graph.layers.values()) {
    if (layer.kind.kind !== 'model') continue;
    const found = graphOf(layer.kind.graph, layerId, true);
    if (found !== null) return found;
  }
  return null;
}
