/** In the workspace's storage: runs that go, so that a window that was reloaded or ended can offer to go on with them. */
import type * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import type { ExperimentPlan } from '../../protocol/experiments';
import type { DataChoice, TrainingForm } from '../../protocol/training';
import { readSubject } from '../panel/panelState';

export interface UnfinishedRun {
  readonly run: string;
  readonly subject: PanelSubject;
  readonly data: DataChoice;
  readonly form: TrainingForm;
  /** The last one that was finished; 0: none, or none since it was last resumed. */
  readonly epoch: number;
  /** Whether something is kept to go on with. */
  readonly kept: boolean;
  readonly epochs: number;
}

/** An experiment that goes or waits; what it found so far is kept in its folder. */
export interface UnfinishedExperiment {
  readonly experiment: string;
  readonly subject: PanelSubject;
  readonly plan: ExperimentPlan;
  readonly finished: number;
  readonly jobs: number;
}

const storageKey = 'convlens.unfinishedTraining';
const experimentsKey = 'convlens.unfinishedExperiments';
const keptRuns = 20;

export class UnfinishedRuns {
  constructor(private readonly memento: vscode.Memento) {}

  /** What comes back from storage is checked: it may be of an older version. */
  all(): readonly UnfinishedRun[] {
    const stored = this.memento.get<unknown>(storageKey);
    return Array.isArray(stored) ? stored.flatMap((entry: unknown) => readRun(entry) ?? []) : [];
  }

  async note(run: UnfinishedRun): Promise<void> {
    const others = this.all().filter((other) => other.run !== run.run);
    await this.memento.update(storageKey, [...others, run].slice(-keptRuns));
  }

  async forget(run: string): Promise<void> {
    await this.memento.update(
      storageKey,
      this.all().filter((other) => other.run !== run)
    );
  }
}

/** As `UnfinishedRuns`, of experiments. */
export class UnfinishedExperiments {
  constructor(private readonly memento: vscode.Memento) {}

  all(): readonly UnfinishedExperiment[] {
    const stored = this.memento.get<unknown>(experimentsKey);
    return Array.isArray(stored) ? stored.flatMap((entry: unknown) => readExperiment(entry) ?? []) : [];
  }

  async note(experiment: UnfinishedExperiment): Promise<void> {
    const others = this.all().filter((other) => other.experiment !== experiment.experiment);
    await this.memento.update(experimentsKey, [...others, experiment].slice(-keptRuns));
  }

  async forget(experiment: string): Promise<void> {
    await this.memento.update(
      experimentsKey,
      this.all().filter((other) => other.experiment !== experiment)
    );
  }
}

function readExperiment(value: unknown): UnfinishedExperiment | null {
  if (!isRecord(value)) return null;
  const { experiment, plan, finished, jobs } = value;
  const subject = readSubject(value['subject']);
  const isWhole =
    typeof experiment === 'string' && isRecord(plan) && typeof finished === 'number' && typeof jobs === 'number';
  if (!isWhole || subject === null) return null;
  // The training process goes on with the plan that it kept itself.
  return { experiment, subject, plan: plan as unknown as ExperimentPlan, finished, jobs };
}

function readRun(value: unknown): UnfinishedRun | null {
  if (!isRecord(value)) return null;
  const { run, epoch, epochs, kept, data, form } = value;
  const subject = readSubject(value['subject']);
  const isWhole =
    typeof run === 'string' &&
    typeof epoch === 'number' &&
    typeof epochs === 'number' &&
    typeof kept === 'boolean' &&
    isRecord(data) &&
    typeof data['kind'] === 'string' &&
    isRecord(form) &&
    typeof form['epochs'] === 'number';
  if (!isWhole || subject === null) return null;
  // The training process checks every field of these two again.
  return {
    run,
    epoch,
    epochs,
    kept,
    subject,
    data: data as unknown as DataChoice,
    form: form as unknown as TrainingForm
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
