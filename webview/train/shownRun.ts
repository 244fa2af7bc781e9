/** One shape for the run under way and for a kept one, so that both are shown alike. */
import type { Ending, EpochReport, RunSummary, StepReport, TrainingForm } from '../../src/protocol/training';
import type { RequestError } from '../../src/protocol/channel';
import type { Live, StepPoint } from './trainState';

export interface ShownRun {
  readonly run: string | null;
  readonly dataTitle: string;
  readonly form: TrainingForm;
  readonly engine: string | null;
  readonly metricNames: readonly string[];
  readonly epochs: readonly EpochReport[];
  readonly points: readonly StepPoint[];
  readonly step: StepReport | null;
  readonly status: Live['status'] | 'stopped';
  readonly ending: Ending | null;
  readonly error: RequestError | null;
  /** The kept run, once there is one to go on with. */
  readonly summary: RunSummary | null;
}

export function ofLive(live: Live): ShownRun {
  const { status, summary } = live;
  return {
    run: live.run,
    dataTitle: live.dataTitle,
    form: live.form,
    engine: live.engine,
    metricNames: live.metricNames,
    epochs: live.epochs,
    points: live.points,
    step: live.step,
    status: status === 'ended' && summary?.status === 'stopped' ? 'stopped' : status,
    ending: summary?.ending ?? null,
    error: live.error,
    summary
  };
}

export function ofKept(summary: RunSummary): ShownRun {
  return {
    run: summary.run,
    dataTitle: summary.data,
    form: summary.form,
    engine: summary.engine,
    metricNames: summary.metricNames,
    epochs: summary.epochs,
    points: [],
    step: null,
    status: summary.status === 'failed' ? 'failed' : summary.status === 'done' ? 'ended' : 'stopped',
    ending: summary.ending,
    error: null,
    summary
  };
}
