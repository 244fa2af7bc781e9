/**
 * What a training loop handles: no numbers of it are known, but where each value comes from is. All of them are unknown
 * values, so that everything else sees them as such.
 */
import { Unknown, type Args, type Value } from '../interpreter/values';
import type { Located } from '../python/ast';
import type { AnyModule } from './modules';

/** `DataLoader(…)`. */
export class LoaderUnknown extends Unknown {
  constructor(
    reason: string,
    readonly node: Located,
    readonly args: Args
  ) {
    super(reason, node);
  }
}

/** A part of a data set, or a data set around it: `Subset(…)`, what `random_split(…)` gives. */
export class DataPart extends Unknown {
  constructor(
    reason: string,
    at: Located,
    readonly of: Value
  ) {
    super(reason, at);
  }
}

/** What a network answers on data. */
export class AnswerUnknown extends Unknown {
  constructor(
    reason: string,
    at: Located,
    readonly module: AnyModule
  ) {
    super(reason, at);
  }
}

/** A class of `torch.nn`, or the function that stands for it, with its settings. */
export interface LossUse {
  readonly className: string;
  /** Without what it compares. */
  readonly args: Args;
  /** Names of the arguments given by place. */
  readonly order: readonly string[];
  /** Where the settings stand. */
  readonly node: Located;
}

/** The loss of a batch. */
export class LossUnknown extends Unknown {
  constructor(
    reason: string,
    at: Located,
    readonly use: LossUse,
    /** Whose answers it judges, where that is known. */
    readonly answerOf: AnyModule | null,
    /** The code divides it: gradients of several batches are added up. */
    readonly isDivided = false
  ) {
    super(reason, at);
  }
}
