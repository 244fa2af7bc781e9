/**
 * The three lessons that come with the program, on its own digits: jobs, and what is claimed of them. Settings were chosen on
 * seeds 1 to 5; docs/lessons.md reports seeds 6 to 10.
 */
import { lossDefaults } from '../losses/settings';
import { METRIC_DEFAULTS } from '../metrics';
import { defaultsOf } from '../optimizers/settings';
import type { RunSettings } from '../run/settings';
import { t } from '../../core/texts';
import type { Change, Variant } from './changes';
import { jobsFor, type JobResult, type LabJob } from './job';
import { gapOf, lastMeasured, paired, stepsTo, type Statistics } from './measures';
import { MILD_AUGMENTATION } from './presets';
import { judge, timeDifferences, type Unit, type Verdict } from './verdict';

/** What every lesson trains with beside its own plan. @throws where a default is missing: a fault of the program */
export function lessonSettings(): RunSettings {
  const optimizer = defaultsOf('adam', 'keras');
  const loss = lossDefaults('SparseCategoricalCrossentropy');
  if (optimizer === null || loss === null) throw new Error('the defaults of training are missing');
  return {
    dialect: 'keras',
    optimizer,
    schedule: null,
    loss,
    metrics: [METRIC_DEFAULTS.accuracy],
    epochs: 1,
    batchSize: 32,
    seed: 1,
    shuffle: true,
    classWeights: null,
    earlyStopping: null,
    plateau: null,
    regularizers: new Map(),
    frozen: new Set(),
    batchNormMomentum: null,
    weightNoise: 0,
    augmentation: []
  };
}

const dropout: readonly Change[] = [
  { kind: 'put', after: 'flatten', insertion: { kind: 'dropout', rate: 0.5 } },
  { kind: 'put', after: 'dense1', insertion: { kind: 'dropout', rate: 0.5 } }
];
const norm: readonly Change[] = ['conv1', 'conv2', 'dense1'].map((after) => ({
  kind: 'put',
  after,
  // With Keras's own 0.99 the moving statistics need hundreds of steps, more than a lesson has.
  insertion: { kind: 'batchNorm', momentum: 0.9, beforeActivation: true }
}));

const variant = (id: string, label: string, ...changes: readonly Change[]): Variant => ({ id, label, changes });

export const LESSON_VARIANTS = {
  none: () => variant('none', t('Without')),
  dropout: () => variant('dropout', t('Dropout'), ...dropout),
  augmentation: () => variant('augmentation', t('Augmentation'), { kind: 'augmentation', layers: MILD_AUGMENTATION }),
  batchNorm: () => variant('batchNorm', t('Batch norm'), ...norm),
  none10: () => variant('none-scale10', t('Without, scale 10'), { kind: 'initialScale', factor: 10, of: 'hidden' }),
  batchNorm10: () =>
    variant('batchNorm-scale10', t('Batch norm, scale 10'), ...norm, {
      kind: 'initialScale',
      factor: 10,
      of: 'hidden'
    }),
  none10All: () =>
    variant('none-scale10all', t('Without, scale 10 everywhere'), { kind: 'initialScale', factor: 10, of: 'all' }),
  batchNorm10All: () =>
    variant('batchNorm-scale10all', t('Batch norm, scale 10 everywhere'), ...norm, {
      kind: 'initialScale',
      factor: 10,
      of: 'all'
    })
} as const;

export interface Claim {
  /** What is claimed, in words. */
  readonly text: string;
  readonly unit: Unit;
  readonly verdict: Verdict;
}

export interface Lesson {
  readonly id: 'gap' | 'speed' | 'memory';
  jobs(seeds: readonly number[]): LabJob[];
  claims(results: readonly JobResult[]): Claim[];
}

const GAP_PLAN = {
  size: 500,
  randomLabels: false,
  epochs: 20,
  batchSize: 32,
  checkEvery: null,
  everyEpochs: 4,
  learningRate: null
};
const SPEED_PLAN = {
  size: 1000,
  randomLabels: false,
  epochs: 5,
  batchSize: 32,
  checkEvery: 8,
  everyEpochs: 5,
  learningRate: 0.01
};
const MEMORY_PLAN = {
  size: 200,
  randomLabels: true,
  epochs: 60,
  batchSize: 32,
  checkEvery: null,
  everyEpochs: 20,
  learningRate: null
};
/** The accuracy whose time is taken. */
export const TARGET = 0.9;

