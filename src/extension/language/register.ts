/** Everything ConvLens adds to the code itself. */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { registerChecks } from '../checks/register';
import { CellStatus } from './cellStatus';
import { LayerHovers } from './hover';
import { LayerLenses } from './layerLenses';
import { DefinitionLenses } from './lenses';
import { MODEL_CODE } from './selector';
import { ModelSymbols } from './symbols';

/** Registers checks, hovers, lenses, outline and status entries for code that defines models; ended with the context's subscriptions. */
export function registerLanguageFeatures(context: vscode.ExtensionContext, services: LanguageServices): void {
  registerChecks(context, services);
  const lenses = new DefinitionLenses(services);
  const layers = new LayerLenses(services);
  const cells = new CellStatus(services);
  context.subscriptions.push(
    lenses,
    layers,
    cells,
    vscode.languages.registerCodeLensProvider(MODEL_CODE, layers),
    vscode.notebooks.registerNotebookCellStatusBarItemProvider('jupyter-notebook', cells),
    vscode.languages.registerDocumentSymbolProvider(MODEL_CODE, new ModelSymbols(services.analyses), {
      label: 'ConvLens'
    }),
    vscode.languages.registerCodeLensProvider(MODEL_CODE, lenses),
    vscode.languages.registerHoverProvider(MODEL_CODE, new LayerHovers(services))
  );
}
