/** Loss and metric over epochs, training beside validation, with the gap between them in both. */
import { useMemo } from 'preact/hooks';
import { dialectOfLoss } from '../../src/protocol/optimizerChoices';
import type { EpochReport, Scores } from '../../src/protocol/training';
import { Button } from '../controls';
import { t } from '../l10n';
import { formatFixed, formatShare, formatValue } from '../shared/format';
import { metricWords, showMetric, isShare } from './metricWords';
import { heldShare, type Reading } from './reading';
import type { ShownRun } from './shownRun';
import { CurveNames, TrainChart, type Bracket, type GrowingCurve } from './trainChart';
import { tryNext } from './trainState';

type Pick = (scores: Scores | null) => number | undefined;

function curvesOf(shown: ShownRun, pick: Pick, ofPoint: (at: number) => number | undefined): GrowingCurve[] {
  const { epochs, points } = shown;
  const over = (scores: (epoch: EpochReport) => Scores | null): (readonly [number, number])[] =>
    epochs.flatMap((epoch) => {
      const value = pick(scores(epoch));
      return value === undefined ? [] : [[epoch.epoch, value] as const];
    });
  const done = epochs.at(-1)?.epoch ?? 0;
  const between = points.flatMap(({ at }, index): (readonly [number, number])[] => {
    const value = ofPoint(index);
    // Each epoch's mean starts anew; its first steps say little and would only shake the line.
    return value === undefined || (at % 1 !== 0 && at % 1 < 0.1 && at > 1) ? [] : [[at, value]];
  });
  const onBatch = over((epoch) => epoch.validationOnBatch);
  return [
    { name: t('training, mean of the epoch so far'), colour: 'blue', thin: true, points: done > 40 ? [] : between },
    { name: t('training'), colour: 'blue', points: over((epoch) => epoch.train) },
    { name: t('validation'), colour: 'orange', points: over((epoch) => epoch.validation) },
    ...(onBatch.length === 0
      ? []
      : [{ name: t('validation, batch statistics'), colour: 'purple' as const, dashed: true, points: onBatch }])
  ];
}

const points = (share: number) => formatFixed(100 * Math.abs(share), 1);

export function Curves({ shown, reading }: { readonly shown: ShownRun; readonly reading: Reading | null }) {
  const { epochs, points: steps, metricNames, form } = shown;
  const name = metricNames[0];
  const loss = useMemo(
    () =>
      curvesOf(
        shown,
        (scores) => scores?.loss,
        (at) => steps[at]?.loss
      ),
    [epochs, steps]
  );
  const metric = useMemo(
    () =>
      curvesOf(
        shown,
        (scores) => scores?.metrics[0],
        (at) => steps[at]?.metrics[0]
      ),
    [epochs, steps]
  );
  const hasMetric = metric.some((curve) => curve.points.length > 0);
  const words = metricWords(name, 0);
  const at = reading?.epoch ?? 0;
  const lossBracket: Bracket | null =
    reading === null || reading.validationLoss === null
      ? null
      : {
          at,
          from: reading.trainLoss,
          to: reading.validationLoss,
          text: t('gap {0}', formatValue(Math.abs(reading.validationLoss - reading.trainLoss), 2))
        };
  const metricBracket: Bracket | null =
    reading === null || reading.train === null || reading.validation === null
      ? null
      : {
          at,
          from: reading.train,
          to: reading.validation,
          text: isShare(name)
            ? t('gap {0} points', points(reading.train - reading.validation))
            : t('gap {0}', formatValue(Math.abs(reading.train - reading.validation), 2))
        };
  return (
    <section class="train-curves" aria-label={t('Curves')}>
      <div class="chart-pair">
        <TrainChart
          curves={loss}
          across={t('epoch')}
          up={t('loss')}
          epochs={form.epochs}
          format={(value) => formatValue(value)}
          bracket={lossBracket}
          label={
            reading === null
              ? t('Loss: no epoch is done yet')
              : t(
                  'Loss after epoch {0}: training {1}, validation {2}',
                  reading.epoch,
                  formatValue(reading.trainLoss),
                  reading.validationLoss === null ? '?' : formatValue(reading.validationLoss)
                )
          }
        />
        {hasMetric && (
          <TrainChart
            curves={metric}
            across={t('epoch')}
            up={words}
            epochs={form.epochs}
            format={(value) => (isShare(name) ? `${formatFixed(100 * value, 0)} %` : formatValue(value))}
            bracket={metricBracket}
            label={
              reading === null || reading.train === null
                ? t('{0}: no epoch is done yet', words)
                : t(
                    '{0} after epoch {1}: training {2}, validation {3}',
                    words,
                    reading.epoch,
                    showMetric(name, reading.train),
                    reading.validation === null ? '?' : showMetric(name, reading.validation)
                  )
            }
          />
        )}
      </div>
      <CurveNames curves={loss} />
      {reading !== null && <GapTable shown={shown} reading={reading} />}
      <BatchNormWords shown={shown} reading={reading} />
    </section>
  );
}

