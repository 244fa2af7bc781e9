/**
 * A run, epoch by epoch: shuffled batches through `network.step`, the optimizer on what comes back, moving statistics after
 * it, then validation. Everything random follows from the settings' seed and the step's number, so a run that is taken up
 * again at the end of an epoch goes on exactly as one that was never broken.
 */
import { createRandom, seedFor } from '../../core/random';
import { fail, ok, type Result } from '../../core/result';
import type { LayerNode, Model } from '../../core/model';
import { t } from '../../core/texts';
import { augment } from '../../data/augment/augment';
import { epochOrder } from '../../data/split';
import type { PreparedNetwork } from '../../engine/engine';
import type { Parameter, StepOutcome } from '../../engine/trainable';
import { EARLY_STOPPING_START, PLATEAU_START, earlyStoppingAfter, plateauAfter } from '../callbacks';
import { sampleWeightsOf } from '../losses/classWeights';
import { lossOf } from '../losses/loss';
import { expectedActivation, logitForm, type LossSettings } from '../losses/settings';
import { createOptimizer, type Optimizer } from '../optimizers/optimizer';
import { addPenaltyGradient, penaltyOf } from '../regularizers';
import { learningRateAt } from '../schedules';
import { whereItDiverged } from './divergence';
import { evaluate } from './evaluate';
import type { Examples, ExampleSource } from './examples';
import { moveStatistics } from './movingStatistics';
import { deadShares, pulsesOf } from './pulse';
import type { Ending, EpochReport, StepReport } from './report';
import { activated, Scorer } from './scores';
import type { RunSettings } from './settings';
import type { RunState } from './state';

export interface RunParts {
  readonly network: PreparedNetwork;
  readonly model: Model;
  /** All layers, nested ones included. */
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly train: ExampleSource;
  readonly validation: ExampleSource | null;
  readonly settings: RunSettings;
}

export interface EpochHooks {
  readonly signal: AbortSignal;
  onStep?(report: StepReport): void;
  /** Awaited between steps: lets messages in, and holds a paused run. */
  turn(): Promise<void>;
}

export type EpochOutcome =
  | { readonly kind: 'epoch'; readonly report: EpochReport; readonly ending: Ending | null }
  | { readonly kind: 'ended'; readonly ending: Ending };

/** How many probe examples dead units are looked for in. */
const probes = 64;

export class Trainer {
  private readonly parameters: readonly Parameter[];
  private readonly byKey: ReadonlyMap<string, Parameter>;
  private readonly optimizer: Optimizer;
  private readonly activation: ReturnType<PreparedNetwork['finalActivation']>;
  private readonly stepLoss: LossSettings;
  private epochsDone = 0;
  private steps = 0;
  /** What ReduceLROnPlateau has left of the rate. */
  private rateFactor = 1;
  private early = EARLY_STOPPING_START;
  private plateau = PLATEAU_START;
  private best: ReadonlyMap<string, Float32Array> | null = null;

  constructor(private readonly parts: RunParts) {
    const { network, settings } = parts;
    this.parameters = network.parameters();
    this.byKey = new Map(this.parameters.map((one) => [one.key, one]));
    this.optimizer = createOptimizer(settings.optimizer);
    // Losses over probabilities are taken before the last softmax or sigmoid where the network ends in it: Keras does too.
    const expected = expectedActivation(settings.loss);
    const ends = network.finalActivation(0);
    const scored = expected !== null && expected === ends ? logitForm(settings.loss) : null;
    this.activation = scored === null ? null : ends;
    this.stepLoss = scored ?? settings.loss;
  }

  get epoch(): number {
    return this.epochsDone;
  }

  get done(): boolean {
    return this.epochsDone >= this.parts.settings.epochs || this.early.stopped;
  }

  /** The weights as they stand, by `Parameter.key`. */
  weights(): ReadonlyMap<string, Float32Array> {
    return new Map(this.parameters.map(({ key, values }) => [key, values.slice()]));
  }

