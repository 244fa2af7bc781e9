/**
 * A sheet of many small pictures on one canvas: only the visible part is asked for and drawn. For a keyboard and a
 * screen reader it is a listbox whose one option is the tile under the cursor, with its numbers.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Tiles } from '../../src/protocol/values';
import { t } from '../l10n';
import { useApp } from '../state';
import { describeInShapes } from '../export/registry';
import type { Shape } from '../export/shapes';
import { bitmapAddress, drawSharp, themeColour, toBitmap } from './canvas';
import { useLatest, useSize } from './hooks';

export interface TileSheetProps {
  readonly label: string;
  readonly count: number;
  /** Edge of a drawn tile in CSS pixels; `aspect` is width over height. */
  readonly edge: number;
  readonly aspect: number;
  /** Fixed number of columns (the sheet scrolls sideways), or as many as fit. */
  readonly columns?: number;
  readonly captions: boolean;
  /** Identifies what the tiles show; a change forgets all pictures. */
  readonly version: string;
  readonly load: (indices: readonly number[], signal: AbortSignal) => Promise<Tiles>;
  readonly describe: (index: number) => string;
  readonly caption?: (index: number) => string;
  readonly mark?: (index: number) => 'dead' | 'duplicate' | null;
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
  /** A tile lit up from elsewhere, and the one under the pointer here. */
  readonly lit?: number | null;
  readonly onHover?: (index: number | null) => void;
}

/** One question at a time, of a size that is turned into pictures within a frame. */
const batch = 24;
const keepAtMost = 4000;
/** Tiles in a saved picture: enough for most layers, few enough that a drawing program opens it. */
const exportedAtMost = 1024;

