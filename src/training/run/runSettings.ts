/** A filled form as the settings of a run. */
import { fail, ok, type InputProblem, type Result } from '../../core/result';
import type { LayerNode, Model } from '../../core/model';
import { t } from '../../core/texts';
import type { Augmentation } from '../../data/augment/augment';
import type { Parameter } from '../../engine/trainable';
import { EARLY_STOPPING, PLATEAU, monitorMode } from '../callbacks';
import { balancedWeights } from '../classWeights';
import type { Dialect } from '../dialect';
import { lossDefaults, type LossSettings } from '../losses/settings';
import { METRIC_DEFAULTS, type MetricSettings } from '../metrics';
import { checkOptimizerSettings, defaultsOf, type OptimizerSettings } from '../optimizers/settings';
import type { RegularizerSettings } from '../regularizers';
import { scheduleOf } from '../scheduleChoice';
import type { TrainingForm } from './form';
import { isOptimizer } from './formDefaults';
import { regularizersOf } from './layerRegularizers';
import type { RunSettings } from './settings';

export interface SettingsFacts {
  readonly model: Model;
  readonly layers: ReadonlyMap<string, LayerNode>;
  readonly parameters: readonly Parameter[];
  readonly answers: 'classes' | 'numbers' | 'input';
  /** Training examples of each class; empty where the answer is no class. */
  readonly classCounts: readonly number[];
  readonly hasValidation: boolean;
  /** Metrics that the code names; `null`: the usual one. */
  readonly metrics: readonly string[] | null;
  /** Whether examples are `[N, H, W, C]`, which changes of pictures need. */
  readonly pictures: boolean;
}

export function dialectOf(model: Pick<Model, 'framework'>): Dialect {
  return model.framework === 'pytorch' ? 'pytorch' : 'keras';
}

/** @returns the problem that names the field which cannot be used */
export function settingsOf(form: TrainingForm, facts: SettingsFacts): Result<RunSettings> {
  const dialect = dialectOf(facts.model);
  const refused = checkNumbers(form);
  if (refused !== null) return fail(refused);
  const optimizer = optimizerOf(form, dialect);
  if (!optimizer.ok) return optimizer;
  const loss = lossOfForm(form);
  if (loss === null) {
    return fail({
      file: form.loss,
      problem: t('is no loss that is known here'),
      remedy: t('Choose one of those offered')
    });
  }
  const schedule = form.schedule === null ? null : scheduleOf(form.schedule, optimizer.value.learningRate, dialect);
  if (schedule !== null && !schedule.ok) return schedule;
  const classWeights = classWeightsOf(form.classWeights, facts.classCounts);
  if (!classWeights.ok) return classWeights;
  // PyTorch's own losses over classes take the factors themselves, and divide by their sum instead of the number of examples.
  const inLoss = 'classWeights' in loss;
  const watched = (named: string | null) => {
    const monitor = named ?? (facts.hasValidation ? 'val_loss' : 'loss');
    return { monitor, mode: monitorMode(monitor) };
  };
  const regularizers = new Map<string, RegularizerSettings>(regularizersOf(facts.layers, facts.parameters));
  if (form.l2 > 0) {
    for (const { key, role } of facts.parameters) {
      if (!/kernel/i.test(role)) continue;
      const own = regularizers.get(key);
      regularizers.set(key, { l1: own?.l1 ?? 0, l2: (own?.l2 ?? 0) + form.l2 });
    }
  }
  const { earlyStopping: stopping, reduceOnPlateau: plateau } = form;
  return ok({
    dialect,
    optimizer: optimizer.value,
    schedule: schedule?.value ?? null,
    loss: inLoss ? { ...loss, classWeights: classWeights.value } : loss,
    metrics: metricsOf(facts, loss),
    epochs: form.epochs,
    batchSize: form.batchSize,
    seed: form.seed,
    shuffle: form.shuffle,
    classWeights: inLoss ? null : classWeights.value,
    earlyStopping: stopping === null ? null : { ...EARLY_STOPPING, ...stopping, ...watched(stopping.monitor) },
    plateau: plateau === null ? null : { ...PLATEAU[dialect], ...plateau, ...watched(plateau.monitor) },
    regularizers,
    frozen: new Set(form.frozen),
    batchNormMomentum: form.batchNormMomentum,
    weightNoise: form.weightNoise,
    augmentation: form.augment && facts.pictures ? AUGMENTATION : []
  });
}

const SAMPLING = { fillMode: 'constant', interpolation: 'bilinear', fillValue: 0 } as const;

/** What `augment` in the form means: small turns, shifts and changes of size. Not mirrored: digits and letters are not. */
export const AUGMENTATION: readonly Augmentation[] = [
  { kind: 'rotation', turns: [-0.03, 0.03], sampling: SAMPLING },
  { kind: 'translation', height: [-0.08, 0.08], width: [-0.08, 0.08], sampling: SAMPLING },
  { kind: 'zoom', height: [-0.1, 0.1], width: null, sampling: SAMPLING }
];

