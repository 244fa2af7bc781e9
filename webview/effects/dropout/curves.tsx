/** Lines over a common axis, with axes, units and a legend that does not need colour. */
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../../state';
import { themeColour } from '../../shared/canvas';
import { createChart } from '../../shared/chart';
import { useSize } from '../../shared/hooks';

export interface Curve {
  readonly name: string;
  readonly values: readonly number[];
  readonly colour: 'blue' | 'orange' | 'green' | 'purple';
  readonly dashed: boolean;
}

/** What VS Code calls orange in charts is missing in high contrast. */
const colours: Readonly<Record<Curve['colour'], string>> = {
  blue: '--vscode-charts-blue',
  orange: '--vscode-symbolIcon-classForeground',
  green: '--vscode-charts-green',
  purple: '--vscode-charts-purple'
};

interface CurvesProps {
  readonly x: readonly number[];
  readonly curves: readonly Curve[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  /** Fixed range of the values; free without. */
  readonly y?: readonly [number, number];
  /** What the lines say, for a screen reader. */
  readonly label: string;
}

export function Curves(props: CurvesProps) {
  const { x, curves, xLabel, yLabel, formatX, formatY, y } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const theme = useApp((state) => state.theme);
  useEffect(() => {
    if (box.current === null || width < 60) return undefined;
    const axis = {
      stroke: themeColour('--vscode-foreground'),
      grid: { stroke: themeColour('--vscode-panel-border', 'gray'), width: 0.5 },
      labelSize: 18,
      labelFont: `11px ${themeColour('--vscode-font-family', 'sans-serif')}`,
      font: `11px ${themeColour('--vscode-font-family', 'sans-serif')}`
    };
    const chart = createChart(
      {
        width,
        height: 190,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: y === undefined ? {} : { range: [...y] } },
        axes: [
          { ...axis, label: xLabel, size: 30, values: (_chart, ticks) => ticks.map(formatX) },
          { ...axis, label: yLabel, size: 58, values: (_chart, ticks) => ticks.map(formatY) }
        ],
        series: [
          {},
          ...curves.map((curve) => ({
            stroke: themeColour(colours[curve.colour]),
            width: 2,
            dash: curve.dashed ? [6, 4] : [],
            points: { show: true, size: 5 }
          }))
        ]
      },
      [[...x], ...curves.map((curve) => [...curve.values])],
      box.current
    );
    return () => chart.destroy();
  }, [x, curves, width, theme]);
  return (
    <div class="curves">
      <div ref={box} class="chart" role="img" aria-label={props.label} />
      <div class="row curve-names">
        {curves.map((curve) => (
          <span key={curve.name}>
            <i class={`curve-sample curve-${curve.colour} ${curve.dashed ? 'curve-dashed' : ''}`} aria-hidden="true" />
            {curve.name}
          </span>
        ))}
      </div>
    </div>
  );
}
