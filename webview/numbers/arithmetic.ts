/**
 * How a layer's parameters and output sizes come about, from what its row in the summary says. Every line is checked against
 * the counted value before it is shown; what does not come out as a plain sum is left out.
 */
import { channelAxis, spatialAxes, type DataFormat, type Shape } from '../../src/core/shape';
import type { LayerRow } from '../../src/core/summary';
import { t } from '../l10n';
import { formatExact, formatSizes } from '../shared/format';

const productOf = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);

/** `kernel 3 × 3 × 1 × 32 + bias 32 = 320`; `null` where the weights are not known one by one. */
export function parameterSum({ params, weights }: Pick<LayerRow, 'params' | 'weights'>): string | null {
  if (params === null) return null;
  if (params === 0) return t('Nothing in it learns: 0.');
  // PyTorch does not count moving statistics as parameters.
  const counted = [weights, weights.filter(({ role }) => !/moving/i.test(role))].find(
    (some) => some.reduce((sum, { shape }) => sum + productOf(shape), 0) === params
  );
  if (counted === undefined || counted.length === 0) return null;
  return `${counted.map(({ role, shape }) => `${role} ${formatSizes(shape)}`).join(' + ')} = ${formatExact(params)}`;
}

/** What an axis of a window comes to: `(28 − 3) / 1 + 1 = 26`. */
interface AxisSum {
  readonly text: string;
}

/**
 * One line for each thing that decides the output's size.
 * @param before the row whose output the layer reads: its receptive field and stride tell the window's size
 */
export function shapeSums(
  layer: Pick<LayerRow, 'kind' | 'inputShapes' | 'outputShape' | 'receptiveField' | 'effectiveStride' | 'weights'>,
  before: Pick<LayerRow, 'receptiveField' | 'effectiveStride'> | null,
  format: DataFormat
): readonly string[] {
  const input = layer.inputShapes[0] ?? null;
  const { outputShape: output } = layer;
  if (input === null || output === null) return [];
  if (layer.kind === 'flatten') {
    const sizes = input.slice(1).filter((size) => size !== null);
    const total = productOf(sizes);
    return sizes.length === input.length - 1 && total === output[1]
      ? [`${formatSizes(sizes)} = ${formatExact(total)}`]
      : [];
  }
  if (sameSizes(input, output))
    return [t('It changes values, not their number: {0} stays {0}.', formatSizes(input.slice(1)))];
  if (layer.kind === 'dense') {
    const units = output.at(-1) ?? null;
    return units === null ? [] : [t('One value for each of its {0} units.', units)];
  }
  const windows = windowSums(layer, before, input, output, format);
  const channels = output[channelAxis(output.length, format)] ?? null;
  const same = channels === (input[channelAxis(input.length, format)] ?? null);
  if (windows.length === 0 || channels === null) return [];
  return [
    ...windows,
    same && layer.kind !== 'conv'
      ? t('Each of the {0} channels is treated on its own: their number stays.', channels)
      : t('{0} filters give {0} channels.', channels)
  ];
}

function sameSizes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

function windowSums(
  { receptiveField, effectiveStride }: Pick<LayerRow, 'receptiveField' | 'effectiveStride'>,
  before: Pick<LayerRow, 'receptiveField' | 'effectiveStride'> | null,
  input: Shape,
  output: Shape,
  format: DataFormat
): readonly string[] {
  if (input.length !== output.length || receptiveField === null || effectiveStride === null) return [];
  const axes = spatialAxes(input.length, format);
  const sums = axes.map((axis, n): AxisSum | null => {
    const [size, out] = [input[axis] ?? null, output[axis] ?? null];
    const [field, stride] = [receptiveField[n], effectiveStride[n]];
    const fieldBefore = before?.receptiveField?.[n] ?? 1;
    const strideBefore = before?.effectiveStride?.[n] ?? 1;
    if (size === null || out === null || field === undefined || stride === undefined) return null;
    const [window, step] = [(field - fieldBefore) / strideBefore + 1, stride / strideBefore];
    if (!Number.isInteger(window) || !Number.isInteger(step) || window < 1 || step < 1) return null;
    return sumOf(size, out, window, step);
  });
  if (sums.some((sum) => sum === null)) return [];
  return [...new Set(sums.map((sum) => sum?.text ?? ''))];
}

/** Without padding, or padded so that every step has a window; `null` where it is neither. */
function sumOf(size: number, out: number, window: number, step: number): AxisSum | null {
  if (Math.floor((size - window) / step) + 1 === out) {
    const plain = (size - window) % step === 0;
    const quotient = `(${String(size)} − ${String(window)}) / ${String(step)}`;
    return { text: plain ? `${quotient} + 1 = ${String(out)}` : `⌊${quotient}⌋ + 1 = ${String(out)}` };
  }
  if (Math.ceil(size / step) === out)
    return {
      text:
        step === 1
          ? t('Padded, so that each of the {0} positions has a window: {0}.', size)
          : t('Padded, one window every {0} of {1}: ⌈{1} / {0}⌉ = {2}.', step, size, out)
    };
  return null;
}

/** `26 x 26 x 32`, `26, 26, 32` or `26×26×32` as sizes; `null` where it is no list of whole numbers. */
export function readSizes(text: string): readonly number[] | null {
  const parts = text
    .trim()
    .replace(/^[([]|[)\]]$/g, '')
    .split(/\s*[x×*,;]\s*|\s+/i)
    .filter((part) => part !== '');
  const sizes = parts.map(Number);
  return sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size >= 0) ? sizes : null;
}

/** `93,322`, `93.322`, `93 322` or `93322`; `null` where it is no whole number. */
export function readCount(text: string): number | null {
  const digits = text.trim().replace(/(?<=\d)[\s.,’'](?=\d{3}(?:\D|$))/g, '');
  return /^\d+$/.test(digits) ? Number(digits) : null;
}
