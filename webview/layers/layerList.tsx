/** The layer list: a virtual film strip, or a sortable table; one Tab stop, arrows walk, `/` filters. */
import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button, TextField } from '../controls';
import { t } from '../l10n';
import { selectLayer } from '../session';
import { formatExact, formatShare, formatShort } from '../shared/format';
import { useSize } from '../shared/hooks';
import { Sizes } from '../shared/sizes';
import { app, selectLayers, useApp } from '../state';
import type { AppState } from '../state';
import type { LayerRow } from '../../src/core/summary';
import { familyOf } from '../../src/core/layerFamily';
import { KindGlyph } from './families';
import { allRows, filterRows, listRows } from './folding';
import type { ListRow } from './folding';
import { railsOf } from './rails';
import type { Rail } from './rails';
import { Change, Thumbnail } from './thumbnail';

type SortKey = 'index' | 'name' | 'params' | 'macs' | 'receptiveField';
const sortValue = (row: ListRow, key: SortKey): number | string => {
  if (key === 'index') return row.index;
  if (key === 'name') return row.layer.name;
  if (key === 'receptiveField') return -(row.layer.receptiveField?.[0] ?? 0);
  return -(row.layer[key] ?? 0);
};

/** @param props.onPicked called when a row was chosen for good: clicked or entered, not merely walked over. */
export function LayerList({ onPicked }: { readonly onPicked?: () => void }) {
  const layers = useApp(selectLayers);
  const folded = useApp((state) => state.folded);
  const filter = useApp((state) => state.filter);
  const mode = useApp((state) => state.listMode);
  const [sort, setSort] = useState<SortKey>('index');
  const everything = useMemo(() => allRows(layers), [layers]);
  const rows = useMemo(() => {
    if (filter.trim() !== '') return filterRows(everything, filter);
    if (mode === 'strip') return listRows(layers, new Set(folded));
    return [...everything].sort((a, b) => {
      const [x, y] = [sortValue(a, sort), sortValue(b, sort)];
      return x < y ? -1 : x > y ? 1 : a.index - b.index;
    });
  }, [everything, layers, folded, filter, mode, sort]);
  const rails = useMemo(() => (mode === 'strip' && filter.trim() === '' ? railsOf(rows) : null), [rows, mode, filter]);
  return (
    <section class={`layers layers-${mode}`} aria-label={t('Layers')}>
      <div class="layers-tools">
        <TextField
          id="layer-filter"
          label={t('Filter layers')}
          placeholder={t('Filter  ( / )')}
          value={filter}
          onInput={(text) => app.set({ filter: text })}
        />
        <Button onClick={() => app.set({ listMode: mode === 'strip' ? 'table' : 'strip' })}>
          {mode === 'strip' ? t('Table') : t('Strip')}
        </Button>
      </div>
      {mode === 'strip' && <DepthSlider />}
      {mode === 'table' && (
        <div class="table-sort" role="group" aria-label={t('Sort by')}>
          {(
            [
              ['index', '#'],
              ['name', t('Name')],
              ['params', t('Params')],
              ['macs', t('MACs')],
              ['receptiveField', t('RF')]
            ] as const
          ).map(([key, label]) => (
            <button key={key} type="button" class="sort" aria-pressed={sort === key} onClick={() => setSort(key)}>
              {label}
            </button>
          ))}
        </div>
      )}
      {rows.length === 0 ? (
        <p class="empty">{t('No layer matches “{0}”.', filter)}</p>
      ) : (
        <Rows rows={rows} rails={rails} table={mode === 'table'} onPicked={onPicked} />
      )}
    </section>
  );
}

/** Where the network reads volumes: one cut through every row. */
function DepthSlider() {
  const depth = useApp((state) => state.depth);
  const slices = useApp(deepest);
  if (slices <= 1) return null;
  return (
    <label class="slider depth-slider">
      {t('Depth {0}', formatShare(depth))}
      <input
        type="range"
        min={0}
        max={1}
        step={1 / (2 * slices)}
        value={depth}
        onInput={(event) => app.set({ depth: Number(event.currentTarget.value) })}
      />
    </label>
  );
}

function deepest({ thumbnails }: AppState): number {
  let most = 0;
  for (const { picture } of thumbnails.values())
    if (picture.kind === 'map') most = Math.max(most, picture.slices.length);
  return most;
}

interface RowsProps {
  readonly rows: readonly ListRow[];
  readonly rails: readonly Rail[] | null;
  readonly table: boolean;
  readonly onPicked: (() => void) | undefined;
}

