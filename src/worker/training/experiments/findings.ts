/** Everything an experiment has found so far, from what is kept of it. */
import { t } from '../../../core/texts';
import type { LabName } from '../../../training/lab/grids';
import type { JobResult } from '../../../training/lab/job';
import type { ExperimentFindings, ExperimentPlan, ExperimentSummary } from '../../../protocol/experiments';
import { claimsOf } from './claims';
import { groupsOf } from './groups';
import { noticesOf } from './notices';
import { variantsOf } from './planned';
import { sentenceOf } from './sentence';
import type { ExperimentRecord, ExperimentStore } from './store';

export function titleOf({ what }: ExperimentPlan): string {
  return what.kind === 'twin' ? what.label : labTitle(what.lab);
}

function labTitle(lab: LabName): string {
  switch (lab) {
    case 'regularisation':
      return t('Regularisation lab');
    case 'initialScale':
      return t('Initial scale of the weights');
    case 'smallData':
      return t('Small-data lab');
    case 'randomLabels':
      return t('Random labels');
    case 'underfitting':
      return t('Too much dropout');
  }
}

/** @param going whether it runs or waits now */
export function summaryOf(record: ExperimentRecord, results: readonly JobResult[], going: boolean): ExperimentSummary {
  const { experiment, plan, data, engine, begun, jobs } = record;
  const done = results.length === jobs.length;
  return {
    experiment,
    title: titleOf(plan),
    plan,
    data,
    engine,
    begun,
    status: going ? 'running' : done ? 'finished' : 'stopped',
    finishedJobs: results.length,
    jobs: jobs.length
  };
}

export async function findingsOf(
  store: ExperimentStore,
  record: ExperimentRecord,
  going: boolean
): Promise<ExperimentFindings> {
  const results = await store.resultsOf(record);
  const groups = groupsOf(record, results);
  const variants = variantsOf(record.jobs);
  const kept: { variant: string; label: string }[] = [];
  const unkept: string[] = [];
  for (const { id, label } of variants) {
    if ((await store.keptNetwork(record.experiment, id)) !== null) kept.push({ variant: id, label });
    const problem = await store.networkProblem(record.experiment, id);
    if (problem !== null) unkept.push(problem);
  }
  return {
    summary: summaryOf(record, results, going),
    jobs: record.jobs,
    results,
    groups: groups.map(({ size, twins }) => ({ size, twins })),
    claims: claimsOf(record, groups),
    sentence: sentenceOf(record, groups),
    notices: noticesOf(record, results, [...new Set(unkept)]),
    keptNetworks: kept
  };
}
