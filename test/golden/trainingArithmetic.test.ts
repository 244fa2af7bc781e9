/**
 * Losses, optimizer steps, schedules, callbacks, metrics and penalties against Keras and PyTorch
 * (scripts/fixtures/training_arithmetic.py). Bounds are relative to the largest number compared, 1e-5 where a case states
 * no other: the rows at the edge of Keras's clipping are float32 in the reference.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  earlyStoppingAfter,
  EARLY_STOPPING_START,
  plateauAfter,
  PLATEAU_START,
  type EarlyStoppingSettings,
  type PlateauSettings
} from '../../src/training/callbacks';
import { lossOf } from '../../src/training/losses/loss';
import { LOSS_NAMES, type LossSettings } from '../../src/training/losses/settings';
import type { LossTarget } from '../../src/training/losses/value';
import { createConfusion } from '../../src/training/confusion';
import { createMetric, type MetricSettings } from '../../src/training/metrics';
import { createOptimizer } from '../../src/training/optimizers/optimizer';
import { OPTIMIZER_NAMES, type OptimizerSettings } from '../../src/training/optimizers/settings';
import { addPenaltyGradient, penaltyOf, type RegularizerSettings } from '../../src/training/regularizers';
import { learningRateAt, type ScheduleSettings } from '../../src/training/schedules';

function read<T>(name: string): T {
  return JSON.parse(readFileSync(path.resolve(__dirname, `../fixtures/training/${name}.json`), 'utf8')) as T;
}

type StoredTarget =
  { readonly kind: 'classes'; readonly classes: number[] } | { readonly kind: 'values'; readonly values: number[] };

function targetOf(stored: StoredTarget): LossTarget {
  return stored.kind === 'classes'
    ? { kind: 'classes', classes: Int32Array.from(stored.classes) }
    : { kind: 'values', values: Float32Array.from(stored.values) };
}

function largest(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result = Math.max(result, Math.abs(value));
  return result;
}

/** The largest difference, relative to the largest number of the reference. */
function distance(actual: ArrayLike<number>, wanted: readonly number[]): number {
  expect(actual.length).toBe(wanted.length);
  const scale = largest(wanted);
  const gap = largest(wanted.map((value, i) => (actual[i] ?? NaN) - value));
  return scale === 0 ? gap : gap / scale;
}

interface LossCase {
  readonly title: string;
  readonly settings: LossSettings;
  readonly bound: number;
  readonly shape: number[];
  readonly prediction: number[];
  readonly target: StoredTarget;
  readonly weights: number[] | null;
  readonly value: number;
  readonly perSample: number[] | null;
  readonly gradient: number[];
}

describe('losses and their gradients', () => {
  const { cases } = read<{ readonly cases: readonly LossCase[] }>('losses');

  it('covers every loss offered', () => {
    const covered = new Set<string>(cases.map(({ settings }) => settings.name));
    expect(LOSS_NAMES.filter((name) => !covered.has(name))).toEqual([]);
  });

  it.each(cases.map((each) => [`${each.settings.name}: ${each.title}`, each] as const))('%s', (_, each) => {
    const prediction = { shape: each.shape, data: Float32Array.from(each.prediction) };
    const weights = each.weights === null ? null : Float64Array.from(each.weights);
    const result = lossOf(each.settings, prediction, targetOf(each.target), weights);
    if (!result.ok) throw new Error(result.error.problem);
    const { value, perSample, gradient } = result.value;
    expect(distance([value], [each.value])).toBeLessThan(each.bound);
    expect(distance(gradient, each.gradient)).toBeLessThan(each.bound);
    if (each.perSample !== null) expect(distance(perSample, each.perSample)).toBeLessThan(each.bound);
    else expect(perSample.length).toBe(each.shape[0]);
  });
});

type Weights = Readonly<Record<'kernel' | 'bias', readonly number[]>>;
interface OptimizerTruth {
  readonly rates: readonly number[];
  readonly weights: Weights;
  readonly gradients: readonly Weights[];
  readonly cases: readonly { readonly settings: OptimizerSettings; readonly after: readonly Weights[] }[];
}

describe('optimizer steps', () => {
  const truth = read<OptimizerTruth>('optimizers');
  const keys = ['kernel', 'bias'] as const;

  it('covers every optimizer offered', () => {
    const covered = new Set(truth.cases.map(({ settings }) => `${settings.dialect} ${settings.name}`));
    const offered = (['keras', 'pytorch'] as const).flatMap((dialect) =>
      OPTIMIZER_NAMES[dialect].map((name) => `${dialect} ${name}`)
    );
    expect(offered.filter((name) => !covered.has(name))).toEqual([]);
  });

  it.each(truth.cases.map((each) => [JSON.stringify(each.settings), each] as const))('%s', (_, { settings, after }) => {
    const optimizer = createOptimizer(settings);
    const weights = { kernel: Float32Array.from(truth.weights.kernel), bias: Float32Array.from(truth.weights.bias) };
    expect(after.length).toBeGreaterThanOrEqual(5);
    after.forEach((stepped, step) => {
      const gradients = truth.gradients[step];
      const rate = truth.rates[step];
      if (gradients === undefined || rate === undefined) throw new Error('a step without gradients');
      optimizer.apply(
        keys.map((key) => ({
          key,
          values: weights[key],
          gradient: Float32Array.from(gradients[key]),
          decays: key === 'kernel'
        })),
        settings.learningRate * rate
      );
      for (const key of keys) {
        truth.weights[key].forEach((start, i) => {
          const wanted = stepped[key][i] ?? NaN;
          const got = weights[key][i] ?? NaN;
          // 1e-5 of the way gone, and the rounding of float32 weights in each step.
          const bound = 1e-5 * Math.abs(wanted - start) + (step + 2) * 2 ** -25 * Math.max(Math.abs(start), 1);
          expect(Math.abs(got - wanted), `${key}[${i}] after step ${step + 1}: ${got} for ${wanted}`).toBeLessThan(
            bound
          );
        });
      }
    });
  });
});

