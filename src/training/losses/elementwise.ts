/** Losses that treat every entry of the prediction by itself; `p` is the prediction, `t` the target. */
import { fail, ok, type Result } from '../../core/result';
import type { DenseTensor } from '../../core/tensor';
import { binaryFocal, EPSILON, logOnePlusExp, sigmoid, UPPER } from './probability';
import type { Unreduced } from './reduce';
import { layoutOf } from './layout';
import { lossDialect, type LossSettings } from './settings';
import { lossProblem } from './value';

/** One entry's loss and its derivative by the prediction; `c` is the entry's place along the class axis. */
export interface EntryFormula {
  readonly loss: (p: number, t: number, c: number) => number;
  readonly slope: (p: number, t: number, c: number) => number;
}

const positive = (x: number): number => (x > 0 ? x : x === x ? 0 : x);

/** PyTorch's BCELoss: logarithms not below -100, the gradient's divisor not below 1e-12. */
const bceLoss: EntryFormula = {
  loss: (p, t) => -(t * Math.max(Math.log(p), -100) + (1 - t) * Math.max(Math.log(1 - p), -100)),
  slope: (p, t) => (p - t) / Math.max(p * (1 - p), 1e-12)
};

/** Keras: probabilities clipped to [1e-7, 1 - 1e-7] in float32, where the gradient ends too. */
const binaryOverProbabilities: EntryFormula = {
  loss: (p, t) => {
    const q = p < EPSILON ? EPSILON : p > UPPER ? UPPER : p;
    return -(t * Math.log(q) + (1 - t) * Math.log(1 - q));
  },
  slope: (p, t) => (p < EPSILON || p > UPPER ? 0 : (p - t) / (p * (1 - p)))
};

/** log(1 + exp(x)) - t x, from logits. */
const binaryOverLogits: EntryFormula = {
  loss: (p, t) => logOnePlusExp(p) - t * p,
  slope: (p, t) => sigmoid(p) - t
};

/** (1 - t) x + (1 + (w - 1) t) log(1 + exp(-x)) with the factor w of positive answers (PyTorch). */
function binaryWeighted(weights: readonly number[]): EntryFormula {
  const weight = (t: number, c: number): number =>
    1 + ((weights.length === 1 ? (weights[0] ?? 1) : (weights[c] ?? 1)) - 1) * t;
  return {
    loss: (p, t, c) => (1 - t) * p + weight(t, c) * logOnePlusExp(-p),
    slope: (p, t, c) => 1 - t - weight(t, c) * sigmoid(-p)
  };
}

const squaredError: EntryFormula = { loss: (p, t) => (p - t) ** 2, slope: (p, t) => 2 * (p - t) };
const absoluteError: EntryFormula = { loss: (p, t) => Math.abs(p - t), slope: (p, t) => Math.sign(p - t) };

/** 100 |t - p| / max(|t|, 1e-7). */
const percentageError: EntryFormula = {
  loss: (p, t) => 100 * Math.abs((t - p) / Math.max(Math.abs(t), EPSILON)),
  slope: (p, t) => (100 * Math.sign(p - t)) / Math.max(Math.abs(t), EPSILON)
};

/** (log(1 + max(p, 1e-7)) - log(1 + max(t, 1e-7)))^2. */
const logarithmicError: EntryFormula = {
  loss: (p, t) => (Math.log1p(Math.max(p, EPSILON)) - Math.log1p(Math.max(t, EPSILON))) ** 2,
  slope: (p, t) => (p < EPSILON ? 0 : (2 * (Math.log1p(p) - Math.log1p(Math.max(t, EPSILON)))) / (1 + p))
};

/** log(cosh(d)) = |d| + log(1 + exp(-2 |d|)) - log 2. */
const logCosh: EntryFormula = {
  loss: (p, t) => {
    const distance = Math.abs(p - t);
    return distance + Math.log1p(Math.exp(-2 * distance)) - Math.LN2;
  },
  slope: (p, t) => Math.tanh(p - t)
};

