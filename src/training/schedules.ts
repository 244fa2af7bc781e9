/**
 * Learning rates over a run, by the class names of Keras (`keras.optimizers.schedules`, by step) and PyTorch
 * (`torch.optim.lr_scheduler`, by epoch or by step as the code calls `scheduler.step()`), in closed form: the rate depends
 * on the count alone, so that a resumed run needs no state.
 */

/** What is counted: optimizer steps, or epochs that have ended. */
export type Counted = 'step' | 'epoch';

interface Initial {
  readonly initialLearningRate: number;
  readonly per: Counted;
}

export type ScheduleSettings =
  | { readonly name: 'constant'; readonly learningRate: number }
  /** What a function of the code gives for each epoch; after them the last rate stays. */
  | { readonly name: 'LearningRateScheduler'; readonly per: 'epoch'; readonly rates: readonly number[] }
  | (Initial & {
      readonly name: 'ExponentialDecay' | 'InverseTimeDecay';
      readonly decaySteps: number;
      readonly decayRate: number;
      readonly staircase: boolean;
    })
  | (Initial & {
      readonly name: 'CosineDecay';
      readonly decaySteps: number;
      readonly alpha: number;
      /** The rate the warm-up leads to, or `null` for no warm-up. */
      readonly warmupTarget: number | null;
      readonly warmupSteps: number;
    })
  | (Initial & {
      readonly name: 'CosineDecayRestarts';
      readonly firstDecaySteps: number;
      readonly tMul: number;
      readonly mMul: number;
      readonly alpha: number;
    })
  | {
      readonly name: 'PiecewiseConstantDecay';
      readonly per: Counted;
      readonly boundaries: readonly number[];
      /** One more than `boundaries`. */
      readonly values: readonly number[];
    }
  | (Initial & {
      readonly name: 'PolynomialDecay';
      readonly decaySteps: number;
      readonly endLearningRate: number;
      readonly power: number;
      readonly cycle: boolean;
    })
  | (Initial & { readonly name: 'StepLR'; readonly stepSize: number; readonly gamma: number })
  | (Initial & { readonly name: 'MultiStepLR'; readonly milestones: readonly number[]; readonly gamma: number })
  | (Initial & { readonly name: 'ExponentialLR'; readonly gamma: number })
  | (Initial & { readonly name: 'CosineAnnealingLR'; readonly tMax: number; readonly etaMin: number })
  | (Initial & {
      readonly name: 'CosineAnnealingWarmRestarts';
      readonly t0: number;
      readonly tMult: number;
      readonly etaMin: number;
    })
  | (Initial & {
      readonly name: 'LinearLR';
      readonly startFactor: number;
      readonly endFactor: number;
      readonly totalIters: number;
    })
  | {
      readonly name: 'OneCycleLR';
      readonly per: Counted;
      readonly maxLearningRate: number;
      readonly totalSteps: number;
      readonly pctStart: number;
      readonly annealing: 'cos' | 'linear';
      readonly divFactor: number;
      readonly finalDivFactor: number;
      readonly threePhase: boolean;
    };

export type ScheduleName = ScheduleSettings['name'];

/** Where a run stands: optimizer steps taken and epochs ended before the step that is asked for. */
export interface RunPosition {
  readonly step: number;
  readonly epoch: number;
}

/** The rate of the next step. */
export function learningRateAt(settings: ScheduleSettings, position: RunPosition): number {
  if (settings.name === 'constant') return settings.learningRate;
  return rateAfter(settings, settings.per === 'step' ? position.step : position.epoch);
}

type Counting = Exclude<ScheduleSettings, { readonly name: 'constant' }>;

const halfCosine = (fraction: number): number => 0.5 * (1 + Math.cos(Math.PI * fraction));

