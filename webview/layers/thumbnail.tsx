/** The picture of a layer in the strip: its strongest map, bars, a line; a box in proportion to its shape without one. */
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { LayerRow } from '../../src/core/summary';
import type { DroppedCells, LayerThumbnail } from '../../src/protocol/running';
import { t } from '../l10n';
import { DrawnCanvas, PixelCanvas, bars, drawSharp, line, themeColour } from '../shared/canvas';
import { formatShare, formatValue } from '../shared/format';
import { useRequest } from '../shared/useRequest';
import { useApp } from '../state';

const size = 34;

export function Thumbnail({ layer, picture }: { readonly layer: LayerRow; readonly picture: LayerThumbnail | null }) {
  const depth = useApp((state) => state.depth);
  const drawing = useMemo(() => {
    if (picture === null || picture.picture.kind === 'map') return null;
    const { kind, values, range } = picture.picture;
    return kind === 'bars' ? bars(values, range.min, range.max) : line(values, range.min, range.max);
  }, [picture]);
  if (picture === null) return <ShapeBox layer={layer} />;
  const label = thumbnailWords(layer, picture);
  const shown = picture.picture;
  return (
    <span class={picture.dropped === null ? 'thumb' : 'thumb thumb-dropped'} title={label}>
      {shown.kind === 'map' ? (
        <PixelCanvas pixels={shown.slices[sliceAt(depth, shown.slices.length)] ?? shown.pixels} label={label} />
      ) : (
        drawing && <DrawnCanvas width={size} height={size} draw={drawing} label={label} />
      )}
      {picture.dropped !== null && <Dropped cells={picture.dropped} tall={shown.kind !== 'map'} />}
      {shown.kind === 'map' && (
        <span class="thumb-number" aria-hidden="true">
          {shown.channel}
        </span>
      )}
    </span>
  );
}

/** The slice at a share of the depth. */
export function sliceAt(depth: number, slices: number): number {
  return Math.max(0, Math.min(slices - 1, Math.floor(depth * slices)));
}

function thumbnailWords(layer: LayerRow, { picture, statistics, comparedWith, dropped }: LayerThumbnail): string {
  const facts = t('mean {0}, largest {1}', formatValue(statistics.mean), formatValue(statistics.max));
  const words = [
    picture.kind === 'bars'
      ? `${layer.name}: ${facts}`
      : comparedWith === null
        ? t('map {0} of {1}, the strongest; {2}', picture.channel, layer.name, facts)
        : t('map {0} of {1}; {2}', picture.channel, layer.name, facts)
  ];
  if (comparedWith !== null)
    words.push(
      t(
        'drawn on the scale of {0}, {1} to {2}',
        comparedWith,
        formatValue(picture.range.min),
        formatValue(picture.range.max)
      )
    );
  if (dropped !== null)
    words.push(
      t(
        'hatched: what training would drop (rate {0}, seed {1}); here everything passes on',
        formatShare(dropped.rate),
        dropped.seed
      )
    );
  return words.join('; ');
}

/** Hatching over the dropped cells: lines in the text's colour on a veil of the ground's, seen in every theme. */
function Dropped({ cells, tall }: { readonly cells: DroppedCells; readonly tall: boolean }) {
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  useEffect(() => {
    if (element.current === null) return;
    const scale = Math.min(size / cells.width, size / cells.height);
    const [wide, high] = tall ? [size / cells.width, size] : [scale, scale];
    const [left, top] = tall ? [0, 0] : [(size - cells.width * scale) / 2, (size - cells.height * scale) / 2];
    drawSharp(element.current, size, size, (context) => {
      context.beginPath();
      cells.cells.forEach((dropped, at) => {
        const [x, y] = [at % cells.width, Math.floor(at / cells.width)];
        if (dropped === 1) context.rect(left + x * wide, top + y * high, wide, high);
      });
      context.clip();
      context.globalAlpha = 0.75;
      context.fillStyle = themeColour('--vscode-editor-background', 'black');
      context.fillRect(0, 0, size, size);
      context.globalAlpha = 1;
      context.strokeStyle = themeColour('--vscode-foreground');
      context.lineWidth = 0.8;
      context.beginPath();
      for (let at = -size; at < size; at += 3) {
        context.moveTo(at, size);
        context.lineTo(at + size, 0);
      }
      context.stroke();
    });
  }, [cells, tall, theme]);
  return <canvas ref={element} class="dropped" aria-hidden="true" />;
}

/** All values before and after a batch norm, on one axis; asked for when the row comes into sight after a pass. */
export function Change({ layer, otherwise }: { readonly layer: string; readonly otherwise: ComponentChildren }) {
  const model = useApp((state) => state.opened?.model ?? null);
  const run = useApp((state) => (state.run.status === 'done' ? state.run.outcome.run : null));
  return model === null || run === null ? (
    <span class="change" />
  ) : (
    <ChangeOf model={model} layer={layer} run={run} otherwise={otherwise} />
  );
}

interface ChangeProps {
  readonly model: string;
  readonly layer: string;
  readonly run: number;
  readonly otherwise: ComponentChildren;
}

function ChangeOf({ model, layer, run, otherwise }: ChangeProps) {
  const found = useRequest('valueChange', { model, layer, occurrence: 0 }, run);
  if (found.status === 'loading') return <span class="change" />;
  if (found.status === 'failed' || found.value === null) return <>{otherwise}</>;
  const change = found.value;
  const most = Math.max(1, ...change.before, ...change.after);
  const words = t(
    'values before (from {0}) and after, both from {1} to {2}; {3} of them then lie outside the scale of the pictures',
    change.from,
    formatValue(change.range.min),
    formatValue(change.range.max),
    formatShare(change.outside)
  );
  return (
    <span class="change" role="img" aria-label={words} title={words}>
      <Tiny counts={change.before} most={most} />
      <span aria-hidden="true">→</span>
      <Tiny counts={change.after} most={most} />
    </span>
  );
}

function Tiny({ counts, most }: { readonly counts: readonly number[]; readonly most: number }) {
  // Square roots: the few values far out stay visible beside the many near zero.
  const path = counts.map((count, at) => `M${at + 0.5} 16V${16 - 15 * Math.sqrt(count / most)}`).join('');
  return (
    <svg viewBox={`0 0 ${counts.length} 16`} width={counts.length} height="16" aria-hidden="true">
      <path d={path} class="change-bars" />
      <path d={`M0 15.5H${counts.length}`} class="change-axis" />
    </svg>
  );
}

/** Width by channels, height by spatial size, both on a logarithmic scale. */
function ShapeBox({ layer }: { readonly layer: LayerRow }) {
  const sizes = (layer.outputShape ?? []).slice(1).map((value) => value ?? 1);
  const channels = sizes.at(-1) ?? 1;
  const spatial = sizes.length > 1 ? (sizes[0] ?? 1) : 1;
  const scaled = (value: number, most: number) => Math.max(3, Math.min(size - 4, (Math.log2(value + 1) / most) * size));
  const height = scaled(spatial, 9);
  const width = scaled(channels, 12);
  return (
    <span class="thumb thumb-empty" aria-hidden="true">
      <svg width={size} height={size}>
        <rect x={(size - width) / 2} y={(size - height) / 2} width={width} height={height} class="shape-box" />
      </svg>
    </span>
  );
}
