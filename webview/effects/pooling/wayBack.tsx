/** Where the pooled values come from: back through the layers to pixels of the input. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { InputPort } from '../../../src/protocol/requests';
import type { Pixels } from '../../../src/protocol/values';
import type { Hop, Trace } from '../../../src/protocol/effects/pooling';
import { t } from '../../l10n';
import { selectLayer } from '../../session';
import { drawSharp, themeColour, toCanvas } from '../../shared/canvas';
import { formatShare, formatValue } from '../../shared/format';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { useApp } from '../../state';
import type { MapProps } from './pooling';

const most = 64;
const widest = 260;

export function WayBack({ layer, occurrence, map, run, flat, slice }: MapProps & { flat: number; slice: number }) {
  const model = useApp((state) => state.opened?.model ?? '');
  const cells = useMemo(() => strongestCells(map.output.values, map.output.size, slice), [map, slice]);
  const known = cells.includes(flat);
  const resting = useResting(known ? null : flat);
  const ask = { model, layer: layer.id, occurrence, channel: map.channel };
  const all = useRequest('poolingTraces', { ...ask, cells }, run);
  const one = useRequest('poolingTraces', { ...ask, cells: resting === null ? [] : [resting] }, run);
  return (
    <section class="card" aria-label={t('Back to the input')}>
      <strong>{t('Back to the input')}</strong>
      <Loaded of={all} skeleton="block">
        {(traces) => {
          const trace = known
            ? traces.find(({ cell }) => cell === flat)
            : one.status === 'done'
              ? one.value.find(({ cell }) => cell === flat)
              : undefined;
          return <Traces traces={traces} trace={trace ?? null} cells={map.output.values.length} />;
        }}
      </Loaded>
    </section>
  );
}

function Traces(props: { readonly traces: readonly Trace[]; readonly trace: Trace | null; readonly cells: number }) {
  const { traces, trace } = props;
  const arrived = traces.filter(({ end }) => end.kind === 'input');
  const port =
    trace?.end.kind === 'input' ? trace.end.input : arrived[0]?.end.kind === 'input' ? arrived[0].end.input : 0;
  const points = useMemo(
    () => arrived.flatMap(({ end }) => (end.kind === 'input' && end.input === port ? [place(end.position)] : [])),
    [traces, port]
  );
  const volume = arrived.some(({ end }) => end.kind === 'input' && end.position.length > 2);
  const chosen = trace?.end.kind === 'input' ? place(trace.end.position) : null;
  const distinct = new Set(points.map((point) => point.join(' '))).size;
  const exact = arrived.every((one) => one.exact);
  return (
    <>
      <div class="big-row">
        {arrived.length > 0 && <OnInput port={port} points={points} chosen={chosen} />}
        {trace !== null && <Hops trace={trace} />}
      </div>
      {volume && (
        <p class="quiet">
          {t('The picture shows one slice of the input; the first number of a position tells its slice.')}
        </p>
      )}
      <p class="quiet">
        {arrived.length === 0
          ? t('No way back reaches the input.')
          : points.length === 1
            ? exact
              ? t('The cell comes from one pixel; every step is exact: each value is passed on by one cell alone.')
              : t(
                  'The cell leads to one pixel. Through maxima the way is exact; at a sum it follows the largest contribution, so the pixel is the strongest reason, not the only one.'
                )
            : exact
              ? t(
                  'The {0} strongest cells come from {1} different pixels; every step is exact: each value is passed on by one cell alone.',
                  points.length,
                  distinct
                )
              : t(
                  'The {0} strongest cells lead to {1} different pixels. Through maxima the way is exact; at a sum it follows the largest contribution, so the pixel is the strongest reason, not the only one.',
                  points.length,
                  distinct
                )}
      </p>
    </>
  );
}

function OnInput(props: {
  readonly port: number;
  readonly points: readonly (readonly [number, number])[];
  readonly chosen: readonly [number, number] | null;
}) {
  const { port, points, chosen } = props;
  const element = useRef<HTMLCanvasElement>(null);
  const preview = useApp((state) => state.inputs[port]?.prepared?.preview ?? null);
  const asked = useApp((state) => state.opened?.inputs[port] ?? null);
  const theme = useApp((state) => state.theme);
  const [rows, columns] = useMemo(() => cellsOf(asked, preview), [asked, preview]);
  const edge = preview === null ? 1 : Math.min(widest / preview.width, widest / preview.height);
  useEffect(() => {
    if (element.current === null || preview === null) return;
    drawSharp(element.current, preview.width * edge, preview.height * edge, (context) => {
      context.drawImage(toCanvas(preview), 0, 0, preview.width * edge, preview.height * edge);
      const [high, wide] = [(preview.height * edge) / rows, (preview.width * edge) / columns];
      const cell = Math.min(high, wide);
      // A series is drawn as a line: what marks a place in it stands on the middle of the picture.
      const at = ([y, x]: readonly [number, number]) =>
        [(rows === 1 ? 0.5 : y + 0.5) * high, (x + 0.5) * wide] as const;
      for (const point of points) circle(context, at(point), Math.max(1.5, Math.min(4, cell / 3)), 1);
      if (chosen !== null) circle(context, at(chosen), Math.max(6, Math.min(12, cell)), 2.5);
    });
  }, [preview, points, chosen?.[0], chosen?.[1], theme, edge, rows, columns]);
  if (preview === null) return null;
  const words =
    chosen === null
      ? t('The input with the pixels that the strongest cells come from')
      : t('The input; the chosen cell comes from row {0}, column {1}', chosen[0], chosen[1]);
  return <canvas ref={element} class="on-input" role="img" aria-label={words} />;
}

/** Rows and columns of the input that the preview shows; a series has one row. */
function cellsOf(port: InputPort | null, preview: Pixels | null): readonly [number, number] {
  const shown = [preview?.height ?? 1, preview?.width ?? 1] as const;
  if (port?.role === 'series') return [1, (port.channelsFirst ? port.shape.at(-1) : port.shape[0]) ?? shown[1]];
  return port?.role === 'image' ? [port.height ?? shown[0], port.width ?? shown[1]] : shown;
}

