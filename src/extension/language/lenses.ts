/** "Inspect" and "Train" above each model definition, "Train" above its `fit` too, on the text as it stands in the editor. */
import * as vscode from 'vscode';
import type { SourceRange } from '../../core/model';
import type { SourceDefinition } from '../../source/types';
import type { LanguageServices } from '../languageServices';
import { editorRange } from './hover';
import { lensTitle } from './lensText';
import { summaryOf } from './summaries';

export class DefinitionLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly services: LanguageServices) {
    this.subscription = services.analyses.onDidChange(() => {
      this.changed.fire();
    });
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { analyses, commands } = this.services;
    const analysis = analyses.analysisOf(document);
    if (analysis === null) return [];
    const cell = analyses.cellIndexOf(document);
    const owner = analyses.ownerOf(document).toString();
    const train = ({ key, model }: SourceDefinition, range: SourceRange) =>
      new vscode.CodeLens(editorRange(range), {
        title: vscode.l10n.t('Train'),
        tooltip: vscode.l10n.t('Choose data and settings for training {0}; nothing begins by itself', model.name),
        command: commands.train,
        arguments: [owner, key]
      });
    const atFit = analysis.definitions.flatMap((definition) => {
      const fit = definition.model.training?.fitCall;
      return fit === undefined || fit.cell !== cell ? [] : [train(definition, fit)];
    });
    const atModel = analysis.definitions
      .filter((definition) => definition.range.cell === cell)
      .flatMap((definition) => [
        new vscode.CodeLens(editorRange(definition.range), {
          title: lensTitle(summaryOf(definition).totals, vscode.l10n.t),
          tooltip: vscode.l10n.t('Open {0} in ConvLens, beside the code', definition.model.name),
          command: commands.inspectDefinition,
          arguments: [owner, definition.key]
        }),
        train(definition, definition.range)
      ]);
    return [...atModel, ...atFit];
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
