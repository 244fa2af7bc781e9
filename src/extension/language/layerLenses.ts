/** "Without this line" above layers that can be taken out: it opens the experiment, and begins nothing. */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { editorRange } from './hover';
import { removableLines } from './removable';

export class LayerLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly services: LanguageServices) {
    this.subscriptions = [
      services.analyses.onDidChange(() => this.changed.fire()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('convlens.experimentLens')) this.changed.fire();
      })
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { analyses, commands, experimentLens } = this.services;
    const analysis = experimentLens(document.uri) ? analyses.analysisOf(document) : null;
    if (analysis === null) return [];
    const cell = analyses.cellIndexOf(document);
    const owner = analyses.ownerOf(document).toString();
    return analysis.definitions.flatMap((definition) =>
      removableLines(definition)
        .filter(({ range }) => range.cell === cell)
        .map(
          ({ range, layer, name, alone }) =>
            new vscode.CodeLens(editorRange(range), {
              title: alone ? vscode.l10n.t('Without this line') : vscode.l10n.t('Without {0}', name),
              tooltip: vscode.l10n.t(
                'Train {0} with and without {1}, and see what it is good for; nothing begins by itself',
                definition.model.name,
                name
              ),
              command: commands.withoutThisLine,
              arguments: [owner, definition.key, layer]
            })
        )
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
