/** What flows into a normalisation layer and out of it for a batch, with the layer's own numbers. */
import { t } from '../../../core/texts';
import { formatOf } from '../../../analyses/layers';
import { planOf, type NormKind, type NormPlan } from '../../../analyses/normalization/plan';
import {
  normalizeAll,
  stagesOf,
  unitStatistics,
  usedStatistics,
  type NormParameters,
  type UnitStatistics
} from '../../../analyses/normalization/stages';
import { areInitial } from '../../../analyses/normalization/xray';
import { graphOf, sourcesOf } from '../../../analyses/sources';
import type { LayerNode } from '../../../core/model';
import type { LayerKind } from '../../../core/layerKind';
import type { LayerRow } from '../../../core/summary';
import type { DenseTensor } from '../../../core/tensor';
import { valueKey, type Experiment } from '../../../engine/experiment';
import type { LayerBatch, StatisticsMode } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import { inputFailure } from '../../problem';
import type { Ask, Runner } from '../../running';
import { layerOf, type Session } from '../../session';
import { pauseOf, probeBatch, type ProbeBatch } from './batches';

export interface LayerValues {
  readonly layer: LayerNode;
  readonly kind: NormKind;
  readonly plan: NormPlan;
  readonly parameters: NormParameters;
  readonly batch: ProbeBatch;
  readonly shape: readonly number[];
  /** Before, normalised, after gamma and beta. */
  readonly stages: readonly [Float32Array, Float32Array, Float32Array];
  /** The engine's output. */
  readonly runtime: Float32Array;
  readonly own: UnitStatistics;
  readonly used: UnitStatistics;
}

/** @throws {RequestFailure} where the layer does not normalise */
export function normalizationOf(session: Session, id: string): { layer: LayerNode; kind: NormKind } {
  const layer = layerOf(session, id);
  const { kind } = layer;
  if (kind.kind !== 'batchNorm' && kind.kind !== 'layerNorm' && kind.kind !== 'groupNorm')
    throw inputFailure(layer.name, t('does not normalise'), t('Choose a normalisation layer'));
  return { layer, kind };
}

export async function parametersOf(layer: LayerNode, kind: NormKind, signal: AbortSignal): Promise<NormParameters> {
  const read = async (role: string) => {
    const weight = layer.weights.find((one) => one.role === role);
    return weight === undefined ? null : Float32Array.from(await weight.read(signal));
  };
  const moving = kind.kind === 'batchNorm' && kind.tracksStatistics;
  return {
    gamma: kind.scale ? await read('gamma') : null,
    beta: kind.center ? await read('beta') : null,
    mean: moving ? await read('movingMean') : null,
    variance: moving ? await read('movingVariance') : null
  };
}

/** With `batch`, every batch norm takes the batch's statistics; dropout stays off, so that one thing changes. */
export function statisticsExperiment(session: Session, mode: StatisticsMode): Experiment {
  if (mode === 'moving') return {};
  const modes = new Map<string, 'train'>();
  for (const layer of session.layers.values()) if (layer.kind.kind === 'batchNorm') modes.set(layer.id, 'train');
  return { modes };
}

/** The layer's input: its output where it only passes values on. Earlier calls of the same layer keep their values. */
export async function inputOf(
  runner: Runner,
  session: Session,
  layer: string,
  occurrence: number,
  ask: Ask,
  context: HandlerContext
): Promise<DenseTensor> {
  const earlier = new Set(Array.from({ length: occurrence }, (_, i) => valueKey(layer, i)));
  const values =
    earlier.size === 0 ? new Map<string, DenseTensor>() : await runner.values(session, earlier, ask, context);
  const identity: LayerKind = { kind: 'identity' };
  const kinds = new Map([...(ask.experiment?.kinds ?? []), [layer, identity] as const]);
  const key = valueKey(layer, occurrence);
  const experiment = { ...ask.experiment, kinds, values };
  const found = await runner.values(session, new Set([key]), { ...ask, experiment }, context);
  return found.get(key) ?? { shape: [0], data: new Float32Array() };
}

