/** The labs as lists of jobs: what they vary, on which seeds, with how many images. */
import type { Model } from '../../core/model';
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import { layersOf } from '../../engine/loadWeights';
import type { Change, Variant } from './changes';
import { jobsFor, type LabJob } from './job';
import { MILD_AUGMENTATION, PRESETS } from './presets';

export type LabName = 'regularisation' | 'initialScale' | 'smallData' | 'randomLabels' | 'underfitting';

export type Regulariser = 'none' | 'dropout' | 'batchNorm' | 'both' | 'weightNoise' | 'l2' | 'augmentation';

/** In the order of the lesson: nothing, then what is put in, then what disturbs, then what is added to loss and data. */
export const REGULARISERS: readonly Regulariser[] = [
  'none',
  'dropout',
  'batchNorm',
  'both',
  'weightNoise',
  'l2',
  'augmentation'
];

/** How the jobs of a lab are trained; `jobsFor` says what each field means. */
export interface LabPlan {
  readonly seeds: readonly number[];
  readonly size: number | null;
  /** How many images "all" are. */
  readonly all: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number | null;
  /** Steps between looks within an epoch, in labs that ask for speed; default: only at the ends of epochs. */
  readonly checkEvery?: number | null | undefined;
}

/** How many images the small-data lab trains on, beside the most that its plan allows. */
export const SIZES: readonly number[] = [50, 100, 500, 1000];

/** Looks that measure training images too, at most so many in a run. */
const measuredLooks = 15;

export const SCALES: readonly number[] = [0.1, 1, 10];

/**
 * Where dropout and batch norm stand in a model, or would be put: its own layers where it has some, else dropout before
 * the last layer with weights, batch norm behind every convolution (before its activation).
 */
export interface Places {
  /** Taken out for "none". */
  readonly dropouts: readonly string[];
  readonly norms: readonly string[];
  readonly augmentations: readonly string[];
  readonly putDropout: readonly Change[];
  readonly putNorm: readonly Change[];
  /** Dropout behind everything that has weights, but the answer. */
  readonly heavyDropout: readonly Change[];
}

export function placesIn(model: Model): Result<Places> {
  const layers = [...layersOf(model.root).values()];
  const of = (...kinds: readonly string[]): string[] =>
    layers.filter(({ kind }) => kinds.includes(kind.kind)).map(({ id }) => id);
  const { calls } = model.root;
  const weighted = calls.filter(({ layer }) => {
    const kind = model.root.layers.get(layer)?.kind;
    return kind !== undefined && 'useBias' in kind;
  });
  const last = weighted.at(-1);
  const before = last === undefined ? undefined : calls[last.inputs[0]?.call ?? -1];
  if (last === undefined || before === undefined || calls.length === 0) {
    const problem = t('it has no layer with weights in front of which something could be put');
    return fail({ file: model.name, problem, remedy: t('Choose another model') });
  }
  const dropout = (after: string, rate: number): Change => ({
    kind: 'put',
    after,
    insertion: { kind: 'dropout', rate }
  });
  const hidden = [...new Set(weighted.map(({ layer }) => layer))].filter((layer) => layer !== last.layer);
  return ok({
    dropouts: of('dropout', 'alphaDropout', 'gaussianDropout', 'gaussianNoise'),
    norms: of('batchNorm'),
    augmentations: of('augmentation'),
    putDropout: [dropout(before.layer, PRESETS.dropout)],
    putNorm: hidden
      .filter((layer) => model.root.layers.get(layer)?.kind.kind !== 'recurrent')
      .map((after) => ({
        kind: 'put',
        after,
        insertion: { kind: 'batchNorm', momentum: PRESETS.batchNormMomentum, beforeActivation: true }
      })),
    heavyDropout: hidden.map((after) => dropout(after, PRESETS.heavyDropout))
  });
}

