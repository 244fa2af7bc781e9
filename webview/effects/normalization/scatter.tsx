/** Points that should agree, with the diagonal on which they would; a click or the arrow keys choose one. */
import { useRef } from 'preact/hooks';
import { formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';
import { linearTicks, logTicks } from './ticks';

export interface ScatterProps {
  readonly label: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly log: boolean;
  /** Both axes span the same values and the diagonal is drawn. */
  readonly agree: boolean;
  readonly outliers: ReadonlySet<number>;
  readonly selected: number | null;
  readonly onSelect?: (index: number) => void;
}

const named = 6;

export function Scatter(props: ScatterProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width: space } = useSize(box);
  const width = Math.min(space, 340);
  const [left, right, top, bottom] = [60, 12, 10, 40];
  const height = Math.max(150, Math.min(260, width - 40));
  const positive = (values: ArrayLike<number>) => Array.from(values).filter((one) => Number.isFinite(one) && one > 0);
  const log = props.log && positive(props.x).length > 0 && positive(props.y).length > 0;
  const across = axisOf(props.agree ? [props.x, props.y] : [props.x], log);
  const upward = axisOf(props.agree ? [props.x, props.y] : [props.y], log);
  const px = (value: number) => left + across.at(value) * (width - left - right);
  const py = (value: number) => height - bottom - upward.at(value) * (height - top - bottom);
  const points = Array.from(props.x, (x, i) => ({ i, x, y: props.y[i] ?? Number.NaN })).filter(
    ({ x, y }) => Number.isFinite(x) && Number.isFinite(y)
  );
  const choose = (event: MouseEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined || props.onSelect === undefined) return;
    const [mx, my] = [event.clientX - area.left, event.clientY - area.top];
    let best = -1;
    let nearest = 400;
    for (const { i, x, y } of points) {
      const distance = (px(x) - mx) ** 2 + (py(y) - my) ** 2;
      if (distance < nearest) [best, nearest] = [i, distance];
    }
    if (best >= 0) props.onSelect(best);
  };
  const worst = apart(
    [...props.outliers]
      .slice(0, named)
      .map((i) => ({ i, x: px(props.x[i] ?? Number.NaN), y: py(props.y[i] ?? Number.NaN) }))
      .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
  );
  return (
    <figure class="norm-figure norm-scatter">
      <figcaption>{props.title}</figcaption>
      <div ref={box} class="norm-chart" onClick={choose}>
        {width > 60 && (
          <svg width={width} height={height} role="img" aria-label={props.label}>
            {upward.ticks.map(({ value }) => (
              <g key={value}>
                <line class="grid" x1={left} x2={width - right} y1={py(value)} y2={py(value)} />
                <text x={left - 5} y={py(value) + 4} text-anchor="end">
                  {formatValue(value)}
                </text>
              </g>
            ))}
            {across.ticks.map(({ value }, i) =>
              i % Math.ceil(across.ticks.length / 5) === 0 ? (
                <text key={value} x={px(value)} y={height - bottom + 15} text-anchor="middle">
                  {formatValue(value)}
                </text>
              ) : null
            )}
            <line class="axis" x1={left} x2={left} y1={top} y2={height - bottom} />
            <line class="axis" x1={left} x2={width - right} y1={height - bottom} y2={height - bottom} />
            {props.agree && <line class="diagonal" x1={left} y1={height - bottom} x2={width - right} y2={top} />}
            <text class="quiet" x={left + (width - left - right) / 2} y={height - 5} text-anchor="middle">
              {props.xLabel}
            </text>
            <text class="quiet" transform={`translate(11 ${(height - bottom) / 2}) rotate(-90)`} text-anchor="middle">
              {props.yLabel}
            </text>
            {points.map(({ i, x, y }) => (
              <g key={i} class={props.outliers.has(i) ? 'point outlier' : 'point'}>
                {props.outliers.has(i) ? (
                  <path d={`M${px(x)} ${py(y) - 5}l5 9h-10z`} />
                ) : (
                  <circle cx={px(x)} cy={py(y)} r={points.length > 200 ? 2 : 3} />
                )}
                {i === props.selected && <circle class="chosen" cx={px(x)} cy={py(y)} r={8} />}
              </g>
            ))}
            {worst.map(({ i, x, y }) => {
              const far = x > width - 40;
              return (
                <text key={i} x={x + (far ? -8 : 8)} y={y + 4} text-anchor={far ? 'end' : 'start'}>
                  {i}
                </text>
              );
            })}
          </svg>
        )}
      </div>
    </figure>
  );
}

/** Without the names that would be written over an earlier one; the list below the chart has them all. */
function apart<T extends { readonly x: number; readonly y: number }>(places: readonly T[]): readonly T[] {
  const kept: T[] = [];
  for (const one of places)
    if (kept.every((other) => Math.abs(other.x - one.x) > 24 || Math.abs(other.y - one.y) > 11)) kept.push(one);
  return kept;
}

function axisOf(values: readonly ArrayLike<number>[], log: boolean) {
  const all = values.flatMap((one) => Array.from(one)).filter((value) => Number.isFinite(value) && (!log || value > 0));
  const ticks =
    all.length === 0
      ? linearTicks(0, 1)
      : log
        ? logTicks(Math.min(...all), Math.max(...all))
        : linearTicks(Math.min(...all), Math.max(...all), 4);
  const place = (value: number) => (log ? Math.log10(Math.max(value, 1e-30)) : value);
  const start = place(ticks[0]?.value ?? 0);
  const span = place(ticks.at(-1)?.value ?? 1) - start || 1;
  return { ticks, at: (value: number) => Math.max(0, Math.min(1, (place(value) - start) / span)) };
}
