/** Brings a model's weights onto the engine, fresh ones for layers that come without. */
import type { Graph, LayerNode, Model } from '../core/model';
import { elementCount, type NumericArray, type TensorRef } from '../core/tensor';
import { withFreshWeights } from './freshWeights';
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
  { seed, signal, onProgress }: LoadOptions
): Promise<ReadonlyMap<string, LayerWeights>> {
  const layers = [...layersOf(withFreshWeights(model, seed).root).values()];
  const total = layers.reduce((sum, layer) => sum + sizeOf(layer), 0);
  const loaded = new Map<string, LayerWeights>();
  let done = 0;
  try {
    for (const layer of layers) {
      signal?.throwIfAborted();
      const ordered = orderWeights(layer.kind, await readAll(layer.weights, signal));
      const entries = ordered.map(({ role, shape, data }) => ({
        role,
        tensor: tf.tensor(data, [...shape], 'float32')
      }));
      loaded.set(layer.id, new LayerWeights(entries));
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

/** Every layer of a graph and the graphs inside it, by id; a shared one once. */
function layersOf(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
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
function takesPart(weight: TensorRef): boolean {
  return weight.role !== 'optimizer' && weight.role !== 'seed' && weight.role !== 'count' && weight.dtype !== 'string';
}

async function readAll(weights: readonly TensorRef[], signal: AbortSignal | undefined): Promise<RawWeight[]> {
  const raw: RawWeight[] = [];
  for (const weight of weights.filter(takesPart)) {
    const { role, layout, flipped, shape } = weight;
    raw.push({ role, layout, flipped, shape, data: toFloat32(await weight.read(signal)) });
  }
  return raw;
}

function toFloat32(values: NumericArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
