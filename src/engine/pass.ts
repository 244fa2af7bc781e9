/**
 * One pass through a network: every call in order, each value handed out while it lives and freed as soon as its last
 * reader has run, so that the memory holds a few layers at a time and not the whole network.
 */
import type { Framework, Graph, LayerNode, ValueRef } from '../core/model';
import { CannotRun } from './cannotRun';
import type { RunOptions } from './engine';
import { countCalls, demandOf, modeOf, valueKey } from './experiment';
import { type ForwardContext, LayerWeights } from './layers/context';
import { forwardLayer } from './layers/forward';
import { createRandom, seedFor } from '../core/random';
import type { Tensor, TensorLibrary } from './tensorLibrary';
import { t } from '../core/texts';

/** What stays the same throughout a pass, nested graphs included. */
export interface Pass {
  readonly tf: TensorLibrary;
  readonly weights: ReadonlyMap<string, LayerWeights>;
  readonly framework: Framework;
  readonly options: RunOptions;
  /** Makes this pass's engine the current one; another may have run while the pass waited. */
  readonly activate: () => void;
  /** Calls so far by layer, left-out ones counted. */
  readonly occurrences: Map<string, number>;
  /** Tensors of `RunOptions.experiment`, by layer and by `valueKey`. */
  readonly factors: ReadonlyMap<string, Tensor>;
  readonly given: ReadonlyMap<string, Tensor>;
  /** When the event loop last had a turn, in milliseconds. */
  lastTurn: number;
}

export type GraphOutcome =
  | { readonly type: 'done'; readonly outputs: readonly Tensor[] }
  | { readonly type: 'stopped'; readonly layer: string; readonly reason: string };

/** A longer stretch than this without a turn of the event loop would keep a cancel message waiting. */
const LONGEST_STRETCH_MS = 8;

const NO_WEIGHTS = new LayerWeights([]);

/**
 * Runs a graph. The inputs stay the caller's; the outputs become the caller's to dispose.
 * @param outputsRead whether the outputs are asked for; without, none are given
 * @throws the signal's reason when it aborts; nothing stays on the engine then
 */
export async function runGraph(
  graph: Graph,
  inputs: readonly Tensor[],
  pass: Pass,
  outputsRead = true
): Promise<GraphOutcome> {
  const { wanted, experiment } = pass.options;
  const demand = demandOf(graph, { wanted, given: experiment?.values, outputsRead, occurrences: pass.occurrences });
  const values = new LiveValues(graph, demand.computed, outputsRead);
  try {
    for (const call of graph.calls) {
      const layer = graph.layers.get(call.layer);
      if (layer === undefined)
        return { type: 'stopped', layer: call.layer, reason: t('the graph does not hold this layer') };
      const given = pass.given.get(valueKey(layer.id, pass.occurrences.get(layer.id) ?? 0));
      if (demand.computed[call.id] !== true) {
        countCalls(layer, pass.occurrences);
        if (demand.needed[call.id] === true && given !== undefined) values.put(call.id, [given.clone()]);
        continue;
      }
      await takeTurn(pass);
      const occurrence = pass.occurrences.get(layer.id) ?? 0;
      pass.occurrences.set(layer.id, occurrence + 1);
      const read = call.inputs.map((ref) => values.at(ref));
      if (read.includes(null)) {
        return { type: 'stopped', layer: layer.id, reason: t('it reads a value that no layer before it gives') };
      }
      const known = read.filter((value) => value !== null);
      const bound = graph.inputs.findIndex((ref) => ref.call === call.id);
      const outcome =
        layer.kind.kind === 'model'
          ? await runNested(layer, layer.kind, known, pass, demand.read[call.id] === true)
          : compute(layer, bound >= 0 ? (inputs[bound] ?? null) : null, known, occurrence, pass);
      if (outcome.type === 'stopped') return outcome;
      values.put(call.id, outcome.outputs);
      await report(layer, occurrence, outcome.outputs, pass);
      values.release(call.id, call.inputs);
    }
    if (!outputsRead) return { type: 'done', outputs: [] };
    const outputs = graph.outputs.map((ref) => values.at(ref)?.clone() ?? null);
    const known = outputs.filter((output) => output !== null);
    if (known.length < outputs.length) {
      for (const output of known) output.dispose();
      return { type: 'stopped', layer: graph.name, reason: t('an output of the network is given by no layer') };
    }
    return { type: 'done', outputs: known };
  } finally {
    values.disposeAll();
  }
}

/** The values of one graph by the call that made them, with the readers each still waits for. */
class LiveValues {
  private readonly tensors: (readonly Tensor[] | undefined)[] = [];
  private readonly readers: Map<number, number>[];

  constructor(graph: Graph, computed: readonly boolean[], outputsRead: boolean) {
    this.readers = graph.calls.map(() => new Map<number, number>());
    for (const call of graph.calls) if (computed[call.id] === true) for (const ref of call.inputs) this.expect(ref);
    if (outputsRead) for (const ref of graph.outputs) this.expect(ref);
  }

  at(ref: ValueRef): Tensor | null {
    const tensor = this.tensors[ref.call]?.[ref.output];
    return tensor === undefined || tensor.isDisposed ? null : tensor;
  }

  put(call: number, outputs: readonly Tensor[]): void {
    this.tensors[call] = outputs;
  }

  /** A call has run: its inputs lose a reader, and of its outputs those that nobody reads go at once. */
  release(call: number, inputs: readonly ValueRef[]): void {
    for (const ref of inputs) {
      const left = (this.readers[ref.call]?.get(ref.output) ?? 1) - 1;
      this.readers[ref.call]?.set(ref.output, left);
      if (left <= 0) this.tensors[ref.call]?.[ref.output]?.dispose();
    }
    this.tensors[call]?.forEach((tensor, output) => {
      if ((this.readers[call]?.get(output) ?? 0) <= 0) tensor.dispose();
    });
  }

