/** From what code says to the settings of a run: schedules of the learning rate, weights of classes, callbacks. */
import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../../src/source/analyze';
import type { TrainingRecipe } from '../../../src/core/trainingRecipe';
import { formDefaults, type FilledForm } from '../../../src/training/run/formDefaults';
import type { TrainingForm } from '../../../src/training/run/form';
import { settingsOf } from '../../../src/training/run/runSettings';
import type { Dialect } from '../../../src/training/dialect';
import { learningRateAt } from '../../../src/training/schedules';
import { scheduleChoices, scheduleOf } from '../../../src/training/scheduleChoice';
import { balancedWeights } from '../../../src/training/classWeights';
import { FLATTEN, GraphBuilder, dense, modelOf } from '../core/builder';

const code = (compile: string, fit = '', before = ''): TrainingRecipe => {
  const text = `import keras
from keras.callbacks import EarlyStopping, LearningRateScheduler, ReduceLROnPlateau
${before}
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation='softmax')])
model.compile(loss='sparse_categorical_crossentropy'${compile})
${fit === '' ? '' : `model.fit(x, y, ${fit})`}
`;
  const found = analyzeSource({ kind: 'file', text, language: 'python' }).models[0]?.training;
  if (found === undefined) throw new Error('nothing was read');
  return found;
};

const fill = (recipe: TrainingRecipe | null, dialect: Dialect = 'keras'): FilledForm =>
  formDefaults({ dialect, recipe, answers: 'classes', classes: 3, outputs: 3, ends: 'softmax', hasWeights: false });

function model(framework: 'keras' | 'pytorch' = 'keras') {
  const builder = new GraphBuilder('net');
  const end = builder.chain(builder.input('in', [null, 4]), ['f', FLATTEN], ['d', dense(3)]);
  return { ...modelOf(builder.graph(end)), framework };
}

const settings = (form: TrainingForm, counts: readonly number[] = [30, 10, 20], framework?: 'pytorch') =>
  settingsOf(form, {
    model: model(framework),
    layers: new Map(),
    parameters: [],
    answers: counts.length === 0 ? 'numbers' : 'classes',
    classCounts: counts,
    hasValidation: true,
    metrics: null,
    pictures: false
  });

const rates = (form: TrainingForm, positions: readonly { step: number; epoch: number }[]): number[] => {
  const found = settings(form);
  if (!found.ok) throw new Error(found.error.problem);
  const { schedule, optimizer } = found.value;
  return positions.map((at) => (schedule === null ? optimizer.learningRate : learningRateAt(schedule, at)));
};

const steps = (...at: number[]) => at.map((step) => ({ step, epoch: Math.floor(step / 100) }));

