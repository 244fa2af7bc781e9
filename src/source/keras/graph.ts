/** Models of the source as graphs: Keras's own order of layers, names and nesting. */
import { t } from '../../core/texts';
import type { LayerKind } from '../../core/layerKind';
import type { Call, Graph, LayerNode, Notice, SourceRange, ValueRef } from '../../core/model';
import type { Shape } from '../../core/shape';
import { layerShape } from '../../core/shapes/layerShape';
import { Unknown } from '../interpreter/values';
import type { Located } from '../python/ast';
import { depthOrder } from './order';
import { translateLayer, type KerasSettings, type TranslatedLayer } from './translate';
import { LayerValue, ModelValue, TensorValue, type TensorCall } from './values';
import { declaredShape } from './inputs';
import type { LayerNames } from './naming';

/** What the graph of one definition is made with. */
export interface GraphContext {
  readonly settings: KerasSettings;
  readonly names: LayerNames;
  rangeOf(at: Located): SourceRange;
  readonly notices: Notice[];
  readonly callSites: Map<string, readonly SourceRange[]>;
}

export interface BuiltGraph {
  readonly graph: Graph;
  readonly outputShapes: readonly (Shape | null)[];
}

/**
 * @param prefix `''` for the root, `parent/` for nested models
 * @param given shapes of the inputs where the graph is used inside another
 */
export function buildGraph(
  model: ModelValue,
  context: GraphContext,
  prefix = '',
  given: readonly (Shape | null)[] = []
): BuiltGraph {
  const builder = new GraphBuilder(model.name, context, prefix, model.trainable);
  return model.type === 'sequential' ? builder.chain(model, given[0] ?? null) : builder.functional(model, given);
}

/** The shape of a tensor while the program is still being interpreted; `null` where it is not known. */
export function shapeOfTensor(tensor: TensorValue, context: GraphContext): Shape | null {
  // Inputs first, without recursion: a loop may stack thousands of layers.
  const open = [tensor];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const waiting = top.shape === undefined ? top.call.inputs.filter((input) => input.shape === undefined) : [];
    if (waiting.length > 0) {
      open.push(...waiting);
      continue;
    }
    top.shape ??= shapeFromInputs(top, context);
    open.pop();
  }
  return tensor.shape ?? null;
}

function shapeFromInputs(tensor: TensorValue, context: GraphContext): Shape | null {
  const inputs = tensor.call.inputs.map((input) => input.shape ?? null);
  const quiet: GraphContext = { ...context, notices: [], callSites: new Map() };
  const { layer } = tensor.call;
  if (layer instanceof ModelValue) {
    return buildGraph(layer, quiet, `${layer.name}/`, inputs).outputShapes[tensor.output] ?? null;
  }
  return new GraphBuilder('', quiet, '', true).layerOutput(layer, inputs)[tensor.output] ?? null;
}

class GraphBuilder {
  private readonly layers = new Map<string, LayerNode>();
  private readonly calls: Call[] = [];
  private readonly shapes: (readonly (Shape | null)[])[] = [];
  private readonly ids = new Map<LayerValue | ModelValue, string>();

  constructor(
    private readonly name: string,
    private readonly context: GraphContext,
    private readonly prefix: string,
    private readonly trainable: boolean
  ) {}

  /** A Sequential: its input first, then one call for each layer. */
  chain(model: ModelValue, given: Shape | null): BuiltGraph {
    const first = model.layers[0];
    const input = first instanceof LayerValue && first.className === 'InputLayer' ? first : null;
    const shape = mergeShapes(
      given,
      declaredShape(model, (tensor) => shapeOfTensor(tensor, this.context))
    );
    const kind: LayerKind =
      shape instanceof Unknown ? { kind: 'opaque', reason: shape.reason } : { kind: 'input', shape, dtype: 'float32' };
    let name = input?.name ?? this.context.names.sequentialInput(first?.name ?? '');
    if (model.layers.some((layer) => layer !== input && layer.name === name)) name = `${model.name}_input`;
    const inputNode = this.node(name, kind, 'InputLayer', input ?? null, false, new Map(), new Map());
    this.layers.set(inputNode.id, inputNode);
    if (shape instanceof Unknown) this.notice('no-input-shape', shape.reason, inputNode.id);
    let last = this.call(inputNode.id, [], [shape instanceof Unknown ? null : shape]);
    const inputs: ValueRef[] = [{ call: last, output: 0 }];
    for (const layer of model.layers) {
      if (layer !== input) last = this.apply(layer, [{ call: last, output: 0 }]);
    }
    return this.finish(inputs, [{ call: last, output: 0 }]);
  }

