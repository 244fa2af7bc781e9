/** Navigation of panels by subject, in the workspace's storage; the oldest are forgotten. */
import type * as vscode from 'vscode';
import type { PanelState } from '../../protocol/panel';
import { readPanelState } from './panelState';

const storageKey = 'convlens.panelStates';
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

  private entries(): readonly (readonly [string, unknown])[] {
    const stored = this.memento.get<unknown>(storageKey);
    if (!Array.isArray(stored)) return [];
    return stored.filter((entry): entry is [string, unknown] => Array.isArray(entry) && typeof entry[0] === 'string');
  }
}
