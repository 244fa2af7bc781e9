/**
 * Recurrent layers of Keras 1 that keep the weights of each gate by themselves (`consume_less` other than "gpu"): joined as
 * later versions keep them, after Keras 2's own `preprocess_weights_for_loading`.
 */
import type { LayerKind } from '../../core/layerKind';
import type { NumericArray } from '../../core/tensor';
import type { RawTensor } from './rawTensor';

/** Each gate has W, U and b; the order in which joined kernels hold the gates, as places in the file's order. */
const ORDERS = {
  // File: i c f o; joined: i f c o.
  lstm: [0, 2, 1, 3],
  // z r h both times.
  gru: [0, 1, 2]
} as const;

/** The tensors of the layer, joined where they are kept by gate; what does not have those shapes stays as it is. */
export function joinGates(kind: LayerKind, raws: readonly RawTensor[]): readonly RawTensor[] {
  if (kind.kind !== 'recurrent' || kind.cell === 'simple') return raws;
  const order = ORDERS[kind.cell];
  const perDirection = 3 * order.length;
  const directions = kind.bidirectional === null ? 1 : 2;
  if (raws.length !== directions * perDirection) return raws;
  const joined = Array.from({ length: directions }, (_, direction) => {
    const own = raws.slice(direction * perDirection, (direction + 1) * perDirection);
    return [0, 1, 2].map((part) => order.map((gate) => own[3 * gate + part]).filter((raw) => raw !== undefined));
  }).flat();
  const regular = joined.every((gates, i) => {
    const shape = gates[0]?.shape ?? [];
    const same = gates.every((raw) => raw.shape.join() === shape.join() && raw.dtype === gates[0]?.dtype);
    return same && shape.length === (i % 3 === 2 ? 1 : 2) && shape.at(-1) === kind.units;
  });
  return regular ? joined.map(sideBySide) : raws;
}

/** Tensors `[rows, n]` (or `[n]`) as one `[rows, gates n]`. */
function sideBySide(gates: readonly RawTensor[]): RawTensor {
  const [first] = gates;
  const shape = first?.shape ?? [];
  const size = shape.at(-1) ?? 0;
  const width = gates.length * size;
  return {
    name: gates.map(({ name }) => name).join(' + '),
    dtype: first?.dtype ?? 'float32',
    shape: [...shape.slice(0, -1), width],
    storedBytes: gates.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    async read(signal) {
      const parts: NumericArray[] = [];
      for (const gate of gates) parts.push(await gate.read(signal));
      const rows = shape.slice(0, -1).reduce((product, each) => product * each, 1);
      const whole = parts[0] instanceof Float64Array ? new Float64Array(rows * width) : new Float32Array(rows * width);
      for (const [gate, values] of parts.entries()) {
        for (let row = 0; row < rows; row++)
          whole.set(values.subarray(row * size, (row + 1) * size), row * width + gate * size);
      }
      return whole;
    }
  };
}
