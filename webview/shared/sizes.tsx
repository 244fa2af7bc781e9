/** Sizes of values; where the model leaves an axis open, the size it had in the last run, marked as such. */
import { formatShape, type Shape } from '../../src/core/shape';
import type { LayerRow } from '../../src/core/summary';
import type { LayerThumbnail } from '../../src/protocol/running';
import { t } from '../l10n';
import { useApp } from '../state';

/** Whether an axis other than the batch is open. */
export const isOpen = (shape: Shape | null): boolean => shape === null || shape.slice(1).includes(null);

/** The shape with its open axes as the last run had them; `null` where nothing is open or the run says nothing. */
export function shapeOfRun(shape: Shape | null, ran: LayerThumbnail | undefined): Shape | null {
  if (!isOpen(shape) || ran === undefined) return null;
  const [batch, ...inner] = shape ?? [null, ...ran.stored];
  if (inner.length !== ran.stored.length) return null;
  return [batch ?? null, ...inner.map((size, axis) => size ?? ran.stored[axis] ?? null)];
}

export function Sizes({ layer, shape }: { readonly layer: string; readonly shape: Shape | null }) {
  const ran = useApp((state) => shapeOfRun(shape, state.thumbnails.get(layer)));
  const guessing = useApp((state) => state.guessing !== null);
  if (guessing) return <>?</>;
  if (ran === null) return <>{formatShape(shape)}</>;
  const words = t('size in the last run; the model says {0}', formatShape(shape));
  return (
    <span class="ran-size" title={words}>
      {formatShape(ran)}
      <span class="hidden-text"> ({words})</span>
    </span>
  );
}

/** Beside a layer's title: nothing where the model itself fixes the size. */
export function RunSize({ layer }: { readonly layer: LayerRow }) {
  const ran = useApp((state) => shapeOfRun(layer.outputShape, state.thumbnails.get(layer.id)));
  const guessing = useApp((state) => state.guessing !== null);
  return ran === null || guessing ? null : <span class="quiet">{t('{0} in the last run', formatShape(ran))}</span>;
}
