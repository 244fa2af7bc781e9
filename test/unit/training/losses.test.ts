/** Losses: errors that say what to do, both kinds of targets, gradients against differences, twins from logits. */
import { describe, expect, it } from 'vitest';
import type { DenseTensor } from '../../../src/core/tensor';
import { sampleWeightsOf } from '../../../src/training/losses/classWeights';
import { lossOf } from '../../../src/training/losses/loss';
import {
  expectedActivation,
  LOSS_NAMES,
  logitForm,
  lossDefaults,
  lossDialect,
  type LossName,
  type LossSettings
} from '../../../src/training/losses/settings';
import type { LossTarget, LossValue } from '../../../src/training/losses/value';

function settingsOf(name: LossName): LossSettings {
  const settings = lossDefaults(name);
  if (settings === null) throw new Error(`${name} has no defaults`);
  return settings;
}

function valueOf(settings: LossSettings, prediction: DenseTensor, target: LossTarget): LossValue {
  const result = lossOf(settings, prediction, target);
  if (!result.ok) throw new Error(result.error.problem);
  return result.value;
}

const tensor = (shape: number[], data: number[]): DenseTensor => ({ shape, data: Float32Array.from(data) });
const classes = (...labels: number[]): LossTarget => ({ kind: 'classes', classes: Int32Array.from(labels) });
const values = (...data: number[]): LossTarget => ({ kind: 'values', values: Float32Array.from(data) });

describe('gradients', () => {
  const oneHot = values(0, 1, 0, 1, 0, 0);
  const targets: Partial<Record<LossName, LossTarget>> = {
    SparseCategoricalCrossentropy: classes(1, 0),
    CrossEntropyLoss: classes(1, 0),
    NLLLoss: classes(1, 0),
    MultiMarginLoss: classes(1, 0),
    HingeEmbeddingLoss: values(-1, 1, 1, -1, 1, 1),
    SoftMarginLoss: values(-1, 1, 1, -1, 1, 1)
  };

  it.each(LOSS_NAMES)('%s agrees with differences', (name) => {
    const settings = settingsOf(name);
    const target = targets[name] ?? oneHot;
    // No entry stands at a bend of any loss, and rows sum to about 1.
    const data = [0.21, 0.52, 0.29, 0.46, 0.23, 0.33];
    const { gradient } = valueOf(settings, tensor([2, 3], data), target);
    const width = 1 / 256;
    data.forEach((_, i) => {
      const moved = (by: number) => valueOf(settings, tensor([2, 3], data.with(i, (data[i] ?? 0) + by)), target).value;
      const slope = (8 * (moved(width) - moved(-width)) - (moved(2 * width) - moved(-2 * width))) / (12 * width);
      expect(Math.abs((gradient[i] ?? NaN) - slope)).toBeLessThan(2e-4 * Math.max(1, Math.abs(slope)));
    });
  });
});

describe('targets', () => {
  it('makes class numbers one-hot where the formula wants a value for each entry', () => {
    const prediction = tensor([2, 3], [0.2, 0.5, 0.3, 0.6, 0.3, 0.1]);
    const names = [
      'CategoricalCrossentropy',
      'MeanSquaredError',
      'CategoricalHinge',
      'Dice',
      'BinaryCrossentropy'
    ] as const;
    for (const name of names) {
      const settings = settingsOf(name);
      const dense = valueOf(settings, prediction, values(0, 0, 1, 1, 0, 0));
      expect(valueOf(settings, prediction, classes(2, 0))).toEqual(dense);
    }
  });

  it('takes class numbers 0 and 1 for a single output', () => {
    const settings = settingsOf('BinaryCrossentropy');
    const prediction = tensor([3, 1], [0.2, 0.9, 0.4]);
    expect(valueOf(settings, prediction, classes(0, 1, 1))).toEqual(valueOf(settings, prediction, values(0, 1, 1)));
  });

  it('agrees between one-hot and class numbers in a map with channels first', () => {
    const settings = settingsOf('CrossEntropyLoss');
    const prediction = tensor([1, 2, 1, 3], [0.1, 2, -1, 0.4, 0.5, 3]);
    const dense = valueOf(settings, prediction, values(1, 0, 0, 0, 1, 1));
    const sparse = valueOf(settings, prediction, classes(0, 1, 1));
    expect(sparse.value).toBeCloseTo(dense.value, 12);
    expect([...sparse.gradient]).toEqual([...dense.gradient]);
  });
});

