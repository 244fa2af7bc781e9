/** The output shape at the end of each layer's line, as an inlay hint. */
import * as vscode from 'vscode';
import type { SourceRange } from '../core/model';
import type { LayerRow } from '../core/summary';
import { formatShape } from '../core/shape';
import { MODEL_CODE } from './language/selector';
import { summaryOf } from './language/summaries';
import type { SourceAnalyses } from './languageServices';
import { configurationSection } from './names';

/** More shapes on one line (a loop, a helper) say less than none. */
const mostShapes = 3;

export interface LineHint {
  readonly line: number;
  readonly text: string;
}

/**
 * One hint for each line on which layers' constructors end, or operations of PyTorch's `forward`: of those inside each
 * other only the outermost, whose result the line is about. `cell` for notebooks.
 */
export function lineHints(rows: readonly LayerRow[], cell: number | undefined): readonly LineHint[] {
  const shapes = new Map<number, Set<string>>();
  const operations = rows.flatMap(({ listed, source, kind }) =>
    listed || source === null || kind === 'input' ? [] : [source]
  );
  for (const { listed, kind, source, outputShape } of rows) {
    if (source === null || source.cell !== cell || outputShape === null) continue;
    if (!listed && (kind === 'input' || operations.some((other) => isAround(other, source)))) continue;
    const onLine = shapes.get(source.endLine) ?? new Set();
    shapes.set(source.endLine, onLine.add(formatShape(outputShape)));
  }
  return [...shapes]
    .filter(([, texts]) => texts.size <= mostShapes)
    .map(([line, texts]) => ({ line, text: [...texts].join(' | ') }));
}

/** Whether one range holds the other and is larger, both on one line. */
function isAround(outer: SourceRange, inner: SourceRange): boolean {
  return (
    outer.startLine === inner.startLine &&
    outer.endLine === inner.endLine &&
    outer.startColumn <= inner.startColumn &&
    outer.endColumn >= inner.endColumn &&
    outer.endColumn - outer.startColumn > inner.endColumn - inner.startColumn
  );
}

export function registerShapeHints(analyses: SourceAnalyses): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const fire = () => {
    changed.fire();
  };
  const provider: vscode.InlayHintsProvider = {
    onDidChangeInlayHints: changed.event,
    provideInlayHints: (document, range) => {
      if (vscode.workspace.getConfiguration(configurationSection, document).get('hints') === false) return [];
      const definitions = analyses.analysisOf(document)?.definitions ?? [];
      const rows = definitions.flatMap((definition) => summaryOf(definition).layers);
      return lineHints(rows, analyses.cellIndexOf(document))
        .filter(({ line }) => line >= range.start.line && line <= range.end.line && line < document.lineCount)
        .map(({ line, text }) => {
          const hint = new vscode.InlayHint(document.lineAt(line).range.end, text);
          hint.paddingLeft = true;
          hint.tooltip = vscode.l10n.t('Output shape without the batch axis');
          return hint;
        });
    }
  };
  return vscode.Disposable.from(
    changed,
    analyses.onDidChange(fire),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${configurationSection}.hints`)) fire();
    }),
    vscode.languages.registerInlayHintsProvider(MODEL_CODE, provider)
  );
}
