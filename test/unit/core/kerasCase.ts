/** Turns a recorded Keras model (test/fixtures/core/keras.json) into the representation, as a reader would. */
import { kerasLayer } from '../../../src/core/keras/kerasLayer';
import type { LayerKind } from '../../../src/core/layerKind';
import type { Call, Graph, LayerNode, ValueRef } from '../../../src/core/model';

export interface RecordedLayer {
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly trainable: boolean;
  readonly inner?: RecordedLayer;
  readonly model?: RecordedModel;
}

export interface RecordedModel {
  readonly name: string;
  readonly layers: Readonly<Record<string, RecordedLayer>>;
  readonly calls: readonly { readonly layer: string; readonly key: string; readonly inputs: readonly string[] }[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface RecordedField {
  readonly extent: readonly number[];
  readonly stride: readonly number[] | null;
  readonly windows: readonly {
    readonly position: readonly number[];
    readonly window: readonly [readonly number[], readonly number[]];
  }[];
}

function kindOf(layer: RecordedLayer, prefix: string): LayerKind {
  if (layer.model !== undefined) {
    return { kind: 'model', graph: graphOfRecorded(layer.model, prefix), timeDistributed: false };
  }
  const inner =
    layer.inner === undefined ? undefined : { kind: kindOf(layer.inner, prefix), graph: wrapped(layer.inner, prefix) };
  return kerasLayer(layer.class, new Map(Object.entries(layer.config)), { version: 3, origin: 'file', inner }).kind;
}

function node(name: string, layer: RecordedLayer, prefix: string): LayerNode {
  return {
    id: prefix + name,
    name,
    kind: kindOf(layer, `${prefix}${name}/`),
    sourceType: layer.class,
    config: new Map(Object.entries(layer.config)),
    weights: [],
    trainable: layer.trainable,
    listed: true
  };
}

/** One layer as a graph of its own, as the wrapper TimeDistributed holds it; its input is whatever it is called with. */
function wrapped(layer: RecordedLayer, prefix: string): Graph {
  const input: LayerNode = {
    ...node('input', { class: 'InputLayer', config: { batch_shape: [null] }, trainable: true }, prefix),
    kind: { kind: 'input', shape: anyShape(layer), dtype: 'float32' }
  };
  const inner = node('layer', layer, prefix);
  return {
    name: 'wrapped',
    layers: new Map([input, inner].map((each) => [each.id, each])),
    calls: [
      { id: 0, layer: input.id, inputs: [] },
      { id: 1, layer: inner.id, inputs: [{ call: 0, output: 0 }] }
    ],
    inputs: [{ call: 0, output: 0 }],
    outputs: [{ call: 1, output: 0 }]
  };
}

function anyShape(layer: RecordedLayer): readonly null[] {
  return Array.from({ length: layer.class === 'Conv2D' ? 4 : 2 }, () => null);
}

export function graphOfRecorded(recorded: RecordedModel, prefix = ''): Graph {
  const layers = new Map(
    Object.entries(recorded.layers).map(([name, layer]) => [prefix + name, node(name, layer, prefix)])
  );
  const ids = new Map(recorded.calls.map((call, id) => [call.key, id]));
  const ref = (key: string): ValueRef => {
    const call = ids.get(key);
    if (call === undefined) throw new Error(`no call ${key}`);
    return { call, output: 0 };
  };
  const calls = recorded.calls.map((call, id): Call => ({
    id,
    layer: prefix + call.layer,
    inputs: call.inputs.map(ref)
  }));
  return { name: recorded.name, layers, calls, inputs: recorded.inputs.map(ref), outputs: recorded.outputs.map(ref) };
}
