/** The engine's face over a tensor library: the same executor whichever backend computes. */
import type { LayerNode, Model } from '../core/model';
import type { DenseTensor } from '../core/tensor';
import type { Engine, EngineName, PreparedNetwork, RunOptions, RunResult } from './engine';
import { withFreshWeights } from './freshWeights';
import type { LayerWeights } from './layers/context';
import { layersOf, loadLayer, loadWeights, type LoadOptions } from './loadWeights';
import type { Experiment } from './experiment';
import { planOf, Unwalkable } from './backward/plan';
import { takeGradient } from './backward/takeGradient';
import { toOriginOrder } from './backward/weightGradients';
import type { GradientOptions, GradientResult } from './gradient';
import { type Pass, runGraph } from './pass';
import { finalActivationOf } from './finalActivation';
import { assignTo, parametersOf, stepOf } from './trainNetwork';
import type { Parameter, StepOptions, StepOutcome } from './trainable';
import type { Tensor, TensorLibrary } from './tensorLibrary';

/** A backend that is ready to compute. */
export interface Backend {
  readonly name: EngineName;
  readonly tf: TensorLibrary;
  /** The library's own name of the backend. */
  readonly id: string;
}

export class TensorEngine implements Engine {
  private readonly networks = new Set<TensorNetwork>();

  constructor(private readonly backend: Backend) {}

  get name(): EngineName {
    return this.backend.name;
  }

  async prepare(model: Model, options: LoadOptions): Promise<PreparedNetwork> {
    activate(this.backend);
    const complete = withFreshWeights(model, options.seed);
    const weights = await loadWeights(this.backend.tf, complete, options);
    const network = new TensorNetwork(this.backend, complete, weights, () => this.networks.delete(network));
    this.networks.add(network);
    return network;
  }

  dispose(): void {
    for (const network of [...this.networks]) network.dispose();
  }
}

class TensorNetwork implements PreparedNetwork {
  private disposed = false;
  private readonly layers: ReadonlyMap<string, LayerNode>;

  constructor(
    private readonly backend: Backend,
    private readonly model: Model,
    private readonly weights: ReadonlyMap<string, LayerWeights>,
    private readonly onDispose: () => void
  ) {
    this.layers = layersOf(model.root);
  }

  async run(inputs: readonly DenseTensor[], options: RunOptions): Promise<RunResult> {
    if (this.disposed) throw new Error('the network was disposed');
    const start = performance.now();
    const { tf } = this.backend;
    activate(this.backend);
    const changed = await this.changedWeights(options);
    activate(this.backend);
    const onEngine = ({ data, shape }: DenseTensor) => tf.tensor(data, [...shape], 'float32');
    const given = inputs.map(onEngine);
    const { factors, values }: Experiment = options.experiment ?? {};
    const pass: Pass = {
      tf,
      weights: changed.size === 0 ? this.weights : new Map([...this.weights, ...changed]),
      factors: mapValues(factors, onEngine),
      given: mapValues(values, onEngine),
      framework: this.model.framework,
      options,
      activate: () => activate(this.backend),
      occurrences: new Map(),
      lastTurn: start
    };
    try {
      const outcome = await runGraph(this.model.root, given, pass, options.wanted === undefined);
      if (outcome.type === 'stopped') {
        const { layer, reason } = outcome;
        return { outputs: [], stoppedAt: { layer, reason }, milliseconds: performance.now() - start };
      }
      const outputs = await takeAll(outcome.outputs);
      return { outputs, stoppedAt: null, milliseconds: performance.now() - start };
    } finally {
      for (const tensor of [...given, ...pass.factors.values(), ...pass.given.values()]) tensor.dispose();
      for (const layer of changed.values()) layer.dispose();
    }
  }

  async gradient(inputs: readonly DenseTensor[], options: GradientOptions): Promise<GradientResult> {
    if (this.disposed) throw new Error('the network was disposed');
    const start = performance.now();
    const { tf } = this.backend;
    activate(this.backend);
    const changed = await this.changedWeights(options);
    activate(this.backend);
    const onEngine = ({ data, shape }: DenseTensor) => tf.tensor(data, [...shape], 'float32');
    const given = inputs.map(onEngine);
    const reverse = {
      tf,
      weights: changed.size === 0 ? this.weights : new Map([...this.weights, ...changed]),
      framework: this.model.framework,
      options,
      activate: () => activate(this.backend),
      factors: mapValues(options.experiment?.factors, onEngine),
      given: mapValues(options.experiment?.values, onEngine)
    };
    try {
      const plan = planOf(this.model.root, options.experiment?.kinds);
      const taken = await takeGradient(plan, given, reverse);
      return { ...taken, stoppedAt: null, milliseconds: performance.now() - start };
    } catch (error) {
      if (!(error instanceof Unwalkable)) throw error;
      const { layer, reason } = error;
      const nothing = {
        objective: [],
        gradients: new Map(),
        values: new Map(),
        weights: new Map(),
        statistics: new Map()
      };
      return { ...nothing, stoppedAt: { layer, reason }, milliseconds: performance.now() - start };
    } finally {
      for (const tensor of [...given, ...reverse.factors.values(), ...reverse.given.values()]) tensor.dispose();
      for (const layer of changed.values()) layer.dispose();
    }
  }

  parameters(): readonly Parameter[] {
    this.ready();
    return parametersOf(this.layers, this.weights);
  }

  assign(values: ReadonlyMap<string, Float32Array>): void {
    this.ready();
    assignTo(this.backend.tf, this.layers, this.weights, values);
  }

  step(inputs: readonly DenseTensor[], options: StepOptions): StepOutcome {
    this.ready();
    const { backend, layers, weights, model } = this;
    return stepOf({ tf: backend.tf, layers, weights, model }, inputs, options);
  }

  finalActivation(output: number): ReturnType<PreparedNetwork['finalActivation']> {
    return finalActivationOf(this.model, output);
  }

  inOriginOrder({ layer, index, values }: Parameter): Float32Array {
    const node = this.layers.get(layer);
    return node === undefined ? values : toOriginOrder(node, index, values);
  }

  /** @throws {Error} after `dispose` */
  private ready(): void {
    if (this.disposed) throw new Error('the network was disposed');
    activate(this.backend);
  }

  private async changedWeights({
    experiment,
    signal
  }: Pick<RunOptions, 'experiment' | 'signal'>): Promise<Map<string, LayerWeights>> {
    const changed = new Map<string, LayerWeights>();
    try {
      for (const [id, values] of experiment?.weights ?? []) {
        const layer = this.layers.get(id);
        if (layer !== undefined) changed.set(id, await loadLayer(this.backend.tf, layer, signal, values));
      }
    } catch (error) {
      for (const layer of changed.values()) layer.dispose();
      throw error;
    }
    return changed;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const layer of this.weights.values()) layer.dispose();
    this.onDispose();
  }
}

function mapValues<A, B>(map: ReadonlyMap<string, A> | undefined, change: (value: A) => B): Map<string, B> {
  return new Map([...(map ?? [])].map(([key, value]) => [key, change(value)]));
}

async function takeAll(tensors: readonly Tensor[]): Promise<DenseTensor[]> {
  try {
    const taken: DenseTensor[] = [];
    for (const tensor of tensors) {
      const data = await tensor.data<'float32'>();
      taken.push({ shape: tensor.shape, data: data instanceof Float32Array ? data : Float32Array.from(data) });
    }
    return taken;
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** The library has one current backend for the whole process; an initialised one is switched to at once. */
function activate({ tf, id }: Backend): void {
  if (tf.getBackend() !== id) void tf.setBackend(id);
}
