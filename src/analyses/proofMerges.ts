/** Layers that compute one value from several: sums, products, and the dot product. */
import type { KindOf } from '../core/layerKind';
import type { MapView } from './maps';
import { coordinatesOf, flatIndex, formula, none, storedAxis, storedIndex, type Place, type Steps } from './proofPlace';
import { t } from '../core/texts';

const shownProducts = 16;

const mergeWords = {
  add: 'sum',
  subtract: 'a - b',
  multiply: 'product',
  average: 'mean',
  maximum: 'maximum',
  minimum: 'minimum'
} as const;

/** Inputs are aligned at their last axes; a length of 1, or an axis that is not there, is stretched as NumPy does. */
export function merge(kind: KindOf<'merge'>, place: Place): Steps {
  // The batch takes part in the alignment: with it a value of lower rank stands where the engine puts it.
  const target = [0, ...coordinatesOf(storedIndex(place), place.output.stored)];
  const values = place.inputs.map((view) => {
    const shape = [1, ...view.stored];
    const missing = target.length - shape.length;
    const source = shape.map((size, axis) => (size === 1 ? 0 : (target[axis + missing] ?? 0)));
    return view.values[flatIndex(source, shape)] ?? Number.NaN;
  });
  const [first = Number.NaN, ...rest] = values;
  const sum = values.reduce((a, b) => a + b, 0);
  const results = {
    add: sum,
    subtract: rest.reduce((a, b) => a - b, first),
    multiply: values.reduce((a, b) => a * b, 1),
    average: sum / values.length,
    maximum: Math.max(...values),
    minimum: Math.min(...values)
  };
  const terms = Object.fromEntries(values.map((value, i) => [t('input {0}', i + 1), value]));
  return formula(mergeWords[kind.operation], terms, results[kind.operation]);
}

/** The numbers of one input that the contracted axis runs over, and the index of the line among its remaining axes. */
function lineOf(view: MapView, axis: number, line: number): readonly number[] {
  const others = view.stored.filter((_, n) => n !== axis);
  const at = coordinatesOf(line, others);
  return Array.from({ length: view.stored[axis] ?? 0 }, (_, i) => {
    const full = [...at.slice(0, axis), i, ...at.slice(axis)];
    return view.values[flatIndex(full, view.stored)] ?? Number.NaN;
  });
}

const lengthOf = (line: readonly number[]): number =>
  Math.sqrt(
    Math.max(
      line.reduce((sum, x) => sum + x * x, 0),
      1e-12
    )
  );

/** `sum of a[i] b[i]` over the two contracted axes, of unit length each where the layer normalises. */
export function dotProduct(kind: KindOf<'dot'>, place: Place): Steps {
  const [a, b] = place.inputs;
  if (a === undefined || b === undefined) return none(t('a dot product needs two inputs, and one is not at hand'));
  const axes = [storedAxis(kind.axes[0], a), storedAxis(kind.axes[1], b)] as const;
  const columns = b.stored.filter((_, axis) => axis !== axes[1]).reduce((product, size) => product * size, 1);
  const flat = storedIndex(place);
  const left = lineOf(a, axes[0], Math.floor(flat / columns));
  const right = lineOf(b, axes[1], flat % columns);
  const products = left.map((x, i) => ({ i, product: x * (right[i] ?? Number.NaN) }));
  const sum = products.reduce((total, { product }) => total + product, 0);
  const shown = [...products].sort((p, q) => Math.abs(q.product) - Math.abs(p.product)).slice(0, shownProducts);
  const terms = Object.fromEntries(shown.map(({ i, product }) => [`a[${String(i)}] * b[${String(i)}]`, product]));
  const over = t('sum of a[i] * b[i] over {0} products', products.length);
  if (!kind.normalize) return formula(over, terms, sum);
  const [lengthA, lengthB] = [lengthOf(left), lengthOf(right)];
  return formula(
    `(${over}) / (|a| * |b|)`,
    { sum, '|a|': lengthA, '|b|': lengthB, ...terms },
    sum / (lengthA * lengthB)
  );
}
