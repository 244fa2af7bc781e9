/** Everything ConvLens adds to the code itself. */
import * as vscode from 'vscode';
import type { LanguageServices } from '../languageServices';
import { LayerHovers } from './hover';
import { LayerLenses } from './layerLenses';
import { DefinitionLenses } from './lenses';
import { PYTHON } from './selector';

/** Registers hovers and lenses for Python files and notebook cells; ended with the context's subscriptions. */
export function registerLanguageFeatures(context: vscode.ExtensionContext, services: LanguageServices): void {
  const lenses = new DefinitionLenses(services);
  const layers = new LayerLenses(services);
  context.subscriptions.push(
    lenses,
    layers,
    vscode.languages.registerCodeLensProvider(PYTHON, layers),
    vscode.languages.registerCodeLensProvider(PYTHON, lenses),
    vscode.languages.registerHoverProvider(PYTHON, new LayerHovers(services))
  );
}