describe('learning rates over time', () => {
  it('reads a schedule in the place of the rate, with its own first rate', () => {
    const { form, origins } = fill(
      code(
        ', optimizer=keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.02, decay_steps=400, alpha=0.1), momentum=0.9)'
      )
    );
    expect(form.schedule).toEqual({
      name: 'CosineDecay',
      parameters: { decaySteps: 400, alpha: 0.1, warmupTarget: 0, warmupSteps: 0 }
    });
    expect(form.optimizerParameters).toMatchObject({ learningRate: 0.02, momentum: 0.9 });
    expect(origins['schedule']).toEqual({ kind: 'code', line: 4 });
    expect(origins['optimizerParameters.learningRate']).toEqual({ kind: 'code', line: 4 });
    // Keras 3.15: CosineDecay(0.02, 400, alpha=0.1) at 0, 200, 400, 900.
    expect(rates(form, steps(0, 200, 400, 900)).map((rate) => Number(rate.toFixed(6)))).toEqual([
      0.02, 0.011, 0.002, 0.002
    ]);
  });

  it('reads steps and rates as lists', () => {
    const before = `boundaries = [100, 200]
rate = keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, [0.1, 0.01, 0.001])`;
    const { form } = fill(code(', optimizer=keras.optimizers.Adam(learning_rate=rate)', '', before));
    expect(rates(form, steps(100, 101, 200, 201))).toEqual([0.1, 0.01, 0.01, 0.001]);
  });

  it('follows the function of a LearningRateScheduler, with the rate so far', () => {
    const before = `def schedule(epoch, lr):
    if epoch < 2:
        return lr
    return lr * 0.5
`;
    const { form, origins } = fill(
      code(', optimizer=keras.optimizers.Adam(0.004)', 'epochs=4, callbacks=[LearningRateScheduler(schedule)]', before)
    );
    expect(form.schedule?.name).toBe('LearningRateScheduler');
    expect(origins['schedule']?.kind).toBe('code');
    expect(rates(form, steps(0, 150, 250, 350))).toEqual([0.004, 0.004, 0.002, 0.001]);
  });

  it('follows a lambda of the epoch alone, and leaves out rates that only repeat the last', () => {
    const { form } = fill(
      code(
        ", optimizer='sgd'",
        'callbacks=[LearningRateScheduler(lambda epoch: 0.1 if epoch < 3 else 0.01, verbose=1)]'
      )
    );
    expect(form.schedule?.parameters['rates']).toEqual([0.1, 0.1, 0.1, 0.01]);
  });

  it('asks for what only running tells', () => {
    const decided = fill(code(", optimizer='adam'", 'callbacks=[LearningRateScheduler(lambda epoch: load(epoch))]'));
    expect(decided.form.schedule).toBeNull();
    expect(decided.origins['schedule']?.kind).toBe('asked');
    const length = fill(
      code(', optimizer=keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, len(x), 0.5))')
    );
    expect(length.form.schedule?.parameters).toMatchObject({ decayRate: 0.5 });
    expect(length.origins['schedule']?.kind).toBe('asked');
    expect(length.form.optimizerParameters['learningRate']).toBe(0.1);
  });

  it('takes PyTorch’s by epoch, and by step where the code says so', () => {
    const stated = (name: string, parameters: Record<string, number | string | readonly number[]>) =>
      fill(
        { ...code(", optimizer='adam'"), schedule: { value: { name, parameters, unread: [] }, line: 3 } },
        'pytorch'
      );
    const form = stated('StepLR', { step_size: 2, gamma: 0.5 }).form;
    const found = settings({ ...form, loss: 'CrossEntropyLoss' }, [1, 1, 1], 'pytorch');
    expect(found.ok && found.value.schedule).toMatchObject({ name: 'StepLR', per: 'epoch', stepSize: 2, gamma: 0.5 });
    expect(stated('CosineAnnealingLR', { T_max: 7, eta_min: 0.001 }).form.schedule?.parameters).toMatchObject({
      tMax: 7,
      etaMin: 0.001
    });
    expect(
      stated('OneCycleLR', { max_lr: 0.2, total_steps: 50, anneal_strategy: 'linear' }).form.schedule?.parameters
    ).toMatchObject({ maxLearningRate: 0.2, totalSteps: 50, linear: true });
    expect(stated('NoSuchLR', {}).origins['schedule']?.kind).toBe('asked');
  });

  it('can be used as offered, each of them', () => {
    for (const dialect of ['keras', 'pytorch'] as const) {
      for (const choice of scheduleChoices(dialect)) {
        const found = scheduleOf(choice, 0.1, dialect);
        if (!found.ok) throw new Error(`${choice.name}: ${found.error.problem}`);
        for (const at of steps(0, 1, 999, 5000)) {
          const rate = learningRateAt(found.value, at);
          expect(rate, choice.name).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(rate), choice.name).toBe(true);
        }
      }
    }
  });

  it('refuses numbers that make no schedule, by name', () => {
    const refused = (name: 'CosineDecay' | 'PiecewiseConstantDecay', parameters: Record<string, number | number[]>) => {
      const found = scheduleOf({ name, parameters }, 0.1, 'keras');
      return found.ok ? null : `${found.error.file}: ${found.error.problem}`;
    };
    expect(refused('CosineDecay', { decaySteps: 0 })).toBe('CosineDecay: decaySteps cannot be 0');
    expect(refused('PiecewiseConstantDecay', { boundaries: [5, 3], values: [1, 2, 3] })).toBe(
      'PiecewiseConstantDecay: boundaries do not grow'
    );
    expect(refused('PiecewiseConstantDecay', { boundaries: [5], values: [1] })).toBe(
      'PiecewiseConstantDecay: 1 boundaries need 2 rates'
    );
  });
});