export function TileSheet(props: TileSheetProps) {
  const { count, edge, aspect, captions, version } = props;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(box);
  const theme = useApp((state) => state.theme);
  const tall = Math.max(6, Math.round(aspect > 1 ? edge / Math.min(aspect, 4) : edge));
  const cellWidth = edge + 4;
  const cellHeight = tall + (captions ? 16 : 4);
  const columns = Math.max(1, Math.min(props.columns ?? Math.floor((width - 2) / cellWidth), Math.max(1, count)));
  const rows = Math.ceil(count / columns);
  const [failure, setFailure] = useState<string | null>(null);
  const [cursor, setCursor] = useState(props.selected ?? 0);
  const [whole, setWhole] = useState(false);
  const latest = useLatest({ ...props, columns, rows, width, height, cellWidth, cellHeight, tall, cursor, whole });
  const pictures = useRef(new Map<number, ImageBitmap>());
  const asking = useRef(false);
  // What failed is asked again when a person says so, not with each frame.
  const failed = useRef(false);
  failed.current = failure !== null;
  const abort = useRef(new AbortController());
  const frame = useRef(0);

  const draw = useCallback(() => {
    frame.current = 0;
    const now = latest.current;
    const element = box.current;
    if (element === null || canvas.current === null || now.width === 0 || now.whole) return;
    const { scrollTop, scrollLeft } = element;
    const firstRow = Math.max(0, Math.floor(scrollTop / now.cellHeight));
    const lastRow = Math.min(now.rows, Math.ceil((scrollTop + now.height) / now.cellHeight));
    const firstColumn = Math.max(0, Math.floor(scrollLeft / now.cellWidth));
    const lastColumn = Math.min(now.columns, Math.ceil((scrollLeft + now.width) / now.cellWidth));
    const missing: number[] = [];
    drawSharp(canvas.current, now.width, now.height, (context) => {
      const line = themeColour('--vscode-focusBorder', 'dodgerblue');
      const text = themeColour('--vscode-descriptionForeground');
      const empty = themeColour('--vscode-editorWidget-background');
      const marks = {
        dead: themeColour('--vscode-charts-red'),
        duplicate: themeColour('--vscode-charts-yellow'),
        ground: themeColour('--vscode-editor-background', 'black'),
        lit: themeColour('--vscode-symbolIcon-classForeground', 'orange')
      };
      context.font = `10px ${themeColour('--vscode-font-family', 'sans-serif')}`;
      context.textBaseline = 'top';
      for (let row = firstRow; row < lastRow; row++) {
        for (let column = firstColumn; column < lastColumn; column++) {
          const index = row * now.columns + column;
          if (index >= now.count) break;
          const x = column * now.cellWidth - scrollLeft + 2;
          const y = row * now.cellHeight - scrollTop + 2;
          const picture = pictures.current.get(index);
          if (picture === undefined) {
            missing.push(index);
            context.fillStyle = empty;
            context.fillRect(x, y, now.edge, now.tall);
          } else context.drawImage(picture, x, y, now.edge, now.tall);
          const mark = now.mark?.(index) ?? null;
          if (mark !== null) drawMark(context, mark, marks, x + now.edge - 9, y + 1);
          if (now.captions) {
            context.fillStyle = text;
            context.fillText(now.caption?.(index) ?? String(index), x, y + now.tall + 3, now.edge);
          }
          if (index === now.lit) {
            context.strokeStyle = marks.lit;
            context.lineWidth = 2;
            context.setLineDash([4, 2]);
            context.strokeRect(x - 1, y - 1, now.edge + 2, now.tall + 2);
            context.setLineDash([]);
          }
          if (index === now.selected || index === now.cursor) {
            context.strokeStyle = line;
            context.lineWidth = index === now.selected ? 2 : 1;
            context.strokeRect(x - 1, y - 1, now.edge + 2, now.tall + 2);
          }
        }
      }
    });
    if (!failed.current) ask(missing);
  }, []);
  const redraw = useCallback(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(draw);
  }, [draw]);

  const ask = (missing: readonly number[]) => {
    const wanted = missing.slice(0, batch);
    if (wanted.length === 0 || asking.current) return;
    asking.current = true;
    const { signal } = abort.current;
    latest.current.load(wanted, signal).then(
      ({ tiles }) => {
        if (signal.aborted) return;
        asking.current = false;
        if (pictures.current.size > keepAtMost) pictures.current.clear();
        tiles.forEach((tile, position) => {
          const index = wanted[position];
          if (index !== undefined) pictures.current.set(index, toBitmap(tile));
        });
        redraw();
      },
      (error: unknown) => {
        if (signal.aborted) return;
        asking.current = false;
        setFailure(error instanceof Error ? error.message : String(error));
      }
    );
  };

  useEffect(() => {
    abort.current = new AbortController();
    asking.current = false;
    failed.current = false;
    setFailure(null);
    redraw();
    return () => {
      abort.current.abort();
      pictures.current.clear();
    };
  }, [version]);
  useEffect(redraw, [width, height, count, edge, columns, captions, theme, props.selected, props.lit, cursor]);
  const addresses = useRef(new Map<number, string>());
  /** For an export: all tiles, up to a limit, in a sheet that does not scroll. */
  const unfold = async (): Promise<() => void> => {
    const element = box.current;
    const { scrollLeft = 0, scrollTop = 0 } = element ?? {};
    const version = latest.current.version;
    const { signal } = abort.current;
    addresses.current = new Map();
    for (let index = 0; index < Math.min(latest.current.count, exportedAtMost); index += batch) {
      const wanted = Array.from({ length: batch }, (_, i) => index + i).filter((i) => i < latest.current.count);
      const missing = wanted.filter((i) => !pictures.current.has(i));
      if (missing.length > 0) {
        const { tiles } = await latest.current.load(missing, signal);
        tiles.forEach((tile, i) => pictures.current.set(missing[i] ?? 0, toBitmap(tile)));
      }
      for (const i of wanted) {
        const picture = pictures.current.get(i);
        if (picture !== undefined && version === latest.current.version)
          addresses.current.set(i, bitmapAddress(picture));
      }
      await nextFrame();
    }
    setWhole(true);
    await nextFrame();
    await nextFrame();
    return () => {
      setWhole(false);
      addresses.current = new Map();
      requestAnimationFrame(() => {
        element?.scrollTo(scrollLeft, scrollTop);
        redraw();
      });
    };
  };

  useEffect(() => {
    if (canvas.current === null) return;
    describeInShapes(
      canvas.current,
      () => sheetShapes(latest.current, pictures.current, addresses.current),
      () => unfold()
    );
  }, []);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(count - 1, to));
    setCursor(next);
    const element = box.current;
    if (element === null) return;
    const y = Math.floor(next / columns) * cellHeight;
    const x = (next % columns) * cellWidth;
    if (y < element.scrollTop) element.scrollTop = y;
    if (y + cellHeight > element.scrollTop + height) element.scrollTop = y + cellHeight - height;
    if (x < element.scrollLeft) element.scrollLeft = x;
    if (x + cellWidth > element.scrollLeft + width) element.scrollLeft = x + cellWidth - width;
  };
  useEffect(() => {
    // Chosen elsewhere (another sheet, the channel's card): it comes into sight here too.
    if (props.selected !== null) move(props.selected);
  }, [props.selected, width > 0]);
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const step = steps[event.key];
    if (step !== undefined) {
      move(cursor + step);
      if (event.shiftKey) props.onSelect(Math.max(0, Math.min(count - 1, cursor + step)));
    } else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(count - 1);
    else if (event.key === 'Enter' || event.key === ' ') props.onSelect(cursor);
    else return;
    event.preventDefault();
  };
  const at = (event: MouseEvent): number | null => {
    const element = box.current;
    if (element === null) return null;
    const rect = element.getBoundingClientRect();
    const column = Math.floor((event.clientX - rect.left + element.scrollLeft) / cellWidth);
    const index = Math.floor((event.clientY - rect.top + element.scrollTop) / cellHeight) * columns + column;
    return column < columns && index >= 0 && index < count ? index : null;
  };
  return (
    <div
      ref={box}
      class="sheet"
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={`${version}-tile`}
      style={{
        height: `${whole ? exportedHeight(rows, columns, cellHeight) : Math.min(rows * cellHeight + 6, 420)}px`
      }}
      onScroll={redraw}
      onKeyDown={onKeyDown}
      onMouseMove={(event) => {
        const index = at(event);
        event.currentTarget.title = index === null ? '' : props.describe(index);
        if (index !== (props.lit ?? null)) props.onHover?.(index);
      }}
      onMouseLeave={() => props.onHover?.(null)}
      onClick={(event) => {
        const index = at(event);
        if (index !== null) {
          setCursor(index);
          props.onSelect(index);
        }
      }}
    >
      <div
        role="presentation"
        class="sheet-space"
        style={{
          height: `${whole ? exportedHeight(rows, columns, cellHeight) - 4 : rows * cellHeight + 2}px`,
          width: props.columns ? `${columns * cellWidth + 2}px` : '100%'
        }}
      >
        <canvas ref={canvas} class="sheet-canvas" aria-hidden="true" />
        {failure !== null && (
          <div class="sheet-failure" role="alert">
            {failure}{' '}
            <button
              type="button"
              class="link"
              onClick={(event) => {
                event.stopPropagation();
                failed.current = false;
                setFailure(null);
                redraw();
              }}
            >
              {t('Retry')}
            </button>
          </div>
        )}
        <div id={`${version}-tile`} role="option" class="hidden-text" aria-selected={cursor === props.selected}>
          {failure ?? props.describe(cursor)}
        </div>
      </div>
    </div>
  );
}

