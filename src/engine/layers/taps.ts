/** Linear resampling along one axis: every output position is a weighted sum of a few input positions. */
import type { Tensor, TensorLibrary } from '../tensorLibrary';

export interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The taps of each output position. */
export type AxisTaps = readonly (readonly Tap[])[];

/** Up to this many taps a position, gathering whole rows is cheaper than a matrix product. */
const GATHER_LIMIT = 6;

export function resampleAxis(tf: TensorLibrary, value: Tensor, axis: number, taps: AxisTaps): Tensor {
  const most = taps.reduce((largest, row) => Math.max(largest, row.length), 0);
  return most <= GATHER_LIMIT ? byGathering(tf, value, axis, taps, most) : byMatrix(tf, value, axis, taps);
}

function byGathering(tf: TensorLibrary, value: Tensor, axis: number, taps: AxisTaps, most: number): Tensor {
  let sum: Tensor | null = null;
  for (let t = 0; t < most; t++) {
    const indices = Int32Array.from(taps, (row) => row[t]?.index ?? 0);
    const weights = Float32Array.from(taps, (row) => row[t]?.weight ?? 0);
    const rows = tf.gather(value, tf.tensor1d(indices, 'int32'), axis);
    const scaled = weights.every((weight) => weight === 1)
      ? rows
      : tf.mul(
          rows,
          tf.tensor(
            weights,
            rows.shape.map((size, i) => (i === axis ? size : 1))
          )
        );
    sum = sum === null ? scaled : tf.add(sum, scaled);
  }
  return sum ?? value;
}

function byMatrix(tf: TensorLibrary, value: Tensor, axis: number, taps: AxisTaps): Tensor {
  const { shape } = value;
  const size = shape[axis] ?? 1;
  const matrix = new Float32Array(taps.length * size);
  taps.forEach((row, at) => {
    for (const { index, weight } of row) matrix[at * size + index] = (matrix[at * size + index] ?? 0) + weight;
  });
  const outer = shape.slice(0, axis).reduce((product, length) => product * length, 1);
  const inner = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const weights = tf.tensor2d(matrix, [taps.length, size]);
  const blocks = tf.reshape(value, [outer, size, inner]);
  const products = Array.from({ length: outer }, (_, i) =>
    tf.matMul(weights, tf.reshape(tf.slice(blocks, [i, 0, 0], [1, size, inner]), [size, inner]))
  );
  return tf.reshape(products.length === 1 ? (products[0] ?? blocks) : tf.stack(products), [
    ...shape.slice(0, axis),
    taps.length,
    ...shape.slice(axis + 1)
  ]);
}
