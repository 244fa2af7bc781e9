/** One pair of layers: the kernels or maps of both and their difference, with the same channel marked in all three. */
import { useRef, useState } from 'preact/hooks';
import type { ModelComparison, TensorDifference } from '../../src/protocol/compare';
import type { Tiles } from '../../src/protocol/values';
import { channel as rpc } from '../channel';
import { t } from '../l10n';
import { formatShare, formatValue } from '../shared/format';
import { useSize } from '../shared/hooks';
import { TileSheet } from '../shared/tileSheet';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { app, useApp, type Compared } from '../state';

type Of = 'kernels' | 'maps';

export function PairDetail(props: {
  readonly comparison: ModelComparison;
  readonly compared: Compared;
  readonly run: number;
}) {
  const { comparison, compared, run } = props;
  const layer = useApp((state) => state.layer);
  const pair = comparison.pairs.find(({ a }) => a === layer);
  const [wanted, setWanted] = useState<Of>(compared.kind === 'picture' ? 'maps' : 'kernels');
  if (pair === undefined) return <p class="empty">{t('Select a layer that both networks have.')}</p>;
  const hasKernels = pair.kernels !== null;
  const of: Of = wanted === 'kernels' && hasKernels ? 'kernels' : 'maps';
  return (
    <section aria-label={t('{0} side by side', pair.a)}>
      <div class="switch" role="group" aria-label={t('What is compared')}>
        <button
          type="button"
          aria-pressed={of === 'kernels'}
          disabled={!hasKernels}
          onClick={() => setWanted('kernels')}
        >
          {t('Kernels')}
        </button>
        <button type="button" aria-pressed={of === 'maps'} onClick={() => setWanted('maps')}>
          {t('Maps')}
        </button>
      </div>
      {of === 'kernels' && pair.kernels !== null ? (
        <OfKernels key={pair.a} a={pair.a} b={pair.b} difference={pair.kernels} compared={compared} />
      ) : run >= 0 ? (
        <OfMaps key={pair.a} a={pair.a} b={pair.b} compared={compared} run={run} />
      ) : (
        <p class="empty">{t('Choose an input above; its maps appear here.')}</p>
      )}
    </section>
  );
}

function OfKernels(props: {
  readonly a: string;
  readonly b: string;
  readonly difference: TensorDifference;
  readonly compared: Compared;
}) {
  const { a, b, difference, compared } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const other = compared.opened.model;
  const sheet = useRequest('kernelSheet', { model, layer: a });
  return (
    <Loaded of={sheet}>
      {({ role, outChannels, inChannels, size }) => {
        const [height = 1, width = 1] = size.slice(-2);
        const kernels = (of: string, layer: string) => (filters: readonly number[], signal: AbortSignal) =>
          rpc.request(
            'kernelTiles',
            {
              model: of,
              layer,
              role,
              planes: filters.map((filter) => [filter, inChannels === 1 ? 0 : -1] as const),
              scale: 'shared',
              colormap: 'diverging'
            },
            { signal }
          );
        return (
          <Three
            count={outChannels}
            aspect={width / height}
            edge={44}
            version={`ck ${model} ${other} ${a} ${b}`}
            difference={difference}
            a={kernels(model, a)}
            b={kernels(other, b)}
            gap={(channels, signal) =>
              rpc.request('differenceTiles', { model, other, a, b, of: 'kernels', channels }, { signal })
            }
          />
        );
      }}
    </Loaded>
  );
}

function OfMaps(props: { readonly a: string; readonly b: string; readonly compared: Compared; readonly run: number }) {
  const { a, b, compared, run } = props;
  const model = useApp((state) => state.opened?.model ?? '');
  const other = compared.opened.model;
  const difference = useRequest('compareMaps', { model, other, a, b }, run);
  const sheet = useRequest('mapSheet', { model, layer: a, occurrence: 0 }, run);
  return (
    <Loaded of={difference}>
      {(gap) => (
        <Loaded of={sheet}>
          {({ channels: count, size, signed }) => {
            const maps = (of: string, layer: string) => (channels: readonly number[], signal: AbortSignal) =>
              rpc.request(
                'mapTiles',
                {
                  model: of,
                  layer,
                  occurrence: 0,
                  channels,
                  slice: 0,
                  scale: 'shared',
                  colormap: signed ? 'diverging' : 'viridis'
                },
                { signal }
              );
            return (
              <Three
                count={count}
                aspect={size[1] / size[0]}
                edge={56}
                version={`cm ${model} ${other} ${a} ${b} ${String(run)}`}
                difference={gap}
                a={maps(model, a)}
                b={maps(other, b)}
                gap={(channels, signal) =>
                  rpc.request('differenceTiles', { model, other, a, b, of: 'maps', channels }, { signal })
                }
              />
            );
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

/** The edge at which whole tiles fill the width of a sheet. */
function filling(width: number, least: number): number {
  const room = width - 6;
  const columns = Math.floor(room / (least + 4));
  return columns < 1 ? least : Math.floor(room / columns) - 4;
}

type Load = (channels: readonly number[], signal: AbortSignal) => Promise<Tiles>;

function Three(props: {
  readonly count: number;
  readonly aspect: number;
  readonly edge: number;
  readonly version: string;
  readonly difference: TensorDifference;
  readonly a: Load;
  readonly b: Load;
  readonly gap: Load;
}) {
  const { count, aspect, edge, version, difference } = props;
  const pinned = useApp((state) => state.channel);
  const hovered = useApp((state) => state.hovered);
  const box = useRef<HTMLElement>(null);
  const { width } = useSize(box);
  const selected = pinned !== null && pinned < count ? pinned : null;
  if (!difference.comparable) return <p class="empty">{t('These cannot be subtracted: {0}.', difference.reason)}</p>;
  const describe = (index: number) => {
    const one = difference.perChannel[index];
    if (one === undefined) return '';
    return t(
      'channel {0}: apart {1}, cosine {2}',
      index,
      one.relative === null ? '?' : formatShare(one.relative),
      one.cosine === null ? '?' : formatValue(one.cosine)
    );
  };
  const sheets: readonly (readonly [string, Load])[] = [
    ['A', props.a],
    ['B', props.b],
    ['B − A', props.gap]
  ];
  return (
    <>
      <div class="three">
        {sheets.map(([title, load], place) => (
          <figure key={title} ref={place === 0 ? box : null}>
            <figcaption>{title}</figcaption>
            <TileSheet
              label={t('{0} channels of {1}', count, title)}
              count={count}
              edge={filling(width, edge)}
              aspect={aspect}
              captions
              version={`${version} ${String(place)}`.replace(/\s/g, '_')}
              load={load}
              describe={describe}
              selected={selected}
              onSelect={(channel) => app.set({ channel })}
              lit={hovered}
              onHover={(hovered) => app.set({ hovered })}
            />
          </figure>
        ))}
      </div>
      <p class="quiet">
        {selected !== null
          ? describe(selected)
          : difference.largest === 0
            ? t('A and B each on their own scale; there is no difference.')
            : t(
                'A and B each on their own scale; the difference from {0} to {1}.',
                formatValue(-difference.largest),
                formatValue(difference.largest)
              )}
      </p>
    </>
  );
}
