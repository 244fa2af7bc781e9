/** Trains one variant on one seed and looks at it on the way. */
import type { Model } from '../../core/model';
import { createRandom, seedFor } from '../../core/random';
import { problemLine } from '../../core/result';
import type { Engine, PreparedNetwork } from '../../engine/engine';
import { layersOf } from '../../engine/loadWeights';
import { evaluate, type EvaluationParts } from '../run/evaluate';
import type { ExampleSource } from '../run/examples';
import type { Scores } from '../run/report';
import type { RunSettings } from '../run/settings';
import { Trainer, type EpochOutcome } from '../run/trainer';
import { applyChanges, type Applied } from './changes';
import type { CurvePoint, JobEnding, JobHooks, JobResult, JobRunner, LabJob, Score } from './job';

export interface LabData {
  /** @param count `null`: all @param seed of the sample */
  train(count: number | null, seed: number): Promise<ExampleSource>;
  readonly validation: ExampleSource;
  readonly classes: number;
}

export interface LabParts {
  readonly engine: Engine;
  readonly model: Model;
  /** What a job does not say itself. Its first metric must be an accuracy. */
  readonly settings: RunSettings;
  readonly data: LabData;
  /** At most so many training images are measured after each epoch; default 500. */
  readonly measured?: number | undefined;
  /** Images at a time where the network is looked at; default 250. */
  readonly lookedAtOnce?: number | undefined;
  /** The network of a job that went to its end, before it is let go. */
  readonly onTrained?: ((job: LabJob, model: Model, network: PreparedNetwork) => Promise<void>) | undefined;
}

/** The runner that really trains: fresh weights drawn by the job's seed wherever the model has none of its own. */
export function jobRunner(parts: LabParts): JobRunner {
  return (job, hooks) => runJob(parts, job, hooks);
}

async function runJob(parts: LabParts, job: LabJob, hooks: JobHooks): Promise<JobResult> {
  const started = performance.now();
  const result = (points: readonly CurvePoint[], ending: JobEnding, refreshed: readonly string[]): JobResult => ({
    version: 1,
    job,
    points,
    ending,
    refreshed,
    seconds: (performance.now() - started) / 1000
  });
  const applied = applyChanges(parts.model, job.variant.changes, parts.settings.augmentation);
  if (!applied.ok) return result([], { kind: 'refused', reason: problemLine(applied.error) }, []);
  const { model, weightNoise, l2, initialScale, augmentation, refreshed } = applied.value;
  const sample = await parts.data.train(job.size, job.seed);
  const train = job.randomLabels ? withRandomLabels(sample, parts.data.classes, job.seed) : sample;
  const network = await parts.engine.prepare(model, { seed: job.seed, signal: hooks.signal });
  try {
    scaleKernels(network, initialScale);
    const kernels = network.parameters().filter(({ role, learned }) => learned && /kernel/i.test(role));
    const settings: RunSettings = {
      ...parts.settings,
      seed: job.seed,
      epochs: job.epochs,
      batchSize: job.batchSize,
      weightNoise: weightNoise === 0 ? parts.settings.weightNoise : weightNoise,
      augmentation,
      optimizer:
        job.learningRate === null
          ? parts.settings.optimizer
          : { ...parts.settings.optimizer, learningRate: job.learningRate },
      regularizers: l2 === 0 ? parts.settings.regularizers : new Map(kernels.map(({ key }) => [key, { l1: 0, l2 }])),
      // Twins are to see the same batches for the same number of steps.
      earlyStopping: null,
      plateau: null
    };
    const layers = layersOf(model.root);
    // The trainer does not validate: the job looks by itself, between steps too and without penalties.
    const trainer = new Trainer({ network, model, layers, train, validation: null, settings });
    const measuredParts: EvaluationParts = {
      network,
      layers,
      settings: { ...settings, batchSize: parts.lookedAtOnce ?? 250 }
    };
    const few = firstOf(train, parts.measured ?? 500);
    const norms = [...layers.values()].some(({ kind }) => kind.kind === 'batchNorm' && kind.tracksStatistics);
    const looking = { signal: hooks.signal, turn: () => hooks.turn() };
    const score = async (source: ExampleSource, statistics: 'moving' | 'batch'): Promise<Score> =>
      scoreOf(await evaluate(measuredParts, source, { statistics }, looking));
    const points: CurvePoint[] = [];
    let step = 0;
    let looked = 0;
    const look = async (epoch: number, running: Scores | null): Promise<void> => {
      looked = step;
      const point: CurvePoint = {
        step,
        epoch,
        running: running === null ? null : scoreOf(running),
        train: running === null ? null : await score(few, 'moving'),
        validation: await score(parts.data.validation, 'moving'),
        validationOnBatch: norms ? await score(parts.data.validation, 'batch') : null
      };
      points.push(point);
      hooks.onPoint?.(point);
    };
    const stepsInEpoch = Math.ceil(train.size / job.batchSize);
    while (!trainer.done) {
      const epoch = trainer.epoch + 1;
      const outcome = await trainer.runEpoch({
        signal: hooks.signal,
        onStep: () => {
          step++;
          hooks.onShare?.(step / (stepsInEpoch * job.epochs));
        },
        turn: async () => {
          await hooks.turn();
          if (job.checkEvery !== null && step > looked && step % job.checkEvery === 0) await look(epoch, null);
        }
      });
      const ending = await endingOf(outcome, async (report) => {
        if (epoch % job.everyEpochs === 0 || trainer.done) await look(epoch, report);
      });
      if (ending !== null) return result(points, ending, refreshed);
    }
    await parts.onTrained?.(job, model, network);
    return result(points, { kind: 'finished' }, refreshed);
  } finally {
    network.dispose();
  }
}

async function endingOf(outcome: EpochOutcome, look: (train: Scores) => Promise<void>): Promise<JobEnding | null> {
  if (outcome.kind === 'epoch') {
    await look(outcome.report.train);
    return null;
  }
  const { ending } = outcome;
  if (ending.kind === 'diverged') return { kind: 'diverged', step: ending.step, layer: ending.layer };
  return { kind: 'refused', reason: ending.kind === 'stopped' ? `${ending.layer}: ${ending.reason}` : ending.kind };
}

function scoreOf({ loss, metrics }: Scores): Score {
  return { loss, accuracy: metrics[0] ?? 0 };
}

/** Learned kernels times a factor; biases and norms stay. */
function scaleKernels(network: PreparedNetwork, { factor, of }: Applied['initialScale']): void {
  if (factor === 1) return;
  const all = network.parameters().filter(({ role, learned }) => learned && /kernel/i.test(role));
  // Parameters come in the model's own order of layers.
  const answer = of === 'hidden' ? all.at(-1)?.layer : undefined;
  const kernels = all.filter(({ layer }) => layer !== answer);
  network.assign(new Map(kernels.map(({ key, values }) => [key, values.map((value) => value * factor)])));
}

function firstOf(source: ExampleSource, count: number): ExampleSource {
  return { size: Math.min(count, source.size), read: (indices, signal) => source.read(indices, signal) };
}

/** The same inputs, each with a class drawn by the seed and its index, whatever it shows. */
export function withRandomLabels(source: ExampleSource, classes: number, seed: number): ExampleSource {
  const random = createRandom(seedFor(seed, 'random labels'));
  const drawn = Int32Array.from({ length: source.size }, () => random.below(classes));
  return {
    size: source.size,
    async read(indices, signal) {
      const examples = await source.read(indices, signal);
      const labels = Int32Array.from(examples.indices, (index) => drawn[index] ?? 0);
      return { ...examples, target: { kind: 'classes', classes: labels } };
    }
  };
}
