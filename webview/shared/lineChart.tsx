/** A few lines over one axis, with numbered and named axes and a legend of the lines. */
import { useEffect, useRef } from 'preact/hooks';
import { createChart } from './chart';
import { useApp } from '../state';
import { themeColour } from './canvas';
import { formatValue } from './format';
import { useSize } from './hooks';

/** As many lines as colours that can be told apart. */
export const lineColours = [
  '--vscode-charts-blue',
  '--vscode-symbolIcon-classForeground',
  '--vscode-charts-green',
  '--vscode-charts-purple',
  '--vscode-charts-red',
  '--vscode-charts-yellow'
] as const;

export interface Line {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

/** @param props.label what a screen reader says of the chart; `across` and `up` name the axes. */
export function LineChart(props: {
  readonly lines: readonly Line[];
  readonly across: string;
  readonly up: string;
  readonly label: string;
}) {
  const { lines, across, up, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const theme = useApp((state) => state.theme);
  useEffect(() => {
    if (box.current === null || width < 80) return undefined;
    const length = Math.max(0, ...lines.map(({ values }) => values.length));
    const axis = {
      stroke: themeColour('--vscode-foreground'),
      grid: { stroke: themeColour('--vscode-panel-border', 'gray'), width: 0.5 },
      font: '11px sans-serif',
      labelFont: '11px sans-serif',
      labelSize: 16
    };
    const chart = createChart(
      {
        width,
        height: 150,
        legend: { show: false },
        cursor: { show: false },
        padding: [6, 8, 0, 0],
        scales: { x: { time: false } },
        axes: [
          { ...axis, size: 26, label: across, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] },
          { ...axis, size: 46, label: up, values: (_chart, ticks) => ticks.map((tick) => formatValue(tick)) }
        ],
        series: [
          {},
          ...lines.map((_, at) => ({
            stroke: themeColour(lineColours[at % lineColours.length] ?? lineColours[0]),
            width: 1.5,
            points: { show: length <= 32, size: 4 }
          }))
        ]
      },
      [Array.from({ length }, (_, i) => i), ...lines.map(({ values }) => Array.from(values))],
      box.current
    );
    return () => chart.destroy();
    // The lines' names change nothing that is drawn here.
  }, [lines.length, lines[0]?.values, across, up, width, theme]);
  return (
    <>
      <div ref={box} class="chart line-chart" role="img" aria-label={label} />
      {lines.length > 1 && <LineNames names={lines.map(({ name }) => name)} />}
    </>
  );
}

export function LineNames({ names }: { readonly names: readonly string[] }) {
  return (
    <span class="line-names">
      {names.map((name, at) => (
        <span key={name}>
          <svg width="14" height="8" aria-hidden="true" class={`line-colour-${at % lineColours.length}`}>
            <path d="M0 4H14" stroke="currentColor" stroke-width="2" />
          </svg>
          {name}
        </span>
      ))}
    </span>
  );
}
