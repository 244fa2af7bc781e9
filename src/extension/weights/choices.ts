/** Which file of weights belongs to which definition, kept in the workspace's storage. */
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { subjectKey } from '../panel/panelState';

const storageKey = 'convlens.weights';
const kept = 100;

export class WeightsChoices implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<PanelSubject>();
  /** Fires with the definition whose weights are to be taken from elsewhere. */
  readonly onDidChange = this.changes.event;

  constructor(private readonly memento: vscode.Memento) {}

  /** Path of the file chosen for a definition; `null` where none was. */
  of(subject: PanelSubject): string | null {
    const key = subjectKey(subject);
    return this.entries().find(([stored]) => stored === key)?.[1] ?? null;
  }

  /** @param file `null`: random weights again */
  async choose(subject: PanelSubject, file: string | null): Promise<void> {
    const key = subjectKey(subject);
    const others = this.entries().filter(([stored]) => stored !== key);
    await this.memento.update(storageKey, (file === null ? others : [...others, [key, file]]).slice(-kept));
    this.changes.fire(subject);
  }

  dispose(): void {
    this.changes.dispose();
  }

  private entries(): readonly (readonly [string, string])[] {
    const stored = this.memento.get<unknown>(storageKey);
    if (!Array.isArray(stored)) return [];
    return stored.filter(
      (entry): entry is [string, string] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string'
    );
  }
}
