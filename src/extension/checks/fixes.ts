/** Quick fixes: the edits of a finding, and ways to silence a check. */
import * as vscode from 'vscode';
import type { Edit, Finding, Fix } from '../../checks/finding';
import type { SourceRange } from '../../core/model';
import type { SourceAnalyses } from '../languageServices';
import { editorRange } from '../language/hover';
import { commands } from '../names';
import { codeOf } from './diagnostics';
import { notebookOf, type DocumentFindings } from './documentFindings';

export class CheckFixes implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];

  constructor(
    private readonly analyses: SourceAnalyses,
    private readonly findings: DocumentFindings
  ) {}

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext
  ): vscode.CodeAction[] {
    const cell = this.analyses.cellIndexOf(document);
    return diagnostics.flatMap((diagnostic) => {
      const code = codeOf(diagnostic);
      // Edits belong to the text as it is now: a diagnostic of an older one finds nothing any more.
      const finding = this.findings
        .of(document)
        .find(
          ({ code: own, range }) =>
            own === code && range !== null && range.cell === cell && editorRange(range).isEqual(diagnostic.range)
        );
      if (finding === undefined) return [];
      return [
        ...finding.fixes.map((fix) => fixAction(document, fix, diagnostic)),
        ...silencing(document, finding, diagnostic)
      ];
    });
  }
}

function fixAction(document: vscode.TextDocument, fix: Fix, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
  action.edit = workspaceEdit(document, fix.edits);
  action.diagnostics = [diagnostic];
  action.isPreferred = fix.preferred;
  return action;
}

function workspaceEdit(document: vscode.TextDocument, edits: readonly Edit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { range, text } of edits) {
    const target = documentAt(document, range);
    if (target !== null) edit.replace(target.uri, target.validateRange(editorRange(range)), text);
  }
  return edit;
}

/** The document itself, or the cell of its notebook that the range names. */
function documentAt(document: vscode.TextDocument, { cell }: SourceRange): vscode.TextDocument | null {
  if (cell === undefined) return document;
  const notebook = notebookOf(document);
  return notebook === null || cell >= notebook.cellCount ? null : notebook.cellAt(cell).document;
}

/** A comment for this line, the setting for everywhere. */
function silencing(
  document: vscode.TextDocument,
  { code, range }: Finding,
  diagnostic: vscode.Diagnostic
): vscode.CodeAction[] {
  const off = new vscode.CodeAction(
    vscode.l10n.t('Turn off {0} (setting)', `convlens/${code}`),
    vscode.CodeActionKind.QuickFix
  );
  off.command = { command: commands.turnOffCheck, title: off.title, arguments: [code] };
  off.diagnostics = [diagnostic];
  if (range === null) return [off];
  const here = new vscode.CodeAction(
    vscode.l10n.t('Ignore {0} on this line', `convlens/${code}`),
    vscode.CodeActionKind.QuickFix
  );
  here.edit = new vscode.WorkspaceEdit();
  const end = document.lineAt(range.startLine).range.end;
  const comment = document.languageId === 'python' ? '#' : '//';
  here.edit.insert(document.uri, end, `  ${comment} convlens: ignore[${code}]`);
  here.diagnostics = [diagnostic];
  return [here, off];
}
