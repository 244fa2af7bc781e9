/** `ConvLens: Inspect Model…` and the two that go straight to a view. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { LayerRow } from '../../core/summary';
import { definitionAt } from '../layerAt';
import type { PanelController } from '../panel/controller';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import type { Found } from './findModels';
import { definitionsOf, wayOf } from './findModels';
import { pickDefinition, pickLayer, pickModel } from './pickers';

/** Opens what the argument names, or asks. `null` when the person leaves or there is nothing to open. */
export async function inspectModel(
  services: Services,
  panels: Panels,
  argument: unknown
): Promise<PanelController | null> {
  const uri = uriOf(argument);
  if (uri === null) {
    const found = await pickModel(services.analyses);
    return found === null ? null : openFound(services, panels, found);
  }
  switch (wayOf(uri)) {
    case 'model':
      return panels.openFile(uri);
    case 'source':
      return openFound(services, panels, await definitionIn(services, uri));
    case 'unknown':
      void vscode.window.showWarningMessage(
        vscode.l10n.t(
          '{0} is not a model that ConvLens can open. It opens .keras, .h5, .hdf5, .pt, .pth, .th and .safetensors files, model.json of TensorFlow.js, and models of Keras, PyTorch and TensorFlow.js in source files and notebooks.',
          path.posix.basename(uri.path)
        )
      );
      return null;
  }
}

/** For lenses and hovers: the document's address, the definition's key and, if wanted, a layer and a view of it. */
export function inspectDefinition(
  panels: Panels,
  uri: unknown,
  key: unknown,
  layer: unknown,
  view?: unknown
): PanelController | null {
  const document = uriOf(uri);
  if (document === null || typeof key !== 'string') return null;
  const panel = panels.openDefinition(document, key);
  if (typeof layer === 'string') panel.emit('selectLayer', { layer });
  if (typeof layer === 'string' && (view === 'kernels' || view === 'maps')) panel.emit('showView', { view, layer });
  return panel;
}

/** Which layers a view has something to show for. */
const fits: Readonly<Record<'kernels' | 'maps', (row: LayerRow) => boolean>> = {
  kernels: (row) => row.weights.some(({ role }) => /kernel/i.test(role)) || /conv|dense/i.test(row.kind),
  maps: (row) => row.layers === null && row.kind !== 'input'
};

/** Takes the panel used last, or asks for a model; then asks for a layer. */
export async function showView(
  services: Services,
  panels: Panels,
  view: 'kernels' | 'maps',
  argument: unknown
): Promise<void> {
  const given = uriOf(argument);
  const panel =
    given === null && services.panels.active !== null
      ? services.panels.active
      : await inspectModel(services, panels, argument);
  if (panel === null) return;
  panel.panel.reveal(undefined, false);
  const opened = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: vscode.l10n.t('Opening {0}…', panel.subject.title)
    },
    (_progress, token) => panel.whenOpen(token)
  );
  if (opened === null) return;
  const title = view === 'kernels' ? vscode.l10n.t('Show kernels of…') : vscode.l10n.t('Show feature maps of…');
  const layer = await pickLayer(opened.summary.layers, fits[view], title);
  if (layer !== null) panel.showView(view, layer);
}

async function openFound(services: Services, panels: Panels, found: Found | null): Promise<PanelController | null> {
  if (found === null) return null;
  if (found.kind === 'source') return panels.openDefinition(found.uri, found.key);
  return wayOf(found.uri) === 'model' ? panels.openFile(found.uri) : inspectModel(services, panels, found.uri);
}

/** The definition at the cursor where the document is being edited, else the only one, else the one chosen. */
async function definitionIn(services: Services, uri: vscode.Uri): Promise<Found | null> {
  const found = await definitionsOf(services.analyses, uri);
  if (found.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No model was found in {0}. ConvLens reads models of Keras, PyTorch and TensorFlow.js; models built in other ways open from the file they are saved to.',
        path.posix.basename(uri.path)
      )
    );
    return null;
  }
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined && services.analyses.ownerOf(editor.document).toString() === uri.toString()) {
    const analysis = services.analyses.analysisOf(editor.document);
    const here =
      analysis === null
        ? null
        : definitionAt(analysis, {
            line: editor.selection.active.line,
            column: editor.selection.active.character,
            cell: services.analyses.cellIndexOf(editor.document)
          });
    if (here !== null) return found.find((entry) => entry.kind === 'source' && entry.key === here.key) ?? null;
  }
  return pickDefinition(found);
}

/** Menus pass a `Uri`, lenses its text, the notebook toolbar an object with the notebook's address. */
export function uriOf(argument: unknown): vscode.Uri | null {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument === 'string' && argument !== '') return vscode.Uri.parse(argument);
  if (typeof argument !== 'object' || argument === null) return null;
  if ('notebookEditor' in argument) {
    const editor = argument.notebookEditor;
    if (typeof editor === 'object' && editor !== null && 'notebookUri' in editor) return uriOf(editor.notebookUri);
  }
  return null;
}
