/** The output shape at the end of each layer's line, as an inlay hint; `?` where the code does not hold a value. */
import * as vscode from 'vscode';
import { dataFormatOf } from '../core/shapeWords';
import { SteadyHints } from '../source/typing';
import { notebookOf } from './checks/documentFindings';
import { MODEL_CODE } from './language/selector';
import { summaryOf } from './language/summaries';
import type { SourceAnalyses } from './languageServices';
import { lineHints, type LineHint } from './lineHints';
import { commands, configurationSection } from './names';

export function registerShapeHints(analyses: SourceAnalyses): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const steady = new Map<string, SteadyHints<LineHint>>();
  const fire = () => {
    changed.fire();
  };
  const provider: vscode.InlayHintsProvider = {
    onDidChangeInlayHints: changed.event,
    provideInlayHints: (document, range) => {
      const owner = analyses.ownerOf(document);
      const settings = vscode.workspace.getConfiguration(configurationSection, owner);
      if (settings.get('hints') === false) return [];
      const key = owner.toString();
      const hints = steady.get(key) ?? new SteadyHints<LineHint>((hint, line) => ({ ...hint, line }));
      steady.set(key, hints);
      return hintsOf(analyses, document, hints, settings.get('parameterHints') === true)
        .filter(({ line }) => line >= range.start.line && line <= range.end.line && line < document.lineCount)
        .map((hint) => inlayHint(document, hint, owner));
    }
  };
  return vscode.Disposable.from(
    changed,
    analyses.onDidChange(fire),
    // Hints of the state before a half-typed line end with the cursor's stay in it.
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      if (steady.get(analyses.ownerOf(textEditor.document).toString())?.isFilling === true) fire();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => steady.delete(uri.toString())),
    vscode.workspace.onDidCloseNotebookDocument(({ uri }) => steady.delete(uri.toString())),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (['hints', 'parameterHints'].some((name) => event.affectsConfiguration(`${configurationSection}.${name}`)))
        fire();
    }),
    vscode.languages.registerInlayHintsProvider(MODEL_CODE, provider)
  );
}

/** Hints of one file or cell; a notebook is one program, and half a line in one cell must not empty the others. */
function hintsOf(
  analyses: SourceAnalyses,
  document: vscode.TextDocument,
  steady: SteadyHints<LineHint>,
  withParameters: boolean
): readonly LineHint[] {
  const definitions = (analyses.analysisOf(document)?.definitions ?? []).map((definition) => ({
    rows: summaryOf(definition).layers,
    format: dataFormatOf(definition.model)
  }));
  const editor = vscode.window.activeTextEditor;
  const texts: string[] = [];
  const all: LineHint[] = [];
  let first = 0;
  let ownFirst = 0;
  let cursor: number | null = null;
  for (const part of partsOf(document)) {
    for (const hint of lineHints(definitions, analyses.cellIndexOf(part), withParameters)) {
      all.push({ ...hint, line: first + hint.line });
    }
    if (part === editor?.document) cursor = first + editor.selection.active.line;
    if (part === document) ownFirst = first;
    texts.push(part.getText());
    first += part.lineCount;
  }
  return steady
    .update(texts.join('\n'), all, cursor)
    .filter(({ line }) => line >= ownFirst && line < ownFirst + document.lineCount)
    .map((hint) => ({ ...hint, line: hint.line - ownFirst }));
}

/** The document itself, or all code cells of its notebook in order. */
function partsOf(document: vscode.TextDocument): readonly vscode.TextDocument[] {
  const cells = notebookOf(document)?.getCells() ?? [];
  const code = cells.filter(({ kind }) => kind === vscode.NotebookCellKind.Code).map((cell) => cell.document);
  return code.includes(document) ? code : [document];
}

function inlayHint(document: vscode.TextDocument, hint: LineHint, owner: vscode.Uri): vscode.InlayHint {
  const end = document.lineAt(hint.line).range.end;
  const part = new vscode.InlayHintLabelPart(hint.text);
  part.tooltip = hint.tooltip;
  if (hint.unknown) {
    const title = vscode.l10n.t('Set value…');
    part.tooltip = `${hint.tooltip}\n${title}`;
    part.command = { command: commands.setValue, title, arguments: [owner.toString()] };
  }
  const made = new vscode.InlayHint(end, [part]);
  made.paddingLeft = true;
  return made;
}
