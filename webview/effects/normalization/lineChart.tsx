/** Lines over steps with labelled axes and a legend, as SVG; the y axis may be logarithmic. A table holds the numbers. */
import { useRef } from 'preact/hooks';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';
import { linearTicks, logTicks, type Tick } from './ticks';

export interface Series {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** 0 to 5: one of the theme's chart colours. */
  readonly colour: number;
  readonly dashed?: boolean;
  readonly dotted?: boolean;
}

function seriesClass({ colour, dashed = false, dotted = false }: Series): string {
  return `series series-${colour} ${dashed ? 'dashed' : ''} ${dotted ? 'dotted' : ''}`;
}

export interface LineChartProps {
  readonly label: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly steps: readonly string[];
  readonly series: readonly Series[];
  readonly log?: boolean;
  /** Fixed range of the y axis. */
  readonly range?: readonly [number, number];
  readonly format?: (value: number) => string;
  /** Names of steps stand slanted below the axis. */
  readonly slanted?: boolean;
  /** The step that a line marks. */
  readonly marker?: number;
}

export function LineChart(props: LineChartProps) {
  const { steps, series, log = false, format = formatValue, slanted = false } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [left, right, top, bottom] = [58, 14, 10, slanted ? 84 : 40];
  const height = slanted ? 320 : 240;
  const scale = scaleOf(series, log, props.range);
  const inner = Math.max(10, width - left - right);
  const x = (step: number) => left + (steps.length < 2 ? inner / 2 : (step / (steps.length - 1)) * inner);
  const y = (value: number) => top + (1 - scale.at(value)) * (height - top - bottom);
  const every = Math.max(1, Math.ceil((steps.length * (slanted ? 20 : 44)) / inner));
  return (
    <figure class="norm-figure">
      <div ref={box} class="norm-chart">
        {width > 60 && (
          <svg
            width={width}
            height={height}
            role="img"
            class={steps.length > 40 ? 'dense' : ''}
            aria-label={props.label}
          >
            {scale.ticks.map((tick) => (
              <g key={tick.value}>
                <line class="grid" x1={left} x2={width - right} y1={y(tick.value)} y2={y(tick.value)} />
                <text x={left - 6} y={y(tick.value) + 4} text-anchor="end">
                  {log ? powerOfTen(tick.value) : format(tick.value)}
                </text>
              </g>
            ))}
            {steps.map((name, step) =>
              step % every === 0 ? (
                <text
                  key={step}
                  {...(slanted
                    ? {
                        transform: `translate(${x(step) + 4} ${height - bottom + 14}) rotate(-45)`,
                        'text-anchor': 'end'
                      }
                    : { x: x(step), y: height - bottom + 16, 'text-anchor': 'middle' })}
                >
                  {name.length > 13 ? `${name.slice(0, 12)}…` : name}
                  <title>{name}</title>
                </text>
              ) : null
            )}
            <text class="quiet" x={left + inner / 2} y={height - 4} text-anchor="middle">
              {props.xLabel}
            </text>
            <text
              class="quiet"
              transform={`translate(11 ${top + (height - top - bottom) / 2}) rotate(-90)`}
              text-anchor="middle"
            >
              {props.yLabel}
            </text>
            <line class="axis" x1={left} x2={left} y1={top} y2={height - bottom} />
            <line class="axis" x1={left} x2={width - right} y1={height - bottom} y2={height - bottom} />
            {props.marker !== undefined && (
              <line class="marker" x1={x(props.marker)} x2={x(props.marker)} y1={top} y2={height - bottom} />
            )}
            {series.map((one) => (
              <g key={one.name} class={seriesClass(one)}>
                <path d={pathOf(one.values, scale.shows, x, y)} />
                {Array.from(one.values).map((value, step) =>
                  scale.shows(value) ? (
                    <circle key={step} cx={x(step)} cy={y(value)} r={steps.length > 40 ? 1.2 : 3}>
                      <title>
                        {steps[step]}: {one.name}, {format(value)}
                      </title>
                    </circle>
                  ) : null
                )}
              </g>
            ))}
          </svg>
        )}
      </div>
      <figcaption class="norm-legend">
        {series.map((one) => (
          <span key={one.name} class="norm-key">
            <svg width="28" height="10" aria-hidden="true">
              <g class={seriesClass(one)}>
                <path d="M1 5H27" />
                <circle cx="14" cy="5" r="3" />
              </g>
            </svg>
            {one.name}
          </span>
        ))}
      </figcaption>
      <NumbersTable {...props} />
    </figure>
  );
}

function NumbersTable({ steps, series, xLabel, format = formatValue }: LineChartProps) {
  return (
    <details>
      <summary>{t('Numbers')}</summary>
      <div class="numbers-scroll">
        <table class="number-grid">
          <thead>
            <tr>
              <th scope="col">{xLabel}</th>
              {series.map((one) => (
                <th key={one.name} scope="col">
                  {one.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map((name, step) => (
              <tr key={step}>
                <th scope="row">{name}</th>
                {series.map((one) => (
                  <td key={one.name}>{format(one.values[step] ?? Number.NaN)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

interface Scale {
  readonly ticks: readonly Tick[];
  /** 0 at the bottom, 1 at the top. */
  readonly at: (value: number) => number;
  readonly shows: (value: number) => boolean;
}

/** `1e−7` for the ticks of a logarithmic axis, plain where that is short. */
function powerOfTen(value: number): string {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(exponent) <= 3 ? formatValue(value) : `1e${exponent}`.replace('-', '−');
}

/** Zeros and what is not finite have no place on a logarithmic axis: the line breaks there. */
function scaleOf(series: readonly Series[], log: boolean, range: readonly [number, number] | undefined): Scale {
  const shows = (value: number) => Number.isFinite(value) && (!log || value > 0);
  const all = series.flatMap((one) => Array.from(one.values)).filter(shows);
  const [low, high] = range ?? [Math.min(...all), Math.max(...all)];
  const ticks = all.length === 0 ? [] : log ? logTicks(low, high) : linearTicks(low, high);
  const place = log ? Math.log10 : (value: number) => value;
  const start = place(ticks[0]?.value ?? 0);
  const span = place(ticks.at(-1)?.value ?? 1) - start || 1;
  return { ticks, shows, at: (value) => Math.max(0, Math.min(1, (place(value) - start) / span)) };
}

function pathOf(
  values: ArrayLike<number>,
  shows: (value: number) => boolean,
  x: (step: number) => number,
  y: (value: number) => number
): string {
  let path = '';
  let drawing = false;
  Array.from(values).forEach((value, step) => {
    if (!shows(value)) drawing = false;
    else {
      path += `${drawing ? 'L' : 'M'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`;
      drawing = true;
    }
  });
  return path;
}
