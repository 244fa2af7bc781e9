/** The form as it stands before a person changes it: what the code says, else the framework's defaults, else ours. */
import type { NamedChoice, Stated, TrainingRecipe } from '../../core/trainingRecipe';
import type { Dialect } from '../dialect';
import { LOSS_NAMES, lossDefaults, type LossName } from '../losses/settings';
import { scheduleNamed, statesRates, type ScheduleChoice, type ScheduleParameter } from '../scheduleChoice';
import { OPTIMIZER_NAMES, defaultsOf, type OptimizerName, type OptimizerSettings } from '../optimizers/settings';
import type { Origin, TrainingForm } from './form';

/** What is known of network and data. */
export interface FormFacts {
  readonly dialect: Dialect;
  readonly recipe: TrainingRecipe | null;
  readonly answers: 'classes' | 'numbers' | 'input';
  /** How many there are to tell apart; 0 where the answer is no class. */
  readonly classes: number;
  /** Numbers of the output for one example. */
  readonly outputs: number;
  readonly ends: 'softmax' | 'logSoftmax' | 'sigmoid' | null;
  /** Whether the weights are worth going on from. */
  readonly hasWeights: boolean;
}

export interface FilledForm {
  readonly form: TrainingForm;
  /** By field; parameters of the optimizer as `optimizerParameters.momentum`. */
  readonly origins: Readonly<Record<string, Origin>>;
}

const FRAMEWORK: Origin = { kind: 'default', line: null };
const defaultEpochs = 5;
const defaultBatch = 32;
const defaultShare = 0.2;

export function formDefaults(facts: FormFacts): FilledForm {
  const { recipe, dialect } = facts;
  const origins: Record<string, Origin> = {};
  const take = <T>(field: string, stated: Stated<T> | null | undefined, otherwise: T): T => {
    origins[field] = originOf(stated);
    return stated?.value ?? otherwise;
  };
  const optimizer = readOptimizer(recipe?.optimizer ?? null, dialect, origins);
  const loss = readLoss(recipe?.loss ?? null, facts, origins);
  const schedule = readSchedule(recipe?.schedule ?? null, dialect, origins);
  const stopping = recipe?.earlyStopping?.value?.parameters;
  const plateau = recipe?.reduceOnPlateau?.value?.parameters;
  origins['earlyStopping'] = originOf(recipe?.earlyStopping);
  const plateauStated = recipe?.reduceOnPlateau ?? null;
  const unread = plateauStated?.value?.unread ?? [];
  origins['reduceOnPlateau'] =
    plateauStated !== null && unread.length > 0 ? asked(plateauStated) : originOf(plateauStated);
  for (const field of ['seed', 'examples', 'augment', 'l2', 'weightNoise', 'batchNormMomentum', 'frozen', 'start']) {
    if (!Object.hasOwn(origins, field)) origins[field] = FRAMEWORK;
  }
  return {
    form: {
      ...withRate(optimizer, schedule.learningRate),
      ...loss,
      epochs: take('epochs', recipe?.epochs, defaultEpochs),
      batchSize: take('batchSize', recipe?.batchSize, defaultBatch),
      seed: 1,
      shuffle: take('shuffle', recipe?.shuffle, true),
      validationShare: take('validationShare', recipe?.validationSplit, defaultShare),
      examples: null,
      earlyStopping:
        stopping === undefined
          ? null
          : {
              patience: numberIn(stopping, 'patience', 0),
              restoreBest: stopping['restore_best_weights'] === true,
              monitor: wordIn(stopping, 'monitor'),
              minDelta: Math.abs(numberIn(stopping, 'min_delta', 0))
            },
      reduceOnPlateau:
        plateau === undefined
          ? null
          : {
              patience: numberIn(plateau, 'patience', 10),
              factor: numberIn(plateau, 'factor', 0.1),
              monitor: wordIn(plateau, 'monitor'),
              minLearningRate: numberIn(plateau, 'min_lr', 0)
            },
      classWeights: readClassWeights(recipe?.classWeights ?? null, facts, origins),
      schedule: schedule.choice,
      augment: false,
      l2: 0,
      weightNoise: 0,
      batchNormMomentum: null,
      frozen: [],
      start: facts.hasWeights ? 'model' : 'fresh'
    },
    origins
  };
}

function originOf(stated: Stated<unknown> | null | undefined): Origin {
  if (stated === null || stated === undefined) return FRAMEWORK;
  return stated.value === null ? asked(stated) : { kind: 'code', line: stated.line };
}

/** Stands in the code, and is to be set by hand. */
const asked = ({ line, reason }: Stated<unknown>): Origin => ({
  kind: 'asked',
  line,
  ...(reason === undefined ? {} : { reason })
});

const numberIn = (parameters: NamedChoice['parameters'], name: string, otherwise: number): number => {
  const value = parameters[name];
  return typeof value === 'number' ? value : otherwise;
};