interface Decisions {
  readonly schedules: readonly { readonly settings: ScheduleSettings; readonly rates: readonly number[] }[];
  readonly callbacks: {
    readonly stopping: readonly {
      readonly settings: EarlyStoppingSettings;
      readonly values: readonly number[];
      readonly rows: readonly {
        readonly stop: boolean;
        readonly wait: number;
        readonly best: number | null;
        readonly bestEpoch: number;
        readonly keep: boolean;
      }[];
    }[];
    readonly plateau: readonly {
      readonly settings: PlateauSettings;
      readonly values: readonly number[];
      readonly rates: readonly number[];
    }[];
  };
  readonly metrics: {
    readonly values: readonly {
      readonly settings: MetricSettings;
      readonly batches: readonly StoredBatch[];
      readonly value: number;
    }[];
    readonly confusion: {
      readonly classes: number;
      readonly batches: readonly StoredBatch[];
      readonly counts: readonly number[];
    };
  };
  readonly penalties: readonly {
    readonly settings: RegularizerSettings;
    readonly weights: number[];
    readonly value: number;
    readonly gradient: readonly number[];
  }[];
}
interface StoredBatch {
  readonly shape: number[];
  readonly prediction: number[];
  readonly target: StoredTarget;
}

const batchOf = ({ shape, prediction, target }: StoredBatch) =>
  [{ shape, data: Float32Array.from(prediction) }, targetOf(target)] as const;

describe('decisions of a run', () => {
  const truth = read<Decisions>('decisions');

  it.each(truth.schedules.map((each) => [JSON.stringify(each.settings), each] as const))('%s', (_, each) => {
    // The other count is far away, to show that the right one is read.
    const byEpoch = each.settings.name !== 'constant' && each.settings.per === 'epoch';
    const rates = each.rates.map((_rate, at) =>
      learningRateAt(each.settings, byEpoch ? { step: 999, epoch: at } : { step: at, epoch: 999 })
    );
    rates.forEach((rate, at) => {
      const wanted = each.rates[at] ?? NaN;
      // Keras's schedules are float32.
      expect(Math.abs(rate - wanted), `after ${at}: ${rate} for ${wanted}`).toBeLessThan(1e-5 * wanted + 1e-8);
    });
  });

  it.each(truth.callbacks.stopping.map((each) => [JSON.stringify(each.settings), each] as const))(
    'early stopping %s',
    (_, each) => {
      let state = EARLY_STOPPING_START;
      const rows = [];
      for (const [epoch, value] of each.values.entries()) {
        const decision = earlyStoppingAfter(each.settings, state, epoch, value);
        state = decision.state;
        const { wait, best, bestEpoch } = state;
        rows.push({ stop: decision.stop, wait, best, bestEpoch: bestEpoch ?? 0, keep: decision.keepWeights });
        if (decision.stop) break;
      }
      expect(rows).toEqual(each.rows);
    }
  );

  it.each(truth.callbacks.plateau.map((each) => [JSON.stringify(each.settings), each] as const))(
    'plateau %s',
    (_, each) => {
      let state = PLATEAU_START;
      let learningRate = 0.1;
      const rates = each.values.map((value) => {
        ({ state, learningRate } = plateauAfter(each.settings, state, value, learningRate));
        return learningRate;
      });
      expect(distance(rates, each.rates)).toBeLessThan(1e-6);
    }
  );

  it.each(truth.metrics.values.map((each) => [JSON.stringify(each.settings), each] as const))('%s', (_, each) => {
    const metric = createMetric(each.settings);
    for (let round = 0; round < 2; round++) {
      for (const batch of each.batches) expect(metric.add(...batchOf(batch))).toBeNull();
      expect(distance([metric.value()], [each.value])).toBeLessThan(1e-6);
      metric.reset();
    }
    expect(metric.value()).toBe(0);
  });

  it('counts a confusion matrix', () => {
    const { classes, batches, counts } = truth.metrics.confusion;
    const confusion = createConfusion(classes);
    for (const batch of batches) expect(confusion.add(...batchOf(batch))).toBeNull();
    expect([...confusion.value()]).toEqual(counts);
  });

  it.each(truth.penalties.map((each) => [JSON.stringify(each.settings), each] as const))('penalty %s', (_, each) => {
    const weights = Float32Array.from(each.weights);
    const gradient = new Float32Array(weights.length).fill(1);
    addPenaltyGradient(each.settings, weights, gradient);
    expect(distance([penaltyOf(each.settings, weights)], [each.value])).toBeLessThan(1e-6);
    expect(
      distance(
        gradient,
        each.gradient.map((value) => value + 1)
      )
    ).toBeLessThan(1e-6);
  });
});
