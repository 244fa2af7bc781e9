/**
 * Twins of a model: a layer taken out, put in, or given another rate. Layers keep their ids, and fresh weights are drawn by
 * layer id and weight role, so twins start from equal numbers wherever their layers correspond.
 */
import { firstInputShapes } from '../../core/firstInputShapes';
import { inferShapes } from '../../core/inferShapes';
import { countParameters } from '../../core/parameters';
import { expectedWeights } from '../../core/expectedWeights';
import type { LayerKind } from '../../core/layerKind';
import type { Graph, LayerNode, Model } from '../../core/model';
import { fail, ok, type Result } from '../../core/result';
import { formatShape, type Shape } from '../../core/shape';
import { elementCount } from '../../core/tensor';
import { t } from '../../core/texts';
import { LINEAR } from '../../core/activation';
import { withBias, withoutBias } from './bias';
import { callOf, detached, graphHolding, inserted, mapGraphs, readersOf } from './graph';

export interface Twin {
  readonly model: Model;
  /** Layers that correspond but need weights of another shape: they start from fresh ones. */
  readonly refreshed: readonly string[];
  /** The layer put in, where there is one. */
  readonly added: string | null;
}

/** Kinds that may be taken out: they regularise, normalise, shrink or vary a value, and hand on what they read. */
const REMOVABLE: ReadonlySet<LayerKind['kind']> = new Set([
  'dropout',
  'alphaDropout',
  'gaussianDropout',
  'gaussianNoise',
  'batchNorm',
  'layerNorm',
  'groupNorm',
  'unitNorm',
  'localResponseNorm',
  'pool',
  'adaptivePool',
  'augmentation'
]);

/** Only whether weights fit is asked. */
const COUNTING = { framework: 'keras', statisticsAreParameters: true, weightsAreComplete: false } as const;

/** More weights in one layer than this do not train here: taking pooling out multiplies those of a Dense after Flatten. */
const MOST_WEIGHTS = 2 ** 25;

/** Whether `without` has a chance. */
export function isRemovable({ kind }: LayerNode): boolean {
  return REMOVABLE.has(kind.kind);
}

/**
 * The model without a layer: its readers read what it read. Taking batch norm out gives the layer before it the bias that
 * the norm's shift stood for.
 */
export function without(model: Model, layerId: string): Result<Twin> {
  const found = layerIn(model, layerId);
  if (!found.ok) return found;
  const { layer, graph } = found.value;
  if (!isRemovable(layer)) {
    const problem = t(
      '{0} cannot be taken out: only dropout, noise, normalisation, pooling and augmentation can',
      layer.name
    );
    return refused(model, problem);
  }
  if (graph.calls.some((call) => call.layer === layerId && call.inputs.length !== 1)) {
    return refused(model, t('{0} cannot be taken out: it does not read exactly one value', layer.name));
  }
  let next = detached(graph, layerId);
  if (layer.kind.kind === 'batchNorm' && layer.kind.center) {
    const before = onlySource(graph, layerId);
    if (before !== null) next = replaceLayer(next, withBias(before));
  }
  return checked(model, mapGraphs(model, graph, next), null);
}

/** What `withLayer` puts in. */
export type Insertion =
  | { readonly kind: 'dropout'; readonly rate: number }
  /**
   * `beforeActivation`: a layer's own activation moves behind the norm. The bias goes where the norm's shift takes its
   * place: directly after a layer that ends linear.
   */
  | { readonly kind: 'batchNorm'; readonly momentum: number; readonly beforeActivation: boolean };

/** The model with a new layer behind every call of another. */
export function withLayer(model: Model, after: string, insertion: Insertion): Result<Twin> {
  const found = layerIn(model, after);
  if (!found.ok) return found;
  const { layer, graph } = found.value;
  const calls = graph.calls.filter((call) => call.layer === after);
  if (graph.outputs.some((ref) => calls.some((call) => call.id === ref.call))) {
    return refused(model, t('nothing can be put behind {0}: its value is the answer', layer.name));
  }
  if (layer.kind.kind === 'model' || layer.kind.kind === 'opaque') {
    return refused(model, t('nothing can be put behind {0}: it is no plain layer', layer.name));
  }
  if (insertion.kind === 'dropout') {
    const rate = rateProblem(insertion.rate);
    if (rate !== null) return refused(model, rate);
    const node = fresh(graph, layer, 'dropout', { kind: 'dropout', rate: insertion.rate, sharedAxes: [], seed: null });
    return checked(model, mapGraphs(model, graph, inserted(graph, after, node)), node.id);
  }
  const norm = fresh(graph, layer, 'batch_norm', normKind(model, layer, insertion.momentum));
  let next = inserted(graph, after, norm);
  const activation = 'activation' in layer.kind && layer.kind.kind !== 'activation' ? layer.kind.activation : null;
  if (activation !== null && layer.kind.kind !== 'recurrent') {
    const linear = activation.name === 'linear';
    if (linear || insertion.beforeActivation) {
      next = replaceLayer(next, withoutBias({ ...layer, kind: { ...layer.kind, activation: LINEAR } as LayerKind }));
    }
    if (!linear && insertion.beforeActivation) {
      next = inserted(next, norm.id, fresh(graph, layer, 'activation', { kind: 'activation', activation }));
    }
  }
  return checked(model, mapGraphs(model, graph, next), norm.id);
}