const wordIn = (parameters: NamedChoice['parameters'], name: string): string | null => {
  const value = parameters[name];
  return typeof value === 'string' ? value : null;
};

/** Python's names of arguments as the settings have them; every other name is its camel case. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['lr', 'learningRate'],
  ['eps', 'epsilon'],
  ['lr_decay', 'learningRateDecay'],
  ['clipnorm', 'clipNorm'],
  ['global_clipnorm', 'globalClipNorm'],
  ['max_norm', 'globalClipNorm'],
  ['clipvalue', 'clipValue'],
  ['max_lr', 'maxLearningRate'],
  ['initial_accumulator_value', 'initialAccumulator'],
  ['l1_regularization_strength', 'l1'],
  ['l2_regularization_strength', 'l2'],
  ['l2_shrinkage_regularization_strength', 'l2Shrinkage']
]);

/** `beta_1` as `beta1`, `learning_rate` as `learningRate`, `T_max` as `tMax`. */
function settingName(argument: string): string {
  const plain = argument.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return ARGUMENTS.get(argument) ?? plain.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
}

type OptimizerFields = Pick<TrainingForm, 'optimizer' | 'optimizerParameters'>;

/** An optimizer's parameters that are numbers or switches, as the form shows them. */
export function optimizerParameters(settings: OptimizerSettings): Record<string, number | boolean> {
  const found: Record<string, number | boolean> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' || typeof value === 'boolean') found[name] = value;
  }
  return found;
}

function readOptimizer(
  stated: Stated<NamedChoice> | null,
  dialect: Dialect,
  origins: Record<string, Origin>
): OptimizerFields {
  const given = stated?.value ?? null;
  const known = given === null ? null : optimizerNamed(given.name, dialect);
  const settings = known ?? defaultsOf('adam', dialect);
  const parameters = settings === null ? {} : optimizerParameters(settings);
  for (const name of Object.keys(parameters)) origins[`optimizerParameters.${name}`] = FRAMEWORK;
  origins['optimizer'] =
    stated === null ? FRAMEWORK : known === null ? asked(stated) : { kind: 'code', line: stated.line };
  if (stated !== null && given !== null && known !== null) {
    for (const [argument, value] of Object.entries(single(given.parameters))) {
      const name = argument === 'alpha' ? 'rho' : settingName(argument);
      const limit = ['clipNorm', 'clipValue', 'globalClipNorm'].includes(name);
      if (typeof value === 'string' || typeof value === 'object' || !(Object.hasOwn(parameters, name) || limit))
        continue;
      parameters[name] = value;
      origins[`optimizerParameters.${name}`] = { kind: 'code', line: given.lines?.[argument] ?? stated.line };
    }
    for (const argument of given.unread) {
      const name = argument === '**' ? 'learningRate' : settingName(argument);
      for (const field of name === 'betas' ? ['beta1', 'beta2'] : [name === 'alpha' ? 'rho' : name]) {
        if (dialect === 'keras' || Object.hasOwn(parameters, field)) {
          origins[`optimizerParameters.${field}`] = asked(stated);
        }
      }
      // Layers whose weights the optimizer is not given stay as they are.
      if (argument === 'params') origins['frozen'] = asked(stated);
    }
  }
  return { optimizer: settings?.name ?? 'adam', optimizerParameters: parameters };
}

/** PyTorch's `betas=(0.9, 0.999)` as two numbers. */
function single(parameters: NamedChoice['parameters']): NamedChoice['parameters'] {
  const { betas, ...others } = parameters;
  if (!Array.isArray(betas) || betas.length !== 2) return parameters;
  const [first, second] = betas.filter((one) => typeof one === 'number');
  return first === undefined || second === undefined ? parameters : { ...others, beta_1: first, beta_2: second };
}

interface ReadSchedule {
  readonly choice: ScheduleChoice | null;
  /** The rate it begins with, where it states one. */
  readonly learningRate: number | null;
}

function readSchedule(
  stated: Stated<NamedChoice> | null,
  dialect: Dialect,
  origins: Record<string, Origin>
): ReadSchedule {
  const given = stated?.value ?? null;
  const known = given === null ? null : scheduleNamed(given.name, dialect);
  origins['schedule'] =
    stated === null ? FRAMEWORK : known === null ? asked(stated) : { kind: 'code', line: stated.line };
  if (stated === null || given === null || known === null) return { choice: null, learningRate: null };
  if (given.unread.length > 0) origins['schedule'] = asked(stated);
  const parameters: Record<string, ScheduleParameter> = { ...known.parameters };
  for (const [argument, value] of Object.entries(given.parameters)) {
    if (argument === 'anneal_strategy') parameters['linear'] = value === 'linear';
    const name = settingName(argument);
    if (typeof value !== 'string' && Object.hasOwn(parameters, name)) parameters[name] = value;
  }
  const initial = given.parameters['initial_learning_rate'];
  const begins = typeof initial === 'number' && !statesRates(known.name) ? initial : null;
  if (begins !== null) origins['optimizerParameters.learningRate'] = { kind: 'code', line: stated.line };
  return { choice: { name: known.name, parameters }, learningRate: begins };
}

