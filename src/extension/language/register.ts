/** Everything ConvLens adds to the code itself. */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { registerChecks } from '../checks/register';
import { LayerHovers } from './hover';
import { DefinitionLenses } from './lenses';
import { PYTHON } from './selector';

/** Registers hovers and lenses for Python files and notebook cells; ended with the context's subscriptions. */
export function registerLanguageFeatures(context: vscode.ExtensionContext, services: LanguageServices): void {
  registerChecks(context, services);
  const lenses = new DefinitionLenses(services);
  context.subscriptions.push(
    lenses,
    vscode.languages.registerCodeLensProvider(PYTHON, lenses),
    vscode.languages.registerHoverProvider(PYTHON, new LayerHovers(services))
  );
}
