/** Asks where a file goes and writes it: pictures and tables here, tensors and reports by the child process. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SaveFormat } from '../../protocol/export';
import type { HostRequests } from '../../protocol/panel';
import type { HandlerContext, Handlers } from '../../protocol/rpc';
import type { Services } from '../services';
import { safeFileName } from './inputFiles';
import type { WorkerClient } from '../workerClient';
import type { SubjectAccess } from './subject';

const extensions: Readonly<Record<SaveFormat, string>> = {
  keras: 'keras',
  h5: 'h5',
  tfjs: 'json',
  safetensors: 'safetensors'
};

type Saving = Required<Pick<Handlers<HostRequests>, 'saveFile' | 'saveTensor' | 'saveTrained' | 'saveReport'>>;

export function savingHandlers(services: Services, access: SubjectAccess, worker: WorkerClient): Saving {
  const folder = folderOf(access);
  return {
    saveFile: saveFileIn(folder),
    saveTensor: ({ model, name, tensor }, context) =>
      save(folder, name, 'npy', async (target) => {
        await throughLocal(target, services, (file) =>
          worker.request('writeTensor', { model, tensor, path: file }, passing(context))
        );
      }),
    saveTrained: async ({ model, run, epoch, format, name }, context) => {
      let notices: readonly string[] = [];
      const trained = run === null ? null : { run, epoch };
      const answer = await save(folder, format === 'tfjs' ? 'model' : name, extensions[format], async (target) => {
        const write = (file: string) =>
          worker.request('writeModel', { model, trained, format, path: file }, passing(context));
        notices = await throughLocalFolder(target, services, write);
      });
      return { ...answer, notices };
    },
    saveReport: ({ model, name }, context) =>
      save(folder, name, 'html', async (target) => {
        await throughLocal(target, services, (file) =>
          worker.request('writeReport', { model, path: file }, passing(context))
        );
      })
  };
}

/** What the webview made itself, written where the person chooses; the dialog begins in `folder`. */
export function saveFileIn(folder: vscode.Uri | undefined): Saving['saveFile'] {
  return ({ name, type, bytes }) =>
    save(folder, name, type, async (target) => {
      await vscode.workspace.fs.writeFile(target, bytes);
    });
}

function folderOf({ uri }: SubjectAccess): vscode.Uri | undefined {
  return (
    vscode.workspace.getWorkspaceFolder(uri)?.uri ??
    (uri.scheme === 'file' ? vscode.Uri.joinPath(uri, '..') : undefined)
  );
}

const passing = ({ signal, progress }: HandlerContext) => ({ signal, onProgress: progress });

async function save(
  folder: vscode.Uri | undefined,
  name: string,
  extension: string,
  write: (target: vscode.Uri) => Promise<void>
): Promise<{ readonly saved: boolean }> {
  const target = await vscode.window.showSaveDialog({
    filters: { [extension.toUpperCase()]: [extension] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, safeFileName(name, extension)) })
  });
  if (target === undefined) return { saved: false };
  await write(target);
  void vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}', path.posix.basename(target.path)), 4000);
  return { saved: true };
}

/** The child process writes to the disk it knows; other places get a copy from there. */
async function throughLocal(target: vscode.Uri, services: Services, write: (file: string) => Promise<unknown>) {
  if (target.scheme === 'file') {
    await write(target.fsPath);
    return;
  }
  const storage = services.context.globalStorageUri;
  await vscode.workspace.fs.createDirectory(storage);
  const local = vscode.Uri.joinPath(storage, path.posix.basename(target.path));
  try {
    await write(local.fsPath);
    await vscode.workspace.fs.copy(local, target, { overwrite: true });
  } finally {
    await vscode.workspace.fs.delete(local).then(undefined, () => undefined);
  }
}

/** As `throughLocal` for what may be several files: the shards of a model go where its description goes. */
async function throughLocalFolder(
  target: vscode.Uri,
  services: Services,
  write: (file: string) => Promise<{ readonly paths: readonly string[]; readonly notices: readonly string[] }>
): Promise<readonly string[]> {
  if (target.scheme === 'file') return (await write(target.fsPath)).notices;
  const local = vscode.Uri.joinPath(services.context.globalStorageUri, `saving-${randomUUID()}`);
  await vscode.workspace.fs.createDirectory(local);
  try {
    const { paths, notices } = await write(vscode.Uri.joinPath(local, path.posix.basename(target.path)).fsPath);
    // The description, which names the shards, comes last.
    for (const file of [...paths].reverse()) {
      const place = vscode.Uri.joinPath(target, '..', path.basename(file));
      await vscode.workspace.fs.copy(vscode.Uri.file(file), place, { overwrite: true });
    }
    return notices;
  } finally {
    await vscode.workspace.fs.delete(local, { recursive: true }).then(undefined, () => undefined);
  }
}
