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

/** By layer and by index in `LayerNode.weights`. */
const origins = new WeakMap<LayerNode, ReadonlyMap<number, Int32Array | null>>();

/**
 * Where each number of a weight on the engine stands in the origin's order, -1 for the zeros put between a dilated kernel's
 * numbers; `null` where the order is the same. Found by sending positions the way the numbers go.
 */
function originsOf(layer: LayerNode): ReadonlyMap<number, Int32Array | null> {
  const known = origins.get(layer);
  if (known !== undefined) return known;
  const indices = present(layer);
  const digits = (digit: (position: number) => number) =>
    indices.map((index) => {
      const { role, layout, flipped, shape } = weightAt(layer, index);
      const data = Float32Array.from({ length: elementCount(shape) }, (_, position) => digit(position + 1));
      return { role, layout, flipped, shape, data };
    });
  const [sentLow, sentHigh] = [digits((at) => at % base), digits((at) => Math.floor(at / base))];
  const low = orderWeights(layer.kind, sentLow);
  const high = orderWeights(layer.kind, sentHigh);
  const found = new Map(
    indices.map((index, at): [number, Int32Array | null] => {
      const moved = low[at]?.data;
      if (moved === undefined || moved === sentLow[at]?.data) return [index, null];
      return [index, Int32Array.from(moved, (digit, k) => digit + base * (high[at]?.data[k] ?? 0) - 1)];
    })
  );
  origins.set(layer, found);
  return found;
}

/**
 * Brings gradients in the executor's order back to the origin's.
 * @param gradients by index in `LayerNode.weights`
 * @returns aligned with `LayerNode.weights`; `null` for what is not learned
 */
export function inOriginOrder(layer: LayerNode, gradients: ReadonlyMap<number, Tensor>): (DenseTensor | null)[] {
  const order = originsOf(layer);
  return layer.weights.map(({ role, shape }, index) => {
    const from = order.get(index);
    if (from === undefined || !isLearned(role)) return null;
    const data = new Float32Array(elementCount(shape));
    const gradient = gradients.get(index)?.dataSync<'float32'>();
    if (gradient === undefined) return { shape, data };
    if (from === null) data.set(gradient);
    else
      from.forEach((to, k) => {
        if (to >= 0) data[to] = gradient[k] ?? 0;
      });
    return { shape, data };
  });
}

function weightAt(layer: LayerNode, index: number) {
  const weight = layer.weights[index];
  if (weight === undefined) throw new Error(`${layer.id} has no weight ${String(index)}`);
  return weight;
}
