/** What is kept of a run beside its checkpoints. Plain data: it stands in `run.json`. */
import type { DataChoice, TrainingForm } from './form';
import type { Ending, EpochReport } from './report';

export type RunStatus = 'running' | 'paused' | 'stopped' | 'done' | 'failed';

export interface RunSummary {
  readonly run: string;
  readonly model: string;
  readonly data: string;
  readonly form: TrainingForm;
  readonly status: RunStatus;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly engine: string;
  readonly metricNames: readonly string[];
  readonly epochs: readonly EpochReport[];
  readonly ending: Ending | null;
}

/** The file: the summary, and what is needed to go on. */
export interface RunRecord {
  readonly version: 1;
  readonly choice: DataChoice;
  /** Of layers and shapes of weights: runs of one architecture have one. */
  readonly architecture: string;
  /** The metrics that the code names, as it names them. */
  readonly metrics: readonly string[] | null;
  readonly summary: RunSummary;
}