  state(): RunState {
    const { epochsDone, steps, rateFactor, early, plateau, best } = this;
    const optimizer = this.optimizer.state();
    return { epoch: epochsDone, steps, rateFactor, early, plateau, optimizer, weights: this.weights(), best };
  }

  /** Goes on from a state of a run with equal settings. */
  restore(state: RunState): Result<null> {
    for (const { key, values } of this.parameters) {
      const kept = state.weights.get(key);
      if (kept?.length !== values.length)
        return fail({
          file: this.parts.model.name,
          problem: t('the kept run has other weights'),
          remedy: t('Start a new run')
        });
      values.set(kept);
    }
    const optimizer = this.optimizer.restore(state.optimizer);
    if (!optimizer.ok) return optimizer;
    this.parts.network.assign(state.weights);
    this.epochsDone = state.epoch;
    this.steps = state.steps;
    this.rateFactor = state.rateFactor;
    this.early = state.early;
    this.plateau = state.plateau;
    this.best = state.best;
    return ok(null);
  }

  /** Trains one epoch and validates. @throws the signal's reason when it aborts: the state is then that of mid-epoch */
  async runEpoch(hooks: EpochHooks): Promise<EpochOutcome> {
    const { settings, train, model } = this.parts;
    const epoch = this.epochsDone + 1;
    const order = settings.shuffle
      ? epochOrder(train.size, settings.seed, epoch)
      : Uint32Array.from({ length: train.size }, (_, i) => i);
    const steps = Math.ceil(order.length / settings.batchSize);
    const scorer = new Scorer(settings.loss, settings.metrics);
    const skipped: string[] = [];
    let skippedCount = 0;
    let seen = 0;
    const started = performance.now();
    let last: { readonly before: ReadonlyMap<string, Float32Array>; readonly outcome: StepOutcome } | null = null;
    for (let step = 1; step <= steps; step++) {
      await hooks.turn();
      hooks.signal.throwIfAborted();
      const members = order.subarray((step - 1) * settings.batchSize, step * settings.batchSize);
      const examples = await train.read(members, hooks.signal);
      skippedCount += examples.skipped.length;
      for (const { file } of examples.skipped) if (skipped.length < 12) skipped.push(file);
      if (examples.indices.length === 0) continue;
      const watched = step === steps;
      const before = watched ? this.weights() : null;
      const taken = this.takeStep(examples, scorer);
      if (taken.kind === 'problem')
        return { kind: 'ended', ending: { kind: 'stopped', layer: model.name, reason: taken.reason } };
      const { outcome } = taken;
      if (outcome.type === 'stopped')
        return { kind: 'ended', ending: { kind: 'stopped', layer: outcome.layer, reason: outcome.reason } };
      if (!Number.isFinite(outcome.loss) || taken.brokenGradient !== null) {
        const ending = await whereItDiverged(this.parts, examples, this.steps, taken.brokenGradient, hooks.signal);
        return { kind: 'ended', ending };
      }
      if (before !== null) last = { before, outcome };
      seen += examples.indices.length;
      const seconds = (performance.now() - started) / 1000;
      const stepsLeft = steps - step + (settings.epochs - epoch) * steps;
      hooks.onStep?.({
        epoch,
        step,
        steps,
        ...scorer.scores(this.penalty()),
        imagesPerSecond: seen / Math.max(1e-9, seconds),
        secondsLeft: (stepsLeft * seconds) / step
      });
    }
    const trained = (performance.now() - started) / 1000;
    const { validation, validationOnBatch } = await this.validate(hooks);
    const pulses =
      last === null || last.outcome.type === 'stopped'
        ? []
        : pulsesOf(this.parameters, last.before, last.outcome.gradients, await this.dead(hooks.signal));
    const report: EpochReport = {
      epoch,
      train: scorer.scores(this.penalty()),
      validation,
      validationOnBatch,
      learningRate: this.rate(),
      seconds: (performance.now() - started) / 1000,
      imagesPerSecond: seen / Math.max(1e-9, trained),
      pulses,
      skipped: { count: skippedCount, first: skipped }
    };
    this.epochsDone = epoch;
    return { kind: 'epoch', report, ending: this.afterEpoch(report) };
  }

