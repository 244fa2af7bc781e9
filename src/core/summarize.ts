/**
 * The summary of a model: one row for each layer, totals, and what is wrong. Rows stand in topological order; nested
 * models are rows with rows of their own. Counting rules: docs/counting.md.
 */
import { spreadFields, type FieldState, type Visit, type Spread } from './field/spread';
import { inferShapes, layerDiagnostic, type CallShapes, type GraphShapes } from './inferShapes';
import { callMacs, graphActivationBytes, graphMacs, outputBytes, timeSteps } from './macs';
import type { Call, Graph, LayerNode, Model } from './model';
import { countParameters, type CountingRules, type ParameterCount } from './parameters';
import { describeField, type ReceptiveField } from './receptiveField';
import type { Shape } from './shape';
import type { Diagnostic, LayerRow, ModelSummary, PortRow, Totals } from './summary';
import { layerTitle } from './words';

export interface SummarizeOptions {
  /** Shapes by name of the input layer, batch axis first, in place of the declared ones. */
  readonly inputShapes?: ReadonlyMap<string, Shape> | undefined;
}

type Count = number | null;

/** `null` as soon as one part is not known. */
const plus = (a: Count, b: Count): Count => (a === null || b === null ? null : a + b);

/** Keras, TF.js and every file without a graph count moving statistics; a PyTorch module calls them buffers. */
export function countingRules(model: Model): CountingRules {
  const hasGraph = model.topology === 'exact' || model.topology === 'sequential' || model.format === 'pytorch-source';
  return {
    framework: model.framework,
    statisticsAreParameters: !(model.framework === 'pytorch' && hasGraph),
    // What a joined file lacks is told by `weightsFit`, and counted from the code.
    weightsAreComplete: model.weightsOrigin.kind === 'file' && model.weightsFit === undefined
  };
}

interface Context {
  readonly rules: CountingRules;
  readonly model: Model;
  readonly spread: Spread;
  readonly diagnostics: Diagnostic[];
  /** Each layer's parameters count once, wherever it is used. */
  readonly counted: Map<LayerNode, ParameterCount>;
  readonly fields: Map<FieldState, ReceptiveField>;
  readonly memo: { readonly macs: Map<GraphShapes, Count>; readonly bytes: Map<GraphShapes, Count> };
}

/** Never throws on a broken model: faults are `diagnostics`, unknown counts are `null`. */
export function summarize(model: Model, options: SummarizeOptions = {}): ModelSummary {
  const shapes = inferShapes(model.root, options.inputShapes);
  const context: Context = {
    rules: countingRules(model),
    model,
    spread: spreadFields(shapes),
    diagnostics: [...shapes.diagnostics],
    counted: new Map(),
    fields: new Map(),
    memo: { macs: new Map(), bytes: new Map() }
  };
  const layers = graphRows(model.root, shapes, context, false);
  context.diagnostics.push(...fitDiagnostics(model));
  return {
    name: model.name,
    line: model.source === undefined ? null : model.source.startLine + 1,
    cell: model.source?.cell ?? null,
    format: model.format,
    frameworkVersion: model.frameworkVersion,
    topology: model.topology,
    weightsOrigin: model.weightsOrigin,
    inputs: ports(model.root, shapes, model.root.inputs),
    outputs: ports(model.root, shapes, model.root.outputs),
    layers,
    totals: totalsOf(layers, context, model),
    fileBytes: model.fileBytes,
    diagnostics: context.diagnostics,
    notices: model.notices,
    classNames: model.classNames,
    weightsFit: model.weightsFit ?? null
  };
}

/** A warning for each layer of the code whose weights in the joined file do not fit. */
function fitDiagnostics({ root, weightsFit }: Model): Diagnostic[] {
  if (weightsFit === undefined) return [];
  const layers = layersById(root);
  return weightsFit.rows.flatMap(({ layer: id, status, reason }) => {
    const layer = id === null ? undefined : layers.get(id);
    if (layer === undefined || status === 'matched' || reason === null) return [];
    return [layerDiagnostic('warning', 'weights-do-not-fit', layer, reason)];
  });
}

function layersById(graph: Graph, found = new Map<string, LayerNode>()): Map<string, LayerNode> {
  for (const [id, layer] of graph.layers) {
    found.set(id, layer);
    if (layer.kind.kind === 'model') layersById(layer.kind.graph, found);
  }
  return found;
}

