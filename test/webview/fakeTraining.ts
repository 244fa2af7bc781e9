/** Plays runs of training with timers: falling losses, moving statistics that lag, mistakes, kernels that take shape. */
import type { HostRequests } from '../../src/protocol/panel';
import { RequestFailure, type HandlerContext } from '../../src/protocol/rpc';
import type {
  DataOffer,
  EpochReport,
  Estimate,
  RunSummary,
  Scores,
  TrainingEvent,
  TrainingForm,
  TrainingOffer,
  TrainingRequests
} from '../../src/protocol/training';
import { optimizerParameters } from '../../src/protocol/optimizerChoices';
import { wave } from './fakeValues';

type Asked = TrainingRequests & Pick<HostRequests, 'pickTrainingData'>;
type Named = { readonly [K in keyof Asked as string extends K ? never : K]: Asked[K] };
type Answers = {
  readonly [K in keyof Named]: (params: Named[K]['params'], context: HandlerContext) => Promise<Named[K]['result']>;
};

const names = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const stepsAnEpoch = 20;
/** Milliseconds of a step. */
const pace = 20;

export const fakeForm: TrainingForm = {
  optimizer: 'adam',
  optimizerParameters: { ...optimizerParameters('adam', 'keras'), learningRate: 0.001 },
  loss: 'SparseCategoricalCrossentropy',
  labelSmoothing: 0,
  fromLogits: false,
  epochs: 5,
  batchSize: 64,
  seed: 1,
  shuffle: true,
  validationShare: 0.2,
  examples: null,
  classWeights: null,
  schedule: null,
  earlyStopping: null,
  reduceOnPlateau: null,
  augment: false,
  l2: 0,
  weightNoise: 0,
  batchNormMomentum: null,
  frozen: [],
  start: 'fresh'
};

const offers: readonly DataOffer[] = [
  {
    choice: { kind: 'digits' },
    title: 'Bundled digits',
    state: 'here',
    reason: '28 × 28, ten classes, as the network reads them',
    fromCode: { line: 36 }
  },
  {
    choice: { kind: 'known', name: 'mnist' },
    title: 'MNIST',
    state: 'away',
    reason: 'not in ~/.keras/datasets: choose a file',
    fromCode: { line: 37 }
  },
  {
    choice: { kind: 'known', name: 'cifar10' },
    title: 'CIFAR-10',
    state: 'unfit',
    reason: '32 × 32 × 3, the network reads 28 × 28 × 1',
    fromCode: null
  }
];

const offer: TrainingOffer = {
  form: fakeForm,
  origins: {
    optimizer: { kind: 'code', line: 37 },
    'optimizerParameters.learningRate': { kind: 'code', line: 37 },
    loss: { kind: 'code', line: 38 },
    epochs: { kind: 'code', line: 41 },
    batchSize: { kind: 'default', line: null },
    seed: { kind: 'default', line: null }
  },
  optimizers: ['sgd', 'rmsprop', 'adam', 'adamw', 'nadam', 'adamax', 'adagrad', 'adadelta', 'lion', 'ftrl'],
  losses: ['SparseCategoricalCrossentropy', 'CategoricalCrossentropy', 'MeanSquaredError', 'CrossEntropyLoss'],
  warnings: ['The last layer has no softmax: the loss counts on probabilities, so “Network gives logits” is set.'],
  trainedLayers: ['conv2d', 'batch_normalization', 'conv2d_1', 'dense']
};

/** Training learns by heart from the third epoch on; validation on moving statistics lags at first. */
function scoresAt(at: number): { train: Scores; validation: Scores; onBatch: Scores } {
  const train = { loss: 2.3 * Math.exp(-at / 1.4), metrics: [1 - 0.9 * Math.exp(-at / 1.3)] };
  const onBatch = { loss: 0.25 + 1.9 * Math.exp(-at / 1.1), metrics: [0.93 - 0.8 * Math.exp(-at / 1.1)] };
  const lag = Math.exp(-at / 1.2);
  return {
    train,
    onBatch,
    validation: { loss: onBatch.loss + 2 * lag, metrics: [(onBatch.metrics[0] ?? 0) * (1 - lag)] }
  };
}

