/** What a panel looks at, behind one face: a model file or a definition in the code. */
import type * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import type { OpenedModel } from '../../protocol/requests';
import type { CallOptions } from '../../protocol/rpc';
import type { CodePosition } from '../layerAt';
import type { WorkerClient } from '../workerClient';

export type SubjectChange =
  /** It can be opened again. */
  | { readonly kind: 'changed' }
  /** It changed, but cannot be read now. */
  | { readonly kind: 'stale'; readonly reason: string };

export interface SubjectAccess extends vscode.Disposable {
  readonly subject: PanelSubject;
  /** Where the subject lives; a definition lives in its file or notebook. */
  readonly uri: vscode.Uri;
  /** @param worker the process that opens it @throws {RequestFailure} */
  open(options: CallOptions, worker: WorkerClient): Promise<OpenedModel>;
  readonly onDidChange: vscode.Event<SubjectChange>;
  /** The layer built at a place in the code; `null` for files. */
  layerAt(position: CodePosition): string | null;
}
