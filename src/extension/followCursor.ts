/** The cursor in the code selects the layer in the panel. The other way round is `revealSource`. */
import * as vscode from 'vscode';
import type { Services } from './services';
import { clearHighlight } from './revealSource';
import { followCursor } from './settings';
import { SOURCE_LANGUAGES } from './sourceLanguages';

/** While the cursor races through the code only its rest matters. */
const restMilliseconds = 80;

export function followTheCursor(services: Services): vscode.Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listening = vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
    clearHighlight(textEditor);
    // A selection made by a command may be the answer to the panel: following it would go round in circles.
    if (kind === vscode.TextEditorSelectionChangeKind.Command || !followCursor()) return;
    if (services.panels.all.length === 0 || !SOURCE_LANGUAGES.has(textEditor.document.languageId)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      tellPanels(services, textEditor);
    }, restMilliseconds);
  });
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    listening.dispose();
  });
}

function tellPanels(services: Services, { document, selection }: vscode.TextEditor): void {
  const owner = services.analyses.ownerOf(document).toString();
  const position = {
    line: selection.active.line,
    column: selection.active.character,
    cell: services.analyses.cellIndexOf(document)
  };
  for (const panel of services.panels.all) {
    if (panel.subject.kind !== 'source' || panel.uri.toString() !== owner) continue;
    const layer = panel.layerAt(position);
    if (layer !== null) panel.emit('selectLayer', { layer });
  }
}
