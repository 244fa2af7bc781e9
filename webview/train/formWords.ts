/** The names of what the form holds, as the frameworks and textbooks call them. */
import type { Origin, TrainingForm, TrainingOffer } from '../../src/protocol/training';
import { t } from '../l10n';
import type { Provenance } from './fields';

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
      return parameterWords(name.replace(/^optimizerParameters\./, ''));
  }
}

/** Origins may name a parameter of the optimizer alone or behind `optimizerParameters.`. */
export function originOf(offer: TrainingOffer, field: string): Origin | undefined {
  return offer.origins[field] ?? offer.origins[`optimizerParameters.${field}`];
}

/** Fields that the code holds and that could not be read: each must be answered before a run. */
export function openFields(offer: TrainingOffer, answered: readonly string[]): readonly string[] {
  return Object.entries(offer.origins)
    .filter(([, origin]) => origin.kind === 'asked')
    .map(([name]) => name.replace(/^optimizerParameters\./, ''))
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
  return parameters !== undefined && parameters[field] !== form.optimizerParameters[field];
}
