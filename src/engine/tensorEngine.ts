/** The engine's face over a tensor library: the same executor whichever backend computes. */
import type { Model } from '../core/model';
import type { DenseTensor } from '../core/tensor';
import type { Engine, EngineName, PreparedNetwork, RunOptions, RunResult } from './engine';
import type { LayerWeights } from './layers/context';
import { loadWeights, type LoadOptions } from './loadWeights';
import { type Pass, runGraph } from './pass';
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
    const weights = await loadWeights(this.backend.tf, model, options);
    const network = new TensorNetwork(this.backend, model, weights, () => this.networks.delete(network));
    this.networks.add(network);
    return network;
  }

  dispose(): void {
    for (const network of [...this.networks]) network.dispose();
  }
}

class TensorNetwork implements PreparedNetwork {
  private disposed = false;

  constructor(
    private readonly backend: Backend,
    private readonly model: Model,
    private readonly weights: ReadonlyMap<string, LayerWeights>,
    private readonly onDispose: () => void
  ) {}

  async run(inputs: readonly DenseTensor[], options: RunOptions): Promise<RunResult> {
    if (this.disposed) throw new Error('the network was disposed');
    const start = performance.now();
    const { tf } = this.backend;
    activate(this.backend);
    const given = inputs.map(({ data, shape }) => tf.tensor(data, [...shape], 'float32'));
    const pass: Pass = {
      tf,
      weights: this.weights,
      framework: this.model.framework,
      options,
      activate: () => activate(this.backend),
      occurrences: new Map(),
      lastTurn: start
    };
    try {
      const outcome = await runGraph(this.model.root, given, pass);
      if (outcome.type === 'stopped') {
        const { layer, reason } = outcome;
        return { outputs: [], stoppedAt: { layer, reason }, milliseconds: performance.now() - start };
      }
      const outputs = await takeAll(outcome.outputs);
      return { outputs, stoppedAt: null, milliseconds: performance.now() - start };
    } finally {
      for (const tensor of given) tensor.dispose();
    }
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const layer of this.weights.values()) layer.dispose();
    this.onDispose();
  }
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
