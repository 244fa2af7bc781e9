/** Builds models of the representation by hand, for tests of everything that works on models. */
import { LINEAR } from '../../../src/core/activation';
import type { KindOf, LayerKind } from '../../../src/core/layerKind';
import type { Call, Graph, LayerNode, Model, ValueRef } from '../../../src/core/model';
import type { Shape } from '../../../src/core/shape';
import type { NumericArray, TensorRef } from '../../../src/core/tensor';

export type NodeOptions = Partial<Omit<LayerNode, 'id' | 'name' | 'kind'>>;

/** Collects calls in the order they are made; `id`s are prefixed for graphs inside graphs. */
export class GraphBuilder {
  private readonly layers = new Map<string, LayerNode>();
  private readonly calls: Call[] = [];
  private readonly inputRefs: ValueRef[] = [];

  constructor(
    private readonly name: string,
    private readonly prefix = ''
  ) {}

  input(name: string, shape: Shape, options: NodeOptions = {}): ValueRef {
    const ref = this.add(name, { kind: 'input', shape, dtype: 'float32' }, [], options);
    this.inputRefs.push(ref);
    return ref;
  }

  /** Defines a layer and calls it on the given values. */
  add(name: string, kind: LayerKind, inputs: readonly ValueRef[], options: NodeOptions = {}): ValueRef {
    const id = this.prefix + name;
    this.layers.set(id, {
      id,
      name,
      kind,
      sourceType: kind.kind,
      config: new Map(),
      weights: [],
      trainable: true,
      listed: true,
      ...options
    });
    return this.call(name, inputs);
  }

  /** Calls a layer defined before. */
  call(name: string, inputs: readonly ValueRef[]): ValueRef {
    const id = this.calls.length;
    this.calls.push({ id, layer: this.prefix + name, inputs });
    return { call: id, output: 0 };
  }

  /** A chain from the last value of `from`; gives the end. */
  chain(from: ValueRef, ...kinds: readonly (readonly [string, LayerKind])[]): ValueRef {
    return kinds.reduce((value, [name, kind]) => this.add(name, kind, [value]), from);
  }

  graph(...outputs: readonly ValueRef[]): Graph {
    return { name: this.name, layers: this.layers, calls: this.calls, inputs: this.inputRefs, outputs };
  }
}

/** A model around a graph; Keras, exact, without weights unless told otherwise. */
export function modelOf(root: Graph, options: Partial<Omit<Model, 'root'>> = {}): Model {
  return {
    name: root.name,
    format: 'keras-v3',
    framework: 'keras',
    frameworkVersion: null,
    topology: 'exact',
    root,
    weightsOrigin: { kind: 'none' },
    notices: [],
    unplaced: [],
    fileBytes: null,
    classNames: null,
    ...options
  };
}

const repeat = (value: number, rank: number): number[] => Array.from({ length: rank }, () => value);

/** A convolution with Keras's defaults; one number for all axes or one for each. */
export function conv(
  filters: number,
  kernelSize: readonly number[],
  options: Partial<Omit<KindOf<'conv'>, 'kind' | 'rank'>> = {}
): KindOf<'conv'> {
  const rank = kernelSize.length as 1 | 2 | 3;
  return {
    kind: 'conv',
    filters,
    groups: 1,
    rank,
    kernelSize,
    strides: repeat(1, rank),
    dilation: repeat(1, rank),
    padding: { type: 'valid' },
    dataFormat: 'channelsLast',
    useBias: true,
    activation: LINEAR,
    ...options
  };
}

export function pool(
  operation: 'max' | 'average',
  poolSize: readonly number[],
  options: Partial<Omit<KindOf<'pool'>, 'kind' | 'rank'>> = {}
): KindOf<'pool'> {
  const rank = poolSize.length as 1 | 2 | 3;
  return {
    kind: 'pool',
    operation,
    rank,
    poolSize,
    strides: poolSize,
    dilation: repeat(1, rank),
    padding: { type: 'valid' },
    ceilMode: false,
    countIncludePad: false,
    dataFormat: 'channelsLast',
    ...options
  };
}

export function dense(units: number, options: Partial<Omit<KindOf<'dense'>, 'kind'>> = {}): KindOf<'dense'> {
  return { kind: 'dense', units, useBias: true, activation: LINEAR, ...options };
}

export const BATCH_NORM: KindOf<'batchNorm'> = {
  kind: 'batchNorm',
  axis: -1,
  epsilon: 1e-3,
  momentum: 0.99,
  center: true,
  scale: true,
  tracksStatistics: true
};

export const FLATTEN: KindOf<'flatten'> = { kind: 'flatten', channelsLastOrder: false, startAxis: 1, endAxis: -1 };
export const IDENTITY: KindOf<'identity'> = { kind: 'identity' };
export const ADD: KindOf<'merge'> = { kind: 'merge', operation: 'add' };
export const GLOBAL_POOL: KindOf<'globalPool'> = {
  kind: 'globalPool',
  operation: 'average',
  rank: 2,
  keepDims: false,
  dataFormat: 'channelsLast'
};

/** A weight in memory. */
export function tensorRef(
  options: Pick<TensorRef, 'role' | 'shape'> & Partial<Omit<TensorRef, 'read'>> & { readonly data?: NumericArray }
): TensorRef {
  const { data, ...rest } = options;
  const size = rest.shape.reduce((product, each) => product * each, 1);
  return {
    name: rest.role,
    dtype: 'float32',
    layout: 'none',
    flipped: false,
    storedBytes: 4 * size,
    ...rest,
    read: () => Promise.resolve(data ?? new Float32Array(size))
  };
}
