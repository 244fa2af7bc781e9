/** An experiment as one HTML page that opens offline: plan, curves, table, claims with the rule that judges them. */
import { escape, reportStyle } from '../../../analyses/report/html';
import { inLanguage, language } from '../../../core/numbers';
import { t } from '../../../core/texts';
import type { MeanSpread } from '../../../training/lab/measures';
import type { Arrival, VariantSummary } from '../../../training/lab/twin';
import type { ExperimentFindings, JudgedClaim } from '../../../protocol/experiments';
import { COLOURS, curvesSvg, type Line } from './curvesSvg';
import type { ExperimentRecord } from './store';

type Group = ExperimentFindings['groups'][number];

export function experimentReport(record: ExperimentRecord, findings: ExperimentFindings): string {
  const { summary, sentence, groups, claims, notices } = findings;
  const title = `${record.model}: ${summary.title}`;
  return `<!DOCTYPE html>
<html lang="${escape(language())}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title><style>${reportStyle}${ownStyle}</style></head><body>
<header><h1>${escape(title)}</h1><p>${escape(sentence)}</p></header>
<section><h2>${escape(t('Plan'))}</h2>${planTable(record, findings)}</section>
${groups.map((group) => groupSection(record, group, groups.length > 1)).join('\n')}
${claims.length === 0 ? '' : `<section><h2>${escape(t('Claims'))}</h2>${claimTable(claims)}<p>${escape(rule())}</p></section>`}
<section><h2>${escape(t('To be known'))}</h2><ul>${notices.map((text) => `<li>${escape(text)}</li>`).join('')}</ul></section>
<footer>${escape(t('Made by ConvLens. The page holds everything it shows.'))}</footer></body></html>
`;
}

function planTable(
  { plan, data, engine, begun, trainImages }: ExperimentRecord,
  { summary }: ExperimentFindings
): string {
  const rate = plan.learningRate ?? plan.form.optimizerParameters['learningRate'];
  const rows: readonly (readonly [string, string])[] = [
    [t('Data'), data],
    [t('Training images'), plan.size === null ? String(trainImages) : String(plan.size)],
    [t('Seeds'), plan.seeds.join(', ')],
    [t('Epochs'), String(plan.epochs)],
    [t('Batch size'), String(plan.batchSize)],
    [
      t('Optimizer'),
      typeof rate === 'number' ? `${plan.form.optimizer}, ${inLanguage(String(rate))}` : plan.form.optimizer
    ],
    [t('Loss'), plan.form.loss],
    [t('Engine'), engine],
    [t('Begun'), begun],
    [t('Trained networks'), t('{0} of {1}', summary.finishedJobs, summary.jobs)]
  ];
  return `<table class="answer">${rows.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>`;
}

function groupSection({ trainImages }: ExperimentRecord, { size, twins }: Group, several: boolean): string {
  const heading = several ? t('{0} training images', size ?? trainImages) : t('Curves');
  const norms = twins.variants.some(({ results }) =>
    results.some(({ points }) => points.some(({ validationOnBatch }) => validationOnBatch !== null))
  );
  const lines = (value: (curves: VariantSummary['curves']) => Line['curve'], dashed: boolean, suffix: string): Line[] =>
    twins.variants.map(({ variant, curves }, i) => ({
      label: `${variant.label}${suffix}`,
      curve: value(curves),
      colour: COLOURS[i % COLOURS.length] ?? '#000',
      dashed
    }));
  const chart = (name: string, percent: boolean, own: readonly Line[]): string =>
    curvesSvg(name, t('steps'), own, { percent });
  const both = (train: Line[], validation: Line[]): Line[] => [...train, ...validation];
  const [onTrain, onValidation] = [`, ${t('training')}`, `, ${t('validation')}`];
  const charts = [
    chart(
      t('Accuracy on training and validation images, mean and spread over seeds'),
      true,
      both(
        lines((curves) => curves.trainAccuracy, true, onTrain),
        lines((curves) => curves.validationAccuracy, false, onValidation)
      )
    ),
    chart(
      t('Loss on training and validation images, mean and spread over seeds'),
      false,
      both(
        lines((curves) => curves.trainLoss, true, onTrain),
        lines((curves) => curves.validationLoss, false, onValidation)
      )
    ),
    norms
      ? chart(
          t('Validation accuracy with each batch’s own statistics'),
          true,
          lines((curves) => curves.batchAccuracy, false, '')
        )
      : ''
  ];
  return `<section><h2>${escape(heading)}</h2><div class="pictures">${charts.join('')}</div>${variantTable(twins.variants, twins.target, norms)}</section>`;
}

