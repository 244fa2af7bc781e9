/** Analyses of open documents: made when first asked for, kept until the text changes. */
import * as vscode from 'vscode';
import type { CellText, Language, SourceAnalysis, SourceInput } from '../source/types';
import { codeReader } from './codeReader';
import type { SourceAnalyses } from './languageServices';
import { projectOf } from './projectOf';
import type { ValueStore } from './setValues';
import { SOURCE_LANGUAGES } from './sourceLanguages';

/** Long enough not to work on every keystroke, short enough to feel live. */
const changeDelay = 300;
const jupyter = 'jupyter-notebook';

/**
 * The first analysis in a window, or one on a busy machine, may not get through in its time; a later one does. It is given
 * a little more then, and is tried less and less often.
 */
const mostRetries = 20;
const longestDelay = 5000;
const budgetMs = { first: 30, later: 45 } as const;

interface Kept {
  readonly version: string;
  readonly analysis: SourceAnalysis;
  readonly retries: number;
  /** Paths of the files its code imports. */
  readonly imports: ReadonlySet<string>;
}

export class DocumentAnalyses implements SourceAnalyses, vscode.Disposable {
  private readonly kept = new Map<string, Kept>();
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable[] = [this.changed];
  readonly onDidChange = this.changed.event;

  constructor(private readonly values: ValueStore) {
    this.subscriptions.push(
      values.onDidChange((owner) => {
        this.kept.delete(owner.toString());
        this.changed.fire(owner);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (!SOURCE_LANGUAGES.has(document.languageId) || contentChanges.length === 0) return;
        this.announce(this.ownerOf(document));
        this.forgetImporters(document.uri);
      }),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges }) => {
        if (notebook.notebookType === jupyter && contentChanges.length > 0) this.announce(notebook.uri);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.kept.delete(document.uri.toString())),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => this.kept.delete(notebook.uri.toString()))
    );
  }

  analysisOf(document: vscode.TextDocument): SourceAnalysis | null {
    const language = SOURCE_LANGUAGES.get(document.languageId);
    if (language === undefined) return null;
    const notebook = notebookOf(document);
    if (notebook === null) return this.ofFile(document, language);
    return language === 'python' ? this.ofNotebook(notebook) : null;
  }

  async analysisAt(uri: vscode.Uri): Promise<SourceAnalysis | null> {
    if (uri.path.toLowerCase().endsWith('.ipynb')) {
      const open = vscode.workspace.notebookDocuments.find((other) => other.uri.toString() === uri.toString());
      return this.ofNotebook(open ?? (await vscode.workspace.openNotebookDocument(uri)));
    }
    return this.analysisOf(await vscode.workspace.openTextDocument(uri));
  }

  ownerOf(document: vscode.TextDocument): vscode.Uri {
    return notebookOf(document)?.uri ?? document.uri;
  }

  cellIndexOf(document: vscode.TextDocument): number | undefined {
    return notebookOf(document)
      ?.getCells()
      .find((cell) => cell.document === document)?.index;
  }

  dispose(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private ofFile(document: vscode.TextDocument, language: Language): SourceAnalysis {
    return this.analysis(document.uri, String(document.version), () => ({
      kind: 'file',
      text: document.getText(),
      language
    }));
  }

  private ofNotebook(notebook: vscode.NotebookDocument): SourceAnalysis {
    const code = notebook.getCells().filter((cell) => cell.kind === vscode.NotebookCellKind.Code);
    // A notebook's own version does not count edits within a cell in every VS Code; the cells' versions do.
    const version = code.map(
      (cell) => `${cell.document.uri.fragment}:${String(cell.index)}:${String(cell.document.version)}`
    );
    return this.analysis(notebook.uri, version.join(), () => ({
      kind: 'notebook',
      cells: code.map((cell): CellText => ({ index: cell.index, text: cell.document.getText() }))
    }));
  }

  private analysis(uri: vscode.Uri, version: string, input: () => SourceInput): SourceAnalysis {
    const key = uri.toString();
    const kept = this.kept.get(key);
    if (kept?.version === version) return kept.analysis;
    const retries = kept?.version === `${version}!` ? kept.retries + 1 : 0;
    const project = projectOf(uri);
    const analysis = codeReader().analyzeSource(input(), {
      budgetMs: retries === 0 ? budgetMs.first : budgetMs.later,
      // Asked for even where nothing is set: which names could be is known only then.
      set: this.values.literalsOf(uri),
      ...(project === null ? {} : { resolve: project.resolve })
    });
    this.kept.set(key, { version, analysis, retries, imports: project?.imports ?? new Set() });
    if (!analysis.complete && retries < mostRetries) this.retry(key, uri, version, retries);
    return analysis;
  }

  /** What a file defines changes for the files that import it. */
  private forgetImporters(changed: vscode.Uri): void {
    for (const [key, { imports }] of this.kept) {
      if (!imports.has(changed.path)) continue;
      this.kept.delete(key);
      this.announce(vscode.Uri.parse(key));
    }
  }

  /** Forgets an analysis that ran out of time and tells its users to ask again. */
  private retry(key: string, uri: vscode.Uri, version: string, retries: number): void {
    const delay = Math.min(longestDelay, changeDelay * 2 ** Math.max(0, retries - 3));
    setTimeout(() => {
      const kept = this.kept.get(key);
      if (kept?.version !== version) return;
      this.kept.set(key, { ...kept, version: `${version}!` });
      this.changed.fire(uri);
    }, delay);
  }

  private announce(uri: vscode.Uri): void {
    const key = uri.toString();
    clearTimeout(this.waiting.get(key));
    const timer = setTimeout(() => {
      this.waiting.delete(key);
      this.changed.fire(uri);
    }, changeDelay);
    this.waiting.set(key, timer);
  }
}

/** The Jupyter notebook a cell's document belongs to. */
function notebookOf(document: vscode.TextDocument): vscode.NotebookDocument | null {
  if (document.uri.scheme !== 'vscode-notebook-cell') return null;
  return (
    vscode.workspace.notebookDocuments.find(
      (notebook) => notebook.notebookType === jupyter && notebook.getCells().some((cell) => cell.document === document)
    ) ?? null
  );
}
