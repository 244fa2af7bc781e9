/**
 * Decisions at the end of an epoch as pure state machines: the state goes in with the monitored value, the new state comes
 * out with what is to be done. States are plain objects, fit for a checkpoint.
 */
import type { Dialect } from './dialect';

export type MonitorMode = 'min' | 'max';

/** Keras's `mode='auto'`: whether a monitored quantity (`val_loss`, `accuracy`, ...) is better when smaller or larger. */
export function monitorMode(monitor: string): MonitorMode {
  const name = monitor.replace(/^val_/, '');
  return /acc|auc|precision|recall|f1|iou|r2|top_?k/i.test(name) ? 'max' : 'min';
}

export interface EarlyStoppingSettings {
  /** `val_loss`, `val_accuracy`, ... */
  readonly monitor: string;
  readonly mode: MonitorMode;
  readonly minDelta: number;
  readonly patience: number;
  readonly restoreBest: boolean;
  /** A value to be beaten from the start, or `null`. */
  readonly baseline: number | null;
  readonly startFromEpoch: number;
}

/** Keras's defaults. */
export const EARLY_STOPPING: EarlyStoppingSettings = {
  monitor: 'val_loss',
  mode: 'min',
  minDelta: 0,
  patience: 0,
  restoreBest: false,
  baseline: null,
  startFromEpoch: 0
};

export interface EarlyStoppingState {
  readonly best: number | null;
  /** Epoch (from 0) whose weights are the best, `null` before the first. */
  readonly bestEpoch: number | null;
  readonly wait: number;
  readonly stopped: boolean;
}

export const EARLY_STOPPING_START: EarlyStoppingState = { best: null, bestEpoch: null, wait: 0, stopped: false };

export interface EarlyStoppingDecision {
  readonly state: EarlyStoppingState;
  /** Training ends here. */
  readonly stop: boolean;
  /** The weights of this epoch are to be kept as the best; with `restoreBest` they are put back when training ends. */
  readonly keepWeights: boolean;
}

function improves(mode: MonitorMode, minDelta: number, value: number, reference: number | null): boolean {
  if (reference === null) return true;
  return mode === 'min' ? value + Math.abs(minDelta) < reference : value - Math.abs(minDelta) > reference;
}

/**
 * Keras's EarlyStopping at the end of an epoch (3.15). An epoch before `startFromEpoch`, or without the monitored value
 * (`null`), changes nothing; the first epoch never stops.
 * @param epoch counted from 0.
 */
export function earlyStoppingAfter(
  settings: EarlyStoppingSettings,
  state: EarlyStoppingState,
  epoch: number,
  value: number | null
): EarlyStoppingDecision {
  if (value === null || epoch < settings.startFromEpoch) return { state, stop: false, keepWeights: false };
  const first = state.bestEpoch === null;
  const wait = state.wait + 1;
  if (improves(settings.mode, settings.minDelta, value, state.best)) {
    const beats = improves(settings.mode, settings.minDelta, value, settings.baseline);
    const next = { best: value, bestEpoch: epoch, wait: beats ? 0 : wait, stopped: false };
    return { state: next, stop: false, keepWeights: true };
  }
  const stop = wait >= settings.patience && epoch > 0;
  const next = { ...state, bestEpoch: first ? epoch : state.bestEpoch, wait, stopped: stop };
  return { state: next, stop, keepWeights: first };
}

export interface PlateauSettings {
  readonly dialect: Dialect;
  readonly monitor: string;
  readonly mode: MonitorMode;
  readonly factor: number;
  readonly patience: number;
  readonly cooldown: number;
  readonly minLearningRate: number;
  /** Keras's `min_delta` (absolute), PyTorch's `threshold`. */
  readonly minDelta: number;
  /** PyTorch's `threshold_mode`; Keras's is `abs`. */
  readonly deltaMode: 'rel' | 'abs';
  /** PyTorch: a change of the rate up to this is left undone; Keras has none (0). */
  readonly epsilon: number;
}

/** ReduceLROnPlateau's defaults in each framework. */
export const PLATEAU: Readonly<Record<Dialect, PlateauSettings>> = {
  keras: {
    dialect: 'keras',
    monitor: 'val_loss',
    mode: 'min',
    factor: 0.1,
    patience: 10,
    cooldown: 0,
    minLearningRate: 0,
    minDelta: 1e-4,
    deltaMode: 'abs',
    epsilon: 0
  },
  pytorch: {
    dialect: 'pytorch',
    monitor: 'val_loss',
    mode: 'min',
    factor: 0.1,
    patience: 10,
    cooldown: 0,
    minLearningRate: 0,
    minDelta: 1e-4,
    deltaMode: 'rel',
    epsilon: 1e-8
  }
};

export interface PlateauState {
  readonly best: number | null;
  readonly wait: number;
  readonly cooldown: number;
}

export const PLATEAU_START: PlateauState = { best: null, wait: 0, cooldown: 0 };

export interface PlateauDecision {
  readonly state: PlateauState;
  readonly learningRate: number;
}

/**
 * ReduceLROnPlateau at the end of an epoch. Keras lowers the rate in the epoch that makes `wait` equal `patience`, PyTorch
 * one epoch later; PyTorch's threshold is relative by default, and in its cooldown a better value counts the same way.
 */
export function plateauAfter(
  settings: PlateauSettings,
  state: PlateauState,
  value: number | null,
  learningRate: number
): PlateauDecision {
  if (value === null) return { state, learningRate };
  return settings.dialect === 'keras'
    ? kerasPlateau(settings, state, value, learningRate)
    : pytorchPlateau(settings, state, value, learningRate);
}

function kerasPlateau(settings: PlateauSettings, state: PlateauState, value: number, rate: number): PlateauDecision {
  const cooling = state.cooldown > 0;
  const cooldown = cooling ? state.cooldown - 1 : 0;
  const waited = cooling ? 0 : state.wait;
  if (improves(settings.mode, settings.minDelta, value, state.best)) {
    return { state: { best: value, wait: 0, cooldown }, learningRate: rate };
  }
  if (cooldown > 0) return { state: { ...state, wait: waited, cooldown }, learningRate: rate };
  const wait = waited + 1;
  if (wait < settings.patience || rate <= settings.minLearningRate) {
    return { state: { ...state, wait, cooldown }, learningRate: rate };
  }
  const lowered = Math.max(rate * settings.factor, settings.minLearningRate);
  return { state: { best: state.best, wait: 0, cooldown: settings.cooldown }, learningRate: lowered };
}

function pytorchPlateau(settings: PlateauSettings, state: PlateauState, value: number, rate: number): PlateauDecision {
  const better = state.best === null || betterByThreshold(settings, value, state.best);
  const best = better ? value : state.best;
  const cooling = state.cooldown > 0;
  const cooldown = cooling ? state.cooldown - 1 : 0;
  const wait = better || cooling ? 0 : state.wait + 1;
  if (wait <= settings.patience) return { state: { best, wait, cooldown }, learningRate: rate };
  const lowered = Math.max(rate * settings.factor, settings.minLearningRate);
  const learningRate = rate - lowered > settings.epsilon ? lowered : rate;
  return { state: { best, wait: 0, cooldown: settings.cooldown }, learningRate };
}

function betterByThreshold(settings: PlateauSettings, value: number, best: number): boolean {
  const { mode, deltaMode, minDelta } = settings;
  if (mode === 'min') return value < (deltaMode === 'rel' ? best * (1 - minDelta) : best - minDelta);
  return value > (deltaMode === 'rel' ? best * (1 + minDelta) : best + minDelta);
}
