/** What a learner is asked before an experiment, and what it answers: their word beside the measured one, with the reason. */
import type {
  Change,
  ExperimentFindings,
  ExperimentPlan,
  MeanSpread,
  VariantSummary
} from '../../../src/protocol/experiments';
import { t } from '../../l10n';
import { formatExact, formatFixed, formatShare } from '../../shared/format';
import type { Guess } from './guess';
import { points } from './labWords';

interface Named {
  readonly id: string;
  readonly label: string;
}

export interface Questions {
  readonly overfit: string | null;
  /** `null` where the number of images varies, or nothing can be learned but by heart. */
  readonly first: string | null;
  readonly percent: { readonly text: string; readonly variant: string; readonly of: 'training' | 'validation' };
}

/** A twin is asked about for what is changed in it, a lab for the network without anything. */
export function questionsOf({ what, target }: ExperimentPlan, variants: readonly Named[]): Questions {
  const asked = what.kind === 'twin' ? variants.at(-1) : variants[0];
  const { id: variant, label } = asked ?? { id: '', label: '' };
  const lab = what.kind === 'lab' ? what.lab : null;
  const percent =
    lab === 'randomLabels'
      ? t('How many percent of the random labels does “{0}” know by heart at the end?', label)
      : lab === 'smallData'
        ? t('How many percent of the validation images does “{0}” get right with all images?', label)
        : t('How many percent of the validation images does “{0}” get right at the end?', label);
  return {
    overfit: lab === 'smallData' ? t('Which overfits most on the fewest images?') : t('Which of them overfits most?'),
    first:
      lab === 'smallData' || lab === 'randomLabels'
        ? null
        : t('Which reaches {0} of the validation images first?', formatShare(target)),
    percent: { text: percent, variant, of: lab === 'randomLabels' ? 'training' : 'validation' }
  };
}

export interface Answer {
  readonly question: string;
  readonly said: string;
  readonly found: string;
  /** `level`: the difference lies within the spread over the seeds; `nearly`: a number that almost fits. */
  readonly right: 'yes' | 'level' | 'nearly' | 'no';
  readonly why: string;
}

/** @param kindOf kind of one of the network's own layers: `dropout`, `pool`… */
export function answersTo(
  findings: ExperimentFindings,
  guess: Guess,
  kindOf: (layer: string) => string | null
): readonly Answer[] {
  const { plan } = findings.summary;
  const first = findings.groups[0]?.twins.variants ?? [];
  const last = findings.groups.at(-1)?.twins.variants ?? [];
  const questions = questionsOf(
    plan,
    first.map(({ variant }) => variant)
  );
  return [
    guess.overfit === undefined ? null : overfitAnswer(questions, guess.overfit, first, kindOf),
    guess.first === undefined ? null : firstAnswer(questions, guess.first, first, kindOf),
    guess.percent === undefined ? null : percentAnswer(questions, guess.percent, last)
  ].filter((one) => one !== null);
}

interface Ranked {
  readonly summary: VariantSummary;
  readonly value: MeanSpread;
}

const labelIn = (variants: readonly VariantSummary[], id: string) =>
  variants.find(({ variant }) => variant.id === id)?.variant.label ?? id;

/** Those that differ from the best by no more than the larger spread of the two. */
function besides(best: Ranked, all: readonly Ranked[]): readonly string[] {
  return all
    .filter(({ value }) => Math.abs(value.mean - best.value.mean) <= Math.max(value.spread, best.value.spread))
    .map(({ summary }) => summary.variant.id);
}

function verdict(said: string, best: Ranked, all: readonly Ranked[]): Answer['right'] {
  const level = besides(best, all);
  if (!level.includes(said)) return 'no';
  return level.length === 1 ? 'yes' : 'level';
}

const levelWords = () => t('The difference lies within the spread over the seeds.');

function overfitAnswer(
  { overfit }: Questions,
  said: string,
  variants: readonly VariantSummary[],
  kindOf: (layer: string) => string | null
): Answer | null {
  const ranked = variants
    .flatMap((summary) => (summary.gapAccuracy === null ? [] : [{ summary, value: summary.gapAccuracy }]))
    .sort((a, b) => b.value.mean - a.value.mean);
  const [most, least] = [ranked[0], ranked.at(-1)];
  if (overfit === null || most === undefined || least === undefined) return null;
  const right = verdict(said, most, ranked);
  return {
    question: overfit,
    said: labelIn(variants, said),
    found: t(
      '{0}: training lies {1} points above validation, with {2} it is {3}.',
      most.summary.variant.label,
      points(most.value.mean),
      least.summary.variant.label,
      points(least.value.mean)
    ),
    right,
    why: [right === 'level' ? levelWords() : '', reasonsBetween(most.summary, least.summary, kindOf)]
      .filter((one) => one !== '')
      .join(' ')
  };
}

