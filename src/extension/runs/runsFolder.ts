/** Where runs of training are kept: in the workspace's storage, else in the extension's own. */
import path from 'node:path';
import type * as vscode from 'vscode';

/** A folder that may not exist yet; the training process makes it with the first run. */
export function runsFolder({
  storageUri,
  globalStorageUri
}: Pick<vscode.ExtensionContext, 'storageUri' | 'globalStorageUri'>): string {
  return storageUri === undefined
    ? path.join(globalStorageUri.fsPath, 'runs', 'no-workspace')
    : path.join(storageUri.fsPath, 'runs');
}
