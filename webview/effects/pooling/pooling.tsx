/** A pooling layer: its map before and after, window by window, and what another pooling or a moved input would change. */
import { CallChoice } from '../../shared/callChoice';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { LayerRow } from '../../../src/core/summary';
import type { PooledMap, PoolChoice } from '../../../src/protocol/effects/pooling';
import { t } from '../../l10n';
import { formatShare, formatSizes, formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';
import { Breaking, Explanation, Legend } from '../../shared/parts';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { app, useApp } from '../../state';
import { CellMap } from '../cells/cellMap';
import { cellAt, flatOf, frameOf, outputOver, padsOf, type Cell } from '../cells/linked';
import { ChannelStepper, NeedsRun, UntrainedNote } from '../cells/needsRun';
import { scaleFor, sliceOf } from '../cells/paint';
import { NoPooling } from './noPooling';
import { Shift } from './shift';
import { Swap } from './swap';
import { WayBack } from './wayBack';
import { WindowNumbers } from './windowNumbers';

export function Pooling({ layer }: { readonly layer: LayerRow | null }) {
  if (layer === null) return <NoPooling />;
  return <NeedsRun>{(run) => <OfLayer key={layer.id} layer={layer} run={run} />}</NeedsRun>;
}

function OfLayer({ layer, run }: { readonly layer: LayerRow; readonly run: number }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const channel = useApp((state) => state.channel);
  const [occurrence, setOccurrence] = useState(0);
  const channels = layer.outputShape === null ? null : Math.max(...layer.outputShape.slice(1).map((size) => size ?? 0));
  const asked = channel !== null && channels !== null && channel < channels ? channel : null;
  const map = useRequest('poolingMap', { model, layer: layer.id, occurrence, channel: asked }, run);
  return (
    <div class="view">
      <CallChoice layer={layer} occurrence={occurrence} onChange={setOccurrence} />
      <UntrainedNote />
      <Loaded of={map} skeleton="block">
        {(found) => <OfMap key={occurrence} layer={layer} occurrence={occurrence} map={found} run={run} />}
      </Loaded>
    </div>
  );
}

export interface MapProps {
  readonly layer: LayerRow;
  readonly occurrence: number;
  readonly map: PooledMap;
  readonly run: number;
}

function OfMap(props: MapProps) {
  const { map } = props;
  const { axes, input, output, winners } = map;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const colormap = useApp((state) => state.colormap);
  const cut = useApp((state) => state.depth);
  const slice = Math.min(Math.floor(cut * output.size[0]), output.size[0] - 1);
  const [pinned, setPinned] = useState<Cell | null>(null);
  const [hover, setHover] = useState<Cell | null>(null);
  const [choice, setChoice] = useState<PoolChoice | null>(null);
  const cell = clampTo(hover ?? pinned ?? strongest(map, slice), map, slice);
  const flat = flatOf(axes, cell);
  const plane = input.size[1] * input.size[2];
  const winner = winners[flat] ?? -1;
  const depth = winner >= 0 ? Math.floor(winner / plane) : (axes[0].indices[slice]?.[0] ?? 0);
  const { range, map: colours } = scaleFor(map.range, colormap);
  const series = map.rank === 1;
  const before = useMemo(() => sliceOf(input, depth ?? 0), [input, depth]);
  const after = useMemo(() => sliceOf(output, slice), [output, slice]);
  const dots = useMemo(
    () =>
      map.operation === 'max'
        ? [...sliceOf({ ...output, values: Float32Array.from(winners) }, slice)].flatMap((at) =>
            at >= 0 && Math.floor(at / plane) === depth
              ? [[Math.floor((at % plane) / input.size[2]), at % input.size[2]] as const]
              : []
          )
        : [],
    [winners, slice, depth, map.operation]
  );
  const frame = frameOf(axes, cell);
  const frames = useMemo(() => (frame === null ? [] : [frame]), [frame?.y, frame?.x, frame?.high, frame?.wide]);
  const won = winner >= 0 ? ([[Math.floor((winner % plane) / input.size[2]), winner % input.size[2]]] as const) : [];
  const marked = useMemo(() => won, [winner]);
  const target = useMemo(() => [[cell[1], cell[2]] as const], [cell[1], cell[2]]);
  const move = (dy: number, dx: number) => setPinned(clampTo([slice, cell[1] + dy, cell[2] + dx], map, slice));
  const point = (found: Cell | null, keep: boolean) => {
    if (found === null) return;
    if (keep) setPinned(found);
    else setHover(found);
  };
  const pads = padsOf(axes);
  const room = Math.max(120, width - 14);
  const share = Math.max(0.5, Math.min(0.64, input.size[2] / (input.size[2] + output.size[2])));
  const text = t(
    'row {0}, column {1} of the map after: {2}',
    cell[1],
    cell[2],
    formatValue(output.values[flat] ?? 0, 5)
  );
  return (
    <>
      <div class="tools">
        <ChannelStepper
          name={t('Map')}
          channel={map.channel}
          channels={map.channels}
          onChange={(next) => app.set({ channel: next })}
        />
        {output.size[0] > 1 && (
          <label class="slider">
            {t('Slice {0} of {1}', slice + 1, output.size[0])}
            <input
              type="range"
              min={0}
              max={output.size[0] - 1}
              value={slice}
              onInput={(event) => app.set({ depth: (Number(event.currentTarget.value) + 0.5) / output.size[0] })}
            />
          </label>
        )}
      </div>
      <div ref={box} class={`pair-of-maps ${series ? 'stacked' : ''}`}>
        <figure style={series ? {} : { maxWidth: `${String(room * share)}px` }}>
          <figcaption>
            <Breaking name={t('before: {0}', map.sourceName)} />{' '}
            <span class="quiet nowrap">{formatSizes(sizesOf(input.size, map.rank))}</span>
          </figcaption>
          <CellMap
            values={before}
            size={[input.size[1], input.size[2]]}
            pads={pads}
            width={series ? room : room * share}
            range={range}
            map={colours}
            series={series}
            frames={frames}
            marked={marked}
            dots={dots}
            label={t('Map before pooling, the window framed')}
            text={text}
            onPoint={(y, x, keep) => point(outputOver(axes, slice, y, x, winners), keep)}
            onLeave={() => setHover(null)}
          />
        </figure>
        <figure style={series ? {} : { maxWidth: `${String(room * (1 - share))}px` }}>
          <figcaption>
            <Breaking name={t('after: {0}', props.layer.name)} />{' '}
            <span class="quiet nowrap">{formatSizes(sizesOf(output.size, map.rank))}</span>
          </figcaption>
          <CellMap
            values={after}
            size={[output.size[1], output.size[2]]}
            width={series ? room : room * (1 - share)}
            range={range}
            map={colours}
            series={series}
            marked={target}
            label={t('Map after pooling; arrow keys choose a cell')}
            text={text}
            onPoint={(y, x, keep) => point(clampTo([slice, y, x], map, slice), keep)}
            onLeave={() => setHover(null)}
            onMove={move}
          />
        </figure>
      </div>
      {series ? (
        <p class="quiet">
          ↑ {formatValue(map.range.min)} … {formatValue(map.range.max)} · {t('one scale for both')}
        </p>
      ) : (
        <Legend colormap={colours} min={range.min} max={range.max} note={t('one scale for both')} />
      )}
      <p class="quiet">
        {map.operation === 'max'
          ? t('● won its window · orange: the window · red: the winner and its cell')
          : t('orange: the window · red: its cell')}
        {pads.some((pad) => pad > 0) && ` · ${t('hatched: padding')}`}
      </p>
      <WindowNumbers map={map} cell={cell} />
      <p>
        {map.kept === null
          ? t('This map is zero everywhere: there is nothing to keep.')
          : t(
              'Kept: {0} of this map’s energy, {1} of all maps’ (1 − Σ(x − x̂)² / Σx², x̂: {2})',
              formatShare(map.kept),
              formatShare(map.keptInAll ?? 0),
              map.operation === 'max'
                ? t('each winner at its place, zero elsewhere')
                : t('each mean laid over its window')
            )}
      </p>
      <Explanation
        see={t(
          'On the left the map as it enters the layer, on the right what is left of it: every cell on the right stands for one window on the left.'
        )}
        look={t(
          'Max pooling passes on one cell of each window (the dot) and forgets where in the window it was; average pooling mixes all of them and weakens what stands alone.'
        )}
      />
      <WayBack {...props} flat={flat} slice={slice} />
      <Swap {...props} slice={slice} width={room} choice={choice} onChoice={setChoice} />
      <Shift {...props} slice={slice} width={room} onSwap={setChoice} />
    </>
  );
}

export function sizesOf(size: readonly [number, number, number], rank: number): readonly number[] {
  return size.slice(3 - rank);
}

function clampTo([, y, x]: Cell, { output }: PooledMap, slice: number): Cell {
  const within = (at: number, size: number) => Math.max(0, Math.min(size - 1, at));
  return [slice, within(y, output.size[1]), within(x, output.size[2])];
}

/** The cell with the greatest |value| of the slice: something to look at from the start. */
function strongest({ axes, output }: PooledMap, slice: number): Cell {
  const plane = output.size[1] * output.size[2];
  let best = slice * plane;
  for (let i = best; i < (slice + 1) * plane; i++) {
    if (Math.abs(output.values[i] ?? 0) > Math.abs(output.values[best] ?? 0)) best = i;
  }
  return cellAt(axes, best);
}