/** What makes a variant of the model with one regulariser and none of the others. */
export function changesOf(regulariser: Regulariser, places: Places): readonly Change[] {
  const drops = regulariser === 'dropout' || regulariser === 'both';
  const normalises = regulariser === 'batchNorm' || regulariser === 'both';
  const takeOut = (ids: readonly string[]): Change[] => ids.map((layer) => ({ kind: 'without', layer }));
  const [ownDropout, ownNorm] = [places.dropouts.length > 0, places.norms.length > 0];
  return [
    ...takeOut(places.augmentations),
    { kind: 'augmentation', layers: regulariser === 'augmentation' ? MILD_AUGMENTATION : [] },
    ...(drops ? [] : takeOut(places.dropouts)),
    ...(normalises ? [] : takeOut(places.norms)),
    ...(normalises && !ownNorm ? places.putNorm : []),
    ...(drops && !ownDropout ? places.putDropout : []),
    ...(regulariser === 'weightNoise' ? [{ kind: 'weightNoise', size: PRESETS.weightNoise } as const] : []),
    ...(regulariser === 'l2' ? [{ kind: 'l2', strength: PRESETS.l2 } as const] : [])
  ];
}

export function labelOf(regulariser: Regulariser): string {
  switch (regulariser) {
    case 'none':
      return t('Without');
    case 'dropout':
      return t('Dropout');
    case 'batchNorm':
      return t('Batch norm');
    case 'both':
      return t('Dropout and batch norm');
    case 'weightNoise':
      return t('Weight noise, {0} of each kernel’s deviation', PRESETS.weightNoise);
    case 'l2':
      return t('L2 penalty {0}', PRESETS.l2);
    case 'augmentation':
      return t('Augmentation');
  }
}

export function variantOf(regulariser: Regulariser, places: Places): Variant {
  return { id: regulariser, label: labelOf(regulariser), changes: changesOf(regulariser, places) };
}

/** The jobs of a lab on a model. */
export function labJobs(lab: LabName, model: Model, plan: LabPlan): Result<LabJob[]> {
  const found = placesIn(model);
  if (!found.ok) return found;
  const places = found.value;
  const { seeds, size, all, epochs, batchSize, learningRate } = plan;
  const everyEpochs = Math.max(1, Math.ceil(epochs / measuredLooks));
  const training = { size, randomLabels: false, epochs, batchSize, learningRate, checkEvery: null, everyEpochs };
  const timed = { ...training, checkEvery: plan.checkEvery ?? null };
  const variants = (...names: readonly Regulariser[]): Variant[] => names.map((name) => variantOf(name, places));
  switch (lab) {
    case 'regularisation':
      return ok(jobsFor(variants(...REGULARISERS), seeds, timed));
    case 'initialScale':
      return ok(
        jobsFor(
          variants('none', 'batchNorm').flatMap((variant) => SCALES.map((factor) => scaled(variant, factor))),
          seeds,
          timed
        )
      );
    case 'smallData': {
      const most = Math.min(size ?? all, all);
      return ok(
        [...SIZES.filter((count) => count < most), size].flatMap((count) => {
          // As many steps for few images as for many, or few images would look bad for want of training.
          const steps = epochs * Math.ceil(most / batchSize);
          const own = Math.max(1, Math.round(steps / Math.ceil(Math.min(count ?? all, all) / batchSize)));
          return jobsFor(variants('none', 'dropout', 'weightNoise', 'augmentation'), seeds, {
            ...training,
            size: count,
            epochs: own,
            everyEpochs: Math.max(1, Math.ceil(own / 10))
          });
        })
      );
    }
    case 'randomLabels':
      return ok(jobsFor(variants('none', 'dropout', 'augmentation'), seeds, { ...training, randomLabels: true }));
    case 'underfitting':
      return ok(
        jobsFor(
          [
            ...variants('none'),
            {
              id: 'heavyDropout',
              label: t('Dropout {0} behind every hidden layer', PRESETS.heavyDropout),
              changes: [...changesOf('none', places), ...places.heavyDropout]
            }
          ],
          seeds,
          training
        )
      );
  }
}

function scaled({ id, label, changes }: Variant, factor: number): Variant {
  return {
    id: `${id}-scale${String(factor).replace('.', '_')}`,
    label: t('{0}, initial weights times {1}', label, factor),
    changes: [...changes, { kind: 'initialScale', factor, of: 'hidden' }]
  };
}
