/**
 * The training sessions by subject, each with its own child process. A session lives as long as a panel shows its subject or
 * a run goes: closing a panel ends no run.
 */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { subjectKey } from '../panel/panelState';
import type { SubjectAccess } from '../panel/subject';
import type { WorkerLog, WorkerProcess } from '../workerClient';
import { WorkerClient } from '../workerClient';
import type { ExperimentEnd, ExperimentState } from './experimentRuns';
import type { RunEnd, RunState } from './session';
import { TrainingSession } from './session';

export interface TrainingChange {
  readonly subject: PanelSubject;
  readonly session: TrainingSession;
  readonly state: RunState;
  /** What was so before this change; `null` at the beginning of a run. */
  readonly before: RunState | null;
  /** `null` while the run goes. */
  readonly end: RunEnd | null;
}

export interface ExperimentChange {
  readonly subject: PanelSubject;
  readonly session: TrainingSession;
  readonly state: ExperimentState;
  /** `null` while it goes or waits. */
  readonly end: ExperimentEnd | null;
}

export interface TrainingsOptions {
  readonly log: WorkerLog;
  readonly idleMilliseconds: () => number;
  /** Access of the session's own, ended with it. */
  readonly access: (subject: PanelSubject) => SubjectAccess;
}

interface Entry {
  readonly subject: PanelSubject;
  readonly session: TrainingSession;
  readonly access: SubjectAccess;
  last: RunState | null;
  panels: number;
}

export class Trainings implements vscode.Disposable {
  private readonly entries = new Map<string, Entry>();
  private readonly changes = new vscode.EventEmitter<TrainingChange>();
  readonly onDidChange = this.changes.event;
  private readonly experimentChanges = new vscode.EventEmitter<ExperimentChange>();
  readonly onDidChangeExperiment = this.experimentChanges.event;
  private readonly left = new vscode.EventEmitter<PanelSubject>();
  /** Fires when the last panel of a subject was closed while it trains. */
  readonly onDidLeave = this.left.event;
  private disposed = false;

  /** @param processes starts the child process of one session */
  constructor(
    readonly processes: { start: () => WorkerProcess },
    private readonly options: TrainingsOptions
  ) {}

  /** Subjects with a run that goes, the one begun last first. */
  get going(): readonly {
    readonly subject: PanelSubject;
    readonly session: TrainingSession;
    readonly state: RunState;
  }[] {
    return [...this.entries.values()]
      .flatMap(({ subject, session }) => (session.state === null ? [] : [{ subject, session, state: session.state }]))
      .reverse();
  }

  /** Experiments that go, those that wait behind them. */
  get experiments(): readonly {
    readonly subject: PanelSubject;
    readonly session: TrainingSession;
    readonly state: ExperimentState;
  }[] {
    return [...this.entries.values()]
      .flatMap(({ subject, session }) => session.experiments.states.map((state) => ({ subject, session, state })))
      .sort((a, b) => Number(a.state.waiting) - Number(b.state.waiting));
  }

  find(subject: PanelSubject): TrainingSession | null {
    return this.entries.get(subjectKey(subject))?.session ?? null;
  }

  /** For a panel: the session of its subject, and what to call once when the panel closes. No process is started. */
  attach(subject: PanelSubject): { readonly session: TrainingSession; readonly release: () => void } {
    const key = subjectKey(subject);
    const entry = this.entries.get(key) ?? this.create(key, subject);
    entry.panels++;
    let held = true;
    return {
      session: entry.session,
      release: () => {
        if (!held) return;
        held = false;
        entry.panels--;
        if (entry.panels > 0 || this.disposed) return;
        entry.session.leave();
        if (!entry.session.isBusy) this.drop(key, entry);
        else this.left.fire(entry.subject);
      }
    };
  }

  /** After a changed setting: processes that do nothing end, and begin anew when needed. */
  restartIdle(): void {
    for (const { session } of this.entries.values()) session.restartIdle();
  }

  dispose(): void {
    this.disposed = true;
    for (const [key, entry] of this.entries) this.drop(key, entry);
    this.changes.dispose();
    this.experimentChanges.dispose();
    this.left.dispose();
  }

  private create(key: string, subject: PanelSubject): Entry {
    const worker = new WorkerClient({
      start: () => this.processes.start(),
      idleMilliseconds: this.options.idleMilliseconds,
      log: this.options.log
    });
    const access = this.options.access(subject);
    const session: TrainingSession = new TrainingSession({
      worker,
      open: (options) => access.open(options, worker),
      goesElsewhere: (run) =>
        this.going.some((other) => other.session !== session && other.state.run === run) ||
        this.experiments.some((other) => other.session !== session && other.state.experiment === run),
      experiments: {
        changed: (state) => this.tellOfExperiment(entry, state, null),
        ended: (state, end) => {
          this.tellOfExperiment(entry, state, end);
          if (entry.panels === 0 && !session.isBusy) this.drop(key, entry);
        }
      },
      listener: {
        changed: (state) => this.tell(entry, state, null),
        ended: (state, end) => {
          this.tell(entry, state, end);
          entry.last = null;
          if (entry.panels === 0 && !session.isBusy) this.drop(key, entry);
        }
      }
    });
    const entry: Entry = { subject, session, access, last: null, panels: 0 };
    this.entries.set(key, entry);
    return entry;
  }

  private tell(entry: Entry, state: RunState, end: RunEnd | null): void {
    if (this.disposed) return;
    const { subject, session, last } = entry;
    entry.last = state;
    // The most recent run stands last.
    if (last === null && end === null) {
      this.entries.delete(subjectKey(subject));
      this.entries.set(subjectKey(subject), entry);
    }
    this.changes.fire({ subject, session, state, before: last, end });
  }

  private tellOfExperiment({ subject, session }: Entry, state: ExperimentState, end: ExperimentEnd | null): void {
    if (!this.disposed) this.experimentChanges.fire({ subject, session, state, end });
  }

  private drop(key: string, entry: Entry): void {
    if (this.entries.get(key) === entry) this.entries.delete(key);
    entry.session.dispose();
    entry.access.dispose();
  }
}
