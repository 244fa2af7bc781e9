/** `ConvLens: Without This Line`: the panel on its tab Train, with the twin that goes without a layer chosen. */
import * as vscode from 'vscode';
import { definitionAt, layerAt, layersOf } from '../layerAt';
import { isRemovableKind } from '../language/removable';
import type { Panels } from '../panel/panels';
import type { Services } from '../services';
import { inspectDefinition } from './inspect';

/** Of the layer that a lens names, else of the one at the cursor. Nothing begins before the person says so in the panel. */
export function withoutThisLine(
  services: Services,
  panels: Panels,
  argument: unknown,
  key: unknown,
  layer: unknown
): void {
  const named =
    typeof key === 'string' && typeof layer === 'string' ? { uri: argument, key, layer } : atCursor(services);
  if (named === null) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'Put the cursor on a line that builds a Dropout, BatchNormalization, pooling or augmentation layer of a Keras model.'
      )
    );
    return;
  }
  const panel = inspectDefinition(panels, named.uri, named.key, undefined);
  if (panel === null) return;
  panel.panel.reveal(undefined, false);
  panel.showExperiment(named.layer);
}

function atCursor({
  analyses
}: Services): { readonly uri: string; readonly key: string; readonly layer: string } | null {
  const editor = vscode.window.activeTextEditor;
  const analysis = editor === undefined ? null : analyses.analysisOf(editor.document);
  if (editor === undefined || analysis === null) return null;
  const { active } = editor.selection;
  const position = { line: active.line, column: active.character, cell: analyses.cellIndexOf(editor.document) };
  const definition = definitionAt(analysis, position);
  const layer = definition === null ? null : layerAt(definition, position);
  if (definition === null || layer === null) return null;
  const node = [...layersOf(definition.model.root)].find(({ id }) => id === layer);
  if (node === undefined || !isRemovableKind(node)) return null;
  return { uri: analyses.ownerOf(editor.document).toString(), key: definition.key, layer };
}
