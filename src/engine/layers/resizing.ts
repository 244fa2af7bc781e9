/** Kinds `upsample` and `resize`. */
import type { KindOf } from '../../core/layerKind';
import { spatialAxes } from '../../core/shape';
import type { Tensor } from '../tensorLibrary';
import { type ForwardContext, type LayerWeights, single } from './context';
import { resizeTaps } from './resizeTaps';
import { resampleAxis } from './taps';

export function upsample(
  kind: KindOf<'upsample'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  const x = single(inputs);
  const sizes = spatialAxes(x.rank, kind.dataFormat).map((axis, i) =>
    Math.floor((x.shape[axis] ?? 1) * (kind.factors[i] ?? 1))
  );
  return resample(x, kind, sizes, context);
}

export function resize(
  kind: KindOf<'resize'>,
  inputs: readonly Tensor[],
  _weights: LayerWeights,
  context: ForwardContext
): Tensor {
  return resample(single(inputs), kind, [kind.height, kind.width], context);
}

/** One axis after the other: every interpolation here is separable. */
function resample(
  value: Tensor,
  kind: KindOf<'upsample'> | KindOf<'resize'>,
  sizes: readonly number[],
  { tf, dialect }: ForwardContext
): Tensor {
  const { interpolation, coordinates } = kind;
  return spatialAxes(value.rank, kind.dataFormat).reduce<Tensor>((result, axis, i) => {
    const from = result.shape[axis] ?? 1;
    const to = sizes[i] ?? from;
    if (from === to) return result;
    return resampleAxis(tf, result, axis, resizeTaps(from, to, { interpolation, coordinates, dialect }));
  }, value);
}
