/** A model file: opened by path in the child process, watched, and opened again once a change on disk is complete. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import type { OpenedModel } from '../../protocol/requests';
import type { CallOptions } from '../../protocol/rpc';
import type { LocalFile } from '../localFiles';
import { localFile } from '../localFiles';
import type { Services } from '../services';
import type { WorkerClient } from '../workerClient';
import { SettledFile } from './fileChanges';
import type { SubjectAccess, SubjectChange } from './subject';

/** Milliseconds between two looks at a file that is being written. */
const lookInterval = 400;
/** Looks without a file before the panel says that it is gone: savers often delete and write anew. */
const patience = 5;

export function fileSubject(uri: vscode.Uri): PanelSubject {
  const local = uri.scheme === 'file' || uri.scheme === 'vscode-remote';
  return {
    kind: 'file',
    path: local ? uri.fsPath : uri.toString(),
    title: path.posix.basename(uri.path)
  };
}

/** The address behind a stored subject. */
export function uriOfFileSubject(stored: string): vscode.Uri {
  return /^[a-z][a-z0-9+.-]+:\//i.test(stored) && !path.win32.isAbsolute(stored)
    ? vscode.Uri.parse(stored)
    : vscode.Uri.file(stored);
}

export class FileSubject implements SubjectAccess {
  readonly subject: PanelSubject;
  private readonly changes = new vscode.EventEmitter<SubjectChange>();
  readonly onDidChange = this.changes.event;
  private readonly settled: SettledFile;
  private readonly subscriptions: vscode.Disposable[] = [this.changes];
  private local: LocalFile | null = null;

  constructor(
    private readonly services: Services,
    readonly uri: vscode.Uri
  ) {
    this.subject = fileSubject(uri);
    this.settled = new SettledFile({
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
      onSettled: () => {
        this.changes.fire({ kind: 'changed' });
      },
      onGone: () => {
        this.changes.fire({ kind: 'stale', reason: vscode.l10n.t('The file is no longer there.') });
      }
    });
    this.watch();
  }

  async open(options: CallOptions, worker: WorkerClient): Promise<OpenedModel> {
    await this.settled.remember();
    if (this.local === null || this.uri.scheme !== 'file') {
      this.local = await localFile(this.uri, this.services.context.globalStorageUri);
    }
    return worker.request('openModel', { file: this.local.path }, options);
  }

  layerAt(): null {
    return null;
  }

  dispose(): void {
    this.settled.dispose();
    this.local?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The file itself and, for a manifest of shards, the shards beside it. */
  private watch(): void {
    const folder = vscode.Uri.joinPath(this.uri, '..');
    const name = path.posix.basename(this.uri.path);
    const patterns = name.toLowerCase().endsWith('.json')
      ? [escapeGlob(name), '*.{bin,safetensors}']
      : [escapeGlob(name)];
    for (const pattern of patterns) {
      const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
      const notice = () => {
        this.settled.notice();
      };
      this.subscriptions.push(
        watcher,
        watcher.onDidChange(notice),
        watcher.onDidCreate(notice),
        watcher.onDidDelete(notice)
      );
    }
  }
}

/** A file's name as a glob that matches only it. */
export function escapeGlob(name: string): string {
  return name.replace(/[[\]{}*?!]/g, (character) => `[${character}]`);
}
