/** What an experiment found in a sentence or two, for the eye that reads nothing else. */
import { t } from '../../../core/texts';
import { WORTH, type Comparison, type VariantSummary } from '../../../training/lab/twin';
import { amount, type Verdict } from '../../../training/lab/verdict';
import { twinComparison } from './claims';
import type { Group } from './groups';
import type { ExperimentRecord } from './store';

/** A gap of so much is overfitting; a training accuracy below is underfitting, where the gap is small. */
const wideGap = 0.05;
const lowAccuracy = 0.8;

export function sentenceOf(record: ExperimentRecord, groups: readonly Group[]): string {
  const { what } = record.plan;
  const [first] = groups;
  if (first === undefined || groups.every(({ results }) => results.length === 0)) {
    return t('No network has been trained to its end yet.');
  }
  if (what.kind === 'twin') {
    const { subject, comparison } = twinComparison(record, first);
    return comparison === null ? t('No network has been trained to its end yet.') : twinSentence(subject, comparison);
  }
  switch (what.lab) {
    case 'regularisation':
      return [fitSentence(first.twins.variants[0]), bestSentence(first)].filter((one) => one !== '').join(' ');
    case 'initialScale':
      return scaleSentence(first);
    case 'smallData':
      return sizesSentence(record, groups);
    case 'randomLabels':
      return heartSentence(record, first);
    case 'underfitting':
      return heavySentence(first);
  }
}

const percent = (value: number): number => Number((100 * value).toFixed(1));

type Direction = 'up' | 'down' | 'same' | 'noisy';

function directionOf({ judgement, mean, spread }: Verdict, worth: number): Direction {
  if (judgement === 'holds') return 'up';
  if (judgement === 'tooNoisy') return 'noisy';
  return Math.abs(mean) + spread < worth ? 'same' : 'down';
}

function twinSentence(subject: string, comparison: Comparison): string {
  return `${gapSentence(subject, comparison)} ${accuracySentence(comparison.raisesAccuracy)}`;
}

/** By the loss, which tells a gap before the accuracy does; both numbers are named. */
function gapSentence(subject: string, { narrowsGapAccuracy, narrowsGapLoss }: Comparison): string {
  const loss = directionOf(narrowsGapLoss, WORTH.loss);
  const accuracy = directionOf(narrowsGapAccuracy, WORTH.accuracy);
  const points = amount(Math.abs(narrowsGapAccuracy.mean), 'points');
  const nats = amount(Math.abs(narrowsGapLoss.mean), 'loss');
  if (loss === 'up' && accuracy === 'up')
    return t('{0} narrows the gap between training and validation, by {1} and {2} on average.', subject, points, nats);
  if (loss === 'down' && accuracy === 'down')
    return t('{0} widens the gap between training and validation, by {1} and {2} on average.', subject, points, nats);
  if (loss === 'up') return t('{0} narrows the gap between training and validation by {1}.', subject, nats);
  if (accuracy === 'up') return t('{0} narrows the gap between training and validation by {1}.', subject, points);
  if (loss === 'down') return t('{0} widens the gap between training and validation by {1}.', subject, nats);
  if (accuracy === 'down') return t('{0} widens the gap between training and validation by {1}.', subject, points);
  if (loss === 'same' || accuracy === 'same')
    return t('{0} leaves the gap between training and validation as it is.', subject);
  return t('Whether {0} narrows the gap between training and validation is too noisy to say.', subject);
}

function accuracySentence(verdict: Verdict): string {
  const by = amount(Math.abs(verdict.mean), 'points');
  switch (directionOf(verdict, WORTH.accuracy)) {
    case 'up':
      return t('The validation accuracy ends higher, by {0}.', by);
    case 'down':
      return t('The validation accuracy ends lower, by {0}.', by);
    case 'same':
      return t('The validation accuracy ends the same.');
    case 'noisy':
      return t('For the validation accuracy it is too noisy to say.');
  }
}

function trainOf(summary: VariantSummary | undefined): number | null {
  return summary?.curves.trainAccuracy.at(-1)?.mean ?? null;
}

function fitSentence(base: VariantSummary | undefined): string {
  const train = trainOf(base);
  const validation = base?.finalAccuracy?.mean ?? null;
  if (train === null || validation === null) return '';
  const [a, b] = [percent(train), percent(validation)];
  if (train - validation >= wideGap)
    return t('Without any of them the network overfits: {0} % on training images, {1} % on validation images.', a, b);
  if (train < lowAccuracy)
    return t('Without any of them the network underfits: {0} % on training images, {1} % on validation images.', a, b);
  return t('Without any of them the network fits: {0} % on training images, {1} % on validation images.', a, b);
}

