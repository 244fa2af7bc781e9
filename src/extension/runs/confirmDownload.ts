/** Nothing is fetched before a person has seen from where, and has said yes. */
import * as vscode from 'vscode';
import { inLanguage } from '../../core/numbers';
import type { DownloadFacts } from '../../protocol/training';

/** @returns whether the person said yes to exactly these addresses. */
export async function confirmDownload(facts: DownloadFacts): Promise<boolean> {
  const download = vscode.l10n.t('Download');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('Download {0} from its publisher?', facts.title),
    {
      modal: true,
      detail: [
        ...facts.addresses,
        '',
        vscode.l10n.t(
          '{0} MB, checked against the checksum that is stated for it',
          inLanguage((facts.bytes / 1e6).toFixed(1))
        ),
        vscode.l10n.t('Publisher: {0}', facts.publisher),
        vscode.l10n.t('Licence: {0}', facts.licence),
        vscode.l10n.t('Kept in: {0}', facts.folder)
      ].join('\n')
    },
    download
  );
  return chosen === download;
}
