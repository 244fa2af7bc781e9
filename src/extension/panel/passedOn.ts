/**
 * Requests of the webview that go on to the child process unchanged. Opening and closing are the host's own: the
 * webview never names a file to open or a model to close.
 */
import type { WorkerRequests } from '../../protocol/requests';
import type { ExperimentRequests } from '../../protocol/experiments';
import type { TrainingRequests } from '../../protocol/training';
import type { InPanel } from '../runs/passedOn';

type HostOnly = 'openModel' | 'openDefinition' | 'closeModel' | 'writeTensor' | 'writeModel' | 'writeReport';
/** See `runs/passedOn`: the rest goes to the subject's training process. */
type Training = Exclude<keyof TrainingRequests | keyof ExperimentRequests, InPanel>;
type KnownNames = keyof { [K in keyof WorkerRequests as string extends K ? never : K]: true };

/** Written as a record so that the compiler asks for each new request. */
const names: Readonly<Record<Exclude<KnownNames, HostOnly | Training>, true>> = {
  overview: true,
  kernelSheet: true,
  kernelTiles: true,
  kernelNumbers: true,
  samples: true,
  setInput: true,
  comparePresets: true,
  run: true,
  mapSheet: true,
  mapTiles: true,
  mapNumbers: true,
  proof: true,
  valueChange: true,
  channelCard: true,
  graphLayout: true,
  setLabels: true,
  openTwin: true,
  compareModels: true,
  compareAnswers: true,
  compareOverSet: true,
  compareMaps: true,
  compareAllMaps: true,
  differenceTiles: true,
  dataSets: true,
  addImageFolder: true,
  labels: true,
  whyTargets: true,
  attribution: true,
  sanityCheck: true,
  shakeWeights: true,
  maximise: true,
  excitingPictures: true,
  maskTriptych: true,
  manyMasks: true,
  picturesUnderMasks: true,
  leastSure: true,
  reliance: true,
  channelsOff: true,
  relianceCurves: true,
  channelCorrelation: true,
  camUnderMasks: true,
  chooseFromSet: true,
  featureSpace: true,
  featurePicture: true,
  normalizationXray: true,
  normalizationChannel: true,
  normalizationModes: true,
  normalizationShift: true,
  normalizationTweak: true,
  normalizationFold: true,
  signalDepth: true,
  poolingMap: true,
  poolingTraces: true,
  poolingSwap: true,
  poolingShift: true,
  stepsMap: true,
  tryKernel: true,
  useTrainedWeights: true,
  openExperimentNetwork: true,
  closeExperimentNetwork: true,
  engines: true
};

export const passedOn: ReadonlySet<string> = new Set(Object.keys(names));
