/** Brings a layer's constructor call into view without moving the cursor: the person may be typing. */
import * as vscode from 'vscode';
import type { SourceRange } from '../core/model';

let highlight: vscode.TextEditorDecorationType | null = null;

/** @param uri of the file or notebook. Reuses a column that shows it already. */
export async function revealSource(uri: vscode.Uri, range: SourceRange): Promise<void> {
  const place = new vscode.Range(range.startLine, range.startColumn, range.endLine, range.endColumn);
  const editor = range.cell === undefined ? await showFile(uri) : await showCell(uri, range.cell);
  if (editor === null) return;
  editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  highlight ??= vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.rangeHighlightBackground'),
    borderColor: new vscode.ThemeColor('contrastActiveBorder'),
    isWholeLine: true
  });
  editor.setDecorations(highlight, [place]);
}

/** Takes the mark away from an editor, once the cursor moves there. */
export function clearHighlight(editor: vscode.TextEditor): void {
  if (highlight !== null) editor.setDecorations(highlight, []);
}

async function showFile(uri: vscode.Uri): Promise<vscode.TextEditor> {
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  if (visible !== undefined) return visible;
  const document = await vscode.workspace.openTextDocument(uri);
  return vscode.window.showTextDocument(document, { preserveFocus: true, viewColumn: columnOf(uri) });
}

async function showCell(uri: vscode.Uri, index: number): Promise<vscode.TextEditor | null> {
  const visible = vscode.window.visibleNotebookEditors.find(
    (editor) => editor.notebook.uri.toString() === uri.toString()
  );
  const editor =
    visible ??
    (await vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(uri), {
      preserveFocus: true,
      viewColumn: columnOf(uri)
    }));
  if (index >= editor.notebook.cellCount) return null;
  editor.revealRange(
    new vscode.NotebookRange(index, index + 1),
    vscode.NotebookEditorRevealType.InCenterIfOutsideViewport
  );
  const cell = editor.notebook.cellAt(index).document;
  return vscode.window.visibleTextEditors.find((other) => other.document === cell) ?? null;
}

/** The column of a tab that shows the document, else the first. */
function columnOf(uri: vscode.Uri): vscode.ViewColumn {
  for (const group of vscode.window.tabGroups.all) {
    const shown = group.tabs.some(
      ({ input }) =>
        (input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook) &&
        input.uri.toString() === uri.toString()
    );
    if (shown) return group.viewColumn;
  }
  return vscode.ViewColumn.One;
}
