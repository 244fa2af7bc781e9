/**
 * Reverse-mode differentiation over the executor, one call at a time: the values the way back needs are kept while the
 * network runs forward; then each call's vector-Jacobian product is taken with its own forward function, last call
 * first (Griewank and Walther 2008, chapter 3). The event loop has its turns between calls.
 */
import { createRandom, seedFor } from '../../core/random';
import type { Framework, LayerNode } from '../../core/model';
import type { DenseTensor } from '../../core/tensor';
import { elementCount } from '../../core/tensor';
import { CannotRun } from '../cannotRun';
import { modeOf, valueKey } from '../experiment';
import type { BatchStatistics, GradientOptions, Objective } from '../gradient';
import { LayerWeights } from '../layers/context';
import { forwardLayer } from '../layers/forward';
import { channelMoments } from '../layers/normalizing';
import type { Tensor, TensorLibrary } from '../tensorLibrary';
import { differentiable } from './differentiable';
import { inOriginOrder, learnedOf } from './weightGradients';
import { lossSeed, type Seed } from './losses';
import { beforeSoftmax, Unwalkable, type Plan, type Step } from './plan';
import { t } from '../../core/texts';

export interface Reverse {
  readonly tf: TensorLibrary;
  readonly weights: ReadonlyMap<string, LayerWeights>;
  readonly framework: Framework;
  readonly options: GradientOptions;
  readonly activate: () => void;
  readonly factors: ReadonlyMap<string, Tensor>;
  readonly given: ReadonlyMap<string, Tensor>;
}

export interface Taken {
  readonly objective: readonly number[];
  readonly gradients: ReadonlyMap<string, DenseTensor>;
  readonly values: ReadonlyMap<string, DenseTensor>;
  readonly weights: ReadonlyMap<string, readonly (DenseTensor | null)[]>;
  readonly statistics: ReadonlyMap<string, BatchStatistics>;
}

const LONGEST_STRETCH_MS = 8;
const NO_WEIGHTS = new LayerWeights([]);

/**
 * @param inputs one for each `Plan.inputs`; they stay the caller's
 * @throws {Unwalkable} with layer and reason where the gradient cannot be taken; the signal's reason when it aborts
 */
export async function takeGradient(whole: Plan, inputs: readonly Tensor[], reverse: Reverse): Promise<Taken> {
  const { objective, at } = reverse.options;
  const plan = scored(whole, objective);
  const target = targetOf(plan, objective);
  const wanted = new Map(at.map((key): [string, number] => [key, valueAt(plan, key)]));
  const walk = new Walk(plan, inputs, reverse, target, new Set(wanted.values()), trainedLayers(plan, reverse));
  try {
    await walk.forward();
    const seed = seedOf(walk.value(target), objective);
    walk.start(reverse.tf.tensor(seed.gradient, walk.value(target).shape));
    await walk.backward();
    const gradients = new Map<string, DenseTensor>();
    const values = new Map<string, DenseTensor>();
    for (const [key, value] of wanted) {
      values.set(key, read(walk.value(value)));
      gradients.set(key, walk.gradient(value, key));
    }
    return { objective: seed.values, gradients, values, weights: walk.weights(), statistics: walk.statistics };
  } finally {
    walk.dispose();
  }
}

function scored(plan: Plan, objective: Objective): Plan {
  if (objective.kind === 'class' && objective.score === 'logit') return beforeSoftmax(plan, objective.output);
  if (objective.kind !== 'loss' || objective.loss === 'squaredError') return plan;
  const squashing = objective.loss === 'crossEntropy' ? ['softmax', 'logSoftmax'] : ['sigmoid'];
  return beforeSoftmax(plan, objective.output, new Set(squashing));
}

/** The layers whose weights are differentiated by. @throws {Unwalkable} for one that is not part of the network */
function trainedLayers(plan: Plan, { options, weights }: Reverse): ReadonlyMap<string, LayerNode> {
  const found = new Map<string, LayerNode>();
  for (const step of plan.steps) {
    const { id } = step.layer;
    if (step.type !== 'layer' || learnedOf(step.layer, weights.get(id) ?? NO_WEIGHTS).length === 0) continue;
    if (options.weights === 'all' || options.weights?.includes(id) === true) found.set(id, step.layer);
  }
  if (options.weights === undefined || options.weights === 'all') return found;
  const missing = options.weights.find((id) => !found.has(id));
  if (missing !== undefined) throw new Unwalkable(missing, t('it has no weights that training moves'));
  return found;
}

