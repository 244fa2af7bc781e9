/** The layer table as a person reads it in a terminal. */
import { exactCount, shortBytes, shortCount } from '../core/format';
import { formatShape } from '../core/shape';
import type { LayerRow, ModelSummary } from '../core/summary';

const headings = ['layer', 'kind', 'output', 'params', 'MACs', 'receptive field'] as const;

export function summaryText(summary: ModelSummary): string {
  const rows = tableRows(summary.layers, '');
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length))
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 3 || column === 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
      )
      .join('  ')
      .trimEnd();
  const { totals } = summary;
  const ports = (list: ModelSummary['inputs']): string => list.map((port) => formatShape(port.shape)).join(' + ');
  return [
    `${summary.name}  ${ports(summary.inputs)} -> ${ports(summary.outputs)}  (${summary.format}, topology ${summary.topology})`,
    '',
    line(headings),
    ...rows.map(line),
    '',
    `parameters ${exactCount(totals.params)} (trainable ${exactCount(totals.trainableParams)}, not trainable ${exactCount(totals.nonTrainableParams)})` +
      (totals.buffers > 0 ? `, buffers ${exactCount(totals.buffers)}` : ''),
    `MACs ${shortCount(totals.macs)}, activations ${shortBytes(totals.bytes)} for a batch of one in float32`,
    ...fileLine(summary),
    ...fitLines(summary),
    ...summary.notices.filter(({ code }) => code !== 'weights-joined').map((notice) => `note: ${notice.message}`),
    ...summary.diagnostics.map((found) => `${found.severity}: ${found.message}`)
  ].join('\n');
}

function fileLine({ fileBytes }: ModelSummary): string[] {
  if (fileBytes === null) return [];
  const { weights, optimizer, other } = fileBytes;
  const total = weights + optimizer + other;
  return [
    `file ${shortBytes(total)}: weights ${shortBytes(weights)}, optimizer state ${shortBytes(optimizer)}, other ${shortBytes(other)}`
  ];
}

/** What of a joined file fits, and each layer that does not; the warnings say why. */
function fitLines({ weightsFit }: ModelSummary): string[] {
  if (weightsFit === null) return [];
  const extra = weightsFit.rows.filter(({ status }) => status === 'extra').map(({ fileLayer }) => fileLayer ?? '?');
  return [`weights: ${weightsFit.verdict}`, ...(extra.length === 0 ? [] : [`not used: ${extra.join(', ')}`])];
}

function tableRows(layers: readonly LayerRow[], indent: string): string[][] {
  return layers
    .filter((row) => row.listed)
    .flatMap((row) => [
      [
        indent + row.name,
        row.title,
        formatShape(row.outputShape),
        exactCount(row.params),
        shortCount(row.macs),
        row.receptiveField === null ? (row.receptiveFieldNote ?? '?') : row.receptiveField.join(' × ')
      ],
      ...(row.layers === null ? [] : tableRows(row.layers, `${indent}  `))
    ]);
}
