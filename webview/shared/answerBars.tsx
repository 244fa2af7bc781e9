/** The answer before and after a change: new bars over the ghosts of the old ones, with the difference in numbers. */
import type { AnswerChange } from '../../src/protocol/answer';
import { t } from '../l10n';
import { useApp } from '../state';
import { formatFixed, formatShare, formatValue } from './format';

export function AnswerBars({ change, label }: { readonly change: AnswerChange; readonly label: string }) {
  const random = useApp(
    (state) =>
      state.opened?.summary.weightsOrigin.kind !== 'file' && state.opened?.summary.weightsOrigin.kind !== 'trained'
  );
  const show = change.probabilities ? formatShare : (value: number) => formatValue(value);
  const largest = change.probabilities
    ? 1
    : Math.max(1e-9, ...change.entries.flatMap((one) => [Math.abs(one.before), Math.abs(one.after)]));
  const width = (value: number) => ({ width: `${String((Math.abs(value) / largest) * 100)}%` });
  return (
    <ol class={`bars change-bars ${random ? 'hollow' : ''}`} aria-label={label}>
      {change.entries.map((one) => {
        const difference = one.after - one.before;
        const sign = difference > 0 ? '+' : '−';
        const size = change.probabilities
          ? `${formatFixed(100 * Math.abs(difference), 1)} %`
          : formatValue(Math.abs(difference));
        const equal = change.probabilities ? Math.abs(difference) < 0.0005 : difference === 0;
        return (
          <li key={one.index}>
            <span class="bar-name ellipsis" title={one.label ?? String(one.index)}>
              {one.label ?? (change.kind === 'classes' ? t('class {0}', one.index) : t('value {0}', one.index))}
            </span>
            <span class="bar" title={t('before {0}, after {1}', show(one.before), show(one.after))}>
              <span style={width(one.after)} />
              <i class="ghost" style={width(one.before)} />
            </span>
            <span class="bar-value">{show(one.after)}</span>
            <span class="bar-difference quiet">{equal ? '±0' : `${sign}${size}`}</span>
          </li>
        );
      })}
    </ol>
  );
}
