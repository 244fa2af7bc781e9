/**
 * An entry in the status bar of each notebook cell that defines a model: lenses may be hidden there by the notebook's own
 * extension.
 */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { lensTitle } from './lensText';
import { summaryOf } from './summaries';

/** More models in one cell are found through the command. */
const mostItems = 3;

export class CellStatus implements vscode.NotebookCellStatusBarItemProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeCellStatusBarItems = this.changed.event;

  constructor(private readonly services: LanguageServices) {
    this.subscription = services.analyses.onDidChange(() => {
      this.changed.fire();
    });
  }

  provideCellStatusBarItems(cell: vscode.NotebookCell): vscode.NotebookCellStatusBarItem[] {
    const { analyses, commands } = this.services;
    const definitions = (analyses.analysisOf(cell.document)?.definitions ?? []).filter(
      ({ range }) => range.cell === cell.index
    );
    return definitions.slice(0, mostItems).map((definition) => {
      const text =
        definitions.length === 1
          ? vscode.l10n.t('See inside: no Python needed')
          : vscode.l10n.t('See inside {0}: no Python needed', definition.key);
      const item = new vscode.NotebookCellStatusBarItem(`$(eye) ${text}`, vscode.NotebookCellStatusBarAlignment.Left);
      item.tooltip = lensTitle(summaryOf(definition).totals, vscode.l10n.t);
      item.command = {
        command: commands.inspectDefinition,
        title: text,
        arguments: [analyses.ownerOf(cell.document).toString(), definition.key]
      };
      return item;
    });
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