  disposeAll(): void {
    for (const outputs of this.tensors) for (const tensor of outputs ?? []) tensor.dispose();
  }

  private expect(ref: ValueRef): void {
    const counts = this.readers[ref.call];
    counts?.set(ref.output, (counts.get(ref.output) ?? 0) + 1);
  }
}

/** One call of a layer that is not a graph: everything but the results is freed. */
function compute(
  layer: LayerNode,
  bound: Tensor | null,
  inputs: readonly Tensor[],
  occurrence: number,
  pass: Pass
): GraphOutcome {
  const { tf } = pass;
  if (layer.kind.kind === 'input') {
    if (bound === null) return { type: 'stopped', layer: layer.id, reason: t('this input is given no value') };
    return { type: 'done', outputs: [bound.clone()] };
  }
  const context: ForwardContext = {
    tf,
    mode: modeOf(pass.options.experiment, layer.id, occurrence, pass.options.mode),
    random: createRandom(seedFor(pass.options.seed, valueKey(layer.id, occurrence))),
    rows: pass.options.seeds?.map((seed) => createRandom(seedFor(seed, valueKey(layer.id, occurrence)))),
    dialect: pass.framework === 'pytorch' ? 'pytorch' : 'keras'
  };
  const weights = pass.weights.get(layer.id) ?? NO_WEIGHTS;
  try {
    const kind = pass.options.experiment?.kinds?.get(layer.id) ?? layer.kind;
    const factor = pass.factors.get(layer.id);
    // A layer may hand its input through: the clone makes the result a value of its own that can be freed alone.
    const outputs = tf.tidy(() =>
      forwardLayer(kind, inputs, weights, context).map((output, i) =>
        factor !== undefined && i === 0 ? tf.mul(output, factor) : inputs.includes(output) ? output.clone() : output
      )
    );
    return { type: 'done', outputs };
  } catch (error) {
    if (error instanceof CannotRun) return { type: 'stopped', layer: layer.id, reason: error.reason };
    const message = error instanceof Error ? error.message : String(error);
    return { type: 'stopped', layer: layer.id, reason: t('it does not fit its input: {0}', message) };
  }
}

/** A graph used as a layer; over time steps, these are folded into the batch. */
async function runNested(
  layer: LayerNode,
  kind: Extract<LayerNode['kind'], { kind: 'model' }>,
  inputs: readonly Tensor[],
  pass: Pass,
  outputsRead: boolean
): Promise<GraphOutcome> {
  if (!kind.timeDistributed) return runGraph(kind.graph, inputs, pass, outputsRead);
  const { tf } = pass;
  const [batch = 1, steps = 1] = inputs[0]?.shape ?? [];
  const folded = inputs.map((input) => tf.reshape(input, [batch * steps, ...input.shape.slice(2)]));
  try {
    const outcome = await runGraph(kind.graph, folded, pass, outputsRead);
    if (outcome.type === 'stopped') return outcome;
    const outputs = outcome.outputs.map((output) => {
      const unfolded = tf.reshape(output, [batch, steps, ...output.shape.slice(1)]);
      output.dispose();
      return unfolded;
    });
    return { type: 'done', outputs };
  } catch (error) {
    if (error instanceof CannotRun) return { type: 'stopped', layer: layer.id, reason: error.reason };
    throw error;
  } finally {
    for (const value of folded) value.dispose();
  }
}

async function report(layer: LayerNode, occurrence: number, outputs: readonly Tensor[], pass: Pass): Promise<void> {
  const { onValue, wanted } = pass.options;
  if (onValue === undefined || wanted?.has(valueKey(layer.id, occurrence)) === false) return;
  for (const [output, tensor] of outputs.entries()) {
    await onValue({
      layer: layer.id,
      occurrence,
      output,
      shape: tensor.shape,
      read: () => readTensor(tensor, pass),
      inspect: (use) => use(viewTensor(tensor, pass))
    });
  }
  pass.activate();
}

/** The parts of the wasm backend that give a view of a tensor in its memory. */
interface HeapBackend {
  typedArrayFromHeap(tensor: Tensor): unknown;
}

function hasHeap(backend: object): backend is HeapBackend {
  return 'typedArrayFromHeap' in backend;
}

/** The values in place on the wasm heap; a copy on the other engines. */
function viewTensor(tensor: Tensor, pass: Pass): Float32Array {
  demandAlive(tensor, pass);
  const backend = pass.tf.backend();
  const view = hasHeap(backend) ? backend.typedArrayFromHeap(tensor) : null;
  if (view instanceof Float32Array) return view;
  const copy = tensor.dataSync<'float32'>();
  return copy instanceof Float32Array ? copy : Float32Array.from(copy);
}

function demandAlive(tensor: Tensor, pass: Pass): void {
  if (tensor.isDisposed) throw new Error('the value was freed: read it before onValue returns');
  pass.activate();
}

async function readTensor(tensor: Tensor, pass: Pass) {
  demandAlive(tensor, pass);
  const data = await tensor.data<'float32'>();
  return { shape: tensor.shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** Lets messages in now and then, so that a cancellation can arrive, and heeds it. */
async function takeTurn(pass: Pass): Promise<void> {
  pass.options.signal?.throwIfAborted();
  if (performance.now() - pass.lastTurn < LONGEST_STRETCH_MS) return;
  await new Promise<void>((resolve) => setImmediate(resolve));
  pass.lastTurn = performance.now();
  pass.options.signal?.throwIfAborted();
  pass.activate();
}
