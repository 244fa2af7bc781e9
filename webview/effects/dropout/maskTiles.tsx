/** Feature maps under a mask: dropped values hatched, maps that drop whole struck through; one value is picked. */
import { useCallback, useRef } from 'preact/hooks';
import { colormap } from '../../../src/core/colormap';
import type { ValueRange } from '../../../src/protocol/values';
import { DrawnCanvas, themeColour } from '../../shared/canvas';
import { useSize } from '../../shared/hooks';

export interface Tiles {
  readonly count: number;
  /** Of one map. */
  readonly size: readonly [number, number];
  /** Row-major, map after map. */
  readonly values: Float32Array;
  readonly range: ValueRange;
  readonly names: readonly number[];
}

interface MaskTilesProps extends Tiles {
  readonly dropped: (index: number) => boolean;
  readonly label: string;
  /** What the picked value is, for a screen reader. */
  readonly says: string;
  readonly picked: number;
  readonly onPick: (index: number) => void;
}

const gap = 4;
const captionHeight = 13;

export function MaskTiles(props: MaskTilesProps) {
  const { count, size, values, picked } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [rows, columns] = size;
  // Maps of a few pixels side by side, two in the narrowest panel.
  const across = Math.max(1, Math.min(count, rows === 1 ? 1 : width < 200 ? 2 : 4));
  const edge = Math.max(8, (width - gap * (across - 1)) / across);
  const tall = rows === 1 ? 16 : (edge * rows) / columns;
  const cell = tall + captionHeight + gap;
  const height = Math.max(1, Math.ceil(count / across) * cell);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      for (let tile = 0; tile < count; tile++) {
        const x = (tile % across) * (edge + gap);
        const y = Math.floor(tile / across) * cell;
        drawTile(context, props, tile, { x, y, width: edge, height: tall });
      }
    },
    [props.values, props.range, props.dropped, picked, width]
  );
  const at = (event: MouseEvent): number | null => {
    const rect = box.current?.getBoundingClientRect();
    if (rect === undefined) return null;
    const [px, py] = [event.clientX - rect.left, event.clientY - rect.top];
    const tile = Math.floor(py / cell) * across + Math.floor(px / (edge + gap));
    const column = Math.floor(((px % (edge + gap)) / edge) * columns);
    const row = Math.floor(((py % cell) / tall) * rows);
    if (tile >= count || column >= columns || row >= rows) return null;
    return tile * rows * columns + row * columns + column;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const step = steps[event.key];
    if (step === undefined) return;
    props.onPick(Math.max(0, Math.min(values.length - 1, picked + step)));
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
      class="mask-tiles"
      role="slider"
      tabIndex={0}
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={values.length - 1}
      aria-valuenow={picked}
      aria-valuetext={props.says}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const index = at(event);
        if (index !== null) props.onPick(index);
      }}
    >
      {width > 0 && <DrawnCanvas width={width} height={height} draw={draw} label={props.label} />}
    </div>
  );
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawTile(context: CanvasRenderingContext2D, props: MaskTilesProps, tile: number, box: Box): void {
  const { size, values, range, names, picked } = props;
  const [rows, columns] = size;
  const first = tile * rows * columns;
  const part = values.subarray(first, first + rows * columns);
  context.imageSmoothingEnabled = false;
  context.drawImage(coloured(part, columns, rows, range), box.x, box.y, box.width, box.height);
  const cellWidth = box.width / columns;
  const cellHeight = box.height / rows;
  const path = new Path2D();
  let gone = 0;
  for (let i = 0; i < part.length; i++) {
    if (!props.dropped(first + i)) continue;
    gone++;
    path.rect(box.x + (i % columns) * cellWidth, box.y + Math.floor(i / columns) * cellHeight, cellWidth, cellHeight);
  }
  if (gone > 0) hatch(context, path, box);
  if (gone === part.length) strike(context, box);
  context.fillStyle = themeColour('--vscode-descriptionForeground');
  context.font = `10px ${themeColour('--vscode-font-family', 'sans-serif')}`;
  context.textBaseline = 'top';
  context.fillText(String(names[tile] ?? ''), box.x, box.y + box.height + 1);
  const own = picked - first;
  if (own < 0 || own >= part.length) return;
  context.strokeStyle = themeColour('--vscode-focusBorder', 'dodgerblue');
  context.lineWidth = 2;
  const [x, y] = [box.x + (own % columns) * cellWidth, box.y + Math.floor(own / columns) * cellHeight];
  context.strokeRect(x - 1, y - 1, Math.max(4, cellWidth) + 2, Math.max(4, cellHeight) + 2);
}

/** Dropped values lose their colour altogether: ground with diagonal lines, told apart without colour. */
function hatch(context: CanvasRenderingContext2D, path: Path2D, box: Box): void {
  context.save();
  context.clip(path);
  context.fillStyle = themeColour('--vscode-editor-background', 'black');
  context.fillRect(box.x, box.y, box.width, box.height);
  context.strokeStyle = themeColour('--vscode-symbolIcon-classForeground', 'orange');
  context.lineWidth = 1;
  context.beginPath();
  for (let d = 0; d < box.width + box.height; d += 4) {
    context.moveTo(box.x + d, box.y);
    context.lineTo(box.x + d - box.height, box.y + box.height);
  }
  context.stroke();
  context.restore();
}

function strike(context: CanvasRenderingContext2D, box: Box): void {
  context.strokeStyle = themeColour('--vscode-foreground');
  context.lineWidth = 1.5;
  context.strokeRect(box.x + 0.75, box.y + 0.75, box.width - 1.5, box.height - 1.5);
  context.beginPath();
  context.moveTo(box.x, box.y);
  context.lineTo(box.x + box.width, box.y + box.height);
  context.moveTo(box.x + box.width, box.y);
  context.lineTo(box.x, box.y + box.height);
  context.stroke();
}

function coloured(values: Float32Array, width: number, height: number, range: ValueRange): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const table = colormap(range.min < 0 ? 'diverging' : 'viridis');
  const extent = range.max - range.min;
  for (let i = 0; i < values.length; i++) {
    const share = extent > 0 ? ((values[i] ?? 0) - range.min) / extent : 0.5;
    const entry = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
    image.data.set([table[entry] ?? 0, table[entry + 1] ?? 0, table[entry + 2] ?? 0, 255], 4 * i);
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
