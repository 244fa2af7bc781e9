/** What a run tells while it goes. Plain data: it crosses to the webview and into files. */
export interface Scores {
  readonly loss: number;
  /** In the settings' order. */
  readonly metrics: readonly number[];
}

/** How one layer is learning, measured on the last step of an epoch. */
export interface LayerPulse {
  readonly layer: string;
  /** Euclidean norm of the gradient over the layer's learned weights. */
  readonly gradientNorm: number;
  /** Norm of the step over norm of the weights: about 1e-3 is healthy, 1e-1 tears, 1e-6 sleeps. */
  readonly updateRatio: number;
  /** Share of channels that are 0 for every probe example; `null` for layers that cannot be silent. */
  readonly dead: number | null;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  readonly train: Scores;
  readonly validation: Scores | null;
  /** With the statistics of each batch in place of the moving ones; `null` without batch norm. */
  readonly validationOnBatch: Scores | null;
  readonly learningRate: number;
  readonly seconds: number;
  /** Of the training part alone. */
  readonly imagesPerSecond: number;
  readonly pulses: readonly LayerPulse[];
  /** Examples that could not be read, by name; at most a dozen, and how many in all. */
  readonly skipped: { readonly count: number; readonly first: readonly string[] };
}

export interface StepReport {
  readonly epoch: number;
  /** From 1, and how many there are in an epoch. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  readonly metrics: readonly number[];
  readonly imagesPerSecond: number;
  /** Of the whole run, at the pace so far. */
  readonly secondsLeft: number;
}

/** Why a run ended. */
export type Ending =
  | { readonly kind: 'finished' }
  | { readonly kind: 'early'; readonly epoch: number; readonly bestEpoch: number | null }
  /** A loss that is no number any more: where it arose first, and what to try. */
  | {
      readonly kind: 'diverged';
      readonly step: number;
      readonly layer: string | null;
      readonly what: 'activation' | 'gradient' | 'loss';
    }
  | { readonly kind: 'stopped'; readonly layer: string; readonly reason: string };
