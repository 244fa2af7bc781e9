/** Three histograms on one axis: before normalising, normalised, after gamma and beta. Small in sheets, large for one channel. */
import { useRef } from 'preact/hooks';
import type { Pixels } from '../../../src/protocol/values';
import { t } from '../../l10n';
import { drawPixels, themeColour } from '../../shared/canvas';
import { formatExact, formatValue } from '../../shared/format';
import { useSize } from '../../shared/hooks';
import { linearTicks } from './ticks';

export const stageTile = { width: 96, height: 72 } as const;

export function stageNames(): readonly [string, string, string] {
  return [t('before'), t('normalised'), t('after gamma and beta')];
}

/** One channel's three histograms, one above the other, as pixels for a sheet of tiles. */
export function stageTilePixels(counts: readonly ArrayLike<number>[], edges: readonly number[]): Pixels {
  return drawPixels(stageTile.width, stageTile.height, (context, width, height) => {
    const colours = ['--vscode-charts-blue', '--vscode-symbolIcon-classForeground', '--vscode-charts-green'];
    const row = height / 3;
    const low = edges[0] ?? 0;
    const zero = ((0 - low) / ((edges.at(-1) ?? 1) - low || 1)) * width;
    counts.forEach((bars, stage) => {
      const most = Math.sqrt(Math.max(1, ...Array.from(bars)));
      const step = width / Math.max(1, bars.length);
      context.fillStyle = themeColour(colours[stage] ?? '--vscode-charts-blue');
      for (let i = 0; i < bars.length; i++) {
        const tall = (Math.sqrt(bars[i] ?? 0) / most) * (row - 3);
        if ((bars[i] ?? 0) > 0)
          context.fillRect(i * step, (stage + 1) * row - Math.max(1, tall), step, Math.max(1, tall));
      }
    });
    if (zero > 0 && zero < width) {
      context.strokeStyle = themeColour('--vscode-foreground');
      context.globalAlpha = 0.5;
      context.beginPath();
      context.moveTo(zero, 0);
      context.lineTo(zero, height);
      context.stroke();
    }
  });
}

export function StageLegend() {
  return (
    <div class="norm-legend">
      {stageNames().map((name, stage) => (
        <span key={name} class="norm-key">
          <i class={`swatch stage-${stage}`} />
          {name}
        </span>
      ))}
      <span class="quiet">{t('bar height: square root of the count')}</span>
    </div>
  );
}

export function StageHistograms(props: {
  readonly edges: readonly number[];
  readonly counts: readonly (readonly number[])[];
  readonly label: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const { edges, counts } = props;
  const [left, right, bottom, row] = [52, 12, 36, 84];
  const height = 3 * row + bottom;
  const low = edges[0] ?? 0;
  const high = edges.at(-1) ?? 1;
  const x = (value: number) => left + ((value - low) / (high - low || 1)) * (width - left - right);
  const names = stageNames();
  return (
    <div ref={box} class="norm-chart">
      {width > 60 && (
        <svg width={width} height={height} role="img" aria-label={props.label}>
          {linearTicks(low, high, Math.max(3, Math.floor(width / 80)))
            .filter(({ value }) => value >= low && value <= high)
            .map(({ value }) => (
              <g key={value}>
                <line class={value === 0 ? 'axis' : 'grid'} x1={x(value)} x2={x(value)} y1={4} y2={3 * row} />
                <text x={x(value)} y={3 * row + 15} text-anchor="middle">
                  {formatValue(value)}
                </text>
              </g>
            ))}
          {counts.map((bars, stage) => {
            const most = Math.max(1, ...bars);
            return (
              <g key={stage} class={`stage-${stage}`}>
                {bars.map((count, i) => {
                  const tall = Math.sqrt(count / most) * (row - 22);
                  const [from, to] = [x(edges[i] ?? 0), x(edges[i + 1] ?? 0)];
                  return count === 0 ? null : (
                    <rect
                      key={i}
                      x={from}
                      width={Math.max(0.5, to - from - 0.5)}
                      y={(stage + 1) * row - Math.max(1, tall)}
                      height={Math.max(1, tall)}
                    >
                      <title>
                        {t(
                          '{0} … {1}: {2} activations',
                          formatValue(edges[i] ?? 0),
                          formatValue(edges[i + 1] ?? 0),
                          count
                        )}
                      </title>
                    </rect>
                  );
                })}
                <line class="axis" x1={left} x2={width - right} y1={(stage + 1) * row} y2={(stage + 1) * row} />
                <text x={left - 5} y={stage * row + 26} text-anchor="end">
                  {formatExact(most)}
                </text>
                <text x={left - 5} y={(stage + 1) * row} text-anchor="end">
                  0
                </text>
                <text class="on-ground" x={left + 4} y={stage * row + 15}>
                  {names[stage]}
                </text>
              </g>
            );
          })}
          <text class="quiet" x={left + (width - left - right) / 2} y={height - 5} text-anchor="middle">
            {t('activation (the end bars hold all beyond)')}
          </text>
        </svg>
      )}
    </div>
  );
}
