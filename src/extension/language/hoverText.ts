/** The hover on a layer as Markdown, without VS Code: `t` translates, links and pictures are handed in. */
import { exactCount, percent, shortBytes, shortCount } from '../../core/format';
import type { LayerKind } from '../../core/layerKind';
import type { Graph, Model } from '../../core/model';
import { formatShape } from '../../core/shape';
import { dataFormatOf, shapeWords } from '../../core/shapeWords';
import { kindWords } from '../../core/words';
import type { KernelGlance } from '../languageServices';
import type { LayerRow } from '../../core/summary';
import { parameterArithmetic } from './parameterWords';
import type { RowsAtLine } from './summaries';

export type Translate = (message: string, ...values: (string | number)[]) => string;

/** Rows of one table; a loop may make hundreds of layers on one line. */
const MOST_ROWS = 12;

/** @param links Markdown of the command links for the first layer */
export function hoverMarkdown(found: RowsAtLine, links: string, t: Translate): string {
  const [first] = found.rows;
  if (first === undefined) return '';
  const parts =
    found.rows.length === 1 && !found.throughHelper
      ? oneLayer(first, found.definition.model, t)
      : severalLayers(found, t);
  return [...parts, links].filter((part) => part !== '').join('\n\n');
}

/** Pictures of kernels in one paragraph. */
export function thumbnailMarkdown(uris: readonly string[], t: Translate): string {
  if (uris.length === 0) return '';
  return uris.map((uri, i) => `![${escapeMarkdown(t('kernel {0}', i))}](${uri})`).join(' ');
}

/** How many filters hardly do anything, in the weights that the panel holds. */
export function deadChannels({ filters, nearDead }: Pick<KernelGlance, 'filters' | 'nearDead'>, t: Translate): string {
  if (filters === 0) return '';
  if (nearDead === 0) return t('Dead channels: none of {0}', filters);
  return t(
    'Dead channels: {0} of {1} ({2}; norm at most 1 % of the median)',
    nearDead,
    filters,
    percent(nearDead / filters)
  );
}

function oneLayer(row: LayerRow, model: Model, t: Translate): string[] {
  const kind = kindOf(model.root, row.id);
  const input = row.inputShapes[0] ?? null;
  const lines: string[] = [];
  const known = row.params === null ? null : `${exactCount(row.params)}`;
  const arithmetic = kind === null ? null : parameterArithmetic(kind, input, row.params);
  lines.push(line(t('Parameters'), arithmetic ?? known ?? '?'));
  lines.push(line(t('Multiply-adds'), exactCount(row.macs)));
  lines.push(line(t('Memory'), shortBytes(row.activationBytes)));
  const field = row.receptiveField === null ? (row.receptiveFieldNote ?? '?') : `${row.receptiveField.join(' × ')} px`;
  const stride = row.effectiveStride === null ? '' : t(', one step is {0} px', row.effectiveStride.join(' × '));
  lines.push(line(t('Receptive field'), field + (row.receptiveField === null ? '' : stride)));
  const title = `**${escapeMarkdown(row.title)}** · \`${row.name.replace(/`/g, "'")}\``;
  const inputs = row.inputShapes.length === 0 ? '' : `${row.inputShapes.map(formatShape).join(', ')} → `;
  const words = kind === null || kind.kind === 'opaque' ? '' : escapeMarkdown(kindWords(kind));
  const shared = row.calls > 1 ? `$(link) ${t('Shared: used {0} times with the same weights.', row.calls)}` : '';
  const out = row.outputShape === null ? '' : ` (${shapeWords(row.outputShape, dataFormatOf(model))})`;
  const note = row.note === null ? '' : `$(info) ${escapeMarkdown(row.note)}`;
  return [title, words, inputs + formatShape(row.outputShape) + out, shared, lines.join('  \n'), note];
}

function severalLayers(found: RowsAtLine, t: Translate): string[] {
  const { rows } = found;
  const known = rows.every((row) => row.params !== null);
  const total = known ? rows.reduce((sum, row) => sum + (row.params ?? 0), 0) : null;
  const head = `**${t('{0} layers, {1} parameters', rows.length, exactCount(total))}**`;
  const table = [
    `| ${t('Layer')} | ${t('Kind')} | ${t('Output')} | ${t('Parameters')} | ${t('MACs')} |`,
    '| :-- | :-- | --: | --: | --: |',
    ...rows
      .slice(0, MOST_ROWS)
      .map(
        (row) =>
          `| ${cell(row.name)} | ${cell(row.title)} | ${formatShape(row.outputShape)} | ${exactCount(row.params)} | ${shortCount(row.macs)} |`
      )
  ].join('\n');
  const more = rows.length > MOST_ROWS ? t('and {0} more', rows.length - MOST_ROWS) : '';
  return [head, table, more];
}

function line(label: string, value: string): string {
  return `${label}: ${escapeMarkdown(value)}`;
}

/** The kind of a layer anywhere in the model. */
function kindOf(graph: Graph, id: string): LayerKind | null {
  const own = graph.layers.get(id);
  if (own !== undefined) return own.kind;
  for (const layer of graph.layers.values()) {
    const inner = layer.kind.kind === 'model' ? kindOf(layer.kind.graph, id) : null;
    if (inner !== null) return inner;
  }
  return null;
}

function cell(text: string): string {
  return escapeMarkdown(text).replace(/\|/g, '\\|');
}

/** Names come from the document: nothing in them may become Markdown, HTML or a link. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#!$~]/g, '\\$&').replace(/[\r\n]+/g, ' ');
}
