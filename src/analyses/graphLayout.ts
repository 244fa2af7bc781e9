/** Places a graph's layers on a plane, top to bottom, with dagre. */
import { Graph as DagreGraph, layout } from '@dagrejs/dagre';
import type { Graph } from '../core/model';
import type { GraphLayout } from '../protocol/requests';

const nodeSize = { width: 180, height: 40 } as const;

/** One node for each layer (a shared layer is one node), one edge for each pair of layers that pass a value on. */
export function layoutGraph(graph: Graph): GraphLayout {
  const dagre = new DagreGraph();
  dagre.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 32 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const call of graph.calls) dagre.setNode(call.layer, { ...nodeSize });
  for (const call of graph.calls) {
    for (const input of call.inputs) {
      const from = graph.calls[input.call]?.layer;
      if (from !== undefined && from !== call.layer) dagre.setEdge(from, call.layer);
    }
  }
  layout(dagre);
  const nodes = dagre.nodes().map((layer) => {
    const place = dagre.node(layer);
    return { layer, x: Number(place.x ?? 0), y: Number(place.y ?? 0), ...nodeSize };
  });
  const edges = dagre.edges().map(({ v, w }) => {
    const points = dagre.edge(v, w).points ?? [];
    return {
      from: v,
      to: w,
      points: points.map((point: { x: number; y: number }): readonly [number, number] => [point.x, point.y])
    };
  });
  const right = Math.max(0, ...nodes.map((node) => node.x + node.width / 2));
  const bottom = Math.max(0, ...nodes.map((node) => node.y + node.height / 2));
  return { width: right, height: bottom, nodes, edges };
}
