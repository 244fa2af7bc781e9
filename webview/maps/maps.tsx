/** Feature maps of a layer for the input now set: the sheet, one map large, and the arithmetic behind a pixel. */
import { CallChoice } from '../shared/callChoice';
import { useMemo, useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { MapSheet } from '../../src/protocol/running';
import { channel as rpc } from '../channel';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { NumberGrid } from '../kernels/filterNumbers';
import { ScaleChoice } from '../kernels/kernels';
import { sliceAt } from '../layers/thumbnail';
import { cancelRun, run } from '../session';
import { formatShare, formatSizes, formatValue } from '../shared/format';
import { Explanation, Legend, SoWhat } from '../shared/parts';
import { TileSheet } from '../shared/tileSheet';
import { useRequest } from '../shared/useRequest';
import { ValueStrip } from '../shared/valueStrip';
import { ErrorBox, Loaded, Skeleton, Waiting } from '../shared/waiting';
import { app, useApp } from '../state';
import { ChannelCard } from '../channelCard/channelCard';
import { BigMap } from './bigMap';
import { lineTile, mapLines } from './mapLines';

export function Maps({ layer }: { readonly layer: LayerRow }) {
  const status = useApp((state) => state.run);
  const runs = useApp((state) => (state.opened?.inputs.length ?? 0) > 0);
  if (!runs)
    return (
      <div class="view">
        <p class="empty">{t('No maps: the file says nothing about how its layers are wired.')}</p>
      </div>
    );
  if (status.status === 'idle')
    return (
      <div class="view">
        <p class="empty">{t('Choose an input above; its maps appear here.')}</p>
        <Skeleton />
      </div>
    );
  if (status.status === 'running') return <Waiting note={status.note} onCancel={cancelRun} />;
  if (status.status === 'failed') return <ErrorBox error={status.error} onRetry={() => void run()} />;
  return <OfRun key={layer.id} layer={layer} run={status.outcome.run} />;
}

function OfRun({ layer, run: version }: { readonly layer: LayerRow; readonly run: number }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const [occurrence, setOccurrence] = useState(0);
  const sheet = useRequest('mapSheet', { model, layer: layer.id, occurrence }, version);
  return (
    <div class="view maps-view">
      <CallChoice layer={layer} occurrence={occurrence} onChange={setOccurrence} />
      <Loaded of={sheet}>
        {(value) =>
          value.size[0] * value.size[1] * value.slices === 1 ? (
            <Vector model={model} sheet={value} run={version} />
          ) : (
            <MapGrid model={model} sheet={value} run={version} />
          )
        }
      </Loaded>
    </div>
  );
}

function MapGrid({
  model,
  sheet,
  run: version
}: {
  readonly model: string;
  readonly sheet: MapSheet;
  readonly run: number;
}) {
  const { scale, colormap } = useApp((state) => state);
  const pinned = useApp((state) => state.channel);
  const hovered = useApp((state) => state.hovered);
  const slice = sliceAt(
    useApp((state) => state.depth),
    sheet.slices
  );
  const strongest = sheet.perChannel.reduce(
    (best, one, index, all) => (one.meanAbs > (all[best]?.meanAbs ?? 0) ? index : best),
    0
  );
  const silent = sheet.perChannel.filter((one) => one.zeros === 1).length;
  const chosen = pinned !== null && pinned < sheet.channels ? pinned : strongest;
  const limit = Math.max(Math.abs(sheet.statistics.min), Math.abs(sheet.statistics.max));
  const colours = sheet.signed ? 'diverging' : colormap;
  const describe = (index: number) => {
    const one = sheet.perChannel[index];
    return one === undefined
      ? ''
      : t(
          'map {0}: mean {1}, largest {2}, zeros {3}',
          index,
          formatValue(one.mean),
          formatValue(one.max),
          formatShare(one.zeros)
        );
  };
  const [height, width] = sheet.size;
  const { layer, occurrence } = sheet;
  const series = sheet.shape.length === 2;
  const theme = useApp((state) => state.theme);
  const scaleNote = scale === 'shared' ? t('one scale for all') : t('largest; each tile has its own scale');
  return (
    <>
      <div class="tools">
        <ScaleChoice />
        {!sheet.signed && !series && (
          <Dropdown
            label={t('Colours')}
            value={colormap}
            onChange={(value) => app.set({ colormap: value })}
            choices={[
              { value: 'viridis', label: 'Viridis' },
              { value: 'gray', label: t('Grey') }
            ]}
          />
        )}
        {sheet.slices > 1 && (
          <label class="slider">
            {t('Slice {0} of {1}', slice + 1, sheet.slices)}
            <input
              type="range"
              min={0}
              max={sheet.slices - 1}
              value={slice}
              onInput={(event) => app.set({ depth: (Number(event.currentTarget.value) + 0.5) / sheet.slices })}
            />
          </label>
        )}
      </div>
      {series ? (
        <p class="quiet">
          {t(
            '↑ value, {0} to {1}, {2} · → time step 0 to {3}',
            formatValue(sheet.statistics.min),
            formatValue(sheet.statistics.max),
            scaleNote,
            width - 1
          )}
        </p>
      ) : (
        <Legend
          colormap={colours}
          min={sheet.signed ? -limit : sheet.statistics.min}
          max={sheet.signed ? limit : sheet.statistics.max}
          note={scaleNote}
        />
      )}
      <TileSheet
        label={t('{0} feature maps of {1}, {2} each', sheet.channels, layer, formatSizes(sheet.size))}
        count={sheet.channels}
        edge={series ? lineTile.width : 64}
        aspect={series ? lineTile.width / lineTile.height : width / height}
        captions
        version={`m-${model}-${layer}-${occurrence}-${version}-${slice}-${scale}-${series ? theme : colours}`.replace(
          /\s/g,
          '_'
        )}
        load={(channels, signal) =>
          series
            ? mapLines(model, sheet, channels, scale, signal)
            : rpc.request(
                'mapTiles',
                { model, layer, occurrence, channels, slice, scale, colormap: colours },
                { signal }
              )
        }
        describe={describe}
        selected={chosen}
        onSelect={(channel) => app.set({ channel })}
        lit={hovered}
        onHover={(channel) => app.set({ hovered: channel })}
      />
      <p class="quiet">{describe(hovered ?? chosen)}</p>
      <ChannelCard model={model} layer={layer} channel={hovered ?? chosen} run={version} />
      <BigMap
        key={`${layer} ${occurrence}`}
        model={model}
        sheet={sheet}
        channel={chosen}
        slice={slice}
        colormap={colours}
        run={version}
      />
      <Explanation
        see={t(
          'Each picture is what one filter answers at every place of the input; the numbered map is where it answers most.'
        )}
        look={t(
          'Maps that follow an edge or a part of the object carry information; maps that are zero everywhere carry none.'
        )}
      />
      <SoWhat
        text={t(
          'Map {0} answers most strongly (mean {1}); {2} of {3} maps are zero everywhere.',
          strongest,
          `|a| ${formatValue(sheet.perChannel[strongest]?.meanAbs ?? 0)}`,
          silent,
          sheet.channels
        )}
      >
        <Button onClick={() => app.set({ channel: strongest })}>{t('Show map {0}', strongest)}</Button>
      </SoWhat>
    </>
  );
}

function Vector({
  model,
  sheet,
  run: version
}: {
  readonly model: string;
  readonly sheet: MapSheet;
  readonly run: number;
}) {
  const { layer, occurrence } = sheet;
  const values = sheet.perChannel.map((one) => one.mean);
  const numbers = useMemo(() => Float32Array.from(sheet.perChannel, (one) => one.mean), [sheet]);
  const strongest = values.reduce(
    (best, value, index) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? index : best),
    0
  );
  const chosen = useApp((state) => state.channel) ?? strongest;
  return (
    <>
      <ValueStrip
        values={numbers}
        label={t('{0} values of {1}', values.length, layer)}
        cell={t('unit')}
        selected={Math.min(chosen, sheet.channels - 1)}
        onSelect={(channel) => app.set({ channel })}
      />
      <ChannelCard model={model} layer={layer} channel={Math.min(chosen, sheet.channels - 1)} run={version} />
      <details>
        <summary>{t('All numbers')}</summary>
        <NumberGrid values={numbers} columns={10} />
      </details>
      <BigMap
        key={layer}
        model={model}
        sheet={sheet}
        channel={Math.min(chosen, sheet.channels - 1)}
        slice={0}
        colormap="diverging"
        run={version}
      />
      <SoWhat
        text={t(
          'Unit {0} answers most strongly: {1} (call {2}).',
          strongest,
          formatValue(values[strongest] ?? 0),
          occurrence + 1
        )}
      />
    </>
  );
}
