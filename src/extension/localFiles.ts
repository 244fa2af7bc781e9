/**
 * The child process reads local files only. A model in a virtual workspace (a repository opened without a clone, a
 * remote file system) is copied, within bounds, into the extension's own storage and removed when its panel closes.
 */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { RequestFailure } from '../protocol/rpc';
import { shardNames } from './shardNames';

/** Larger copies would fill a disk or a network link unasked. */
export const largestCopy = 512 * 1024 * 1024;

export interface LocalFile {
  readonly path: string;
  dispose(): void;
}

/** @throws {RequestFailure} of kind `input` where the file cannot be brought here. */
export async function localFile(uri: vscode.Uri, storage: vscode.Uri): Promise<LocalFile> {
  if (uri.scheme === 'file' || uri.scheme === 'vscode-remote') {
    return { path: uri.fsPath, dispose: () => undefined };
  }
  if (uri.scheme === 'untitled') {
    throw refused(uri, vscode.l10n.t('the file has not been saved'), vscode.l10n.t('Save it first'));
  }
  const folder = path.join(
    storage.fsPath,
    'copies',
    createHash('sha256').update(uri.toString()).digest('hex').slice(0, 16)
  );
  const name = path.posix.basename(uri.path);
  await mkdir(folder, { recursive: true });
  let remaining = await copyInto(uri, path.join(folder, name), largestCopy);
  if (name.toLowerCase().endsWith('.json')) {
    const parent = vscode.Uri.joinPath(uri, '..');
    for (const shard of shardNames(Buffer.from(await vscode.workspace.fs.readFile(uri)).toString())) {
      remaining = await copyInto(vscode.Uri.joinPath(parent, shard), path.join(folder, shard), remaining);
    }
  }
  return {
    path: path.join(folder, name),
    dispose: () => {
      void rm(folder, { recursive: true, force: true });
    }
  };
}

/** @returns the bytes that may still be copied. */
async function copyInto(from: vscode.Uri, to: string, budget: number): Promise<number> {
  try {
    const { size } = await vscode.workspace.fs.stat(from);
    if (size > budget) {
      throw refused(
        from,
        vscode.l10n.t('the model is too large to copy out of this virtual workspace'),
        vscode.l10n.t('Open a local copy of it')
      );
    }
    const bytes = await vscode.workspace.fs.readFile(from);
    await writeFile(to, bytes);
    return budget - bytes.byteLength;
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    throw refused(
      from,
      vscode.l10n.t('it cannot be read here ({0})', error instanceof Error ? error.message : String(error)),
      vscode.l10n.t('Open a local copy of it')
    );
  }
}

function refused(uri: vscode.Uri, problem: string, remedy: string): RequestFailure {
  return new RequestFailure({
    kind: 'input',
    problem: { file: path.posix.basename(uri.path), problem, remedy }
  });
}