  functional(model: ModelValue, given: readonly (Shape | null)[]): BuiltGraph {
    const built = this.connected(model, given);
    // A weight that the graph does not use counts all the same.
    for (const weight of model.ownWeights)
      this.layerId(weight, () => this.nodeOf(weight, this.translate(weight, null)));
    return { ...built, graph: { ...built.graph, layers: new Map([...built.graph.layers, ...this.layers]) } };
  }

  private connected(model: ModelValue, given: readonly (Shape | null)[]): BuiltGraph {
    const { layers, calls } = depthOrder(model.inputs, model.outputs);
    // The map of layers keeps Keras's order, so every layer gets its place before the calls are made.
    const refs = new Map<TensorCall, number>();
    for (const call of calls) {
      const at = model.inputs.findIndex((input) => input.call === call);
      const inputs =
        at >= 0 ? [] : call.inputs.map((tensor) => ({ call: refs.get(tensor.call) ?? -1, output: tensor.output }));
      const known = inputs.every((ref) => ref.call >= 0);
      const made =
        at >= 0
          ? this.input(model.inputs[at], given[at] ?? null)
          : known
            ? this.apply(call.layer, inputs)
            : this.apply(call.layer, []);
      refs.set(call, made);
    }
    const ordered = layers.map((layer) => this.ids.get(layer));
    const order = new Map<string, LayerNode>();
    for (const id of ordered) {
      const node = id === undefined ? undefined : this.layers.get(id);
      if (node !== undefined) order.set(node.id, node);
    }
    for (const [id, node] of this.layers) if (!order.has(id)) order.set(id, node);
    const toRefs = (tensors: readonly TensorValue[]): ValueRef[] =>
      tensors.flatMap((tensor) => {
        const call = refs.get(tensor.call);
        return call === undefined ? [] : [{ call, output: tensor.output }];
      });
    return this.finish(toRefs(model.inputs), toRefs(model.outputs), order);
  }

  /** The shapes a layer gives for the given input shapes. */
  layerOutput(layer: LayerValue, inputs: readonly (Shape | null)[]): readonly (Shape | null)[] {
    const translated = this.translate(layer, inputs[0] ?? null);
    if (translated.kind.kind === 'input') return [translated.kind.shape];
    if (translated.kind.kind === 'model') {
      const call = this.apply(layer, [this.stub(inputs[0] ?? null)]);
      return this.shapes[call] ?? [null];
    }
    return this.outcome(this.nodeOf(layer, translated), inputs);
  }

  private stub(shape: Shape | null): ValueRef {
    return { call: this.call('', [], [shape]), output: 0 };
  }

  private input(tensor: TensorValue | undefined, given: Shape | null): number {
    const layer = tensor?.call.layer;
    if (layer instanceof LayerValue && layer.className === 'InputLayer') {
      const id = this.layerId(layer, () => this.nodeOf(layer, this.translate(layer, null)));
      const kind = this.layers.get(id)?.kind;
      return this.call(id, [], [given ?? (kind?.kind === 'input' ? kind.shape : null)]);
    }
    // A model that starts at a tensor inside another one gets an input of its own, as in Keras.
    const shape = given ?? (tensor === undefined ? null : shapeOfTensor(tensor, this.context));
    const kind: LayerKind =
      shape === null
        ? { kind: 'opaque', reason: t('the shape of this input is not known') }
        : { kind: 'input', shape, dtype: 'float32' };
    const node = this.node(`input_${this.calls.length + 1}`, kind, 'InputLayer', null, true, new Map(), new Map());
    this.layers.set(node.id, node);
    return this.call(node.id, [], [shape]);
  }

