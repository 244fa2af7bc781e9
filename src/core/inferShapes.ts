/**
 * Shape inference over a graph, without running anything. A mismatch becomes a diagnostic and stops only what depends on
 * it; an opaque layer stops what depends on it without a diagnostic. Linear in the number of calls: a nested graph is
 * inferred once for each set of input shapes it is called with.
 */
import type { KindOf } from './layerKind';
import type { Call, Graph, LayerNode } from './model';
import type { Dim, Shape } from './shape';
import type { Diagnostic } from './summary';
import { layerShape } from './shapes/layerShape';
import { mismatch, shapes, unknown, type ShapeOutcome } from './shapes/outcome';
import { t } from './texts';

/** What is known about one call. */
export interface CallShapes {
  readonly inputs: readonly (Shape | null)[];
  /** Empty where nothing is known, with the reason in `reason`. */
  readonly outputs: readonly Shape[];
  readonly reason: string | null;
  /** The calls inside a nested model, with the shapes of this call. */
  readonly nested: GraphShapes | null;
}

export interface GraphShapes {
  readonly graph: Graph;
  /** By call. */
  readonly calls: readonly CallShapes[];
  /** In `Graph.outputs` order. */
  readonly outputs: readonly (Shape | null)[];
  /** Of this graph and the graphs inside it; each fault once. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Nested deeper than this no honest model is; a hostile file might be. */
const DEEPEST = 64;

interface Context {
  readonly depth: number;
  readonly seen: Map<Graph, Map<string, GraphShapes>>;
}

/** A fault of a layer as a diagnostic, at the place of its definition where there is one. */
export function layerDiagnostic(
  severity: Diagnostic['severity'],
  code: string,
  layer: LayerNode,
  message: string
): Diagnostic {
  return {
    severity,
    code,
    message: `${layer.name}: ${message}`,
    layer: layer.id,
    line: layer.source === undefined ? null : layer.source.startLine + 1,
    column: layer.source === undefined ? null : layer.source.startColumn + 1
  };
}

/**
 * Shapes of every call of a graph.
 * @param inputShapes shapes by name of the input layer, batch axis first, in place of the declared ones.
 */
export function inferShapes(graph: Graph, inputShapes: ReadonlyMap<string, Shape> = new Map()): GraphShapes {
  const given = graph.inputs.map((ref) => {
    const layer = layerOf(graph, graph.calls[ref.call]);
    return layer === null ? null : (inputShapes.get(layer.name) ?? inputShapes.get(layer.id) ?? null);
  });
  return inferGraph(graph, given, { depth: 0, seen: new Map() });
}

function layerOf(graph: Graph, call: Call | undefined): LayerNode | null {
  return call === undefined ? null : (graph.layers.get(call.layer) ?? null);
}

function inferGraph(graph: Graph, given: readonly (Shape | null)[], context: Context): GraphShapes {
  const memo = context.seen.get(graph) ?? new Map<string, GraphShapes>();
  context.seen.set(graph, memo);
  const key = JSON.stringify(given);
  const before = memo.get(key);
  if (before !== undefined) return before;

  const bound = new Map(graph.inputs.map((ref, i) => [ref.call, given[i] ?? null]));
  const calls: CallShapes[] = [];
  const diagnostics: Diagnostic[] = [];
  const nestedSeen = new Set<GraphShapes>();
  for (const call of graph.calls) {
    const layer = layerOf(graph, call);
    const inputs = call.inputs.map((ref) => calls[ref.call]?.outputs[ref.output] ?? null);
    if (layer === null) {
      const reason = t('a call names the layer {0}, which the model does not hold', call.layer);
      diagnostics.push({
        severity: 'error',
        code: 'graph-broken',
        message: reason,
        layer: null,
        line: null,
        column: null
      });
      calls.push({ inputs, outputs: [], reason, nested: null });
      continue;
    }
    const nested = layer.kind.kind === 'model' ? inferNested(layer.kind, inputs, context) : null;
    const outcome = outcomeOf(layer, inputs, bound.get(call.id) ?? null, nested);
    if (outcome.type === 'mismatch') diagnostics.push(layerDiagnostic('error', outcome.code, layer, outcome.message));
    if (nested !== null && !nestedSeen.has(nested)) {
      nestedSeen.add(nested);
      diagnostics.push(...nested.diagnostics);
    }
    calls.push({
      inputs,
      outputs: outcome.type === 'shapes' ? outcome.shapes : [],
      reason: outcome.type === 'shapes' ? null : outcome.type === 'mismatch' ? outcome.message : outcome.reason,
      nested
    });
  }
  const outputs = graph.outputs.map((ref) => calls[ref.call]?.outputs[ref.output] ?? null);
  const result = { graph, calls, outputs, diagnostics };
  memo.set(key, result);
  return result;
}

function outcomeOf(
  layer: LayerNode,
  inputs: readonly (Shape | null)[],
  given: Shape | null,
  nested: GraphShapes | null
): ShapeOutcome {
  const { kind } = layer;
  if (kind.kind === 'input') return inputShape(kind, given);
  if (kind.kind !== 'model') return layerShape(layer, inputs);
  if (nested === null) return unknown(t('models are nested too deeply to follow'));
  const known = nested.outputs.filter((shape) => shape !== null);
  if (known.length < nested.outputs.length || known.length === 0) {
    return unknown(t('the nested model has an output of unknown shape'));
  }
  if (!kind.timeDistributed) return shapes(...known);
  const steps = inputs[0]?.[1] ?? null;
  return shapes(...known.map((shape) => [shape[0] ?? null, steps, ...shape.slice(1)]));
}

/** The declared shape, made more exact by the value that is really bound to it. */
function inputShape(kind: KindOf<'input'>, given: Shape | null): ShapeOutcome {
  if (given === null) return shapes(kind.shape);
  if (given.length !== kind.shape.length) {
    return mismatch(
      'shape-rank',
      t('the input is declared with {0} axes, but gets a value with {1}', kind.shape.length, given.length)
    );
  }
  // Channels of another number than declared are the concern of the layer that reads them; sizes may differ freely.
  return shapes(given.map((size: Dim, axis) => size ?? kind.shape[axis] ?? null));
}

function inferNested(kind: KindOf<'model'>, inputs: readonly (Shape | null)[], context: Context): GraphShapes | null {
  if (context.depth >= DEEPEST) return null;
  const given = kind.timeDistributed ? inputs.map(withoutTime) : inputs;
  return inferGraph(kind.graph, given, { ...context, depth: context.depth + 1 });
}

/** `[N, T, …]` as the wrapped graph sees it: `[N, …]`. */
function withoutTime(shape: Shape | null): Shape | null {
  return shape === null ? null : [shape[0] ?? null, ...shape.slice(2)];
}
