/** The network as a graph, laid out in the child process; drag or arrows pan, + and - zoom, Tab walks the layers. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { GraphLayout } from '../../src/protocol/requests';
import { Button } from '../controls';
import { t } from '../l10n';
import { familyOf } from '../../src/core/layerFamily';
import { selectLayer } from '../session';
import { useLatest, useSize } from '../shared/hooks';
import { SoWhat } from '../shared/parts';
import { useRequest } from '../shared/useRequest';
import { Loaded } from '../shared/waiting';
import { findLayer, useApp } from '../state';

export function Graph() {
  const model = useApp((state) => state.opened?.model ?? '');
  const layout = useRequest('graphLayout', { model, layer: null });
  return (
    <Loaded of={layout} skeleton="block">
      {(value) => <Drawing layout={value} />}
    </Loaded>
  );
}

function Drawing({ layout }: { readonly layout: GraphLayout }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const selected = useApp((state) => state.layer);
  const opened = useApp((state) => state.opened);
  const [view, setView] = useState<View | 'whole' | null>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const chosen = layout.nodes.find((node) => node.layer === selected);
  const now =
    view === null ? openingView(layout, chosen, width, height) : view === 'whole' ? whole(layout, width, height) : view;
  const latest = useLatest(now);
  // A layer chosen elsewhere comes into sight; one that is in sight moves nothing.
  useEffect(() => {
    if (chosen === undefined || view === null || view === 'whole' || width === 0) return;
    const next = withNode(latest.current, chosen, width, height);
    if (next !== latest.current) setView(next);
  }, [selected]);
  /** Around the middle of the space, so that what is looked at stays there. */
  const zoomBy = (factor: number) => {
    const zoom = Math.max(0.02, Math.min(3, now.zoom * factor));
    const keep = (at: number, middle: number) => middle - ((middle - at) * zoom) / now.zoom;
    setView({ x: keep(now.x, width / 2), y: keep(now.y, height / 2), zoom });
  };
  const visible = useMemo(() => {
    const shows = (x: number, y: number, margin: number) => {
      const sx = x * now.zoom + now.x;
      const sy = y * now.zoom + now.y;
      return sx > -margin && sy > -margin && sx < width + margin && sy < height + margin;
    };
    return {
      nodes: layout.nodes.filter((node) => shows(node.x, node.y, 200)).slice(0, 600),
      edges: layout.edges.filter((edge) => edge.points.some(([x, y]) => shows(x, y, 200))).slice(0, 900)
    };
  }, [layout, now.x, now.y, now.zoom, width, height]);
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowUp: [0, 40],
      ArrowDown: [0, -40],
      ArrowLeft: [40, 0],
      ArrowRight: [-40, 0]
    };
    const step = steps[event.key];
    if (step !== undefined) setView({ ...now, x: now.x + step[0], y: now.y + step[1] });
    else if (event.key === '+' || event.key === '=') zoomBy(1.25);
    else if (event.key === '-') zoomBy(0.8);
    else if (event.key === '0') setView('whole');
    else return;
    // The node that has the focus may leave the space, and would take the keys with it.
    box.current?.focus();
    event.preventDefault();
  };
  const merges = layout.nodes.filter((node) => layout.edges.filter((edge) => edge.to === node.layer).length > 1).length;
  return (
    <div class="view">
      <div class="tools">
        <Button label={t('Zoom in')} onClick={() => zoomBy(1.25)}>
          +
        </Button>
        <Button label={t('Zoom out')} onClick={() => zoomBy(0.8)}>
          −
        </Button>
        <Button label={t('Fit the whole graph')} onClick={() => setView('whole')}>
          {t('Fit')}
        </Button>
        <Button
          disabled={chosen === undefined}
          onClick={() => chosen && setView(centred(layout, chosen, Math.max(0.8, now.zoom), width, height))}
        >
          {t('Selected layer')}
        </Button>
        <span class="quiet">{t('{0} %', Math.round(now.zoom * 100))}</span>
      </div>
      <div
        ref={box}
        class="graph"
        role="group"
        tabIndex={0}
        aria-label={t('Graph of {0} layers; arrow keys pan, + and - zoom, 0 fits', layout.nodes.length)}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => (drag.current = { x: event.clientX - now.x, y: event.clientY - now.y })}
        onPointerMove={(event) =>
          drag.current && setView({ ...now, x: event.clientX - drag.current.x, y: event.clientY - drag.current.y })
        }
        onPointerUp={() => (drag.current = null)}
        onPointerLeave={() => (drag.current = null)}
      >
        <svg width="100%" height="100%">
          <g transform={`translate(${now.x} ${now.y}) scale(${now.zoom})`}>
            {visible.edges.map((edge, index) => (
              <polyline key={index} class="edge" points={edge.points.map((point) => point.join(',')).join(' ')} />
            ))}
            {visible.nodes.map((node) => {
              const row = findLayer(opened, node.layer);
              return (
                <g
                  key={node.layer}
                  class={`node family-${row === null ? 'opaque' : familyOf(row.kind)} ${node.layer === selected ? 'selected' : ''}`}
                  role="button"
                  // In lower case: on SVG elements the attribute's name counts as it is written.
                  tabindex={0}
                  aria-label={`${node.layer}: ${row?.title ?? ''}`}
                  onClick={() => selectLayer(node.layer)}
                  onKeyDown={(event) => event.key === 'Enter' && selectLayer(node.layer, 'kernels')}
                >
                  <rect
                    x={node.x - node.width / 2}
                    y={node.y - node.height / 2}
                    width={node.width}
                    height={node.height}
                    rx={4}
                  />
                  <text x={node.x} y={node.y + 4} text-anchor="middle">
                    {shorten(row?.name ?? node.layer, node.width)}
                  </text>
                </g>
              );
            })}
          </g>
        </svg>
      </div>
      <SoWhat
        text={t(
          '{0} layers, {1} connections, {2} places where branches meet.',
          layout.nodes.length,
          layout.edges.length,
          merges
        )}
      />
    </div>
  );
}

interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}
type Node = GraphLayout['nodes'][number];
const margin = 12;
/** Names below this zoom cannot be read. */
const readable = 0.7;

/** Everything, in the middle of the space; never enlarged. */
function whole(layout: GraphLayout, width: number, height: number): View {
  if (width === 0 || height === 0) return { x: margin, y: margin, zoom: 1 };
  const zoom = Math.min(1, (width - 2 * margin) / layout.width, (height - 2 * margin) / layout.height);
  return { x: (width - layout.width * zoom) / 2, y: (height - layout.height * zoom) / 2, zoom };
}

/** The whole graph where it can be read like that, else as wide as fits around the selected layer. */
function openingView(layout: GraphLayout, node: Node | undefined, width: number, height: number): View {
  const all = whole(layout, width, height);
  if (all.zoom >= readable) return all;
  const zoom = Math.max(readable, Math.min(1, (width - 2 * margin) / layout.width));
  return centred(layout, node ?? layout.nodes[0], zoom, width, height);
}

/** The node in the middle, but no empty space where there is graph to show. */
function centred(layout: GraphLayout, node: Node | undefined, zoom: number, width: number, height: number): View {
  const along = (at: number, size: number, space: number) =>
    size * zoom + 2 * margin <= space
      ? (space - size * zoom) / 2
      : Math.min(margin, Math.max(space - margin - size * zoom, space / 2 - at * zoom));
  return {
    x: along(node?.x ?? 0, layout.width, width),
    y: along(node?.y ?? 0, layout.height, height),
    zoom
  };
}

/** Moved as little as brings the node into sight. */
function withNode(view: View, node: Node, width: number, height: number): View {
  const along = (offset: number, at: number, size: number, space: number) => {
    const [low, high] = [(at - size / 2) * view.zoom + offset, (at + size / 2) * view.zoom + offset];
    if (low < margin) return offset + margin - low;
    return high > space - margin ? offset - (high - space + margin) : offset;
  };
  const x = along(view.x, node.x, node.width, width);
  const y = along(view.y, node.y, node.height, height);
  return x === view.x && y === view.y ? view : { ...view, x, y };
}

function shorten(name: string, width: number): string {
  const fits = Math.max(4, Math.floor((width - 8) / 6.6));
  return name.length <= fits ? name : `${name.slice(0, fits - 1)}…`;
}
