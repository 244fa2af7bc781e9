/** Other gammas and betas in one layer, for the input now set: only the layers behind it run again. */
import { t } from '../../../core/texts';
import { answerChange } from '../../../analyses/answerChange';
import { formatOf } from '../../../analyses/layers';
import { bothExperiments, logitExperiment, softmaxRows } from '../../../analyses/normalization/logits';
import { planOf, type NormPlan } from '../../../analyses/normalization/plan';
import {
  normalizeAll,
  stagesOf,
  unitStatistics,
  usedStatistics,
  type NormParameters
} from '../../../analyses/normalization/stages';
import { rowOf } from '../../../analyses/normalization/score';
import { mapView } from '../../../analyses/maps';
import type { DenseTensor } from '../../../core/tensor';
import { drawPlane, rangeFor } from '../../../drawing/plane';
import { valueKey, type Experiment } from '../../../engine/experiment';
import type { GammaBeta, NormTweak } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { inputKey, inputOf, normalizationOf, parametersOf, rowOf as rowOfLayer } from './layerValues';
import { sliceAt, viewFormat } from './xrayLab';

export interface TweakAsk {
  readonly layer: string;
  readonly occurrence: number;
  readonly channel: number;
  readonly depth: number;
  readonly changes: readonly GammaBeta[];
}

interface Kept {
  readonly key: string;
  readonly shape: readonly number[];
  readonly plan: NormPlan;
  readonly parameters: NormParameters;
  readonly normalized: Float32Array;
  readonly before: Float32Array;
  /** The network's own logits or answers. */
  readonly base: DenseTensor;
}

export class TweakLab {
  private kept: Kept | null = null;

  constructor(private readonly runner: Runner) {}

  /** @throws {RequestFailure} where the layer does not normalise or has no such channel */
  async tweak(session: Session, ask: TweakAsk, context: HandlerContext): Promise<NormTweak> {
    const { layer, kind } = normalizationOf(session, ask.layer);
    const { shape, plan, parameters, normalized, before, base } = await this.start(session, ask, context);
    const start = performance.now();
    if (!(ask.channel >= 0 && ask.channel < plan.channels))
      throw inputFailure(layer.name, t('has no such channel'), t('Choose another'));
    const changed = changedParameters(parameters, plan.parameters, ask.changes);
    const key = valueKey(layer.id, ask.occurrence);
    const logits = logitExperiment(session.model);
    const shared = (rowOfLayer(session, layer.id)?.calls ?? 1) > 1;
    const weights = layer.weights.map(({ role }) =>
      role === 'gamma' ? changed.gamma : role === 'beta' ? changed.beta : null
    );
    // The numbers of a shared layer change in all its calls, and with them what later calls read.
    const experiment: Experiment = shared
      ? { weights: new Map([[layer.id, weights]]) }
      : { values: new Map([[key, { shape, data: withChanges(plan, before, normalized, changed, ask.changes) }]]) };
    const after =
      (shared ? await this.runner.values(session, new Set([key]), { experiment }, context) : experiment.values)?.get(
        key
      )?.data ?? before;
    const asked = { experiment: bothExperiments(experiment, logits) };
    // Without a change nothing needs to run, and no rounding looks like one.
    const [first = base] = ask.changes.length === 0 ? [] : await this.runner.outputs(session, asked, context);
    const format = viewFormat({ kind, shape }, formatOf(layer, session.model));
    const plane = (data: Float32Array) => {
      const view = mapView(rowOf({ shape, data }, 0), format);
      const slice = sliceAt(ask.depth, view.slices);
      return { values: view.plane(ask.channel, slice), size: view.size, slice, slices: view.slices };
    };
    const [planeBefore, planeAfter] = [plane(before), plane(after)];
    // One scale for both, or the change could not be seen.
    const range = rangeFor([...planeBefore.values, ...planeAfter.values], 'diverging');
    const [height, width] = planeBefore.size;
    const row = (tensor: DenseTensor) => rowOf(tensor, 0);
    return {
      answer:
        logits === null
          ? answerChange(row(base), row(first), session.labels?.names ?? null)
          : answerChange(row(softmaxRows(base)), row(softmaxRows(first)), session.labels?.names ?? null),
      logits: logits === null ? null : answerChange(row(base), row(first), session.labels?.names ?? null),
      before: drawPlane(planeBefore.values, width, height, range, 'diverging'),
      after: drawPlane(planeAfter.values, width, height, range, 'diverging'),
      range,
      slice: planeAfter.slice,
      slices: planeAfter.slices,
      milliseconds: performance.now() - start
    };
  }

  /** What does not change while a slider is dragged. */
  private async start(session: Session, ask: TweakAsk, context: HandlerContext): Promise<Kept> {
    const key = `${inputKey(session)} ${ask.layer} ${String(ask.occurrence)}`;
    if (this.kept?.key === key) return this.kept;
    const { layer, kind } = normalizationOf(session, ask.layer);
    const { shape, data } = await inputOf(this.runner, session, ask.layer, ask.occurrence, {}, context);
    const experiment = logitExperiment(session.model) ?? undefined;
    const [base] = await this.runner.outputs(session, { experiment }, context);
    if (base === undefined) throw inputFailure(session.model.name, t('gives no output'), t('Choose another model'));
    const plan = planOf(kind, shape, formatOf(layer, session.model));
    const parameters = await parametersOf(layer, kind, context.signal);
    const used = usedStatistics(plan, await unitStatistics(plan, data), parameters, 'moving');
    const { normalized, result } = await normalizeAll(plan, stagesOf(plan, used, parameters), data);
    this.kept = { key, shape, plan, parameters, normalized, before: result, base };
    return this.kept;
  }
}

function changedParameters(own: NormParameters, size: number, changes: readonly GammaBeta[]): NormParameters {
  const gamma = own.gamma === null ? null : Float32Array.from(own.gamma);
  const beta = own.beta === null ? null : Float32Array.from(own.beta);
  for (const change of changes) {
    if (!(change.channel >= 0 && change.channel < size)) continue;
    if (gamma !== null) gamma[change.channel] = change.gamma;
    if (beta !== null) beta[change.channel] = change.beta;
  }
  return { ...own, gamma, beta };
}

/** The layer's output with the changed channels computed anew. */
function withChanges(
  plan: NormPlan,
  before: Float32Array,
  normalized: Float32Array,
  { gamma, beta }: NormParameters,
  changes: readonly GammaBeta[]
): Float32Array {
  const after = Float32Array.from(before);
  const touched = new Set(changes.map(({ channel }) => channel));
  plan.parameterOf.forEach((parameter, element) => {
    if (!touched.has(parameter)) return;
    const [factor, offset] = [gamma?.[parameter] ?? 1, beta?.[parameter] ?? 0];
    for (let at = element; at < after.length; at += plan.sampleSize)
      after[at] = (normalized[at] ?? 0) * factor + offset;
  });
  return after;
}