function Rows({ rows, rails, table, onPicked }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const { height } = useSize(box);
  const [top, setTop] = useState(0);
  const selected = useApp((state) => state.layer);
  const thumbnails = useApp((state) => state.thumbnails);
  const total = useApp((state) => state.opened?.summary.totals.params ?? null);
  const guessing = useApp((state) => state.guessing);
  const rowHeight = table ? 28 : 54;
  const railsWidth = useMemo(() => (rails === null ? 0 : widthOf(rails)), [rails]);
  const first = Math.max(0, Math.floor(top / rowHeight) - 4);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + 4);
  const current = rows.findIndex((row) => row.fold !== 'open' && row.members.some((layer) => layer.id === selected));
  const [cursor, setCursor] = useState(current);
  const active = cursor >= 0 && cursor < rows.length ? cursor : Math.max(0, current);
  useEffect(() => setCursor(current), [current]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const y = active * rowHeight;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = y + rowHeight - element.clientHeight;
  }, [active, rowHeight, height]);
  // Rows already drawn are handed back unchanged while scrolling, so that only new ones cost time.
  const drawn = useMemo(
    () => new Map<number, VNode>(),
    [rows, rails, table, current, active, thumbnails, total, guessing]
  );
  const toggle = (row: ListRow) => {
    const { folded } = app.get();
    app.set({ folded: folded.includes(row.key) ? folded.filter((key) => key !== row.key) : [...folded, row.key] });
  };
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row === undefined) return;
    setCursor(rows.indexOf(row));
    selectLayer(row.layer.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const row = rows[active];
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1
    };
    const to = moves[event.key];
    if (to !== undefined && !event.shiftKey) go(to);
    else if (event.key === 'ArrowRight' && row?.fold === 'closed') toggle(row);
    else if (event.key === 'ArrowLeft' && row?.fold === 'open') toggle(row);
    else if (event.key === 'Enter' && row !== undefined) {
      onPicked?.();
      document.getElementById('detail')?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      class="rows"
      role="tree"
      tabIndex={0}
      aria-label={t('{0} rows', rows.length)}
      aria-activedescendant={`row-${active}`}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(first, last).map((row, offset) => {
          const index = first + offset;
          const kept = drawn.get(index);
          if (kept !== undefined) return kept;
          const { layer } = row;
          const changes = row.members.length === 1 && (thumbnails.get(layer.id)?.comparedWith ?? null) !== null;
          const shapeOf = row.members.at(-1) ?? layer;
          const share = total === null || row.params === null || total === 0 ? 0 : row.params / total;
          const element = (
            <div
              key={row.key}
              id={`row-${index}`}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-selected={index === current}
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              {...(row.fold === 'none' ? {} : { 'aria-expanded': row.fold === 'open' })}
              class={`layer-row ${index === current ? 'selected' : ''} ${index === active ? 'active' : ''}`}
              style={{ transform: `translateY(${index * rowHeight}px)`, paddingLeft: `${6 + row.depth * 12}px` }}
              onClick={() => {
                setCursor(index);
                if (row.fold !== 'none') toggle(row);
                selectLayer(layer.id);
                if (row.fold === 'none') onPicked?.();
              }}
            >
              {rails !== null && (
                <Rails rail={rails[index]} above={rails[index - 1]} width={railsWidth} height={rowHeight} />
              )}
              <span class="twist" aria-hidden="true">
                {row.fold === 'none' ? '' : row.fold === 'open' ? '▾' : '▸'}
              </span>
              {table ? (
                <span class="cell-index">{row.index}</span>
              ) : (
                <Thumbnail layer={layer} picture={thumbnails.get(layer.id) ?? null} />
              )}
              <span class="row-text">
                <span class="row-name" title={`${row.title} · ${layer.title}`}>
                  <KindGlyph family={familyOf(layer.kind)} />
                  <span class="layer-name">{row.title}</span>
                </span>
                {!table && (
                  <span class="row-shape">
                    <span class="ellipsis" title={guessing === null ? formatExact(row.params) : '?'}>
                      <Sizes layer={shapeOf.id} shape={shapeOf.outputShape} />
                    </span>
                    {changes ? (
                      <Change layer={layer.id} otherwise={<Share share={share} />} />
                    ) : (
                      <Share share={share} />
                    )}
                  </span>
                )}
              </span>
              {table && <span class="cell">{guessing === null ? formatShort(layer.params) : '?'}</span>}
              {table && <span class="cell">{formatShort(layer.macs)}</span>}
              {table && (
                <span class="cell" title={fieldWords(layer)}>
                  {shortField(layer.receptiveField)}
                  {layer.laterReceptiveFields.length > 0 && '…'}
                </span>
              )}
              {table && <Share share={share} />}
            </div>
          );
          drawn.set(index, element);
          return element;
        })}
      </div>
    </div>
  );
}

const shortField = (size: readonly number[] | null): string => size?.join('×') ?? '?';

/** The fields of all uses, in the order of the pass, for a layer that is used more than once. */
function fieldWords(layer: LayerRow): string {
  const later = layer.laterReceptiveFields.map(shortField);
  if (later.length > 0) return t('{0} at its first use, {1} later', shortField(layer.receptiveField), later.join(', '));
  return layer.receptiveFieldNote ?? '';
}

function Share({ share }: { readonly share: number }) {
  return (
    <span class="share" title={t('{0} of the parameters', formatShare(share))}>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}

const lastLane = 4;
const x = (lane: number) => Math.min(lane, lastLane) * 8 + 5;

/** One width for all rows, as narrow as the busiest row allows. */
function widthOf(rails: readonly Rail[]): number {
  const busiest = rails.reduce((most, { lane, passing, inputs }) => Math.max(most, lane, ...passing, ...inputs), 0);
  return x(busiest) + 5;
}

interface RailsProps {
  readonly rail: Rail | undefined;
  readonly above: Rail | undefined;
  readonly width: number;
  readonly height: number;
}

function Rails({ rail, above, width, height }: RailsProps) {
  if (rail === undefined) return null;
  const mid = height / 2;
  const through = rail.passing.filter((lane) => lane !== rail.lane);
  return (
    <svg class="rails" width={width} height={height} aria-hidden="true">
      {through.map((lane) => (
        <line key={lane} x1={x(lane)} x2={x(lane)} y1={0} y2={height} />
      ))}
      {above !== undefined &&
        rail.inputs.map((lane) => (
          <path key={lane} d={`M${x(lane)} 0 C${x(lane)} ${mid} ${x(rail.lane)} 0 ${x(rail.lane)} ${mid}`} />
        ))}
      {rail.continues && <line x1={x(rail.lane)} x2={x(rail.lane)} y1={mid} y2={height} />}
      <circle cx={x(rail.lane)} cy={mid} r={3} />
    </svg>
  );
}
