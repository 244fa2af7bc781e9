/** Small models for the engine's tests. */
import type { LayerKind } from '../../../src/core/layerKind';
import type { Call, Graph, LayerNode, Model, ValueRef } from '../../../src/core/model';
import { elementCount, type KernelLayout, type TensorRef, type WeightRole } from '../../../src/core/tensor';

/** A weight held in memory. */
export function weight(role: WeightRole, layout: KernelLayout, shape: number[], data: Float32Array): TensorRef {
  return {
    name: role,
    role,
    dtype: 'float32',
    shape,
    layout,
    flipped: false,
    storedBytes: 4 * elementCount(shape),
    read: () => Promise.resolve(data)
  };
}

export function layer(id: string, kind: LayerKind, weights: readonly TensorRef[] = []): LayerNode {
  return { id, name: id, kind, sourceType: kind.kind, config: new Map(), weights, trainable: true, listed: true };
}

export interface Step {
  readonly layer: LayerNode;
  /** Indices of the steps it reads. */
  readonly from: readonly number[];
}

export function graphOf(name: string, steps: readonly Step[], outputs: readonly number[]): Graph {
  const calls = steps.map((step, id): Call => ({
    id,
    layer: step.layer.id,
    inputs: step.from.map((call): ValueRef => ({ call, output: 0 }))
  }));
  return {
    name,
    layers: new Map(steps.map((step) => [step.layer.id, step.layer])),
    calls,
    inputs: steps.flatMap((step, call) => (step.layer.kind.kind === 'input' ? [{ call, output: 0 }] : [])),
    outputs: outputs.map((call) => ({ call, output: 0 }))
  };
}

export function modelOf(root: Graph, framework: Model['framework'] = 'keras'): Model {
  return {
    name: root.name,
    format: framework === 'pytorch' ? 'pytorch-source' : 'keras-v3',
    framework,
    frameworkVersion: null,
    topology: 'exact',
    root,
    weightsOrigin: { kind: 'random', seed: 1 },
    notices: [],
    unplaced: [],
    fileBytes: null,
    classNames: null
  };
}

/** A chain that starts at an input of the given shape. */
export function chain(shape: (number | null)[], layers: readonly LayerNode[]): Model {
  const steps: Step[] = [
    { layer: layer('input', { kind: 'input', shape, dtype: 'float32' }), from: [] },
    ...layers.map((node, i) => ({ layer: node, from: [i] }))
  ];
  return modelOf(graphOf('chain', steps, [layers.length]));
}