function ports(graph: Graph, shapes: GraphShapes, refs: Graph['inputs']): PortRow[] {
  return refs.map((ref) => {
    const layer = graph.layers.get(graph.calls[ref.call]?.layer ?? '');
    return { name: layer?.name ?? '?', shape: shapes.calls[ref.call]?.outputs[ref.output] ?? null };
  });
}

/** One use of a layer with what is known about it. */
interface Use {
  readonly call: Call;
  readonly values: CallShapes;
}

function graphRows(graph: Graph, shapes: GraphShapes | null, context: Context, frozen: boolean): LayerRow[] {
  const uses = new Map<string, Use[]>();
  for (const call of shapes === null ? [] : graph.calls) {
    const values = shapes?.calls[call.id];
    if (values === undefined) continue;
    const list = uses.get(call.layer);
    if (list === undefined) uses.set(call.layer, [{ call, values }]);
    else list.push({ call, values });
  }
  // Called layers in the order of their first call, then layers nothing calls, in the file's order.
  const order = [...uses.keys(), ...[...graph.layers.keys()].filter((id) => !uses.has(id))];
  const rows: LayerRow[] = [];
  for (const id of order) {
    const layer = graph.layers.get(id);
    if (layer !== undefined) rows.push(layerRow(layer, graph, uses.get(id) ?? [], context, frozen));
  }
  return rows;
}

function layerRow(layer: LayerNode, graph: Graph, uses: readonly Use[], context: Context, frozen: boolean): LayerRow {
  const [first] = uses;
  const visit = context.spread.layers.get(layer.id);
  const outputShape = first?.values.outputs[0] ?? null;
  const field = visit === undefined ? NO_FIELD : fieldOf(visit, context);
  const nested =
    layer.kind.kind === 'model'
      ? graphRows(layer.kind.graph, first?.values.nested ?? null, context, frozen || !layer.trainable)
      : null;
  const count = nested === null ? parametersOf(layer, first, context, frozen) : nestedCount(nested, layer, frozen);
  const { source } = layer;
  return {
    id: layer.id,
    name: layer.name,
    kind: layer.kind.kind,
    sourceType: layer.sourceType,
    title: layerTitle(layer.kind),
    inputs: first === undefined ? [] : listedInputs(graph, first.call),
    calls: uses.length,
    inputShapes: first?.values.inputs ?? [],
    outputShape,
    params: count.params,
    trainableParams: count.trainable,
    macs: sumOverUses(uses, (use) => useMacs(layer, use, context)),
    activationBytes: sumOverUses(uses, (use) => useBytes(layer, use, context)),
    receptiveField: field.size,
    effectiveStride: field.stride,
    receptiveFieldOffset: field.offset,
    receptiveFieldNote: field.note,
    laterReceptiveFields: laterFields(layer, field, context),
    line: source === undefined ? null : source.startLine + 1,
    endLine: source === undefined ? null : source.endLine + 1,
    cell: source?.cell ?? null,
    source: source ?? null,
    weights: layer.weights.map(({ role, name, dtype, shape }) => ({ role, name, dtype, shape })),
    note: noteOf(layer, first, count, context),
    listed: layer.listed,
    layers: nested
  };
}

const NO_FIELD: ReceptiveField = { size: null, stride: null, offset: null, note: null };

/** Layers that leave positions alone share their input's field. */
function fieldOf(visit: Visit, { fields, spread }: Context): ReceptiveField {
  const before = fields.get(visit.state);
  if (before !== undefined) return before;
  const field = describeField(visit.state, visit.shape, spread);
  fields.set(visit.state, field);
  return field;
}

/** Sizes of the receptive fields of later uses of a shared layer that differ from the first and from each other. */
function laterFields(layer: LayerNode, first: ReceptiveField, context: Context): (readonly number[] | null)[] {
  const found = new Map<string, readonly number[] | null>();
  for (const visit of context.spread.later.get(layer.id) ?? []) {
    const { size } = fieldOf(visit, context);
    found.set(String(size), size);
  }
  found.delete(String(first.size));
  return [...found.values()];
}

function sumOverUses(uses: readonly Use[], count: (use: Use) => Count): Count {
  return uses.length === 0 ? null : uses.reduce<Count>((sum, use) => plus(sum, count(use)), 0);
}

