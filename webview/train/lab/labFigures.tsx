/** The curves of an experiment: laid over each other for a few variants, one chart each for many, over images for sizes. */
import { useState } from 'preact/hooks';
import type { ExperimentFindings, VariantSummary } from '../../../src/protocol/experiments';
import { Dropdown } from '../../controls';
import { t } from '../../l10n';
import { formatFixed, formatShare, formatValue } from '../../shared/format';
import { CurveNames, curveColours, TrainChart, type GrowingCurve } from '../trainChart';
import { Covered } from './covered';
import type { Guess } from './guess';
import { lossCeiling, lowestShare, stepsOf, variantCurves, type Quantity, type Running } from './labCurves';
import { SizeCharts } from './sizeCharts';
import { sizeWords } from './variantTable';

interface LabFiguresProps {
  readonly findings: ExperimentFindings;
  readonly running: Running | null;
  /** Nothing has begun: something else trains. */
  readonly waits: boolean;
  /** What was guessed and stays covered; empty: nothing. */
  readonly hidden: Guess;
  /** The number of images whose curves are shown, as a place in `groups`. */
  readonly index: number;
  readonly onIndex: (index: number) => void;
}

/** As many variants can be told apart in one chart. */
const laidOver = 3;

export function LabFigures({ findings, running, waits, hidden, index, onIndex }: LabFiguresProps) {
  const { groups, summary } = findings;
  const sized = groups.length > 1;
  const group = groups[index];
  if (waits && findings.results.length === 0) return null;
  if (group === undefined || (findings.results.length === 0 && running === null))
    return (
      <p class="empty">
        {t('The first training goes; its curve appears with its first look at the validation images.')}
      </p>
    );
  const { variants } = group.twins;
  const mine = running === null || (sized && running.size !== group.size) ? null : running;
  const covers = {
    accuracy: hidden.overfit !== undefined || hidden.first !== undefined || hidden.percent !== undefined,
    loss: hidden.overfit !== undefined
  };
  return (
    <section class="lab-figures" id="lab-figures" aria-label={t('Curves')}>
      {sized && <SizeCharts findings={findings} covers={covers} />}
      {sized && (
        <div class="tools">
          <Dropdown
            label={t('Number of images')}
            value={String(index)}
            choices={groups.map(({ size }, at) => ({ value: String(at), label: t('Curves: {0}', sizeWords(size)) }))}
            onChange={(next) => onIndex(Number(next))}
          />
        </div>
      )}
      {variants.length <= laidOver ? (
        <Overlaid variants={variants} running={mine} target={summary.plan.target} covers={covers} />
      ) : (
        <Multiples variants={variants} running={mine} target={summary.plan.target} covers={covers} />
      )}
    </section>
  );
}

/** Where nobody chose: the number of images that trains now, else the first. */
export function groupShown({ groups }: ExperimentFindings, running: Running | null, chosen: number | null): number {
  const going = running === null ? -1 : groups.findIndex(({ size }) => size === running.size);
  return chosen ?? Math.max(0, going);
}

interface Covers {
  readonly accuracy: boolean;
  readonly loss: boolean;
}

interface FigureProps {
  readonly variants: readonly VariantSummary[];
  readonly running: Running | null;
  readonly target: number;
  readonly covers: Covers;
}

const percent = (value: number) => `${formatFixed(100 * value, 0)} %`;

