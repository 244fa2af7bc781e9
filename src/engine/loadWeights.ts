/** Brings a model's weights onto the engine, drawing fresh values for layers that come without. */
import { expectedWeights } from '../core/expectedWeights';
import { inferShapes, type GraphShapes } from '../core/inferShapes';
import type { Framework, Graph, LayerNode, Model } from '../core/model';
import type { Shape } from '../core/shape';
import { elementCount, type NumericArray, type TensorRef } from '../core/tensor';
import { freshWeights } from './freshWeights';
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
  options: LoadOptions
): Promise<ReadonlyMap<string, LayerWeights>> {
  const layers = layersOf(model.root);
  const total = [...layers.values()].reduce((sum, layer) => sum + sizeOf(layer), 0);
  const loaded = new Map<string, LayerWeights>();
  let inputShapes: ReadonlyMap<string, Shape | null> | null = null;
  let done = 0;
  try {
    for (const layer of layers.values()) {
      options.signal?.throwIfAborted();
      let raw: RawWeight[];
      if (layer.weights.length > 0) {
        raw = await readAll(layer.weights, options.signal);
        done += sizeOf(layer);
      } else {
        inputShapes ??= firstInputShapes(inferShapes(model.root));
        raw = drawAll(layer, inputShapes.get(layer.id) ?? null, model.framework, options.seed);
      }
      const ordered = orderWeights(layer.kind, raw);
      loaded.set(
        layer.id,
        new LayerWeights(
          ordered.map(({ role, shape, data }) => ({ role, tensor: tf.tensor(data, [...shape], 'float32') }))
        )
      );
      if (total > 0) options.onProgress?.(done / total);
    }
  } catch (error) {
    for (const weights of loaded.values()) weights.dispose();
    throw error;
  }
  options.onProgress?.(1);
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

function drawAll(layer: LayerNode, inputShape: Shape | null, framework: Framework, seed: number): RawWeight[] {
  const expected = expectedWeights(layer, inputShape, framework);
  return expected === null || expected.length === 0 ? [] : freshWeights(layer, expected, seed);
}

/** Shape of the first input of the first call of every layer. */
function firstInputShapes(shapes: GraphShapes, found = new Map<string, Shape | null>()): Map<string, Shape | null> {
  shapes.graph.calls.forEach((call, i) => {
    const known = shapes.calls[i];
    const input = known?.inputs[0] ?? null;
    if (input !== null && !found.has(call.layer)) found.set(call.layer, input);
    if (known?.nested) firstInputShapes(known.nested, found);
  });
  return found;
}