function valueAt(plan: Plan, key: string): number {
  const value = plan.keys.get(key);
  if (value === undefined) throw new Unwalkable(layerOf(key), t('it is not part of the network'));
  return value;
}

function layerOf(key: string): string {
  return key.slice(0, key.lastIndexOf('#'));
}

function targetOf(plan: Plan, objective: Objective): number {
  if (objective.kind !== 'class' && objective.kind !== 'loss') return valueAt(plan, objective.key);
  const value = plan.outputs[objective.output];
  if (value === undefined) throw new Unwalkable('output', t('the network has no output {0}', objective.output));
  return value;
}

/** The objective of each batch entry, and its gradient with respect to the value it is computed from. */
function seedOf(value: Tensor, objective: Objective): Seed {
  if (objective.kind === 'loss') return lossSeed(value, objective);
  const [batch = 1, ...rest] = value.shape;
  const size = elementCount(rest);
  const one = new Float32Array(size);
  switch (objective.kind) {
    case 'class':
    case 'element':
      if (objective.index < 0 || objective.index >= size) {
        throw new Unwalkable('output', t('it has {0} values, number {1} is not one of them', size, objective.index));
      }
      one[objective.index] = 1;
      break;
    case 'channel': {
      const channels = value.shape[objective.axis] ?? 1;
      if (objective.axis < 1 || objective.channel >= channels) {
        throw new Unwalkable(
          layerOf(objective.key),
          t('it has {0} channels, number {1} is not one', channels, objective.channel)
        );
      }
      const inner = elementCount(value.shape.slice(objective.axis + 1));
      const positions = size / channels;
      for (let i = 0; i < size; i++) if (Math.floor(i / inner) % channels === objective.channel) one[i] = 1 / positions;
      break;
    }
    case 'weighted':
      one.set(objective.weights.subarray(0, size));
      break;
  }
  const data = value.dataSync<'float32'>();
  const gradient = new Float32Array(batch * size);
  const values = Array.from({ length: batch }, (_, n) => {
    gradient.set(one, n * size);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (one[i] ?? 0) * (one[i] === 0 ? 0 : (data[n * size + i] ?? 0));
    return sum;
  });
  return { gradient, values };
}

function read(tensor: Tensor): DenseTensor {
  return { shape: tensor.shape, data: Float32Array.from(tensor.dataSync<'float32'>()) };
}

/** The values and gradients of one way there and back. */
class Walk {
  private readonly values: (Tensor | undefined)[] = [];
  readonly statistics = new Map<string, BatchStatistics>();
  private readonly gradients: (Tensor | undefined)[] = [];
  /** By layer and by index in `LayerNode.weights`. */
  private readonly weightGradients = new Map<string, Map<number, Tensor>>();
  private readonly shapes: (readonly number[])[] = [];
  /** Steps that must run forward, and those of them that the way back passes. */
  private readonly runs: boolean[];
  private readonly active: boolean[];
  /** Values that a wanted one reaches. */
  private readonly reached: boolean[];
  /** How many uses of each value are still to come, both ways. */
  private readonly uses: number[];
  private lastTurn = performance.now();