function bestSentence({ twins }: Group): string {
  const narrows = (one: Comparison): number => (one.narrowsGapLoss.judgement === 'holds' ? one.narrowsGapLoss.mean : 0);
  const lowers = (one: Comparison): number => (one.lowersLoss.judgement === 'holds' ? one.lowersLoss.mean : 0);
  const most = (value: (one: Comparison) => number): string | null => {
    const [best] = [...twins.comparisons].sort((a, b) => value(b) - value(a));
    if (best === undefined || value(best) <= 0) return null;
    return twins.variants.find(({ variant }) => variant.id === best.variant)?.variant.label ?? null;
  };
  const [gap, loss] = [most(narrows), most(lowers)];
  if (gap === null && loss === null) return t('No variant sets itself apart from the noise between seeds.');
  if (gap === null) return t('“{0}” ends with the lowest validation loss.', loss ?? '');
  if (loss === null)
    return t('“{0}” narrows the gap in loss most, but no variant lowers the validation loss for sure.', gap);
  if (gap === loss) return t('“{0}” narrows the gap in loss most and ends with the lowest validation loss.', gap);
  return t('“{0}” narrows the gap in loss most; “{1}” ends with the lowest validation loss.', gap, loss);
}

function scaleSentence({ twins }: Group): string {
  const end = (id: string): number | null =>
    twins.variants.find(({ variant }) => variant.id === id)?.finalAccuracy?.mean ?? null;
  const [none, norm] = [end('none-scale10'), end('batchNorm-scale10')];
  const [noneUsual, normUsual] = [end('none-scale1'), end('batchNorm-scale1')];
  if (none === null || norm === null || noneUsual === null || normUsual === null)
    return t('No network has been trained to its end yet.');
  return t(
    'With hidden weights ten times as large the network ends at {0} % on validation images without batch norm (as usual: {1} %) and at {2} % with it (as usual: {3} %).',
    percent(none),
    percent(noneUsual),
    percent(norm),
    percent(normUsual)
  );
}

function sizesSentence({ trainImages }: ExperimentRecord, groups: readonly Group[]): string {
  const ends = groups.flatMap(({ size, twins }) => {
    const accuracy = twins.variants[0]?.finalAccuracy?.mean;
    return accuracy === undefined ? [] : [{ images: size ?? trainImages, accuracy, twins }];
  });
  const [few, most] = [ends[0], ends.at(-1)];
  if (few === undefined || most === undefined) return t('No network has been trained to its end yet.');
  const plain = t(
    'Without any help the network ends at {0} % on validation images after training on {1} images, and at {2} % with {3}.',
    percent(few.accuracy),
    few.images,
    percent(most.accuracy),
    most.images
  );
  const helped = few.twins.comparisons.filter(({ raisesAccuracy }) => raisesAccuracy.judgement === 'holds');
  const [best] = [...helped].sort((a, b) => b.raisesAccuracy.mean - a.raisesAccuracy.mean);
  const label = few.twins.variants.find(({ variant }) => variant.id === best?.variant)?.variant.label;
  if (best === undefined || label === undefined)
    return `${plain} ${t('With so few images no variant raises that for sure.')}`;
  const by = amount(best.raisesAccuracy.mean, 'points');
  return `${plain} ${t('With so few images “{0}” raises it by {1}.', label, by)}`;
}

function heartSentence({ classes }: ExperimentRecord, { twins }: Group): string {
  const base = twins.variants[0];
  const train = trainOf(base);
  const validation = base?.finalAccuracy?.mean ?? null;
  if (train === null || validation === null) return t('No network has been trained to its end yet.');
  return t(
    'The network learns {0} % of meaningless labels by heart and is right on {1} % of the validation images, where chance is {2} %.',
    percent(train),
    percent(validation),
    percent(1 / Math.max(1, classes))
  );
}

function heavySentence({ twins }: Group): string {
  const [base, heavy] = twins.variants;
  const [a, b] = [trainOf(base), trainOf(heavy)];
  if (a === null || b === null || heavy === undefined) return t('No network has been trained to its end yet.');
  const values = [heavy.variant.label, percent(b), percent(a)] as const;
  return a - b >= wideGap
    ? t('“{0}” underfits: {1} % on its own training images, against {2} % without.', ...values)
    : t('“{0}” does not underfit here: {1} % on its own training images, against {2} % without.', ...values);
}
