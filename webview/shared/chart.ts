/** Charts of uPlot that can also be written as vectors: axes, labels and series, from the chart's own scales. */
import uPlot from 'uplot';
import { describeInShapes } from '../export/registry';
import type { Shape } from '../export/shapes';

/** As `new uPlot`; the chart then knows how to export itself. */
export function createChart(options: uPlot.Options, data: uPlot.AlignedData, target: HTMLElement): uPlot {
  const chart = new uPlot(options, data, target);
  describeInShapes(chart.root, () => chartShapes(chart, options.bands ?? []));
  return chart;
}

/** Relative to the chart's root, in CSS pixels. */
function chartShapes(chart: uPlot, bands: readonly uPlot.Band[]): Shape[] {
  const ratio = window.devicePixelRatio || 1;
  const { left, top, width, height } = chart.bbox;
  const area = { x: left / ratio, y: top / ratio, width: width / ratio, height: height / ratio };
  const shapes: Shape[] = [];
  const style = getComputedStyle(document.body);
  const ink = style.getPropertyValue('--vscode-foreground').trim() || style.color;
  const grid = style.getPropertyValue('--vscode-panel-border').trim() || 'gray';
  const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end') =>
    shapes.push({
      type: 'text',
      x,
      y,
      text: words,
      size: 11,
      family: style.fontFamily,
      weight: 'normal',
      fill: ink,
      anchor
    });
  for (const [i, axis] of chart.axes.entries()) {
    if (axis.show === false || axis.scale === undefined) continue;
    const vertical = i > 0 && axis.side !== 0 && axis.side !== 2;
    const [splits, labels] = ticksOf(chart, i);
    splits.forEach((split, n) => {
      const at = chart.valToPos(split, axis.scale ?? 'x');
      const label = labels[n] ?? '';
      if (vertical) {
        shapes.push(line(area.x, area.y + at, area.x + area.width, area.y + at, grid, 0.5));
        text(area.x - 6, area.y + at + 4, label, 'end');
      } else {
        shapes.push(line(area.x + at, area.y, area.x + at, area.y + area.height, grid, 0.5));
        text(area.x + at, area.y + area.height + 16, label, 'middle');
      }
    });
    if (typeof axis.label === 'string') {
      if (vertical) text(2, Math.max(10, area.y - 4), axis.label, 'start');
      else text(area.x + area.width / 2, area.y + area.height + 32, axis.label, 'middle');
    }
  }
  const pointsOf = (index: number) =>
    Array.from(chart.data[index] ?? [], (value, n): readonly [number, number] | null => {
      const x = chart.data[0][n];
      return value === null || value === undefined || x === undefined
        ? null
        : [area.x + chart.valToPos(x, 'x'), area.y + chart.valToPos(value, chart.series[index]?.scale ?? 'y')];
    });
  for (const { series, fill } of bands) {
    const [upper, lower] = series.map((index) => pointsOf(index).filter((point) => point !== null));
    const outline = [...(upper ?? []), ...(lower ?? []).reverse()];
    const d = `M${outline.map((point) => point.map((v) => v.toFixed(2)).join(' ')).join('L')}Z`;
    if (outline.length > 2 && typeof fill === 'string') shapes.push({ type: 'path', d, stroke: null, fill, width: 0 });
  }
  chart.series.slice(1).forEach((series, i) => {
    if (series.show === false) return;
    const points = pointsOf(i + 1);
    const stroke = colourOf(series.stroke, chart, i + 1) ?? ink;
    if (series.fill !== undefined && series.fill !== null) {
      const step = points.length > 1 ? area.width / points.length : area.width;
      const zero = area.y + area.height;
      const fill = colourOf(series.fill, chart, i + 1) ?? stroke;
      for (const point of points)
        if (point !== null)
          shapes.push({
            type: 'rect',
            x: point[0] - step / 2,
            y: Math.min(point[1], zero),
            width: Math.max(0.5, step * 0.95),
            height: Math.abs(zero - point[1]),
            fill,
            stroke: null
          });
      return;
    }
    if (series.paths !== undefined && series.width !== 0) {
      // A curve that spans gaps is one line over the points it has.
      const drawn = series.spanGaps === true ? points.filter((point) => point !== null) : points;
      const d = drawn.map((point, n) =>
        point === null
          ? ''
          : `${n === 0 || drawn[n - 1] === null ? 'M' : 'L'}${point.map((v) => v.toFixed(2)).join(' ')}`
      );
      shapes.push({ type: 'path', d: d.join(''), stroke, fill: null, width: series.width ?? 1 });
    }
    if (series.points?.show === true)
      for (const point of points)
        if (point !== null)
          shapes.push({
            type: 'rect',
            x: point[0] - 2,
            y: point[1] - 2,
            width: 4,
            height: 4,
            fill: stroke,
            stroke: null
          });
  });
  return shapes;
}

/** What uPlot keeps of an axis's ticks; not in its published types. */
interface DrawnAxis {
  readonly _splits?: readonly number[] | null;
  readonly _values?: readonly (string | number | null)[] | null;
}

function ticksOf(chart: uPlot, index: number): [readonly number[], readonly string[]] {
  const drawn = chart.axes[index] as DrawnAxis | undefined;
  return [drawn?._splits ?? [], (drawn?._values ?? []).map((value) => (value === null ? '' : String(value)))];
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width: number): Shape {
  return { type: 'path', d: `M${String(x1)} ${String(y1)}L${String(x2)} ${String(y2)}`, stroke, fill: null, width };
}

function colourOf(value: uPlot.Series['stroke'], chart: uPlot, index: number): string | null {
  const colour = typeof value === 'function' ? value(chart, index) : value;
  return typeof colour === 'string' ? colour : null;
}