function checkNumbers(form: TrainingForm): InputProblem | null {
  const whole = (value: number): boolean => Number.isInteger(value) && value >= 1;
  const refuse = (field: string, value: number, remedy: string): InputProblem => ({
    file: field,
    problem: t('{0} cannot be used', value),
    remedy
  });
  if (!whole(form.epochs)) return refuse('epochs', form.epochs, t('Give a whole number from 1'));
  if (!whole(form.batchSize)) return refuse('batchSize', form.batchSize, t('Give a whole number from 1'));
  if (!Number.isInteger(form.seed)) return refuse('seed', form.seed, t('Give a whole number'));
  if (form.examples !== null && !whole(form.examples)) {
    return refuse('examples', form.examples, t('Give a whole number from 1'));
  }
  for (const field of ['l2', 'weightNoise'] as const) {
    if (!(form[field] >= 0 && form[field] < Infinity)) return refuse(field, form[field], t('Give a number from 0'));
  }
  if (!(form.labelSmoothing >= 0 && form.labelSmoothing < 1)) {
    return refuse('labelSmoothing', form.labelSmoothing, t('Give a number from 0 to below 1'));
  }
  const momentum = form.batchNormMomentum;
  if (momentum !== null && !(momentum >= 0 && momentum < 1)) {
    return refuse('batchNormMomentum', momentum, t('Give a number from 0 to below 1'));
  }
  return null;
}

function classWeightsOf(
  choice: TrainingForm['classWeights'],
  counts: readonly number[]
): Result<readonly number[] | null> {
  if (choice === null) return ok(null);
  const weights = choice === 'balanced' ? balancedWeights(counts) : choice;
  const sound = weights.every((one) => one >= 0 && one < Infinity) && weights.some((one) => one > 0);
  if (weights.length === counts.length && sound) return ok(weights);
  return fail({
    file: 'classWeights',
    problem:
      counts.length === 0 ? t('the answer is no class') : t('{0} cannot be used', weights.map(String).join(', ')),
    remedy: t('Give one number from 0 for each of {0} classes', counts.length)
  });
}

function optimizerOf(form: TrainingForm, dialect: Dialect): Result<OptimizerSettings> {
  const defaults = isOptimizer(form.optimizer, dialect) ? defaultsOf(form.optimizer, dialect) : null;
  if (defaults === null) {
    return fail({
      file: form.optimizer,
      problem: t('is no optimizer that is known here'),
      remedy: t('Choose one of those offered')
    });
  }
  const fields = new Map<string, unknown>(Object.entries(defaults));
  for (const [name, value] of Object.entries(form.optimizerParameters)) {
    const own = fields.get(name);
    if (own === undefined || (own !== null && typeof own !== typeof value)) {
      return fail({
        file: form.optimizer,
        problem: t('has no parameter {0} of this kind', name),
        remedy: t('Leave it out')
      });
    }
    fields.set(name, value);
  }
  // The same fields with values of the same types, as was checked above.
  return checkOptimizerSettings(Object.fromEntries(fields) as unknown as OptimizerSettings);
}

/** The loss with what the form says about it; `null` for a name that is none. */
export function lossOfForm(form: Pick<TrainingForm, 'loss' | 'labelSmoothing' | 'fromLogits'>): LossSettings | null {
  const loss = lossDefaults(form.loss);
  if (loss === null) return null;
  return {
    ...loss,
    ...('fromLogits' in loss ? { fromLogits: form.fromLogits } : {}),
    ...('labelSmoothing' in loss ? { labelSmoothing: form.labelSmoothing } : {})
  };
}

const METRIC_WORDS: readonly (readonly [RegExp, keyof typeof METRIC_DEFAULTS])[] = [
  [/^(acc|accuracy)$/, 'accuracy'],
  [/^sparsecategoricalaccuracy$/, 'sparseCategoricalAccuracy'],
  [/^categoricalaccuracy$/, 'categoricalAccuracy'],
  [/^binaryaccuracy$/, 'binaryAccuracy'],
  [/topkcategoricalaccuracy$/, 'topK'],
  [/^precision$/, 'precision'],
  [/^recall$/, 'recall'],
  [/^auc$/, 'auc'],
  [/^(mae|meanabsoluteerror)$/, 'meanAbsoluteError'],
  [/^(mse|meansquarederror)$/, 'meanSquaredError']
];

/** Accuracy comes first with classes, whatever else the code names: all views and the command line show it. */
function metricsOf({ metrics, answers }: SettingsFacts, loss: LossSettings): MetricSettings[] {
  const first = answers === 'classes' ? 'accuracy' : 'meanAbsoluteError';
  const named = (metrics ?? []).flatMap((word) => {
    const plain = word.toLowerCase().replaceAll('_', '');
    const found = METRIC_WORDS.find(([pattern]) => pattern.test(plain))?.[1];
    const same = answers === 'classes' && (found === 'sparseCategoricalAccuracy' || found === 'categoricalAccuracy');
    return found === undefined || same ? [] : [found];
  });
  const logits = ('fromLogits' in loss && loss.fromLogits) || loss.name === 'BCEWithLogitsLoss';
  return [...new Set([first, ...named] as const)].map((name) => {
    const settings = METRIC_DEFAULTS[name];
    return logits && settings.name === 'accuracy' ? { ...settings, threshold: 0 } : settings;
  });
}
