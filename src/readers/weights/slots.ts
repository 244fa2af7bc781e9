/** Which weights a layer keeps, in Keras's order: the position in the file decides what a tensor is, never its name. */
import type { LayerKind } from '../../core/layerKind';
import type { WeightRole } from '../../core/tensor';

export interface Slot {
  readonly role: WeightRole;
  /** Whether Keras lists it among the trainable weights of a layer that is trainable. */
  readonly learns: boolean;
}

const learned = (...roles: WeightRole[]): Slot[] => roles.map((role) => ({ role, learns: true }));
const kept = (...roles: WeightRole[]): Slot[] => roles.map((role) => ({ role, learns: false }));

/** `null` where the kind does not tell: an opaque layer keeps whatever it keeps. */
export function slotsOf(kind: LayerKind): readonly Slot[] | null {
  switch (kind.kind) {
    case 'conv':
    case 'convTranspose':
    case 'dense':
      return learned('kernel', ...(kind.useBias ? (['bias'] as const) : []));
    case 'depthwiseConv':
      return learned('depthwiseKernel', ...(kind.useBias ? (['bias'] as const) : []));
    case 'separableConv':
      return learned('depthwiseKernel', 'pointwiseKernel', ...(kind.useBias ? (['bias'] as const) : []));
    case 'batchNorm':
      return [
        ...(kind.scale ? learned('gamma') : []),
        ...(kind.center ? learned('beta') : []),
        ...kept('movingMean', 'movingVariance')
      ];
    case 'layerNorm':
    case 'groupNorm':
      return [...(kind.scale ? learned('gamma') : []), ...(kind.center ? learned('beta') : [])];
    case 'prelu':
      return learned('alpha');
    case 'embedding':
      return learned('embeddings');
    case 'normalization':
      return kind.mean === null ? kept('mean', 'variance', 'count') : [];
    case 'recurrent': {
      const one = learned('kernel', 'recurrentKernel', ...(kind.useBias ? (['bias'] as const) : []));
      return kind.bidirectional === null ? one : [...one, ...one];
    }
    case 'opaque':
    case 'model':
      return null;
    default:
      return [];
  }
}
