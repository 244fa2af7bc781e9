/** The network as a graph, laid out in the child process; drag or arrows pan, + and - zoom, Tab walks the layers. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { GraphLayout } from '../../src/protocol/requests';
import { Button } from '../controls';
import { t } from '../l10n';
import { familyOf } from '../../src/core/layerFamily';
import { selectLayer } from '../session';
import { useSize } from '../shared/hooks';
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
  const fit = width === 0 ? 1 : Math.min(1, (width - 16) / layout.width);
  const [view, setView] = useState<{ x: number; y: number; zoom: number } | null>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const now = view ?? { x: 8, y: 8, zoom: Math.max(0.4, fit) };
  const zoomBy = (factor: number) => setView({ ...now, zoom: Math.max(0.05, Math.min(3, now.zoom * factor)) });
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
    else return;
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
        <Button onClick={() => setView(null)}>{t('Fit')}</Button>
      </div>
      <div
        ref={box}
        class="graph"
        role="group"
        aria-label={t('Graph of {0} layers; arrow keys pan, + and - zoom', layout.nodes.length)}
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
                  tabIndex={0}
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

function shorten(name: string, width: number): string {
  const fits = Math.max(4, Math.floor((width - 8) / 6.6));
  return name.length <= fits ? name : `${name.slice(0, fits - 1)}…`;
}
