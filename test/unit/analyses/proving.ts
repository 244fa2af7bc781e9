/** Proves every number of a layer, from a graph built by hand, against what the engine computes. */
import { expect } from 'vitest';
import { allLayers, formatOf } from '../../../src/analyses/layers';
import { mapView, type MapView } from '../../../src/analyses/maps';
import { provePixel } from '../../../src/analyses/proof';
import { expectedWeights } from '../../../src/core/expectedWeights';
import { inferShapes } from '../../../src/core/inferShapes';
import { firstInputShapes } from '../../../src/core/firstInputShapes';
import type { LayerKind } from '../../../src/core/layerKind';
import type { Graph, LayerNode, Model } from '../../../src/core/model';
import { createRandom } from '../../../src/core/random';
import { elementCount, type DenseTensor } from '../../../src/core/tensor';
import type { PixelProof } from '../../../src/protocol/running';
import { createEngine } from '../../../src/engine/select';
import { GraphBuilder, modelOf, tensorRef } from '../core/builder';

/** Weights of both signs for every layer that has none yet, variances positive, so that a wrong index shows. */
export function weighted(graph: Graph, framework: Model['framework']): Model {
  const shapes = firstInputShapes(inferShapes(graph));
  const random = createRandom(11);
  const layers = [...graph.layers].map(([id, layer]): [string, LayerNode] => {
    if (layer.weights.length > 0) return [id, layer];
    if (layer.kind.kind === 'model')
      return [id, { ...layer, kind: { ...layer.kind, graph: weighted(layer.kind.graph, framework).root } }];
    const expected = expectedWeights(layer, shapes.get(id) ?? null, framework) ?? [];
    const weights = expected.map(({ role, shape, layout }) => {
      const draw =
        role === 'movingVariance' || role === 'variance'
          ? () => 0.5 + random.uniform()
          : () => 2 * random.uniform() - 1;
      return tensorRef({ role, shape, layout, data: Float32Array.from({ length: elementCount(shape) }, draw) });
    });
    return [id, { ...layer, weights }];
  });
  return modelOf({ ...graph, layers: new Map(layers) }, { framework, weightsOrigin: { kind: 'random', seed: 1 } });
}

export interface Checked {
  readonly numbers: number;
  readonly steps: readonly PixelProof['steps'][];
}

/** Proves every number of a layer (at most 400, evenly taken) and compares with what the wasm engine holds. */
export async function proveAll(
  graph: Graph,
  layerId = 'x',
  framework: Model['framework'] = 'keras',
  occurrence = 0
): Promise<Checked> {
  const model = weighted(graph, framework);
  const layer = allLayers(model.root).get(layerId);
  if (layer === undefined) throw new Error(`no layer ${layerId}`);
  const engine = await createEngine('wasm');
  const network = await engine.prepare(model, { seed: 1 });
  const random = createRandom(5);
  const inputs = graph.inputs.map((ref): DenseTensor => {
    const kind = graph.layers.get(graph.calls[ref.call]?.layer ?? '')?.kind;
    const shape = kind?.kind === 'input' ? kind.shape.map((size) => size ?? 1) : [];
    const rows = layer.kind.kind === 'embedding' ? layer.kind.inputDim : null;
    const draw = () => (rows === null ? 2 * random.uniform() - 1 : Math.floor(rows * random.uniform()));
    return { shape, data: Float32Array.from({ length: elementCount(shape) }, draw) };
  });
  const values = new Map<string, MapView>();
  const result = await network.run(inputs, {
    mode: 'infer',
    seed: 1,
    onValue: async (value) => {
      const view = mapView(await value.read(), formatOf(allLayers(model.root).get(value.layer), model));
      values.set(`${value.layer} ${String(value.occurrence)}`, view);
    }
  });
  network.dispose();
  expect(result.stoppedAt).toBeNull();
  const valueOf = (id: string, at: number): Promise<MapView> => {
    const view = values.get(`${id} ${String(at)}`);
    return view === undefined ? Promise.reject(new Error(`no value of ${id}`)) : Promise.resolve(view);
  };
  const output = await valueOf(layerId, occurrence);
  const spatial = output.vector ? [] : output.shape.slice(0, -1);
  const total = elementCount(spatial) * output.channels;
  const stride = Math.max(1, Math.ceil(total / 400));
  const steps: PixelProof['steps'][] = [];
  for (let n = 0; n < total; n += stride) {
    let rest = Math.floor(n / output.channels);
    const position = [...spatial].reverse().map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    });
    position.reverse();
    const signal = new AbortController().signal;
    const proof = await provePixel(model, layer, occurrence, position, n % output.channels, valueOf, signal);
    steps.push(proof.steps);
    if (proof.steps.kind === 'none') continue;
    const { value } = proof.steps;
    const where = `${layer.kind.kind} at [${position.join(', ')}], channel ${String(n % output.channels)}`;
    expect(proof.runtimeValue, where).toBe(output.values[output.indexOf(n % output.channels, ...position)]);
    expect(Math.abs(value - proof.runtimeValue), where).toBeLessThanOrEqual(proof.tolerance + 1e-7);
  }
  // A dead value would prove nothing.
  if (output.values.length === 1) expect(output.values[0]).not.toBe(0);
  else expect(new Set(output.values).size).toBeGreaterThan(1);
  return { numbers: steps.length, steps };
}

export function single(shape: readonly (number | null)[], kind: LayerKind): Graph {
  const builder = new GraphBuilder('net');
  return builder.graph(builder.add('x', kind, [builder.input('in', shape)]));
}

export const kindsOf = ({ steps }: Checked) => [...new Set(steps.map(({ kind }) => kind))];
