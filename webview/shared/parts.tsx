/** Parts every view shares: legend with numbers, texts to learn from, the computed sentence, a histogram with real axes. */
import { Fragment } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import uPlot from 'uplot';
import type { Histogram } from '../../src/protocol/values';
import { t } from '../l10n';
import { useApp } from '../state';
import { themeColour } from './canvas';
import { createChart } from './chart';
import { formatExact, formatShare, formatValue } from './format';
import { useSize } from './hooks';

export function Legend(props: { colormap: 'viridis' | 'gray' | 'diverging'; min: number; max: number; note: string }) {
  const { min, max } = props;
  return (
    <div
      class="legend"
      role="img"
      aria-label={t('Colours from {0} to {1}; {2}', formatValue(min), formatValue(max), props.note)}
    >
      <span>{formatValue(min)}</span>
      <span class={`ramp ramp-${props.colormap}`} />
      <span>{formatValue(max)}</span>
      <span class="quiet">{props.note}</span>
    </div>
  );
}

/** A layer's name that breaks after its underscores, where it must. */
export function Breaking({ name }: { readonly name: string }) {
  const parts = name.split('_');
  return (
    <>
      {parts.map((part, i) => (
        <Fragment key={i}>
          {part}
          {i < parts.length - 1 && (
            <>
              _<wbr />
            </>
          )}
        </Fragment>
      ))}
    </>
  );
}

export function Explanation({ see, look }: { readonly see: string; readonly look: string }) {
  const shown = useApp((state) => state.settings.explanations);
  if (!shown) return null;
  return (
    <div class="explanation">
      <p>
        <strong>{t('What you see.')}</strong> {see}
      </p>
      <p>
        <strong>{t('What to look for.')}</strong> {look}
      </p>
    </div>
  );
}

export function SoWhat({ text, children }: { readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <div class="so-what">
      <span>{text}</span>
      {children}
    </div>
  );
}

export function HistogramChart({ histogram, label }: { readonly histogram: Histogram; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const theme = useApp((state) => state.theme);
  useEffect(() => {
    if (box.current === null || width < 60) return undefined;
    const x = histogram.counts.map((_, i) => ((histogram.edges[i] ?? 0) + (histogram.edges[i + 1] ?? 0)) / 2);
    const axis = {
      stroke: themeColour('--vscode-foreground'),
      grid: { stroke: themeColour('--vscode-panel-border', 'gray'), width: 0.5 }
    };
    const blue = themeColour('--vscode-charts-blue');
    const bars = uPlot.paths.bars?.({ size: [1, 100] });
    const chart = createChart(
      {
        width,
        height: 130,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        axes: [
          { ...axis, values: (_chart, ticks) => ticks.map((tick) => formatValue(tick)) },
          { ...axis, size: 56, values: (_chart, ticks) => ticks.map((tick) => formatExact(tick)) }
        ],
        series: [
          {},
          { stroke: blue, fill: blue, ...(bars === undefined ? {} : { paths: bars }), points: { show: false } }
        ]
      },
      [x, [...histogram.counts]],
      box.current
    );
    return () => chart.destroy();
  }, [histogram, width, theme]);
  return <div ref={box} class="chart" role="img" aria-label={label} />;
}

/** A share of a whole as a bar in the colours of the theme. */
export function ShareBar({ share, of }: { readonly share: number; readonly of: string }) {
  const percent = Math.round(100 * share);
  return (
    <div
      class="bar"
      role="meter"
      aria-label={t('Share of {0}', of)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={formatShare(share)}
    >
      <span style={{ width: `${100 * share}%` }} />
    </div>
  );
}
