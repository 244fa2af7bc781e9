/** The requests about experiments, answered. */
import { join } from 'node:path';
import type { ExperimentRequests } from '../../../protocol/experiments';
import type { HandlerContext, Handlers } from '../../../protocol/rpc';
import { t } from '../../../core/texts';
import { resultsToCsv } from '../../../training/lab/csv';
import { architectureOf } from '../../../training/run/setUp';
import { inputFailure } from '../../problem';
import type { Runner } from '../../running';
import type { Sessions } from '../../session';
import type { Live } from '../live';
import type { Runs } from '../runs';
import { EXPERIMENTS } from '../runs';
import { findingsOf, summaryOf } from './findings';
import { GoingExperiments } from './going';
import { withLabTask } from './labTask';
import { experimentCost, experimentOffer, type Timing } from './offer';
import { experimentReport } from './report';
import { Speeds } from './speed';
import { ExperimentStore } from './store';

/** For validation, where the data have no part for it and the code says nothing. */
const shareWithoutCode = 0.2;

export function experimentHandlers(
  sessions: Sessions,
  runner: Runner,
  runs: Runs,
  live: Live
): Handlers<ExperimentRequests> {
  const store = new ExperimentStore(() => join(runs.path, EXPERIMENTS));
  const going = new GoingExperiments(store, runner, live);
  const speeds = new Speeds();
  const timing = ({ signal }: HandlerContext): Timing => ({ signal, turn: () => live.turn(signal) });
  const findings = async (experiment: string) => {
    const record = await store.read(experiment);
    return findingsOf(store, record, going.has(experiment));
  };
  return {
    experimentOffer: ({ model, data }, context) => {
      const session = sessions.get(model);
      const validationShare = session.model.training?.validationSplit?.value || shareWithoutCode;
      return withLabTask(session, data, { validationShare }, context.signal, async (task) =>
        experimentOffer(await runner.ready(), speeds, session, { data, validationShare }, task, timing(context))
      );
    },
    experimentCost: ({ model, plan }, context) => {
      const session = sessions.get(model);
      return withLabTask(session, plan.data, plan.form, context.signal, async (task) =>
        experimentCost(await runner.ready(), speeds, session, plan, task, timing(context))
      );
    },
    runExperiment: async ({ model, plan, resume }, context) => {
      const record = await going.run(sessions.get(model), plan, resume, context);
      return summaryOf(record, await store.resultsOf(record), false);
    },
    experiments: async ({ model }) => {
      const session = sessions.get(model);
      const architecture = architectureOf(session.model);
      const own = (await store.list()).filter(
        (one) => one.architecture === architecture || one.model === session.model.name
      );
      return Promise.all(
        own.map(async (record) => summaryOf(record, await store.resultsOf(record), going.has(record.experiment)))
      );
    },
    experimentFindings: ({ experiment }) => findings(experiment),
    deleteExperiment: async ({ experiment }) => {
      if (going.has(experiment)) throw inputFailure(experiment, t('is running now'), t('Stop it first'));
      await store.delete(experiment);
      return null;
    },
    experimentCsv: async ({ experiment }) => {
      const record = await store.read(experiment);
      return { csv: resultsToCsv(await store.resultsOf(record)) };
    },
    experimentReport: async ({ experiment }) => {
      const record = await store.read(experiment);
      return { html: experimentReport(record, await findings(experiment)) };
    },
    openExperimentNetwork: async ({ model, experiment, variant }, { signal }) => {
      const owner = sessions.get(model);
      const record = await store.read(experiment);
      const path = await store.keptNetwork(experiment, variant);
      const label = record.jobs.find((job) => job.variant.id === variant)?.variant.label;
      if (path === null || label === undefined) {
        throw inputFailure(experiment, t('keeps no trained network of {0}', variant), t('Let it run to its end'));
      }
      const session = await sessions.openKept(path, owner, signal);
      return { opened: session.opened, title: label };
    },
    closeExperimentNetwork: ({ model }) => {
      const session = sessions.get(model);
      if (session.ownedBy === null) {
        throw inputFailure(model, t('is no network of an experiment'), t('Close its panel instead'));
      }
      // After the pass that may be running on it.
      return runner.queue.add(() => {
        runner.forget(session);
        sessions.close(model);
        return Promise.resolve(null);
      });
    }
  };
}
