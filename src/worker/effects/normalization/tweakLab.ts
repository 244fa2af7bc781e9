/** Other gammas and betas in one layer, for the input now set: only the layers behind it run again. */
import { answerChange } from '../../../analyses/answerChange';
import { formatOf } from '../../../analyses/layers';
import { bothExperiments, logitExperiment, softmaxRows } from '../../../analyses/normalization/logits';
import { planOf } from '../../../analyses/normalization/plan';
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
import { inputKey, inputOf, normalizationOf, parametersOf } from './layerValues';
import { t } from '../../../core/texts';

export interface TweakAsk {
  readonly layer: string;
  readonly occurrence: number;
  readonly channel: number;
  readonly changes: readonly GammaBeta[];
}

interface Kept {
  readonly key: string;
  readonly input: DenseTensor;
  readonly base: DenseTensor;
}

export class TweakLab {
  private kept: Kept | null = null;

  constructor(private readonly runner: Runner) {}

  /** @throws {RequestFailure} where the layer does not normalise or has no such channel */
  async tweak(session: Session, ask: TweakAsk, context: HandlerContext): Promise<NormTweak> {
    const { layer, kind } = normalizationOf(session, ask.layer);
    const { input, base } = await this.start(session, ask, context);
    const start = performance.now();
    const plan = planOf(kind, input.shape, formatOf(layer, session.model));
    if (!(ask.channel >= 0 && ask.channel < plan.channels))
      throw inputFailure(layer.name, t('has no such channel'), t('Choose another'));
    const parameters = await parametersOf(layer, kind, context.signal);
    const changed = changedParameters(parameters, plan.parameters, ask.changes);
    const used = usedStatistics(plan, await unitStatistics(plan, input.data), parameters, 'moving');
    const before = (await normalizeAll(plan, stagesOf(plan, used, parameters), input.data)).result;
    const after = (await normalizeAll(plan, stagesOf(plan, used, changed), input.data)).result;
    const calls = countOf(session, layer.id);
    const experiment: Experiment =
      calls === 1
        ? { values: new Map([[valueKey(layer.id, ask.occurrence), { shape: input.shape, data: after }]]) }
        : {
            weights: new Map([
              [
                layer.id,
                layer.weights.map(({ role }) =>
                  role === 'gamma' ? changed.gamma : role === 'beta' ? changed.beta : null
                )
              ]
            ])
          };
    const logits = logitExperiment(session.model);
    const [first = base] = await this.runner.outputs(
      session,
      { experiment: bothExperiments(experiment, logits) },
      context
    );
    const format =
      kind.kind !== 'layerNorm' && kind.axis === 1 && input.shape.length > 2 ? 'channelsFirst' : 'channelsLast';
    const plane = (data: Float32Array) => {
      const view = mapView(rowOf({ shape: input.shape, data }, 0), format);
      return { values: view.plane(ask.channel, 0), size: view.size };
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
      milliseconds: performance.now() - start
    };
  }

  /** The layer's input and the network's own logits or answers, kept for the next drag of a slider. */
  private async start(session: Session, ask: TweakAsk, context: HandlerContext): Promise<Kept> {
    const key = `${inputKey(session)} ${ask.layer} ${String(ask.occurrence)}`;
    if (this.kept?.key === key) return this.kept;
    const input = await inputOf(this.runner, session, ask.layer, ask.occurrence, {}, context);
    const experiment = logitExperiment(session.model) ?? undefined;
    const [base] = await this.runner.outputs(session, { experiment }, context);
    if (base === undefined) throw inputFailure(session.model.name, t('gives no output'), t('Choose another model'));
    this.kept = { key, input, base };
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

function countOf(session: Session, id: string): number {
  const rows = [...session.opened.summary.layers];
  for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
    if (row.id === id) return row.calls;
    rows.push(...(row.layers ?? []));
  }
  return 1;
}
