/** Training against inference and batch sizes, for the whole network. */
import { t } from '../../../core/texts';
import { answerChange } from '../../../analyses/answerChange';
import { areClasses, rowOf, scoreOf } from '../../../analyses/normalization/score';
import type { NormModes, StatisticsMode } from '../../../protocol/effects/normalization';
import type { HandlerContext } from '../../../protocol/rpc';
import type { DataSets } from '../../data';
import type { Runner } from '../../running';
import type { Session } from '../../session';
import { probeBatch } from './batches';
import { statisticsExperiment } from './layerValues';
import { demandBatchNorm, outputsIn, pictureCount } from './passes';

const batchSizes = [1, 2, 8, 32, 128] as const;
/** Pictures of one pass where the batch does not matter: few in a large network, so that a cancellation comes through soon. */
const inferenceRows = (macs: number): number => Math.max(1, Math.min(32, Math.floor(1e9 / Math.max(1, macs))));

/** @throws {RequestFailure} where the model has no batch norm */
export async function compareModes(
  runner: Runner,
  data: DataSets,
  session: Session,
  set: string | null,
  context: HandlerContext
): Promise<NormModes> {
  demandBatchNorm(session);
  const size = pictureCount(session, batchSizes.length + 1);
  const batch = await probeBatch(session, data, { set, size, leading: true }, context.signal);
  const count = batch.facts.size;
  const sizes = batchSizes.filter((one) => one <= count);
  const atInference = inferenceRows(session.opened.summary.totals.macs ?? 1e6);
  const steps = Math.ceil(count / atInference) + sizes.reduce((sum, one) => sum + Math.ceil(count / one), 0);
  let done = 0;
  const step = () => {
    context.progress({ share: ++done / steps, message: t('comparing batch sizes') });
  };
  const run = (one: number, mode: StatisticsMode) =>
    outputsIn(runner, session, batch.inputs, one, statisticsExperiment(session, mode), context, step);
  const moving = await run(atInference, 'moving');
  const found: NormModes['sizes'][number][] = [];
  for (const one of sizes) {
    const { answers, logits } = await run(one, 'batch');
    found.push({
      size: one,
      score: scoreOf(answers, moving.answers, batch.labels),
      answer: answerChange(rowOf(moving.answers, 0), rowOf(answers, 0), session.labels?.names ?? null),
      logits:
        logits === null || moving.logits === null
          ? null
          : answerChange(rowOf(moving.logits, 0), rowOf(logits, 0), session.labels?.names ?? null)
    });
  }
  return {
    batch: batch.facts,
    classes: areClasses(moving.answers),
    moving: scoreOf(moving.answers, moving.answers, batch.labels),
    leftOut: batchSizes.filter((one) => one > count),
    sizes: found
  };
}
