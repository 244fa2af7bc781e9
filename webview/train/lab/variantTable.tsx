/** The variants in numbers: mean and spread over the seeds, with the gap in accuracy and loss and the steps to the target. */
import type { ComponentChildren } from 'preact';
import type { ExperimentFindings, MeanSpread, VariantSummary } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { formatExact, formatFixed, formatShare } from '../../shared/format';
import { points } from './labWords';
import { hasBoth } from './statistics';

type Arrival = VariantSummary['stepsToTarget']['moving'];

/** So many variants stand side by side; more stand below each other. */
const sideBySide = 3;

interface Measure {
  readonly name: string;
  readonly of: (variant: VariantSummary) => ComponentChildren;
}

interface VariantTableProps {
  readonly findings: ExperimentFindings;
  readonly group: ExperimentFindings['groups'][number];
}

export function VariantTable({ findings, group }: VariantTableProps) {
  const { variants } = group.twins;
  const measures = measuresOf(formatShare(findings.summary.plan.target), variants.some(hasBoth));
  const title =
    findings.groups.length === 1 ? t('Variants in numbers') : t('Variants in numbers: {0}', sizeWords(group.size));
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <div class="numbers-scroll lab-scroll" tabIndex={0} role="group" aria-label={title}>
        {variants.length <= sideBySide ? (
          <MeasuresBelow variants={variants} measures={measures} />
        ) : (
          <VariantsBelow variants={variants} measures={measures} />
        )}
      </div>
      <p class="quiet">{t('Mean ± standard deviation over the seeds; gap: training minus validation.')}</p>
    </section>
  );
}

interface TableProps {
  readonly variants: readonly VariantSummary[];
  readonly measures: readonly Measure[];
}

function MeasuresBelow({ variants, measures }: TableProps) {
  return (
    <table class="facts lab-table">
      <thead>
        <tr>
          <td />
          {variants.map(({ variant, diverged }) => (
            <th key={variant.id} scope="col">
              {variant.label}
              <Diverged count={diverged} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {measures.map(({ name, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {variants.map((one) => (
              <td key={one.variant.id}>{of(one)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function VariantsBelow({ variants, measures }: TableProps) {
  return (
    <table class="facts lab-table lab-wide">
      <thead>
        <tr>
          <th scope="col">{t('Variant')}</th>
          {measures.map(({ name }) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {variants.map((one) => (
          <tr key={one.variant.id}>
            <th scope="row">
              {one.variant.label}
              <Diverged count={one.diverged} />
            </th>
            {measures.map(({ name, of }) => (
              <td key={name}>{of(one)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Diverged({ count }: { readonly count: number }) {
  return count === 0 ? null : <span class="quiet"> {t('({0} diverged)', count)}</span>;
}

/** Steps are told for the curve they are read from; without batch norm there is but one. */
function measuresOf(target: string, both: boolean): readonly Measure[] {
  const share = (value: number) => formatShare(value);
  const loss = (value: number) => formatFixed(value, 3).replace('-', '−');
  const moving: Measure = {
    name: both ? t('Steps to {0}, moving statistics', target) : t('Steps to {0}, validation', target),
    of: ({ stepsToTarget }) => arrived(stepsToTarget.moving)
  };
  return [
    { name: t('Training'), of: ({ curves }) => spread(curves.trainAccuracy.at(-1) ?? null, share, points) },
    { name: t('Validation'), of: ({ finalAccuracy }) => spread(finalAccuracy, share, points) },
    { name: t('Gap, points'), of: ({ gapAccuracy }) => spread(gapAccuracy, points, points) },
    { name: t('Validation loss'), of: ({ finalLoss }) => spread(finalLoss, loss, loss) },
    { name: t('Gap in loss'), of: ({ gapLoss }) => spread(gapLoss, loss, loss) },
    ...(both
      ? [
          {
            name: t('Steps to {0}, batch statistics', target),
            of: ({ stepsToTarget }: VariantSummary) => arrived(stepsToTarget.batch)
          }
        ]
      : []),
    moving
  ];
}

export function sizeWords(size: number | null): string {
  return size === null ? t('all images') : t('{0} images', formatExact(size));
}

function spread(
  value: MeanSpread | null,
  mean: (value: number) => string,
  deviation: (value: number) => string
): ComponentChildren {
  if (value === null) return '–';
  return (
    <>
      {mean(value.mean)} {value.count > 1 && <span class="lab-spread">± {deviation(value.spread)}</span>}
    </>
  );
}

/** `192 ± 45`, `277 ± 37 (2 of 5 never)`, `never` */
function arrived({ steps, arrived: count, of }: Arrival): ComponentChildren {
  if (of === 0) return '–';
  if (steps === null) return t('never');
  return (
    <>
      {spread(
        steps,
        (value) => formatExact(Math.round(value)),
        (value) => formatFixed(value, 0)
      )}
      {count < of && <span class="lab-spread"> {t('({0} of {1} never)', of - count, of)}</span>}
    </>
  );
}
