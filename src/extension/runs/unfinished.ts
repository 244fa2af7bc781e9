/** In the workspace's storage: runs that go, so that a window that was reloaded or ended can offer to go on with them. */
import type * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
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

const storageKey = 'convlens.unfinishedTraining';
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
