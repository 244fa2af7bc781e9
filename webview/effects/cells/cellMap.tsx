/** One map cell by cell: padding hatched, windows framed, winners dotted; chosen by mouse and arrow keys. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { ColormapId } from '../../../src/core/colormap';
import { drawSharp, themeColour } from '../../shared/canvas';
import { formatValue } from '../../shared/format';
import { useApp } from '../../state';
import { colourOf, paint, type Range } from './paint';

/** In cells; may reach into the padding. */
export interface Frame {
  readonly y: number;
  readonly x: number;
  readonly high: number;
  readonly wide: number;
}

export interface CellMapProps {
  readonly values: Float32Array;
  /** Height and width in cells. */
  readonly size: readonly [number, number];
  /** Padding cells: top, right, bottom, left. */
  readonly pads?: readonly [number, number, number, number];
  readonly width: number;
  readonly range: Range;
  readonly map: ColormapId;
  /** The values of a series are drawn as bars. */
  readonly series?: boolean;
  readonly frames?: readonly Frame[];
  /** Single cells with a strong mark. */
  readonly marked?: readonly (readonly [number, number])[];
  readonly dots?: readonly (readonly [number, number])[];
  /** Cells from this row-major index on are not written yet. */
  readonly written?: number;
  readonly label: string;
  readonly text: string;
  readonly onPoint?: (y: number, x: number, pinned: boolean) => void;
  readonly onLeave?: () => void;
  readonly onMove?: (dy: number, dx: number) => void;
}

const highest = 340;
const seriesHeight = 96;
const largestCell = 56;
/** Cells of this many pixels hold their number. */
const numbered = 34;
const none: readonly [number, number, number, number] = [0, 0, 0, 0];

export function CellMap(props: CellMapProps) {
  const { values, size, range, map, series = false, written } = props;
  const [height, width] = size;
  const pads = props.pads ?? none;
  const element = useRef<HTMLCanvasElement>(null);
  const theme = useApp((state) => state.theme);
  const picture = useMemo(() => paint(values, size, range, map), [values, height, width, range.min, range.max, map]);
  const [rows, columns] = [height + pads[0] + pads[2], width + pads[1] + pads[3]];
  const wide = Math.min(props.width / columns, largestCell);
  const edge = series ? wide : Math.max(0.5, Math.min(wide, highest / rows));
  const tall = series ? seriesHeight : edge;
  const { frames, marked, dots } = props;
  useEffect(() => {
    if (element.current === null) return;
    drawSharp(element.current, columns * edge, rows * tall, (context) => {
      hatch(context, 0, 0, columns * edge, rows * tall);
      context.save();
      context.translate(pads[3] * edge, pads[0] * tall);
      if (series) bars(context, values.subarray(0, written), range, edge, tall);
      else drawWritten(context, picture, written ?? height * width, edge);
      if (!series && edge >= numbered) numbers(context, values, size, range, map, edge, written);
      for (const [y, x] of dots ?? []) dot(context, y, x, edge, tall);
      for (const frame of frames ?? []) outline(context, frame, edge, tall, '--vscode-symbolIcon-classForeground', 1.5);
      for (const [y, x] of marked ?? [])
        outline(context, { y, x, high: 1, wide: 1 }, edge, tall, '--vscode-charts-red', 2);
      context.restore();
    });
  }, [picture, edge, tall, frames, marked, dots, theme, written, rows, columns]);
  const at = (event: MouseEvent): readonly [number, number] => [
    Math.floor(event.offsetY / tall) - pads[0],
    Math.floor(event.offsetX / edge) - pads[3]
  ];
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1]
    };
    const step = steps[event.key];
    if (step === undefined || props.onMove === undefined) return;
    props.onMove(...step);
    event.preventDefault();
  };
  const [first] = props.marked ?? [];
  const chosen = props.onMove !== undefined;
  return (
    <div
      class="cell-map"
      {...(chosen
        ? {
            role: 'slider',
            tabIndex: 0,
            'aria-valuemin': 0,
            'aria-valuemax': Math.max(0, height * width - 1),
            'aria-valuenow': first === undefined ? 0 : first[0] * width + first[1],
            'aria-valuetext': props.text
          }
        : { role: 'img' })}
      aria-label={chosen ? props.label : `${props.label}: ${props.text}`}
      onKeyDown={onKeyDown}
    >
      <canvas
        ref={element}
        aria-hidden="true"
        onMouseMove={(event) => props.onPoint?.(...at(event), event.buttons === 1)}
        onMouseLeave={() => props.onLeave?.()}
        onClick={(event) => props.onPoint?.(...at(event), true)}
      />
    </div>
  );
}

