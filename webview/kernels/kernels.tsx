/** Kernels of the selected layer: a sheet on one shared scale, its histogram, and every number of the pinned filter. */
import { useMemo, useState } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { KernelSheet, KernelsOf } from '../../src/protocol/requests';
import type { ScaleMode, Statistics } from '../../src/protocol/values';
import { channel as rpc } from '../channel';
import { ChannelCard } from '../channelCard/channelCard';
import { Button, Dropdown } from '../controls';
import { t } from '../l10n';
import { setView } from '../session';
import { formatExact, formatShare, formatValue } from '../shared/format';
import { Explanation, HistogramChart, Legend, SoWhat } from '../shared/parts';
import { LineNames } from '../shared/lineChart';
import { TileSheet } from '../shared/tileSheet';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { app, useApp } from '../state';
import { FilterNumbers } from './filterNumbers';
import { kernelLines, kernelTile, overlaid } from './kernelLines';

type Show = 'filters' | 'input' | 'all';
const roles: readonly string[] = ['kernel', 'depthwiseKernel', 'pointwiseKernel'];

/** Whether there is anything to draw for the layer. */
export function hasKernel(layer: LayerRow): boolean {
  return layer.weights.some(({ role }) => roles.includes(role));
}

export function Kernels({ layer }: { readonly layer: LayerRow }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const found = layer.weights.flatMap(({ role }) => (roles.includes(role) ? [role as KernelSheet['role']] : []));
  const [role, setRole] = useState<KernelSheet['role'] | null>(null);
  const chosen = role !== null && found.includes(role) ? role : (found[0] ?? null);
  if (chosen === null)
    return (
      <p class="empty">
        {t(
          '{0} has no kernel: it computes without weights of its own, or its weights are not in the file.',
          layer.name
        )}
      </p>
    );
  return (
    <>
      {found.length > 1 && (
        <Dropdown
          label={t('Weight')}
          value={chosen}
          choices={found.map((value) => ({ value, label: value }))}
          onChange={setRole}
        />
      )}
      <Sheet key={`${layer.id} ${chosen}`} model={model} layer={layer} role={chosen} />
    </>
  );
}

function Sheet(props: { readonly model: string; readonly layer: LayerRow; readonly role: KernelSheet['role'] }) {
  const { model, layer, role } = props;
  const trained = useApp((state) => state.opened?.summary.weightsOrigin.kind === 'trained');
  const [wanted, setWanted] = useState<KernelsOf>('weights');
  const of = trained ? wanted : 'weights';
  const sheet = useRequest('kernelSheet', { model, layer: layer.id, role, of });
  return (
    <>
      {trained && (
        <div class="switch" role="group" aria-label={t('Weights or their change')}>
          {(['weights', 'change'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={one === of} onClick={() => setWanted(one)}>
              {one === 'weights' ? t('The weights') : t('Change since the start')}
            </button>
          ))}
        </div>
      )}
      <Loaded of={sheet}>{(value) => <Filters {...props} key={of} sheet={value} of={of} />}</Loaded>
    </>
  );
}

