/** A vector under a mask: units as nodes, the connections that a dropped unit cuts off from the next dense layer. */
import { colormap } from '../../../src/core/colormap';
import type { MaskTriptych } from '../../../src/protocol/effects/dropout';
import type { ValueRange } from '../../../src/protocol/values';
import { t } from '../../l10n';
import { formatValue } from '../../shared/format';

interface MaskNodesProps {
  readonly values: Float32Array;
  readonly range: ValueRange;
  readonly names: readonly number[];
  readonly dropped: (index: number) => boolean;
  readonly edges: MaskTriptych['edges'];
  readonly label: string;
  readonly says: string;
  readonly picked: number;
  readonly onPick: (index: number) => void;
}

const step = 10;
const left = 34;
const right = 96;
const wide = 124;

export function MaskNodes({ values, range, names, dropped, edges, label, says, picked, onPick }: MaskNodesProps) {
  const tall = Math.max(1, values.length) * step + 6;
  const y = (index: number) => index * step + 8;
  const units = edges?.units ?? [];
  const unitY = (index: number) => ((index + 0.5) * tall) / Math.max(1, units.length);
  const strongest = Math.max(1e-9, ...(edges?.links ?? []).map(([from, , weight]) => pull(values, from, weight)));
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };
    const by = steps[event.key];
    if (by === undefined) return;
    onPick(Math.max(0, Math.min(values.length - 1, picked + by)));
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      class="mask-nodes"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={values.length - 1}
      aria-valuenow={picked}
      aria-valuetext={says}
      onKeyDown={onKeyDown}
    >
      <svg viewBox={`0 0 ${String(wide)} ${String(tall)}`} aria-hidden="true">
        {edges?.links.map(([from, to, weight]) => {
          const cut = dropped(from);
          return (
            <line
              key={`${String(from)} ${String(to)}`}
              class={cut ? 'link-cut' : 'link-kept'}
              x1={left + 5}
              y1={y(from)}
              x2={right - 5}
              y2={unitY(to)}
              style={cut ? undefined : { opacity: 0.15 + (0.85 * pull(values, from, weight)) / strongest }}
            />
          );
        })}
        {[...values].map((value, index) => {
          const cut = dropped(index);
          return (
            <g key={index} class="unit" onClick={() => onPick(index)}>
              <title>{t('unit {0}: {1}', names[index] ?? index, cut ? t('dropped') : formatValue(value))}</title>
              <rect class="unit-target" x={0} y={y(index) - step / 2} width={left + 8} height={step} />
              <text x={left - 9} y={y(index) + 3} text-anchor="end">
                {names[index]}
              </text>
              <circle
                class={`${cut ? 'unit-dropped' : 'unit-kept'} ${index === picked ? 'unit-picked' : ''}`}
                cx={left}
                cy={y(index)}
                r={3.6}
                {...(cut ? {} : { fill: colourOf(value, range) })}
              />
              {cut && <path class="unit-strike" d={`M${String(left - 4)} ${String(y(index) - 4)}l8 8m0 -8l-8 8`} />}
            </g>
          );
        })}
        {units.map((unit, index) => (
          <g key={unit}>
            <circle class="unit-next" cx={right} cy={unitY(index)} r={4} />
            <text x={right + 8} y={unitY(index) + 3}>
              {unit}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

const pull = (values: Float32Array, from: number, weight: number): number => Math.abs((values[from] ?? 0) * weight);

function colourOf(value: number, range: ValueRange): string {
  const table = colormap(range.min < 0 ? 'diverging' : 'viridis');
  const extent = range.max - range.min;
  const share = extent > 0 ? (value - range.min) / extent : 0.5;
  const entry = 3 * Math.max(0, Math.min(255, Math.round(share * 255)));
  return `rgb(${String(table[entry] ?? 0)} ${String(table[entry + 1] ?? 0)} ${String(table[entry + 2] ?? 0)})`;
}
