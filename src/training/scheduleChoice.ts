/**
 * A schedule of the learning rate as a person chooses it: a name and its parameters. The rate it begins with is the
 * optimizer's own, but for those whose parameters state the rates themselves.
 */
import { fail, ok, type Result } from '../core/result';
import { t } from '../core/texts';
import type { Dialect } from './dialect';
import type { Counted, ScheduleSettings } from './schedules';

export type ScheduleParameter = number | boolean | readonly number[];

export type ScheduleChoiceName = Exclude<ScheduleSettings['name'], 'constant'>;

/** Plain data: part of the form. */
export interface ScheduleChoice {
  readonly name: ScheduleChoiceName;
  readonly parameters: Readonly<Record<string, ScheduleParameter>>;
}

/** How far a schedule reaches that is chosen by hand: the steps of the whole run. */
const SPAN = 1000;

/**
 * keras/src/optimizers/schedules, 3.15; the lengths have no default there. They count optimizer steps. `warmupTarget` 0 stands
 * for no warm-up (`None`).
 */
const KERAS: readonly ScheduleChoice[] = [
  { name: 'CosineDecay', parameters: { decaySteps: SPAN, alpha: 0, warmupTarget: 0, warmupSteps: 0 } },
  { name: 'CosineDecayRestarts', parameters: { firstDecaySteps: SPAN, tMul: 2, mMul: 1, alpha: 0 } },
  { name: 'ExponentialDecay', parameters: { decaySteps: SPAN, decayRate: 0.9, staircase: false } },
  { name: 'InverseTimeDecay', parameters: { decaySteps: SPAN, decayRate: 1, staircase: false } },
  { name: 'PolynomialDecay', parameters: { decaySteps: SPAN, endLearningRate: 0.0001, power: 1, cycle: false } },
  { name: 'PiecewiseConstantDecay', parameters: { boundaries: [SPAN], values: [0.001, 0.0001] } },
  { name: 'LearningRateScheduler', parameters: { rates: [0.001, 0.001, 0.0005, 0.0002, 0.0001] } }
];

/** torch/optim/lr_scheduler, 2.x. `scheduler.step()` stands after an epoch, or with `perStep` after each batch. */
const PYTORCH: readonly ScheduleChoice[] = [
  { name: 'StepLR', parameters: { stepSize: 2, gamma: 0.1, perStep: false } },
  { name: 'MultiStepLR', parameters: { milestones: [3, 5], gamma: 0.1, perStep: false } },
  { name: 'ExponentialLR', parameters: { gamma: 0.9, perStep: false } },
  { name: 'CosineAnnealingLR', parameters: { tMax: 10, etaMin: 0, perStep: false } },
  { name: 'CosineAnnealingWarmRestarts', parameters: { t0: 5, tMult: 1, etaMin: 0, perStep: false } },
  { name: 'LinearLR', parameters: { startFactor: 1 / 3, endFactor: 1, totalIters: 5, perStep: false } },
  {
    name: 'OneCycleLR',
    parameters: {
      maxLearningRate: 0.01,
      totalSteps: SPAN,
      pctStart: 0.3,
      linear: false,
      divFactor: 25,
      finalDivFactor: 10_000,
      threePhase: false,
      perStep: true
    }
  }
];

const CHOICES: Readonly<Record<Dialect, readonly ScheduleChoice[]>> = { keras: KERAS, pytorch: PYTORCH };

/** Schedules that a framework has, as they stand before a person changes them. */
export function scheduleChoices(dialect: Dialect): readonly ScheduleChoice[] {
  return CHOICES[dialect];
}

export function scheduleNamed(name: string, dialect: Dialect): ScheduleChoice | null {
  return CHOICES[dialect].find((one) => one.name === name) ?? null;
}

/** Whether its parameters state the rates, so that the optimizer's own counts for nothing. */
export function statesRates(name: ScheduleChoiceName): boolean {
  return ['PiecewiseConstantDecay', 'LearningRateScheduler', 'OneCycleLR'].includes(name);
}

/** Parameters that lengths are divided by. */
const LENGTHS = [
  'decaySteps',
  'firstDecaySteps',
  'stepSize',
  'tMax',
  't0',
  'totalIters',
  'totalSteps',
  'tMul',
  'tMult'
];

