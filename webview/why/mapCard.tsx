/** One attribution map: over the input, as it was computed, with its numbers. */
import { useEffect, useRef } from 'preact/hooks';
import type { Pixels } from '../../src/protocol/values';
import type { AttributionMap } from '../../src/protocol/why';
import { t } from '../l10n';
import { PixelCanvas, toCanvas } from '../shared/canvas';
import { formatSizes, formatValue } from '../shared/format';
import { Legend } from '../shared/parts';

export function MapCard(props: {
  readonly title: string;
  readonly method: string;
  readonly map: AttributionMap;
  readonly input: Pixels;
  readonly opacity: number;
  readonly score: 'logit' | 'probability';
}) {
  const { map, title, method, input, opacity } = props;
  const hottest = map.values.reduce((best, value, at) => (value > (map.values[best] ?? 0) ? at : best), 0);
  const place = [Math.floor(hottest / map.size[1]), hottest % map.size[1]] as const;
  return (
    <figure class="card why-card">
      <figcaption>
        <strong>{title}</strong>
        <span class="quiet">
          {props.score === 'logit' ? t('score {0}', formatValue(map.score)) : t('output {0}', formatValue(map.score))}
        </span>
      </figcaption>
      <div class="why-pictures">
        <div>
          <Overlay
            input={input}
            heat={map.heat}
            opacity={opacity}
            label={t('{0} for {1} over the input', method, title)}
          />
          <span class="quiet">{t('over the input')}</span>
        </div>
        <div>
          <PixelCanvas
            pixels={map.raw}
            class="why-raw"
            label={t(
              '{0} for {1} as computed, {2}; greatest {3} at row {4}, column {5}',
              method,
              title,
              formatSizes(map.size),
              formatValue(map.values[hottest] ?? 0),
              place[0],
              place[1]
            )}
          />
          <span class="quiet">{t('as computed, {0}', formatSizes(map.size))}</span>
        </div>
      </div>
      <Legend
        colormap={map.colormap}
        min={map.range.min}
        max={map.range.max}
        note={map.colormap === 'diverging' ? t('against and for') : t('strength')}
      />
      <p class="quiet">
        {t('greatest {0} at row {1}, column {2}', formatValue(map.values[hottest] ?? 0), place[0], place[1])} ·{' '}
        {t('On the picture the strongest hundredth of the places has the full colour.')}
      </p>
      {map.completeness !== null && <Completeness {...map.completeness} />}
    </figure>
  );
}

function Completeness({ sum, expected }: { readonly sum: number; readonly expected: number }) {
  const gap = Math.abs(sum - expected);
  const close = gap <= 0.05 * Math.max(1e-9, Math.abs(expected));
  return (
    <p>
      {t('All parts sum to {0}; the scores differ by {1}.', formatValue(sum, 4), formatValue(expected, 4))}{' '}
      <span class={close ? 'agrees' : 'differs'}>
        {close ? t('✓ error {0}', formatValue(gap)) : t('error {0}: take more steps', formatValue(gap))}
      </span>
    </p>
  );
}

/** The input with a map laid over it. */
function Overlay(props: {
  readonly input: Pixels;
  readonly heat: Pixels;
  readonly opacity: number;
  readonly label: string;
}) {
  const element = useRef<HTMLCanvasElement>(null);
  const { input, heat, opacity } = props;
  useEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext('2d') ?? null;
    if (canvas === null || context === null) return;
    const factor = Math.max(1, Math.round(256 / Math.max(input.width, input.height)));
    canvas.width = input.width * factor;
    canvas.height = input.height * factor;
    context.imageSmoothingEnabled = false;
    context.drawImage(toCanvas(input), 0, 0, canvas.width, canvas.height);
    context.globalAlpha = opacity;
    context.drawImage(toCanvas(heat), 0, 0, canvas.width, canvas.height);
  }, [input, heat, opacity]);
  return <canvas ref={element} class="why-overlay" role="img" aria-label={props.label} />;
}
