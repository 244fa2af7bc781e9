/** Tensors of numbers outside the network: only their sizes matter. */
import { productOf, type Dim } from '../../core/shape';
import { t } from '../../core/texts';
import { ListValue, Unknown, type Args, type Value } from '../interpreter/values';
import { asDim } from './tensors';
import { DataTensor } from './values';

/** Of sizes one by one or in a list. */
export function dataOf(values: readonly Value[], numbers: readonly number[] | null = null): DataTensor {
  const [first] = values;
  const items = first instanceof ListValue ? first.items : values;
  const sizes = items.map(asDim);
  const known = sizes.filter((size): size is Dim => size !== undefined);
  return new DataTensor(known.length === sizes.length && items.length > 0 ? known : null, numbers);
}

/** The numbers of a plain list; `null` for anything else. */
export function numbersIn(value: Value | undefined): readonly number[] | null {
  if (!(value instanceof ListValue) || value.taint !== null) return null;
  const numbers = value.items.filter((item) => typeof item === 'number');
  return numbers.length === value.items.length ? numbers : null;
}

/** A method of weights or data that gives a tensor again; sizes that do not follow are not known. */
export function dataMethod(
  sizes: readonly Dim[] | null,
  name: string,
  args: Args,
  numbers: readonly number[] | null = null
): DataTensor {
  if (/^(to|cuda|cpu|float|clone|detach|contiguous)$/.test(name)) return new DataTensor(sizes, numbers);
  if (/^(to|cuda|cpu|float|clone|detach|type_as|contiguous|data|sigmoid|tanh|relu|exp|abs)_?$/.test(name)) {
    return new DataTensor(sizes);
  }
  const [first] = args.positional;
  const target = first instanceof ListValue ? first.items : args.positional;
  const dims = target.map((value) => asDim(value) ?? null);
  if (sizes === null) return new DataTensor(null);
  switch (name) {
    case 'view':
    case 'reshape':
      return new DataTensor(reshaped(sizes, dims));
    case 'unsqueeze': {
      const axis = dims[0] ?? null;
      const at = axis === null ? null : axis < 0 ? axis + sizes.length + 1 : axis;
      return new DataTensor(at === null ? null : [...sizes.slice(0, at), 1, ...sizes.slice(at)]);
    }
    case 'expand':
      return new DataTensor(
        dims.length === sizes.length ? dims.map((size, i) => (size === -1 ? (sizes[i] ?? null) : size)) : null
      );
    default:
      return new DataTensor(null);
  }
}

/** `-1` is what the other sizes leave. */
function reshaped(sizes: readonly Dim[], target: readonly Dim[]): Dim[] {
  const total = productOf(sizes);
  const rest = productOf(target.filter((size) => size !== -1));
  const open = total === null || rest === null || rest === 0 ? null : total / rest;
  return target.map((size) => (size === -1 ? open : size));
}

/** Sizes as the program sees them. */
export function dims(sizes: readonly Dim[]): ListValue {
  return new ListValue(
    sizes.map((size) => size ?? new Unknown(t('this size is not known'))),
    true
  );
}
