/** What a person sets before a run. Plain data: it crosses to the webview and into files. */
import type { ClassWeightChoice } from '../classWeights';
import type { ScheduleChoice } from '../scheduleChoice';

/** Data to learn from. */
export type DataChoice =
  | { readonly kind: 'digits' }
  /** `mnist`, `fashion_mnist`, `cifar10`, `cifar100` in the person's own Keras folder. */
  | { readonly kind: 'known'; readonly name: string }
  /** A folder of pictures, `.npz`, `.npy`, IDX, CSV… */
  | { readonly kind: 'path'; readonly path: string };

/** One number, word or switch of the form. */
export interface Origin {
  /** `code`: read at `line` (from 0); `default`: the framework's or ours; `asked`: the code holds it but it could not be read. */
  readonly kind: 'code' | 'default' | 'asked';
  readonly line: number | null;
  /** Why it is asked for, where the code tells. */
  readonly reason?: string | undefined;
}

/** What a callback watches: `val_loss`, `val_accuracy`, `loss`…; `null`: the validation loss, or without validation the loss. */
type Monitor = string | null;

export interface EarlyStoppingForm {
  readonly patience: number;
  readonly restoreBest: boolean;
  readonly monitor: Monitor;
  readonly minDelta: number;
}

export interface PlateauForm {
  readonly patience: number;
  readonly factor: number;
  readonly monitor: Monitor;
  readonly minLearningRate: number;
}

/** The form: everything that can be changed before a run; plain data, kept with the run. */
export interface TrainingForm {
  readonly optimizer: string;
  /** Of the optimizer, by its own parameter names: `learningRate`, `momentum`, `beta1`… */
  readonly optimizerParameters: Readonly<Record<string, number | boolean>>;
  readonly loss: string;
  readonly labelSmoothing: number;
  readonly fromLogits: boolean;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Share of the training part, where the data have no validation part of their own. */
  readonly validationShare: number;
  /** Train on this many examples only, drawn evenly by class; `null`: all. */
  readonly examples: number | null;
  readonly classWeights: ClassWeightChoice;
  /** `null`: the optimizer's own rate throughout. */
  readonly schedule: ScheduleChoice | null;
  readonly earlyStopping: EarlyStoppingForm | null;
  readonly reduceOnPlateau: PlateauForm | null;
  readonly augment: boolean;
  /** L2 on every kernel; 0: none. */
  readonly l2: number;
  readonly weightNoise: number;
  readonly batchNormMomentum: number | null;
  readonly frozen: readonly string[];
  /** Fresh weights from this seed, or on from those of the model. */
  readonly start: 'fresh' | 'model';
}
