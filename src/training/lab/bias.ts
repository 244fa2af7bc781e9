/** A layer with or without its bias: before batch norm a bias is redundant, the norm subtracts it with the mean. */
import type { LayerNode } from '../../core/model';
import type { TensorRef } from '../../core/tensor';
import { elementCount } from '../../core/tensor';

export function withoutBias(layer: LayerNode): LayerNode {
  const { kind } = layer;
  if (!('useBias' in kind) || !kind.useBias) return layer;
  return {
    ...layer,
    kind: { ...kind, useBias: false },
    weights: layer.weights.filter(({ role }) => role !== 'bias')
  };
}

/** A bias of zeros where the layer has weights of its own, else one that is drawn with the others. */
export function withBias(layer: LayerNode): LayerNode {
  const { kind } = layer;
  if (!('useBias' in kind) || kind.useBias) return layer;
  const size =
    kind.kind === 'dense' || kind.kind === 'recurrent'
      ? kind.units
      : kind.kind === 'depthwiseConv'
        ? null
        : kind.filters;
  if (layer.weights.length === 0) return { ...layer, kind: { ...kind, useBias: true } };
  if (size === null) return layer;
  return { ...layer, kind: { ...kind, useBias: true }, weights: [...layer.weights, zeros(layer, [size])] };
}

function zeros(layer: LayerNode, shape: readonly number[]): TensorRef {
  const size = elementCount(shape);
  return {
    name: `${layer.name}/bias`,
    role: 'bias',
    dtype: 'float32',
    shape,
    layout: 'none',
    flipped: false,
    storedBytes: 4 * size,
    read: () => Promise.resolve(new Float32Array(size))
  };
}
