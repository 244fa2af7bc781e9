/** In the workspace's storage: navigation of panels by subject, and what the panels beside the code look at. */
import type * as vscode from 'vscode';
import type { PanelState, PanelSubject } from '../../protocol/panel';
import { readPanelState, readSubject, subjectKey } from './panelState';

const storageKey = 'convlens.panelStates';
const sidePanelsKey = 'convlens.sidePanels';
const comparedKey = 'convlens.compared';
const keptSubjects = 100;

export class StateStore {
  constructor(private readonly memento: vscode.Memento) {}

  load(key: string): Partial<PanelState> {
    return readPanelState(this.entries().find(([stored]) => stored === key)?.[1]);
  }

  async save(key: string, state: unknown): Promise<void> {
    const others = this.entries().filter(([stored]) => stored !== key);
    await this.memento.update(storageKey, [...others, [key, readPanelState(state)]].slice(-keptSubjects));
  }

  /**
   * Notes what a panel beside the code looks at: VS Code brings its webview back after a reload with nothing but its
   * title.
   */
  async noteSidePanel(title: string, subject: PanelSubject): Promise<void> {
    const others = this.sidePanels().filter((entry) => subjectKey(entry.subject) !== subjectKey(subject));
    await this.memento.update(sidePanelsKey, [...others, { title, subject }].slice(-keptSubjects));
  }

  /** The subject noted last under a title that `isTaken` does not rule out; `null` where there is none. */
  subjectOfSidePanel(title: string, isTaken: (key: string) => boolean): PanelSubject | null {
    const fitting = this.sidePanels().filter((entry) => entry.title === title && !isTaken(subjectKey(entry.subject)));
    return fitting.at(-1)?.subject ?? null;
  }

  /** The model that stood beside a panel's own; `null` where there was none. */
  compared(key: string): PanelSubject | null {
    return readSubject(this.pairs(comparedKey).find(([stored]) => stored === key)?.[1]);
  }

  async noteCompared(key: string, subject: PanelSubject | null): Promise<void> {
    const others = this.pairs(comparedKey).filter(([stored]) => stored !== key);
    await this.memento.update(
      comparedKey,
      (subject === null ? others : [...others, [key, subject]]).slice(-keptSubjects)
    );
  }

  private sidePanels(): readonly { readonly title: string; readonly subject: PanelSubject }[] {
    const stored = this.memento.get<unknown>(sidePanelsKey);
    if (!Array.isArray(stored)) return [];
    return stored.flatMap((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null || !('title' in entry) || !('subject' in entry)) return [];
      const subject = readSubject(entry.subject);
      return typeof entry.title === 'string' && subject !== null ? [{ title: entry.title, subject }] : [];
    });
  }

  private entries(): readonly (readonly [string, unknown])[] {
    return this.pairs(storageKey);
  }

  private pairs(storage: string): readonly (readonly [string, unknown])[] {
    const stored = this.memento.get<unknown>(storage);
    if (!Array.isArray(stored)) return [];
    return stored.filter((entry): entry is [string, unknown] => Array.isArray(entry) && typeof entry[0] === 'string');
  }
}