/** The model with another rate in a dropout layer (standard deviation for Gaussian noise). */
export function withRate(model: Model, layerId: string, rate: number): Result<Twin> {
  const found = layerIn(model, layerId);
  if (!found.ok) return found;
  const { layer, graph } = found.value;
  const { kind } = layer;
  const next: LayerKind | null =
    kind.kind === 'gaussianNoise' ? { ...kind, stddev: rate } : 'rate' in kind ? { ...kind, rate } : null;
  if (next === null) return refused(model, t('{0} has no rate', layer.name));
  const problem =
    kind.kind === 'gaussianNoise' ? (rate >= 0 ? null : t('a deviation cannot be negative')) : rateProblem(rate);
  if (problem !== null) return refused(model, problem);
  return checked(model, mapGraphs(model, graph, replaceLayer(graph, { ...layer, kind: next })), null);
}

function rateProblem(rate: number): string | null {
  return rate >= 0 && rate < 1 ? null : t('a rate must lie between 0 and 1, but is {0}', rate);
}

function layerIn(model: Model, id: string): Result<{ readonly layer: LayerNode; readonly graph: Graph }> {
  const graph = graphHolding(model.root, id);
  const layer = graph?.layers.get(id);
  if (graph === null || layer === undefined) return refused(model, t('there is no layer {0}', id));
  if (callOf(graph, id) === null) return refused(model, t('how {0} is wired is not known', layer.name));
  return ok({ layer, graph });
}

function refused(model: Model, problem: string): Result<never> {
  return fail({ file: model.name, problem, remedy: t('Choose another layer') });
}

/** The convolution or dense layer that a norm alone reads, where it ends linear. */
function onlySource(graph: Graph, norm: string): LayerNode | null {
  const calls = graph.calls.filter((call) => call.layer === norm);
  const [ref] = calls[0]?.inputs ?? [];
  const source = ref === undefined ? undefined : graph.calls[ref.call];
  if (calls.length !== 1 || source === undefined) return null;
  const layer = graph.layers.get(source.layer);
  if (layer === undefined || !('useBias' in layer.kind) || layer.kind.kind === 'recurrent') return null;
  const alone = readersOf(graph, source.layer).length === 1;
  return alone && layer.kind.activation.name === 'linear' ? layer : null;
}

function replaceLayer(graph: Graph, layer: LayerNode): Graph {
  const layers = new Map(graph.layers);
  layers.set(layer.id, layer);
  return { ...graph, layers };
}

function fresh(graph: Graph, after: LayerNode, word: string, kind: LayerKind): LayerNode {
  let suffix = `_${word}`;
  for (let n = 2; graph.layers.has(after.id + suffix); n++) suffix = `_${word}_${String(n)}`;
  return {
    id: after.id + suffix,
    name: after.name + suffix,
    kind,
    sourceType: kind.kind,
    config: new Map(),
    weights: [],
    trainable: true,
    listed: true
  };
}

/** Each framework's own epsilon; the channel axis of the layer's output. */
function normKind(model: Model, { kind }: LayerNode, momentum: number): LayerKind {
  const torch = model.framework === 'pytorch';
  const first = 'dataFormat' in kind ? kind.dataFormat === 'channelsFirst' : torch && kind.kind !== 'dense';
  return {
    kind: 'batchNorm',
    axis: first ? 1 : -1,
    epsilon: torch ? 1e-5 : 1e-3,
    momentum,
    center: true,
    scale: true,
    tracksStatistics: true
  };
}