function epochAt(epoch: number): EpochReport {
  const { train, validation, onBatch } = scoresAt(epoch);
  return {
    epoch,
    train,
    validation,
    validationOnBatch: onBatch,
    learningRate: 0.001,
    seconds: 12.4,
    imagesPerSecond: 184,
    pulses: [
      { layer: 'conv2d', gradientNorm: 0.8 / epoch, updateRatio: 0.004 / epoch, dead: 0.03 },
      { layer: 'batch_normalization', gradientNorm: 0.2 / epoch, updateRatio: 0.0006, dead: null },
      { layer: 'conv2d_1', gradientNorm: 0.09, updateRatio: 0.2, dead: 0.4 },
      { layer: 'dense', gradientNorm: 0.01, updateRatio: 0.00002, dead: null }
    ],
    skipped: epoch === 2 ? { count: 1, first: ['broken.png'] } : { count: 0, first: [] }
  };
}

function kept(run: string, form: TrainingForm, epochs: number, patch: Partial<RunSummary> = {}): RunSummary {
  return {
    run,
    model: 'digits_cnn',
    data: 'Bundled digits',
    form,
    status: 'done',
    startedAt: '2026-03-01T10:12:00Z',
    engine: 'wasm',
    metricNames: ['accuracy'],
    epochs: Array.from({ length: epochs }, (_, index) => epochAt(index + 1)),
    ending: { kind: 'finished' },
    ...patch
  };
}

