/** Poolings: one window of one channel, or all of it. */
import type { KindOf } from '../core/layerKind';
import { axisPads, axisWindow } from '../core/windows';
import type { MapView } from './maps';
import { formula, viewAs, windowPositions, type Place, type Steps } from './proofPlace';
import { t } from '../core/texts';

/** Padding never wins a maximum; it counts in an average only where the layer says so. */
export function pooling(kind: KindOf<'pool'>, place: Place): Steps {
  const input = viewAs(place.input, kind.dataFormat);
  const axes = place.position.map((at, axis) => {
    const size = input.shape[axis] ?? 1;
    const window = axisWindow(kind, kind.poolSize, axis);
    const [before, after] = axisPads(window, size);
    return { size, after, start: at * window.stride - before, dilation: window.dilation };
  });
  const cells = windowPositions(kind.poolSize).map((offset) => {
    const at = axes.map(({ start, dilation }, axis) => start + (offset[axis] ?? 0) * dilation);
    const inside = at.every((index, axis) => index >= 0 && index < (axes[axis]?.size ?? 0));
    // What lies beyond the padding too (a cut window in ceil mode) never counts.
    const counted = inside || (kind.countIncludePad && at.every((index, axis) => index < reach(axes[axis])));
    return { inside, counted, value: inside ? input.at(place.channel, ...at) : Number.NaN };
  });
  const window = Float32Array.from(cells, ({ value }) => value);
  const values = cells.filter(({ inside }) => inside).map(({ value }) => value);
  const shown = { kind: 'window', operation: kind.operation, window, size: kind.poolSize } as const;
  if (kind.operation === 'max') {
    const value = values.reduce((a, b) => Math.max(a, b), -Infinity);
    return { ...shown, winner: cells.findIndex((cell) => cell.inside && cell.value === value), value };
  }
  const divisor = cells.filter(({ counted }) => counted).length;
  return { ...shown, winner: null, value: values.reduce((sum, value) => sum + value, 0) / divisor };
}

const reach = (axis: { readonly size: number; readonly after: number } | undefined): number =>
  axis === undefined ? 0 : axis.size + axis.after;

/** All positions of the channel: their mean, or their maximum and where it stands. */
export function globalPooling(kind: KindOf<'globalPool'>, place: Place): Steps {
  const input = viewAs(place.input, kind.dataFormat);
  const values = input.channel(place.channel);
  const count = values.length;
  const over = t('all {0} values of the channel', input.shape.slice(0, -1).join(' x '));
  if (kind.operation === 'average') {
    const sum = values.reduce((total, value) => total + value, 0);
    return formula(t('sum of {0} / count', over), { sum, count }, sum / count);
  }
  const maximum = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return formula(
    t('largest of {0}', over),
    { maximum, count, 'index of the maximum': values.indexOf(maximum) },
    maximum
  );
}

/** PyTorch's bins: output `i` covers `floor(i n / o)` up to `ceil((i + 1) n / o)`. */
export function adaptivePooling(kind: KindOf<'adaptivePool'>, place: Place): Steps {
  const input = viewAs(place.input, kind.dataFormat);
  const bins = place.position.map((at, axis) => bin(at, input, place.output, axis));
  const size = bins.map(({ length }) => length);
  const values = windowPositions(size).map((offset) =>
    input.at(place.channel, ...bins.map(({ start }, axis) => start + (offset[axis] ?? 0)))
  );
  const shown = { kind: 'window', operation: kind.operation, window: Float32Array.from(values), size } as const;
  if (kind.operation === 'average')
    return { ...shown, winner: null, value: values.reduce((sum, value) => sum + value, 0) / values.length };
  const value = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return { ...shown, winner: values.indexOf(value), value };
}

function bin(at: number, input: MapView, output: MapView, axis: number) {
  const from = input.shape[axis] ?? 1;
  const to = output.shape[axis] ?? 1;
  const start = Math.floor((at * from) / to);
  return { start, length: Math.ceil(((at + 1) * from) / to) - start };
}
