/**
 * One step of training: the whole network forward in training mode on one tape, the loss at its end, then the gradients of
 * all learned weights. Unlike `takeGradient` it leaves the event loop no turns: a step is short beside an epoch, and one
 * tape computes each layer's forward pass once.
 */
import type { Framework, LayerNode } from '../../core/model';
import { createRandom, seedFor } from '../../core/random';
import { t } from '../../core/texts';
import type { DenseTensor } from '../../core/tensor';
import { CannotRun } from '../cannotRun';
import { LayerWeights } from '../layers/context';
import { forwardLayer } from '../layers/forward';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import type { BatchStatistics } from '../gradient';
import type { LossOfBatch, StepOptions } from '../trainable';
import { differentiable, type By } from './differentiable';
import { beforeSoftmax, Unwalkable, type Plan, type Step } from './plan';
import { trainedBatchNorm } from './trained';
import { learnedOf } from './weightGradients';

export interface StepContext {
  readonly tf: TensorLibrary;
  readonly weights: ReadonlyMap<string, LayerWeights>;
  readonly framework: Framework;
  readonly options: StepOptions;
}

export interface StepTaken {
  readonly loss: number;
  /** By layer id and index in `LayerNode.weights`. */
  readonly gradients: ReadonlyMap<string, ReadonlyMap<number, Float32Array>>;
  readonly statistics: readonly BatchStatistics[];
}

const NO_WEIGHTS = new LayerWeights([]);

/** The plan whose outputs are scores where asked for. */
export function planOfScores(plan: Plan, scores: readonly boolean[]): Plan {
  return scores.reduce((changed, wanted, output) => (wanted ? beforeSoftmax(changed, output) : changed), plan);
}

/**
 * @param plan see `planOfScores`; @param inputs one for each `Plan.inputs`, they stay the caller's
 * @throws {Unwalkable} with layer and reason where a layer cannot run or cannot be differentiated
 */
export function trainStep(plan: Plan, inputs: readonly Tensor[], context: StepContext): StepTaken {
  const { tf, weights, options } = context;
  const learned = new Map<string, { readonly layer: string; readonly index: number; readonly tensor: Tensor }>();
  for (const step of plan.steps) {
    const { layer } = step;
    if (step.type !== 'layer' || !options.trains(layer)) continue;
    for (const { index, tensor } of learnedOf(layer, weights.get(layer.id) ?? NO_WEIGHTS))
      learned.set(`${layer.id} ${String(index)}`, { layer: layer.id, index, tensor });
  }
  const wanted = [...learned.values()];
  if (wanted.length === 0) throw new Unwalkable('network', t('it has no weights that training moves'));
  const statistics: BatchStatistics[] = [];
  let loss = Number.NaN;
  const gradients = new Map<string, Map<number, Float32Array>>();
  tf.tidy(() => {
    const forward = () => {
      const outputs = runPlan(plan, inputs, context, statistics);
      const found = options.loss(outputs.map(read));
      loss = found.value;
      return lossOnTape(tf, outputs, found);
    };
    const { grads } = tf.engine().gradients(
      forward,
      wanted.map(({ tensor }) => tensor),
      undefined,
      true
    ) as { readonly grads: readonly (Tensor | null | undefined)[] };
    wanted.forEach(({ layer, index, tensor }, k) => {
      const gradient = grads[k];
      if (gradient?.shape.join() !== tensor.shape.join()) return;
      const own = gradients.get(layer) ?? new Map<number, Float32Array>();
      gradients.set(layer, own.set(index, values(gradient)));
    });
  });
  return { loss, gradients, statistics };
}

/** The outputs of the plan, everything on the tape that is running. */
function runPlan(plan: Plan, inputs: readonly Tensor[], context: StepContext, statistics: BatchStatistics[]): Tensor[] {
  const values: (Tensor | undefined)[] = [];
  const reached = new Set<number>();
  const at = (value: number, step: string): Tensor => {
    const tensor = values[value];
    if (tensor === undefined) throw new Unwalkable(step, t('it reads a value that no layer before it gives'));
    return tensor;
  };
  plan.inputs.forEach((value, i) => {
    values[value] = inputs[i];
  });
  for (const step of plan.steps) {
    const read = step.inputs.map((value) => at(value, step.layer.id));
    const like = step.type === 'unfold' ? at(step.like, step.layer.id) : undefined;
    const toValue = step.inputs.some((value) => reached.has(value));
    const toWeights = step.type === 'layer' && learns(step.layer, context);
    if (toValue || toWeights) reached.add(step.output);
    const by: By = !toWeights ? 'values' : toValue ? 'weights' : 'weightsOnly';
    values[step.output] = runStep(step, read, like, context, by, statistics);
  }
  return plan.outputs.map((value) => at(value, 'output'));
}

