/** Hover on a line that makes layers. */
import * as vscode from 'vscode';
import type { SourceRange } from '../../core/model';
import type { LanguageServices } from '../languageServices';
import { deadChannels, escapeMarkdown, hoverMarkdown, thumbnailMarkdown } from './hoverText';
import { problemAt, rowsAt, type RowsAtLine } from './summaries';

/** VS Code cuts longer Markdown off; the text itself needs little. */
const THUMBNAIL_BYTES = 60_000;

export class LayerHovers implements vscode.HoverProvider {
  constructor(private readonly services: LanguageServices) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken
  ): Promise<vscode.Hover | null> {
    const { analyses, commands } = this.services;
    const analysis = analyses.analysisOf(document);
    if (analysis === null) return null;
    const cell = analyses.cellIndexOf(document);
    const place = { line: position.line, column: position.character, cell };
    const [found] = rowsAt(analysis, place);
    const [row] = found?.rows ?? [];
    if (found === undefined || row === undefined) {
      const problem = problemAt(analysis, place);
      if (problem === null || problem.range === null) return null;
      const reason = vscode.l10n.t('ConvLens cannot follow this: {0}', escapeMarkdown(problem.message));
      const text = `${reason} · ${setValueLink(commands.setValue, analyses.ownerOf(document))}`;
      return new vscode.Hover(trusted(text, [commands.setValue]), editorRange(problem.range));
    }
    const owner = analyses.ownerOf(document);
    const glance =
      found.rows.length === 1
        ? await this.services.kernelGlance(owner, found.definition.key, row.id, THUMBNAIL_BYTES, token)
        : null;
    if (token.isCancellationRequested) return null;
    const text = [
      hoverMarkdown(found, '', vscode.l10n.t),
      ...(glance === null
        ? []
        : [deadChannels(glance, vscode.l10n.t), thumbnailMarkdown(glance.pictures, vscode.l10n.t)]),
      commandLinks(commands, owner, found)
    ];
    const markdown = trusted(text.filter((part) => part !== '').join('\n\n'), [
      commands.inspectDefinition,
      commands.setValue
    ]);
    return new vscode.Hover(markdown, editorRange(found.range));
  }
}

function trusted(text: string, enabledCommands: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString(text, true);
  markdown.isTrusted = { enabledCommands };
  return markdown;
}

function setValueLink(command: string, owner: vscode.Uri): string {
  return `[${vscode.l10n.t('Set value…')}](command:${command}?${encodeURIComponent(JSON.stringify([owner.toString()]))})`;
}

function commandLinks(commands: LanguageServices['commands'], owner: vscode.Uri, found: RowsAtLine): string {
  const [row] = found.rows;
  if (row === undefined) return '';
  const link = (title: string, view: string | null): string => {
    const given: (string | null)[] = [owner.toString(), found.definition.key, row.id];
    if (view !== null) given.push(view);
    return `[${title}](command:${commands.inspectDefinition}?${encodeURIComponent(JSON.stringify(given))})`;
  };
  const links = [link(vscode.l10n.t('Show in panel'), null)];
  const hasKernel = ['conv', 'depthwiseConv', 'separableConv', 'convTranspose', 'dense'].includes(row.kind);
  if (hasKernel) links.push(link(vscode.l10n.t('Show kernels'), 'kernels'));
  links.push(link(vscode.l10n.t('Show feature maps'), 'maps'));
  if (found.rows.some(isOpen)) links.push(setValueLink(commands.setValue, owner));
  return links.join(' · ');
}

export function editorRange(range: SourceRange): vscode.Range {
  return new vscode.Range(range.startLine, range.startColumn, range.endLine, range.endColumn);
}

/** Whether the code leaves something about the layer open that a value could settle. */
function isOpen({ outputShape, params }: RowsAtLine['rows'][number]): boolean {
  return params === null || outputShape === null || outputShape.slice(1).includes(null);
}
