/** What the checks look at: a definition with the shapes of every use of its layers and the text it stands in. */
import { inferShapes, type CallShapes, type GraphShapes } from '../core/inferShapes';
import type { Call, Graph, LayerNode, Model } from '../core/model';
import type { Shape } from '../core/shape';
import type { ModelSummary } from '../core/summary';
import { callAt, type CallText } from './callText';
import type { SourceText } from './sourceText';

/** One use of a layer: a call of the graph with what goes in, what comes out, and its neighbours. */
export interface Use {
  readonly layer: LayerNode;
  readonly graph: Graph;
  readonly inputs: readonly (Shape | null)[];
  /** First output; `null` where it is not known. */
  readonly output: Shape | null;
  /** The uses whose values it reads, in the order of its inputs. */
  readonly before: readonly Use[];
  /** The uses that read its value. */
  readonly after: readonly Use[];
  /** It gives one of the whole model's outputs. */
  readonly isOutput: boolean;
}

export interface Subject {
  readonly key: string;
  readonly model: Model;
  readonly summary: ModelSummary;
  readonly shapes: GraphShapes;
  /** Every use, also inside nested models, in topological order. */
  readonly uses: readonly Use[];
  readonly text: SourceText | null;
  /** Whether it is a part of another model of the same text: then its end is no output of a network. */
  readonly isPart: boolean;
  /** The call that makes a layer, as it is written; `null` where it is made in another way. */
  callOf(layer: LayerNode): CallText | null;
}

export interface SubjectInput {
  readonly key: string;
  readonly model: Model;
  readonly summary: ModelSummary;
}

/** The definitions of one text, or one model of a file. */
export function subjectsOf(inputs: readonly SubjectInput[], text: SourceText | null): readonly Subject[] {
  const calls = new Map<string, CallText | null>();
  const byLayer = new WeakMap<LayerNode, CallText | null>();
  const callOf = (layer: LayerNode): CallText | null => {
    const known = byLayer.get(layer);
    if (known !== undefined) return known;
    const found = findCall(layer);
    byLayer.set(layer, found);
    return found;
  };
  // Layers of a loop share one call.
  const findCall = ({ source, sourceType }: LayerNode): CallText | null => {
    if (text === null || source === undefined) return null;
    const place = [source.cell, source.startLine, source.startColumn, source.endLine, source.endColumn].join();
    const known = calls.get(place);
    const call = known === undefined ? callAt(text, source) : known;
    calls.set(place, call);
    return call !== null && sameName(call.name, sourceType) ? call : null;
  };
  const places = inputs.map(({ model }) => placesOf(model.root));
  return inputs.map(({ key, model, summary }, own) => {
    const shapes = inferShapes(model.root);
    const isPart = places.some((whole, i) => i !== own && holds(whole, places[own] ?? new Set()));
    return { key, model, summary, shapes, uses: usesOf(shapes, model.root), text, isPart, callOf };
  });
}

/** `tf.layers.conv2d` makes what TensorFlow.js saves as `Conv2D`; `Input` makes an `InputLayer`. */
function sameName(called: string, sourceType: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/layer$/, '');
  return plain(called) === plain(sourceType);
}

/** Whether the layers of `part` are a proper part of the whole's. */
function holds(whole: ReadonlySet<string>, part: ReadonlySet<string>): boolean {
  if (part.size === 0 || part.size >= whole.size) return false;
  for (const place of part) if (!whole.has(place)) return false;
  return true;
}

/** Where the layers of a model stand, inputs left out: a part of a model has inputs of its own. */
function placesOf(graph: Graph): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { kind, source, name } of allLayers(graph)) {
    if (kind.kind === 'input' || kind.kind === 'model') continue;
    places.add(source === undefined ? `?${name}` : [source.cell, source.startLine, source.startColumn, name].join());
  }
  return places;
}

/** Every layer of a graph and of the graphs inside it. */
export function* allLayers(graph: Graph): Generator<LayerNode> {
  for (const layer of graph.layers.values()) {
    yield layer;
    if (layer.kind.kind === 'model') yield* allLayers(layer.kind.graph);
  }
}

interface OpenUse extends Use {
  readonly after: Use[];
}

function usesOf(shapes: GraphShapes, root: Graph, found: Use[] = [], seen = new Set<GraphShapes>()): readonly Use[] {
  if (seen.has(shapes)) return found;
  seen.add(shapes);
  const { graph } = shapes;
  const outputs = new Set(graph === root ? graph.outputs.map(({ call }) => call) : []);
  const byCall: (OpenUse | null)[] = [];
  for (const call of graph.calls) {
    const values = shapes.calls[call.id];
    const layer = graph.layers.get(call.layer);
    const use = layer === undefined || values === undefined ? null : useOf(call, layer, graph, values, byCall, outputs);
    byCall.push(use);
    if (use === null) continue;
    for (const each of new Set(use.before)) (each as OpenUse).after.push(use);
    found.push(use);
    if (values !== undefined && values.nested !== null) usesOf(values.nested, root, found, seen);
  }
  return found;
}

function useOf(
  call: Call,
  layer: LayerNode,
  graph: Graph,
  { inputs, outputs }: CallShapes,
  byCall: readonly (OpenUse | null)[],
  ends: ReadonlySet<number>
): OpenUse {
  return {
    layer,
    graph,
    inputs,
    output: outputs[0] ?? null,
    before: call.inputs.flatMap((ref) => byCall[ref.call] ?? []),
    after: [],
    isOutput: ends.has(call.id)
  };
}