function learns(layer: LayerNode, { weights, options }: StepContext): boolean {
  return options.trains(layer) && learnedOf(layer, weights.get(layer.id) ?? NO_WEIGHTS).length > 0;
}

function runStep(
  step: Step,
  inputs: readonly Tensor[],
  like: Tensor | undefined,
  { tf: plain, weights, framework, options }: StepContext,
  by: By,
  statistics: BatchStatistics[]
): Tensor {
  const tf = differentiable(plain, by);
  const [first] = inputs;
  if (first === undefined) throw new Unwalkable(step.layer.id, t('it is called without an input'));
  switch (step.type) {
    case 'alias':
      return first;
    case 'fold':
      return tf.reshape(first, [(first.shape[0] ?? 1) * (first.shape[1] ?? 1), ...first.shape.slice(2)]);
    case 'unfold':
      return tf.reshape(first, [...(like?.shape ?? []).slice(0, 2), ...first.shape.slice(1)]);
    case 'layer': {
      const { layer, kind, occurrence } = step;
      const dialect = framework === 'pytorch' ? 'pytorch' : 'keras';
      // Keras normalises by the moving statistics where a layer is frozen; PyTorch's frozen weights change nothing else.
      const frozen = dialect === 'keras' && kind.kind === 'batchNorm' && !options.trains(layer);
      const own = weights.get(layer.id) ?? NO_WEIGHTS;
      const seen = (mean: Tensor, variance: Tensor, count: number) => {
        statistics.push({ layer: layer.id, mean: values(mean), variance: values(variance), count });
      };
      try {
        if (kind.kind === 'batchNorm' && !frozen && by !== 'values' && isLast(kind.axis, first.rank)) {
          return trainedBatchNorm(plain, {
            x: first,
            gamma: kind.scale ? own.required('gamma') : null,
            beta: kind.center ? own.required('beta') : null,
            epsilon: kind.epsilon,
            toValue: by === 'weights',
            seen: (mean, variance) => {
              seen(mean, variance, first.size / mean.size);
            }
          });
        }
        const [output] = forwardLayer(kind, inputs, own, {
          tf,
          mode: frozen ? 'infer' : 'train',
          random: createRandom(seedFor(options.seed, `${layer.id}#${String(occurrence)}`)),
          dialect,
          onBatchStatistics: seen
        });
        if (output === undefined) throw new CannotRun(t('it gives no value'));
        return output;
      } catch (error) {
        if (error instanceof Unwalkable) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new Unwalkable(
          layer.id,
          error instanceof CannotRun ? error.reason : t('it does not fit its input: {0}', reason)
        );
      }
    }
  }
}

const isLast = (axis: number, rank: number): boolean => axis === -1 || axis === rank - 1;

/** The loss as one number whose gradients with respect to the outputs are those that the loss itself has given. */
function lossOnTape(tf: TensorLibrary, outputs: readonly Tensor[], { value, gradients }: LossOfBatch): Tensor {
  const parts = outputs.flatMap((output, i) => {
    const gradient = gradients[i];
    if (gradient === null || gradient === undefined) return [];
    const operation = tf.customGrad((_output, save) => {
      (save as (tensors: Tensor[]) => void)([]);
      return {
        value: tf.scalar(value),
        gradFunc: (upstream: Tensor) => tf.mul(upstream, tf.tensor(gradient, output.shape))
      };
    });
    return [operation(output)];
  });
  const [first, ...others] = parts;
  if (first === undefined) throw new Unwalkable('output', t('the loss looks at none of the outputs'));
  // Each part carries the whole value: only their gradients are added up.
  return others.reduce<Tensor>((sum, part) => tf.add(sum, part), first);
}

/** A copy: some backends hand out what they keep. */
const values = (tensor: Tensor): Float32Array => tensor.dataSync<'float32'>().slice();

const read = (tensor: Tensor): DenseTensor => ({ shape: tensor.shape, data: values(tensor) });
