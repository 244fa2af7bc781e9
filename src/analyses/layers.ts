/** Finding layers and what flows between them, nested models included. */
import type { Graph, LayerNode, Model } from '../core/model';
import type { DataFormat } from '../core/shape';

/** Every layer by `LayerNode.id`, those of nested models too. */
export function allLayers(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
  for (const layer of graph.layers.values()) {
    if (found.has(layer.id)) continue;
    found.set(layer.id, layer);
    if (layer.kind.kind === 'model') allLayers(layer.kind.graph, found);
  }
  return found;
}

/** Where the channels stand in a layer's values: the layer's own word, else what most layers of the model say. */
export function formatOf(layer: LayerNode | undefined, model: Model): DataFormat {
  if (layer !== undefined && 'dataFormat' in layer.kind) return layer.kind.dataFormat;
  let first = 0;
  let last = 0;
  for (const other of allLayers(model.root).values()) {
    if (!('dataFormat' in other.kind)) continue;
    if (other.kind.dataFormat === 'channelsFirst') first++;
    else last++;
  }
  if (first === last) return model.framework === 'pytorch' ? 'channelsFirst' : 'channelsLast';
  return first > last ? 'channelsFirst' : 'channelsLast';
}