  /** The rate of the next step. */
  private rate(): number {
    const { schedule, optimizer } = this.parts.settings;
    const position = { step: this.steps, epoch: this.epochsDone };
    return (schedule === null ? optimizer.learningRate : learningRateAt(schedule, position)) * this.rateFactor;
  }

  private takeStep(
    examples: Examples,
    scorer: Scorer
  ):
    | { readonly kind: 'taken'; readonly outcome: StepOutcome; readonly brokenGradient: string | null }
    | { readonly kind: 'problem'; readonly reason: string } {
    const { network, settings, model, layers } = this.parts;
    const { inputs, target } = examples;
    const seed = seedFor(settings.seed, `step ${String(this.steps)}`);
    const [first, ...others] = inputs;
    const changed =
      first === undefined || settings.augmentation.length === 0
        ? inputs
        : [augment(first, settings.augmentation, seedFor(seed, 'augmentation')), ...others];
    if (settings.weightNoise > 0) this.shake(seed);
    let problem: string | null = null;
    const outcome = network.step(changed, {
      seed,
      scores: [this.activation !== null],
      trains: (layer) => layer.trainable && !settings.frozen.has(layer.id),
      loss: (outputs) => {
        const [scores] = outputs;
        if (scores === undefined) throw new Error('the network has no output');
        const weights =
          settings.classWeights === null
            ? null
            : sampleWeightsOf(new Map(settings.classWeights.entries()), target, scores.shape);
        const found = lossOf(this.stepLoss, scores, target, weights);
        if (!found.ok) {
          problem = `${found.error.problem}. ${found.error.remedy}`;
          return {
            value: 0,
            gradients: outputs.map((_, i) => (i === 0 ? new Float32Array(scores.data.length) : null))
          };
        }
        scorer.take(found.value.value, activated(scores, this.activation), target);
        return { value: found.value.value, gradients: outputs.map((_, i) => (i === 0 ? found.value.gradient : null)) };
      }
    });
    if (settings.weightNoise > 0) network.assign(new Map(this.parameters.map(({ key, values }) => [key, values])));
    if (problem !== null) return { kind: 'problem', reason: problem };
    if (outcome.type === 'stopped' || !Number.isFinite(outcome.loss))
      return { kind: 'taken', outcome, brokenGradient: null };
    const broken = brokenIn(outcome.gradients);
    if (broken !== null) return { kind: 'taken', outcome, brokenGradient: this.byKey.get(broken)?.layer ?? null };
    this.update(outcome, model, layers);
    return { kind: 'taken', outcome, brokenGradient: null };
  }

  private update(outcome: Extract<StepOutcome, { type: 'done' }>, model: Model, layers: RunParts['layers']): void {
    const { network, settings } = this.parts;
    const moved = this.parameters.flatMap((parameter) => {
      const gradient = outcome.gradients.get(parameter.key);
      if (gradient === undefined) return [];
      const regularizer = settings.regularizers.get(parameter.key);
      if (regularizer !== undefined) addPenaltyGradient(regularizer, parameter.values, gradient);
      return [{ key: parameter.key, values: parameter.values, gradient, decays: true }];
    });
    this.optimizer.apply(moved, this.rate());
    const statistics = moveStatistics(outcome.statistics, this.parameters, layers, {
      dialect: model.framework === 'pytorch' ? 'pytorch' : 'keras',
      momentum: settings.batchNormMomentum
    });
    network.assign(new Map([...moved, ...statistics].map(({ key, values }) => [key, values])));
    this.steps++;
  }