function variantTable(variants: readonly VariantSummary[], target: number, norms: boolean): string {
  const goal = Math.round(100 * target);
  const head = [
    t('Variant'),
    t('Validation accuracy'),
    t('Gap in accuracy'),
    t('Validation loss'),
    t('Gap in loss'),
    norms ? t('Steps to {0} %, moving statistics', goal) : t('Steps to {0} %', goal),
    ...(norms ? [t('Steps to {0} %, batch statistics', goal)] : [])
  ];
  const rows = variants.map(({ variant, finalAccuracy, gapAccuracy, finalLoss, gapLoss, stepsToTarget }) => {
    const cells = [
      percent(finalAccuracy),
      percent(gapAccuracy),
      decimal(finalLoss),
      decimal(gapLoss),
      arrival(stepsToTarget.moving),
      ...(norms ? [arrival(stepsToTarget.batch)] : [])
    ];
    return `<tr><th scope="row">${escape(variant.label)}</th>${cells.map((cell) => `<td class="n">${escape(cell)}</td>`).join('')}</tr>`;
  });
  return `<table><thead><tr>${head.map((name) => `<th>${escape(name)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const claimTable = (claims: readonly JudgedClaim[]): string =>
  `<table><thead><tr><th>${escape(t('Claim'))}</th><th>${escape(t('Verdict'))}</th><th>${escape(t('Seeds and spread'))}</th></tr></thead><tbody>${claims
    .map(
      ({ text, word, detail, judgement }) =>
        `<tr><th scope="row">${escape(text)}</th><td class="${judgement}">${escape(word)}</td><td>${escape(detail)}</td></tr>`
    )
    .join('')}</tbody></table>`;

function rule(): string {
  return t(
    'Each seed gives one difference between twins that differ in nothing else. A claim holds where at least four of five differences are as claimed and their mean exceeds their spread (the sample standard deviation) and what is worth naming. It does not hold where the opposite is so clear, or where mean and spread together are not worth naming. All else, and fewer than three seeds, is too noisy to say.'
  );
}

function percent(value: MeanSpread | null): string {
  return value === null
    ? '–'
    : inLanguage(`${(100 * value.mean).toFixed(1)} ± ${(100 * value.spread).toFixed(1)}`) + ' %';
}

function decimal(value: MeanSpread | null): string {
  return value === null ? '–' : inLanguage(`${value.mean.toFixed(3)} ± ${value.spread.toFixed(3)}`);
}

function arrival({ steps, arrived, of }: Arrival): string {
  if (of === 0) return '–';
  if (steps === null) return t('never');
  const mean = `${steps.mean.toFixed(0)} ± ${steps.spread.toFixed(0)}`;
  return arrived === of ? mean : t('{0} ({1} of {2} arrive)', mean, arrived, of);
}

const ownStyle = `
figure text{font:11px system-ui,sans-serif;fill:currentColor}.grid{stroke:#8884}
svg{max-width:100%;height:auto}.legend{display:flex;flex-wrap:wrap;gap:4px 14px;max-width:460px;font-size:.85em}
.holds{font-weight:600}.tooNoisy{color:#777}`;
