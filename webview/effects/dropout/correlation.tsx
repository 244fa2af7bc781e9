/** Pearson's r of every pair of features as a picture; a pair is read off by pointer or by the arrow keys. */
import { useState } from 'preact/hooks';
import type { ChannelCorrelation } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { PixelCanvas } from '../../shared/canvas';
import { formatExact, formatValue } from '../../shared/format';
import { Legend } from '../../shared/parts';

export function Correlation(props: {
  readonly of: ChannelCorrelation;
  readonly thing: string;
  readonly name: string | null;
}) {
  const { of, thing, name } = props;
  const [at, setAt] = useState<readonly [number, number] | null>(null);
  const count = of.channels.length;
  const inside = (value: number) => Math.max(0, Math.min(count - 1, value));
  const move = (event: MouseEvent) => {
    if (!(event.currentTarget instanceof Element)) return;
    const rect = event.currentTarget.getBoundingClientRect();
    const place = (value: number, size: number) => inside(Math.floor((value / size) * count));
    setAt([place(event.clientY - rect.top, rect.height), place(event.clientX - rect.left, rect.width)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, readonly [number, number]> = {
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0]
    };
    const step = steps[event.key];
    if (step === undefined) return;
    const [row, column] = at ?? [0, 0];
    setAt([inside(row + step[0]), inside(column + step[1])]);
    event.preventDefault();
    event.stopPropagation();
  };
  const summary = t(
    'mean |r| of different {0}: {1}, over {2} samples; {3} never vary',
    thing,
    formatValue(of.meanAbs),
    formatExact(of.samples),
    of.constant
  );
  const pair =
    at === null
      ? null
      : t(
          '{0} with {1}: r = {2}',
          of.channels[at[0]] ?? 0,
          of.channels[at[1]] ?? 0,
          formatValue(of.values[at[0] * count + at[1]] ?? Number.NaN)
        );
  const title = t('How they vary together (Pearson’s r)');
  return (
    <section class="correlation" aria-label={t('How they vary together')}>
      <h2>{name === null ? title : `${name}: ${title}`}</h2>
      <Legend colormap="diverging" min={-1} max={1} note={of.constant > 0 ? t('magenta: never varies') : ''} />
      <div
        class="correlation-picture"
        role="slider"
        tabIndex={0}
        aria-label={t('Correlation of {0} {1}', count, thing)}
        aria-valuemin={0}
        aria-valuemax={count * count - 1}
        aria-valuenow={at === null ? 0 : at[0] * count + at[1]}
        aria-valuetext={pair ?? summary}
        onMouseMove={move}
        onMouseLeave={() => setAt(null)}
        onKeyDown={onKeyDown}
      >
        <PixelCanvas pixels={of.picture} label={summary} />
        {at !== null && (
          <i
            class="correlation-mark"
            aria-hidden="true"
            style={{
              top: `${String((100 * at[0]) / count)}%`,
              left: `${String((100 * at[1]) / count)}%`,
              width: `${String(100 / count)}%`,
              height: `${String(100 / count)}%`
            }}
          />
        )}
      </div>
      <p class="quiet">
        {t('rows and columns: {0} {1} to {2}, in order', thing, of.channels[0] ?? 0, of.channels.at(-1) ?? 0)}
      </p>
      <p class="quiet">{pair ?? summary}</p>
    </section>
  );
}
