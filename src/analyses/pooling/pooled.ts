/** One map pooled by hand: outputs, winners, divisors, and how much of the signal is kept. */
import type { PoolOperation } from '../../protocol/effects/pooling';
import type { AxisWindows, WindowAxes } from '../../protocol/effects/windows';

export interface Pooled {
  readonly outputs: Float32Array;
  /** Row-major index in the input of the first greatest value of each window; -1 for averages and empty windows. */
  readonly winners: Int32Array;
  readonly divisors: Float32Array;
}

/**
 * @param values one channel, `[D, H, W]` row-major. @param countIncludePad averages: padding counts in the divisor, but
 * never what lies beyond it. Padding never wins a maximum. NaN wins, as in PyTorch.
 */
export function poolMap(
  values: Float32Array,
  axes: WindowAxes,
  operation: PoolOperation,
  countIncludePad: boolean
): Pooled {
  const count = axes.reduce((product, axis) => product * axis.indices.length, 1);
  const outputs = new Float32Array(count);
  const winners = new Int32Array(count).fill(-1);
  const divisors = new Float32Array(count).fill(1);
  const counted = axes.map((axis) => axis.indices.map((window) => countOf(window, axis, countIncludePad)));
  forEachWindow(axes, (cell, [d, y, x]) => {
    let best = Number.NEGATIVE_INFINITY;
    let sum = 0;
    forEachCell(axes, [d, y, x], (index) => {
      const value = values[index] ?? Number.NaN;
      sum += value;
      if (value > best || (Number.isNaN(value) && !Number.isNaN(best)) || winners[cell] === -1) {
        best = value;
        winners[cell] = index;
      }
    });
    if (operation === 'max') {
      outputs[cell] = best;
      return;
    }
    const divisor = (counted[0]?.[d] ?? 1) * (counted[1]?.[y] ?? 1) * (counted[2]?.[x] ?? 1);
    winners[cell] = -1;
    divisors[cell] = divisor;
    outputs[cell] = sum / divisor;
  });
  return { outputs, winners, divisors };
}

function countOf(window: readonly (number | null)[], axis: AxisWindows, includePad: boolean): number {
  const [from, to] = includePad ? [-axis.pads[0], axis.size + axis.pads[1]] : [0, axis.size];
  return window.filter((index) => index !== null && index >= from && index < to).length;
}

/** Visits every output cell with its row-major index. */
export function forEachWindow(
  axes: WindowAxes,
  visit: (cell: number, at: readonly [number, number, number]) => void
): void {
  let cell = 0;
  for (let d = 0; d < axes[0].indices.length; d++) {
    for (let y = 0; y < axes[1].indices.length; y++) {
      for (let x = 0; x < axes[2].indices.length; x++) visit(cell++, [d, y, x]);
    }
  }
}

/** For each axis and output position, the input positions inside the input. */
type Inside = readonly (readonly (readonly number[])[])[];
const insides = new WeakMap<WindowAxes, Inside>();

function insideOf(axes: WindowAxes): Inside {
  let inside = insides.get(axes);
  if (inside === undefined) {
    inside = axes.map(({ indices, size }) =>
      indices.map((window) => window.filter((index): index is number => index !== null && index >= 0 && index < size))
    );
    insides.set(axes, inside);
  }
  return inside;
}

const nowhere: readonly number[] = [];

/** Visits the input cells under one window, row-major, those in the padding left out. */
export function forEachCell(
  axes: WindowAxes,
  at: readonly [number, number, number],
  visit: (index: number) => void
): void {
  const [depths, rows, columns] = insideOf(axes);
  const across = columns?.[at[2]] ?? nowhere;
  for (const d of depths?.[at[0]] ?? nowhere) {
    for (const y of rows?.[at[1]] ?? nowhere) {
      const start = (d * axes[1].size + y) * axes[2].size;
      for (const x of across) visit(start + x);
    }
  }
}

/** Two sums whose quotient is the share: they add up over channels. */
export interface Energy {
  readonly lost: number;
  readonly whole: number;
}

/**
 * How much of a map's energy its pooled version still tells: what is put back (each winner at its place, zero elsewhere;
 * or each mean over its window, averaged where windows overlap) is compared with the map, `lost = sum (x - back)^2`,
 * `whole = sum x^2`. For a maximum, `1 - lost / whole` is the winners' share of the energy.
 */
export function energyKept(
  values: Float32Array,
  axes: WindowAxes,
  { outputs, winners }: Pooled,
  operation: PoolOperation
): Energy {
  const back = new Float64Array(values.length);
  if (operation === 'max') {
    for (const winner of winners) if (winner >= 0) back[winner] = values[winner] ?? 0;
  } else {
    const times = new Uint32Array(values.length);
    forEachWindow(axes, (cell, at) => {
      forEachCell(axes, at, (index) => {
        back[index] = (back[index] ?? 0) + (outputs[cell] ?? 0);
        times[index] = (times[index] ?? 0) + 1;
      });
    });
    times.forEach((count, index) => {
      if (count > 1) back[index] = (back[index] ?? 0) / count;
    });
  }
  let lost = 0;
  let whole = 0;
  values.forEach((value, index) => {
    lost += (value - (back[index] ?? 0)) ** 2;
    whole += value ** 2;
  });
  return { lost, whole };
}

/** `1 - lost / whole`, not below 0; `null` for a signal of zeros. */
export function keptShare(energies: readonly Energy[]): number | null {
  const lost = energies.reduce((sum, one) => sum + one.lost, 0);
  const whole = energies.reduce((sum, one) => sum + one.whole, 0);
  return whole > 0 ? Math.max(0, 1 - lost / whole) : null;
}
