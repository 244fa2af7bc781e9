/** Whether a batch norm layer can be folded into the layer before it, and if not, why. */
import { channelAxis } from '../../core/shape';
import type { Graph, LayerNode } from '../../core/model';
import type { KindOf } from '../../core/layerKind';
import type { NoFold } from '../../protocol/effects/normalization';
import { formOf } from './plan';

export type LinearKind = KindOf<'conv' | 'depthwiseConv' | 'separableConv' | 'convTranspose' | 'dense'>;

/** A linear layer and the batch norm behind it. */
export interface FoldPair {
  readonly linear: LayerNode;
  readonly linearKind: LinearKind;
  readonly norm: LayerNode;
  readonly normKind: KindOf<'batchNorm'>;
}

export type Foldable = { readonly ok: true; readonly pair: FoldPair } | { readonly ok: false; readonly reason: NoFold };

const no = (reason: NoFold): Foldable => ({ ok: false, reason });

/** The graph, nested ones included, that holds the layer's own calls. */
export function graphWith(graph: Graph, layer: string): Graph | null {
  if (graph.layers.has(layer) && graph.calls.some((call) => call.layer === layer)) return graph;
  for (const node of graph.layers.values()) {
    const found = node.kind.kind === 'model' ? graphWith(node.kind.graph, layer) : null;
    if (found !== null) return found;
  }
  return null;
}

/**
 * Folding needs a linear layer directly before (no activation in between), read by the batch norm alone, both called once,
 * channels on the same axis, and moving statistics.
 */
export function foldableOf(root: Graph, norm: LayerNode): Foldable {
  const { kind } = norm;
  if (kind.kind !== 'batchNorm') {
    if (kind.kind !== 'layerNorm' && kind.kind !== 'groupNorm') return no({ why: 'notLinear', layer: norm.name });
    return no({ why: 'form', form: formOf(kind, 0) });
  }
  if (!kind.tracksStatistics) return no({ why: 'noStatistics' });
  const graph = graphWith(root, norm.id);
  const calls = graph?.calls.filter((call) => call.layer === norm.id) ?? [];
  const [call] = calls;
  if (graph === null || call === undefined) return no({ why: 'notLinear', layer: norm.name });
  if (calls.length > 1) return no({ why: 'calledTwice', layer: norm.name });
  const source = call.inputs[0];
  const before = graph.calls[source?.call ?? -1];
  const linear = graph.layers.get(before?.layer ?? '');
  if (source === undefined || before === undefined || linear === undefined)
    return no({ why: 'notLinear', layer: norm.name });
  const kindBefore = linear.kind;
  if (kindBefore.kind === 'activation')
    return no({ why: 'activation', layer: linear.name, activation: kindBefore.activation.name });
  if (!isLinearKind(kindBefore)) return no({ why: 'notLinear', layer: linear.name });
  if (kindBefore.activation.name !== 'linear')
    return no({ why: 'activation', layer: linear.name, activation: kindBefore.activation.name });
  if (graph.calls.filter((other) => other.layer === linear.id).length > 1)
    return no({ why: 'calledTwice', layer: linear.name });
  const readers = graph.calls.filter((other) => other.inputs.some((ref) => ref.call === before.id));
  const names = readers.map((other) => graph.layers.get(other.layer)?.name ?? other.layer);
  if (readers.length > 1) return no({ why: 'branch', layer: linear.name, readers: names });
  if (graph.outputs.some((ref) => ref.call === before.id))
    return no({ why: 'branch', layer: linear.name, readers: [...names, graph.name] });
  const rank = kindBefore.kind === 'dense' ? null : kindBefore.rank + 2;
  const axis = rank === null || kindBefore.kind === 'dense' ? -1 : channelAxis(rank, kindBefore.dataFormat);
  const normAxis = kind.axis < 0 && rank !== null ? kind.axis + rank : kind.axis;
  // A dense layer's units are its last axis, whatever the rank of its input: 1 is the last axis of a matrix.
  if (kindBefore.kind === 'dense' ? normAxis !== -1 && normAxis !== 1 : normAxis !== axis)
    return no({ why: 'axis', layer: linear.name });
  if (linear.weights.length === 0 || norm.weights.length === 0) return no({ why: 'noWeights', layer: linear.name });
  return { ok: true, pair: { linear, linearKind: kindBefore, norm, normKind: kind } };
}

function isLinearKind(kind: LayerNode['kind']): kind is LinearKind {
  return (
    kind.kind === 'conv' ||
    kind.kind === 'depthwiseConv' ||
    kind.kind === 'separableConv' ||
    kind.kind === 'convTranspose' ||
    kind.kind === 'dense'
  );
}
