/** Lets the person choose what to learn from: a folder or a file, since one dialog cannot offer both on every system. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { SubjectAccess } from '../panel/subject';

/** Extensions of files that hold a data set. */
const dataExtensions = ['npz', 'npy', 'csv', 'gz', 'idx', 'png', 'jpg', 'jpeg'];

/** @returns `null` where the person leaves. */
export async function pickTrainingData(
  access: SubjectAccess,
  kind: 'folder' | 'file'
): Promise<{ readonly path: string } | null> {
  const start = vscode.workspace.getWorkspaceFolder(access.uri)?.uri ?? parentOf(access.uri);
  const uris = await vscode.window.showOpenDialog({
    canSelectMany: false,
    canSelectFiles: kind === 'file',
    canSelectFolders: kind === 'folder',
    openLabel: vscode.l10n.t('Train on This'),
    ...(kind === 'file' ? { filters: { [vscode.l10n.t('Data sets')]: dataExtensions } } : {}),
    ...(start === undefined ? {} : { defaultUri: start })
  });
  const uri = uris?.[0];
  return uri === undefined ? null : { path: uri.fsPath };
}

function parentOf(uri: vscode.Uri): vscode.Uri | undefined {
  return uri.scheme === 'file' ? uri.with({ path: path.posix.dirname(uri.path) }) : undefined;
}
