/** A session's network and data as labs use them: classes to learn, few enough images to be read again and again. */
import { elementCount } from '../../../core/tensor';
import type { Model } from '../../../core/model';
import { t } from '../../../core/texts';
import { sampled } from '../../../data/split';
import type { Engine } from '../../../engine/engine';
import { layersOf } from '../../../engine/loadWeights';
import { augmentationsOf } from '../../../training/lab/changes';
import { labData } from '../../../training/lab/data';
import type { LabData } from '../../../training/lab/runJob';
import { AUGMENTATION, settingsOf } from '../../../training/run/runSettings';
import type { RunSettings } from '../../../training/run/settings';
import { trainableModel } from '../../../training/run/setUp';
import { classCounts, type Part, type TrainingData } from '../../../training/run/trainingData';
import type { DataChoice, TrainingForm } from '../../../protocol/training';
import { inputFailure, valueOf } from '../../problem';
import type { Session } from '../../session';
import { endsOf, withData } from '../task';

/** Of a larger data set so many training images are drawn, as many of each class as there can be. */
const mostTraining = 6000;
/** No fewer than this say how good a network is to half a point; more cost more than they tell. */
const validationBounds = [200, 500] as const;
/** Numbers of the inputs of one look. */
const lookedAtOnce = 2e6;

export interface LabTask {
  /** Without weights: every job draws its own. */
  readonly model: Model;
  readonly data: TrainingData;
  readonly trainImages: number;
  readonly classes: number;
  /** Whether examples are `[N, H, W, C]`, which augmentation needs. */
  readonly pictures: boolean;
  /** Images at a time where a network is looked at. */
  readonly lookedAtOnce: number;
  validationImages(size: number | null): number;
  /** @param size training images of the largest job */
  read(size: number | null, signal: AbortSignal): Promise<LabData>;
}

/**
 * Opens the data for as long as `use` takes.
 * @throws {RequestFailure} where the data cannot be read, do not fit, hold no classes, or nothing validates
 */
export function withLabTask<T>(
  session: Session,
  choice: DataChoice,
  form: Pick<TrainingForm, 'validationShare'>,
  signal: AbortSignal,
  use: (task: LabTask) => Promise<T>
): Promise<T> {
  const sharing = { validationShare: form.validationShare, examples: null, seed: 1 };
  return withData(session, choice, sharing, signal, (data) => use(taskOf(session, data)));
}

function taskOf(session: Session, data: TrainingData): LabTask {
  const { validation } = data;
  if (data.answer.kind !== 'classes') {
    throw inputFailure(
      data.title,
      t('has no classes to tell apart, and experiments compare accuracies'),
      t('Choose data with classes, or train a single run')
    );
  }
  if (validation === null) {
    throw inputFailure(data.title, t('has no images to validate on'), t('Give a share for validation'));
  }
  const { train, preparation, answer } = data;
  const trainMembers = drawn(train, mostTraining);
  const validationImages = (size: number | null): number =>
    Math.min(validation.members.length, validationBounds[1], Math.max(validationBounds[0], size ?? mostTraining));
  return {
    model: trainableModel(session.model, { start: 'fresh' }),
    data,
    trainImages: trainMembers.length,
    classes: data.classNames.length,
    pictures: preparation.kind === 'picture' ? !preparation.port.channelsFirst : preparation.shape.length === 3,
    lookedAtOnce: Math.max(1, Math.min(250, Math.floor(lookedAtOnce / inputNumbers(session)))),
    validationImages,
    read: (size, stop) =>
      labData(
        {
          train: train.set,
          validation: validation.set,
          preparation,
          answer,
          classes: data.classNames.length,
          trainMembers,
          validationMembers: drawn(validation, validationImages(size))
        },
        stop
      )
  };
}

const inputNumbers = (session: Session): number =>
  Math.max(1, elementCount(endsOf(session).input.map((size) => size ?? 1)));

function drawn({ set, members }: Part, count: number): Uint32Array {
  if (members.length <= count) return members;
  const within = { size: members.length, label: (index: number) => set.label(members[index] ?? 0) };
  return Uint32Array.from(sampled(within, count, 1), (index) => members[index] ?? 0);
}

/**
 * What every job trains with beside its own settings.
 * @throws {RequestFailure} where a field of the form cannot be used, or nothing in the network learns
 */
export async function settingsFor(
  engine: Engine,
  { model, data, pictures }: LabTask,
  form: TrainingForm,
  signal: AbortSignal
): Promise<RunSettings> {
  const network = await engine.prepare(model, { seed: 1, signal });
  try {
    const layers = layersOf(model.root);
    const parameters = network.parameters();
    const trains = parameters.some(
      ({ layer, learned }) => learned && layers.get(layer)?.trainable === true && !form.frozen.includes(layer)
    );
    if (!trains) throw inputFailure(model.name, t('no layer of it can learn'), t('Let some layers train'));
    const facts = { model, layers, parameters, answers: 'classes', hasValidation: true, metrics: null } as const;
    const settings = valueOf(settingsOf(form, { ...facts, pictures, classCounts: classCounts(data) }));
    // The layers of the code are what a twin takes out.
    const augmentation = pictures ? [...augmentationsOf(model), ...(form.augment ? AUGMENTATION : [])] : [];
    return { ...settings, augmentation };
  } finally {
    network.dispose();
  }
}
