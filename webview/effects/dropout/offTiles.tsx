/** The layer's maps as a sheet: a click switches one off or on. */
import { channel as rpc } from '../../channel';
import { t } from '../../l10n';
import { formatSizes, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';
import { TileSheet } from '../../shared/tileSheet';
import { useRequest } from '../../shared/useRequest';

export function OffTiles(props: {
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
  readonly run: number;
  readonly off: readonly number[];
  readonly onToggle: (channel: number) => void;
}) {
  const { model, layer, occurrence, run, off, onToggle } = props;
  const sheet = useRequest('mapSheet', { model, layer, occurrence }, run);
  if (sheet.status !== 'done') return null;
  const { value } = sheet;
  const [height, width] = value.size;
  const colormap = value.signed ? 'diverging' : 'viridis';
  const limit = Math.max(Math.abs(value.statistics.min), Math.abs(value.statistics.max));
  const slice = Math.floor(value.slices / 2);
  const describe = (index: number) =>
    t(
      'map {0}: mean |a| {1}, {2}',
      index,
      formatValue(value.perChannel[index]?.meanAbs ?? 0),
      off.includes(index) ? t('off') : t('on')
    );
  return (
    <section aria-label={t('Maps to switch off')}>
      <Legend
        colormap={colormap}
        min={value.signed ? -limit : value.statistics.min}
        max={limit}
        note={t('click a map to switch it off; a barred square marks those that are off')}
      />
      <TileSheet
        label={t('{0} feature maps of {1}, {2} each', value.channels, layer, formatSizes(value.size))}
        count={value.channels}
        edge={48}
        aspect={width / height}
        captions
        version={`off-${model}-${layer}-${String(occurrence)}-${String(run)}`.replace(/\s/g, '_')}
        load={(channels, signal) =>
          rpc.request('mapTiles', { model, layer, occurrence, channels, slice, scale: 'shared', colormap }, { signal })
        }
        describe={describe}
        caption={(index) => (off.includes(index) ? t('{0} off', index) : String(index))}
        mark={(index) => (off.includes(index) ? 'dead' : null)}
        selected={off.at(-1) ?? null}
        onSelect={onToggle}
      />
    </section>
  );
}
