/** Brings a model's weights onto the engine; every layer must have its own (see `freshWeights.ts`). */
import type { Graph, LayerNode, Model } from '../core/model';
import { elementCount, type NumericArray, type TensorRef } from '../core/tensor';
import { LayerWeights } from './layers/context';
import type { TensorLibrary } from './tensorLibrary';
import { orderWeights, type RawWeight } from './weightOrder';

export interface LoadOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * The weights of every layer of the model and the graphs inside it, by `LayerNode.id`. A shared layer is loaded once.
 * @throws {Error} where a weight cannot be read or `signal` aborts; nothing stays on the engine then
 */
export async function loadWeights(
  tf: TensorLibrary,
  model: Model,
  { signal, onProgress }: Pick<LoadOptions, 'signal' | 'onProgress'>
): Promise<ReadonlyMap<string, LayerWeights>> {
  const layers = [...layersOf(model.root).values()];
  const total = layers.reduce((sum, layer) => sum + sizeOf(layer), 0);
  const loaded = new Map<string, LayerWeights>();
  let done = 0;
  try {
    for (const layer of layers) {
      signal?.throwIfAborted();
      loaded.set(layer.id, await loadLayer(tf, layer, signal));
      done += sizeOf(layer);
      if (total > 0) onProgress?.(done / total);
    }
  } catch (error) {
    for (const weights of loaded.values()) weights.dispose();
    throw error;
  }
  onProgress?.(1);
  return loaded;
}

/**
 * The weights of one layer.
 * @param replaced aligned with `LayerNode.weights`: other values in the origin's axis order, `null` for the layer's own
 */
export async function loadLayer(
  tf: TensorLibrary,
  layer: LayerNode,
  signal: AbortSignal | undefined,
  replaced: readonly (Float32Array | null)[] = []
): Promise<LayerWeights> {
  const raw: RawWeight[] = [];
  for (const [i, weight] of layer.weights.entries()) {
    if (!takesPart(weight)) continue;
    const { role, layout, flipped, shape } = weight;
    raw.push({ role, layout, flipped, shape, data: replaced[i] ?? toFloat32(await weight.read(signal)) });
  }
  const entries = orderWeights(layer.kind, raw).map(({ role, shape, data }) => ({
    role,
    tensor: tf.tensor(data, [...shape], 'float32')
  }));
  return new LayerWeights(entries);
}

/** Every layer of a graph and the graphs inside it, by id; a shared one once. */
export function layersOf(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
  for (const layer of graph.layers.values()) {
    if (found.has(layer.id)) continue;
    found.set(layer.id, layer);
    if (layer.kind.kind === 'model') layersOf(layer.kind.graph, found);
  }
  return found;
}

function sizeOf(layer: LayerNode): number {
  return layer.weights.reduce((sum, weight) => sum + elementCount(weight.shape), 0);
}

/** Optimizer slots and counters take no part in a forward pass. */
export function takesPart(weight: TensorRef): boolean {
  return weight.role !== 'optimizer' && weight.role !== 'seed' && weight.role !== 'count' && weight.dtype !== 'string';
}

function toFloat32(values: NumericArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
