/**
 * A definition in a Python file or notebook: analysed in the host, run in the child process with the weights of a file that
 * the person chose for it, or with fresh ones.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { toPortable } from '../../protocol/portableModel';
import type { OpenedModel, WeightsSource } from '../../protocol/requests';
import type { CallOptions } from '../../protocol/rpc';
import { RequestFailure } from '../../protocol/rpc';
import type { SourceDefinition } from '../../source/types';
import type { CodePosition } from '../layerAt';
import { definitionOf, layerAt } from '../layerAt';
import type { Services } from '../services';
import type { WorkerClient } from '../workerClient';
import { watchWeights, type WatchedWeights } from '../weights/watch';
import { subjectKey } from './panelState';
import type { SubjectAccess, SubjectChange } from './subject';

/** Fresh weights are the same each time, and the panel says so. */
const seed = 1;

export function sourceSubject(uri: vscode.Uri, key: string): PanelSubject {
  return {
    kind: 'source',
    uri: uri.toString(),
    modelName: key,
    title: `${path.posix.basename(uri.path)}: ${key}`
  };
}

export class SourceSubject implements SubjectAccess {
  readonly subject: PanelSubject;
  private readonly changes = new vscode.EventEmitter<SubjectChange>();
  readonly onDidChange = this.changes.event;
  private readonly subscription: vscode.Disposable;
  private definition: SourceDefinition | null = null;
  private watched: WatchedWeights | null = null;
  private disposed = false;

  constructor(
    private readonly services: Services,
    readonly uri: vscode.Uri,
    private readonly key: string
  ) {
    this.subject = sourceSubject(uri, key);
    this.subscription = vscode.Disposable.from(
      services.analyses.onDidChange((changed) => {
        if (changed.toString() === uri.toString()) void this.compare();
      }),
      services.weights.onDidChange((changed) => {
        if (subjectKey(changed) === subjectKey(this.subject)) this.changes.fire({ kind: 'changed' });
      })
    );
  }

  async open(options: CallOptions, worker: WorkerClient): Promise<OpenedModel> {
    const definition = await this.find();
    if (definition === null) {
      throw new RequestFailure({
        kind: 'input',
        problem: {
          file: path.posix.basename(this.uri.path),
          problem: vscode.l10n.t('no model named "{0}" is defined there now', this.key),
          remedy: vscode.l10n.t('Choose a model again with ConvLens: Inspect Model')
        }
      });
    }
    this.definition = definition;
    const weights = await this.weightsSource();
    return worker.request('openDefinition', { definition: toPortable(definition.model), seed, weights }, options);
  }

  layerAt(position: CodePosition): string | null {
    return this.definition === null ? null : layerAt(this.definition, position);
  }

  dispose(): void {
    this.disposed = true;
    this.subscription.dispose();
    this.watched?.dispose();
    this.changes.dispose();
  }

  /** The file chosen for this definition, and when the code was last changed. */
  private async weightsSource(): Promise<WeightsSource | undefined> {
    const file = this.services.weights.of(this.subject);
    if (this.watched?.file !== file) {
      this.watched?.dispose();
      this.watched =
        file === null || this.disposed ? null : watchWeights(file, () => this.changes.fire({ kind: 'changed' }));
    }
    if (file === null) return undefined;
    await this.watched?.remember();
    return { file, codeChanged: await this.codeChanged() };
  }

  /** An unsaved document is newer than any file. */
  private async codeChanged(): Promise<number | null> {
    const { textDocuments, notebookDocuments } = vscode.workspace;
    const open = [...textDocuments, ...notebookDocuments].find(({ uri }) => uri.toString() === this.uri.toString());
    if (open?.isDirty === true) return Date.now();
    try {
      return (await vscode.workspace.fs.stat(this.uri)).mtime;
    } catch {
      return null;
    }
  }

  private async find(): Promise<SourceDefinition | null> {
    const analysis = await this.services.analyses.analysisAt(this.uri);
    return analysis === null ? null : definitionOf(analysis, this.key);
  }

  /** Half-typed code may lose the definition for a moment: the old view stays until it is back. */
  private async compare(): Promise<void> {
    const definition = await this.find().catch(() => null);
    if (definition === null) {
      this.changes.fire({
        kind: 'stale',
        reason: vscode.l10n.t('The code no longer defines "{0}" in a way that can be read.', this.key)
      });
      return;
    }
    this.changes.fire({ kind: 'changed' });
  }
}
