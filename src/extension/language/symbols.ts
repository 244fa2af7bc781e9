/** Models and their layers as entries of the outline. */
import * as vscode from 'vscode';
import { exactCount, shortCount } from '../../core/format';
import { formatShape } from '../../core/shape';
import type { LayerRow } from '../../core/summary';
import type { SourceDefinition } from '../../source/types';
import type { SourceAnalyses } from '../languageServices';
import { editorRange } from './hover';
import { summaryOf } from './summaries';

export class ModelSymbols implements vscode.DocumentSymbolProvider {
  constructor(private readonly analyses: SourceAnalyses) {}

  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const cell = this.analyses.cellIndexOf(document);
    const definitions = this.analyses.analysisOf(document)?.definitions ?? [];
    return definitions.filter(({ range }) => range.cell === cell).map((definition) => modelSymbol(definition, cell));
  }
}

function modelSymbol(definition: SourceDefinition, cell: number | undefined): vscode.DocumentSymbol {
  const { layers, totals } = summaryOf(definition);
  const selection = editorRange(definition.range);
  const children = layerSymbols(layers, cell);
  // An entry holds its children; layers may be added far behind the constructor.
  const range = children.reduce((whole, child) => whole.union(child.range), selection);
  const detail = totals.params === null ? '' : vscode.l10n.t('{0} params', exactCount(totals.params));
  const symbol = new vscode.DocumentSymbol(definition.key, detail, vscode.SymbolKind.Class, range, selection);
  symbol.children = children;
  return symbol;
}

function layerSymbols(rows: readonly LayerRow[], cell: number | undefined): vscode.DocumentSymbol[] {
  return rows.flatMap((row) => {
    const { source, listed, outputShape, params, name } = row;
    if (!listed || source === null || source.cell !== cell) return [];
    const range = editorRange(source);
    const parts = [
      formatShape(outputShape),
      ...(params === null || params === 0 ? [] : [vscode.l10n.t('{0} params', shortCount(params))])
    ];
    return [new vscode.DocumentSymbol(name, parts.join(' · '), vscode.SymbolKind.Field, range, range)];
  });
}