/** Dropout or augmentation narrows the gap between training and validation on 500 images. */
const gap: Lesson = {
  id: 'gap',
  jobs: (seeds) =>
    jobsFor([LESSON_VARIANTS.none(), LESSON_VARIANTS.dropout(), LESSON_VARIANTS.augmentation()], seeds, GAP_PLAN),
  claims: (results) =>
    (['dropout', 'augmentation'] as const).flatMap((id): Claim[] => {
      const pairs = paired(results, ['none', id], gapOf);
      const word = id === 'dropout' ? t('Dropout') : t('Augmentation');
      return [
        {
          text: t('{0} narrows the gap in accuracy', word),
          unit: 'points',
          verdict: judge(
            pairs.map(({ seed, a, b }) => ({ seed, value: a.accuracy - b.accuracy })),
            0.002
          )
        },
        {
          text: t('{0} narrows the gap in loss', word),
          unit: 'loss',
          verdict: judge(
            pairs.map(({ seed, a, b }) => ({ seed, value: a.loss - b.loss })),
            0.01
          )
        }
      ];
    })
};

/** Batch norm reaches 90 % in fewer steps and survives a tenfold initial scale. */
const speed: Lesson = {
  id: 'speed',
  jobs: (seeds) =>
    seeds.flatMap((seed) => [
      ...jobsFor([LESSON_VARIANTS.none(), LESSON_VARIANTS.batchNorm()], [seed], SPEED_PLAN),
      // Where these end is asked, not when they arrive.
      ...jobsFor(
        [
          LESSON_VARIANTS.none10(),
          LESSON_VARIANTS.batchNorm10(),
          LESSON_VARIANTS.none10All(),
          LESSON_VARIANTS.batchNorm10All()
        ],
        [seed],
        { ...SPEED_PLAN, checkEvery: null }
      )
    ]),
  claims: (results) => {
    const budget = SPEED_PLAN.epochs * Math.ceil(SPEED_PLAN.size / SPEED_PLAN.batchSize);
    const faster = (statistics: Statistics) => {
      const steps = paired(results, ['none', 'batchNorm'], ({ points }) => ({
        steps: stepsTo(points, TARGET, statistics)
      }));
      const pairs = steps.map(({ seed, a, b }) => ({ seed, a: a.steps, b: b.steps }));
      return judge(timeDifferences(pairs, budget), 1);
    };
    const last = (result: JobResult): number => lastMeasured(result.points)?.validation.accuracy ?? 0;
    const above = (id: string): Verdict =>
      judge(
        results
          .filter(({ job }) => job.variant.id === id)
          .map((result) => ({ seed: result.job.seed, value: last(result) - TARGET })),
        0
      );
    const aboveTwin = (suffix: string): Verdict =>
      judge(
        paired(results, [`none-${suffix}`, `batchNorm-${suffix}`], last).map(({ seed, a, b }) => ({
          seed,
          value: b - a
        })),
        0.01
      );
    return [
      {
        text: t('Batch norm reaches 90 % in fewer steps (batch statistics)'),
        unit: 'steps',
        verdict: faster('batch')
      },
      {
        text: t('Batch norm reaches 90 % in fewer steps (moving statistics)'),
        unit: 'steps',
        verdict: faster('moving')
      },
      {
        text: t('With hidden kernels ten times as large, batch norm ends above 90 %'),
        unit: 'points',
        verdict: above('batchNorm-scale10')
      },
      {
        text: t('With hidden kernels ten times as large, batch norm ends above its twin'),
        unit: 'points',
        verdict: aboveTwin('scale10')
      },
      {
        text: t('With all kernels ten times as large, batch norm ends above 90 %'),
        unit: 'points',
        verdict: above('batchNorm-scale10all')
      },
      {
        text: t('With all kernels ten times as large, batch norm ends above its twin'),
        unit: 'points',
        verdict: aboveTwin('scale10all')
      }
    ];
  }
};

/** The network without either learns labels that mean nothing. */
const memory: Lesson = {
  id: 'memory',
  jobs: (seeds) => jobsFor([LESSON_VARIANTS.none()], seeds, MEMORY_PLAN),
  claims: (results) => {
    const ends = results.flatMap((result) => {
      const last = lastMeasured(result.points);
      return last === null ? [] : [{ seed: result.job.seed, last }];
    });
    return [
      {
        text: t('Without them, at least 95 % of random labels are learned by heart'),
        unit: 'points',
        verdict: judge(
          ends.map(({ seed, last }) => ({ seed, value: last.train.accuracy - 0.95 })),
          0
        )
      },
      {
        text: t('What was learned by heart helps nothing: validation stays below 30 %'),
        unit: 'points',
        verdict: judge(
          ends.map(({ seed, last }) => ({ seed, value: 0.3 - last.validation.accuracy })),
          0
        )
      }
    ];
  }
};

export const LESSONS: readonly Lesson[] = [gap, speed, memory];
