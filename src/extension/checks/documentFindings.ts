/** Findings of open documents, made once for each version of their text and settings. */
import * as vscode from 'vscode';
import type { Finding } from '../../checks/finding';
import type { SourceText } from '../../checks/sourceText';
import type { SourceAnalysis } from '../../source/types';
import { codeReader } from '../codeReader';
import type { SourceAnalyses } from '../languageServices';
import { summaryOf } from '../language/summaries';
import { configurationSection } from '../names';

export class DocumentFindings {
  /** An analysis is a new object for every version of the text. */
  private kept = new WeakMap<SourceAnalysis, readonly Finding[]>();

  constructor(private readonly analyses: SourceAnalyses) {}

  /** Of the file, or of the whole notebook the cell belongs to. */
  of(document: vscode.TextDocument): readonly Finding[] {
    const settings = vscode.workspace.getConfiguration(configurationSection, this.analyses.ownerOf(document));
    const analysis = settings.get('checks') === false ? null : this.analyses.analysisOf(document);
    // What was cut short may miss the line that mends a fault.
    if (analysis === null || !analysis.complete) return [];
    const known = this.kept.get(analysis);
    if (known !== undefined) return known;
    const inputs = analysis.definitions.map((definition) => ({
      key: definition.key,
      model: definition.model,
      summary: summaryOf(definition)
    }));
    const { check, severitiesOf } = codeReader();
    const severities = severitiesOf(settings.get('checkSeverity'));
    const findings = check(inputs, textOf(document), { severities });
    this.kept.set(analysis, findings);
    return findings;
  }

  /** After a change of the settings. */
  forget(): void {
    this.kept = new WeakMap();
  }
}

function textOf(document: vscode.TextDocument): SourceText {
  const { SourceText } = codeReader();
  const notebook = notebookOf(document);
  if (notebook === null) {
    return SourceText.ofFile(document.getText(), document.languageId === 'python' ? 'python' : 'javascript');
  }
  const code = notebook.getCells().filter(({ kind }) => kind === vscode.NotebookCellKind.Code);
  return SourceText.ofCells(code.map((cell) => ({ index: cell.index, text: cell.document.getText() })));
}

/** The notebook whose cell a document is. */
export function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | null {
  if (document.uri.scheme !== 'vscode-notebook-cell') return null;
  return (
    vscode.workspace.notebookDocuments.find((notebook) =>
      notebook.getCells().some((cell) => cell.document === document)
    ) ?? null
  );
}
