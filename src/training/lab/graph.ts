/** Taking calls out of a graph and putting calls in, whatever the layers are. */
import type { Call, Graph, LayerNode, Model, ValueRef } from '../../core/model';

/** The graph, this one or one inside it, that holds a layer. */
export function graphHolding(graph: Graph, id: string): Graph | null {
  if (graph.layers.has(id)) return graph;
  for (const { kind } of graph.layers.values()) {
    const inner = kind.kind === 'model' ? graphHolding(kind.graph, id) : null;
    if (inner !== null) return inner;
  }
  return null;
}

export function callOf(graph: Graph, layer: string): Call | null {
  return graph.calls.find((call) => call.layer === layer) ?? null;
}

/** The calls that read a layer's values; a graph's output counts as one. */
export function readersOf(graph: Graph, layer: string): readonly (Call | 'output')[] {
  const own = new Set(graph.calls.filter((call) => call.layer === layer).map(({ id }) => id));
  return [
    ...graph.calls.filter(({ inputs }) => inputs.some((ref) => own.has(ref.call))),
    ...graph.outputs.filter((ref) => own.has(ref.call)).map(() => 'output' as const)
  ];
}

/** The model with one of its graphs, found by identity, in another form. */
export function mapGraphs(model: Model, from: Graph, to: Graph): Model {
  const visit = (graph: Graph): Graph => {
    if (graph === from) return to;
    const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => {
      const { kind } = layer;
      return [id, kind.kind === 'model' ? { ...layer, kind: { ...kind, graph: visit(kind.graph) } } : layer];
    });
    return { ...graph, layers: new Map(layers) };
  };
  return { ...model, root: visit(model.root) };
}

/** The graph without a layer; who read one of its values reads the first value that it read. */
export function detached(graph: Graph, layer: string): Graph {
  const newId = new Map<number, number>();
  const passed = new Map<number, ValueRef>();
  const calls: Call[] = [];
  const moved = (ref: ValueRef): ValueRef =>
    passed.get(ref.call) ?? { call: newId.get(ref.call) ?? ref.call, output: ref.output };
  for (const call of graph.calls) {
    const inputs = call.inputs.map(moved);
    const [first] = inputs;
    if (call.layer === layer && first !== undefined) passed.set(call.id, first);
    else {
      newId.set(call.id, calls.length);
      calls.push({ ...call, id: calls.length, inputs });
    }
  }
  const layers = new Map(graph.layers);
  layers.delete(layer);
  return { ...graph, layers, calls, inputs: graph.inputs.map(moved), outputs: graph.outputs.map(moved) };
}

/** The graph with a new layer behind every call of another: who read the first value of that call reads the new layer's. */
export function inserted(graph: Graph, after: string, node: LayerNode): Graph {
  const newId = new Map<number, number>();
  const behind = new Map<number, number>();
  const calls: Call[] = [];
  const moved = (ref: ValueRef): ValueRef => {
    const next = ref.output === 0 ? behind.get(ref.call) : undefined;
    return next === undefined
      ? { call: newId.get(ref.call) ?? ref.call, output: ref.output }
      : { call: next, output: 0 };
  };
  for (const call of graph.calls) {
    const id = calls.length;
    const inputs = call.inputs.map(moved);
    newId.set(call.id, id);
    calls.push({ ...call, id, inputs });
    if (call.layer !== after) continue;
    behind.set(call.id, id + 1);
    calls.push({ id: id + 1, layer: node.id, inputs: [{ call: id, output: 0 }] });
  }
  const layers: [string, LayerNode][] = [];
  for (const [id, layer] of graph.layers) {
    layers.push([id, layer]);
    if (id === after) layers.push([node.id, node]);
  }
  // An input stays the call that values are bound to.
  const inputs = graph.inputs.map((ref) => ({ call: newId.get(ref.call) ?? ref.call, output: ref.output }));
  return { ...graph, layers: new Map(layers), calls, inputs, outputs: graph.outputs.map(moved) };
}
