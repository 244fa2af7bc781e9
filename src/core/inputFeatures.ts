/** How many input channels or features a layer's own weights, or its constructor, fix: what its input must have. */
import type { LayerNode } from './model';
import type { KernelLayout, TensorRef, WeightRole } from './tensor';

function weightOf(layer: LayerNode, ...roles: readonly WeightRole[]): TensorRef | null {
  return layer.weights.find((weight) => roles.includes(weight.role)) ?? null;
}

/** Position of the input axis in a kernel of the given layout. */
function inputAxis(layout: KernelLayout, rank: number): number | null {
  switch (layout) {
    case 'HWIO':
    case 'HWIM':
    case 'IO':
      return rank - 2;
    case 'HWOI':
      return rank - 1;
    case 'OIHW':
    case 'OI':
      return 1;
    case 'IOHW':
      return 0;
    case 'none':
      return null;
  }
}

/** Sizes the layer's input must have along its channel or feature axes (several for a layer norm); `null` where nothing says. */
export function fixedInputFeatures(layer: LayerNode): readonly number[] | null {
  const { kind } = layer;
  if (layer.declaredFeatures !== undefined) return layer.declaredFeatures;
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
    case 'dense':
    case 'recurrent': {
      const kernel = weightOf(layer, 'kernel');
      const axis = kernel === null ? null : inputAxis(kernel.layout, kernel.shape.length);
      const size = axis === null ? undefined : kernel?.shape[axis];
      if (size === undefined) return null;
      return [kind.kind === 'conv' ? size * kind.groups : size];
    }
    case 'depthwiseConv':
    case 'separableConv': {
      const kernel = weightOf(layer, 'depthwiseKernel', 'kernel');
      if (kernel === null || kernel.layout !== 'HWIM') return null;
      const size = kernel.shape.at(-2);
      return size === undefined ? null : [size];
    }
    case 'batchNorm':
    case 'groupNorm': {
      const vector = weightOf(layer, 'gamma', 'beta', 'movingMean');
      const size = vector?.shape.length === 1 ? vector.shape[0] : undefined;
      return size === undefined ? null : [size];
    }
    case 'layerNorm': {
      const tensor = weightOf(layer, 'gamma', 'beta');
      return tensor !== null && tensor.shape.length === kind.axes.length ? tensor.shape : null;
    }
    default:
      return null;
  }
}
