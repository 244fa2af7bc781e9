/** Layers that compute nothing: where the value comes from. */
import type { KindOf } from '../core/layerKind';
import type { MapView } from './maps';
import {
  coordinatesOf,
  flatIndex,
  formula,
  none,
  storedAxis,
  storedIndex,
  viewAs,
  type Place,
  type Steps
} from './proofPlace';

/** The value of one place of an input, and that place in words. */
function taken(view: MapView, flat: number, from: string): Steps {
  const x = view.values[flat] ?? Number.NaN;
  return formula(`x = ${from}[${coordinatesOf(flat, view.stored).join(', ')}] (moved, not changed)`, { x }, x);
}

export function flattened(kind: KindOf<'flatten'>, place: Place): Steps {
  const flat = storedIndex(place);
  if (!kind.channelsLastOrder) return taken(place.input, flat, nameOf(place, 0));
  const input = viewAs(place.input, 'channelsFirst');
  const position = coordinatesOf(flat, input.shape);
  return taken(input, input.indexOf(position.at(-1) ?? 0, ...position.slice(0, -1)), nameOf(place, 0));
}

/** Row-major order stays; only the axes change. */
export function reshaped(place: Place): Steps {
  return taken(place.input, storedIndex(place), nameOf(place, 0));
}

export function permuted(kind: KindOf<'permute'>, place: Place): Steps {
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  const source = place.input.stored.map((_, axis) => target[kind.axes.indexOf(axis + 1)] ?? 0);
  return taken(place.input, flatIndex(source, place.input.stored), nameOf(place, 0));
}

/** The input whose part of the axis the place falls into. */
export function concatenated(kind: KindOf<'concat'>, place: Place): Steps {
  const axis = storedAxis(kind.axis, place.output);
  const target = coordinatesOf(storedIndex(place), place.output.stored);
  let along = target[axis];
  if (along === undefined) return none('values are joined along the batch here');
  for (const [i, view] of place.inputs.entries()) {
    const size = view.stored[axis] ?? 0;
    if (along < size) {
      const source = target.map((at, n) => (n === axis ? (along ?? 0) : at));
      return taken(view, flatIndex(source, view.stored), nameOf(place, i));
    }
    along -= size;
  }
  return none('the inputs are shorter than the output');
}

const nameOf = (place: Place, input: number): string => place.sources[input]?.layer ?? `input ${String(input + 1)}`;