  /** Gaussian noise on every learned kernel for one step; the weights that are trained stay as they are. */
  private shake(seed: number): void {
    const { network, settings } = this.parts;
    const shaken = new Map<string, Float32Array>();
    for (const { key, role, learned, values } of this.parameters) {
      if (!learned || !/kernel/i.test(role)) continue;
      const random = createRandom(seedFor(seed, key));
      const size = settings.weightNoise * deviation(values);
      shaken.set(
        key,
        values.map((value) => value + size * random.normal())
      );
    }
    network.assign(shaken);
  }

  private penalty(): number {
    let sum = 0;
    for (const [key, regularizer] of this.parts.settings.regularizers) {
      const parameter = this.byKey.get(key);
      if (parameter !== undefined) sum += penaltyOf(regularizer, parameter.values);
    }
    return sum;
  }

  private async validate(hooks: EpochHooks): Promise<Pick<EpochReport, 'validation' | 'validationOnBatch'>> {
    const { validation, layers } = this.parts;
    if (validation === null) return { validation: null, validationOnBatch: null };
    const moving = await evaluate(this.parts, validation, { statistics: 'moving' }, hooks, this.penalty());
    const norms = [...layers.values()].some(({ kind }) => kind.kind === 'batchNorm' && kind.tracksStatistics);
    const own = norms ? await evaluate(this.parts, validation, { statistics: 'batch' }, hooks, this.penalty()) : null;
    return { validation: moving, validationOnBatch: own };
  }

  private async dead(signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const source = this.parts.validation ?? this.parts.train;
    const examples = await source.read(
      Uint32Array.from({ length: Math.min(probes, source.size) }, (_, i) => i),
      signal
    );
    return deadShares(this.parts, examples, signal);
  }

  /** What the callbacks make of an epoch. */
  private afterEpoch(report: EpochReport): Ending | null {
    const { settings, network } = this.parts;
    if (settings.plateau !== null) {
      const value = monitored(settings, report, settings.plateau.monitor);
      const decision = plateauAfter(settings.plateau, this.plateau, value, this.rate());
      this.plateau = decision.state;
      const now = this.rate();
      if (decision.learningRate !== now && now > 0) this.rateFactor *= decision.learningRate / now;
    }
    if (settings.earlyStopping === null) return null;
    const { earlyStopping } = settings;
    const value = monitored(settings, report, earlyStopping.monitor);
    const decision = earlyStoppingAfter(earlyStopping, this.early, report.epoch - 1, value);
    this.early = decision.state;
    if (decision.keepWeights && earlyStopping.restoreBest) this.best = this.weights();
    const ends = decision.stop || this.epochsDone >= settings.epochs;
    if (ends && this.best !== null) {
      for (const { key, values } of this.parameters) values.set(this.best.get(key) ?? values);
      network.assign(this.best);
    }
    if (!decision.stop) return null;
    const { bestEpoch } = decision.state;
    return { kind: 'early', epoch: report.epoch, bestEpoch: bestEpoch === null ? null : bestEpoch + 1 };
  }
}

/** `val_loss`, `loss`, `val_accuracy`… of an epoch. */
function monitored(settings: RunSettings, report: EpochReport, monitor: string): number | null {
  const scores = monitor.startsWith('val_') ? report.validation : report.train;
  const name = monitor.replace(/^val_/, '');
  if (scores === null) return null;
  if (name === 'loss') return scores.loss;
  const at = settings.metrics.findIndex(
    (metric) => metric.name === name || (name === 'acc' && metric.name === 'accuracy')
  );
  return scores.metrics[at] ?? null;
}

/** The key of the first gradient that holds something that is no number. */
function brokenIn(gradients: ReadonlyMap<string, Float32Array>): string | null {
  for (const [key, gradient] of gradients) {
    let sum = 0;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i] as number;
    if (!Number.isFinite(sum)) return key;
  }
  return null;
}

function deviation(values: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const count = Math.max(1, values.length);
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