/** d^2 / 2 up to delta, then delta |d| - delta^2 / 2 (Huber, 1964). */
function huber(delta: number): EntryFormula {
  return {
    loss: (p, t) => {
      const distance = Math.abs(p - t);
      return distance <= delta ? 0.5 * distance * distance : delta * distance - 0.5 * delta * delta;
    },
    slope: (p, t) => (Math.abs(p - t) <= delta ? p - t : delta * Math.sign(p - t))
  };
}

/** Huber's loss divided by beta (Girshick, 2015); beta 0 is the absolute error. */
function smoothL1(beta: number): EntryFormula {
  if (beta === 0) return absoluteError;
  return {
    loss: (p, t) => {
      const distance = Math.abs(p - t);
      return distance < beta ? (0.5 * distance * distance) / beta : distance - 0.5 * beta;
    },
    slope: (p, t) => (Math.abs(p - t) < beta ? (p - t) / beta : Math.sign(p - t))
  };
}

/** Keras: p - t log(p + 1e-7). */
const poisson: EntryFormula = {
  loss: (p, t) => p - t * Math.log(p + EPSILON),
  slope: (p, t) => 1 - t / (p + EPSILON)
};

/** PyTorch: exp(p) - t p over logarithms, else p - t log(p + epsilon); `full` adds t log t - t + log(2 pi t) / 2. */
function poissonLikelihood(logInput: boolean, full: boolean, epsilon: number): EntryFormula {
  const rest = (t: number): number => (full && t > 1 ? t * Math.log(t) - t + 0.5 * Math.log(2 * Math.PI * t) : 0);
  if (logInput) return { loss: (p, t) => Math.exp(p) - t * p + rest(t), slope: (p, t) => Math.exp(p) - t };
  return { loss: (p, t) => p - t * Math.log(p + epsilon) + rest(t), slope: (p, t) => 1 - t / (p + epsilon) };
}

/** max(1 - t p, 0) with t -1 or 1; Keras turns targets that are all 0 or 1 into those. */
function hinge(binary: boolean): EntryFormula {
  const sign = (t: number): number => (binary ? 2 * t - 1 : t);
  return {
    loss: (p, t) => positive(1 - sign(t) * p),
    slope: (p, t) => (1 - sign(t) * p >= 0 ? -sign(t) : 0)
  };
}

function squaredHinge(binary: boolean): EntryFormula {
  const sign = (t: number): number => (binary ? 2 * t - 1 : t);
  return {
    loss: (p, t) => positive(1 - sign(t) * p) ** 2,
    slope: (p, t) => -2 * sign(t) * positive(1 - sign(t) * p)
  };
}

/** log(1 + exp(-t p)). */
const softMargin: EntryFormula = {
  loss: (p, t) => logOnePlusExp(-t * p),
  slope: (p, t) => -t * sigmoid(-t * p)
};

/** p where t is 1, max(0, margin - p) where t is -1. */
function hingeEmbedding(margin: number): EntryFormula {
  return {
    loss: (p, t) => (t === 1 ? 0 : positive(margin - p)) + (t === -1 ? 0 : p),
    slope: (p, t) => (t === 1 || margin - p < 0 ? 0 : -1) + (t === -1 ? 0 : 1)
  };
}

/** t (log t - p) over log-probabilities p; with `logTarget` exp(t) (t - p). */
function divergence(logTarget: boolean): EntryFormula {
  if (logTarget) return { loss: (p, t) => Math.exp(t) * (t - p), slope: (_, t) => -Math.exp(t) };
  return { loss: (p, t) => (t === 0 ? 0 : t * Math.log(t)) - t * p, slope: (_, t) => -t };
}

