/** Curves over epochs, steps or numbers of images that grow while a run goes: the chart stays, its data are replaced. */
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { themeColour } from '../shared/canvas';
import { createChart } from '../shared/chart';
import { useLatest, useSize } from '../shared/hooks';
import { useApp } from '../state';

export type CurveColour = 'blue' | 'orange' | 'purple' | 'green' | 'red' | 'yellow' | 'foreground';

const colours: Readonly<Record<CurveColour, string>> = {
  blue: '--vscode-charts-blue',
  // What VS Code calls orange in charts is missing in high contrast.
  orange: '--vscode-symbolIcon-classForeground',
  purple: '--vscode-charts-purple',
  green: '--vscode-charts-green',
  red: '--vscode-charts-red',
  yellow: '--vscode-charts-yellow',
  foreground: '--vscode-foreground'
};

/** For curves that are told apart by colour: as many as there are. */
export const curveColours: readonly CurveColour[] = [
  'blue',
  'orange',
  'green',
  'purple',
  'red',
  'yellow',
  'foreground'
];

export interface GrowingCurve {
  readonly name: string;
  readonly colour: CurveColour;
  readonly dashed?: boolean;
  readonly dotted?: boolean;
  /** Thin, without points: what lies between the epochs. */
  readonly thin?: boolean;
  /** Epoch and value; a value that is no number breaks the line. */
  readonly points: readonly (readonly [number, number])[];
  /** Place, lower and upper edge of a band around the curve: the spread of what it is the mean of. */
  readonly band?: readonly (readonly [number, number, number])[];
}

/** The distance between two curves at one epoch, drawn as a bracket with its number. */
export interface Bracket {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

interface TrainChartProps {
  readonly curves: readonly GrowingCurve[];
  /** Names of the axes; empty where the words around the chart name them. */
  readonly up: string;
  readonly across: string;
  /** The largest number across: epochs, unless `across` says otherwise. */
  readonly epochs: number;
  /** A logarithmic axis across with these ticks only. */
  readonly logTicks?: readonly { readonly at: number; readonly text: string }[];
  /** Fixed range upwards: charts beside each other compare. */
  readonly range?: readonly [number, number];
  /** In CSS pixels. */
  readonly height?: number;
  readonly format: (value: number) => string;
  /** What the curves say, for a screen reader. */
  readonly label: string;
  readonly bracket: Bracket | null;
}

/** On one common axis; where a curve has no point its column is `null`. */
function aligned(curves: readonly GrowingCurve[]): uPlot.AlignedData {
  const all = curves.flatMap(({ points, band = [] }) => [...points, ...band].map(([x]) => x));
  const at = [...new Set(all)].sort((a, b) => a - b);
  const place = new Map(at.map((x, index) => [x, index]));
  const column = (points: readonly (readonly [number, number])[]) => {
    const values = new Array<number | null>(at.length).fill(null);
    for (const [x, y] of points) values[place.get(x) ?? 0] = Number.isFinite(y) ? y : null;
    return values;
  };
  return [
    at,
    ...curves.map(({ points }) => column(points)),
    ...banded(curves).flatMap(({ band = [] }) => [
      column(band.map(([x, , high]) => [x, high])),
      column(band.map(([x, low]) => [x, low]))
    ])
  ];
}

const banded = (curves: readonly GrowingCurve[]) => curves.filter(({ band }) => band !== undefined);

/** A curve's colour, so thin that curves under it stay visible. */
function faded(colour: string): string {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return colour;
  context.fillStyle = colour;
  const plain = context.fillStyle;
  return plain.startsWith('#') ? `${plain}33` : colour;
}

function dashes({ dashed = false, dotted = false }: GrowingCurve): number[] {
  return dashed ? [6, 4] : dotted ? [2, 3] : [];
}

/** Of a band: drawn by its filling only. */
const edge: uPlot.Series = { stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } };

