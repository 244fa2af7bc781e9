/** A run from where it stands to its end, each epoch kept before the next begins. */
import type { RunFolder } from './folder';
import type { RunRecord } from './record';
import type { EpochReport, StepReport } from './report';
import type { Trainer } from './trainer';

export interface DriveHooks {
  readonly signal: AbortSignal;
  turn(): Promise<void>;
  onStep?(report: StepReport): void;
  onEpoch?(report: EpochReport): void;
}

/**
 * Trains until the end or until `signal` aborts; either way the folder holds everything up to the last full epoch.
 * @param folder `null`: nothing is kept
 * @returns the record as it was written last; `stopped` where it was cancelled
 */
export async function drive(
  trainer: Trainer,
  start: RunRecord,
  folder: RunFolder | null,
  hooks: DriveHooks
): Promise<RunRecord> {
  let record = start;
  const keep = async (summary: Partial<RunRecord['summary']>): Promise<void> => {
    record = { ...record, summary: { ...record.summary, ...summary } };
    await folder?.writeRecord(record);
  };
  await keep({ status: 'running', ending: null });
  if (trainer.epoch === 0) await folder?.writeEpoch(trainer.state(), 0);
  try {
    while (!trainer.done) {
      hooks.signal.throwIfAborted();
      const outcome = await trainer.runEpoch(hooks);
      if (outcome.kind === 'ended') {
        await keep({ status: 'failed', ending: outcome.ending });
        return record;
      }
      const epochs = [...record.summary.epochs, outcome.report];
      await folder?.writeEpoch(trainer.state(), bestOf(epochs));
      await keep({ epochs, ending: outcome.ending });
      hooks.onEpoch?.(outcome.report);
    }
    await keep({ status: 'done', ending: record.summary.ending ?? { kind: 'finished' } });
  } catch (error) {
    await keep({ status: hooks.signal.aborted ? 'stopped' : 'failed' });
    if (!hooks.signal.aborted) throw error;
  }
  return record;
}

/** The epoch with the lowest validation loss (without validation: training loss); 0 where there is none. */
export function bestOf(epochs: readonly EpochReport[]): number {
  let best = { epoch: 0, loss: Infinity };
  for (const { epoch, train, validation } of epochs) {
    const { loss } = validation ?? train;
    if (loss < best.loss) best = { epoch, loss };
  }
  return best.epoch;
}
