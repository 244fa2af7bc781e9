/**
 * Experiments on the panel's network: twins that differ in one change, and labs that vary several things, each over several
 * seeds. They go in the training process one after the other; what is finished is kept, so that a stopped one goes on.
 */
import type { Change } from '../training/lab/changes';
import type { LabName } from '../training/lab/grids';
import type { CurvePoint, JobEnding, JobResult, LabJob } from '../training/lab/job';
import type { TwinSummary } from '../training/lab/twin';
import type { Judgement } from '../training/lab/verdict';
import type { OpenedModel } from './requests';
import type { DataChoice, TrainingForm } from './training';

export type { Change } from '../training/lab/changes';
export type { LabName } from '../training/lab/grids';
export type { CurvePoint, JobResult, LabJob, Score } from '../training/lab/job';
export type { MeanSpread } from '../training/lab/measures';
export type { Comparison, TwinSummary, VariantSummary } from '../training/lab/twin';
export type { Judgement } from '../training/lab/verdict';

/** What is varied: "twin" sets the network as it is beside the network with `changes`. */
export type ExperimentKind =
  | { readonly kind: 'twin'; readonly label: string; readonly changes: readonly Change[] }
  | { readonly kind: 'lab'; readonly lab: LabName };

/** Everything that decides what an experiment finds; plain data, kept as JSON. */
export interface ExperimentPlan {
  readonly what: ExperimentKind;
  readonly data: DataChoice;
  /** What a job does not say itself: optimizer, loss, share of validation… Its seed and start are not used. */
  readonly form: TrainingForm;
  readonly seeds: readonly number[];
  /** Training images; `null`: all. */
  readonly size: number | null;
  readonly epochs: number;
  readonly batchSize: number;
  /** In place of the optimizer's own. */
  readonly learningRate: number | null;
  /** Validation accuracy whose arrival is timed, in [0, 1]. */
  readonly target: number;
}

/** A layer that can be taken out or given another rate, or behind which one can be put. */
export interface ChangeableLayer {
  readonly layer: string;
  readonly name: string;
  /** `BatchNormalization`, `Dropout`…: as the source calls it. */
  readonly type: string;
  /** From 0; `null` where no code is known. */
  readonly line: number | null;
  /** `reason` says in a sentence why not. */
  readonly without: { readonly possible: true } | { readonly possible: false; readonly reason: string } | null;
  /** Dropout's rate, or the standard deviation of Gaussian noise. */
  readonly rate: number | null;
  readonly putBehind: { readonly dropout: boolean; readonly batchNorm: boolean };
}

/** What can be tried on this network and these data. */
export interface ExperimentOffer {
  readonly layers: readonly ChangeableLayer[];
  /** Each lab with defaults that take about three minutes, at most ten, on this engine. */
  readonly labs: readonly {
    readonly lab: LabName;
    readonly plan: ExperimentPlan;
    readonly seconds: number;
    /** Why it cannot be run on this network: a sentence; `null`: it can. */
    readonly refused: string | null;
  }[];
  /** For twins: everything but the change. */
  readonly twinPlan: Omit<ExperimentPlan, 'what'>;
  readonly trainImages: number;
  readonly validationImages: number;
  /** Momentum of the network's own batch norms, where it has some. */
  readonly batchNormMomentum: number | null;
}

/** What a plan comes to, before it starts. */
export interface ExperimentCost {
  readonly jobs: number;
  /** Measured on a few real steps of this network. */
  readonly seconds: number;
  readonly engine: string;
  readonly variants: readonly {
    readonly id: string;
    readonly label: string;
    /** Layers that start from fresh weights of another shape. */
    readonly refreshed: readonly string[];
    readonly parameters: number | null;
    /** Why this variant cannot be built, in a sentence. */
    readonly refused: string | null;
  }[];
}

/** A claim, judged by the rule that `docs/lessons.md` states. */
export interface JudgedClaim {
  readonly text: string;
  readonly judgement: Judgement;
  /** `holds`, `does not hold`, `too noisy to say`, in the display language. */
  readonly word: string;
  /** Seeds, mean and spread, in words. */
  readonly detail: string;
}