/** @param scenario `noData`, `asked`, `diverges`, `trainCrash`, `manyClasses`, `badData` play what can go wrong. */
export function fakeTraining(scenario: string): Answers {
  let runs: RunSummary[] =
    scenario === 'keptRuns'
      ? [
          kept('b', { ...fakeForm, seed: 2, augment: true }, 5, { startedAt: '2026-03-01T11:40:00Z' }),
          kept('a', fakeForm, 3, { status: 'stopped', ending: null })
        ]
      : scenario === 'going'
        ? [kept('g', fakeForm, 3, { status: 'running', ending: null })]
        : [];
  let paused = false;
  let downloaded = false;
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const classes = scenario === 'manyClasses' ? Array.from({ length: 100 }, (_, i) => `kind ${i}`) : names;
  return {
    trainingData: async () =>
      (scenario === 'noData' ? offers.filter(({ state }) => state !== 'here') : offers).map((one) =>
        one.state === 'away' && downloaded ? { ...one, state: 'here' as const, reason: 'in ~/.keras/datasets' } : one
      ),
    pickTrainingData: async ({ kind }) => ({ path: kind === 'folder' ? '/home/me/flowers' : '/home/me/digits.npz' }),
    trainingDataFacts: async ({ data }) => {
      if (data.kind === 'path' && scenario === 'badData')
        throw new RequestFailure({
          kind: 'input',
          problem: {
            file: 'flowers',
            problem: 'no picture lies in this folder',
            remedy: 'Give each class a sub-folder'
          }
        });
      return {
        choice: data,
        title: data.kind === 'path' ? 'flowers' : 'Bundled digits',
        train: 2000,
        validation: 500,
        classNames: names,
        perClass: names.map((_, index) => 200 + (index % 3) * 12 - (data.kind === 'path' ? index * 15 : 0)),
        range: [0, 1],
        leaks: data.kind === 'path' ? 12 : 0,
        bad: data.kind === 'path' ? [{ name: 'rose/broken.png', problem: 'the file ends too early' }] : [],
        notices: [],
        samples: names.flatMap((label, index) =>
          [0, 1].map((n) => ({ label, picture: wave(28, 28, index + n, true) }))
        ),
        preparation: 'grey, 28 × 28, values / 255'
      };
    },
    trainingOffer: async () => {
      if (scenario === 'frozen') return { ...offer, trainedLayers: [] };
      return scenario === 'asked'
        ? { ...offer, origins: { ...offer.origins, batchSize: { kind: 'asked', line: 40 } } }
        : offer;
    },
    trainingEstimate: async ({ form }): Promise<Estimate> => {
      const secondsPerEpoch = ((form.examples ?? 2000) / 2000) * 32;
      return {
        secondsPerEpoch,
        seconds: secondsPerEpoch * form.epochs,
        engine: 'wasm',
        quick: { epochs: 2, examples: 900 },
        lab: { epochs: 5, examples: 2000 }
      };
    },
    train: async ({ form, resume }, { progress, signal }) => {
      const before = runs.find(({ run }) => run === resume);
      const run = resume ?? `run${runs.length + 1}`;
      let summary = kept(run, form, 0, { status: 'running', ending: null, epochs: before?.epochs ?? [] });
      const store = () => {
        runs = [summary, ...runs.filter((one) => one.run !== run)];
      };
      const tell = (partial: TrainingEvent) => progress({ share: null, message: 'training', partial });
      store();
      await wait(pace);
      tell({ kind: 'started', run, engine: 'wasm', epochs: form.epochs });
      for (let epoch = summary.epochs.length + 1; epoch <= form.epochs; epoch++) {
        for (let step = 1; step <= stepsAnEpoch; step++) {
          do await wait(pace);
          while (paused && !signal.aborted);
          if (signal.aborted) {
            summary = { ...summary, status: 'stopped' };
            store();
            return summary;
          }
          if (scenario === 'trainCrash' && epoch === 2)
            throw new RequestFailure({ kind: 'crashed', message: 'It ran out of memory.' });
          if (scenario === 'diverges' && epoch === 2 && step === 5) {
            summary = {
              ...summary,
              status: 'failed',
              ending: { kind: 'diverged', step: 25, layer: 'conv2d_1', what: 'gradient' }
            };
            store();
            return summary;
          }
          const { train } = scoresAt(epoch - 1 + step / stepsAnEpoch);
          const stepsLeft = (form.epochs - epoch + 1) * stepsAnEpoch - step;
          tell({
            kind: 'step',
            report: {
              epoch,
              step,
              steps: stepsAnEpoch,
              ...train,
              imagesPerSecond: 184,
              secondsLeft: stepsLeft * 0.62
            }
          });
        }
        summary = { ...summary, epochs: [...summary.epochs, epochAt(epoch)] };
        store();
        tell({ kind: 'epoch', report: epochAt(epoch) });
      }
      summary = { ...summary, status: 'done', ending: { kind: 'finished' } };
      store();
      return summary;
    },
    pauseTraining: async (params) => {
      paused = params.paused;
      return null;
    },
    trainingRuns: async () => runs,
    deleteRun: async ({ run }) => {
      runs = runs.filter((one) => one.run !== run);
      return null;
    },
    examineRun: async ({ epoch }) => {
      const count = classes.length;
      const confusion = Uint32Array.from({ length: count * count }, (_, place) => {
        const [truth, answered] = [Math.floor(place / count), place % count];
        if (truth === answered) return 40 + epoch;
        return (truth * 7 + answered * 3) % 11 === 0 ? 6 - epoch : 0;
      });
      return {
        epoch,
        classNames: classes,
        confusion,
        mistakes: Array.from({ length: 24 }, (_, index) => ({
          index: index * 3,
          name: `validation ${index * 3}`,
          picture: wave(28, 28, index, true),
          truth: classes[4] ?? '',
          answer: classes[index % 2 === 0 ? 9 : 7] ?? '',
          probability: 0.99 - index / 60,
          loss: 7 - index / 5
        })),
        examples: confusion.reduce((sum, one) => sum + one, 0)
      };
    },
    kernelBiography: async ({ run, layer }) => {
      const done = runs.find((one) => one.run === run)?.epochs.length ?? 0;
      const epochs = Array.from({ length: done + 1 }, (_, index) => index);
      return {
        layer,
        epochs,
        sheets: epochs.map((epoch) => wave(71, 35, epoch + 2)),
        limit: 0.42,
        change: epochs.map((epoch) => 0.4 * (1 - Math.exp(-epoch / 2)))
      };
    },
    useTrainedWeights: async () => null,
    trainingAlive: async () => null,
    downloadFacts: async () => ({
      title: 'MNIST',
      publisher: 'example.org',
      licence: 'CC BY-SA 3.0',
      addresses: ['https://example.org/mnist.npz'],
      bytes: 11_490_434,
      folder: '~/.keras/datasets'
    }),
    downloadData: async (_params, { progress }) => {
      progress({ share: 0.5, message: 'mnist.npz' });
      await wait(50);
      downloaded = true;
      return { downloaded };
    }
  };
}