function Overlaid({ variants, running, target, covers }: FigureProps) {
  const steps = stepsOf(variants, running);
  const curves = (quantity: Quantity) =>
    variants.flatMap((variant, at) =>
      variantCurves(variant, quantity, running, {
        training: curveColours[at] ?? 'blue',
        validation: curveColours[at] ?? 'blue',
        batch: curveColours[at] ?? 'blue',
        prefix: variants.length > 1 ? `${variant.variant.label}: ` : ''
      })
    );
  const [accuracy, loss] = [curves('accuracy'), curves('loss')];
  return (
    <>
      <div class="chart-pair">
        {covers.accuracy ? (
          <Covered what={t('Accuracy')} />
        ) : (
          <TrainChart
            curves={[...accuracy, targetLine(target, steps)]}
            up={t('accuracy')}
            across={t('step')}
            epochs={steps}
            format={percent}
            label={chartWords(variants, 'accuracy')}
            bracket={null}
            range={[lowestShare(variants), 1]}
            height={230}
          />
        )}
        {covers.loss ? (
          <Covered what={t('Loss')} />
        ) : (
          <TrainChart
            curves={loss}
            up={t('loss')}
            across={t('step')}
            epochs={steps}
            format={(value) => formatValue(value)}
            label={chartWords(variants, 'loss')}
            bracket={null}
            range={[0, lossCeiling(variants)]}
            height={230}
          />
        )}
      </div>
      {!(covers.accuracy && covers.loss) && (
        <>
          <CurveNames curves={accuracy} />
          <p class="quiet">
            {t(
              'Bands: one standard deviation over the seeds; thin: the training under way; dotted across: {0}.',
              formatShare(target)
            )}
          </p>
        </>
      )}
    </>
  );
}

/** One small chart a variant, all on one scale. */
function Multiples({ variants, running, target, covers }: FigureProps) {
  const [quantity, setQuantity] = useState<Quantity>('accuracy');
  const steps = stepsOf(variants, running);
  const colours = { training: 'blue', validation: 'orange', batch: 'purple', prefix: '' } as const;
  const names = variants.map((variant) => variantCurves(variant, quantity, null, colours));
  const most = names.reduce<readonly GrowingCurve[]>((a, b) => (b.length > a.length ? b : a), []);
  const top = lossCeiling(variants);
  const low = lowestShare(variants);
  return (
    <>
      <div class="switch" role="group" aria-label={t('What the charts show')}>
        {(['accuracy', 'loss'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === quantity} onClick={() => setQuantity(one)}>
            {one === 'accuracy' ? t('Accuracy') : t('Loss')}
          </button>
        ))}
      </div>
      {covers[quantity] ? (
        <Covered what={quantity === 'accuracy' ? t('Accuracy') : t('Loss')} />
      ) : (
        <>
          <CurveNames curves={most} />
          <div class="lab-multiples">
            {variants.map((variant) => (
              <figure key={variant.variant.id}>
                <figcaption>{variant.variant.label}</figcaption>
                <TrainChart
                  curves={[
                    ...variantCurves(variant, quantity, running, colours),
                    ...(quantity === 'accuracy' ? [targetLine(target, steps)] : [])
                  ]}
                  up=""
                  across=""
                  epochs={steps}
                  format={quantity === 'accuracy' ? percent : (value) => formatValue(value)}
                  label={chartWords([variant], quantity)}
                  bracket={null}
                  range={quantity === 'accuracy' ? [low, 1] : [0, top]}
                  height={130}
                />
              </figure>
            ))}
          </div>
          <p class="quiet">
            {t(
              'All charts have one scale, steps from left to right. Bands: one standard deviation over the seeds; dotted across: {0}.',
              formatShare(target)
            )}
          </p>
        </>
      )}
    </>
  );
}

function targetLine(target: number, steps: number): GrowingCurve {
  return {
    name: t('target'),
    colour: 'foreground',
    dotted: true,
    thin: true,
    points: [
      [0, target],
      [steps, target]
    ]
  };
}

/** The ends of the curves, for a screen reader. */
function chartWords(variants: readonly VariantSummary[], quantity: Quantity): string {
  const ends = variants.map(({ variant, curves }) => {
    const [train, validation] =
      quantity === 'accuracy'
        ? [curves.trainAccuracy.at(-1), curves.validationAccuracy.at(-1)]
        : [curves.trainLoss.at(-1), curves.validationLoss.at(-1)];
    if (validation === undefined) return t('{0}: no training is done yet', variant.label);
    const show = (value: number) => (quantity === 'accuracy' ? formatShare(value) : formatValue(value));
    return t(
      '{0} after {1} steps: training {2}, validation {3}',
      variant.label,
      validation.step,
      train === undefined ? '?' : show(train.mean),
      show(validation.mean)
    );
  });
  return `${quantity === 'accuracy' ? t('Accuracy') : t('Loss')}. ${ends.join('; ')}`;
}
