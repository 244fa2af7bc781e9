/** One channel wherever it is: its kernel, its map, its batch-norm numbers and the filters that read it most. */
import { useEffect, useState } from 'preact/hooks';
import type { ChannelCard as Card, ChannelReader } from '../../src/protocol/channelCard';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { PixelCanvas } from '../shared/canvas';
import { formatValue } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { app, useApp } from '../state';

interface CardProps {
  readonly model: string;
  readonly layer: string;
  readonly channel: number;
  /** `null` before the first pass: no map then. */
  readonly run: number | null;
}

export function ChannelCard(props: CardProps) {
  const channel = useResting(props.channel);
  const card = useRequest('channelCard', { model: props.model, layer: props.layer, channel });
  return (
    <section class="channel-card" aria-label={t('Channel {0} everywhere', channel)}>
      <strong>{t('Channel {0} everywhere', channel)}</strong>
      <Loaded of={card} skeleton="lines">
        {(found) => <Everywhere {...props} channel={channel} card={found} />}
      </Loaded>
    </section>
  );
}

/** The pointer passes over many tiles: only where it rests is asked about. */
function useResting(channel: number): number {
  const [resting, setResting] = useState(channel);
  useEffect(() => {
    const timer = setTimeout(() => setResting(channel), 90);
    return () => clearTimeout(timer);
  }, [channel]);
  return resting;
}

function Everywhere({ model, layer, channel, run, card }: CardProps & { readonly card: Card }) {
  const { maker, batchNorm, readers, end } = card;
  return (
    <>
      <div class="channel-pictures">
        {maker !== null && <Kernel model={model} maker={maker} channel={channel} />}
        {run !== null && <Map model={model} layer={layer} channel={channel} run={run} />}
      </div>
      {batchNorm !== null && (
        <p>
          <button type="button" class="link" onClick={() => go(batchNorm.layer, channel, 'maps')}>
            {batchNorm.layer}
          </button>
          {': '}
          {[
            ['gamma', batchNorm.gamma],
            ['beta', batchNorm.beta],
            [t('moving mean'), batchNorm.mean],
            [t('moving variance'), batchNorm.variance]
          ]
            .flatMap(([name, value]) => (typeof value === 'number' ? [`${name} ${formatValue(value)}`] : []))
            .join(' · ')}
        </p>
      )}
      {readers.map((reader) => (
        <Reader key={reader.layer} reader={reader} />
      ))}
      {end !== null && <p class="quiet">{t('No filter reads it: {0}.', end)}</p>}
    </>
  );
}

function go(layer: string, channel: number, view: 'kernels' | 'maps'): void {
  selectLayer(layer, view);
  app.set({ channel });
}

function Kernel({
  model,
  maker,
  channel
}: {
  readonly model: string;
  readonly maker: NonNullable<Card['maker']>;
  readonly channel: number;
}) {
  const scale = useApp((state) => state.scale);
  const tiles = useRequest('kernelTiles', {
    model,
    layer: maker.layer,
    role: maker.role,
    scale,
    colormap: 'diverging',
    planes: [[channel, -1]]
  });
  const tile = tiles.status === 'done' ? tiles.value.tiles[0] : undefined;
  return (
    <figure>
      {tile !== undefined && <PixelCanvas pixels={tile} label={t('Kernel {0} of {1}', channel, maker.layer)} />}
      <figcaption>
        <button type="button" class="link" onClick={() => go(maker.layer, channel, 'kernels')}>
          {t('kernel in {0}', maker.layer)}
        </button>
      </figcaption>
    </figure>
  );
}

function Map({
  model,
  layer,
  channel,
  run
}: {
  readonly model: string;
  readonly layer: string;
  readonly channel: number;
  readonly run: number;
}) {
  const sheet = useRequest('mapSheet', { model, layer, occurrence: 0 }, run);
  const signed = sheet.status === 'done' && sheet.value.signed;
  const tiles = useRequest(
    'mapTiles',
    {
      model,
      layer,
      occurrence: 0,
      channels: [channel],
      slice: 0,
      scale: 'each',
      colormap: signed ? 'diverging' : 'viridis'
    },
    run
  );
  const tile = tiles.status === 'done' ? tiles.value.tiles[0] : undefined;
  const facts = sheet.status === 'done' ? sheet.value.perChannel[channel] : undefined;
  return (
    <figure>
      {tile !== undefined && tile.height > 1 && (
        <PixelCanvas pixels={tile} label={t('Map {0} of {1}', channel, layer)} />
      )}
      <figcaption>
        <button type="button" class="link" onClick={() => go(layer, channel, 'maps')}>
          {t('map in {0}', layer)}
        </button>
        {facts !== undefined && (
          <span class="quiet"> {t('mean {0}, largest {1}', formatValue(facts.mean), formatValue(facts.max))}</span>
        )}
      </figcaption>
    </figure>
  );
}

function Reader({ reader }: { readonly reader: ChannelReader }) {
  return (
    <div class="channel-readers">
      <span>
        {reader.of <= reader.filters.length
          ? t('read in {0} by:', reader.layer)
          : t('read most by, of the {0} filters of {1}:', reader.of, reader.layer)}
      </span>
      {reader.filters.map(({ filter, strength }) => (
        <button
          key={filter}
          type="button"
          class="channel-filter"
          title={t('filter {0} of {1}: mean |weight| {2} on this channel', filter, reader.layer, formatValue(strength))}
          onClick={() => go(reader.layer, filter, 'kernels')}
        >
          {filter} <span class="quiet">{formatValue(strength, 2)}</span>
        </button>
      ))}
    </div>
  );
}
