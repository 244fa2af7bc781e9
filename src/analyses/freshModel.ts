/** Gives a model without weights fresh ones, so that kernels, engine and statistics all see the same numbers. */
import { expectedWeights } from '../core/expectedWeights';
import { distributionOf, drawWeight, initializerFor, initializerNote } from '../core/initializers';
import type { Graph, LayerNode, Model } from '../core/model';
import { createRandom, seedFor } from '../core/random';
import type { Shape } from '../core/shape';
import { elementCount, type TensorRef } from '../core/tensor';
import { firstInputShapes } from './layers';

/** The same model, every layer that comes without weights holding lazily drawn ones; same seed, same numbers. */
export function withFreshWeights(model: Model, seed: number): Model {
  const shapes = firstInputShapes(model);
  const root = freshGraph(model.root, model, shapes, seed);
  return { ...model, root, weightsOrigin: { kind: 'random', seed } };
}

function freshGraph(graph: Graph, model: Model, shapes: ReadonlyMap<string, Shape>, seed: number): Graph {
  const layers = new Map<string, LayerNode>();
  for (const [id, layer] of graph.layers) {
    if (layer.kind.kind === 'model') {
      layers.set(id, { ...layer, kind: { ...layer.kind, graph: freshGraph(layer.kind.graph, model, shapes, seed) } });
    } else {
      layers.set(
        id,
        layer.weights.length > 0 ? layer : { ...layer, weights: drawn(layer, model, shapes.get(id), seed) }
      );
    }
  }
  return { ...graph, layers };
}

function drawn(layer: LayerNode, model: Model, input: Shape | undefined, seed: number): TensorRef[] {
  const expected = expectedWeights(layer, input ?? null, model.framework) ?? [];
  return expected.map((weight, index): TensorRef => {
    const initializer = initializerFor(layer, weight, expected, model.framework);
    const name = `${layer.id}/${weight.role}`;
    const draw = () =>
      drawWeight(
        weight.shape,
        distributionOf(initializer, weight.shape),
        createRandom(seedFor(seed, `${name}/${index}`))
      );
    return {
      name,
      role: weight.role,
      dtype: 'float32',
      shape: weight.shape,
      layout: weight.layout,
      flipped: false,
      storedBytes: 4 * elementCount(weight.shape),
      read: () => Promise.resolve(draw().data)
    };
  });
}

/** `random, seed 1: glorotUniform, bound 0.12`; `null` for a layer without such a weight. */
export function freshNote(layer: LayerNode, role: string, model: Model, input: Shape | null): string | null {
  if (model.weightsOrigin.kind !== 'random') return null;
  const expected = expectedWeights(layer, input, model.framework) ?? [];
  const weight = expected.find((one) => one.role === role);
  if (weight === undefined) return null;
  const note = initializerNote(initializerFor(layer, weight, expected, model.framework), weight.shape);
  return `random, seed ${String(model.weightsOrigin.seed)}: ${note}`;
}
