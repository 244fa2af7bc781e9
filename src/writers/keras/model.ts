/** A `Model` as named Keras layers with their wiring, in the words of one file format. */
import { firstInputShapes } from '../../core/firstInputShapes';
import { inferShapes } from '../../core/inferShapes';
import type { Graph, LayerNode, Model, ValueRef } from '../../core/model';
import type { Shape } from '../../core/shape';
import { t } from '../../core/texts';
import { CannotWrite } from '../cannotWrite';
import { keptConfig } from './kept';
import { inKerasOrder } from './order';
import { refuse, type Config, type Target, type Unit, type WriteContext } from './unit';
import { unitsOf } from './units';
import type { Pointer, Written, WrittenLayer, WrittenModel } from './written';

/** Layer names of one model, each once; TensorFlow.js finds weights by name alone, so there one set serves all models. */
class Names {
  constructor(private readonly used = new Set<string>()) {}
  take(wanted: string): string {
    // Keras 3 refuses slashes, which are its own separators.
    const plain = wanted.replace(/[/\\]/g, '_') || 'layer';
    let name = plain;
    for (let i = 1; this.used.has(name); i++) name = `${plain}_${i}`;
    this.used.add(name);
    return name;
  }
  forInner(shared: boolean): Names {
    return new Names(shared ? this.used : undefined);
  }
}

class Writer {
  readonly notices: string[] = [];
  needsKeras3 = false;
  constructor(
    readonly target: Target,
    private readonly shapes: ReadonlyMap<string, Shape>
  ) {}

  context(layer: LayerNode): WriteContext {
    return {
      target: this.target,
      layer,
      input: this.shapes.get(layer.id) ?? null,
      notice: (message) => {
        if (!this.notices.includes(message)) this.notices.push(message);
      },
      needsKeras3: () => {
        this.needsKeras3 = true;
      }
    };
  }

  model(graph: Graph, name: string, names: Names, isRoot: boolean): WrittenModel {
    const parts = new Map([...graph.layers.values()].map((layer) => [layer.id, this.layers(layer, names)]));
    const sequential = (isRoot || this.target === 'keras') && isChain(graph);
    const { inputs, outputs, calls } = wiring(graph, parts);
    const layers = [...parts.values()]
      .flat()
      .map((layer): WrittenLayer => ({ ...layer, calls: calls.get(layer.name) ?? [] }));
    return {
      name,
      className: sequential ? 'Sequential' : 'Functional',
      layers: sequential ? layers : inKerasOrder(layers, inputs, outputs),
      inputs,
      outputs
    };
  }

  /** The Keras layers that stand for one of ours, in a row. */
  private layers(layer: LayerNode, names: Names): readonly WrittenLayer[] {
    const { kind } = layer;
    const context = this.context(layer);
    if (kind.kind === 'input') return [inputLayer(layer, kind, names.take(layer.name), this.target)];
    if (kind.kind === 'model')
      return [
        kind.timeDistributed ? this.timeDistributed(layer, kind.graph, names) : this.nested(layer, kind.graph, names)
      ];
    const own = names.take(layer.name);
    return unitsOf(kind, context).map((unit) => {
      const written = named(layer, unit, unit.suffix === '' ? own : names.take(`${own}_${unit.suffix}`), this.target);
      return kind.kind === 'recurrent' && kind.bidirectional !== null
        ? bothDirections(written, kind.bidirectional)
        : written;
    });
  }

  private nested(layer: LayerNode, graph: Graph, names: Names): WrittenLayer {
    // Keras 2 and 3 count the uses of a nested model differently in the same words.
    if (this.target === 'h5') this.needsKeras3 = true;
    const name = names.take(layer.name);
    const model = this.model(graph, name, names.forInner(this.target === 'tfjs'), false);
    return {
      name,
      className: model.className,
      config: {},
      trainable: layer.trainable,
      weights: [],
      model,
      wrapped: null,
      calls: []
    };
  }

  private timeDistributed(layer: LayerNode, graph: Graph, names: Names): WrittenLayer {
    const inside = [...graph.layers.values()].filter(({ kind }) => kind.kind !== 'input');
    const [inner] = inside;
    const name = names.take(layer.name);
    const written =
      inner === undefined || inside.length > 1 ? [] : this.layers(inner, names.forInner(this.target === 'tfjs'));
    const [wrapped] = written;
    if (wrapped === undefined || written.length > 1) {
      return refuse(this.context(layer), t('what it repeats takes more than one Keras layer'));
    }
    return {
      name,
      className: 'TimeDistributed',
      config: {},
      trainable: layer.trainable,
      weights: wrapped.weights,
      model: null,
      wrapped,
      calls: []
    };
  }
}

