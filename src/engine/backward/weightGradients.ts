/** Gradients of weights, brought from the executor's axis order back to the origin's. */
import type { LayerNode } from '../../core/model';
import { elementCount, isLearned, type DenseTensor } from '../../core/tensor';
import type { LayerWeights } from '../layers/context';
import { takesPart } from '../loadWeights';
import type { Tensor } from '../tensorLibrary';
import { orderWeights } from '../weightOrder';

export interface LearnedWeight {
  /** In `LayerNode.weights`. */
  readonly index: number;
  readonly tensor: Tensor;
}

/** The weights of a layer that training moves, as they lie on the engine. */
export function learnedOf(layer: LayerNode, weights: LayerWeights): LearnedWeight[] {
  const tensors = weights.list();
  return present(layer).flatMap((index, at) => {
    const { tensor, role } = tensors[at] ?? {};
    return tensor !== undefined && role !== undefined && isLearned(role) ? [{ index, tensor }] : [];
  });
}

/** What takes part in a pass, in order: `loadLayer` leaves the rest out. */
function present(layer: LayerNode): number[] {
  return layer.weights.flatMap((weight, index) => (takesPart(weight) ? [index] : []));
}

/** Digits of a position: each is exact in single precision, however large the weight. */
const base = 65_536;

/**
 * Adds gradients in the executor's order up in the origin's. Where a weight's numbers go is found by sending their
 * positions the same way; zeros put between a dilated kernel's numbers come from nowhere and are left out.
 * @param gradients by index in `LayerNode.weights`
 * @returns aligned with `LayerNode.weights`; `null` for what is not learned
 */
export function inOriginOrder(layer: LayerNode, gradients: ReadonlyMap<number, Tensor>): (DenseTensor | null)[] {
  const indices = present(layer);
  const sent = (digit: (position: number) => number) =>
    orderWeights(
      layer.kind,
      indices.map((index) => {
        const { role, layout, flipped, shape } = weightAt(layer, index);
        const data = Float32Array.from({ length: elementCount(shape) }, (_, position) => digit(position + 1));
        return { role, layout, flipped, shape, data };
      })
    );
  const low = sent((position) => position % base);
  const high = sent((position) => Math.floor(position / base));
  return layer.weights.map(({ role, shape }, index) => {
    const at = indices.indexOf(index);
    const gradient = gradients.get(index);
    if (at < 0 || !isLearned(role)) return null;
    const data = new Float32Array(elementCount(shape));
    gradient?.dataSync<'float32'>().forEach((value, k) => {
      const to = (low[at]?.data[k] ?? 0) + base * (high[at]?.data[k] ?? 0) - 1;
      if (to >= 0) data[to] = (data[to] ?? 0) + value;
    });
    return { shape, data };
  });
}

function weightAt(layer: LayerNode, index: number) {
  const weight = layer.weights[index];
  if (weight === undefined) throw new Error(`${layer.id} has no weight ${String(index)}`);
  return weight;
}