function circle(
  context: CanvasRenderingContext2D,
  [y, x]: readonly [number, number],
  radius: number,
  thick: number
): void {
  for (const [colour, extra] of [
    [themeColour('--vscode-editor-background', 'black'), 1.5],
    [themeColour('--vscode-symbolIcon-classForeground', 'orange'), 0]
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = thick + extra;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function Hops({ trace }: { readonly trace: Trace }) {
  return (
    <div class="way">
      <ol class="hops" tabIndex={0} aria-label={t('The way back, layer by layer')}>
        {trace.hops.map((hop, i) => (
          <li key={i}>
            <button type="button" onClick={() => selectLayer(hop.layer)} title={t('Open this layer')}>
              {hop.name}
            </button>{' '}
            <span class="quiet">
              {t('map {0}', hop.channel)}
              {hop.position.length > 0 && ` [${hop.position.join(', ')}]`}
            </span>{' '}
            {formatValue(hop.value)} <span class={`why why-${hop.reason}`}>{reasonOf(hop)}</span>
          </li>
        ))}
      </ol>
      {trace.end.kind === 'stopped' && <p class="note">{t('The way ends here: {0}', trace.end.reason)}</p>}
    </div>
  );
}

function reasonOf(hop: Hop): string {
  // More than the whole: what else is in the sum takes away from it again.
  const share =
    hop.share === null
      ? ''
      : hop.share > 1
        ? ` (${t('{0}, others subtract', formatShare(hop.share))})`
        : ` (${formatShare(hop.share)})`;
  switch (hop.reason) {
    case 'start':
      return '';
    case 'winner':
      return t('won');
    case 'same':
      return t('same place');
    case 'moved':
      return t('same value, moved');
    case 'largestTerm':
      return t('largest part of the sum') + share;
    case 'largestOfMean':
      return t('largest part of the mean') + share;
  }
}

/** Row and column, whatever the number of axes. */
function place(position: readonly number[]): readonly [number, number] {
  return [position.at(-2) ?? 0, position.at(-1) ?? 0];
}

/** At most `most` cells of a slice, those farthest from the map's median first: the background says little. */
function strongestCells(values: Float32Array, size: readonly [number, number, number], slice: number): number[] {
  const plane = size[1] * size[2];
  const own = values.subarray(slice * plane, (slice + 1) * plane);
  const median = plane < 4 ? 0 : ([...own].sort((x, y) => x - y)[Math.floor(plane / 2)] ?? 0);
  const far = (i: number) => Math.abs((values[i] ?? 0) - median);
  return Array.from({ length: plane }, (_, i) => slice * plane + i)
    .filter((i) => far(i) > 0)
    .sort((x, y) => far(y) - far(x))
    .slice(0, most);
}

/** The value once it has rested for a moment: a mouse on its way asks for nothing. */
function useResting(value: number | null): number | null {
  const [resting, setResting] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setResting(value), 90);
    return () => clearTimeout(timer);
  }, [value]);
  return resting;
}
