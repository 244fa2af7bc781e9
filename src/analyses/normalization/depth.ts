/** Signal through depth: the network with fresh weights of its own initialisers at several scales, with and without normalisation. */
import { expectedWeights } from '../../core/expectedWeights';
import { firstInputShapes } from '../../core/firstInputShapes';
import { inferShapes } from '../../core/inferShapes';
import { distributionOf, drawWeight, initializerFor } from '../../core/initializers';
import type { LayerKind } from '../../core/layerKind';
import type { Graph, LayerNode, Model } from '../../core/model';
import { createRandom, seedFor } from '../../core/random';
import { elementCount, type WeightRole } from '../../core/tensor';
import { valueKey, type Experiment } from '../../engine/experiment';
import { allLayers } from '../layers';

export const depthScales = [0.1, 1, 10] as const;

/** What a scale multiplies: the kernels, not biases, gammas or statistics. */
const scaled: ReadonlySet<WeightRole> = new Set(['kernel', 'depthwiseKernel', 'pointwiseKernel', 'recurrentKernel']);
const drawn: ReadonlySet<WeightRole> = new Set([
  ...scaled,
  'bias',
  'gamma',
  'beta',
  'movingMean',
  'movingVariance',
  'alpha',
  'embeddings'
]);

export function isNormalization(layer: LayerNode): boolean {
  return layer.kind.kind === 'batchNorm' || layer.kind.kind === 'layerNorm' || layer.kind.kind === 'groupNorm';
}

/** Layers whose values the chart shows, in the order they run: what computes, not what only moves values about. */
export function depthLayers(model: Model): LayerNode[] {
  const quiet: ReadonlySet<LayerKind['kind']> = new Set([
    'input',
    'flatten',
    'reshape',
    'permute',
    'repeatVector',
    'identity',
    'dropout',
    'alphaDropout',
    'gaussianDropout',
    'gaussianNoise',
    'augmentation',
    'model',
    'opaque',
    'crop',
    'pad',
    'centerCrop'
  ]);
  const found: LayerNode[] = [];
  const walk = (graph: Graph) => {
    for (const call of graph.calls) {
      const layer = graph.layers.get(call.layer);
      if (layer === undefined || found.includes(layer)) continue;
      if (layer.kind.kind === 'model') walk(layer.kind.graph);
      else if (!quiet.has(layer.kind.kind)) found.push(layer);
    }
  };
  walk(model.root);
  return found;
}

/** Fresh weights for every layer, in the origin's own order of layers and weights, before any scale. */
export type FreshWeights = ReadonlyMap<
  string,
  readonly { readonly role: WeightRole; readonly data: Float32Array | null }[]
>;

/**
 * Values are drawn independently, so the origin's axis order does not matter to them; the fans are those of Keras's order.
 * (An orthogonal recurrent kernel has the same order everywhere.)
 */
export async function freshWeights(model: Model, seed: number, pause: () => Promise<void>): Promise<FreshWeights> {
  const shapes = firstInputShapes(inferShapes(model.root));
  const found = new Map<string, { role: WeightRole; data: Float32Array | null }[]>();
  for (const layer of allLayers(model.root).values()) {
    if (layer.weights.length === 0 || layer.kind.kind === 'model') continue;
    const expected = expectedWeights(layer, shapes.get(layer.id) ?? null, model.framework) ?? [];
    const taken = new Map<WeightRole, number>();
    found.set(
      layer.id,
      layer.weights.map(({ role, shape }, index) => {
        const nth = taken.get(role) ?? 0;
        taken.set(role, nth + 1);
        const weight = expected.filter((one) => one.role === role)[nth];
        if (weight === undefined || !drawn.has(role) || elementCount(weight.shape) !== elementCount(shape))
          return { role, data: null };
        const distribution = distributionOf(initializerFor(layer, weight, expected, model.framework), weight.shape);
        const random = createRandom(seedFor(seed, `${layer.id}/${String(index)}/${role}`));
        return { role, data: drawWeight(weight.shape, distribution, random).data };
      })
    );
    await pause();
  }
  return found;
}

