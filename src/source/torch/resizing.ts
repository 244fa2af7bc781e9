/** `nn.Upsample` and `F.interpolate`: by factors or to a size. */
import type { Interpolation, LayerKind, ResizeCoordinates } from '../../core/layerKind';
import type { Shape } from '../../core/shape';
import { t } from '../../core/texts';
import type { Given } from './given';

const MODES: ReadonlyMap<string, { readonly interpolation: Interpolation; readonly axes: number | null }> = new Map([
  ['nearest', { interpolation: 'nearest', axes: null }],
  ['nearest-exact', { interpolation: 'nearest', axes: null }],
  ['linear', { interpolation: 'bilinear', axes: 1 }],
  ['bilinear', { interpolation: 'bilinear', axes: 2 }],
  ['bicubic', { interpolation: 'bicubic', axes: 2 }],
  ['trilinear', { interpolation: 'bilinear', axes: 3 }],
  ['area', { interpolation: 'area', axes: null }]
]);

/** @param aligned `align_corners` where it is fixed by the class */
export function resizeKind(given: Given, input: Shape | null, mode: string, aligned?: boolean): LayerKind {
  const found = MODES.get(mode);
  if (found === undefined) return { kind: 'opaque', reason: t('the interpolation {0} is not known here', mode) };
  const rank = found.axes ?? (input === null ? 2 : Math.max(1, input.length - 2));
  const { interpolation } = found;
  const corners = aligned ?? given.flag('align_corners', false);
  const coordinates: ResizeCoordinates =
    mode === 'nearest' ? 'asymmetric' : mode === 'nearest-exact' || !corners ? 'halfPixel' : 'alignCorners';
  const size = given.raw('size');
  if (size !== undefined && size !== null) {
    const [height, width = height] = given.each('size', rank, 1);
    if (rank !== 2 || height === undefined || width === undefined) {
      return { kind: 'opaque', reason: t('resizing {0} axes to a size is not one of the layers known here', rank) };
    }
    return { kind: 'resize', height, width, interpolation, coordinates, dataFormat: 'channelsFirst' };
  }
  const factors = given.each('scale_factor', rank, 1);
  return { kind: 'upsample', factors, interpolation, coordinates, dataFormat: 'channelsFirst' };
}