describe('class weights', () => {
  it('are read from fit, classes left out counting 1', () => {
    const { form, origins } = fill(code(", optimizer='adam'", 'class_weight={0: 2.5, 2: 0.5}'));
    expect(form.classWeights).toEqual([2.5, 1, 0.5]);
    expect(origins['classWeights']).toEqual({ kind: 'code', line: 5 });
    const found = settings(form);
    expect(found.ok && found.value.classWeights).toEqual([2.5, 1, 0.5]);
    expect(fill(code(", optimizer='adam'", 'class_weight=weights')).origins['classWeights']?.kind).toBe('asked');
  });

  it('balance by the numbers of examples, as scikit-learn does', () => {
    // sklearn.utils.class_weight.compute_class_weight('balanced') for 30, 10 and 20 examples.
    expect(balancedWeights([30, 10, 20]).map((one) => Number(one.toFixed(6)))).toEqual([0.666667, 2, 1]);
    const found = settings({ ...fill(null).form, classWeights: 'balanced' });
    expect(found.ok && found.value.classWeights?.[1]).toBe(2);
  });

  it('go into PyTorch’s own loss, which divides by their sum', () => {
    const form = { ...fill(null, 'pytorch').form, loss: 'CrossEntropyLoss', classWeights: [1, 2, 3] };
    const found = settings(form, [1, 1, 1], 'pytorch');
    expect(found.ok && found.value.classWeights).toBeNull();
    expect(found.ok && found.value.loss).toMatchObject({ name: 'CrossEntropyLoss', classWeights: [1, 2, 3] });
  });

  it('are refused where they do not fit', () => {
    const refused = (form: Partial<TrainingForm>, counts?: readonly number[]) => {
      const found = settings({ ...fill(null).form, ...form }, counts);
      return found.ok ? null : found.error.remedy;
    };
    expect(refused({ classWeights: [1, 2] })).toBe('Give one number from 0 for each of 3 classes');
    expect(refused({ classWeights: [0, 0, 0] })).not.toBeNull();
    expect(refused({ classWeights: 'balanced', loss: 'MeanSquaredError' }, [])).not.toBeNull();
  });
});

describe('callbacks', () => {
  it('watch what the code names', () => {
    const { form } = fill(
      code(
        ", optimizer='adam'",
        "callbacks=[EarlyStopping(monitor='val_accuracy', min_delta=0.01, patience=4), ReduceLROnPlateau('loss', factor=0.2, patience=2, min_lr=1e-5)]"
      )
    );
    const found = settings(form);
    if (!found.ok) throw new Error(found.error.problem);
    expect(found.value.earlyStopping).toMatchObject({
      monitor: 'val_accuracy',
      mode: 'max',
      minDelta: 0.01,
      patience: 4,
      restoreBest: false
    });
    expect(found.value.plateau).toMatchObject({
      monitor: 'loss',
      mode: 'min',
      factor: 0.2,
      patience: 2,
      minLearningRate: 1e-5
    });
    const usual = settings({ ...form, earlyStopping: { patience: 1, restoreBest: true, monitor: null, minDelta: 0 } });
    expect(usual.ok && usual.value.earlyStopping?.monitor).toBe('val_loss');
  });
});