/** The rate after `t` counts. */
function rateAfter(settings: Counting, t: number): number {
  switch (settings.name) {
    case 'LearningRateScheduler':
      return settings.rates[t] ?? settings.rates.at(-1) ?? 0;
    case 'ExponentialDecay':
      return settings.initialLearningRate * settings.decayRate ** progress(settings, t);
    case 'InverseTimeDecay':
      return settings.initialLearningRate / (1 + settings.decayRate * progress(settings, t));
    case 'CosineDecay':
      return cosineDecay(settings, t);
    case 'CosineDecayRestarts':
      return cosineDecayRestarts(settings, t);
    case 'PiecewiseConstantDecay': {
      // A boundary itself still has the rate before it.
      const passed = settings.boundaries.filter((boundary) => t > boundary).length;
      return settings.values[passed] ?? settings.values.at(-1) ?? 0;
    }
    case 'PolynomialDecay':
      return polynomialDecay(settings, t);
    case 'StepLR':
      return settings.initialLearningRate * settings.gamma ** Math.floor(t / settings.stepSize);
    case 'MultiStepLR': {
      const passed = settings.milestones.filter((milestone) => t >= milestone).length;
      return settings.initialLearningRate * settings.gamma ** passed;
    }
    case 'ExponentialLR':
      return settings.initialLearningRate * settings.gamma ** t;
    case 'CosineAnnealingLR':
      return settings.etaMin + (settings.initialLearningRate - settings.etaMin) * halfCosine(t / settings.tMax);
    case 'CosineAnnealingWarmRestarts':
      return warmRestarts(settings, t);
    case 'LinearLR': {
      const { startFactor, endFactor, totalIters } = settings;
      const share = Math.min(t, totalIters) / totalIters;
      return settings.initialLearningRate * (startFactor + (endFactor - startFactor) * share);
    }
    case 'OneCycleLR':
      return oneCycle(settings, t);
  }
}

function progress(settings: { readonly decaySteps: number; readonly staircase: boolean }, t: number): number {
  const fraction = t / settings.decaySteps;
  return settings.staircase ? Math.floor(fraction) : fraction;
}

type Named<N extends ScheduleName> = Extract<Counting, { readonly name: N }>;

function cosineDecay(settings: Named<'CosineDecay'>, t: number): number {
  const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = settings;
  const decayed = (from: number, after: number): number =>
    from * ((1 - alpha) * halfCosine(Math.min(after, decaySteps) / decaySteps) + alpha);
  if (warmupTarget === null) return decayed(initialLearningRate, t);
  if (t < warmupSteps) return initialLearningRate + (warmupTarget - initialLearningRate) * (t / warmupSteps);
  return decayed(warmupTarget, t - warmupSteps);
}

/** Cosine with warm restarts (Loshchilov and Hutter, 2016, arXiv:1608.03983): each round tMul as long, mMul as high. */
function cosineDecayRestarts(settings: Named<'CosineDecayRestarts'>, t: number): number {
  const { firstDecaySteps, tMul, mMul, alpha } = settings;
  const { round, fraction } = roundOf(t, firstDecaySteps, tMul);
  return settings.initialLearningRate * ((1 - alpha) * mMul ** round * halfCosine(fraction) + alpha);
}

function warmRestarts(settings: Named<'CosineAnnealingWarmRestarts'>, t: number): number {
  const { fraction } = roundOf(t, settings.t0, settings.tMult);
  return settings.etaMin + (settings.initialLearningRate - settings.etaMin) * halfCosine(fraction);
}

/** The round a count falls into when rounds are `first`, `first * factor`, ... long, and how far it has gone. */
function roundOf(t: number, first: number, factor: number): { round: number; fraction: number } {
  if (factor === 1) return { round: Math.floor(t / first), fraction: (t % first) / first };
  let round = 0;
  let start = 0;
  let length = first;
  // Rounds that do not grow never end: the sum of their lengths may stay below t.
  while (t >= start + length && length > 1e-9) {
    start += length;
    length *= factor;
    round++;
  }
  return { round, fraction: (t - start) / length };
}

function polynomialDecay(settings: Named<'PolynomialDecay'>, t: number): number {
  const { decaySteps, endLearningRate, power, cycle } = settings;
  const span = cycle && t > 0 ? decaySteps * Math.ceil(t / decaySteps) : decaySteps;
  const share = cycle ? t / span : Math.min(t, decaySteps) / decaySteps;
  return (settings.initialLearningRate - endLearningRate) * (1 - share) ** power + endLearningRate;
}

/** The one-cycle policy (Smith and Topin, 2017, arXiv:1708.07120); after `totalSteps` the last rate stays. */
function oneCycle(settings: Named<'OneCycleLR'>, t: number): number {
  const { maxLearningRate: top, totalSteps, pctStart, divFactor, finalDivFactor, threePhase } = settings;
  const initial = top / divFactor;
  const last = initial / finalDivFactor;
  const up = { end: pctStart * totalSteps - 1, from: initial, to: top };
  const phases = threePhase
    ? [
        up,
        { end: 2 * pctStart * totalSteps - 2, from: top, to: initial },
        { end: totalSteps - 1, from: initial, to: last }
      ]
    : [up, { end: totalSteps - 1, from: top, to: last }];
  let start = 0;
  for (const { end, from, to } of phases) {
    if (t <= end) {
      const share = (t - start) / (end - start);
      return settings.annealing === 'linear' ? from + (to - from) * share : to + (from - to) * halfCosine(share);
    }
    start = end;
  }
  return last;
}
