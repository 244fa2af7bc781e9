/** An optimizer at work: its slots by parameter, its steps, and its state to be kept and taken up again. */
import { fail, ok, type Result } from '../../core/result';
import { t } from '../../core/texts';
import type { Dialect } from '../dialect';
import { clipEntries, clipFactor, squaredNorm } from './clip';
import { adam, adamax, nadam, radam } from './moments';
import { ftrl, lion, sgd } from './plain';
import type { Rule } from './rule';
import type { OptimizerName, OptimizerSettings } from './settings';
import { adadelta, adagrad, rmsprop } from './sizes';

export interface TrainedParameter {
  /** Names the parameter from step to step; slots are kept under it. */
  readonly key: string;
  /** The weights, changed in place. */
  readonly values: Float32Array;
  /** d loss / d values, left alone. */
  readonly gradient: Float32Array;
  /** Weight decay applies (not excluded by the code). */
  readonly decays: boolean;
}

export interface ParameterState {
  readonly key: string;
  /** Steps this parameter has taken. */
  readonly step: number;
  readonly momentumProduct: number;
  /** By the slot's name; each as long as the parameter. */
  readonly slots: Readonly<Record<string, Float32Array>>;
}

/** All an optimizer remembers: plain numbers and arrays, fit for a checkpoint. */
export interface OptimizerState {
  readonly name: OptimizerName;
  readonly dialect: Dialect;
  /** Steps taken in all (Keras's `iterations`). */
  readonly iterations: number;
  readonly momentumProduct: number;
  readonly parameters: readonly ParameterState[];
}

export interface Optimizer {
  readonly settings: OptimizerSettings;
  /**
   * One step on all parameters. In this order, as both frameworks do: gradients are clipped, weight decay acts, the
   * formula runs. Keras counts steps for the optimizer, PyTorch for each parameter (one that joins later starts at 1).
   * @throws {Error} where a gradient or a restored slot has not the parameter's length.
   */
  apply(parameters: readonly TrainedParameter[], learningRate: number): void;
  /** A copy of the state. */
  state(): OptimizerState;
  /** Takes a state up again, bit for bit; an error where it is another optimizer's. */
  restore(state: OptimizerState): Result<null>;
}

function ruleOf(settings: OptimizerSettings): Rule {
  switch (settings.name) {
    case 'sgd':
      return sgd(settings);
    case 'rmsprop':
      return rmsprop(settings);
    case 'adam':
    case 'adamw':
      return adam(settings);
    case 'nadam':
      return nadam(settings);
    case 'adamax':
      return adamax(settings);
    case 'adagrad':
      return adagrad(settings);
    case 'adadelta':
      return adadelta(settings);
    case 'lion':
      return lion(settings);
    case 'ftrl':
      return ftrl(settings);
    case 'radam':
      return radam(settings);
  }
}

interface Remembered {
  step: number;
  momentumProduct: number;
  readonly slots: readonly Float32Array[];
}

/** @param settings of `defaultsOf` and `checkOptimizerSettings`. */
export function createOptimizer(settings: OptimizerSettings): Optimizer {
  const rule = ruleOf(settings);
  const keras = settings.dialect === 'keras';
  const decoupled = keras || settings.name === 'adamw' || settings.name === 'lion';
  const remembered = new Map<string, Remembered>();
  let iterations = 0;
  let momentumProduct = 1;

  const remember = ({ key, values }: TrainedParameter): Remembered => {
    let memory = remembered.get(key);
    if (memory === undefined) {
      const slots = rule.slots.map(({ initial }) => new Float32Array(values.length).fill(initial));
      memory = { step: 0, momentumProduct: 1, slots };
      remembered.set(key, memory);
    }
    return memory;
  };

  return {
    settings,
    apply(parameters, learningRate) {
      iterations++;
      if (rule.momentumAt !== null) momentumProduct *= rule.momentumAt(iterations);
      const together = globalFactor(settings, parameters);
      for (const parameter of parameters) {
        const { key, values, decays } = parameter;
        const memory = remember(parameter);
        const misfit = [parameter.gradient, ...memory.slots].some((array) => array.length !== values.length);
        if (misfit) throw new Error(`the gradient or a slot of ${key} has not its length of ${values.length}`);
        memory.step++;
        if (rule.momentumAt !== null) memory.momentumProduct *= rule.momentumAt(memory.step);
        const { gradient, scale } = limited(settings, parameter.gradient, together);
        const decay = decays ? settings.weightDecay : 0;
        rule.step(values, gradient, memory.slots, {
          learningRate,
          step: keras ? iterations : memory.step,
          momentumProduct: keras ? momentumProduct : memory.momentumProduct,
          gradientScale: scale,
          coupledDecay: decoupled ? 0 : decay,
          keep: decoupled ? 1 - learningRate * decay : 1
        });
      }
    },
    state: () => ({
      name: settings.name,
      dialect: settings.dialect,
      iterations,
      momentumProduct,
      parameters: [...remembered].map(([key, memory]) => ({
        key,
        step: memory.step,
        momentumProduct: memory.momentumProduct,
        slots: Object.fromEntries(
          rule.slots.map(({ name }, index) => [name, Float32Array.from(memory.slots[index] ?? [])])
        )
      }))
    }),
    restore(state) {
      const misfit = misfitOf(state, settings, rule);
      if (misfit !== null) return fail({ file: settings.name, ...misfit });
      remembered.clear();
      iterations = state.iterations;
      momentumProduct = state.momentumProduct;
      for (const { key, step, momentumProduct: product, slots } of state.parameters) {
        const copies = rule.slots.map(({ name }) => Float32Array.from(slots[name] ?? []));
        remembered.set(key, { step, momentumProduct: product, slots: copies });
      }
      return ok(null);
    }
  };
}

/** The factor all gradients share under `globalClipNorm`, else 1. */
function globalFactor(settings: OptimizerSettings, parameters: readonly TrainedParameter[]): number {
  if (settings.globalClipNorm === null || settings.clipNorm !== null) return 1;
  const squares = parameters.reduce((sum, { gradient }) => sum + squaredNorm(gradient), 0);
  return clipFactor(Math.sqrt(squares), settings.globalClipNorm, settings.dialect);
}

function limited(settings: OptimizerSettings, gradient: Float32Array, together: number) {
  if (settings.clipNorm !== null) {
    const scale = clipFactor(Math.sqrt(squaredNorm(gradient)), settings.clipNorm, settings.dialect);
    return { gradient, scale };
  }
  if (settings.globalClipNorm !== null) return { gradient, scale: together };
  if (settings.clipValue !== null) return { gradient: clipEntries(gradient, settings.clipValue), scale: 1 };
  return { gradient, scale: 1 };
}

function misfitOf(state: OptimizerState, settings: OptimizerSettings, rule: Rule) {
  const remedy = t('Resume with the settings the run was started with, or start a new run');
  if (state.name !== settings.name || state.dialect !== settings.dialect) {
    return { problem: t('the state was kept by {0} ({1})', state.name, state.dialect), remedy };
  }
  for (const { key, slots } of state.parameters) {
    const missing = rule.slots.find(({ name }) => slots[name] === undefined);
    if (missing !== undefined) return { problem: t('the state of {0} holds no {1}', key, missing.name), remedy };
  }
  return null;
}