/** @param learningRate the optimizer's, which most schedules begin with */
export function scheduleOf(choice: ScheduleChoice, learningRate: number, dialect: Dialect): Result<ScheduleSettings> {
  const refuse = (problem: string, remedy: string) => fail({ file: choice.name, problem, remedy });
  const known = scheduleNamed(choice.name, dialect);
  if (known === null) return refuse(t('is no schedule of this framework'), t('Choose one of those offered'));
  const given = new Map<string, ScheduleParameter>();
  for (const [name, usual] of Object.entries(known.parameters)) {
    const value = choice.parameters[name] ?? usual;
    const numbers = Array.isArray(usual) ? (Array.isArray(value) ? value : []) : [value];
    const least = LENGTHS.includes(name) ? Number.MIN_VALUE : 0;
    const fits =
      numbers.length > 0 &&
      (typeof usual === 'boolean'
        ? typeof value === 'boolean'
        : numbers.every((one) => typeof one === 'number' && one >= least && one < Infinity));
    if (!fits) {
      const stated = Array.isArray(value) ? value.join(', ') : String(value);
      return refuse(t('{0} cannot be {1}', name, stated), t('Give numbers that are not negative, lengths above 0'));
    }
    given.set(name, value);
  }
  const number = (name: string): number => Number(given.get(name));
  const flag = (name: string): boolean => given.get(name) === true;
  const list = (name: string): readonly number[] => {
    const value = given.get(name);
    return Array.isArray(value) ? value : [];
  };
  const ascending = (numbers: readonly number[]): boolean =>
    numbers.every((one, at) => at === 0 || one > (numbers[at - 1] ?? 0));
  for (const name of ['boundaries', 'milestones']) {
    if (!ascending(list(name))) return refuse(t('{0} do not grow', name), t('Give them in ascending order'));
  }
  const per: Counted = dialect === 'keras' || flag('perStep') ? 'step' : 'epoch';
  const start = { initialLearningRate: learningRate, per } as const;
  switch (known.name) {
    case 'LearningRateScheduler':
      return ok({ name: known.name, per: 'epoch', rates: list('rates') });
    case 'PiecewiseConstantDecay': {
      const [boundaries, values] = [list('boundaries'), list('values')];
      return values.length === boundaries.length + 1
        ? ok({ name: known.name, per, boundaries, values })
        : refuse(
            t('{0} boundaries need {1} rates', boundaries.length, boundaries.length + 1),
            t('Give one rate more than boundaries')
          );
    }
    case 'ExponentialDecay':
    case 'InverseTimeDecay':
      return ok({
        ...start,
        name: known.name,
        decaySteps: number('decaySteps'),
        decayRate: number('decayRate'),
        staircase: flag('staircase')
      });
    case 'CosineDecay': {
      const warmupTarget = number('warmupTarget');
      return ok({
        ...start,
        name: known.name,
        decaySteps: number('decaySteps'),
        alpha: number('alpha'),
        warmupTarget: warmupTarget === 0 ? null : warmupTarget,
        warmupSteps: number('warmupSteps')
      });
    }
    case 'CosineDecayRestarts':
      return ok({
        ...start,
        name: known.name,
        firstDecaySteps: number('firstDecaySteps'),
        tMul: number('tMul'),
        mMul: number('mMul'),
        alpha: number('alpha')
      });
    case 'PolynomialDecay':
      return ok({
        ...start,
        name: known.name,
        decaySteps: number('decaySteps'),
        endLearningRate: number('endLearningRate'),
        power: number('power'),
        cycle: flag('cycle')
      });
    case 'StepLR':
      return ok({ ...start, name: known.name, stepSize: number('stepSize'), gamma: number('gamma') });
    case 'MultiStepLR':
      return ok({ ...start, name: known.name, milestones: list('milestones'), gamma: number('gamma') });
    case 'ExponentialLR':
      return ok({ ...start, name: known.name, gamma: number('gamma') });
    case 'CosineAnnealingLR':
      return ok({ ...start, name: known.name, tMax: number('tMax'), etaMin: number('etaMin') });
    case 'CosineAnnealingWarmRestarts':
      return ok({ ...start, name: known.name, t0: number('t0'), tMult: number('tMult'), etaMin: number('etaMin') });
    case 'LinearLR':
      return ok({
        ...start,
        name: known.name,
        startFactor: number('startFactor'),
        endFactor: number('endFactor'),
        totalIters: number('totalIters')
      });
    case 'OneCycleLR':
      return ok({
        name: known.name,
        per,
        maxLearningRate: number('maxLearningRate'),
        totalSteps: number('totalSteps'),
        pctStart: number('pctStart'),
        annealing: flag('linear') ? 'linear' : 'cos',
        divFactor: number('divFactor'),
        finalDivFactor: number('finalDivFactor'),
        threePhase: flag('threePhase')
      });
  }
}
