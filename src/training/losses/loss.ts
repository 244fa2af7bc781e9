/** The loss of a batch with its gradient: which formula a loss's settings name, and the checks before it runs. */
import { fail, ok, type Result } from '../../core/result';
import type { DenseTensor } from '../../core/tensor';
import {
  categoricalFocal,
  crossEntropyOfLogits,
  crossEntropyOfProbabilities,
  kullbackLeibler,
  negativeLogLikelihood,
  sparseOfLogits,
  sparseOfProbabilities
} from './categorical';
import { entryFormula, entryLosses } from './elementwise';
import { checkClasses, checkPrediction, denseTarget, layoutOf, type Layout } from './layout';
import { categoricalHinge, cosineSimilarity, multiMargin } from './margins';
import { overlapLoss } from './overlap';
import { reduce, type Unreduced } from './reduce';
import { classLosses, rowLosses, type RowFormula } from './rows';
import { lossDialect, type LossSettings } from './settings';
import { lossProblem, type LossTarget, type LossValue } from './value';

/**
 * The loss of a batch as Keras 3 or PyTorch compute it, in float64.
 *
 * @param prediction `[N, ...]`: what the model answers (probabilities, logits or values, as `settings` say).
 * @param target class numbers `[N, ...positions]`, or one number for each entry of the prediction. Losses over classes take
 * both where the formula allows it (one-hot targets are made from class numbers); `NLLLoss` and `MultiMarginLoss` take
 * class numbers only.
 * @param sampleWeights `[N]`, each sample's factor.
 * @returns the reduced loss, every sample's own and the gradient; an error where shapes, classes or weights do not fit.
 */
export function lossOf(
  settings: LossSettings,
  prediction: DenseTensor,
  target: LossTarget,
  sampleWeights: Float64Array | null = null
): Result<LossValue> {
  const samples = checkPrediction(settings.name, prediction);
  if (!samples.ok) return samples;
  if (settings.name === 'Dice' || settings.name === 'Tversky') {
    const dense = denseTarget(settings.name, prediction, target, -1);
    return dense.ok ? overlapLoss(settings, prediction, dense.value, sampleWeights) : dense;
  }
  const losses = unreduced(settings, prediction, target);
  return losses.ok ? reduce(settings.name, losses.value, settings.reduction, sampleWeights) : losses;
}

function unreduced(settings: LossSettings, prediction: DenseTensor, target: LossTarget): Result<Unreduced> {
  const overClasses = classFormula(settings);
  if (overClasses !== null && (target.kind === 'classes' || overClasses.only)) {
    return ofClasses(settings, prediction, target, overClasses);
  }
  const axis = axisOf(settings);
  const row = rowFormula(settings);
  const dense = denseTarget(settings.name, prediction, target, axis);
  if (!dense.ok) return dense;
  if (row !== null) {
    const layout = layoutOf(settings.name, prediction, axis);
    if (!layout.ok) return layout;
    const misfit = checkWeights(settings, layout.value);
    return misfit ?? ok(rowLosses(layout.value, prediction.data, dense.value, row));
  }
  const formula = entryFormula(settings, dense.value);
  if (formula === null) {
    return fail(lossProblem(settings.name, 'this loss is not known', 'Choose one of the losses offered'));
  }
  return entryLosses(settings, formula, prediction, dense.value);
}

/** The class axis of a loss: its own, else the last axis in Keras, the second in PyTorch. */
function axisOf(settings: LossSettings): number {
  if ('classAxis' in settings) return settings.classAxis;
  return lossDialect(settings.name) === 'keras' ? -1 : 1;
}

interface ClassFormula {
  readonly formula: (p: Float64Array, label: number, gradient: Float64Array) => number;
  readonly ignoreIndex: number | null;
  readonly classWeights: readonly number[] | null;
  /** No dense target has a meaning here. */
  readonly only: boolean;
}