describe('errors', () => {
  const rows = tensor([2, 3], [0.2, 0.5, 0.3, 0.6, 0.3, 0.1]);
  const cases: readonly [string, LossSettings, DenseTensor, LossTarget, RegExp][] = [
    [
      'a class too large',
      settingsOf('SparseCategoricalCrossentropy'),
      rows,
      classes(1, 7),
      /class 7 of sample 1 .* 3 classes/
    ],
    ['a negative class', settingsOf('CrossEntropyLoss'), rows, classes(-1, 0), /class -1 of sample 0/],
    ['too few classes', settingsOf('CrossEntropyLoss'), rows, classes(1), /1 class numbers do not fit .* 2 positions/],
    [
      'one-hot for a sparse loss',
      settingsOf('SparseCategoricalCrossentropy'),
      rows,
      values(0, 1, 0, 1, 0, 0),
      /class numbers/
    ],
    ['a target of another size', settingsOf('MeanSquaredError'), rows, values(1, 2), /holds 2 numbers/],
    ['no probability', settingsOf('BCELoss'), tensor([1, 2], [0.5, 1.5]), values(0, 1), /1\.5 is no probability/],
    ['no samples', settingsOf('MSELoss'), tensor([0, 2], []), values(), /holds no sample/],
    ['shape and data apart', settingsOf('MSELoss'), tensor([2, 2], [1]), values(1), /does not hold its 1 numbers/],
    ['no class axis', settingsOf('CrossEntropyLoss'), tensor([2], [1, 2]), classes(0, 1), /no class axis 1/],
    ['no such axis', { name: 'Dice', reduction: 'mean', axes: [4] }, rows, values(0, 1, 0, 1, 0, 0), /no axis 4/],
    [
      'too few class weights',
      { name: 'NLLLoss', reduction: 'mean', classAxis: 1, classWeights: [1, 2], ignoreIndex: null },
      rows,
      classes(0, 1),
      /2 class weights do not fit 3 classes/
    ],
    [
      'too few positive weights',
      { name: 'BCEWithLogitsLoss', reduction: 'mean', classAxis: -1, posWeight: [1, 2] },
      rows,
      values(0, 1, 0, 1, 0, 0),
      /2 weights of positive answers/
    ]
  ];

  it.each(cases)('%s', (_, settings, prediction, target, problem) => {
    const result = lossOf(settings, prediction, target);
    expect(result.ok ? '' : result.error.problem).toMatch(problem);
    expect(result.ok ? '' : result.error.remedy).not.toBe('');
    expect(result.ok ? '' : result.error.file).toBe(settings.name);
  });

  it('names sample weights that do not fit', () => {
    for (const name of ['MSELoss', 'Tversky'] as const) {
      const result = lossOf(settingsOf(name), rows, values(0, 1, 0, 1, 0, 0), new Float64Array(3));
      expect(result.ok ? '' : result.error.problem).toBe('3 sample weights for 2 samples');
    }
  });
});

describe('numbers that are not finite', () => {
  it('lets NaN through to the value, where training sees it', () => {
    for (const name of [
      'CategoricalCrossentropy',
      'BinaryCrossentropy',
      'BCELoss',
      'MSELoss',
      'CrossEntropyLoss',
      'Hinge'
    ] as const) {
      const target = name === 'CrossEntropyLoss' ? classes(0) : values(1, 0);
      expect(valueOf(settingsOf(name), tensor([1, 2], [NaN, 0.5]), target).value, name).toBeNaN();
    }
  });

  it('has loss 0 and no gradient where every position is ignored', () => {
    const { value, gradient, perSample } = valueOf(
      settingsOf('CrossEntropyLoss'),
      tensor([1, 2], [1, 2]),
      classes(-100)
    );
    expect(value).toBe(0);
    expect([...gradient]).toEqual([0, 0]);
    expect([...perSample]).toEqual([0]);
  });

  it('has loss 0 and a large gradient for a vector without length, as Keras', () => {
    const { value, gradient } = valueOf(settingsOf('CosineSimilarity'), tensor([1, 2], [0, 0]), values(1, 2));
    expect(Math.abs(value)).toBe(0);
    // What TensorFlow answers (float32), checked by scripts/fixtures/training_losses.py.
    expect((gradient[0] ?? 0) / -4472136).toBeCloseTo(1, 6);
    expect((gradient[1] ?? 0) / -8944272).toBeCloseTo(1, 6);
  });
});

describe('twins from logits', () => {
  const logits = [1.5, -0.5, 0.25];
  const softmax = (): number[] => {
    const powers = logits.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };
  const through: Record<string, () => number[]> = {
    softmax,
    sigmoid: () => logits.map((x) => 1 / (1 + Math.exp(-x))),
    logSoftmax: () => softmax().map(Math.log)
  };

  it('have the same value', () => {
    let twins = 0;
    for (const name of LOSS_NAMES) {
      const settings = settingsOf(name);
      const twin = logitForm(settings);
      const activation = expectedActivation(settings);
      if (twin === null || activation === null) continue;
      twins++;
      const target = activation === 'sigmoid' || name.startsWith('Categorical') ? values(1, 0, 0) : classes(0);
      const before = valueOf(settings, tensor([1, 3], through[activation]?.() ?? []), target).value;
      expect(valueOf(twin, tensor([1, 3], logits), target).value, name).toBeCloseTo(before, 5);
      expect(logitForm(twin), `${name} twice`).toBeNull();
    }
    expect(twins).toBe(7);
  });

  it('knows whose a loss is', () => {
    expect(lossDialect('Tversky')).toBe('keras');
    expect(lossDialect('CrossEntropyLoss')).toBe('pytorch');
    expect(lossDefaults('CTC')).toBeNull();
  });
});

describe('class weights', () => {
  const weights = new Map([
    [0, 0.5],
    [2, 3]
  ]);

  it('become weights of samples', () => {
    expect([...sampleWeightsOf(weights, classes(0, 1, 2), [3, 4])]).toEqual([0.5, 1, 3]);
    expect([...sampleWeightsOf(weights, values(0, 0, 1, 1, 0, 0), [2, 3])]).toEqual([3, 0.5]);
    expect([...sampleWeightsOf(weights, values(0, 1), [2, 1])]).toEqual([0.5, 1]);
  });

  it('are averaged over a map', () => {
    expect([...sampleWeightsOf(weights, classes(0, 2), [1, 2, 3])]).toEqual([1.75]);
  });
});
