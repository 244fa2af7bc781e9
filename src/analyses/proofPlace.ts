/** Where a number stands that is to be proven, and the small helpers every proof uses. */
import type { LayerNode } from '../core/model';
import type { DataFormat } from '../core/shape';
import type { WeightRole } from '../core/tensor';
import type { PixelProof } from '../protocol/running';
import { mapView, type MapView } from './maps';
import type { ValueSource } from './sources';
import { t } from '../core/texts';

export type Steps = PixelProof['steps'];
export type Formula = Extract<Steps, { kind: 'formula' }>;

export interface Place {
  readonly inputs: readonly MapView[];
  /** The layers the inputs come from, in the same order. */
  readonly sources: readonly ValueSource[];
  /** The first input. */
  readonly input: MapView;
  readonly output: MapView;
  readonly position: readonly number[];
  readonly channel: number;
  /** Whose rules hold where frameworks differ without an attribute to say so. */
  readonly dialect: 'keras' | 'pytorch';
  readonly signal: AbortSignal;
}

export const none = (reason: string): Steps => ({ kind: 'none', reason });

export function formula(text: string, terms: Readonly<Record<string, number>>, value: number): Formula {
  return { kind: 'formula', text, terms: Object.entries(terms).map(([name, each]) => ({ name, value: each })), value };
}

/** The same value seen in the layout of the layer that reads it: its producer may have no word of its own. */
export function viewAs(view: MapView, format: DataFormat): MapView {
  return mapView({ shape: [1, ...view.stored], data: view.values }, format);
}

/** Index in the stored, row-major array. */
export function storedIndex(place: Place): number {
  return place.output.indexOf(place.channel, ...place.position);
}

/** One index for each axis of `shape`. */
export function coordinatesOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  return [...shape]
    .reverse()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}

export function flatIndex(coordinates: readonly number[], shape: readonly number[]): number {
  return coordinates.reduce((sum, at, axis) => sum * (shape[axis] ?? 1) + at, 0);
}

/** Index into a parameter that runs along `axes` of a value (ascending), row-major. */
export function alongCoordinates(
  coordinates: readonly number[],
  axes: readonly number[],
  shape: readonly number[]
): number {
  return flatIndex(
    axes.map((axis) => coordinates[axis] ?? 0),
    axes.map((axis) => shape[axis] ?? 1)
  );
}

/** The layer's first weight of a role; `null` where it has none. */
export async function readRole(layer: LayerNode, role: WeightRole, signal: AbortSignal) {
  return (await layer.weights.find((weight) => weight.role === role)?.read(signal)) ?? null;
}

/** How an input is called in a formula: by the layer it comes from. */
export const nameOf = (place: Place, input: number): string => place.sources[input]?.layer ?? t('input {0}', input + 1);

/** An axis that counts the batch, or from the end, as an axis of the stored shape. */
export function storedAxis(axis: number, view: MapView): number {
  return axis < 0 ? axis + view.stored.length : axis - 1;
}

/** All indices of a window, row-major. */
export function windowPositions(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (all, length) => all.flatMap((start) => Array.from({ length }, (_, i) => [...start, i])),
    [[]]
  );
}

/** `exp(x) / sum of exp` over the values of one line. */
export function softmaxAt(line: readonly number[], at: number): number {
  const most = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = line.reduce((sum, x) => sum + Math.exp(x - most), 0);
  return Math.exp((line[at] ?? 0) - most) / total;
}
