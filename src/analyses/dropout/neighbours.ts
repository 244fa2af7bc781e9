/** What stands beside a call: the layers that read it, through layers that only pass values on. */
import type { Call, Graph, LayerNode } from '../../core/model';
import type { KindName } from '../../core/layerKind';
import { isNoise } from '../../core/noise';

const passing: readonly KindName[] = [
  'identity',
  'activation',
  'dropout',
  'alphaDropout',
  'gaussianDropout',
  'gaussianNoise'
];

/** The graph that calls a layer, nested ones included. */
export function graphWith(graph: Graph, layer: string): Graph | null {
  if (graph.layers.has(layer)) return graph;
  for (const node of graph.layers.values()) {
    const found = node.kind.kind === 'model' ? graphWith(node.kind.graph, layer) : null;
    if (found !== null) return found;
  }
  return null;
}

/** Every layer once, in the order of its first call, nested graphs entered. */
export function executed(graph: Graph, found = new Map<string, LayerNode>()): LayerNode[] {
  for (const call of graph.calls) {
    const node = graph.layers.get(call.layer);
    if (node === undefined || found.has(node.id)) continue;
    found.set(node.id, node);
    if (node.kind.kind === 'model') executed(node.kind.graph, found);
  }
  return [...found.values()];
}

const readersOf = (graph: Graph, call: Call): readonly Call[] =>
  graph.calls.filter((other) => other.inputs.some((ref) => ref.call === call.id));

/** A layer's call in its graph; where the graph itself is called several times, its calls are counted through. */
function callOf(graph: Graph, layer: string, occurrence: number): Call | undefined {
  const own = graph.calls.filter((one) => one.layer === layer);
  return own[occurrence % Math.max(1, own.length)];
}

/** The dense layer that reads a call's values directly. */
export function denseAfter(graph: Graph, layer: string, occurrence = 0): LayerNode | null {
  const call = callOf(graph, layer, occurrence);
  if (call === undefined) return null;
  for (const reader of readersOf(graph, call)) {
    const node = graph.layers.get(reader.layer);
    if (node?.kind.kind === 'dense') return node;
  }
  return null;
}

/** A batch norm right before or right after a layer, activations and dropouts in between not counted. */
export function batchNormBeside(graph: Graph, layer: string, occurrence = 0): LayerNode | null {
  return beside(graph, layer, occurrence, (node) => node.kind.kind === 'batchNorm');
}

export function dropoutBeside(graph: Graph, layer: string, occurrence = 0): LayerNode | null {
  return beside(graph, layer, occurrence, (node) => isNoise(node.kind));
}

function beside(graph: Graph, layer: string, occurrence: number, fits: (node: LayerNode) => boolean): LayerNode | null {
  const start = callOf(graph, layer, occurrence);
  const own = graph.layers.get(layer);
  if (start === undefined || own === undefined) return null;
  if (fits(own)) return own;
  const search = (from: Call, step: (call: Call) => readonly Call[]): LayerNode | null => {
    const seen = new Set<number>([from.id]);
    let front = step(from);
    for (let depth = 0; depth < 4 && front.length > 0; depth++) {
      const further: Call[] = [];
      for (const call of front) {
        const node = graph.layers.get(call.layer);
        if (seen.has(call.id) || node === undefined) continue;
        seen.add(call.id);
        if (fits(node)) return node;
        if (passing.includes(node.kind.kind)) further.push(...step(call));
      }
      front = further;
    }
    return null;
  };
  const before = (call: Call): readonly Call[] =>
    call.inputs.map((ref) => graph.calls[ref.call]).filter((one): one is Call => one !== undefined);
  return search(start, (call) => readersOf(graph, call)) ?? search(start, before);
}
