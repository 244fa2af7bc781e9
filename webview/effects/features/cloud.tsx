/**
 * The scatter of all points: one unit is as long on both axes, so that what looks far is far as far as two dimensions
 * can tell. A click or the arrow keys choose a point; for a screen reader it is a listbox with the chosen one.
 */
import { useRef } from 'preact/hooks';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';
import { linearTicks } from '../normalization/ticks';
import { glyphOf, type ShownPoint } from './points';

export function Cloud(props: {
  readonly points: readonly ShownPoint[];
  readonly explained: readonly [number, number];
  readonly colourOf: (index: number) => string;
  readonly nameOf: (index: number) => string;
  /** Classes whose name stands at the middle of their unseen pictures. */
  readonly named: readonly number[];
  readonly selected: ShownPoint | null;
  readonly describe: (point: ShownPoint) => string;
  readonly onSelect: (point: ShownPoint) => void;
}) {
  const { points, selected } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [left, right, top, bottom] = [52, 14, 10, 42];
  const height = Math.round(Math.max(280, Math.min(460, width * 0.62)));
  const [wide, high] = [Math.max(1, width - left - right), height - top - bottom];
  const span = (pick: (point: ShownPoint) => number) => {
    const all = points.map(pick);
    return { low: Math.min(...all), high: Math.max(...all) };
  };
  const [across, upward] = [span(({ x }) => x), span(({ y }) => y)];
  const unit = 1.08 * Math.max((across.high - across.low) / wide, (upward.high - upward.low) / high, 1e-12);
  const middle = { x: (across.low + across.high) / 2, y: (upward.low + upward.high) / 2 };
  const px = (x: number) => left + wide / 2 + (x - middle.x) / unit;
  const py = (y: number) => top + high / 2 - (y - middle.y) / unit;
  const ticksOf = (centre: number, length: number, count: number) =>
    linearTicks(centre - (length / 2) * unit, centre + (length / 2) * unit, count).filter(
      ({ value }) => Math.abs(value - centre) <= (length / 2) * unit
    );
  const choose = (event: MouseEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined) return;
    let best: ShownPoint | null = null;
    let nearest = 14 ** 2;
    for (const point of points) {
      const distance = (px(point.x) - event.clientX + area.left) ** 2 + (py(point.y) - event.clientY + area.top) ** 2;
      if (distance <= nearest) [best, nearest] = [point, distance];
    }
    if (best !== null) props.onSelect(best);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = selected === null ? -1 : points.indexOf(selected);
    const group = selected?.group;
    const steps: Readonly<Record<string, () => number>> = {
      ArrowRight: () => at + 1,
      ArrowLeft: () => at - 1,
      ArrowDown: () => points.findIndex((one, i) => i > at && one.group !== group),
      ArrowUp: () => points.findLastIndex((one, i) => i < at && one.group !== group),
      Home: () => 0,
      End: () => points.length - 1
    };
    const step = steps[event.key];
    if (step === undefined || event.shiftKey) return;
    const next = points[Math.max(0, Math.min(points.length - 1, step()))];
    if (next !== undefined) props.onSelect(next);
    event.preventDefault();
    event.stopPropagation();
  };
  const centres = props.named.flatMap((index) => {
    const own = points.filter(({ group, colouredBy }) => group === 'unseen' && colouredBy === index);
    if (own.length < 2) return [];
    const mean = (pick: (point: ShownPoint) => number) => own.reduce((sum, one) => sum + pick(one), 0) / own.length;
    return [{ index, x: mean(({ x }) => x), y: mean(({ y }) => y) }];
  });
  // Names that would cover each other say less than the commonest of them alone.
  const placed = centres.filter((one, i) =>
    centres.every(
      (other, j) => j >= i || Math.abs(px(other.x) - px(one.x)) > 44 || Math.abs(py(other.y) - py(one.y)) > 16
    )
  );
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    <div
      ref={box}
      class="cloud"
      role="listbox"
      tabIndex={0}
      aria-label={t('Features of {0} pictures and copies in two dimensions', points.length)}
      aria-activedescendant="cloud-point"
      onClick={choose}
      onKeyDown={onKeyDown}
    >
      <div id="cloud-point" role="option" class="hidden-text" aria-selected={selected !== null}>
        {selected === null ? t('Arrow keys walk through the points') : props.describe(selected)}
      </div>
      {width > 80 && (
        <svg width={width} height={height} aria-hidden="true">
          {ticksOf(middle.y, high, 5).map(({ value }) => (
            <g key={value}>
              <line class="grid" x1={left} x2={width - right} y1={py(value)} y2={py(value)} />
              <text x={left - 6} y={py(value) + 4} text-anchor="end">
                {formatValue(value)}
              </text>
            </g>
          ))}
          {ticksOf(middle.x, wide, 6).map(({ value }) => (
            <g key={value}>
              <line class="grid" x1={px(value)} x2={px(value)} y1={top} y2={height - bottom} />
              <text x={px(value)} y={height - bottom + 15} text-anchor="middle">
                {formatValue(value)}
              </text>
            </g>
          ))}
          <text class="axis-name" x={left + wide / 2} y={height - 6} text-anchor="middle">
            {t('component 1 ({0} of the variance)', percent(props.explained[0]))}
          </text>
          <text class="axis-name" transform={`translate(12 ${top + high / 2}) rotate(-90)`} text-anchor="middle">
            {t('component 2 ({0})', percent(props.explained[1]))}
          </text>
          {points.map((point) => {
            if (point.group === 'clean') return null;
            const colour = props.colourOf(point.colouredBy);
            return (
              <path
                key={`${point.group} ${String(point.at)}`}
                class={`cloud-${point.group}`}
                d={glyphOf(point.group)}
                transform={`translate(${px(point.x)} ${py(point.y)})`}
                {...(point.group === 'unseen'
                  ? { fill: colour, 'fill-opacity': 0.7 }
                  : { fill: 'none', stroke: colour, 'stroke-width': 1.6 })}
              />
            );
          })}
          {placed.map(({ index, x, y }) => (
            <text key={index} class="cloud-name" x={px(x)} y={py(y) + 5} text-anchor="middle">
              {props.nameOf(index).slice(0, 14)}
            </text>
          ))}
          {points
            .filter(({ group }) => group === 'clean')
            .map(({ x, y }) => (
              <path key="clean" class="cloud-clean" d={glyphOf('clean')} transform={`translate(${px(x)} ${py(y)})`} />
            ))}
          {selected !== null && <circle class="cloud-chosen" cx={px(selected.x)} cy={py(selected.y)} r={11} />}
        </svg>
      )}
    </div>
  );
}
