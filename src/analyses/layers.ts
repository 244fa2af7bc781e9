/** Finding layers and what flows between them, nested models included. */
import { inferShapes, type GraphShapes } from '../core/inferShapes';
import type { Graph, LayerNode, Model } from '../core/model';
import type { DataFormat, Shape } from '../core/shape';

/** Every layer by `LayerNode.id`, those of nested models too. */
export function allLayers(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
  for (const layer of graph.layers.values()) {
    if (found.has(layer.id)) continue;
    found.set(layer.id, layer);
    if (layer.kind.kind === 'model') allLayers(layer.kind.graph, found);
  }
  return found;
}

/** Shape of the first input of each layer's first call, by layer id. */
export function firstInputShapes(model: Model, inputShapes?: ReadonlyMap<string, Shape>): Map<string, Shape> {
  const found = new Map<string, Shape>();
  const walk = (shapes: GraphShapes): void => {
    shapes.graph.calls.forEach((call, i) => {
      const known = shapes.calls[i];
      const input = known?.inputs[0] ?? null;
      if (input !== null && !found.has(call.layer)) found.set(call.layer, input);
      if (known?.nested) walk(known.nested);
    });
  };
  walk(inferShapes(model.root, inputShapes));
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
