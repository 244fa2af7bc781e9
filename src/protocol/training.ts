/**
 * Training in its own child process: what can be learned from, how a run is set up, what it tells while it goes, and the runs
 * that are kept. The webview asks for all of it; where runs are kept is the host's to say (`TrainingPlace`).
 */
import type { DataChoice, Origin, TrainingForm } from '../training/run/form';
import type { RunSummary } from '../training/run/record';
import type { EpochReport, StepReport } from '../training/run/report';
import type { Pixels } from './values';

export type { DataChoice, Origin, TrainingForm } from '../training/run/form';
export type { RunStatus, RunSummary } from '../training/run/record';
export type { Ending, EpochReport, LayerPulse, Scores, StepReport } from '../training/run/report';

/** One thing to learn from, whether or not it is here. */
export interface DataOffer {
  readonly choice: DataChoice;
  readonly title: string;
  /** `here`: can be used now; `away`: a known set that would have to be downloaded or chosen; `unfit`: `reason` says why. */
  readonly state: 'here' | 'away' | 'unfit';
  readonly reason: string;
  /** Whether the code names it, and on which line (from 0). */
  readonly fromCode: { readonly line: number } | null;
}

export interface DataFacts {
  readonly choice: DataChoice;
  readonly title: string;
  readonly train: number;
  readonly validation: number;
  readonly classNames: readonly string[] | null;
  /** Examples of each class in the training part. */
  readonly perClass: readonly number[];
  readonly range: readonly [number, number];
  /** Validation examples that are also in the training part. */
  readonly leaks: number;
  readonly bad: readonly { readonly name: string; readonly problem: string }[];
  readonly notices: readonly string[];
  /** A few pictures of each class. */
  readonly samples: readonly { readonly label: string; readonly picture: Pixels }[];
  /** In words: `grey, 28 × 28, values / 255`. */
  readonly preparation: string;
}

export interface TrainingOffer {
  readonly form: TrainingForm;
  /** Where each field of the form comes from. */
  readonly origins: Readonly<Record<string, Origin>>;
  readonly optimizers: readonly string[];
  readonly losses: readonly string[];
  /** What will not go well, in words: a loss over probabilities without a softmax… */
  readonly warnings: readonly string[];
  readonly trainedLayers: readonly string[];
}

export interface Estimate {
  readonly secondsPerEpoch: number;
  readonly seconds: number;
  readonly engine: string;
  /** Epochs and examples for about 30 s and about 3 minutes. */
  readonly quick: Pick<TrainingForm, 'epochs' | 'examples'>;
  readonly lab: Pick<TrainingForm, 'epochs' | 'examples'>;
}

/** What arrives as `partial` while a run goes. */
export type TrainingEvent =
  | {
      readonly kind: 'started';
      readonly run: string;
      readonly engine: string;
      readonly epochs: number;
      /** Names of the metrics that reports list without them. */
      readonly metricNames?: readonly string[];
    }
  | { readonly kind: 'step'; readonly report: StepReport }
  | { readonly kind: 'epoch'; readonly report: EpochReport };

export interface Mistake {
  readonly index: number;
  readonly name: string;
  readonly picture: Pixels | null;
  readonly truth: string;
  readonly answer: string;
  readonly probability: number;
  readonly loss: number;
}

export interface RunExamination {
  readonly epoch: number;
  readonly classNames: readonly string[];
  /** `[true * classes + answered]`. */
  readonly confusion: Uint32Array;
  /** The worst by loss, at most 24. */
  readonly mistakes: readonly Mistake[];
  readonly examples: number;
}

/** One layer's kernels through a run. */
export interface KernelBiography {
  readonly layer: string;
  /** Epoch of each picture; 0 is before training. */
  readonly epochs: readonly number[];
  /** One sheet an epoch, all on one scale. */
  readonly sheets: readonly Pixels[];
  readonly limit: number;
  /** Norm of the change since the start over the norm at the start, by epoch. */
  readonly change: readonly number[];
}

/** What would come over the network, and from whom; asked before anything is fetched. */
export interface DownloadFacts {
  readonly title: string;
  readonly publisher: string;
  readonly licence: string;
  readonly addresses: readonly string[];
  /** Of all files together. */
  readonly bytes: number;
  /** Where they are put. */
  readonly folder: string;
}

export interface TrainingRequests extends Record<string, { params: unknown; result: unknown }> {
  trainingData: { params: { readonly model: string }; result: readonly DataOffer[] };
  trainingDataFacts: {
    params: { readonly model: string; readonly data: DataChoice; readonly validationShare: number };
    result: DataFacts;
  };
  trainingOffer: { params: { readonly model: string; readonly data: DataChoice }; result: TrainingOffer };
  /** Times a few real steps. */
  trainingEstimate: {
    params: { readonly model: string; readonly data: DataChoice; readonly form: TrainingForm };
    result: Estimate;
  };
  /**
   * Goes until the run ends; `partial`s are `TrainingEvent`s. Cancelling keeps everything up to the last full epoch.
   * The host owns the run: it goes on while the webview is hidden or closed. A webview that comes back asks with the run
   * that is going as `resume`: it hears `started` and every finished epoch again, then what follows.
   */
  train: {
    params: {
      readonly model: string;
      readonly data: DataChoice;
      readonly form: TrainingForm;
      /** A kept run to go on with. */
      readonly resume: string | null;
    };
    result: RunSummary;
  };
  pauseTraining: { params: { readonly run: string; readonly paused: boolean }; result: null };
  trainingRuns: { params: { readonly model: string }; result: readonly RunSummary[] };
  deleteRun: { params: { readonly run: string }; result: null };
  examineRun: {
    params: { readonly model: string; readonly run: string; readonly epoch: number };
    result: RunExamination;
  };
  kernelBiography: {
    params: { readonly model: string; readonly run: string; readonly layer: string };
    result: KernelBiography;
  };
  /** A known data set that is not here. */
  downloadFacts: { params: { readonly name: string }; result: DownloadFacts };
  /**
   * Fetches it; progress. The host first shows the person the addresses, and without a yes nothing is fetched:
   * `downloaded` is false then.
   */
  downloadData: { params: { readonly name: string }; result: { readonly downloaded: boolean } };
  /** Answered at once by a process that is not lost in a step. */
  trainingAlive: { params: null; result: null };
  /** The panel's model goes on with the weights of an epoch: "trained here, epoch 4". */
  useTrainedWeights: {
    params: { readonly model: string; readonly run: string; readonly epoch: number };
    result: null;
  };
}
