/** A vector as a strip of coloured cells: numbers on hover and under the arrow keys, a legend with the range. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { colormap } from '../../src/core/colormap';
import { t } from '../l10n';
import { useApp } from '../state';
import { drawSharp, themeColour } from './canvas';
import { formatValue } from './format';
import { useSize } from './hooks';
import { Legend } from './parts';

const most = 4096;
const tall = 22;
const gutter = 34;

interface ValueStripProps {
  readonly values: Float32Array;
  readonly label: string;
  /** "unit", "time step": what one cell is. */
  readonly cell: string;
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
}

export function ValueStrip({ values, label, cell, selected, onSelect }: ValueStripProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const theme = useApp((state) => state.theme);
  const [hovered, setHovered] = useState<number | null>(null);
  const count = Math.min(most, values.length);
  const shown = values.subarray(0, count);
  const range = rangeOf(shown);
  const wide = Math.max(8, Math.min(46, Math.floor((width - gutter) / Math.max(1, count))));
  const columns = Math.max(1, Math.min(count, Math.floor((width - gutter) / wide)));
  const rows = Math.ceil(count / columns);
  const at = hovered ?? selected ?? 0;
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    drawSharp(canvas.current, gutter + columns * wide + 2, rows * tall, (context) => {
      const table = colormap(range.signed ? 'diverging' : 'viridis');
      const text = themeColour('--vscode-descriptionForeground');
      context.font = `10px ${themeColour('--vscode-font-family', 'sans-serif')}`;
      context.textBaseline = 'middle';
      for (let i = 0; i < count; i++) {
        const [x, y] = [gutter + (i % columns) * wide, Math.floor(i / columns) * tall];
        const value = shown[i] ?? Number.NaN;
        if (i % columns === 0) {
          context.fillStyle = text;
          context.textAlign = 'right';
          context.fillText(String(i), gutter - 4, y + tall / 2);
        }
        const entry = 3 * Math.max(0, Math.min(255, Math.round(((value - range.min) / range.extent) * 255)));
        const [r, g, b] = Number.isFinite(value)
          ? [table[entry] ?? 0, table[entry + 1] ?? 0, table[entry + 2] ?? 0]
          : [255, 0, 255];
        context.fillStyle = `rgb(${r}, ${g}, ${b})`;
        context.fillRect(x, y + 1, wide - 1, tall - 2);
        if (wide < 38) continue;
        context.fillStyle = 0.299 * r + 0.587 * g + 0.114 * b > 140 ? 'black' : 'white';
        context.textAlign = 'center';
        context.fillText(formatValue(value, 2), x + wide / 2, y + tall / 2, wide - 3);
      }
      if (count === 0) return;
      const [x, y] = [gutter + (at % columns) * wide, Math.floor(at / columns) * tall];
      context.lineWidth = 2;
      context.strokeStyle = themeColour('--vscode-focusBorder', 'dodgerblue');
      context.strokeRect(x - 0.5, y + 1, wide, tall - 2);
    });
  }, [values, columns, wide, rows, width, theme, at]);
  const words = count === 0 ? t('no values') : `${cell} ${at}: ${formatValue(shown[at] ?? Number.NaN, 6)}`;
  const indexAt = (event: MouseEvent): number | null => {
    const column = Math.floor((event.offsetX - gutter) / wide);
    const index = Math.floor(event.offsetY / tall) * columns + column;
    return column >= 0 && column < columns && index >= 0 && index < count ? index : null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = selected ?? 0;
    const moves: Record<string, number> = {
      ArrowRight: from + 1,
      ArrowLeft: from - 1,
      ArrowDown: from + columns,
      ArrowUp: from - columns,
      Home: 0,
      End: count - 1
    };
    const to = moves[event.key];
    if (to === undefined) return;
    setHovered(null);
    onSelect(Math.max(0, Math.min(count - 1, to)));
    event.preventDefault();
  };
  return (
    <div class="value-strip">
      <Legend
        colormap={range.signed ? 'diverging' : 'viridis'}
        min={range.min}
        max={range.max}
        note={values.length > count ? t('the first {0} of {1} values', count, values.length) : label}
      />
      <div
        ref={box}
        class="value-cells"
        role="slider"
        tabIndex={0}
        aria-label={t('{0}; arrow keys move', label)}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, count - 1)}
        aria-valuenow={at}
        aria-valuetext={words}
        onKeyDown={onKeyDown}
      >
        <canvas
          ref={canvas}
          aria-hidden="true"
          onMouseMove={(event) => setHovered(indexAt(event))}
          onMouseLeave={() => setHovered(null)}
          onClick={(event) => {
            const index = indexAt(event);
            if (index !== null) onSelect(index);
          }}
        />
      </div>
      <span class="value-words">{words}</span>
    </div>
  );
}

/** Around zero where there are negative values, else from the least to the greatest. */
function rangeOf(values: Float32Array) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 0];
  const signed = low < 0;
  const limit = Math.max(Math.abs(low), Math.abs(high));
  const [min, max] = signed ? [-limit, limit] : [low, high];
  return { min, max, extent: max - min || 1, signed };
}
