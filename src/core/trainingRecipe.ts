/**
 * What code says about training a model: `compile`, `fit`, `load_data`; in PyTorch the optimizer, the loss, the loops and the
 * loader. Plain data that survives a message.
 */
import type { SourceRange } from './model';

/** Something the code states; `value` is `null` where it stands there but cannot be read without running it. */
export interface Stated<T> {
  readonly value: T | null;
  /** From 0, in the file or in the notebook's cell. */
  readonly line: number;
  /** Why `value`, or an argument of it, is not known, in words without a full stop. */
  readonly reason?: string | undefined;
}

/** A name (`"adam"`) or a constructor with its literal arguments (`Adam(learning_rate=1e-4)`), by the framework's names. */
export interface NamedChoice {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number | boolean | string | readonly number[]>>;
  /** Arguments that are given but are no literals. */
  readonly unread: readonly string[];
  /** Lines of parameters that stand elsewhere: PyTorch's limits on gradients. */
  readonly lines?: Readonly<Record<string, number>> | undefined;
}

/** Something the code does to every number of its inputs before training: `/ 255`. */
export interface InputStep {
  readonly operator: '+' | '-' | '*' | '/';
  readonly value: number;
}

export interface TrainingRecipe {
  readonly optimizer: Stated<NamedChoice> | null;
  readonly loss: Stated<NamedChoice> | null;
  readonly metrics: Stated<readonly string[]> | null;
  readonly epochs: Stated<number> | null;
  readonly batchSize: Stated<number> | null;
  readonly validationSplit: Stated<number> | null;
  readonly shuffle: Stated<boolean> | null;
  readonly earlyStopping: Stated<NamedChoice> | null;
  readonly reduceOnPlateau: Stated<NamedChoice> | null;
  /** `fit(class_weight=…)`, a PyTorch loss's `weight`: factors by class number. */
  readonly classWeights: Stated<Readonly<Record<string, number>>> | null;
  /**
   * How the learning rate changes, by the framework's class (`CosineDecay`, `StepLR`); `LearningRateScheduler` with `rates`,
   * what its function gives for each epoch; PyTorch's with `per_step`: whether `scheduler.step()` follows each batch.
   */
  readonly schedule: Stated<NamedChoice> | null;
  /** The data set of `keras.datasets.….load_data()` or `torchvision.datasets`, as the code names it. */
  readonly data: Stated<string> | null;
  /** In the order of the code; missing or empty where the code does nothing to its arrays. */
  readonly inputSteps?: readonly Stated<InputStep>[] | undefined;
  /** The whole calls, where the code has them. */
  readonly compileCall?: SourceRange | undefined;
  readonly fitCall?: SourceRange | undefined;
}