function Filters({
  model,
  layer,
  role,
  sheet,
  of
}: {
  readonly model: string;
  readonly layer: LayerRow;
  readonly role: KernelSheet['role'];
  readonly sheet: KernelSheet;
  readonly of: KernelsOf;
}) {
  const change = of === 'change';
  const scale = useApp((state) => state.scale);
  const pinned = useApp((state) => state.channel);
  const theme = useApp((state) => state.theme);
  const random = useApp((state) => state.opened?.summary.weightsOrigin.kind === 'random');
  const [show, setShow] = useState<Show>('filters');
  const [order, setOrder] = useState<'index' | 'norm'>('index');
  const [input, setInput] = useState(0);
  const sorted = useMemo(() => {
    const filters = [...sheet.filters];
    return order === 'norm' ? filters.sort((a, b) => b.norm - a.norm) : filters;
  }, [sheet, order]);
  const all = show === 'all';
  const count = all ? sheet.outChannels * sheet.inChannels : sheet.outChannels;
  const filterAt = (index: number) => sorted[all ? Math.floor(index / sheet.inChannels) : index];
  const planeOf = (index: number): readonly [number, number] => [
    filterAt(index)?.index ?? 0,
    all ? index % sheet.inChannels : show === 'input' ? input : sheet.inChannels === 1 ? 0 : -1
  ];
  const describe = (index: number) => {
    const [filter, from] = planeOf(index);
    const facts = sheet.filters[filter];
    if (facts === undefined) return '';
    if (change)
      return t(
        'filter {0}{1}: changed by {2} (norm), {3} to {4}',
        filter,
        from < 0 ? '' : t(', input channel {0}', from),
        formatValue(facts.norm),
        formatValue(facts.min),
        formatValue(facts.max)
      );
    const marks = `${facts.nearDead ? `, ${t('near-dead')}` : ''}${facts.duplicateOf === null ? '' : `, ${t('near-duplicate of {0}', facts.duplicateOf)}`}`;
    return t(
      'filter {0}{1}: norm {2}, {3} to {4}{5}',
      filter,
      from < 0 ? '' : t(', input channel {0}', from),
      formatValue(facts.norm),
      formatValue(facts.min),
      formatValue(facts.max),
      marks
    );
  };
  const [height, width] = sheet.size.slice(-2);
  const dead = sheet.filters.filter((filter) => filter.nearDead).length;
  const twins = sheet.filters.filter((filter) => filter.duplicateOf !== null).length;
  const hovered = useApp((state) => state.hovered);
  const run = useApp((state) => (state.run.status === 'done' ? state.run.outcome.run : null));
  const shown = role === 'depthwiseKernel' && layer.kind === 'separableConv' ? null : (hovered ?? pinned ?? 0);
  const litAt = hovered === null ? null : sorted.findIndex((filter) => filter.index === hovered);
  const hover = (channel: number | null) => app.set({ hovered: channel });
  const selected = pinned === null ? null : sorted.findIndex((filter) => filter.index === pinned);
  const limit = show === 'filters' && sheet.inChannels > 1 ? sheet.meanLimit : sheet.limit;
  const lines = sheet.display === 'lines';
  const scaleNote = scale === 'shared' ? t('one scale for all') : t('largest; each tile has its own scale');
  const version =
    `k-${model}-${layer.id}-${role}-${of}-${show}-${order}-${input}-${scale}${lines ? `-${theme}` : ''}`.replace(
      /\s/g,
      '_'
    );
  return (
    <div class="view kernels-view">
      <div class="tools">
        <Dropdown<Show>
          label={t('Show')}
          value={show}
          onChange={setShow}
          choices={[
            {
              value: 'filters',
              label: filterWords(sheet)
            },
            { value: 'input', label: t('One input channel') },
            { value: 'all', label: t('Filters × inputs') }
          ]}
        />
        {show === 'input' && (
          <label class="slider">
            {t('Input channel {0}', input)}
            <input
              type="range"
              min={0}
              max={sheet.inChannels - 1}
              value={input}
              onInput={(event) => setInput(Number(event.currentTarget.value))}
            />
          </label>
        )}
        <ScaleChoice />
        <Dropdown
          label={t('Order')}
          value={order}
          onChange={setOrder}
          choices={[
            { value: 'index', label: t('By index') },
            { value: 'norm', label: t('By norm') }
          ]}
        />
      </div>
      {lines ? (
        <LinesLegend
          sheet={sheet}
          many={show === 'filters' && sheet.inChannels > 1 && overlaid(sheet)}
          note={scaleNote}
        />
      ) : (
        <Legend colormap="diverging" min={-limit} max={limit} note={scaleNote} />
      )}
      {sheet.initializerNote !== null && <p class="note">{sheet.initializerNote}</p>}
      {random && (
        <div class="tools">
          <Button onClick={() => setView('train')}>{t('Train…')}</Button>
          <span class="quiet">{t('These numbers are drawn at random: training is what makes filters of them.')}</span>
        </div>
      )}
      <TileSheet
        label={t('{0} kernels of {1}', count, layer.name)}
        count={count}
        edge={lines ? (all ? kernelTile.width / 2 : kernelTile.width) : all ? 24 : 52}
        aspect={lines ? kernelTile.width / kernelTile.height : (width ?? 1) / (height ?? 1)}
        {...(all ? { columns: sheet.inChannels } : {})}
        captions={!all}
        version={version}
        load={(indices, signal) =>
          lines
            ? kernelLines({ model, sheet, of }, indices.map(planeOf), scale, signal)
            : rpc.request(
                'kernelTiles',
                { model, layer: layer.id, role, of, scale, colormap: 'diverging', planes: indices.map(planeOf) },
                { signal }
              )
        }
        describe={describe}
        caption={(index) => String(filterAt(index)?.index ?? index)}
        mark={(index) =>
          change
            ? null
            : filterAt(index)?.nearDead
              ? 'dead'
              : (filterAt(index)?.duplicateOf ?? null) === null
                ? null
                : 'duplicate'
        }
        selected={selected === -1 || all ? null : selected}
        onSelect={(index) => {
          const [filter, from] = planeOf(index);
          app.set({ channel: filter });
          if (from >= 0) setInput(from);
        }}
        {...(all
          ? {}
          : { lit: litAt, onHover: (index: number | null) => hover(index === null ? null : planeOf(index)[0]) })}
      />
      {shown !== null && shown < sheet.outChannels && (
        <ChannelCard model={model} layer={layer.id} channel={shown} run={run} />
      )}
      {pinned !== null && pinned < sheet.outChannels && (
        <FilterNumbers
          model={model}
          layer={layer}
          role={role}
          of={of}
          filter={pinned}
          channel={Math.min(input, sheet.inChannels - 1)}
          inputs={sheet.inChannels}
          lines={lines}
          onInput={setInput}
          bias={sheet.bias?.[pinned] ?? null}
        />
      )}
      <HistogramChart
        histogram={sheet.histogram}
        label={(change ? changeHistogramWords : histogramWords)(sheet.statistics)}
      />
      <p class="quiet">
        {change
          ? t(
              '{0} weights, each minus what it was before training · mean {1} · std {2} · unchanged {3}',
              formatExact(sheet.statistics.count),
              formatValue(sheet.statistics.mean),
              formatValue(sheet.statistics.std),
              formatShare(sheet.statistics.zeros)
            )
          : t(
              '{0} weights · mean {1} · std {2} · zeros {3} · red: norm below 1 % of the median · yellow: {4}',
              formatExact(sheet.statistics.count),
              formatValue(sheet.statistics.mean),
              formatValue(sheet.statistics.std),
              formatShare(sheet.statistics.zeros),
              sheet.duplicateMeasure
            )}
      </p>
      <Explanation
        see={
          change
            ? t(
                'Every picture is what training has added to the weights of one filter: one colour where a weight grew, the other where it fell, the middle where it stayed.'
              )
            : t(
                'Every picture is the set of weights one filter multiplies its input with: one colour for positive, the other for negative, the middle for zero.'
              )
        }
        look={
          change
            ? t(
                'A pale picture is a filter that stayed nearly what chance had made it; a strong pattern is what the data asked of it.'
              )
            : t(
                'Edges and blobs mean a filter has learned something; noise, blanks and twins mean capacity that is not used.'
              )
        }
      />
      <SoWhat
        text={
          change
            ? changeWords(sheet)
            : dead + twins === 0
              ? t('All {0} filters are in use: none is near-dead, none nearly repeats another.', sheet.outChannels)
              : t('{0} of {1} filters are near-dead and {2} nearly repeat another.', dead, sheet.outChannels, twins)
        }
      >
        <Button onClick={() => setView('maps')}>{t('See what they make of the input')}</Button>
      </SoWhat>
    </div>
  );
}