export function TrainChart(props: TrainChartProps) {
  const { curves, up, across, epochs, format, label, height = 170, logTicks } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const { width } = useSize(box);
  const theme = useApp((state) => state.theme);
  const bracket = useLatest(props.bracket);
  const data = useMemo(() => aligned(curves), [curves]);
  const newest = useLatest(data);
  const looks = curves
    .map((one) => [one.colour, one.dashed, one.dotted, one.thin, one.band === undefined].join(' '))
    .join();
  const [low, high] = props.range ?? [null, null];
  const ticks = logTicks?.map(({ at, text }) => `${String(at)} ${text}`).join() ?? '';
  useEffect(() => {
    if (box.current === null || width < 80) return undefined;
    const font = `11px ${themeColour('--vscode-font-family', 'sans-serif')}`;
    const axis = {
      stroke: themeColour('--vscode-foreground'),
      grid: { stroke: themeColour('--vscode-panel-border', 'gray'), width: 0.5 },
      font,
      labelFont: font,
      labelSize: 16
    };
    chart.current = createChart(
      {
        width,
        height,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 12, 0, 0],
        scales: {
          x:
            logTicks === undefined
              ? { time: false, range: [0, Math.max(1, epochs)] }
              : { time: false, distr: 3, range: [Math.min(...logTicks.map(({ at }) => at)) * 0.8, epochs * 1.25] },
          ...(low === null || high === null ? {} : { y: { range: [low, high] } })
        },
        axes: [
          {
            ...axis,
            ...(across === '' ? {} : { label: across }),
            size: 26,
            ...(logTicks === undefined
              ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000] }
              : {
                  splits: () => logTicks.map(({ at }) => at),
                  filter: (_chart: uPlot, splits: number[]) => splits,
                  values: (_chart: uPlot, splits: number[]) =>
                    splits.map((split) => logTicks.find(({ at }) => at === split)?.text ?? '')
                })
          },
          { ...axis, ...(up === '' ? {} : { label: up }), size: 52, values: (_chart, ticks) => ticks.map(format) }
        ],
        series: [
          {},
          ...curves.map((curve) => ({
            stroke: themeColour(colours[curve.colour]),
            width: curve.thin === true ? 1 : 2,
            dash: dashes(curve),
            spanGaps: true,
            points: { show: curve.thin !== true, size: 5 }
          })),
          ...banded(curves).flatMap(() => [edge, edge])
        ],
        bands: banded(curves).map(({ colour }, at) => ({
          series: [curves.length + 1 + 2 * at, curves.length + 2 + 2 * at],
          fill: faded(themeColour(colours[colour]))
        })),
        hooks: { draw: [(drawn) => drawBracket(drawn, bracket.current)] }
      },
      newest.current,
      box.current
    );
    return () => {
      chart.current?.destroy();
      chart.current = null;
    };
    // The data grow without a new chart; names change nothing that is drawn here.
  }, [width, theme, looks, epochs, up, across, height, low, high, ticks]);
  useEffect(() => chart.current?.setData(data), [data]);
  return <div ref={box} class="chart train-chart" role="img" aria-label={label} />;
}

function drawBracket(chart: uPlot, bracket: Bracket | null): void {
  if (bracket === null || !Number.isFinite(bracket.from) || !Number.isFinite(bracket.to)) return;
  const { ctx } = chart;
  const ratio = window.devicePixelRatio || 1;
  const x = chart.valToPos(bracket.at, 'x', true);
  const [top = 0, bottom = 0] = [bracket.from, bracket.to]
    .map((value) => chart.valToPos(value, 'y', true))
    .sort((a, b) => a - b);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = themeColour('--vscode-foreground');
  ctx.lineWidth = ratio;
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  for (const y of [top, bottom]) {
    ctx.moveTo(x - 4 * ratio, y);
    ctx.lineTo(x + 4 * ratio, y);
  }
  ctx.stroke();
  ctx.font = `${String(11 * ratio)}px ${themeColour('--vscode-font-family', 'sans-serif')}`;
  // Beside the bracket where the run has not been yet, else on the side of it with more room.
  const wide = ctx.measureText(bracket.text).width + 8 * ratio;
  const area = chart.bbox;
  const beside = x + wide < area.left + area.width;
  const low = (top + bottom) / 2 > area.top + area.height / 2;
  ctx.textAlign = beside ? 'left' : 'right';
  ctx.textBaseline = 'middle';
  const y = beside ? (top + bottom) / 2 : low ? top - 14 * ratio : bottom + 14 * ratio;
  ctx.fillText(bracket.text, beside ? x + 8 * ratio : x + 4 * ratio, y);
  ctx.restore();
}

export function CurveNames({ curves }: { readonly curves: readonly GrowingCurve[] }) {
  return (
    <div class="row curve-names">
      {curves
        .filter((curve) => curve.thin !== true)
        .map((curve) => (
          <span key={curve.name}>
            <svg width="18" height="8" aria-hidden="true" class={`train-${curve.colour}`}>
              <path d="M0 4H18" stroke="currentColor" stroke-width="2" stroke-dasharray={dashes(curve).join(' ')} />
            </svg>
            {curve.name}
          </span>
        ))}
    </div>
  );
}