function inputLayer(
  layer: LayerNode,
  kind: Extract<LayerNode['kind'], { kind: 'input' }>,
  name: string,
  target: Target
): WrittenLayer {
  const shape = [...kind.shape];
  const config: Config =
    target === 'keras'
      ? { batch_shape: shape, dtype: kind.dtype, sparse: false }
      : { batch_input_shape: shape, dtype: kind.dtype, sparse: false };
  return {
    name,
    className: 'InputLayer',
    config,
    trainable: layer.trainable,
    weights: [],
    model: null,
    wrapped: null,
    calls: []
  };
}

function named(layer: LayerNode, unit: Unit, name: string, target: Target): WrittenLayer {
  const kept = unit.suffix === '' ? keptConfig(layer, unit.className, target) : {};
  return {
    name,
    className: unit.className,
    config: { ...kept, ...unit.config },
    trainable: layer.trainable,
    weights: unit.weights,
    model: null,
    wrapped: null,
    calls: []
  };
}

/** Weights stay with the wrapper, which keeps those of both copies. */
function bothDirections(one: WrittenLayer, mode: 'concat' | 'sum' | 'mul' | 'ave'): WrittenLayer {
  const wrapped = { ...one, name: `${one.name}_cells` };
  return { ...one, className: 'Bidirectional', config: { merge_mode: mode }, wrapped };
}

/** Whether the graph is what Keras calls Sequential: its input is implied, every layer reads the one before. */
function isChain(graph: Graph): boolean {
  const [input, ...more] = graph.inputs;
  const [output, ...others] = graph.outputs;
  if (input === undefined || more.length > 0 || others.length > 0 || output?.call !== graph.calls.length - 1)
    return false;
  if (graph.layers.size !== graph.calls.length || input.call !== 0) return false;
  const first = graph.layers.get(graph.calls[0]?.layer ?? '');
  if (first?.kind.kind !== 'input' || first.listed) return false;
  const order = [...graph.layers.keys()];
  return graph.calls.every(
    ({ layer, inputs }, i) =>
      layer === order[i] &&
      (i === 0 ? inputs.length === 0 : inputs.length === 1 && inputs[0]?.call === i - 1 && inputs[0].output === 0)
  );
}

/** The uses of every written layer; one of our calls is one use of each layer that stands for ours. */
function wiring(graph: Graph, parts: ReadonlyMap<string, readonly WrittenLayer[]>) {
  const calls = new Map<string, (readonly Pointer[])[]>();
  const ends: Pointer[] = [];
  const pointerTo = ({ call, output }: ValueRef): Pointer => {
    const end = ends[call];
    if (end === undefined) throw new Error(`call ${call} of ${graph.name} is used before it is made`);
    return { ...end, output };
  };
  for (const call of graph.calls) {
    let inputs: readonly Pointer[] = call.inputs.map(pointerTo);
    for (const layer of parts.get(call.layer) ?? []) {
      const uses = calls.get(layer.name) ?? [];
      const end: Pointer = { layer: layer.name, node: uses.length, output: 0 };
      if (layer.className !== 'InputLayer') {
        uses.push(inputs);
        calls.set(layer.name, uses);
      }
      ends[call.id] = end;
      inputs = [end];
    }
  }
  return { calls, inputs: graph.inputs.map(pointerTo), outputs: graph.outputs.map(pointerTo) };
}

/**
 * @throws {CannotWrite} where a layer cannot be said in the target's words, with the layer and the reason
 */
export function kerasModel(model: Model, target: Target): Written {
  if (model.topology === 'none' || model.topology === 'inferred') {
    throw new CannotWrite(model.name, t('how its layers are wired is not known; save the weights alone'));
  }
  const writer = new Writer(target, firstInputShapes(inferShapes(model.root)));
  const written = writer.model(model.root, model.root.name || model.name, new Names(), true);
  return { target, model: written, notices: writer.notices, needsKeras3: writer.needsKeras3 };
}
