/** A model that holds the weights of a kept epoch. */
import type { Graph, LayerNode, Model } from '../../core/model';
import type { TensorRef } from '../../core/tensor';
import { t } from '../../core/texts';
import type { Engine } from '../../engine/engine';
import { withAllWeights, withoutFit } from '../../engine/freshWeights';
import type { RunState } from '../../training/run/state';
import { inputFailure } from '../problem';

/** By layer, then by index in `LayerNode.weights`: values in the origin's own axis order. */
export type EpochWeights = ReadonlyMap<string, ReadonlyMap<number, Float32Array>>;

/**
 * Weights as the model's own origin orders them; checkpoints hold them in the engine's order.
 * @throws {RequestFailure} where a state is another network's
 */
export async function epochWeights(
  engine: Engine,
  model: Model,
  states: readonly RunState[],
  signal: AbortSignal
): Promise<readonly EpochWeights[]> {
  const network = await engine.prepare(withoutFit(model), { seed: 1, signal });
  try {
    const parameters = network.parameters();
    return states.map((state) => {
      const layers = new Map<string, Map<number, Float32Array>>();
      for (const parameter of parameters) {
        const values = state.weights.get(parameter.key);
        if (values?.length !== parameter.values.length) {
          throw inputFailure(model.name, t('the kept run has other weights'), t('Start a new run'));
        }
        const own = layers.get(parameter.layer) ?? new Map<number, Float32Array>();
        own.set(parameter.index, network.inOriginOrder({ ...parameter, values }));
        layers.set(parameter.layer, own);
      }
      return layers;
    });
  } finally {
    network.dispose();
  }
}

export function withWeights(model: Model, weights: EpochWeights, epoch: number): Model {
  // What a joined file lacked was drawn for the run.
  const whole = model.weightsFit === undefined ? model : withAllWeights(model, 1);
  return { ...whole, root: graphWith(whole.root, weights), weightsOrigin: { kind: 'trained', epoch } };
}

function graphWith(graph: Graph, weights: EpochWeights): Graph {
  const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => {
    const changed = layerWith(layer, weights);
    return [
      id,
      changed.kind.kind === 'model'
        ? { ...changed, kind: { ...changed.kind, graph: graphWith(changed.kind.graph, weights) } }
        : changed
    ];
  });
  return { ...graph, layers: new Map(layers) };
}

export function layerWith(layer: LayerNode, weights: EpochWeights): LayerNode {
  const own = weights.get(layer.id);
  if (own === undefined) return layer;
  return {
    ...layer,
    weights: layer.weights.map((ref, index): TensorRef => {
      const values = own.get(index);
      return values === undefined ? ref : { ...ref, dtype: 'float32', read: () => Promise.resolve(values) };
    })
  };
}
