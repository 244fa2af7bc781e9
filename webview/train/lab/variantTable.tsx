/** The variants in numbers: mean and spread over the seeds, with the gap in accuracy and loss and the steps to the target. */
import type { ExperimentFindings, VariantSummary } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { formatExact, formatFixed, formatShare } from '../../shared/format';
import { points, shareWithSpread, withSpread } from './labWords';
import { hasBoth } from './statistics';

type Arrival = VariantSummary['stepsToTarget']['moving'];

export function VariantTable({ findings }: { readonly findings: ExperimentFindings }) {
  const { groups, summary } = findings;
  const target = formatShare(summary.plan.target);
  const both = groups.some(({ twins }) => twins.variants.some(hasBoth));
  return (
    <section aria-label={t('Variants in numbers')}>
      <h3>{t('Variants in numbers')}</h3>
      {groups.map(({ size, twins }) => (
        <div
          key={String(size)}
          class="numbers-scroll"
          tabIndex={0}
          role="group"
          aria-label={groups.length === 1 ? t('Variants in numbers') : sizeWords(size)}
        >
          <table class="facts lab-table">
            {groups.length > 1 && <caption>{sizeWords(size)}</caption>}
            <thead>
              <tr>
                <th scope="col">{t('Variant')}</th>
                <th scope="col">{t('Training')}</th>
                <th scope="col">{t('Validation')}</th>
                <th scope="col">{t('Gap, points')}</th>
                <th scope="col">{t('Validation loss')}</th>
                <th scope="col">{t('Gap in loss')}</th>
                {both && <th scope="col">{t('Steps to {0}, batch statistics', target)}</th>}
                <th scope="col">
                  {both ? t('Steps to {0}, moving statistics', target) : t('Steps to {0}, validation', target)}
                </th>
              </tr>
            </thead>
            <tbody>
              {twins.variants.map((one) => (
                <Row key={one.variant.id} of={one} both={both} />
              ))}
            </tbody>
          </table>
        </div>
      ))}
      <p class="quiet">{t('Mean ± standard deviation over the seeds; gap: training minus validation.')}</p>
    </section>
  );
}

export function sizeWords(size: number | null): string {
  return size === null ? t('all images') : t('{0} images', formatExact(size));
}

function Row({ of, both }: { readonly of: VariantSummary; readonly both: boolean }) {
  const { variant, curves, finalAccuracy, finalLoss, gapAccuracy, gapLoss, stepsToTarget, diverged } = of;
  return (
    <tr>
      <th scope="row">
        {variant.label}
        {diverged > 0 && <span class="quiet"> {t('({0} diverged)', diverged)}</span>}
      </th>
      <td>{shareWithSpread(curves.trainAccuracy.at(-1) ?? null)}</td>
      <td>{shareWithSpread(finalAccuracy)}</td>
      <td>{gapAccuracy === null ? '–' : `${points(gapAccuracy.mean)} ± ${points(gapAccuracy.spread)}`}</td>
      <td>{withSpread(finalLoss)}</td>
      <td>{withSpread(gapLoss)}</td>
      {both && <td>{arrivalWords(stepsToTarget.batch)}</td>}
      <td>{arrivalWords(stepsToTarget.moving)}</td>
    </tr>
  );
}

/** `192 ± 45`, `277 ± 37 (2 of 5 never)`, `never` */
function arrivalWords({ steps, arrived, of }: Arrival): string {
  if (of === 0) return '–';
  if (steps === null) return t('never');
  const mean = `${formatExact(Math.round(steps.mean))} ± ${formatFixed(steps.spread, 0)}`;
  return arrived === of ? mean : t('{0} ({1} of {2} never)', mean, of - arrived, of);
}