function useMacs(layer: LayerNode, { values }: Use, { memo }: Context): Count {
  if (layer.kind.kind !== 'model') return callMacs(layer, values);
  return perStep(values.nested === null ? null : graphMacs(values.nested, memo.macs), layer, values);
}

function useBytes(layer: LayerNode, { values }: Use, { memo }: Context): Count {
  if (layer.kind.kind !== 'model') return outputBytes(values);
  return perStep(values.nested === null ? null : graphActivationBytes(values.nested, memo.bytes), layer, values);
}

function perStep(count: Count, layer: LayerNode, values: CallShapes): Count {
  const steps = timeSteps(layer, values.inputs);
  return count === null || steps === null ? null : count * steps;
}

function parametersOf(layer: LayerNode, first: Use | undefined, context: Context, frozen: boolean): ParameterCount {
  const before = context.counted.get(layer);
  if (before !== undefined) return before;
  const count = countParameters(layer, first?.values.inputs[0] ?? null, context.rules, frozen);
  context.counted.set(layer, count);
  // A call that already failed on its shape says the same thing better.
  const failed = first !== undefined && first.values.outputs.length === 0;
  if (count.contradiction !== null && !failed) {
    context.diagnostics.push(layerDiagnostic('warning', 'weights-disagree', layer, count.contradiction));
  }
  return count;
}

function nestedCount(rows: readonly LayerRow[], layer: LayerNode, frozen: boolean): ParameterCount {
  const params = rows.reduce<Count>((sum, row) => plus(sum, row.params), 0);
  const trainable = rows.reduce<Count>((sum, row) => plus(sum, row.trainableParams), 0);
  return {
    params,
    trainable: frozen || !layer.trainable ? 0 : trainable,
    buffers: 0,
    bytes: null,
    contradiction: null
  };
}

/** Names of the listed layers, or the model's inputs, that a call reads; layers that are not listed are looked through. */
function listedInputs(graph: Graph, call: Call): string[] {
  const names = new Set<string>();
  const seen = new Set<number>();
  const open = call.inputs.map((ref) => ref.call).reverse();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const source = graph.calls[id];
    const layer = source === undefined ? undefined : graph.layers.get(source.layer);
    if (source === undefined || layer === undefined) continue;
    if (layer.listed || layer.kind.kind === 'input') names.add(layer.name);
    else open.push(...source.inputs.map((ref) => ref.call).reverse());
  }
  return [...names];
}

function noteOf(layer: LayerNode, first: Use | undefined, count: ParameterCount, context: Context): string | null {
  const notices = context.model.notices.filter((notice) => notice.layer === layer.id).map((notice) => notice.message);
  const parts = [
    ...(layer.kind.kind === 'opaque' ? [layer.kind.reason] : []),
    ...(layer.kind.kind !== 'opaque' && first !== undefined && first.values.reason !== null
      ? [first.values.reason]
      : []),
    ...(count.contradiction === null ? [] : [count.contradiction]),
    ...notices
  ];
  return parts.length === 0 ? null : [...new Set(parts)].join('; ');
}

/** Every layer of the model once, those inside nested models too. */
function countedSums(context: Context): Pick<Totals, 'params' | 'trainableParams' | 'weightBytes' | 'buffers'> {
  let params: Count = 0;
  let trainableParams: Count = 0;
  let weightBytes: Count = 0;
  let buffers = 0;
  for (const count of context.counted.values()) {
    params = plus(params, count.params);
    trainableParams = plus(trainableParams, count.trainable);
    weightBytes = plus(weightBytes, count.bytes);
    buffers += count.buffers;
  }
  return { params, trainableParams, weightBytes, buffers };
}

function totalsOf(rows: readonly LayerRow[], context: Context, model: Model): Totals {
  const sums = countedSums(context);
  const hasGraph = model.topology !== 'none';
  const called = rows.filter((row) => row.calls > 0);
  return {
    ...sums,
    nonTrainableParams:
      sums.params === null || sums.trainableParams === null ? null : sums.params - sums.trainableParams,
    macs: hasGraph ? called.reduce<Count>((sum, row) => plus(sum, row.macs), 0) : null,
    // An input counts where the origin's own summary lists a layer for it (Keras: functional, not Sequential).
    bytes: hasGraph
      ? called
          .filter((row) => row.kind !== 'input' || row.listed)
          .reduce<Count>((sum, row) => plus(sum, row.activationBytes), 0)
      : null
  };
}
