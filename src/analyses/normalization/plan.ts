/** Which values of a normalisation layer share a mean and a variance, and which gamma and beta each of them gets. */
import type { KindOf } from '../../core/layerKind';
import { channelAxis, type DataFormat } from '../../core/shape';
import { elementCount } from '../../core/tensor';
import type { NormForm } from '../../protocol/effects/normalization';

export type NormKind = KindOf<'batchNorm'> | KindOf<'layerNorm'> | KindOf<'groupNorm'>;

/** Tables over the elements of one sample; those of the other samples repeat them. */
export interface NormPlan {
  readonly form: NormForm;
  readonly epsilon: number;
  readonly batch: number;
  readonly sampleSize: number;
  readonly channels: number;
  readonly channelOf: Int32Array;
  /** Index into gamma and beta. */
  readonly parameterOf: Int32Array;
  readonly parameters: number;
  readonly unitOf: Int32Array;
  /** Sets of statistics in the whole batch. */
  readonly units: number;
  /** Added to `unitOf` for each further sample: 0 where the batch shares its statistics. */
  readonly unitStride: number;
  readonly valuesPerUnit: number;
  readonly groups: number;
}

export function formOf(kind: NormKind, channels: number): NormForm {
  if (kind.kind === 'batchNorm') return 'batch';
  if (kind.kind === 'layerNorm') return kind.rms ? 'rms' : 'layer';
  return kind.groups === -1 || kind.groups === channels ? 'instance' : 'group';
}

/**
 * @param shape of the layer's input, `[N, …]` in the model's own layout
 * @param format where the channels of a layer norm over several axes stand
 */
export function planOf(kind: NormKind, shape: readonly number[], format: DataFormat): NormPlan {
  const rank = shape.length;
  const positive = (axis: number) => (axis < 0 ? axis + rank : axis);
  const inner = shape.slice(1);
  const batch = shape[0] ?? 1;
  const sampleSize = elementCount(inner);
  const axes = kind.kind === 'layerNorm' ? kind.axes.map(positive) : [positive(kind.axis)];
  const wanted = channelAxis(rank, format);
  const axis = axes.length === 1 ? (axes[0] ?? rank - 1) : axes.includes(wanted) ? wanted : (axes.at(-1) ?? rank - 1);
  const channels = shape[axis] ?? 1;
  const form = formOf(kind, channels);
  const groups = kind.kind === 'groupNorm' ? (kind.groups === -1 ? channels : Math.max(1, kind.groups)) : 1;
  const along = (chosen: readonly number[]) => indexTable(inner, chosen);
  const channelOf = along([axis]);
  const others = Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((other) => !axes.includes(other));
  const perGroup = channels / groups;
  const unitOf =
    kind.kind === 'layerNorm'
      ? along(others)
      : kind.kind === 'groupNorm'
        ? channelOf.map((channel) => Math.floor(channel / perGroup))
        : channelOf;
  const inSample =
    kind.kind === 'layerNorm'
      ? elementCount(others.map((other) => shape[other] ?? 1))
      : kind.kind === 'groupNorm'
        ? groups
        : channels;
  const shared = kind.kind === 'batchNorm';
  const units = shared ? inSample : inSample * batch;
  return {
    form,
    epsilon: kind.epsilon,
    batch,
    sampleSize,
    channels,
    channelOf,
    parameterOf: kind.kind === 'layerNorm' ? along(axes) : channelOf,
    parameters: elementCount(axes.map((one) => shape[one] ?? 1)),
    unitOf,
    units,
    unitStride: shared ? 0 : inSample,
    valuesPerUnit: (batch * sampleSize) / Math.max(1, units),
    groups
  };
}

/** For each element of a sample, its index along the chosen axes (batch counted as axis 0), row-major over them. */
function indexTable(inner: readonly number[], axes: readonly number[]): Int32Array {
  const table = new Int32Array(elementCount(inner));
  let block = table.length;
  for (const [i, size] of inner.entries()) {
    const repeat = block;
    block /= Math.max(1, size);
    if (!axes.includes(i + 1)) continue;
    for (let at = 0; at < table.length; at++) {
      table[at] = (table[at] ?? 0) * size + Math.floor((at % repeat) / block);
    }
  }
  return table;
}