function GapTable({ shown, reading }: { readonly shown: ShownRun; readonly reading: Reading }) {
  const name = shown.metricNames[0];
  return (
    <div class="numbers-scroll" tabIndex={0} role="group" aria-label={t('Scores of the last epoch')}>
      <table class="facts scores">
        <thead>
          <tr>
            <th scope="col">{t('after epoch {0}', reading.epoch)}</th>
            <th scope="col" class="right">
              {t('training')}
            </th>
            <th scope="col" class="right">
              {t('validation')}
            </th>
            <th scope="col" class="right">
              {t('gap')}
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('loss')}</th>
            <td class="right">{formatValue(reading.trainLoss)}</td>
            <td class="right">{reading.validationLoss === null ? '—' : formatValue(reading.validationLoss)}</td>
            <td class="right">{reading.lossGap === null ? '—' : signed(reading.lossGap)}</td>
          </tr>
          {reading.train !== null && (
            <tr>
              <th scope="row">{metricWords(name, 0)}</th>
              <td class="right">{showMetric(name, reading.train)}</td>
              <td class="right">{reading.validation === null ? '—' : showMetric(name, reading.validation)}</td>
              <td class="right">
                {reading.gap === null
                  ? '—'
                  : isShare(name)
                    ? t('{0} points', `${reading.gap < 0 ? '−' : '+'}${points(reading.gap)}`)
                    : signed(reading.gap)}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function signed(value: number): string {
  return value > 0 ? `+${formatValue(value)}` : formatValue(value);
}

/** Why validation with moving statistics and with those of each batch part, in numbers of this run. */
function BatchNormWords({ shown, reading }: { readonly shown: ShownRun; readonly reading: Reading | null }) {
  const last = shown.epochs.at(-1);
  if (last === undefined || last.validationOnBatch === null || reading === null) return null;
  const own = dialectOfLoss(shown.form.loss) === 'keras' ? 0.99 : 0.9;
  const momentum = shown.form.batchNormMomentum ?? own;
  const stepsAnEpoch =
    shown.step?.steps ?? (shown.form.examples === null ? null : Math.ceil(shown.form.examples / shown.form.batchSize));
  const steps = stepsAnEpoch === null ? null : stepsAnEpoch * last.epoch;
  return (
    <p class="note">
      {t(
        'Batch norm validates with its moving mean and variance; the dashed curve uses the statistics of each batch instead.'
      )}{' '}
      {steps === null
        ? t('After t steps the moving mean holds 1 − {0}ᵗ of the data.', momentum)
        : t(
            'After {0} steps the moving mean holds 1 − {1}^{0} = {2} of the data.',
            steps,
            momentum,
            formatShare(heldShare(momentum, steps))
          )}{' '}
      {shown.form.batchNormMomentum === null &&
        t('Here each layer keeps its own momentum; {0} is the framework’s default.', own)}{' '}
      {reading.kind === 'lagging' && (
        <>
          {t('That is why the two part: the weights are better than the solid curve says.')}{' '}
          <Button onClick={() => tryNext({ batchNormMomentum: 0.9 })}>{t('Try momentum 0.9')}</Button>
        </>
      )}
    </p>
  );
}
