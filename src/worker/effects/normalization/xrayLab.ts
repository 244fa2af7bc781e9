/** The X-ray of a layer and of one of its channels, from the values of a batch. */
import { t } from '../../../core/texts';
import { mapView } from '../../../analyses/maps';
import { formatOf } from '../../../analyses/layers';
import { rowOf } from '../../../analyses/normalization/score';
import {
  areInitial,
  byChannel,
  channelHistograms,
  largestDifference,
  oneChannel,
  outlierLimits,
  outliersOf
} from '../../../analyses/normalization/xray';
import { smallGamma } from '../../../analyses/overview';
import { channelAxis, type DataFormat } from '../../../core/shape';
import type { DenseTensor } from '../../../core/tensor';
import { drawPlane, rangeFor } from '../../../drawing/plane';
import type { NormChannel, NormPixel, NormXray, StatisticsMode } from '../../../protocol/effects/normalization';
import type { Session } from '../../session';
import { inputFailure } from '../../problem';
import { pauseOf } from './batches';
import type { LayerValues } from './layerValues';

const shownUnits = 512;

export async function xrayOf(values: LayerValues, mode: StatisticsMode, signal: AbortSignal): Promise<NormXray> {
  const { plan, parameters, own, stages, runtime } = values;
  const { mean, variance } = parameters;
  const batchForm = plan.form === 'batch';
  const gamma = byChannel(plan, parameters.gamma);
  const shown = batchForm ? plan.units : Math.min(shownUnits, plan.units);
  const histograms = await channelHistograms(plan, stages, pauseOf(signal));
  return {
    form: plan.form,
    mode: batchForm && mean === null ? 'batch' : mode,
    initialStatistics: areInitial(parameters),
    tracks: mean !== null && variance !== null,
    batch: values.batch.facts,
    shape: values.shape,
    channels: plan.channels,
    groups: plan.groups,
    epsilon: plan.epsilon,
    units: plan.units,
    valuesPerUnit: plan.valuesPerUnit,
    ...histograms,
    mean: Float32Array.from(own.mean.subarray(0, shown)),
    variance: Float32Array.from(own.variance.subarray(0, shown)),
    moving:
      mean === null || variance === null
        ? null
        : { mean: Float32Array.from(mean), variance: Float32Array.from(variance) },
    gamma,
    beta: byChannel(plan, parameters.beta),
    perChannel: plan.parameters === plan.channels,
    outliers: batchForm ? outliersOf(own, parameters, plan.epsilon) : [],
    outlierLimits,
    nearZero: Array.from(gamma ?? [], (value, c) => (Math.abs(value) < smallGamma ? c : -1)).filter((c) => c >= 0),
    nearZeroLimit: smallGamma,
    runtimeDifference: largestDifference(stages[2], runtime)
  };
}

/** @throws {RequestFailure} for a channel, sample or place that does not exist */
export function channelOf(
  session: Session,
  values: LayerValues,
  ask: {
    readonly channel: number;
    readonly sample: number;
    readonly pixel: readonly [number, number] | null;
    readonly depth: number;
  }
): NormChannel {
  const { plan, stages, shape, layer } = values;
  const { channel } = ask;
  const sample = Math.min(ask.sample, plan.batch - 1);
  if (!(channel >= 0 && channel < plan.channels) || !(sample >= 0))
    throw inputFailure(layer.name, t('has no such channel'), t('Choose another'));
  const format = viewFormat(values, formatOf(layer, session.model));
  const tensor = (data: Float32Array): DenseTensor => rowOf({ shape, data }, sample);
  const [before, , after] = stages.map((data) => mapView(tensor(data), format));
  if (before === undefined || after === undefined)
    throw inputFailure(layer.name, t('has no values'), t('Run it again'));
  const vector = before.vector;
  const [height, width] = before.size;
  const slice = sliceAt(ask.depth, before.slices);
  const plane = before.plane(vector ? Math.min(channel, before.channels - 1) : channel, slice);
  const strongest = plane.reduce((best, value, i) => (Math.abs(value) > Math.abs(plane[best] ?? 0) ? i : best), 0);
  const [y, x] = ask.pixel ?? [Math.floor(strongest / width), strongest % width];
  if (!(y >= 0 && y < height && x >= 0 && x < width))
    throw inputFailure(layer.name, t('has no such place'), t('Choose another'));
  const place = before.shape.length === 4 ? [slice, y, x] : before.shape.length === 2 ? [x] : [y, x];
  const element = before.indexOf(channel, ...place);
  const afterPlane = after.plane(channel, slice);
  const beforeRange = rangeFor(plane, 'diverging');
  const afterRange = rangeFor(afterPlane, 'diverging');
  return {
    ...oneChannel(plan, stages, channel),
    before: drawPlane(plane, width, height, beforeRange, 'diverging'),
    after: drawPlane(afterPlane, width, height, afterRange, 'diverging'),
    beforeRange,
    afterRange,
    slice,
    slices: before.slices,
    pixel: pixelOf(values, sample, element, [y, x])
  };
}

/** The slice of a volume that a share of its depth cuts. */
export function sliceAt(depth: number, slices: number): number {
  return Math.max(0, Math.min(slices - 1, Math.floor(depth * slices)));
}

function pixelOf(values: LayerValues, sample: number, element: number, position: [number, number]): NormPixel {
  const { plan, stages, used, parameters, runtime } = values;
  const at = sample * plan.sampleSize + element;
  const unit = (plan.unitOf[element] ?? 0) + sample * plan.unitStride;
  const parameter = plan.parameterOf[element] ?? 0;
  const variance = used.variance[unit] ?? 0;
  return {
    sample,
    position,
    x: stages[0][at] ?? Number.NaN,
    mean: used.mean[unit] ?? 0,
    variance,
    deviation: Math.sqrt(variance + plan.epsilon),
    normalized: stages[1][at] ?? Number.NaN,
    gamma: parameters.gamma?.[parameter] ?? null,
    beta: parameters.beta?.[parameter] ?? null,
    value: stages[2][at] ?? Number.NaN,
    runtime: runtime[at] ?? Number.NaN
  };
}

/** The axis of the layer itself says where its channels stand, not the rest of the model. */
export function viewFormat({ kind, shape }: Pick<LayerValues, 'kind' | 'shape'>, otherwise: DataFormat): DataFormat {
  const rank = shape.length;
  const positive = (axis: number) => (axis < 0 ? axis + rank : axis);
  if (kind.kind === 'layerNorm') {
    const axes = kind.axes.map(positive);
    if (axes.length === 1) return axes[0] === 1 && rank > 2 ? 'channelsFirst' : 'channelsLast';
    return axes.includes(channelAxis(rank, otherwise)) ? otherwise : 'channelsLast';
  }
  return positive(kind.axis) === 1 && rank > 2 ? 'channelsFirst' : 'channelsLast';
}
