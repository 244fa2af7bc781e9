/** Asking for the file whose weights a definition takes. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { PanelSubject } from '../../protocol/panel';
import { findModelFiles, modelExtensions } from '../commands/findModels';
import type { Services } from '../services';

interface WeightsItem extends vscode.QuickPickItem {
  readonly chosen: { readonly file: string | null } | 'browse' | null;
}

/** Remembers what the person chooses; open panels of the definition take the weights at once. */
export async function chooseWeights(services: Services, subject: PanelSubject): Promise<void> {
  if (subject.kind !== 'source') {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Weights are loaded into a model that code defines. A model file has its own.')
    );
    return;
  }
  const now = services.weights.of(subject);
  const cancel = new vscode.CancellationTokenSource();
  const files = (await findModelFiles(cancel.token)).map(({ uri }) => uri.fsPath);
  cancel.dispose();
  const chosen = await vscode.window.showQuickPick(itemsFor(files, now), {
    title: vscode.l10n.t('ConvLens: Load Weights'),
    placeHolder: vscode.l10n.t('A file with the weights of {0}', subject.modelName),
    matchOnDescription: true
  });
  if (chosen === undefined || chosen.chosen === null) return;
  const answer = chosen.chosen === 'browse' ? await browse() : chosen.chosen;
  if (answer !== null) await services.weights.choose(subject, answer.file);
}

function itemsFor(files: readonly string[], now: string | null): readonly WeightsItem[] {
  const own: WeightsItem[] =
    now === null
      ? []
      : [
          {
            label: `$(discard) ${vscode.l10n.t('Random weights again')}`,
            description: vscode.l10n.t('forget {0}', path.basename(now)),
            chosen: { file: null }
          }
        ];
  return [
    ...own,
    ...files.map((file): WeightsItem => ({
      label: `${file === now ? '$(check)' : '$(file-binary)'} ${path.basename(file)}`,
      description: vscode.workspace.asRelativePath(file),
      chosen: { file }
    })),
    { label: '', kind: vscode.QuickPickItemKind.Separator, chosen: null },
    { label: `$(folder-opened) ${vscode.l10n.t('Choose a file…')}`, alwaysShow: true, chosen: 'browse' }
  ];
}

async function browse(): Promise<{ readonly file: string } | null> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    openLabel: vscode.l10n.t('Load Weights'),
    filters: { [vscode.l10n.t('Models')]: [...modelExtensions, 'tar', 'json'] }
  });
  const uri = chosen?.[0];
  return uri === undefined ? null : { file: uri.fsPath };
}
