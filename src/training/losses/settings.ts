/**
 * The losses that can be trained on, by the name of their class in Keras (`keras.losses`, version 3) or PyTorch
 * (`torch.nn`), with every parameter written out. The name says whose formula is meant: `HuberLoss` is PyTorch's, `Huber`
 * Keras's.
 */
import type { Dialect } from '../dialect';

/**
 * How the losses of all positions become one number. `mean`: Keras's `sum_over_batch_size`, PyTorch's `mean` (with class
 * weights, their weighted mean). `sum`: the sum over positions; a Keras loss over values has averaged the last axis
 * before. `batchMean`: the sum divided by the number of samples.
 */
export type Reduction = 'mean' | 'sum' | 'batchMean';

interface Reduced {
  readonly reduction: Reduction;
}

/** What takes probabilities, or logits where the code says `from_logits=True`. */
interface FromProbabilities extends Reduced {
  readonly fromLogits: boolean;
  /** Axis of the classes (for the binary losses: the axis averaged first); negative counts from the end. */
  readonly classAxis: number;
}

export type KerasLossSettings =
  | (FromProbabilities & { readonly name: 'BinaryCrossentropy'; readonly labelSmoothing: number })
  | (FromProbabilities & {
      readonly name: 'BinaryFocalCrossentropy';
      readonly labelSmoothing: number;
      readonly gamma: number;
      /** Weight of class 1 where classes are balanced; `null`: they are not (`apply_class_balancing=False`). */
      readonly alpha: number | null;
    })
  | (FromProbabilities & { readonly name: 'CategoricalCrossentropy'; readonly labelSmoothing: number })
  | (FromProbabilities & {
      readonly name: 'CategoricalFocalCrossentropy';
      readonly labelSmoothing: number;
      readonly gamma: number;
      /** One factor for all classes, or one for each. */
      readonly alpha: number | readonly number[];
    })
  | (FromProbabilities & { readonly name: 'SparseCategoricalCrossentropy'; readonly ignoreIndex: number | null })
  | (Reduced & {
      readonly name:
        | 'KLDivergence'
        | 'Poisson'
        | 'MeanSquaredError'
        | 'MeanAbsoluteError'
        | 'MeanAbsolutePercentageError'
        | 'MeanSquaredLogarithmicError'
        | 'LogCosh'
        | 'Hinge'
        | 'SquaredHinge'
        | 'CategoricalHinge';
    })
  | (Reduced & { readonly name: 'CosineSimilarity'; readonly classAxis: number })
  | (Reduced & { readonly name: 'Huber'; readonly delta: number })
  | (Reduced & {
      readonly name: 'Dice';
      /** The axes summed over; `null`: all of them, the batch included (Keras's default). */
      readonly axes: readonly number[] | null;
    })
  | (Reduced & {
      readonly name: 'Tversky';
      readonly axes: readonly number[] | null;
      /** Weight of what the target holds and the prediction lacks (Keras's documentation calls it false positives). */
      readonly alpha: number;
      /** Weight of what the prediction holds and the target lacks. */
      readonly beta: number;
    });

interface ClassWeighted extends Reduced {
  /** Axis of the classes; PyTorch's is 1. */
  readonly classAxis: number;
  /** One weight a class, or `null` for ones. */
  readonly classWeights: readonly number[] | null;
}

export type PytorchLossSettings =
  | (ClassWeighted & {
      readonly name: 'CrossEntropyLoss';
      readonly labelSmoothing: number;
      readonly ignoreIndex: number | null;
    })
  | (ClassWeighted & { readonly name: 'NLLLoss'; readonly ignoreIndex: number | null })
  | (ClassWeighted & { readonly name: 'MultiMarginLoss'; readonly power: 1 | 2; readonly margin: number })
  | (Reduced & { readonly name: 'BCELoss' | 'MSELoss' | 'L1Loss' | 'SoftMarginLoss' })
  | (Reduced & {
      readonly name: 'BCEWithLogitsLoss';
      /** Factor of the positive answers: one number, or one for each entry of `classAxis`; `null` for ones. */
      readonly posWeight: readonly number[] | null;
      readonly classAxis: number;
    })
  | (Reduced & { readonly name: 'SmoothL1Loss'; readonly beta: number })
  | (Reduced & { readonly name: 'HuberLoss'; readonly delta: number })
  | (Reduced & { readonly name: 'KLDivLoss'; readonly logTarget: boolean })
  | (Reduced & {
      readonly name: 'PoissonNLLLoss';
      readonly logInput: boolean;
      /** Adds Stirling's approximation of log(target!) for targets above 1. */
      readonly full: boolean;
      readonly epsilon: number;
    })
  | (Reduced & { readonly name: 'HingeEmbeddingLoss'; readonly margin: number });

export type LossSettings = KerasLossSettings | PytorchLossSettings;
export type LossName = LossSettings['name'];

const MEAN = { reduction: 'mean' } as const;
const PROBABILITIES = { ...MEAN, fromLogits: false, classAxis: -1 } as const;
const WEIGHTED = { ...MEAN, classAxis: 1, classWeights: null } as const;

