/** Accuracy and loss at the end against the number of training images, one line a variant, on a logarithmic axis. */
import { useMemo } from 'preact/hooks';
import type { ExperimentFindings, MeanSpread, VariantSummary } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { formatExact, formatFixed, formatShare, formatValue } from '../../shared/format';
import { CurveNames, curveColours, TrainChart, type GrowingCurve } from '../trainChart';
import { Covered } from './covered';

interface SizeChartsProps {
  readonly findings: ExperimentFindings;
  readonly covers: { readonly accuracy: boolean; readonly loss: boolean };
}

export function SizeCharts({ findings, covers }: SizeChartsProps) {
  const places = useMemo(() => placesOf(findings), [findings]);
  const accuracy = useMemo(() => linesOf(findings, places, ({ finalAccuracy }) => finalAccuracy), [findings, places]);
  const loss = useMemo(() => linesOf(findings, places, ({ finalLoss }) => finalLoss), [findings, places]);
  const ticks = places.map(({ at, size }) => ({ at, text: size === null ? t('all') : formatExact(size) }));
  const last = Math.max(...places.map(({ at }) => at));
  return (
    <>
      <div class="chart-pair">
        {covers.accuracy ? (
          <Covered what={t('Accuracy')} />
        ) : (
          <TrainChart
            curves={accuracy}
            up={t('validation accuracy')}
            across={t('training images')}
            epochs={last}
            logTicks={ticks}
            format={(value) => `${formatFixed(100 * value, 0)} %`}
            label={words(t('Validation accuracy'), accuracy, formatShare)}
            bracket={null}
            height={230}
          />
        )}
        {covers.loss ? (
          <Covered what={t('Loss')} />
        ) : (
          <TrainChart
            curves={loss}
            up={t('validation loss')}
            across={t('training images')}
            epochs={last}
            logTicks={ticks}
            format={(value) => formatValue(value)}
            label={words(t('Validation loss'), loss, (value) => formatValue(value))}
            bracket={null}
            height={230}
          />
        )}
      </div>
      <CurveNames curves={accuracy} />
    </>
  );
}

interface Place {
  readonly size: number | null;
  readonly at: number;
}

/** "All" stands where its number of steps says it does: steps of an epoch times the batch. */
function placesOf({ groups, results }: ExperimentFindings): readonly Place[] {
  const numbered = groups.flatMap(({ size }) => size ?? []);
  const whole = results.find(({ job, points }) => job.size === null && points.length > 0);
  const end = whole?.points.at(-1);
  const all =
    whole === undefined || end === undefined || end.epoch === 0
      ? 2 * Math.max(1, ...numbered)
      : Math.round(end.step / end.epoch) * whole.job.batchSize;
  return groups.map(({ size }) => ({ size, at: size ?? all }));
}

function linesOf(
  { groups }: ExperimentFindings,
  places: readonly Place[],
  value: (variant: VariantSummary) => MeanSpread | null
): GrowingCurve[] {
  const variants = groups[0]?.twins.variants.map(({ variant }) => variant) ?? [];
  return variants.map(({ id, label }, index) => {
    const found = groups.flatMap(({ size, twins }) => {
      const summary = twins.variants.find(({ variant }) => variant.id === id);
      const place = places.find((one) => one.size === size);
      const one = summary === undefined ? null : value(summary);
      return place === undefined || one === null ? [] : [{ at: place.at, ...one }];
    });
    return {
      name: label,
      colour: curveColours[index % curveColours.length] ?? 'blue',
      points: found.map(({ at, mean }) => [at, mean] as const),
      band: found.map(({ at, mean, spread }) => [at, mean - spread, mean + spread] as const)
    };
  });
}

function words(title: string, lines: readonly GrowingCurve[], show: (value: number) => string): string {
  const each = lines.map(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined
      ? t('{0}: no training is done yet', name)
      : t('{0}: {1} with {2} images, {3} with {4}', name, show(first[1]), first[0], show(last[1]), last[0]);
  });
  return `${title}. ${each.join('; ')}`;
}
