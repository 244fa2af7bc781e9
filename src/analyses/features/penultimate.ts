/** Where a network's last features are: what its last layer with a kernel reads. */
import type { KindName } from '../../core/layerKind';
import type { Graph } from '../../core/model';
import { countCalls, valueKey } from '../../engine/experiment';

export interface Penultimate {
  /** `valueKey` of the features. */
  readonly features: string;
  /** The layer that gives them, and the one that reads them. */
  readonly layer: string;
  readonly reader: string;
  /** `valueKey` of the first output. */
  readonly output: string;
}

const reading: ReadonlySet<KindName> = new Set([
  'dense',
  'conv',
  'depthwiseConv',
  'separableConv',
  'convTranspose',
  'recurrent'
]);

interface Value {
  readonly layer: string;
  readonly key: string;
}

type Found =
  | { readonly kind: 'read'; readonly reader: string; readonly source: Value | null }
  /** The value comes from outside unchanged in kind: the graph's input with this index. */
  | { readonly kind: 'outside'; readonly input: number }
  | { readonly kind: 'nowhere' };

/**
 * Walks back from the first output, through the first input of each layer, nested models entered.
 * @returns `null` where no layer with a kernel is met, where it reads the network's own input, or a second output
 */
export function penultimate(graph: Graph): Penultimate | null {
  const keys = keysOf(graph, new Map());
  const [out] = graph.outputs;
  const output = out === undefined ? undefined : keys.own[out.call];
  if (out?.output !== 0 || output === undefined) return null;
  const found = back(graph, new Map(), out.call, () => null);
  if (found.kind !== 'read' || found.source === null) return null;
  return { features: found.source.key, layer: found.source.layer, reader: found.reader, output: output.key };
}

/** Keys of the values of a graph's calls, and the counts before each call. */
function keysOf(graph: Graph, before: ReadonlyMap<string, number>) {
  const counts = new Map(before);
  const own: Value[] = [];
  const starts: ReadonlyMap<string, number>[] = [];
  for (const call of graph.calls) {
    const node = graph.layers.get(call.layer);
    const key = valueKey(call.layer, counts.get(call.layer) ?? 0);
    own.push({ layer: call.layer, key });
    // Calls inside a nested model count from after the model's own call.
    const inside = new Map(counts);
    inside.set(call.layer, (counts.get(call.layer) ?? 0) + 1);
    starts.push(inside);
    if (node !== undefined) countCalls(node, counts);
  }
  return { own, starts };
}

/** @param outer the value that the graph's input with an index stands for; `null` for the network's own input */
function back(
  graph: Graph,
  before: ReadonlyMap<string, number>,
  from: number,
  outer: (input: number) => Value | null
): Found {
  const { own, starts } = keysOf(graph, before);
  const valueAt = (id: number): Value | null => {
    const input = graph.inputs.findIndex((ref) => ref.call === id);
    return input >= 0 ? outer(input) : (own[id] ?? null);
  };
  for (let id = from; ;) {
    const input = graph.inputs.findIndex((ref) => ref.call === id);
    if (input >= 0) return { kind: 'outside', input };
    const call = graph.calls[id];
    const node = call === undefined ? undefined : graph.layers.get(call.layer);
    if (call === undefined || node === undefined) return { kind: 'nowhere' };
    let next = call.inputs[0];
    if (node.kind.kind === 'model') {
      const inner = node.kind.graph;
      const end = inner.outputs[0]?.call;
      if (end === undefined) return { kind: 'nowhere' };
      const outside = (index: number): Value | null => {
        const ref = call.inputs[index];
        return ref?.output === 0 ? valueAt(ref.call) : null;
      };
      const found = back(inner, starts[id] ?? before, end, outside);
      if (found.kind !== 'outside') return found;
      next = call.inputs[found.input];
    } else if (reading.has(node.kind.kind)) {
      return { kind: 'read', reader: node.id, source: next?.output === 0 ? valueAt(next.call) : null };
    }
    if (next === undefined) return { kind: 'nowhere' };
    id = next.call;
  }
}