export type ExperimentStatus = 'running' | 'stopped' | 'finished';

export interface ExperimentSummary {
  readonly experiment: string;
  /** In words: `Without dropout_1`, `Regularisation lab`. */
  readonly title: string;
  readonly plan: ExperimentPlan;
  /** Of the data. */
  readonly data: string;
  readonly engine: string;
  /** ISO 8601. */
  readonly begun: string;
  readonly status: ExperimentStatus;
  readonly finishedJobs: number;
  readonly jobs: number;
}

/** All that an experiment has found so far. */
export interface ExperimentFindings {
  readonly summary: ExperimentSummary;
  readonly jobs: readonly LabJob[];
  readonly results: readonly JobResult[];
  /**
   * For each number of training images one comparison of its variants, the first variant being the network it is measured
   * against; a single one where the number does not vary.
   */
  readonly groups: readonly { readonly size: number | null; readonly twins: TwinSummary }[];
  readonly claims: readonly JudgedClaim[];
  /** What a learner should read first: one or two sentences. */
  readonly sentence: string;
  /** What must be known beside the curves: why batch norm's curves part, what a variant could not do. */
  readonly notices: readonly string[];
  /** Trained networks of the first seed, kept as files that the panel can set beside each other. */
  readonly keptNetworks: readonly { readonly variant: string; readonly label: string }[];
}

export type ExperimentEvent =
  /** Named and kept, but a run or another experiment goes first. */
  | { readonly kind: 'waiting'; readonly experiment: string }
  /** What was found in an earlier sitting follows as `point`s and `result`s. */
  | { readonly kind: 'started'; readonly experiment: string; readonly engine: string; readonly jobs: readonly LabJob[] }
  | { readonly kind: 'job'; readonly job: string; readonly index: number }
  | { readonly kind: 'point'; readonly job: string; readonly point: CurvePoint }
  | {
      readonly kind: 'progress';
      readonly job: string;
      /** Of the job and of all jobs, in [0, 1]. */
      readonly share: number;
      readonly overall: number;
      readonly secondsLeft: number | null;
    }
  | { readonly kind: 'result'; readonly job: string; readonly ending: JobEnding };

export interface ExperimentRequests extends Record<string, { params: unknown; result: unknown }> {
  experimentOffer: { params: { readonly model: string; readonly data: DataChoice }; result: ExperimentOffer };
  /** Times a few real steps, once for a network and batch size. */
  experimentCost: { params: { readonly model: string; readonly plan: ExperimentPlan }; result: ExperimentCost };
  /**
   * Goes until all jobs are done; `partial`s are `ExperimentEvent`s. Waits in line while a run or another experiment goes.
   * The host owns it as it owns runs: a webview that comes back names it as `resume` and hears again what it missed.
   */
  runExperiment: {
    params: { readonly model: string; readonly plan: ExperimentPlan; readonly resume: string | null };
    result: ExperimentSummary;
  };
  experiments: { params: { readonly model: string }; result: readonly ExperimentSummary[] };
  experimentFindings: {
    params: { readonly model: string; readonly experiment: string };
    result: ExperimentFindings;
  };
  deleteExperiment: { params: { readonly experiment: string }; result: null };
  /** One row for each look at a network. */
  experimentCsv: { params: { readonly model: string; readonly experiment: string }; result: { readonly csv: string } };
  /** One HTML page that opens offline: plan, curves, table, claims with their rule. */
  experimentReport: {
    params: { readonly model: string; readonly experiment: string };
    result: { readonly html: string };
  };
  /** A trained network of the first seed as a model of its own, for the comparison and the effects; it ends with `model`. */
  openExperimentNetwork: {
    params: { readonly model: string; readonly experiment: string; readonly variant: string };
    result: { readonly opened: OpenedModel; readonly title: string };
  };
  closeExperimentNetwork: { params: { readonly model: string }; result: null };
}
