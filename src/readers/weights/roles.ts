/** Gives a layer's tensors their roles and axis orders. */
import type { LayerKind } from '../../core/layerKind';
import type { TensorRef, WeightRole } from '../../core/tensor';
import { tensorRef, type RawTensor } from './rawTensor';
import { slotsOf } from './slots';

/** How the kernels of a file are stored, where it is not as in Keras 2 and 3 on TensorFlow. */
export interface KernelConvention {
  /** Keras 1 keeps kernels of `dim_ordering: th` layers as `[O, I, H, W]`. */
  readonly theanoOrder: boolean;
  /** Theano convolves with the kernel rotated by 180 degrees. */
  readonly flipped: boolean;
}

export const USUAL: KernelConvention = { theanoOrder: false, flipped: false };

/** Keras 1 gives 1-D kernels a second spatial axis of size 1. */
function withoutUnitAxis(shape: readonly number[], rank: number, theano: boolean): readonly number[] {
  if (rank !== 1 || shape.length !== 4) return shape;
  return theano ? shape.slice(0, 3) : [shape[0] ?? 0, ...shape.slice(2)];
}

function kernelOf(raw: RawTensor, role: WeightRole, kind: LayerKind, convention: KernelConvention): TensorRef {
  const { theanoOrder, flipped } = convention;
  switch (kind.kind) {
    case 'conv': {
      const shape = withoutUnitAxis(raw.shape, kind.rank, theanoOrder);
      return tensorRef(raw, role, theanoOrder ? 'OIHW' : 'HWIO', flipped, shape);
    }
    case 'convTranspose':
      return tensorRef(raw, role, theanoOrder ? 'OIHW' : 'HWOI', flipped);
    case 'separableConv':
      if (role === 'pointwiseKernel') return tensorRef(raw, role, theanoOrder ? 'OIHW' : 'HWIO');
      return tensorRef(raw, role, theanoOrder ? 'OIHW' : 'HWIM');
    case 'depthwiseConv':
      return tensorRef(raw, role, theanoOrder ? 'OIHW' : 'HWIM');
    default:
      return tensorRef(raw, role, 'IO');
  }
}

const KERNELS: ReadonlySet<WeightRole> = new Set(['kernel', 'depthwiseKernel', 'pointwiseKernel', 'recurrentKernel']);

/** Products that a recurrent kernel holds side by side. */
const GATES = { simple: 1, lstm: 4, gru: 3 } as const;

/** How many axes a tensor of the role has; `null` where that is open. */
function rankOf(role: WeightRole, kind: LayerKind): number | null {
  if (KERNELS.has(role)) {
    switch (kind.kind) {
      case 'conv':
      case 'depthwiseConv':
      case 'separableConv':
      case 'convTranspose':
        return kind.rank + 2;
      default:
        return 2;
    }
  }
  return kind.kind === 'batchNorm' ? 1 : null;
}

/** Whether the tensors, taken by position, can be the weights of a layer of this kind. */
export function fits(kind: LayerKind, raws: readonly RawTensor[]): boolean {
  const slots = slotsOf(kind);
  if (slots === null) return true;
  if (raws.length < slots.length) return false;
  return slots.every(({ role }, i) => {
    const shape = raws[i]?.shape ?? [];
    const rank = rankOf(role, kind);
    const unitAxis = kind.kind === 'conv' && kind.rank === 1 && shape.length === 4;
    if (rank !== null && shape.length !== rank && !unitAxis) return false;
    if (kind.kind === 'recurrent' && KERNELS.has(role)) return shape[1] === GATES[kind.cell] * kind.units;
    if (role !== 'kernel') return true;
    if (kind.kind === 'conv') return shape.at(-1) === kind.filters || shape[0] === kind.filters;
    return kind.kind === 'dense' ? shape[1] === kind.units : true;
  });
}

/** By position. What does not fit keeps the role `other`: it is shown, and the layer cannot be run. */
export function withRoles(
  kind: LayerKind,
  raws: readonly RawTensor[],
  convention: KernelConvention = USUAL
): TensorRef[] {
  const slots = slotsOf(kind);
  if (slots === null || !fits(kind, raws)) return raws.map((raw) => tensorRef(raw, 'other'));
  return raws.map((raw, i) => {
    const role = slots[i]?.role ?? (raw.name.includes('seed') ? 'seed' : 'other');
    return KERNELS.has(role) ? kernelOf(raw, role, kind, convention) : tensorRef(raw, role);
  });
}
