/** A definition in a Python file or notebook: analysed in the host, run with fresh weights in the child process. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { toPortable } from '../../protocol/portableModel';
import type { OpenedModel } from '../../protocol/requests';
import type { CallOptions } from '../../protocol/rpc';
import { RequestFailure } from '../../protocol/rpc';
import type { SourceDefinition } from '../../source/types';
import type { CodePosition } from '../layerAt';
import { definitionOf, layerAt } from '../layerAt';
import type { Services } from '../services';
import type { WorkerClient } from '../workerClient';
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

  constructor(
    private readonly services: Services,
    readonly uri: vscode.Uri,
    private readonly key: string
  ) {
    this.subject = sourceSubject(uri, key);
    this.subscription = services.analyses.onDidChange((changed) => {
      if (changed.toString() === uri.toString()) void this.compare();
    });
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
    return worker.request('openDefinition', { definition: toPortable(definition.model), seed }, options);
  }

  layerAt(position: CodePosition): string | null {
    return this.definition === null ? null : layerAt(this.definition, position);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changes.dispose();
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
