/** Requests of the webview that go on to the subject's training process. */
import type { TrainingRequests } from '../../protocol/training';

type KnownNames = keyof { [K in keyof TrainingRequests as string extends K ? never : K]: true };
/** The panel's own process takes the weights over; the host itself asks whether the process is alive. */
type Elsewhere = 'useTrainedWeights' | 'trainingAlive';

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
  downloadData: true
};

export const toTraining: ReadonlySet<string> = new Set(Object.keys(names));
