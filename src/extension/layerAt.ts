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
 * The layer whose constructor call is the smallest range around the position; where none contains it, the first layer that
 * begins on the position's line.
 */
export function layerAt(definition: SourceDefinition, position: CodePosition): string | null {
  const layers = [...layersOf(definition.model.root)].filter(({ listed, source }) => listed || source !== undefined);
  return builtAt(layers, ({ source }) => source ?? null, position)[0]?.id ?? null;
}

/**
 * What is built at a position: the entries whose range is the smallest around it; where none contains it, those that
 * begin on its line.
 */
export function builtAt<T>(
  entries: readonly T[],
  rangeOf: (entry: T) => SourceRange | null,
  position: CodePosition
): readonly T[] {
  const placed = entries.flatMap((entry) => {
    const range = rangeOf(entry);
    return range === null ? [] : [{ entry, range }];
  });
  const around = placed.filter(({ range }) => contains(range, position));
  const smallest = Math.min(...around.map(({ range }) => sizeOf(range)));
  const found =
    around.length > 0
      ? around.filter(({ range }) => sizeOf(range) === smallest)
      : placed.filter(({ range }) => range.cell === position.cell && range.startLine === position.line);
  return found.map(({ entry }) => entry);
}

/** Lines count before columns. */
const sizeOf = (range: SourceRange): number =>
  (range.endLine - range.startLine) * 10_000 + range.endColumn - range.startColumn;

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
