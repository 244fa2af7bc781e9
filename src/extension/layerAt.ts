/** From a place in the code to the layer built there, and from a key to its definition. */
import type { Graph, LayerNode, SourceRange } from '../core/model';
import type { SourceAnalysis, SourceDefinition } from '../source/types';

/** Zero-based, as editors count inside; `cell` for notebooks. */
export interface CodePosition {
  readonly line: number;
  readonly column: number;
  readonly cell: number | undefined;
}

export function definitionOf(analysis: SourceAnalysis, key: string): SourceDefinition | null {
  return analysis.definitions.find((definition) => definition.key === key) ?? null;
}

/** The definition whose constructor or one of whose layers stands at the position. */
export function definitionAt(analysis: SourceAnalysis, position: CodePosition): SourceDefinition | null {
  return (
    analysis.definitions.find((definition) => layerAt(definition, position) !== null) ??
    analysis.definitions.find((definition) => contains(definition.range, position)) ??
    null
  );
}

/**
 * The layer whose constructor call is the smallest range around the position; where none contains it, the one layer that
 * begins on the position's line.
 */
export function layerAt(definition: SourceDefinition, position: CodePosition): string | null {
  let best: { readonly id: string; readonly size: number } | null = null;
  let onLine: string | null = null;
  for (const layer of layersOf(definition.model.root)) {
    const { source } = layer;
    if (source === undefined || !layer.listed || source.cell !== position.cell) continue;
    if (contains(source, position)) {
      const size = (source.endLine - source.startLine) * 10_000 + source.endColumn - source.startColumn;
      if (best === null || size < best.size) best = { id: layer.id, size };
    } else if (source.startLine === position.line) onLine ??= layer.id;
  }
  return best?.id ?? onLine;
}

/** Every layer, those of nested models behind the layer that holds them. */
export function* layersOf(graph: Graph): Generator<LayerNode> {
  for (const layer of graph.layers.values()) {
    yield layer;
    if (layer.kind.kind === 'model') yield* layersOf(layer.kind.graph);
  }
}

export function contains(range: SourceRange, position: CodePosition): boolean {
  if (range.cell !== position.cell) return false;
  const afterStart =
    position.line > range.startLine || (position.line === range.startLine && position.column >= range.startColumn);
  const beforeEnd =
    position.line < range.endLine || (position.line === range.endLine && position.column <= range.endColumn);
  return afterStart && beforeEnd;
}
