/** The picture of a layer in the strip: its strongest map, bars, a line; a box in proportion to its shape without one. */
import { useMemo } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { LayerThumbnail } from '../../src/protocol/requests';
import { t } from '../l10n';
import { DrawnCanvas, PixelCanvas, bars, line } from '../shared/canvas';
import { formatValue } from '../shared/format';

const size = 34;
/** Identity at inference: the hatching says that training would drop some of what is shown. */
const dropping: ReadonlySet<LayerRow['kind']> = new Set(['dropout', 'alphaDropout']);

export function Thumbnail({ layer, picture }: { readonly layer: LayerRow; readonly picture: LayerThumbnail | null }) {
  const drawing = useMemo(() => {
    if (picture === null || picture.picture.kind === 'map') return null;
    const { kind, values, range } = picture.picture;
    return kind === 'bars' ? bars(values, range.min, range.max) : line(values, range.min, range.max);
  }, [picture]);
  if (picture === null) return <ShapeBox layer={layer} />;
  const { statistics } = picture;
  const look = dropping.has(layer.kind) ? 'thumb thumb-hatched' : 'thumb';
  const facts = t('mean {0}, largest {1}', formatValue(statistics.mean), formatValue(statistics.max));
  if (picture.picture.kind === 'map') {
    const label = t('map {0} of {1}, the strongest; {2}', picture.picture.channel, layer.name, facts);
    return (
      <span class={look} title={label}>
        <PixelCanvas pixels={picture.picture.pixels} label={label} />
        <span class="thumb-number" aria-hidden="true">
          {picture.picture.channel}
        </span>
      </span>
    );
  }
  return (
    <span class={look} title={facts}>
      {drawing && <DrawnCanvas width={size} height={size} draw={drawing} label={`${layer.name}: ${facts}`} />}
    </span>
  );
}

/** Width by channels, height by spatial size, both on a logarithmic scale. */
function ShapeBox({ layer }: { readonly layer: LayerRow }) {
  const sizes = (layer.outputShape ?? []).slice(1).map((value) => value ?? 1);
  const channels = sizes.at(-1) ?? 1;
  const spatial = sizes.length > 1 ? (sizes[0] ?? 1) : 1;
  const scaled = (value: number, most: number) => Math.max(3, Math.min(size - 4, (Math.log2(value + 1) / most) * size));
  const height = scaled(spatial, 9);
  const width = scaled(channels, 12);
  return (
    <span class="thumb thumb-empty" aria-hidden="true">
      <svg width={size} height={size}>
        <rect x={(size - width) / 2} y={(size - height) / 2} width={width} height={height} class="shape-box" />
      </svg>
    </span>
  );
}
