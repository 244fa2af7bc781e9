/** A model as one HTML page that opens offline: no script, no address outside the page. */
import { inLanguage, language } from '../../core/numbers';
import { formatShape } from '../../core/shape';
import type { LayerRow, ModelSummary } from '../../core/summary';
import { t } from '../../core/texts';

export interface ReportPicture {
  /** A data address. */
  readonly source: string;
  readonly caption: string;
}

export interface ReportLayer {
  readonly row: LayerRow;
  readonly pictures: readonly ReportPicture[];
  /** What the layer does to this input, in sentences. */
  readonly sentences: readonly string[];
}

export interface Report {
  readonly title: string;
  readonly summary: ModelSummary;
  readonly weights: string;
  readonly input: { readonly picture: ReportPicture; readonly note: string } | null;
  readonly answers: readonly { readonly name: string; readonly value: number }[];
  readonly findings: readonly string[];
  readonly layers: readonly ReportLayer[];
  /** How many layers there are, those without pictures included. */
  readonly layersInAll: number;
  readonly made: string;
}

export function reportHtml(report: Report): string {
  const { summary } = report;
  const totals = summary.totals;
  return `<!DOCTYPE html>
<html lang="${escape(language())}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escape(report.title)}</title><style>${reportStyle}</style></head><body>
<header><h1>${escape(report.title)}</h1>
<p>${escape(summary.inputs.map(({ shape }) => formatShape(shape)).join(', '))} → ${escape(summary.outputs.map(({ shape }) => formatShape(shape)).join(', '))} · ${escape(t('{0} parameters', count(totals.params)))} · ${escape(t('{0} multiply-adds', count(totals.macs)))} · ${escape(report.weights)}</p></header>
${answers(report)}
${report.findings.length === 0 ? '' : `<section><h2>${escape(t('What stands out'))}</h2><ul>${report.findings.map((text) => `<li>${escape(text)}</li>`).join('')}</ul></section>`}
<section><h2>${escape(t('Layers'))}</h2><table><thead><tr><th>${escape(t('Layer'))}</th><th>${escape(t('Kind'))}</th><th>${escape(t('Output'))}</th><th>${escape(t('Parameters'))}</th><th>${escape(t('Multiply-adds'))}</th><th>${escape(t('Receptive field'))}</th></tr></thead><tbody>
${rows(summary.layers, 0)}
</tbody></table></section>
${report.layers.length < report.layersInAll ? `<p>Below: the first ${String(report.layers.length)} of ${String(report.layersInAll)} layers, so that the page stays small.</p>` : ''}
${report.layers.map(layer).join('\n')}
<footer>${escape(report.made)}</footer></body></html>
`;
}

function answers({ input, answers: values }: Report): string {
  if (input === null && values.length === 0) return '';
  const largest = Math.max(1e-12, ...values.map(({ value }) => Math.abs(value)));
  const bars = values.map(
    ({ name, value }) =>
      `<tr><th scope="row">${escape(name)}</th><td><span class="bar" style="width:${String(Math.round((160 * Math.abs(value)) / largest))}px"></span></td><td class="n">${number(value)}</td></tr>`
  );
  return `<section><h2>${escape(t('One input and its answer'))}</h2>${input === null ? '' : figure(input.picture)}${input === null ? '' : `<p>${escape(input.note)}</p>`}<table class="answer">${bars.join('')}</table></section>`;
}

function rows(layers: readonly LayerRow[], depth: number): string {
  return layers
    .map((row) => {
      const field = row.receptiveField === null ? '?' : row.receptiveField.map((size) => size ?? '?').join(' × ');
      const own = `<tr><th scope="row" style="padding-left:${String(8 + 16 * depth)}px">${escape(row.name)}</th><td>${escape(row.title)}</td><td>${escape(formatShape(row.outputShape))}</td><td class="n">${count(row.params)}</td><td class="n">${count(row.macs)}</td><td class="n">${escape(field)}</td></tr>`;
      return own + (row.layers === null ? '' : rows(row.layers, depth + 1));
    })
    .join('\n');
}

function layer({ row, pictures, sentences }: ReportLayer): string {
  return `<section><h2>${escape(row.name)}</h2><p>${escape(row.title)}, ${escape(formatShape(row.outputShape))}</p>${sentences.map((text) => `<p>${escape(text)}</p>`).join('')}<div class="pictures">${pictures.map(figure).join('')}</div></section>`;
}

function figure({ source, caption }: ReportPicture): string {
  return `<figure><img alt="${escape(caption)}" src="${escape(source)}"><figcaption>${escape(caption)}</figcaption></figure>`;
}

function count(value: number | null): string {
  return value === null ? '?' : inLanguage(value.toLocaleString('en-US'));
}

function number(value: number): string {
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5
    ? inLanguage(value.toFixed(4))
    : inLanguage(value.toExponential(3));
}

export function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Of every page that is saved as one file. */
export const reportStyle = `
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px}
h1{font-size:1.6em;margin:0}h2{font-size:1.15em;margin:28px 0 6px;border-bottom:1px solid #8886}
table{border-collapse:collapse;width:100%}th,td{padding:3px 8px;text-align:left;border-bottom:1px solid #8883;font-weight:normal}
thead th{font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}.answer{width:auto}
.bar{display:inline-block;height:10px;background:#3a86d6}
.pictures{display:flex;flex-wrap:wrap;gap:16px}figure{margin:8px 0}img{max-width:100%;image-rendering:pixelated;background:#fff}
figcaption,footer{color:#777;font-size:.9em}footer{margin:32px 0}`;
