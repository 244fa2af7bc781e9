/**
 * Fresh weights for layers that come without: one place, so that what a picture shows and what the network runs with
 * are the same numbers.
 */
import { expectedWeights, type ExpectedWeight } from '../core/expectedWeights';
import { firstInputShapes } from '../core/firstInputShapes';
import { inferShapes } from '../core/inferShapes';
import { distributionOf, drawWeight, initializerFor } from '../core/initializers';
import type { Framework, Graph, LayerNode, Model } from '../core/model';
import { createRandom, seedFor } from '../core/random';
import type { Shape } from '../core/shape';
import type { LayerKind } from '../core/layerKind';
import { elementCount, type TensorRef } from '../core/tensor';

/**
 * The model with in-memory weights wherever a layer needs weights and has none; layers whose shapes are not known, and
 * those that the weights' file lacks, stay as they are. The same seed gives the same values, whatever other layers the model holds.
 */
export function withFreshWeights(model: Model, seed: number): Model {
  const inputShapes = firstInputShapes(inferShapes(model.root));
  return {
    ...model,
    root: freshGraph(model.root, { inputShapes, framework: model.framework, seed, lacking: model.lacking })
  };
}

/**
 * The same with weights for every layer, also where the weights' file has none that fit: a network that is to learn needs
 * all of them. How the file fits is not told any more.
 */
export function withAllWeights(model: Model, seed: number): Model {
  return withFreshWeights(withoutFit(model), seed);
}

/** The model as if its weights had not come from a file that may lack some. */
export function withoutFit(model: Model): Model {
  return model.weightsFit === undefined ? model : { ...model, lacking: undefined, weightsFit: undefined };
}

interface Drawing {
  readonly inputShapes: ReadonlyMap<string, Shape>;
  readonly framework: Framework;
  readonly seed: number;
  readonly lacking: ReadonlySet<string> | undefined;
}

function freshGraph(graph: Graph, drawing: Drawing): Graph {
  const { inputShapes, framework, seed, lacking } = drawing;
  const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => {
    const kind: LayerKind =
      layer.kind.kind === 'model' ? { ...layer.kind, graph: freshGraph(layer.kind.graph, drawing) } : layer.kind;
    if (layer.weights.length > 0 || lacking?.has(id) === true) return [id, { ...layer, kind }];
    const expected = expectedWeights(layer, inputShapes.get(id) ?? null, framework) ?? [];
    return [
      id,
      { ...layer, kind, weights: expected.map((weight, i) => fresh(layer, weight, i, expected, framework, seed)) }
    ];
  });
  return { ...graph, layers: new Map(layers) };
}

function fresh(
  layer: LayerNode,
  weight: ExpectedWeight,
  index: number,
  all: readonly ExpectedWeight[],
  framework: Framework,
  seed: number
): TensorRef {
  const { role, shape, layout } = weight;
  return {
    name: `${layer.name}/${role}`,
    role,
    dtype: 'float32',
    shape,
    layout,
    flipped: false,
    storedBytes: 4 * elementCount(shape),
    // Drawn when read: a large network need not be held twice.
    read: () => {
      const distribution = distributionOf(initializerFor(layer, weight, all, framework), shape);
      const random = createRandom(seedFor(seed, `${layer.id}/${index}/${role}`));
      return Promise.resolve(drawWeight(shape, distribution, random).data);
    }
  };
}