/** Losses with a formula of their own for class numbers, without a one-hot target. */
function classFormula(settings: LossSettings): ClassFormula | null {
  switch (settings.name) {
    case 'SparseCategoricalCrossentropy': {
      const formula = settings.fromLogits ? sparseOfLogits(0, null) : sparseOfProbabilities;
      return { formula, ignoreIndex: settings.ignoreIndex, classWeights: null, only: true };
    }
    case 'CrossEntropyLoss':
      return { ...settings, formula: sparseOfLogits(settings.labelSmoothing, settings.classWeights), only: false };
    case 'NLLLoss':
      return { ...settings, formula: negativeLogLikelihood(settings.classWeights), only: true };
    case 'MultiMarginLoss': {
      const formula = multiMargin(settings.power, settings.margin, settings.classWeights);
      return { ...settings, formula, ignoreIndex: null, only: true };
    }
    default:
      return null;
  }
}

function rowFormula(settings: LossSettings): RowFormula | null {
  switch (settings.name) {
    case 'CategoricalCrossentropy':
      return settings.fromLogits
        ? crossEntropyOfLogits(settings.labelSmoothing, null, true)
        : crossEntropyOfProbabilities(settings.labelSmoothing);
    case 'CategoricalFocalCrossentropy':
      return categoricalFocal(settings.labelSmoothing, settings.gamma, settings.alpha, settings.fromLogits);
    case 'CrossEntropyLoss':
      return crossEntropyOfLogits(settings.labelSmoothing, settings.classWeights, false);
    case 'KLDivergence':
      return kullbackLeibler;
    case 'CosineSimilarity':
      return cosineSimilarity;
    case 'CategoricalHinge':
      return categoricalHinge;
    default:
      return null;
  }
}

function ofClasses(
  settings: LossSettings,
  prediction: DenseTensor,
  target: LossTarget,
  over: ClassFormula
): Result<Unreduced> {
  const layout = layoutOf(settings.name, prediction, axisOf(settings));
  if (!layout.ok) return layout;
  const misfit = checkWeights(settings, layout.value);
  if (misfit !== null) return misfit;
  const labels = target.kind === 'classes' ? ok(target.classes) : wholeNumbers(settings, target.values, layout.value);
  if (!labels.ok) return labels;
  const checked = checkClasses(settings.name, labels.value, layout.value, over.ignoreIndex);
  if (!checked.ok) return checked;
  const losses = classLosses(layout.value, prediction.data, checked.value, over, over.formula);
  // PyTorch divides the margin loss by the samples even where classes have weights.
  return ok(settings.name === 'MultiMarginLoss' ? { ...losses, shares: null } : losses);
}

/** Class numbers that come as floats; one-hot targets are named as what they are. */
function wholeNumbers(settings: LossSettings, values: Float32Array, layout: Layout): Result<Int32Array> {
  if (values.length === layout.positions && values.every((value) => Number.isInteger(value))) {
    return ok(Int32Array.from(values));
  }
  const twin = lossDialect(settings.name) === 'keras' ? 'CategoricalCrossentropy' : 'CrossEntropyLoss';
  return fail(
    lossProblem(
      settings.name,
      `it takes class numbers, but the target holds ${values.length} values for ${layout.positions} positions`,
      `Give class numbers, or use ${twin}, which takes one value a class`
    )
  );
}

/** Class weights (and the factors of the focal loss) must be one for each class. */
function checkWeights(settings: LossSettings, layout: Layout) {
  const weights =
    'classWeights' in settings
      ? settings.classWeights
      : settings.name === 'CategoricalFocalCrossentropy' && typeof settings.alpha !== 'number'
        ? settings.alpha
        : null;
  if (weights === null || weights.length === layout.classes) return null;
  return fail(
    lossProblem(
      settings.name,
      `${weights.length} class weights do not fit ${layout.classes} classes`,
      'Give one weight for each class'
    )
  );
}