/** What the layer reads and what the runtime makes of it, from one pass where the layer reads another one's first output. */
async function bothSides(
  runner: Runner,
  session: Session,
  layer: string,
  occurrence: number,
  ask: Ask,
  context: HandlerContext
): Promise<{ readonly x: DenseTensor; readonly runtime: DenseTensor }> {
  const nothing: DenseTensor = { shape: [0], data: new Float32Array() };
  const key = valueKey(layer, occurrence);
  const calls = graphOf(session.model.root, layer)?.calls.filter((call) => call.layer === layer) ?? [];
  const plain = calls.every((call) => call.inputs[0]?.output === 0);
  const source = plain ? sourcesOf(session.model, layer, occurrence)?.[0] : undefined;
  if (source !== undefined && session.layers.get(source.layer)?.kind.kind !== 'model') {
    const from = valueKey(source.layer, source.occurrence);
    const found = await runner.values(session, new Set([from, key]), ask, context);
    return { x: found.get(from) ?? nothing, runtime: found.get(key) ?? nothing };
  }
  const x = await inputOf(runner, session, layer, occurrence, ask, context);
  return { x, runtime: (await runner.values(session, new Set([key]), ask, context)).get(key) ?? nothing };
}

/** Names the input now set and its preprocessing: what is kept for one does not hold for another. */
export function inputKey(session: Session): string {
  const given = session.inputs.get(0)?.prepared;
  return `${session.id} ${String(session.run)} ${JSON.stringify([given?.label, given?.preprocessing])}`;
}

/** The values of the last two questions: choosing channels and pixels asks again and again. */
export class LayerValueCache {
  private readonly kept = new Map<string, LayerValues>();

  constructor(
    private readonly runner: Runner,
    private readonly data: DataSets
  ) {}

  async get(session: Session, ask: LayerBatch, context: HandlerContext): Promise<LayerValues> {
    const { layer, occurrence, set, size, mode } = ask;
    const key = `${inputKey(session)} ${JSON.stringify([layer, occurrence, set, size, mode])}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const found = await this.compute(session, ask, context);
    this.kept.set(key, found);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= 2) break;
      this.kept.delete(oldest);
    }
    return found;
  }

  private async compute(session: Session, ask: LayerBatch, context: HandlerContext): Promise<LayerValues> {
    const { layer, kind } = normalizationOf(session, ask.layer);
    const held = valuesOf(session, layer.id);
    const batch = await probeBatch(session, this.data, { ...ask, held }, context.signal);
    const asked: Ask = { inputs: batch.inputs, experiment: statisticsExperiment(session, ask.mode) };
    context.progress({ share: 0.1, message: t('running the batch') });
    const { x, runtime } = await bothSides(this.runner, session, layer.id, ask.occurrence, asked, context);
    context.progress({ share: 0.8, message: t('normalising') });
    const pause = pauseOf(context.signal);
    const parameters = await parametersOf(layer, kind, context.signal);
    const plan = planOf(kind, x.shape, formatOf(layer, session.model));
    const own = await unitStatistics(plan, x.data, pause);
    const used = usedStatistics(plan, own, parameters, ask.mode);
    const { normalized, result } = await normalizeAll(plan, stagesOf(plan, used, parameters), x.data, pause);
    return {
      layer,
      kind,
      plan,
      parameters,
      batch,
      shape: x.shape,
      stages: [x.data, normalized, result],
      runtime: runtime.data,
      own,
      used
    };
  }
}

/** Values of one sample that the layer gives. */
export function valuesOf(session: Session, layer: string): number {
  const row = rowOf(session, layer);
  return (row?.activationBytes ?? 0) / 4 / Math.max(1, row?.calls ?? 1);
}

/** The layer's row in the summary, nested ones included. */
export function rowOf(session: Session, layer: string): LayerRow | null {
  const rows = [...session.opened.summary.layers];
  for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
    if (row.id === layer) return row;
    rows.push(...(row.layers ?? []));
  }
  return null;
}

/** Initial moving statistics open in training mode: with them a batch norm is nearly the identity. */
export async function defaultMode(session: Session, id: string, signal: AbortSignal): Promise<StatisticsMode> {
  const { layer, kind } = normalizationOf(session, id);
  if (kind.kind !== 'batchNorm') return 'moving';
  if (!kind.tracksStatistics) return 'batch';
  return areInitial(await parametersOf(layer, kind, signal)) ? 'batch' : 'moving';
}
