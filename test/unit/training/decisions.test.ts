/** Schedules, callbacks and metrics where no framework is the reference: missing values, misfits, single outputs. */
import { describe, expect, it } from 'vitest';
import {
  EARLY_STOPPING,
  EARLY_STOPPING_START,
  earlyStoppingAfter,
  monitorMode,
  PLATEAU,
  PLATEAU_START,
  plateauAfter
} from '../../../src/training/callbacks';
import { createConfusion } from '../../../src/training/confusion';
import { createMetric, METRIC_DEFAULTS } from '../../../src/training/metrics';
import { learningRateAt } from '../../../src/training/schedules';

describe('callbacks', () => {
  it('wait where the monitored value is missing', () => {
    const state = { ...EARLY_STOPPING_START, best: 1, bestEpoch: 0, wait: 5 };
    expect(earlyStoppingAfter(EARLY_STOPPING, state, 3, null)).toEqual({ state, stop: false, keepWeights: false });
    expect(plateauAfter(PLATEAU.keras, PLATEAU_START, null, 0.1)).toEqual({ state: PLATEAU_START, learningRate: 0.1 });
  });

  it('take NaN for no improvement', () => {
    const state = { ...EARLY_STOPPING_START, best: 1, bestEpoch: 0 };
    expect(earlyStoppingAfter(EARLY_STOPPING, state, 1, NaN).stop).toBe(true);
  });

  it('know which way is better', () => {
    expect(monitorMode('val_loss')).toBe('min');
    expect(monitorMode('val_accuracy')).toBe('max');
    expect(monitorMode('auc')).toBe('max');
    expect(monitorMode('val_mae')).toBe('min');
  });
});

describe('schedules', () => {
  it('stay where they are constant', () => {
    expect(learningRateAt({ name: 'constant', learningRate: 0.3 }, { step: 5, epoch: 2 })).toBe(0.3);
  });

  it('end where rounds shrink to nothing', () => {
    const shrinking = {
      name: 'CosineDecayRestarts',
      per: 'step',
      initialLearningRate: 1,
      firstDecaySteps: 4,
      tMul: 0.5,
      mMul: 1,
      alpha: 0
    } as const;
    expect(Number.isNaN(learningRateAt(shrinking, { step: 100, epoch: 0 }))).toBe(false);
  });
});

describe('metrics', () => {
  const rows = { shape: [2, 3], data: Float32Array.of(0.2, 0.5, 0.3, 0.6, 0.3, 0.1) };

  it('name a target that does not fit', () => {
    const target = { kind: 'classes', classes: Int32Array.of(1) } as const;
    for (const name of ['accuracy', 'topK', 'auc', 'precision', 'meanSquaredError'] as const) {
      expect(createMetric(METRIC_DEFAULTS[name]).add(rows, target)?.problem, name).toBeTruthy();
    }
    expect(createConfusion(3).add(rows, target)?.problem).toMatch(/1 entries/);
  });

  it('count two classes of a single output', () => {
    const confusion = createConfusion(2);
    const prediction = { shape: [4, 1], data: Float32Array.of(0.9, 0.2, 0.7, 0.4) };
    expect(confusion.add(prediction, { kind: 'classes', classes: Int32Array.of(1, 0, 0, 1) })).toBeNull();
    expect([...confusion.value()]).toEqual([1, 1, 1, 1]);
    confusion.reset();
    expect([...confusion.value()]).toEqual([0, 0, 0, 0]);
  });

  it('leave ignored positions out of the confusion', () => {
    const confusion = createConfusion(3);
    confusion.add(rows, { kind: 'classes', classes: Int32Array.of(1, -100) });
    expect(confusion.value().reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('read classes first where the layout says so', () => {
    const metric = createMetric({ name: 'accuracy', classAxis: 1, threshold: 0.5 });
    const map = { shape: [1, 2, 3], data: Float32Array.of(0.9, 0.1, 0.8, 0.1, 0.9, 0.2) };
    metric.add(map, { kind: 'classes', classes: Int32Array.of(0, 1, 1) });
    expect(metric.value()).toBeCloseTo(2 / 3, 12);
  });
});
