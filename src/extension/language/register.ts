/** Everything ConvLens adds to the code itself. */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { LayerHovers } from './hover';
import { DefinitionLenses } from './lenses';
import { MODEL_CODE } from './selector';

/** Registers hovers and lenses for Python files and notebook cells; ended with the context's subscriptions. */
export function registerLanguageFeatures(context: vscode.ExtensionContext, services: LanguageServices): void {
  const lenses = new DefinitionLenses(services);
  context.subscriptions.push(
    lenses,
    vscode.languages.registerCodeLensProvider(MODEL_CODE, lenses),
    vscode.languages.registerHoverProvider(MODEL_CODE, new LayerHovers(services))
  );
}
