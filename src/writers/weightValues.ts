/** Where a writer takes the weights from. */
import type { LayerNode } from '../core/model';
import type { NumericArray } from '../core/tensor';

/**
 * Values of one weight in the origin's own axis order, as `LayerNode.weights[index]` has them; `undefined` where they are
 * those the model came with.
 */
export type WeightValues = (layerId: string, index: number) => Float32Array | undefined;

/** The values of a layer's weight as they are to be saved. @throws {Error} where the file they came from cannot be read */
export async function valuesOf(layer: LayerNode, index: number, weights: WeightValues): Promise<NumericArray> {
  const given = weights(layer.id, index);
  const ref = layer.weights[index];
  if (given !== undefined) {
    const expected = ref?.shape.reduce((product, size) => product * size, 1);
    if (given.length !== expected) {
      throw new Error(`${layer.id}: weight ${index} has ${given.length} values, expected ${expected ?? 'none'}`);
    }
    return given;
  }
  if (ref === undefined) throw new Error(`${layer.id} has no weight ${index}`);
  return ref.read();
}
