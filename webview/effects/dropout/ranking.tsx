/** The features whose absence costs the answer most, each a button that switches it off. */
import { useMemo } from 'preact/hooks';
import type { Reliance as Found } from '../../../src/protocol/effects/dropout';
import { t } from '../../l10n';
import { formatExact, formatShare, formatValue } from '../../shared/format';

const listed = 10;

export const showValue = (of: Found, value: number): string =>
  of.probabilities ? formatShare(value) : formatValue(value);

export function Ranking(props: {
  readonly of: Found;
  readonly off: readonly number[];
  readonly vector: boolean;
  readonly onToggle: (channel: number) => void;
}) {
  const { of, off, vector, onToggle } = props;
  const ranked = useMemo(
    () =>
      [...of.alone.keys()]
        .filter((channel) => !Number.isNaN(of.alone[channel] ?? Number.NaN))
        .sort((a, b) => (of.alone[a] ?? 0) - (of.alone[b] ?? 0))
        .slice(0, listed),
    [of]
  );
  const drops = ranked.map((channel) => of.base - (of.alone[channel] ?? 0));
  const most = Math.max(1e-12, ...drops.map(Math.abs));
  return (
    <section aria-label={t('Most needed first')}>
      <ol class="ranking">
        {ranked.map((channel, place) => {
          const after = of.alone[channel] ?? 0;
          const name = vector ? t('unit {0}', channel) : t('map {0}', channel);
          return (
            <li key={channel}>
              <button
                type="button"
                aria-pressed={off.includes(channel)}
                title={t('Switch {0} off or on', name)}
                onClick={() => onToggle(channel)}
              >
                {name}
              </button>
              <span class="bar">
                <span style={{ width: `${String((Math.abs(drops[place] ?? 0) / most) * 100)}%` }} />
              </span>
              <span class="ranking-numbers">{fall(of, drops[place] ?? 0)}</span>
              <span class="quiet">{(of.flips[channel] ?? 0) === 1 ? t('flips') : `→ ${showValue(of, after)}`}</span>
            </li>
          );
        })}
      </ol>
      <p class="quiet">
        {of.probabilities
          ? t('The {0} that matter most of {1}; the fall in percentage points.', ranked.length, of.tried)
          : t('The {0} that matter most of {1}; the fall of the output.', ranked.length, of.tried)}{' '}
        {of.tried < of.channels &&
          t('Tried alone were the {0} strongest of {1}.', formatExact(of.tried), formatExact(of.channels))}
      </p>
    </section>
  );
}

/** Falls of a saturated answer are far below a tenth of a percent: these keep their digits. */
function fall(of: Found, value: number): string {
  const text = formatValue(Math.abs(of.probabilities ? value * 100 : value), 2);
  return value < 0 ? `+${text}` : `−${text}`;
}