  private apply(given: LayerValue | ModelValue, inputs: readonly ValueRef[]): number {
    const shapes = inputs.map((ref) => this.shapes[ref.call]?.[ref.output] ?? null);
    const layer = followed(given, shapes);
    if (layer instanceof ModelValue) {
      let built: BuiltGraph | null = null;
      const id = this.layerId(layer, (free) => {
        built = buildGraph(layer, this.context, `${this.prefix}${free}/`, shapes);
        const type = layer.className ?? (layer.type === 'sequential' ? 'Sequential' : 'Functional');
        const kind: LayerKind =
          layer.taint === null
            ? { kind: 'model', graph: built.graph, timeDistributed: false }
            : { kind: 'opaque', reason: layer.taint.reason };
        return this.node(free, kind, type, layer, true, new Map(), new Map());
      });
      const again = built ?? buildGraph(layer, { ...this.context, notices: [], callSites: new Map() }, '', shapes);
      return this.call(id, inputs, again.outputShapes);
    }
    const id = this.layerId(layer, () => this.nodeOf(layer, this.translate(layer, shapes[0] ?? null)));
    const node = this.layers.get(id);
    return this.call(id, inputs, node === undefined ? [null] : this.outcome(node, shapes));
  }

  /** Translates once; wrappers need the shape they are called with to make the inner graph. */
  private translate(layer: LayerValue, input: Shape | null): TranslatedLayer {
    if (layer.translated !== null) return layer.translated;
    const wrapped = layer.attributes.get('layer');
    let inner: { kind: LayerKind; graph: Graph } | undefined;
    const innerShape = input === null ? null : [input[0] ?? null, ...input.slice(2)];
    if (wrapped instanceof LayerValue) {
      const builder = new GraphBuilder(wrapped.name, this.context, `${this.prefix}${layer.name}/`, this.trainable);
      const shape = layer.className === 'TimeDistributed' ? innerShape : input;
      const kind = builder.translate(wrapped, shape).kind;
      inner = { kind, graph: builder.around(wrapped, shape) };
    } else if (wrapped instanceof ModelValue) {
      const { graph } = buildGraph(wrapped, this.context, `${this.prefix}${layer.name}/`, [innerShape]);
      inner = { kind: { kind: 'model', graph, timeDistributed: false }, graph };
    }
    layer.translated = translateLayer(layer, this.context.settings, inner);
    return layer.translated;
  }

  /** A graph of one layer behind an input, for wrappers. */
  private around(layer: LayerValue, shape: Shape | null): Graph {
    const kind: LayerKind =
      shape === null
        ? { kind: 'opaque', reason: t('the shape of the value the wrapper passes on is not known') }
        : { kind: 'input', shape, dtype: 'float32' };
    const node = this.node('input', kind, 'InputLayer', null, false, new Map(), new Map());
    this.layers.set(node.id, node);
    const start = this.call(node.id, [], [shape]);
    const end = this.apply(layer, [{ call: start, output: 0 }]);
    return this.finish([{ call: start, output: 0 }], [{ call: end, output: 0 }]).graph;
  }

  private nodeOf(layer: LayerValue, translated: TranslatedLayer): LayerNode {
    const { kind, config, initializers, remarks } = translated;
    const id = this.prefix + layer.name;
    for (const remark of remarks) this.notice('unknown-value', remark, id);
    if (kind.kind === 'opaque') this.notice('opaque', kind.reason, id);
    const node = this.node(layer.name, kind, layer.className, layer, !layer.isHidden, config, initializers);
    return layer.declaredParameters === undefined ? node : { ...node, declaredParameters: layer.declaredParameters };
  }

