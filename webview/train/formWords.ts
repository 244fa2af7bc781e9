/** The names of what the form holds, as the frameworks and textbooks call them. */
import type { Origin, TrainingForm, TrainingOffer } from '../../src/protocol/training';
import { t } from '../l10n';
import type { Provenance } from './fields';

const PARAMETER = 'optimizerParameters.';

/** How a parameter of the optimizer is told from a field of the form: Ftrl has an `l2` of its own. */
export const parameterField = (name: string): string => `${PARAMETER}${name}`;

export function optimizerWords(name: string): string {
  const names: Readonly<Record<string, string>> = {
    sgd: 'SGD',
    rmsprop: 'RMSprop',
    adam: 'Adam',
    adamw: 'AdamW',
    nadam: 'NAdam',
    radam: 'RAdam',
    adamax: 'Adamax',
    adagrad: 'Adagrad',
    adadelta: 'Adadelta',
    lion: 'Lion',
    ftrl: 'Ftrl'
  };
  return names[name] ?? name;
}

/** `beta1` → `β₁`; unknown names as they are. */
export function parameterWords(name: string): string {
  switch (name) {
    case 'learningRate':
      return t('Learning rate');
    case 'momentum':
      return t('Momentum');
    case 'nesterov':
      return t('Nesterov’s momentum');
    case 'dampening':
      return t('Dampening');
    case 'weightDecay':
      return t('Weight decay');
    case 'beta1':
      return 'β₁';
    case 'beta2':
      return 'β₂';
    case 'rho':
      return 'ρ';
    case 'epsilon':
      return 'ε';
    case 'initialAccumulator':
      return t('Initial accumulator');
    case 'centered':
      return t('Centred');
    default:
      return name
        .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
        .replace(/^./, (first) => first.toUpperCase());
  }
}

/** Parameters that most people set; the rest folds away. */
export const mainParameters: readonly string[] = ['learningRate', 'momentum', 'nesterov', 'weightDecay'];

export function fieldWords(name: string): string {
  switch (name) {
    case 'optimizer':
      return t('Optimizer');
    case 'loss':
      return t('Loss');
    case 'labelSmoothing':
      return t('Label smoothing');
    case 'fromLogits':
      return t('Network gives logits');
    case 'epochs':
      return t('Epochs');
    case 'batchSize':
      return t('Batch size');
    case 'seed':
      return t('Seed');
    case 'shuffle':
      return t('Shuffle each epoch');
    case 'validationShare':
      return t('Validation share');
    case 'examples':
      return t('Examples');
    case 'earlyStopping':
      return t('Early stopping');
    case 'classWeights':
      return t('Class weights');
    case 'schedule':
      return t('Learning rate over time');
    case 'reduceOnPlateau':
      return t('Lower the rate on a plateau');
    case 'augment':
      return t('Augmentation');
    case 'l2':
      return t('L2 on kernels');
    case 'weightNoise':
      return t('Weight noise');
    case 'batchNormMomentum':
      return t('Batch-norm momentum');
    case 'frozen':
      return t('Frozen layers');
    case 'start':
      return t('Weights to start from');
    default:
      return parameterWords(name.startsWith(PARAMETER) ? name.slice(PARAMETER.length) : name);
  }
}

/** `val_loss`, `accuracy`… as Keras names what callbacks watch. */
export function monitorWords(name: string): string {
  switch (name) {
    case 'val_loss':
      return t('watch validation loss');
    case 'val_accuracy':
      return t('watch validation accuracy');
    case 'loss':
      return t('watch training loss');
    case 'accuracy':
      return t('watch training accuracy');
    default:
      return t('watch {0}', name);
  }
}

/** The parameters of schedules and callbacks, with the frameworks' own names where these say little. */
export function settingWords(name: string): string {
  switch (name) {
    case 'decaySteps':
      return t('Steps of the decay');
    case 'firstDecaySteps':
      return t('Steps of the first round');
    case 'decayRate':
      return t('Factor of the decay');
    case 'alpha':
      return t('Lowest share (alpha)');
    case 'staircase':
      return t('in stairs');
    case 'warmupTarget':
      return t('Rate after warm-up (0: none)');
    case 'warmupSteps':
      return t('Steps of warm-up');
    case 'tMul':
    case 'tMult':
      return t('Rounds grow by (t_mul)');
    case 'mMul':
      return t('Heights change by (m_mul)');
    case 'endLearningRate':
      return t('Rate at the end');
    case 'power':
      return t('Power');
    case 'cycle':
      return t('begin again after the end');
    case 'boundaries':
      return t('Steps at which it changes');
    case 'values':
      return t('Rates between them');
    case 'rates':
      return t('Rate of each epoch');
    case 'stepSize':
      return t('Every so many (step_size)');
    case 'milestones':
      return t('After so many (milestones)');
    case 'gamma':
      return t('Factor (gamma)');
    case 'tMax':
      return t('Length (T_max)');
    case 't0':
      return t('Length of the first round (T_0)');
    case 'etaMin':
      return t('Lowest rate (eta_min)');
    case 'startFactor':
      return t('Share at first');
    case 'endFactor':
      return t('Share at the end');
    case 'totalIters':
    case 'totalSteps':
      return t('Length');
    case 'maxLearningRate':
      return t('Highest rate');
    case 'pctStart':
      return t('Share of rising');
    case 'linear':
      return t('straight lines');
    case 'divFactor':
      return t('Highest over first rate');
    case 'finalDivFactor':
      return t('First over last rate');
    case 'threePhase':
      return t('three phases');
    case 'perStep':
      return t('count steps, not epochs');
    case 'patience':
      return t('Patience');
    case 'factor':
      return t('Factor');
    case 'monitor':
      return t('Watches');
    case 'minDelta':
      return t('smallest gain');
    case 'minLearningRate':
      return t('lowest rate');
    case 'restoreBest':
      return t('Back to the best');
    default:
      return name;
  }
}

/** @param field of the form, or `parameterField` */
export function originOf(offer: TrainingOffer, field: string): Origin | undefined {
  return offer.origins[field];
}

/** Fields that the code holds and that could not be read: each must be answered before a run. */
export function openFields(offer: TrainingOffer, answered: readonly string[]): readonly string[] {
  return Object.entries(offer.origins)
    .filter(([, origin]) => origin.kind === 'asked')
    .map(([name]) => name)
    .filter((name) => !answered.includes(name));
}

export function provenance(
  offer: TrainingOffer,
  edits: Partial<TrainingForm>,
  answered: readonly string[],
  field: string
): Provenance {
  const origin = originOf(offer, field);
  const asked = origin?.kind === 'asked';
  return {
    origin,
    open: asked && !answered.includes(field),
    changed: !asked && differs(offer.form, edits, field)
  };
}

function differs(form: TrainingForm, edits: Partial<TrainingForm>, field: string): boolean {
  if (field in form) {
    const name = field as keyof TrainingForm;
    return name in edits && JSON.stringify(edits[name]) !== JSON.stringify(form[name]);
  }
  const parameters = edits.optimizerParameters;
  const name = field.slice(PARAMETER.length);
  return parameters !== undefined && parameters[name] !== form.optimizerParameters[name];
}