/** Shapes inferred again: what cannot work is refused, and what needs other weights gets fresh ones. */
function checked(before: Model, after: Model, added: string | null): Result<Twin> {
  const was = inferShapes(before.root);
  const { model, refreshed } = renewed(after, firstInputShapes(was));
  const now = inferShapes(model.root);
  const known = new Set(was.diagnostics.map(({ message }) => message));
  const broken = now.diagnostics.find(({ severity, message }) => severity === 'error' && !known.has(message));
  if (broken !== undefined) return refused(before, broken.message);
  for (const [i, shape] of was.outputs.entries()) {
    const other = now.outputs[i] ?? null;
    if (shape !== null && !sameShape(shape, other)) {
      return refused(before, t('the answer would be {0}, not {1}', formatShape(other), formatShape(shape)));
    }
  }
  const changed = new Set(refreshed);
  for (const layer of allLayers(model.root)) {
    if (drawsAnew(before, model, layer, firstInputShapes(was), firstInputShapes(now))) changed.add(layer.id);
    const count = weightsNeeded(model, layer, firstInputShapes(now));
    if (count > MOST_WEIGHTS && count > weightsNeeded(before, layer, firstInputShapes(was))) {
      const millions = Math.round(count / 1e6);
      return refused(before, t('{0} would need {1} million weights', layer.name, millions));
    }
  }
  return ok({ model, refreshed: [...changed], added });
}

/** Whether a layer that comes without weights needs them in another shape than before. */
function drawsAnew(
  before: Model,
  after: Model,
  layer: LayerNode,
  was: ReadonlyMap<string, Shape>,
  now: ReadonlyMap<string, Shape>
): boolean {
  const old = graphHolding(before.root, layer.id)?.layers.get(layer.id);
  if (old === undefined || layer.weights.length > 0) return false;
  const shapes = (model: Model, node: LayerNode, inputs: ReadonlyMap<string, Shape>) =>
    new Map(
      (expectedWeights(node, inputs.get(node.id) ?? null, model.framework) ?? []).map((one) => [one.role, one.shape])
    );
  const [first, second] = [shapes(before, old, was), shapes(after, layer, now)];
  return [...second].some(([role, shape]) => {
    const other = first.get(role);
    return other !== undefined && other.join() !== shape.join();
  });
}

function weightsNeeded(model: Model, layer: LayerNode, inputs: ReadonlyMap<string, Shape>): number {
  const expected = expectedWeights(layer, inputs.get(layer.id) ?? null, model.framework) ?? [];
  return expected.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/**
 * Layers whose input has another size now: weights that fitted and do not any more are left to be drawn afresh, and what
 * the origin fixed for a dense layer at construction gives way. No output's shape depends on either, so one pass is enough.
 */
function renewed(
  model: Model,
  were: ReadonlyMap<string, Shape>
): { readonly model: Model; readonly refreshed: readonly string[] } {
  // Without declared features, inference follows the values that really arrive.
  const loose = mapLayers(model, (layer) => {
    if (layer.kind.kind !== 'dense') return layer;
    const { declaredFeatures: _, ...rest } = layer;
    return { ...rest, weights: [] };
  });
  const inputs = firstInputShapes(inferShapes(loose.root));
  const refreshed: string[] = [];
  const next = mapLayers(model, (layer) => {
    const features = inputs.get(layer.id)?.at(-1) ?? null;
    if (layer.kind.kind !== 'dense' && layer.weights.length > 0) {
      const fits = (shape: Shape | undefined): boolean =>
        countParameters(layer, shape ?? null, COUNTING, false).contradiction === null;
      if (fits(inputs.get(layer.id)) || !fits(were.get(layer.id))) return layer;
      refreshed.push(layer.id);
      return { ...layer, weights: [] };
    }
    if (layer.kind.kind !== 'dense' || features === null) return layer;
    const kernel = layer.weights.find(({ role }) => role === 'kernel');
    const own = kernel === undefined ? null : elementCount(kernel.shape) / layer.kind.units;
    const misfits = own !== null && own !== features;
    const declared = layer.declaredFeatures?.[0] ?? features;
    if (!misfits && declared === features) return layer;
    refreshed.push(layer.id);
    return {
      ...layer,
      weights: misfits ? [] : layer.weights,
      declaredFeatures: layer.declaredFeatures === undefined ? undefined : [features]
    };
  });
  return { model: next, refreshed };
}

function mapLayers(model: Model, change: (layer: LayerNode) => LayerNode): Model {
  const visit = (graph: Graph): Graph => ({
    ...graph,
    layers: new Map(
      [...graph.layers].map(([id, layer]) => {
        const { kind } = layer;
        const inner = kind.kind === 'model' ? { ...layer, kind: { ...kind, graph: visit(kind.graph) } } : layer;
        return [id, change(inner)];
      })
    )
  });
  return { ...model, root: visit(model.root) };
}

function* allLayers(graph: Graph): Generator<LayerNode> {
  for (const layer of graph.layers.values()) {
    yield layer;
    if (layer.kind.kind === 'model') yield* allLayers(layer.kind.graph);
  }
}

function sameShape(a: Shape, b: Shape | null): boolean {
  return b !== null && a.length === b.length && a.every((size, i) => size === b[i]);
}
