/** Passes over many pictures in batches, and how many pictures such a question may take. */
import { t } from '../../../core/texts';
import { bothExperiments, logitExperiment, softmaxRows } from '../../../analyses/normalization/logits';
import { joinRows, rowsFrom } from '../../../analyses/normalization/score';
import type { DenseTensor } from '../../../core/tensor';
import type { Experiment } from '../../../engine/experiment';
import type { HandlerContext } from '../../../protocol/rpc';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Session } from '../../session';

/** First output of all rows, in batches; logits where there are any. */
export interface Outputs {
  readonly answers: DenseTensor;
  readonly logits: DenseTensor | null;
}

export async function outputsIn(
  runner: Runner,
  session: Session,
  inputs: readonly DenseTensor[],
  size: number,
  experiment: Experiment,
  context: HandlerContext,
  step: () => void
): Promise<Outputs> {
  const logits = logitExperiment(session.model);
  const parts: DenseTensor[] = [];
  const rows = inputs[0]?.shape[0] ?? 0;
  for (let start = 0; start < rows; start += size) {
    const part = inputs.map((input) => rowsFrom(input, start, Math.min(rows, start + size)));
    const ask = { inputs: part, experiment: bothExperiments(experiment, logits) };
    const [first] = await runner.outputs(session, ask, context);
    if (first !== undefined) parts.push(first);
    step();
  }
  const joined = joinRows(parts);
  return logits === null ? { answers: joined, logits: null } : { answers: softmaxRows(joined), logits: joined };
}

/**
 * As many pictures of 128, 32, 8 as `passes` passes over them can be waited for.
 * @param work multiply-adds that the question may cost: 6e9 take about a second on one core
 */
export function pictureCount(session: Session, passes: number, work = 120e9): number {
  const macs = session.opened.summary.totals.macs ?? 1e6;
  return [128, 32, 8].find((count) => count * passes * macs <= work) ?? 8;
}

export function hasBatchNorm(session: Session): boolean {
  return [...session.layers.values()].some((layer) => layer.kind.kind === 'batchNorm');
}

/** @throws {RequestFailure} where the model has no batch norm */
export function demandBatchNorm(session: Session): void {
  if (!hasBatchNorm(session))
    throw inputFailure(
      session.model.name,
      t('has no batch norm layer: it computes the same in training and at inference, dropout aside'),
      t('Try adding BatchNormalization after a convolution')
    );
}
