/** Optimizers: resuming is bit-exact, states of others are refused, settings are checked, limits leave gradients alone. */
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { clipEntries, clipFactor } from '../../../src/training/optimizers/clip';
import type { Dialect } from '../../../src/training/dialect';
import { createOptimizer, type Optimizer } from '../../../src/training/optimizers/optimizer';
import {
  checkOptimizerSettings,
  defaultsOf,
  OPTIMIZER_NAMES,
  type OptimizerName,
  type OptimizerSettings
} from '../../../src/training/optimizers/settings';

function settingsOf(name: OptimizerName, dialect: Dialect): OptimizerSettings {
  const settings = defaultsOf(name, dialect);
  if (settings === null) throw new Error(`${dialect} has no ${name}`);
  return settings;
}

const every = (['keras', 'pytorch'] as const).flatMap((dialect) =>
  OPTIMIZER_NAMES[dialect].map((name) => [dialect, name] as const)
);

/** Steps with gradients that depend on the step alone. */
function run(optimizer: Optimizer, weights: Record<string, Float32Array>, from: number, to: number): void {
  for (let step = from; step < to; step++) {
    const random = createRandom(step);
    const parameters = Object.entries(weights).map(([key, values]) => ({
      key,
      values,
      gradient: values.map(() => random.normal()),
      decays: key === 'kernel'
    }));
    optimizer.apply(parameters, 0.01 / (1 + step));
  }
}

const start = (): Record<string, Float32Array> => {
  const random = createRandom(99);
  return {
    kernel: new Float32Array(40).map(() => random.normal()),
    bias: new Float32Array(7).map(() => random.normal())
  };
};

describe.each(every)('%s %s', (dialect, name) => {
  // Every slot an optimizer may have.
  const settings: OptimizerSettings = {
    ...settingsOf(name, dialect),
    weightDecay: 0.1,
    ...(name === 'sgd' || name === 'rmsprop' ? { momentum: 0.9 } : {}),
    ...(name === 'rmsprop' ? { centered: true } : {}),
    ...(name === 'adam' ? { amsgrad: true } : {})
  } as OptimizerSettings;

  it('resumes bit for bit', () => {
    const whole = start();
    run(createOptimizer(settings), whole, 0, 9);

    const parts = start();
    const first = createOptimizer(settings);
    run(first, parts, 0, 4);
    const kept = structuredClone(first.state());
    // The first goes on by itself: a kept state must not follow it.
    run(first, start(), 4, 6);
    const second = createOptimizer(settings);
    expect(second.restore(kept).ok).toBe(true);
    run(second, parts, 4, 9);
    expect(parts).toEqual(whole);
    expect(second.state().iterations).toBe(9);
  });

  it('has defaults that pass the check', () => {
    expect(checkOptimizerSettings(settingsOf(name, dialect)).ok).toBe(true);
  });

  it('moves against the gradient', () => {
    const values = new Float32Array(3).fill(1);
    const gradient = Float32Array.of(1, -1, 0.5);
    const optimizer = createOptimizer(settingsOf(name, dialect));
    // Ftrl jumps to its own weights first, which start at 0.
    if (name === 'ftrl') values.fill(0);
    const before = values[0] ?? 0;
    optimizer.apply([{ key: 'w', values, gradient, decays: false }], 0.01);
    expect(values[0]).toBeLessThan(before);
    expect(values[1]).toBeGreaterThan(before);
    expect([...gradient]).toEqual([1, -1, 0.5]);
  });
});

describe('states', () => {
  it('of another optimizer or dialect are refused', () => {
    const state = createOptimizer(settingsOf('adam', 'keras')).state();
    for (const other of [settingsOf('sgd', 'keras'), settingsOf('adam', 'pytorch')]) {
      const result = createOptimizer(other).restore(state);
      expect(result.ok ? '' : result.error.problem).toBe('the state was kept by adam (keras)');
    }
  });

  it('that lack a slot are refused', () => {
    const plain = createOptimizer(settingsOf('adam', 'keras'));
    plain.apply([{ key: 'w', values: new Float32Array(2), gradient: new Float32Array(2), decays: true }], 0.1);
    const settings = { ...settingsOf('adam', 'keras'), amsgrad: true } as OptimizerSettings;
    const result = createOptimizer(settings).restore(plain.state());
    expect(result.ok ? '' : result.error.problem).toBe('the state of w holds no largestVelocity');
  });

  it('of other lengths end the step', () => {
    const optimizer = createOptimizer(settingsOf('adam', 'keras'));
    optimizer.apply([{ key: 'w', values: new Float32Array(2), gradient: new Float32Array(2), decays: true }], 0.1);
    const other = { key: 'w', values: new Float32Array(3), gradient: new Float32Array(3), decays: true };
    expect(() => optimizer.apply([other], 0.1)).toThrow(/of w has not its length of 3/);
  });
});

