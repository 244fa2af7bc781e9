/** Names of experiments and two plain sentences about each: what is tried, what to look for. */
import type { Change, ExperimentPlan, ExperimentStatus, LabName } from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { formatExact, formatFixed, formatValue } from '../../shared/format';
import type { Subject } from './labState';

export const labNames: readonly LabName[] = [
  'regularisation',
  'initialScale',
  'smallData',
  'randomLabels',
  'underfitting'
];

export function subjectTitle(subject: Subject): string {
  return subject.kind === 'twin' ? t('Without this line') : labTitle(subject.lab);
}

export function labTitle(lab: LabName): string {
  switch (lab) {
    case 'regularisation':
      return t('Regularisation lab');
    case 'initialScale':
      return t('Initial scale of the weights');
    case 'smallData':
      return t('Small-data lab');
    case 'randomLabels':
      return t('Random labels');
    case 'underfitting':
      return t('Too much dropout');
  }
}

export function triedWords(subject: Subject): string {
  if (subject.kind === 'twin')
    return t(
      'One layer is taken out, put in or given another rate; both networks train from the same seeds on the same batches.'
    );
  switch (subject.lab) {
    case 'regularisation':
      return t(
        'The network trains with nothing, dropout, batch norm, both, weight noise, an L2 penalty and augmentation, each from the same seeds.'
      );
    case 'initialScale':
      return t(
        'The weights of the hidden layers start at a tenth, once and ten times their usual size, with and without batch norm.'
      );
    case 'smallData':
      return t(
        'The network trains on 50, 100, 500, 1,000 and all images, with and without dropout, weight noise and augmentation.'
      );
    case 'randomLabels':
      return t(
        'Every training image gets a label drawn at random: there is nothing to learn but the images themselves.'
      );
    case 'underfitting':
      return t(
        'Dropout of 0.7 behind every hidden layer stands beside the same network without it: a case of underfitting.'
      );
  }
}

export function lookForWords(subject: Subject): string {
  if (subject.kind === 'twin') return t('Look at whether the curves part by more than the spread over the seeds.');
  switch (subject.lab) {
    case 'regularisation':
      return t('Look at which of them narrow the gap between training and validation, and what that costs.');
    case 'initialScale':
      return t('Look at which networks still learn when the start is wrong.');
    case 'smallData':
      return t('Look at where randomness helps: with few images or with many.');
    case 'randomLabels':
      return t('Look at how much the network learns by heart all the same, and what stops it.');
    case 'underfitting':
      return t('Look at the training curve: where it stays low, the network is held back too much.');
  }
}

export function statusWords(status: ExperimentStatus): string {
  switch (status) {
    case 'running':
      return t('▶ going');
    case 'stopped':
      return t('■ stopped');
    case 'finished':
      return t('✔ done');
  }
}

/** What a change does, as the title of the twin that has it. */
export function changeWords(change: Change, nameOf: (layer: string) => string): string {
  switch (change.kind) {
    case 'without':
      return t('Without {0}', nameOf(change.layer));
    case 'rate':
      return t('{0} with {1}', nameOf(change.layer), formatValue(change.rate));
    case 'put':
      return change.insertion.kind === 'dropout'
        ? t('Dropout {0} behind {1}', formatValue(change.insertion.rate), nameOf(change.after))
        : t('Batch norm behind {0}', nameOf(change.after));
    case 'weightNoise':
      return t('Weight noise {0}', formatValue(change.size));
    case 'l2':
      return t('L2 {0}', formatValue(change.strength));
    case 'augmentation':
      return t('Augmentation');
    case 'initialScale':
      return t('Initial weights times {0}', formatValue(change.factor));
  }
}

/** `5 seeds · 500 images · 20 epochs · batch 32`; what a lab varies itself is left out. */
export function planWords(plan: ExperimentPlan): string {
  const varies = plan.what.kind === 'lab' && plan.what.lab === 'smallData';
  return [
    plan.seeds.length === 1 ? t('one seed') : t('{0} seeds', plan.seeds.length),
    varies ? null : plan.size === null ? t('all images') : t('{0} images', formatExact(plan.size)),
    plan.epochs === 1 ? t('one epoch') : t('{0} epochs', plan.epochs),
    t('batch {0}', plan.batchSize),
    plan.learningRate === null ? null : t('learning rate {0}', formatValue(plan.learningRate)),
    plan.form.batchNormMomentum === null ? null : t('batch-norm momentum {0}', formatValue(plan.form.batchNormMomentum))
  ]
    .filter((one) => one !== null)
    .join(' · ');
}

/** Percentage points, `8.8`; with a real minus sign. */
export function points(share: number, digits = 1): string {
  return formatFixed(100 * share, digits).replace('-', '−');
}