function withRate(optimizer: OptimizerFields, rate: number | null): OptimizerFields {
  if (rate === null) return optimizer;
  return { ...optimizer, optimizerParameters: { ...optimizer.optimizerParameters, learningRate: rate } };
}

/** Classes that the code leaves out count 1, as in Keras. */
function readClassWeights(
  stated: TrainingRecipe['classWeights'],
  { classes }: FormFacts,
  origins: Record<string, Origin>
): TrainingForm['classWeights'] {
  origins['classWeights'] = classes === 0 ? FRAMEWORK : originOf(stated);
  const given = stated?.value ?? null;
  if (given === null || classes === 0) return null;
  return Array.from({ length: classes }, (_, index) => given[String(index)] ?? 1);
}

function optimizerNamed(name: string, dialect: Dialect): OptimizerSettings | null {
  const plain = name.toLowerCase().replaceAll('_', '');
  const found = OPTIMIZER_NAMES[dialect].find((one) => one === plain);
  return found === undefined ? null : defaultsOf(found, dialect);
}

/** @param name as a form has it */
export function isOptimizer(name: string, dialect: Dialect): name is OptimizerName {
  return OPTIMIZER_NAMES[dialect].some((one) => one === name);
}

type LossFields = Pick<TrainingForm, 'loss' | 'labelSmoothing' | 'fromLogits'>;

function readLoss(stated: Stated<NamedChoice> | null, facts: FormFacts, origins: Record<string, Origin>): LossFields {
  const given = stated?.value ?? null;
  const known = given === null ? null : lossNamed(given.name);
  const plain = isMean(given);
  origins['loss'] =
    stated === null ? FRAMEWORK : known === null || !plain ? asked(stated) : { kind: 'code', line: stated.line };
  origins['fromLogits'] = FRAMEWORK;
  origins['labelSmoothing'] = FRAMEWORK;
  if (stated === null || given === null || known === null) {
    const loss = usualLoss(facts);
    return { loss, labelSmoothing: 0, fromLogits: facts.ends === null && /Crossentropy$/.test(loss) };
  }
  const logits = given.parameters['from_logits'];
  const smoothing = given.parameters['label_smoothing'];
  if (logits !== undefined) origins['fromLogits'] = { kind: 'code', line: stated.line };
  if (smoothing !== undefined) origins['labelSmoothing'] = { kind: 'code', line: stated.line };
  for (const [argument, field] of [
    ['from_logits', 'fromLogits'],
    ['label_smoothing', 'labelSmoothing']
  ] as const) {
    if (given.unread.includes(argument) || given.unread.includes('**')) origins[field] = asked(stated);
  }
  return {
    loss: known,
    fromLogits: logits === true,
    labelSmoothing: typeof smoothing === 'number' ? smoothing : 0
  };
}

/** Sums grow with the batch, and with them every step; a run here takes the mean. */
function isMean(loss: NamedChoice | null): boolean {
  const reduction = loss?.parameters['reduction'];
  if (loss?.unread.includes('reduction') === true) return false;
  return reduction !== 'sum' && reduction !== 'none';
}

function usualLoss({ answers, outputs, dialect, ends }: FormFacts): LossName {
  if (answers !== 'classes') return dialect === 'keras' ? 'MeanSquaredError' : 'MSELoss';
  if (outputs === 1) {
    return dialect === 'keras' ? 'BinaryCrossentropy' : ends === 'sigmoid' ? 'BCELoss' : 'BCEWithLogitsLoss';
  }
  if (dialect === 'keras') return 'SparseCategoricalCrossentropy';
  return ends === 'logSoftmax' ? 'NLLLoss' : 'CrossEntropyLoss';
}

/** Keras's short names that are not the class's own in another spelling. */
const LOSS_ALIASES: ReadonlyMap<string, LossName> = new Map([
  ['mse', 'MeanSquaredError'],
  ['mae', 'MeanAbsoluteError'],
  ['mape', 'MeanAbsolutePercentageError'],
  ['msle', 'MeanSquaredLogarithmicError'],
  ['bce', 'BinaryCrossentropy'],
  ['kld', 'KLDivergence'],
  ['kullbackleiblerdivergence', 'KLDivergence'],
  ['cosineproximity', 'CosineSimilarity']
]);

/** `sparse_categorical_crossentropy`, `SparseCategoricalCrossentropy`, `mse`; `null` for what is no loss. */
export function lossNamed(name: string): LossName | null {
  const plain = name.toLowerCase().replaceAll('_', '');
  const found = LOSS_ALIASES.get(plain) ?? LOSS_NAMES.find((one) => one.toLowerCase() === plain);
  return found === undefined ? null : (lossDefaults(found)?.name ?? null);
}
