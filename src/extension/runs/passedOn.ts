/** Requests of the webview that go on to the subject's training process. */
import type { ExperimentRequests } from '../../protocol/experiments';
import type { TrainingRequests } from '../../protocol/training';

type Asked = TrainingRequests & ExperimentRequests;
type KnownNames = keyof { [K in keyof Asked as string extends K ? never : K]: true };
/** The panel's own process takes weights and trained networks over; the host itself asks whether the process is alive. */
export type InPanel = 'useTrainedWeights' | 'openExperimentNetwork' | 'closeExperimentNetwork';
type Elsewhere = InPanel | 'trainingAlive';

/** Written as a record so that the compiler asks for each new request. */
const names: Readonly<Record<Exclude<KnownNames, Elsewhere>, true>> = {
  trainingData: true,
  trainingDataFacts: true,
  trainingOffer: true,
  trainingEstimate: true,
  train: true,
  pauseTraining: true,
  trainingRuns: true,
  deleteRun: true,
  examineRun: true,
  kernelBiography: true,
  downloadFacts: true,
  downloadData: true,
  experimentOffer: true,
  experimentCost: true,
  runExperiment: true,
  experiments: true,
  experimentFindings: true,
  deleteExperiment: true,
  experimentCsv: true,
  experimentReport: true
};

export const toTraining: ReadonlySet<string> = new Set(Object.keys(names));
