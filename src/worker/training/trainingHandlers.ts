/** The requests about training, answered. */
import { t } from '../../core/texts';
import type { ExperimentRequests } from '../../protocol/experiments';
import type { Handlers } from '../../protocol/rpc';
import type { RunSummary, TrainingRequests } from '../../protocol/training';
import type { RunRecord } from '../../training/run/record';
import { architectureOf } from '../../training/run/setUp';
import type { RunState } from '../../training/run/state';
import { inputFailure, valueOf } from '../problem';
import type { Runner } from '../running';
import { layerOf, type Session, type Sessions } from '../session';
import { biography } from './biography';
import { estimate } from './estimate';
import { examine } from './examine';
import { experimentHandlers } from './experiments/experimentHandlers';
import { dataFacts } from './facts';
import { Live } from './live';
import { dataOffers, trainingOffer } from './offers';
import type { Runs } from './runs';
import { withData } from './task';
import { epochWeights, withWeights, type EpochWeights } from './trainedModel';

/** Before anything is chosen. */
const plain = { validationShare: 0.2, examples: null, seed: 1 };
/** Sheets of one answer: spread over the run where there are more epochs. */
const mostSheets = 40;

/**
 * @param runs the runs and experiments that are kept
 * @param onTrained the session's weights are others now
 */
export function trainingHandlers(
  sessions: Sessions,
  runner: Runner,
  runs: Runs,
  onTrained: (session: Session) => void
): Handlers<TrainingRequests & ExperimentRequests> {
  const live = new Live(runs, runner);

  const asItStands = (summary: RunSummary): RunSummary => {
    const going = live.going?.run === summary.run ? live.going : null;
    // A run that no process trains any more was cut off: it can be resumed.
    if (going === null)
      return summary.status === 'running' || summary.status === 'paused' ? { ...summary, status: 'stopped' } : summary;
    return { ...summary, status: going.paused ? 'paused' : 'running' };
  };

  return {
    ...experimentHandlers(sessions, runner, runs, live),
    trainingData: ({ model }) => dataOffers(sessions.get(model)),
    trainingDataFacts: ({ model, data, validationShare }, context) =>
      withData(sessions.get(model), data, { ...plain, validationShare }, context.signal, (found) =>
        dataFacts(data, found, context)
      ),
    trainingOffer: ({ model, data }, { signal }) => {
      const session = sessions.get(model);
      return withData(session, data, plain, signal, (found) => Promise.resolve(trainingOffer(session, data, found)));
    },
    trainingEstimate: ({ model, data, form }, context) => {
      const session = sessions.get(model);
      return withData(session, data, form, context.signal, async (found) =>
        estimate(await runner.ready(), session, found, form, context, () => live.turn(context.signal))
      );
    },
    train: ({ model, data, form, resume }, context) => live.train(sessions.get(model), { data, form, resume }, context),
    pauseTraining: ({ run, paused }) => {
      live.pause(run, paused);
      return Promise.resolve(null);
    },
    trainingRuns: async ({ model }) => {
      const session = sessions.get(model);
      const architecture = architectureOf(session.model);
      const all = await runs.list();
      return all
        .filter((one) => one.architecture === architecture || one.summary.model === session.model.name)
        .map(({ summary }) => asItStands(summary));
    },
    deleteRun: async ({ run }) => {
      if (live.going?.run === run) throw inputFailure(run, t('is being trained now'), t('Stop it first'));
      await runs.folder(run).delete();
      return null;
    },
    examineRun: async ({ model, run, epoch }, context) => {
      const session = sessions.get(model);
      const [record, state] = await epochOf(runs, session, run, epoch);
      return withData(session, record.choice, record.summary.form, context.signal, async (data) =>
        examine(await runner.ready(), session, record, state, data, context, () => live.turn(context.signal))
      );
    },
    kernelBiography: async ({ model, run, layer }, { signal }) => {
      const session = sessions.get(model);
      demandSame(await runs.record(run), session);
      const epochs = spread(await runs.folder(run).epochs(), mostSheets);
      const states: RunState[] = [];
      for (const epoch of epochs) states.push(valueOf(await runs.folder(run).readEpoch(epoch)));
      const weights = await epochWeights(await runner.ready(), session.model, states, signal);
      return biography(layerOf(session, layer), epochs, weights);
    },
    useTrainedWeights: async ({ model, run, epoch }, { signal }) => {
      const session = sessions.get(model);
      const [weights, start] = await trainedWeights(runs, runner, session, run, [epoch, 0], signal);
      if (weights === undefined || start === undefined) return null;
      // After the pass that may be running on the old ones.
      return runner.queue.add(() => {
        onTrained(session);
        sessions.replaceModel(
          session,
          withWeights(session.model, weights, epoch),
          withWeights(session.model, start, 0)
        );
        return Promise.resolve(null);
      }, signal);
    }
  };
}

/** A run that this network has had, and one of its epochs. @throws {RequestFailure} */
async function epochOf(runs: Runs, session: Session, run: string, epoch: number): Promise<[RunRecord, RunState]> {
  const record = await runs.record(run);
  demandSame(record, session);
  return [record, valueOf(await runs.folder(run).readEpoch(epoch))];
}

/** In the order of the epochs. @throws {RequestFailure} where the run is another network's, or an epoch is not kept */
export async function trainedWeights(
  runs: Runs,
  runner: Runner,
  session: Session,
  run: string,
  epochs: readonly number[],
  signal: AbortSignal
): Promise<readonly EpochWeights[]> {
  const states: RunState[] = [];
  for (const epoch of epochs) states.push((await epochOf(runs, session, run, epoch))[1]);
  return epochWeights(await runner.ready(), session.model, states, signal);
}

function demandSame(record: RunRecord, session: Session): void {
  if (record.architecture === architectureOf(session.model)) return;
  throw inputFailure(record.summary.run, t('was a run of a network with other layers'), t('Start a new run'));
}

/** First and last always among them. */
function spread(epochs: readonly number[], most: number): readonly number[] {
  if (epochs.length <= most) return epochs;
  return Array.from({ length: most }, (_, i) => epochs[Math.round((i * (epochs.length - 1)) / (most - 1))] ?? 0);
}