  constructor(
    private readonly plan: Plan,
    inputs: readonly Tensor[],
    private readonly reverse: Reverse,
    private readonly target: number,
    private readonly wanted: ReadonlySet<number>,
    private readonly trained: ReadonlyMap<string, LayerNode>
  ) {
    const { steps } = plan;
    for (const [key, tensor] of reverse.given) {
      const value = plan.keys.get(key);
      if (value !== undefined) this.put(value, tensor.clone());
    }
    plan.inputs.forEach((value, i) => {
      const tensor = inputs[i];
      if (tensor !== undefined) this.put(value, tensor.clone());
    });
    const needed: boolean[] = [];
    needed[target] = true;
    for (const value of wanted) needed[value] = true;
    this.runs = steps.map(() => false);
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (step === undefined || needed[step.output] !== true || this.values[step.output] !== undefined) continue;
      this.runs[i] = true;
      for (const input of step.inputs) needed[input] = true;
    }
    this.reached = [];
    for (const value of wanted) this.reached[value] = true;
    const useful: boolean[] = [];
    for (const [i, step] of steps.entries()) {
      const moved = step.inputs.some((input) => this.reached[input] === true);
      useful[i] = this.runs[i] === true && (moved || this.isTrained(step));
      if (useful[i] === true) this.reached[step.output] = true;
    }
    if (wanted.size > 0 && this.reached[target] !== true) {
      const [first = 0] = wanted;
      const key = [...plan.keys].find(([, value]) => value === first)?.[0] ?? 'value#0';
      throw this.unwalkable(layerOf(key), t('the answer does not depend on it'));
    }
    // Of the steps that a wanted value reaches, those that lead on to the target.
    const leads: boolean[] = [];
    leads[target] = true;
    this.active = steps.map(() => false);
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (step === undefined || useful[i] !== true || leads[step.output] !== true) continue;
      this.active[i] = true;
      for (const input of step.inputs) leads[input] = true;
    }
    this.uses = Array.from({ length: plan.values }, () => 0);
    for (const value of [target, ...wanted]) this.use(value);
    for (const [i, step] of steps.entries()) {
      if (this.runs[i] === true) for (const input of step.inputs) this.use(input);
      if (this.active[i] === true) for (const input of step.inputs) this.use(input);
    }
  }

  async forward(): Promise<void> {
    for (const [i, step] of this.plan.steps.entries()) {
      if (this.runs[i] !== true) continue;
      await this.takeTurn();
      const inputs = step.inputs.map((input) => this.value(input));
      this.put(step.output, this.compute(step, inputs));
      this.keepStatistics(step, inputs);
      for (const input of step.inputs) this.release(input);
    }
  }

  start(seed: Tensor): void {
    this.gradients[this.target] = seed;
  }

  async backward(): Promise<void> {
    const { steps } = this.plan;
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      if (step === undefined || this.active[i] !== true) continue;
      const gradient = this.gradients[step.output];
      if (gradient !== undefined) {
        await this.takeTurn();
        this.pull(step, gradient);
        if (!this.wanted.has(step.output)) {
          gradient.dispose();
          this.gradients[step.output] = undefined;
        }
      }
      for (const input of step.inputs) this.release(input);
    }
  }

  value(value: number): Tensor {
    const tensor = this.values[value];
    if (tensor === undefined || tensor.isDisposed) throw new Error('a value was freed too early');
    return tensor;
  }

  /** Zeros where nothing came back: every way was cut (a dropped value, a flat activation). */
  gradient(value: number, key: string): DenseTensor {
    const gradient = this.gradients[value];
    const shape = this.shapes[value];
    if (shape === undefined) throw this.unwalkable(layerOf(key), t('it was not computed'));
    return gradient === undefined ? { shape, data: new Float32Array(elementCount(shape)) } : read(gradient);
  }

  /** Zeros where the objective does not depend on a weight. */
  weights(): Map<string, readonly (DenseTensor | null)[]> {
    return new Map(
      [...this.trained].map(([id, layer]) => [id, inOriginOrder(layer, this.weightGradients.get(id) ?? new Map())])
    );
  }

  dispose(): void {
    const ofWeights = [...this.weightGradients.values()].flatMap((own) => [...own.values()]);
    for (const tensor of [...this.values, ...this.gradients, ...ofWeights]) tensor?.dispose();
  }

  private isTrained(step: Step): boolean {
    return step.type === 'layer' && this.trained.has(step.layer.id);
  }

  private unwalkable(layer: string, reason: string): Unwalkable {
    this.dispose();
    return new Unwalkable(layer, reason);
  }

  private put(value: number, tensor: Tensor): void {
    this.values[value] = tensor;
    this.shapes[value] = tensor.shape;
  }

  private use(value: number): void {
    this.uses[value] = (this.uses[value] ?? 0) + 1;
  }

  private release(value: number): void {
    const left = (this.uses[value] ?? 0) - 1;
    this.uses[value] = left;
    if (left <= 0) this.values[value]?.dispose();
  }

  private compute(step: Step, inputs: readonly Tensor[]): Tensor {
    const { tf } = this.reverse;
    const [first] = inputs;
    if (first === undefined) throw new Unwalkable(step.layer.id, t('it is called without an input'));
    switch (step.type) {
      case 'alias':
        return first.clone();
      case 'fold':
        return tf.reshape(first, [(first.shape[0] ?? 1) * (first.shape[1] ?? 1), ...first.shape.slice(2)]);
      case 'unfold':
        return tf.reshape(first, [...(this.shapes[step.like] ?? []).slice(0, 2), ...first.shape.slice(1)]);
      case 'layer':
        return explained(step, () =>
          tf.tidy(() => {
            const output = this.run(step, inputs, tf);
            return inputs.includes(output) ? output.clone() : output;
          })
        );
    }
  }

  private keepStatistics(step: Step, [x]: readonly Tensor[]): void {
    const { tf, options } = this.reverse;
    if (options.statistics !== true || step.type !== 'layer' || x === undefined) return;
    const { kind, layer, occurrence } = step;
    const mode = modeOf(options.experiment, layer.id, occurrence, options.mode ?? 'infer');
    if (kind.kind !== 'batchNorm' || mode !== 'train') return;
    const { mean, variance } = tf.tidy(() => channelMoments(tf, kind, x));
    const own = { mean: read(mean).data, variance: read(variance).data };
    this.statistics.set(valueKey(layer.id, occurrence), { layer: layer.id, ...own, count: x.size / mean.size });
    mean.dispose();
    variance.dispose();
  }

  /** One call of a layer with the library that is to do it; the same masks each time. */
  private run(step: Extract<Step, { type: 'layer' }>, inputs: readonly Tensor[], tf: TensorLibrary): Tensor {
    const { options, framework, weights, factors } = this.reverse;
    const { layer, occurrence, kind } = step;
    const [output] = forwardLayer(kind, inputs, weights.get(layer.id) ?? NO_WEIGHTS, {
      tf,
      mode: modeOf(options.experiment, layer.id, occurrence, options.mode ?? 'infer'),
      random: createRandom(seedFor(options.seed, valueKey(layer.id, occurrence))),
      dialect: framework === 'pytorch' ? 'pytorch' : 'keras'
    });
    if (output === undefined) throw new CannotRun(t('it gives no value'));
    const factor = factors.get(layer.id);
    return factor === undefined ? output : tf.mul(output, factor);
  }

  /** Adds the vector-Jacobian product of one step to the gradients of its inputs. */
  private pull(step: Step, gradient: Tensor): void {
    const { tf } = this.reverse;
    if (step.type !== 'layer') {
      const [input = 0] = step.inputs;
      this.add(input, tf.reshape(gradient, [...(this.shapes[input] ?? [])]));
      return;
    }
    const moved = step.inputs.map((input, i) => ({ input, i })).filter(({ input }) => this.reached[input] === true);
    if (step.kind.kind === 'embedding' && moved.length > 0) {
      throw new Unwalkable(step.layer.id, t('it looks rows up by whole numbers, which have no gradient'));
    }
    const own = this.isTrained(step)
      ? learnedOf(step.layer, this.reverse.weights.get(step.layer.id) ?? NO_WEIGHTS)
      : [];
    const taken = explained(step, () =>
      tf.tidy(() => {
        // Copies of their own: a value that is read twice has two gradients.
        const fresh = step.inputs.map((input) => this.value(input).clone());
        const by = [...moved.flatMap(({ i }) => fresh[i] ?? []), ...own.map(({ tensor }) => tensor)];
        const library = differentiable(tf, own.length > 0 ? 'weights' : 'values');
        const { grads } = tf.engine().gradients(() => this.run(step, fresh, library), by, gradient, true) as {
          readonly grads: readonly (Tensor | null | undefined)[];
        };
        return grads.map((one) => one?.clone() ?? tf.scalar(Number.NaN));
      })
    );
    moved.forEach(({ input }, k) => {
      const one = taken[k];
      if (one === undefined) return;
      // A lone number where the value has axes: the output does not move with this input.
      if (one.shape.join() === (this.shapes[input] ?? []).join()) this.add(input, one);
      else one.dispose();
    });
    const sums = this.weightGradients.get(step.layer.id) ?? new Map<number, Tensor>();
    if (own.length > 0) this.weightGradients.set(step.layer.id, sums);
    own.forEach(({ index, tensor }, k) => {
      const one = taken[moved.length + k];
      if (one === undefined) return;
      if (one.shape.join() !== tensor.shape.join()) {
        one.dispose();
        return;
      }
      const before = sums.get(index);
      sums.set(index, before === undefined ? one : tf.add(before, one));
      if (before === undefined) return;
      before.dispose();
      one.dispose();
    });
  }

  private add(value: number, gradient: Tensor): void {
    const before = this.gradients[value];
    if (before === undefined) {
      this.gradients[value] = gradient;
      return;
    }
    this.gradients[value] = this.reverse.tf.add(before, gradient);
    before.dispose();
    gradient.dispose();
  }

  private async takeTurn(): Promise<void> {
    const { signal } = this.reverse.options;
    signal?.throwIfAborted();
    if (performance.now() - this.lastTurn < LONGEST_STRETCH_MS) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.lastTurn = performance.now();
    signal?.throwIfAborted();
    this.reverse.activate();
  }
}

/** What a layer's refusal means for the person. */
function explained<T>(step: Step, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Unwalkable) throw error;
    if (error instanceof CannotRun) throw new Unwalkable(step.layer.id, error.reason);
    const message = error instanceof Error ? error.message : String(error);
    throw new Unwalkable(step.layer.id, t('its gradient cannot be taken: {0}', message));
  }
}
