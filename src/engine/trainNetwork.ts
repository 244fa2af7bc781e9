/** A prepared network's weights copied out and written back, and one step of training on them. */
import type { LayerNode, Model } from '../core/model';
import { isLearned, type DenseTensor } from '../core/tensor';
import { planOf, Unwalkable } from './backward/plan';
import { planOfScores, trainStep } from './backward/trainStep';
import { presentOf } from './backward/weightGradients';
import { LayerWeights } from './layers/context';
import type { TensorLibrary } from './tensorLibrary';
import type { Parameter, StepOptions, StepOutcome } from './trainable';

type Layers = ReadonlyMap<string, LayerNode>;
type Weights = ReadonlyMap<string, LayerWeights>;

const NO_WEIGHTS = new LayerWeights([]);

const keyOf = (layer: string, role: string, index: number): string => `${layer} ${role} ${String(index)}`;

/** See `TrainableNetwork.parameters`. */
export function parametersOf(layers: Layers, weights: Weights): Parameter[] {
  return [...layers.values()].flatMap((layer) =>
    presentOf(layer, weights.get(layer.id) ?? NO_WEIGHTS).map(({ index, role, tensor }) => ({
      key: keyOf(layer.id, role, index),
      layer: layer.id,
      role,
      index,
      shape: tensor.shape,
      learned: isLearned(role),
      values: Float32Array.from(tensor.dataSync<'float32'>())
    }))
  );
}

/** See `TrainableNetwork.assign`. */
export function assignTo(
  tf: TensorLibrary,
  layers: Layers,
  weights: Weights,
  values: ReadonlyMap<string, Float32Array>
): void {
  for (const layer of layers.values()) {
    const own = weights.get(layer.id);
    if (own === undefined) continue;
    for (const { index, at, role, tensor } of presentOf(layer, own)) {
      const next = values.get(keyOf(layer.id, role, index));
      if (next === undefined) continue;
      if (next.length !== tensor.size) {
        throw new Error(`${layer.id}: ${role} holds ${String(tensor.size)} numbers, not ${String(next.length)}`);
      }
      // A copy: the library may keep the array it is given.
      own.replace(at, tf.tensor(next.slice(), tensor.shape, 'float32'));
    }
  }
}

export interface Trained {
  readonly tf: TensorLibrary;
  readonly layers: Layers;
  readonly weights: Weights;
  readonly model: Model;
}

/** See `TrainableNetwork.step`. */
export function stepOf(
  { tf, layers, weights, model }: Trained,
  inputs: readonly DenseTensor[],
  options: StepOptions
): StepOutcome {
  const given = inputs.map(({ data, shape }) => tf.tensor(data, [...shape], 'float32'));
  try {
    const plan = planOfScores(planOf(model.root), options.scores);
    const taken = trainStep(plan, given, { tf, weights, framework: model.framework, options });
    const gradients = new Map<string, Float32Array>();
    for (const [id, own] of taken.gradients) {
      for (const [index, gradient] of own) {
        const role = layers.get(id)?.weights[index]?.role ?? 'other';
        gradients.set(keyOf(id, role, index), gradient);
      }
    }
    return { type: 'done', loss: taken.loss, gradients, statistics: taken.statistics };
  } catch (error) {
    if (!(error instanceof Unwalkable)) throw error;
    return { type: 'stopped', layer: error.layer, reason: error.reason };
  } finally {
    for (const tensor of given) tensor.dispose();
  }
}