describe('a parameter that joins later', () => {
  const steps = (dialect: Dialect): number => {
    const optimizer = createOptimizer(settingsOf('adam', dialect));
    const early = { key: 'a', values: new Float32Array(1), gradient: Float32Array.of(1), decays: true };
    const late = { key: 'b', values: new Float32Array(1), gradient: Float32Array.of(1), decays: true };
    optimizer.apply([early], 0.1);
    optimizer.apply([early], 0.1);
    optimizer.apply([early, late], 0.1);
    return late.values[0] ?? 0;
  };

  it('starts its own count in PyTorch, and shares the count in Keras', () => {
    expect(steps('pytorch')).toBeCloseTo(-0.1, 6);
    // m = 0.1, v = 0.001 at step 3: 0.1 sqrt(1 - 0.999^3) / (1 - 0.9^3) 0.1 / sqrt(0.001).
    expect(steps('keras')).toBeCloseTo(
      (-0.1 * Math.sqrt(1 - 0.999 ** 3) * 0.1) / ((1 - 0.9 ** 3) * Math.sqrt(0.001)),
      5
    );
  });
});

describe('settings', () => {
  const adam = settingsOf('adam', 'keras');
  const refused: readonly [OptimizerSettings, RegExp][] = [
    [{ ...adam, learningRate: -1 }, /learningRate is -1/],
    [{ ...adam, learningRate: NaN }, /learningRate is NaN/],
    [{ ...adam, beta1: 1.5 } as OptimizerSettings, /beta1 is 1.5/],
    [{ ...adam, clipNorm: 1, clipValue: 1 }, /clipValue, clipNorm are set together/],
    [{ ...adam, globalClipNorm: 0 }, /limit on gradients is 0/],
    [{ ...settingsOf('sgd', 'pytorch'), nesterov: true } as OptimizerSettings, /needs a momentum/],
    [{ ...settingsOf('ftrl', 'keras'), learningRatePower: 0.5 } as OptimizerSettings, /learningRatePower is 0.5/]
  ];

  it.each(refused)('%j is refused', (settings, problem) => {
    const result = checkOptimizerSettings(settings);
    expect(result.ok ? '' : result.error.problem).toMatch(problem);
  });

  it('are unknown where a framework lacks the optimizer', () => {
    expect(defaultsOf('radam', 'keras')).toBeNull();
    expect(defaultsOf('ftrl', 'pytorch')).toBeNull();
    expect(defaultsOf('lion', 'pytorch')).toBeNull();
  });
});

describe('limits on gradients', () => {
  it('leave short gradients alone and shorten long ones', () => {
    expect(clipFactor(0.5, 1, 'keras')).toBe(1);
    expect(clipFactor(4, 1, 'keras')).toBe(0.25);
    expect(clipFactor(0, 1, 'keras')).toBe(1);
    expect(clipFactor(0, 1, 'pytorch')).toBe(1);
    // PyTorch's divisor holds 1e-6, which shows in tiny gradients only.
    expect(clipFactor(1e-6, 1e-6, 'pytorch')).toBeCloseTo(0.5, 12);
    expect(clipFactor(1e-6, 1e-6, 'keras')).toBe(1);
  });

  it('clip entries into a copy, NaN kept', () => {
    const gradient = Float32Array.of(-3, 0.25, 3, NaN);
    expect([...clipEntries(gradient, 0.5)]).toEqual([-0.5, 0.25, 0.5, NaN]);
    expect(gradient[0]).toBe(-3);
  });
});