/** Which filters moved most, as the question of the change view. */
function changeWords(sheet: KernelSheet): string {
  const norms = sheet.filters.map(({ norm }) => norm);
  const most = norms.indexOf(Math.max(...norms));
  const least = norms.indexOf(Math.min(...norms));
  return norms.length === 1
    ? t('Training moved the weights of the only filter by {0} (norm of the change).', formatValue(norms[0] ?? 0))
    : t(
        'Training moved filter {0} most, by {1} (norm of the change), and filter {2} least, by {3}.',
        most,
        formatValue(norms[most] ?? 0),
        least,
        formatValue(norms[least] ?? 0)
      );
}

function histogramWords({ count, mean, std }: Statistics): string {
  return t(
    'Histogram of {0} weights: mean {1}, standard deviation {2}',
    formatExact(count),
    formatValue(mean),
    formatValue(std)
  );
}

function changeHistogramWords({ count, mean, std }: Statistics): string {
  return t(
    'Histogram of the change of {0} weights: mean {1}, standard deviation {2}',
    formatExact(count),
    formatValue(mean),
    formatValue(std)
  );
}

function filterWords(sheet: KernelSheet): string {
  if (sheet.display === 'rgb') return t('Filters in colour');
  if (sheet.inChannels === 1) return t('Each filter');
  if (sheet.display === 'lines' && overlaid(sheet)) return t('Each filter, a line for each input');
  return sheet.display === 'matrix' ? t('Each unit, its inputs wrapped') : t('Each filter, mean over inputs');
}

/** What the lines of 1-D kernels are: both axes with their numbers, and whose line has which colour. */
function LinesLegend({
  sheet,
  many,
  note
}: {
  readonly sheet: KernelSheet;
  readonly many: boolean;
  readonly note: string;
}) {
  return (
    <p class="quiet lines-legend">
      <span>{t('↑ weight, {0} to {1}, {2}', formatValue(-sheet.limit), formatValue(sheet.limit), note)}</span>
      <span>{t('→ tap 0 to {0}', (sheet.size.at(-1) ?? 1) - 1)}</span>
      <span>{t('grey line: zero')}</span>
      {many && <LineNames names={Array.from({ length: sheet.inChannels }, (_, index) => t('input {0}', index))} />}
    </p>
  );
}

export function ScaleChoice() {
  const scale = useApp((state) => state.scale);
  return (
    <Dropdown<ScaleMode>
      label={t('Scale')}
      value={scale}
      onChange={(value) => app.set({ scale: value })}
      choices={[
        { value: 'shared', label: t('Shared scale') },
        { value: 'each', label: t('Scale for each') }
      ]}
    />
  );
}
