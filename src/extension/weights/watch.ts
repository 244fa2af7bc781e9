/** A file of weights that a definition uses: told when it was written anew, as a training script does. */
import path from 'node:path';
import * as vscode from 'vscode';
import { SettledFile } from '../panel/fileChanges';
import { escapeGlob } from '../panel/fileSubject';

/** Milliseconds between two looks at a file that is being written. */
const lookInterval = 400;
const patience = 5;

export interface WatchedWeights extends vscode.Disposable {
  readonly file: string;
  /** Takes the file as it is now for known. */
  remember(): Promise<void>;
}

/** @param onChanged also where the file goes away: opening it then tells so */
export function watchWeights(file: string, onChanged: () => void): WatchedWeights {
  const uri = vscode.Uri.file(file);
  const settled = new SettledFile({
    interval: lookInterval,
    patience,
    look: async () => {
      try {
        const { size, mtime } = await vscode.workspace.fs.stat(uri);
        return { size, changed: mtime };
      } catch {
        return null;
      }
    },
    onSettled: onChanged,
    onGone: onChanged
  });
  const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), escapeGlob(path.basename(file)));
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  const notice = () => {
    settled.notice();
  };
  const subscriptions = [
    watcher,
    watcher.onDidChange(notice),
    watcher.onDidCreate(notice),
    watcher.onDidDelete(notice)
  ];
  return {
    file,
    remember: () => settled.remember(),
    dispose: () => {
      settled.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    }
  };
}