/** The formula of a loss over entries, or `null` where the loss is of another kind. */
export function entryFormula(settings: LossSettings, target: Float32Array): EntryFormula | null {
  switch (settings.name) {
    case 'BinaryCrossentropy':
    case 'BinaryFocalCrossentropy': {
      const formula =
        settings.name === 'BinaryFocalCrossentropy'
          ? binaryFocal(settings.gamma, settings.alpha, settings.fromLogits)
          : settings.fromLogits
            ? binaryOverLogits
            : binaryOverProbabilities;
      return smoothed(formula, settings.labelSmoothing);
    }
    case 'Poisson':
      return poisson;
    case 'MeanSquaredError':
    case 'MSELoss':
      return squaredError;
    case 'MeanAbsoluteError':
    case 'L1Loss':
      return absoluteError;
    case 'MeanAbsolutePercentageError':
      return percentageError;
    case 'MeanSquaredLogarithmicError':
      return logarithmicError;
    case 'Huber':
    case 'HuberLoss':
      return huber(settings.delta);
    case 'LogCosh':
      return logCosh;
    case 'Hinge':
      return hinge(target.every((t) => t === 0 || t === 1));
    case 'SquaredHinge':
      return squaredHinge(target.every((t) => t === 0 || t === 1));
    case 'BCELoss':
      return bceLoss;
    case 'BCEWithLogitsLoss':
      return settings.posWeight === null ? binaryOverLogits : binaryWeighted(settings.posWeight);
    case 'SmoothL1Loss':
      return smoothL1(settings.beta);
    case 'KLDivLoss':
      return divergence(settings.logTarget);
    case 'PoissonNLLLoss':
      return poissonLikelihood(settings.logInput, settings.full, settings.epsilon);
    case 'SoftMarginLoss':
      return softMargin;
    case 'HingeEmbeddingLoss':
      return hingeEmbedding(settings.margin);
    default:
      return null;
  }
}

/** Keras's smoothing of binary labels: t (1 - s) + s / 2. */
function smoothed(formula: EntryFormula, smoothing: number): EntryFormula {
  if (smoothing === 0) return formula;
  const soften = (t: number): number => t * (1 - smoothing) + 0.5 * smoothing;
  return { loss: (p, t, c) => formula.loss(p, soften(t), c), slope: (p, t, c) => formula.slope(p, soften(t), c) };
}

/** The axis along which Keras averages entries before it reduces, and PyTorch's positive weights run. */
function entryAxis(settings: LossSettings): number {
  return 'classAxis' in settings ? settings.classAxis : -1;
}

/** Every entry's loss and slope. A sample's entries lie beside each other, so no layout is needed but for weights. */
export function entryLosses(
  settings: LossSettings,
  formula: EntryFormula,
  prediction: DenseTensor,
  target: Float32Array
): Result<Unreduced> {
  const { data, shape } = prediction;
  const needsAxis = shape.length > 1;
  const layout = layoutOf(settings.name, prediction, entryAxis(settings));
  if (needsAxis && !layout.ok) return layout;
  const classes = layout.ok ? layout.value.classes : 1;
  const inner = layout.ok ? layout.value.inner : 1;
  const refused = refuse(settings, data, classes);
  if (refused !== null) return fail(refused);

  const values = new Float64Array(data.length);
  const gradient = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const p = data[i] ?? 0;
    const t = target[i] ?? 0;
    const c = Math.floor(i / inner) % classes;
    values[i] = formula.loss(p, t, c);
    gradient[i] = formula.slope(p, t, c);
  }
  return ok({
    samples: shape[0] ?? 1,
    values,
    gradient,
    shares: null,
    ignored: null,
    averaged: lossDialect(settings.name) === 'keras' ? classes : 1
  });
}

/** What PyTorch refuses too: probabilities outside [0, 1], and weights that do not fit. NaN passes, to be seen as NaN. */
function refuse(settings: LossSettings, data: Float32Array, classes: number) {
  if (settings.name === 'BCELoss') {
    const outside = data.findIndex((p) => p < 0 || p > 1);
    if (outside < 0) return null;
    return lossProblem(
      settings.name,
      `the prediction ${data[outside]} is no probability between 0 and 1`,
      'End the model with a sigmoid, or use BCEWithLogitsLoss'
    );
  }
  if (settings.name === 'BCEWithLogitsLoss' && settings.posWeight !== null) {
    const count = settings.posWeight.length;
    if (count === 1 || count === classes) return null;
    return lossProblem(
      settings.name,
      `${count} weights of positive answers do not fit ${classes} outputs`,
      'Give one weight for all outputs, or one for each'
    );
  }
  return null;
}
