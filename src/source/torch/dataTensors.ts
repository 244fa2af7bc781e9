/** Tensors of numbers outside the network: only their sizes matter. */
import { productOf, type Dim } from '../../core/shape';
import { t } from '../../core/texts';
import { ListValue, Unknown, type Args, type Value } from '../interpreter/values';
import { asDim } from './tensors';
import { DataTensor, ParameterValue, SizeValue } from './values';

/** Of sizes one by one or in a list. */
export function dataOf(values: readonly Value[], numbers: readonly number[] | null = null): DataTensor {
  const [first] = values;
  // One value that is not known may be a tuple of any length.
  if ((first instanceof Unknown && values.length === 1) || (first instanceof ListValue && first.taint !== null)) {
    return new DataTensor(null);
  }
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

/** `torch.linspace(0, 0.1, 12)` and `torch.arange(4)`, with their numbers where those are known. */
export function countedData(name: string, args: Args): DataTensor {
  const given = args.positional.map((value) => (typeof value === 'number' ? value : null));
  const numbers = given.filter((value) => value !== null);
  if (numbers.length < given.length || args.rest !== null) return new DataTensor(null);
  const [first = 0, second = null, third = null] = numbers;
  const named = [...args.named.keys()].some((key) => /^(start|end|steps?)$/.test(key));
  if (named || given.length === 0) return new DataTensor(null);
  if (name === 'linspace') {
    if (second === null || third === null || third < 1 || third > LONGEST) return new DataTensor(null);
    const step = third === 1 ? 0 : (second - first) / (third - 1);
    return new DataTensor(
      [third],
      Array.from({ length: third }, (_, i) => Math.fround(first + step * i))
    );
  }
  const [from, to] = second === null ? [0, first] : [first, second];
  const count = Math.ceil((to - from) / (third ?? 1));
  return count >= 0 && count <= LONGEST
    ? new DataTensor(
        [count],
        Array.from({ length: count }, (_, i) => from + (third ?? 1) * i)
      )
    : new DataTensor(null);
}

const LONGEST = 1000;

/** The sizes of an operation on two values that are no tensors of the network; `null` where broadcasting does not tell. */
export function dataArithmetic(operator: string, left: Value, right: Value): DataTensor {
  const [a, b] = [ownSizes(left), ownSizes(right)];
  if (operator === '@' || a === null || b === null) return new DataTensor(null);
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const offset = long.length - short.length;
  const all: Dim[] = [];
  for (const [axis, own] of long.entries()) {
    const other = axis < offset ? 1 : (short[axis - offset] ?? null);
    if (other === 1 || other === own) all.push(own);
    else if (own === 1 || own === null) all.push(other);
    else if (other === null) all.push(own);
    else return new DataTensor(null);
  }
  return new DataTensor(all);
}

function ownSizes(value: Value): readonly Dim[] | null {
  if (value instanceof DataTensor || value instanceof ParameterValue) return value.sizes;
  return typeof value === 'number' || typeof value === 'boolean' || value instanceof SizeValue ? [] : null;
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