function hatch(context: CanvasRenderingContext2D, x: number, y: number, wide: number, high: number): void {
  context.save();
  context.beginPath();
  context.rect(x, y, wide, high);
  context.clip();
  context.fillStyle = themeColour('--vscode-editorWidget-background', 'gray');
  context.fillRect(x, y, wide, high);
  context.strokeStyle = themeColour('--vscode-descriptionForeground', 'gray');
  context.lineWidth = 0.5;
  context.beginPath();
  for (let at = -high; at < wide; at += 5) {
    context.moveTo(x + at, y + high);
    context.lineTo(x + at + high, y);
  }
  context.stroke();
  context.restore();
}

/** The first cells of the picture, row by row; what lies behind them stays hatched. */
function drawWritten(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
  written: number,
  edge: number
): void {
  const { width, height } = picture;
  const rows = Math.min(height, Math.floor(written / width));
  const rest = rows < height ? written % width : 0;
  if (rows > 0) context.drawImage(picture, 0, 0, width, rows, 0, 0, width * edge, rows * edge);
  if (rest > 0) context.drawImage(picture, 0, rows, rest, 1, 0, rows * edge, rest * edge, edge);
}

function bars(context: CanvasRenderingContext2D, values: Float32Array, range: Range, edge: number, tall: number): void {
  const low = Math.min(0, range.min);
  const span = Math.max(0, range.max) - low || 1;
  const zero = tall + (low / span) * tall;
  context.fillStyle = themeColour('--vscode-editor-background', 'white');
  context.fillRect(0, 0, values.length * edge, tall);
  context.fillStyle = themeColour('--vscode-charts-blue', 'blue');
  values.forEach((value, i) => {
    const high = (value / span) * tall;
    const gap = edge > 4 ? 1 : 0;
    context.fillRect(i * edge, Math.min(zero, zero - high), Math.max(0.5, edge - gap), Math.max(1, Math.abs(high)));
  });
}

function numbers(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  [height, width]: readonly [number, number],
  range: Range,
  map: ColormapId,
  edge: number,
  written = Number.POSITIVE_INFINITY
): void {
  context.font = `${String(Math.round(Math.min(12, edge / 3.2)))}px ${themeColour('--vscode-editor-font-family', 'monospace')}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let i = 0; i < Math.min(height * width, written); i++) {
    const value = values[i] ?? 0;
    const [r, g, b] = colourOf(value, range, map);
    context.fillStyle = 0.3 * r + 0.59 * g + 0.11 * b > 140 ? 'black' : 'white';
    context.fillText(formatValue(value, 2), ((i % width) + 0.5) * edge, (Math.floor(i / width) + 0.5) * edge);
  }
}

/** Readable on every colour: light on dark. */
function dot(context: CanvasRenderingContext2D, y: number, x: number, edge: number, tall: number): void {
  const radius = Math.max(1, Math.min(3.5, edge / 4));
  // Beside the number, where cells are large enough to hold one.
  const at = edge >= numbered ? 7 / edge : 0.5;
  context.beginPath();
  context.arc((x + at) * edge, (y + at) * tall, radius, 0, 2 * Math.PI);
  context.fillStyle = 'white';
  context.fill();
  context.lineWidth = Math.min(1, radius / 2);
  context.strokeStyle = 'black';
  context.stroke();
}

export function outline(
  context: CanvasRenderingContext2D,
  { y, x, high, wide }: Frame,
  edge: number,
  tall: number,
  colour: string,
  thick: number
): void {
  const box = [x * edge, y * tall, Math.max(4, wide * edge), Math.max(4, high * tall)] as const;
  context.lineWidth = thick + 2;
  context.strokeStyle = themeColour('--vscode-editor-background', 'black');
  context.strokeRect(...box);
  context.lineWidth = thick;
  context.strokeStyle = themeColour(colour, 'orange');
  context.strokeRect(...box);
}