/** Each loss as its framework sets it up when no argument is given. */
const DEFAULTS: readonly LossSettings[] = [
  { name: 'BinaryCrossentropy', ...PROBABILITIES, labelSmoothing: 0 },
  { name: 'BinaryFocalCrossentropy', ...PROBABILITIES, labelSmoothing: 0, gamma: 2, alpha: null },
  { name: 'CategoricalCrossentropy', ...PROBABILITIES, labelSmoothing: 0 },
  { name: 'CategoricalFocalCrossentropy', ...PROBABILITIES, labelSmoothing: 0, gamma: 2, alpha: 0.25 },
  { name: 'SparseCategoricalCrossentropy', ...PROBABILITIES, ignoreIndex: null },
  { name: 'KLDivergence', ...MEAN },
  { name: 'Poisson', ...MEAN },
  { name: 'MeanSquaredError', ...MEAN },
  { name: 'MeanAbsoluteError', ...MEAN },
  { name: 'MeanAbsolutePercentageError', ...MEAN },
  { name: 'MeanSquaredLogarithmicError', ...MEAN },
  { name: 'CosineSimilarity', ...MEAN, classAxis: -1 },
  { name: 'Huber', ...MEAN, delta: 1 },
  { name: 'LogCosh', ...MEAN },
  { name: 'Hinge', ...MEAN },
  { name: 'SquaredHinge', ...MEAN },
  { name: 'CategoricalHinge', ...MEAN },
  { name: 'Dice', ...MEAN, axes: null },
  { name: 'Tversky', ...MEAN, axes: null, alpha: 0.5, beta: 0.5 },
  { name: 'CrossEntropyLoss', ...WEIGHTED, labelSmoothing: 0, ignoreIndex: -100 },
  { name: 'NLLLoss', ...WEIGHTED, ignoreIndex: -100 },
  { name: 'BCELoss', ...MEAN },
  { name: 'BCEWithLogitsLoss', ...MEAN, posWeight: null, classAxis: -1 },
  { name: 'MSELoss', ...MEAN },
  { name: 'L1Loss', ...MEAN },
  { name: 'SmoothL1Loss', ...MEAN, beta: 1 },
  { name: 'HuberLoss', ...MEAN, delta: 1 },
  { name: 'KLDivLoss', ...MEAN, logTarget: false },
  { name: 'PoissonNLLLoss', ...MEAN, logInput: true, full: false, epsilon: 1e-8 },
  { name: 'SoftMarginLoss', ...MEAN },
  { name: 'MultiMarginLoss', ...WEIGHTED, power: 1, margin: 1 },
  { name: 'HingeEmbeddingLoss', ...MEAN, margin: 1 }
];

const KERAS_NAMES: ReadonlySet<string> = new Set(DEFAULTS.slice(0, 19).map((settings) => settings.name));

/** Every loss there is, Keras's first. */
export const LOSS_NAMES: readonly LossName[] = DEFAULTS.map((settings) => settings.name);

/** Whose loss a name is. */
export function lossDialect(name: LossName): Dialect {
  return KERAS_NAMES.has(name) ? 'keras' : 'pytorch';
}

/** The settings a framework takes when the code gives no argument, or `null` for a name that is no loss. */
export function lossDefaults(name: string): LossSettings | null {
  return DEFAULTS.find((settings) => settings.name === name) ?? null;
}

/** The last activation a loss counts on; `null` where any output is fine. */
export type LossInput = 'softmax' | 'sigmoid' | 'logSoftmax' | null;

/** What the model should end with for this loss, so that an ending that does not fit can be named. */
export function expectedActivation(settings: LossSettings): LossInput {
  switch (settings.name) {
    case 'BinaryCrossentropy':
    case 'BinaryFocalCrossentropy':
      return settings.fromLogits ? null : 'sigmoid';
    case 'CategoricalCrossentropy':
    case 'CategoricalFocalCrossentropy':
    case 'SparseCategoricalCrossentropy':
      return settings.fromLogits ? null : 'softmax';
    case 'BCELoss':
      return 'sigmoid';
    case 'NLLLoss':
    case 'KLDivLoss':
      return 'logSoftmax';
    default:
      return null;
  }
}

/**
 * The twin of a loss over probabilities that takes what stood before the final `expectedActivation`: softmax or sigmoid for
 * the cross-entropies, log-softmax for `NLLLoss`. `null` where a loss takes logits already or has no such twin.
 *
 * Keras itself differentiates before a final softmax or sigmoid (`_keras_logits` in keras/src/backend/tensorflow/nn.py),
 * so the twin is what a compiled Keras model trains on. `BCELoss` differs from its twin only where PyTorch's clamps bite:
 * below exp(-100) in the value, where p (1 - p) < 1e-12 in the gradient.
 */
export function logitForm(settings: LossSettings): LossSettings | null {
  switch (settings.name) {
    case 'BinaryCrossentropy':
    case 'BinaryFocalCrossentropy':
    case 'CategoricalCrossentropy':
    case 'CategoricalFocalCrossentropy':
    case 'SparseCategoricalCrossentropy':
      return settings.fromLogits ? null : { ...settings, fromLogits: true };
    case 'NLLLoss':
      return { ...settings, name: 'CrossEntropyLoss', labelSmoothing: 0 };
    case 'BCELoss':
      return { name: 'BCEWithLogitsLoss', reduction: settings.reduction, posWeight: null, classAxis: -1 };
    default:
      return null;
  }
}