/** Room for the tiles that an export holds, and for a line that says how many they are. */
function exportedHeight(rows: number, columns: number, cellHeight: number): number {
  const shown = Math.min(rows, Math.ceil(exportedAtMost / columns));
  return shown * cellHeight + 6 + (shown < rows ? 20 : 0);
}

const nextFrame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));

/** The loaded tiles with their captions as text, their marks, and how many more there are. */
function sheetShapes(
  now: Pick<TileSheetProps, 'count' | 'edge' | 'captions' | 'caption' | 'mark'> & {
    readonly columns: number;
    readonly rows: number;
    readonly cellWidth: number;
    readonly cellHeight: number;
    readonly tall: number;
  },
  pictures: ReadonlyMap<number, ImageBitmap>,
  addresses: ReadonlyMap<number, string>
): readonly Shape[] {
  const fill = themeColour('--vscode-foreground');
  const family = themeColour('--vscode-font-family', 'sans-serif');
  const words = { type: 'text', family, weight: 'normal', fill, anchor: 'start' } as const;
  const indices = [...pictures.keys()].filter((index) => index < Math.min(now.count, exportedAtMost));
  const tiles = indices.flatMap((index): Shape[] => {
    const picture = pictures.get(index);
    if (picture === undefined) return [];
    const x = (index % now.columns) * now.cellWidth + 2;
    const y = Math.floor(index / now.columns) * now.cellHeight + 2;
    const href = addresses.get(index) ?? bitmapAddress(picture);
    const shapes: Shape[] = [{ type: 'image', x, y, width: now.edge, height: now.tall, href }];
    const mark = now.mark?.(index) ?? null;
    if (mark !== null) shapes.push(...markShapes(mark, x + now.edge - 9, y + 1));
    if (now.captions) {
      const text = now.caption?.(index) ?? String(index);
      shapes.push({ ...words, x, y: y + now.tall + 12, text, size: 10 });
    }
    return shapes;
  });
  if (now.count <= exportedAtMost) return tiles;
  const y = Math.ceil(exportedAtMost / now.columns) * now.cellHeight + 16;
  return [...tiles, { ...words, x: 2, y, text: t('the first {0} of {1}', exportedAtMost, now.count), size: 11 }];
}

/** As `drawMark`. */
function markShapes(mark: 'dead' | 'duplicate', x: number, y: number): Shape[] {
  const rect = (left: number, top: number, width: number, height: number, fill: string): Shape => {
    return { type: 'rect', x: left, y: top, width, height, fill, stroke: null };
  };
  const ground = themeColour('--vscode-editor-background', 'black');
  const square = rect(x, y, 8, 8, themeColour(mark === 'dead' ? '--vscode-charts-red' : '--vscode-charts-yellow'));
  return mark === 'dead'
    ? [square, rect(x + 1.5, y + 3, 5, 2, ground)]
    : [square, rect(x + 1.5, y + 1.5, 5, 2, ground), rect(x + 1.5, y + 4.5, 5, 2, ground)];
}

interface MarkColours {
  readonly dead: string;
  readonly duplicate: string;
  readonly ground: string;
}

/** One bar: near-dead; two bars: near-duplicate (told apart without colour). */
function drawMark(
  context: CanvasRenderingContext2D,
  mark: 'dead' | 'duplicate',
  colours: MarkColours,
  x: number,
  y: number
): void {
  context.fillStyle = colours[mark];
  context.fillRect(x, y, 8, 8);
  context.fillStyle = colours.ground;
  if (mark === 'dead') context.fillRect(x + 1.5, y + 3, 5, 2);
  else {
    context.fillRect(x + 1.5, y + 1.5, 5, 2);
    context.fillRect(x + 1.5, y + 4.5, 5, 2);
  }
}
