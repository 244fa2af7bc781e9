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

/** Documents and tabs come and go in bursts: they are looked at once afterwards. */
const settleMilliseconds = 30;

export function registerDiagnostics(analyses: SourceAnalyses, findings: DocumentFindings): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection('convlens');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      showAll(collection, analyses, findings);
    }, settleMilliseconds);
  };
  soon();
  return vscode.Disposable.from(
    collection,
    new vscode.Disposable(() => {
      clearTimeout(timer);
    }),
    vscode.workspace.onDidOpenTextDocument(soon),
    vscode.window.tabGroups.onDidChangeTabs(soon),
    analyses.onDidChange((owner) => {
      const changed = shownDocuments(analyses).get(owner.toString());
      if (changed !== undefined) setDiagnostics(collection, analyses, findings, changed);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!['checks', 'checkSeverity'].some((name) => event.affectsConfiguration(`${configurationSection}.${name}`)))
        return;
      findings.forget();
      soon();
    })
  );
}

/** What a person has open: files that were only read, in search of models, are nobody's concern. */
function showAll(collection: vscode.DiagnosticCollection, analyses: SourceAnalyses, findings: DocumentFindings): void {
  const shown = shownDocuments(analyses);
  const owners = new Map(
    vscode.workspace.textDocuments.map((each) => [each.uri.toString(), analyses.ownerOf(each).toString()])
  );
  const gone: vscode.Uri[] = [];
  collection.forEach((uri) => {
    if (!shown.has(owners.get(uri.toString()) ?? '')) gone.push(uri);
  });
  for (const uri of gone) collection.delete(uri);
  for (const document of shown.values()) setDiagnostics(collection, analyses, findings, document);
}

/** By owner, of each file the document and of each notebook one cell. */
function shownDocuments(analyses: SourceAnalyses): ReadonlyMap<string, vscode.TextDocument> {
  const tabs = new Set(
    vscode.window.tabGroups.all.flatMap(({ tabs: each }) =>
      each.flatMap(({ input }) =>
        input instanceof vscode.TabInputText || input instanceof vscode.TabInputNotebook ? [input.uri.toString()] : []
      )
    )
  );
  const shown = new Map<string, vscode.TextDocument>();
  for (const document of vscode.workspace.textDocuments) {
    const owner = analyses.ownerOf(document).toString();
    if (tabs.has(owner) && vscode.languages.match(MODEL_CODE, document) > 0) shown.set(owner, document);
  }
  return shown;
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
