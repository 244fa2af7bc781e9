/** The optimizers that can be trained with, by name, with every parameter written out, and each framework's defaults. */
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import type { Dialect } from '../dialect';

interface Common {
  /** Whose formula, constants and order of operations. */
  readonly dialect: Dialect;
  /** The rate before any schedule; `Optimizer.apply` is given the rate of the step. */
  readonly learningRate: number;
  /**
   * 0: none. Keras: w -= rate * decay * w before the step (decoupled, in every optimizer). PyTorch: decay * w is added to
   * the gradient (coupled), but decoupled in AdamW (and in Lion, which PyTorch does not have itself).
   */
  readonly weightDecay: number;
  /** Gradients limited to [-clipValue, clipValue]. At most one of the three limits counts, in Keras's order: norm, global norm, value. */
  readonly clipValue: number | null;
  /** Each parameter's gradient scaled down to at most this L2 norm. */
  readonly clipNorm: number | null;
  /** All gradients scaled together to at most this L2 norm. */
  readonly globalClipNorm: number | null;
}

interface Moments {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export type SgdSettings = Common & {
  readonly name: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
  /** PyTorch only; Keras has none (0). */
  readonly dampening: number;
};
export type RmspropSettings = Common & {
  readonly name: 'rmsprop';
  /** Keras's rho, PyTorch's alpha. */
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
};
export type AdamSettings = Common & Moments & { readonly name: 'adam' | 'adamw'; readonly amsgrad: boolean };
export type NadamSettings = Common &
  Moments & {
    readonly name: 'nadam';
    /** PyTorch's 0.004; Keras's schedule is the one with 1. */
    readonly momentumDecay: number;
  };
export type AdamaxSettings = Common & Moments & { readonly name: 'adamax' };
export type AdagradSettings = Common & {
  readonly name: 'adagrad';
  readonly initialAccumulator: number;
  readonly epsilon: number;
  /** PyTorch only: rate / (1 + (t - 1) decay); Keras has none (0). */
  readonly learningRateDecay: number;
};
export type AdadeltaSettings = Common & { readonly name: 'adadelta'; readonly rho: number; readonly epsilon: number };
export type LionSettings = Common & { readonly name: 'lion'; readonly beta1: number; readonly beta2: number };
export type FtrlSettings = Common & {
  readonly name: 'ftrl';
  readonly learningRatePower: number;
  readonly initialAccumulator: number;
  readonly l1: number;
  readonly l2: number;
  readonly l2Shrinkage: number;
  readonly beta: number;
};
export type RadamSettings = Common & Moments & { readonly name: 'radam' };

export type OptimizerSettings =
  | SgdSettings
  | RmspropSettings
  | AdamSettings
  | NadamSettings
  | AdamaxSettings
  | AdagradSettings
  | AdadeltaSettings
  | LionSettings
  | FtrlSettings
  | RadamSettings;
export type OptimizerName = OptimizerSettings['name'];

const COMMON = { weightDecay: 0, clipValue: null, clipNorm: null, globalClipNorm: null } as const;

/** keras/src/optimizers, 3.15. */
const KERAS = { ...COMMON, dialect: 'keras', learningRate: 0.001 } as const;
const KERAS_MOMENTS = { ...KERAS, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;
const KERAS_DEFAULTS: readonly OptimizerSettings[] = [
  { ...KERAS, name: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false, dampening: 0 },
  { ...KERAS, name: 'rmsprop', rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false },
  { ...KERAS_MOMENTS, name: 'adam', amsgrad: false },
  { ...KERAS_MOMENTS, name: 'adamw', amsgrad: false, weightDecay: 0.004 },
  { ...KERAS_MOMENTS, name: 'nadam', momentumDecay: 1 },
  { ...KERAS_MOMENTS, name: 'adamax' },
  { ...KERAS, name: 'adagrad', initialAccumulator: 0.1, epsilon: 1e-7, learningRateDecay: 0 },
  { ...KERAS, name: 'adadelta', rho: 0.95, epsilon: 1e-7 },
  { ...KERAS, name: 'lion', beta1: 0.9, beta2: 0.99 },
  {
    ...KERAS,
    name: 'ftrl',
    learningRatePower: -0.5,
    initialAccumulator: 0.1,
    l1: 0,
    l2: 0,
    l2Shrinkage: 0,
    beta: 0
  }
];

/** torch/optim, the same from 1.13 to 2.x. SGD's rate has no default before 2.0; there it is 0.001. */
const PYTORCH = { ...COMMON, dialect: 'pytorch', learningRate: 0.001 } as const;
const PYTORCH_MOMENTS = { ...PYTORCH, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const PYTORCH_DEFAULTS: readonly OptimizerSettings[] = [
  { ...PYTORCH, name: 'sgd', momentum: 0, nesterov: false, dampening: 0 },
  { ...PYTORCH, name: 'rmsprop', learningRate: 0.01, rho: 0.99, momentum: 0, epsilon: 1e-8, centered: false },
  { ...PYTORCH_MOMENTS, name: 'adam', amsgrad: false },
  { ...PYTORCH_MOMENTS, name: 'adamw', amsgrad: false, weightDecay: 0.01 },
  { ...PYTORCH_MOMENTS, name: 'nadam', learningRate: 0.002, momentumDecay: 0.004 },
  { ...PYTORCH_MOMENTS, name: 'adamax', learningRate: 0.002 },
  {
    ...PYTORCH,
    name: 'adagrad',
    learningRate: 0.01,
    initialAccumulator: 0,
    epsilon: 1e-10,
    learningRateDecay: 0
  },
  { ...PYTORCH, name: 'adadelta', learningRate: 1, rho: 0.9, epsilon: 1e-6 },
  { ...PYTORCH_MOMENTS, name: 'radam' }
];

const DEFAULTS: Readonly<Record<Dialect, readonly OptimizerSettings[]>> = {
  keras: KERAS_DEFAULTS,
  pytorch: PYTORCH_DEFAULTS
};

/** The optimizers a framework has. */
export const OPTIMIZER_NAMES: Readonly<Record<Dialect, readonly OptimizerName[]>> = {
  keras: KERAS_DEFAULTS.map((settings) => settings.name),
  pytorch: PYTORCH_DEFAULTS.map((settings) => settings.name)
};

/** A framework's own defaults, or `null` where it has no such optimizer (radam in Keras; lion and ftrl in PyTorch). */
export function defaultsOf(name: OptimizerName, dialect: Dialect): OptimizerSettings | null {
  return DEFAULTS[dialect].find((settings) => settings.name === name) ?? null;
}

/** Parameters that must lie in [0, 1), as both frameworks ask. */
const FRACTIONS = ['beta1', 'beta2', 'rho', 'momentum', 'dampening'] as const;
/** Parameters that must not be negative. */
const SIZES = [
  'learningRate',
  'weightDecay',
  'epsilon',
  'initialAccumulator',
  'learningRateDecay',
  'momentumDecay',
  'l1',
  'l2',
  'l2Shrinkage'
] as const;

/** Refuses what no framework takes: negative rates, factors of averages outside [0, 1], two limits on gradients at once. */
export function checkOptimizerSettings(settings: OptimizerSettings): Result<OptimizerSettings> {
  const numbers = new Map<string, unknown>(Object.entries(settings));
  const refuse = (problem: string, remedy: string) => fail({ file: settings.name, problem, remedy });
  for (const name of FRACTIONS) {
    const value = numbers.get(name);
    if (typeof value === 'number' && !(value >= 0 && value <= 1)) {
      return refuse(t('{0} is {1}', name, String(value)), t('Give a number from 0 to 1'));
    }
  }
  for (const name of SIZES) {
    const value = numbers.get(name);
    if (typeof value === 'number' && !(value >= 0 && value < Infinity)) {
      return refuse(t('{0} is {1}', name, String(value)), t('Give a number from 0'));
    }
  }
  const limits = (['clipValue', 'clipNorm', 'globalClipNorm'] as const).filter((name) => settings[name] !== null);
  if (limits.length > 1) return refuse(t('{0} are set together', limits.join(', ')), t('Limit gradients in one way'));
  const limit = limits[0] === undefined ? null : settings[limits[0]];
  if (limit !== null && !(limit > 0))
    return refuse(t('the limit on gradients is {0}', String(limit)), t('Give a number above 0'));
  if (settings.name === 'sgd' && settings.nesterov && settings.dialect === 'pytorch') {
    if (settings.momentum === 0 || settings.dampening !== 0) {
      return refuse(
        t('Nesterov’s momentum needs a momentum and no dampening'),
        t('Set momentum above 0 and dampening to 0')
      );
    }
  }
  if (settings.name === 'ftrl' && settings.learningRatePower > 0) {
    return refuse(
      t('{0} is {1}', 'learningRatePower', String(settings.learningRatePower)),
      t('Give a number that is not above 0')
    );
  }
  return ok(settings);
}
