/** Findings as VS Code's diagnostics, on the text as it stands in the editor, in files and in notebook cells. */
import * as vscode from 'vscode';
import type { CheckCode } from '../../checks/codes';
import type { Finding } from '../../checks/finding';
import type { SourceAnalyses } from '../languageServices';
import { editorRange } from '../language/hover';
import { MODEL_CODE } from '../language/selector';
import { commands, configurationSection } from '../names';
import { notebookOf, type DocumentFindings } from './documentFindings';

/** What diagnostics of this extension are signed with. */
export const diagnosticSource = 'ConvLens';

const SEVERITIES = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information
} as const;

export function registerDiagnostics(analyses: SourceAnalyses, findings: DocumentFindings): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('convlens');
  const show = (document: vscode.TextDocument) => {
    if (vscode.languages.match(MODEL_CODE, document) > 0) setDiagnostics(collection, analyses, findings, document);
  };
  const showAll = () => {
    collection.clear();
    for (const document of vscode.workspace.textDocuments) show(document);
  };
  showAll();
  return vscode.Disposable.from(
    collection,
    vscode.workspace.onDidOpenTextDocument(show),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      collection.delete(uri);
    }),
    analyses.onDidChange((owner) => {
      const changed = vscode.workspace.textDocuments.find(
        (document) => analyses.ownerOf(document).toString() === owner.toString()
      );
      if (changed !== undefined) show(changed);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!['checks', 'checkSeverity'].some((name) => event.affectsConfiguration(`${configurationSection}.${name}`)))
        return;
      findings.forget();
      showAll();
    })
  );
}

/** Of a notebook every cell is set: a change in one may mend another. */
function setDiagnostics(
  collection: vscode.DiagnosticCollection,
  analyses: SourceAnalyses,
  findings: DocumentFindings,
  document: vscode.TextDocument
): void {
  const found = findings.of(document);
  const cells = notebookOf(document)?.getCells();
  if (cells === undefined) {
    collection.set(document.uri, diagnosticsOf(found, analyses.cellIndexOf(document)));
    return;
  }
  for (const { document: cell, index } of cells) collection.set(cell.uri, diagnosticsOf(found, index));
}

function diagnosticsOf(findings: readonly Finding[], cell: number | undefined): vscode.Diagnostic[] {
  return findings.flatMap(({ range, message, reason, severity, code }) => {
    if (range === null || range.cell !== cell) return [];
    const diagnostic = new vscode.Diagnostic(editorRange(range), `${message}\n${reason}`, SEVERITIES[severity]);
    diagnostic.source = diagnosticSource;
    diagnostic.code = { value: `convlens/${code}`, target: explanationOf(code) };
    return [diagnostic];
  });
}

/** The link behind a code: its section of the handbook that comes with the extension. */
function explanationOf(code: CheckCode): vscode.Uri {
  return vscode.Uri.parse(`command:${commands.explainCheck}?${encodeURIComponent(JSON.stringify([code]))}`);
}

/** The check a diagnostic comes from; `null` for those of others. */
export function codeOf(diagnostic: vscode.Diagnostic): string | null {
  if (diagnostic.source !== diagnosticSource || typeof diagnostic.code !== 'object') return null;
  return String(diagnostic.code.value).replace(/^convlens\//, '');
}
