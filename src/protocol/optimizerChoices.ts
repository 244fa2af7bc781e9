/** What the form of a run needs of the optimizers and losses: whose they are, and which parameters they start with. */
import type { Dialect } from '../training/dialect';
import { scheduleOf, type ScheduleChoice } from '../training/scheduleChoice';
import { learningRateAt } from '../training/schedules';
import { lossDefaults, lossDialect } from '../training/losses/settings';
import { defaultsOf } from '../training/optimizers/settings';
import type { OptimizerName, OptimizerSettings } from '../training/optimizers/settings';

/** Keras's losses have other names than PyTorch's; a run follows the framework of its loss. */
export function dialectOfLoss(loss: string): Dialect {
  const settings = lossDefaults(loss);
  return settings === null ? 'keras' : lossDialect(settings.name);
}

/** Whether a loss has label smoothing, and whether it can take logits. */
export function lossOptions(loss: string): { readonly labelSmoothing: boolean; readonly fromLogits: boolean } {
  const settings = lossDefaults(loss);
  return {
    labelSmoothing: settings !== null && 'labelSmoothing' in settings,
    fromLogits: settings !== null && 'fromLogits' in settings
  };
}

/** The numbers and switches of an optimizer as its framework sets them, by name; those that are off by `null` are left out. */
export function optimizerParameters(optimizer: string, dialect: Dialect): Readonly<Record<string, number | boolean>> {
  const name = optimizer as OptimizerName;
  const other: Dialect = dialect === 'keras' ? 'pytorch' : 'keras';
  const settings: OptimizerSettings | null = defaultsOf(name, dialect) ?? defaultsOf(name, other);
  if (settings === null) return {};
  return Object.fromEntries(
    Object.entries(settings).filter(
      (entry): entry is [string, number | boolean] => typeof entry[1] === 'number' || typeof entry[1] === 'boolean'
    )
  );
}

export { balancedWeights, type ClassWeightChoice } from '../training/classWeights';
export {
  scheduleChoices,
  statesRates,
  type ScheduleChoice,
  type ScheduleChoiceName,
  type ScheduleParameter
} from '../training/scheduleChoice';

/** The rates of a run at `points` evenly spaced steps, the first and the last included; `null` where the schedule cannot be used. */
export function ratesOverRun(
  choice: ScheduleChoice,
  learningRate: number,
  dialect: Dialect,
  { epochs, stepsAnEpoch, points }: { readonly epochs: number; readonly stepsAnEpoch: number; readonly points: number }
): readonly number[] | null {
  const settings = scheduleOf(choice, learningRate, dialect);
  if (!settings.ok) return null;
  const last = epochs * stepsAnEpoch - 1;
  return Array.from({ length: points }, (_, i) => {
    const step = Math.round((i * last) / Math.max(1, points - 1));
    return learningRateAt(settings.value, { step, epoch: Math.floor(step / stepsAnEpoch) });
  });
}