  private outcome(node: LayerNode, inputs: readonly (Shape | null)[]): readonly (Shape | null)[] {
    if (node.kind.kind === 'model') {
      // Only TimeDistributed wrappers come here; the axis of steps is put back in front.
      const inner = node.kind.graph;
      const last = inner.calls.at(-1);
      const layer = last === undefined ? undefined : inner.layers.get(last.layer);
      const input = inputs[0] ?? null;
      if (layer === undefined || input === null) return [null];
      const out = this.outcome(layer, [[input[0] ?? null, ...input.slice(2)]])[0] ?? null;
      return [out === null ? null : [out[0] ?? null, input[1] ?? null, ...out.slice(1)]];
    }
    if (node.kind.kind === 'input') return [node.kind.shape];
    const outcome = layerShape(node, inputs);
    return outcome.type === 'shapes' ? outcome.shapes : [null];
  }

  private node(
    name: string,
    kind: LayerKind,
    sourceType: string,
    origin: LayerValue | ModelValue | null,
    listed: boolean,
    config: ReadonlyMap<string, unknown>,
    initializers: LayerNode['initializers']
  ): LayerNode {
    const id = this.prefix + name;
    if (origin !== null && origin.stack.length > 0) {
      this.context.callSites.set(
        id,
        origin.stack.map((at) => this.context.rangeOf(at))
      );
    }
    return {
      id,
      name,
      kind,
      sourceType,
      config,
      weights: [],
      trainable: this.trainable && (origin?.trainable ?? true),
      source: origin === null ? undefined : this.context.rangeOf(origin.at),
      listed,
      initializers
    };
  }

  /** The id under which a layer stands; made once for each layer, so that shared layers stay one. */
  private layerId(layer: LayerValue | ModelValue, make: (name: string) => LayerNode): string {
    const known = this.ids.get(layer);
    if (known !== undefined) return known;
    let name = layer.name;
    for (let i = 2; this.layers.has(this.prefix + name); i++) name = `${layer.name}~${i}`;
    const made = make(name);
    const node = made.name === name ? made : { ...made, name, id: this.prefix + name };
    if (name !== layer.name) {
      this.notice('duplicate-name', t('two layers are called {0}, which Keras does not accept', layer.name), node.id);
    }
    this.layers.set(node.id, node);
    this.ids.set(layer, node.id);
    return node.id;
  }

  private call(layer: string, inputs: readonly ValueRef[], shapes: readonly (Shape | null)[]): number {
    const id = this.calls.length;
    this.calls.push({ id, layer, inputs });
    this.shapes.push(shapes);
    return id;
  }

  private notice(code: string, message: string, layer: string): void {
    const known = this.context.notices.some((other) => other.layer === layer && other.message === message);
    if (!known) this.context.notices.push({ code, message, layer });
  }

  private finish(
    inputs: readonly ValueRef[],
    outputs: readonly ValueRef[],
    layers: ReadonlyMap<string, LayerNode> = this.layers
  ): BuiltGraph {
    const graph: Graph = { name: this.name, layers, calls: this.calls, inputs, outputs };
    return { graph, outputShapes: outputs.map((ref) => this.shapes[ref.call]?.[ref.output] ?? null) };
  }
}

/** An object of the document's own class is a graph once something of known shape reaches it. */
function followed(layer: LayerValue | ModelValue, shapes: readonly (Shape | null)[]): LayerValue | ModelValue {
  const [shape] = shapes;
  if (layer instanceof ModelValue || layer.follow === null || shape === undefined || shape === null) return layer;
  const start = new LayerValue('InputLayer', new Map(), 'input', layer.at, [], null);
  const input = new TensorValue({ layer: start, inputs: [] }, 0);
  input.shape = shape;
  return layer.follow(input) ?? layer;
}

/** The caller's shape completes the declared one. */
function mergeShapes(given: Shape | null, declared: Shape | Unknown): Shape | Unknown {
  if (given === null) return declared;
  if (declared instanceof Unknown || declared.length !== given.length) {
    return declared instanceof Unknown ? [null, ...given.slice(1)] : declared;
  }
  return declared.map((size, axis) => (axis === 0 ? size : (size ?? given[axis] ?? null)));
}