/** One run of the chart: kernels times `scale`; batch norms take the batch's statistics, as in the first training step. */
export function depthExperiment(model: Model, fresh: FreshWeights, scale: number, normalized: boolean): Experiment {
  const layers = [...allLayers(model.root).values()].filter(isNormalization);
  const weights = new Map(
    [...fresh].map(([id, all]) => [
      id,
      all.map(({ role, data }) =>
        data === null || scale === 1 || !scaled.has(role) ? data : data.map((value) => value * scale)
      )
    ])
  );
  return normalized
    ? { weights, modes: new Map(layers.map((layer) => [layer.id, 'train' as const])) }
    : { weights, kinds: new Map(layers.map((layer) => [layer.id, { kind: 'identity' } as const])) };
}

/** Standard deviation over all values of an activation, in float64; NaN where a value is not finite. */
export function deviationOf(data: Float32Array): number {
  // One pass, shifted by the first value, against cancellation.
  const origin = data[0] ?? 0;
  let sum = 0;
  let squares = 0;
  for (const value of data) {
    const distance = value - origin;
    sum += distance;
    squares += distance * distance;
  }
  const count = Math.max(1, data.length);
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  return Number.isFinite(deviation) ? deviation : Number.NaN;
}

/**
 * The model without weights and with a batch norm behind each convolution and dense layer, before its activation; the last
 * layer of each graph keeps its own way. `null` where there is no layer to put one behind.
 */
export function withInsertedNorms(model: Model): Model | null {
  let inserted = 0;
  const transform = (graph: Graph): Graph => {
    const layers = new Map<string, LayerNode>();
    const calls: { id: number; layer: string; inputs: { call: number; output: number }[] }[] = [];
    const moved = new Map<number, number>();
    const outputs = new Set(graph.outputs.map((ref) => ref.call));
    const add = (layer: LayerNode, inputs: { call: number; output: number }[]): number => {
      layers.set(layer.id, layer);
      return calls.push({ id: calls.length, layer: layer.id, inputs }) - 1;
    };
    for (const call of graph.calls) {
      const layer = graph.layers.get(call.layer);
      if (layer === undefined) continue;
      const inputs = call.inputs.map((ref) => ({ call: moved.get(ref.call) ?? ref.call, output: ref.output }));
      const { kind } = layer;
      const bare = { ...layer, weights: [] };
      if (kind.kind === 'model') {
        moved.set(call.id, add({ ...bare, kind: { ...kind, graph: transform(kind.graph) } }, inputs));
        continue;
      }
      const linear =
        kind.kind === 'conv' ||
        kind.kind === 'depthwiseConv' ||
        kind.kind === 'separableConv' ||
        kind.kind === 'convTranspose' ||
        kind.kind === 'dense';
      if (!linear || outputs.has(call.id)) {
        moved.set(call.id, add(bare, inputs));
        continue;
      }
      inserted++;
      const axis = kind.kind !== 'dense' && kind.dataFormat === 'channelsFirst' ? 1 : -1;
      const at = add({ ...bare, kind: { ...kind, activation: { name: 'linear' } } }, inputs);
      const norm = add(
        helper(`${layer.id}+norm`, layer.name, {
          kind: 'batchNorm',
          axis,
          epsilon: 1e-3,
          momentum: 0.99,
          center: true,
          scale: true,
          tracksStatistics: true
        }),
        [{ call: at, output: 0 }]
      );
      const activation: LayerKind = { kind: 'activation', activation: kind.activation };
      moved.set(call.id, add(helper(`${layer.id}+activation`, layer.name, activation), [{ call: norm, output: 0 }]));
    }
    const refs = (all: Graph['inputs']) =>
      all.map((ref) => ({ call: moved.get(ref.call) ?? ref.call, output: ref.output }));
    return { name: graph.name, layers, calls, inputs: refs(graph.inputs), outputs: refs(graph.outputs) };
  };
  const root = transform(model.root);
  return inserted === 0 ? null : { ...model, root, weightsOrigin: { kind: 'none' } };
}

function helper(id: string, name: string, kind: LayerKind): LayerNode {
  return { id, name, kind, sourceType: kind.kind, config: new Map(), weights: [], trainable: true, listed: false };
}

/** The value of the inserted model that stands for a layer of the original. */
export function insertedKey(inserted: Model, layer: string): string {
  return valueKey(allLayers(inserted.root).has(`${layer}+activation`) ? `${layer}+activation` : layer, 0);
}