function firstAnswer(
  { first }: Questions,
  said: string,
  variants: readonly VariantSummary[],
  kindOf: (layer: string) => string | null
): Answer | null {
  if (first === null) return null;
  const ranked = variants
    .flatMap((summary) => {
      const { steps, arrived, of } = summary.stepsToTarget.moving;
      return steps === null || 2 * arrived <= of ? [] : [{ summary, value: steps }];
    })
    .sort((a, b) => a.value.mean - b.value.mean);
  const [best, second] = ranked;
  const saidWords = said === 'never' ? t('none of them') : labelIn(variants, said);
  if (best === undefined) {
    const found = t('None of them gets there on most seeds, on moving statistics.');
    return { question: first, said: saidWords, found, right: said === 'never' ? 'yes' : 'no', why: '' };
  }
  const steps = formatExact(Math.round(best.value.mean));
  const right = verdict(said, best, ranked);
  const slowest = variants.find(({ variant }) => variant.id !== best.summary.variant.id);
  return {
    question: first,
    said: saidWords,
    found:
      second === undefined
        ? t('{0}, after {1} steps on moving statistics; no other one gets there.', best.summary.variant.label, steps)
        : t(
            '{0}, after {1} steps on moving statistics; {2} needs {3}.',
            best.summary.variant.label,
            steps,
            second.summary.variant.label,
            formatExact(Math.round(second.value.mean))
          ),
    right,
    why: [
      right === 'level' ? levelWords() : '',
      reasonsBetween(best.summary, second?.summary ?? slowest ?? best.summary, kindOf)
    ]
      .filter((one) => one !== '')
      .join(' ')
  };
}

/** Within two points, or the spread, is right; within five, or twice the spread, is close. */
function percentAnswer({ percent }: Questions, said: number, variants: readonly VariantSummary[]): Answer | null {
  const summary = variants.find(({ variant }) => variant.id === percent.variant);
  const value = percent.of === 'training' ? summary?.curves.trainAccuracy.at(-1) : summary?.finalAccuracy;
  if (value === null || value === undefined) return null;
  const off = said / 100 - value.mean;
  const right =
    Math.abs(off) <= Math.max(0.02, value.spread)
      ? 'yes'
      : Math.abs(off) <= Math.max(0.05, 2 * value.spread)
        ? 'nearly'
        : 'no';
  return {
    question: percent.text,
    said: `${formatFixed(said, Number.isInteger(said) ? 0 : 1)} %`,
    found: t('{0}, spread {1} points over the seeds.', formatShare(value.mean), points(value.spread)),
    right,
    why:
      right === 'yes'
        ? ''
        : off > 0
          ? t('You expected {0} points more.', points(off))
          : t('You expected {0} points less.', points(-off))
  };
}

type Feature = 'dropout' | 'batchNorm' | 'augmentation' | 'weightNoise' | 'l2' | 'pool' | 'scale';

/** What a variant has more (positive) or less than the network as it is written. */
function featuresOf(changes: readonly Change[], kindOf: (layer: string) => string | null): Map<Feature, number> {
  const found = new Map<Feature, number>();
  for (const change of changes) {
    const add = (feature: Feature | null, value: number) => {
      if (feature !== null) found.set(feature, (found.get(feature) ?? 0) + value);
    };
    switch (change.kind) {
      case 'without':
        add(featureOf(kindOf(change.layer)), -1);
        break;
      case 'put':
        add(change.insertion.kind, 1);
        break;
      case 'rate':
        add('dropout', change.rate);
        break;
      case 'weightNoise':
        add('weightNoise', 1);
        break;
      case 'l2':
        add('l2', 1);
        break;
      case 'augmentation':
        add('augmentation', change.layers.length > 0 ? 1 : 0);
        break;
      case 'initialScale':
        add('scale', Math.log10(change.factor));
        break;
    }
  }
  return found;
}

function featureOf(kind: string | null): Feature | null {
  switch (kind) {
    case 'dropout':
    case 'alphaDropout':
    case 'gaussianDropout':
    case 'gaussianNoise':
      return 'dropout';
    case 'batchNorm':
      return 'batchNorm';
    case 'pool':
    case 'adaptivePool':
      return 'pool';
    case 'augmentation':
      return 'augmentation';
    default:
      return null;
  }
}

/** The textbook's reason for each thing in which two variants differ, two at most. */
function reasonsBetween(a: VariantSummary, b: VariantSummary, kindOf: (layer: string) => string | null): string {
  const [mine, theirs] = [featuresOf(a.variant.changes, kindOf), featuresOf(b.variant.changes, kindOf)];
  return [...new Set([...mine.keys(), ...theirs.keys()])]
    .filter((feature) => (mine.get(feature) ?? 0) !== (theirs.get(feature) ?? 0))
    .slice(0, 2)
    .map(reason)
    .join(' ');
}

function reason(feature: Feature): string {
  switch (feature) {
    case 'dropout':
      return t(
        'Dropout trains another part of the network in every step: single images are harder to learn by heart, and each step teaches less.'
      );
    case 'batchNorm':
      return t(
        'Batch norm keeps what enters each layer on one scale, so that larger steps do no harm; the other images of a batch shake each one a little.'
      );
    case 'augmentation':
      return t('Augmentation never shows the same picture twice: there is less to learn by heart.');
    case 'weightNoise':
      return t('Weights that shake in every step cannot hold single images exactly.');
    case 'l2':
      return t('An L2 penalty makes large weights expensive, and learning by heart needs large ones.');
    case 'pool':
      return t('Pooling forgets where exactly something was: fewer values are left to learn by heart from.');
    case 'scale':
      return t(
        'Initial weights that are far off shift what arrives at every later layer, more with each; only a norm puts it back.'
      );
  }
}
