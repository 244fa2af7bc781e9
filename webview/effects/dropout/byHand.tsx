/** Features switched off by hand: the answer that follows, and for vectors all units as buttons. */
import type { Reliance as Found } from '../../../src/protocol/effects/dropout';
import { Button } from '../../controls';
import { t } from '../../l10n';
import { AnswerBars } from '../../shared/answerBars';
import { formatExact, formatValue } from '../../shared/format';
import { useRequest } from '../../shared/useRequest';
import { Loaded } from '../../shared/waiting';
import { BusyLine } from '../../shared/busyLine';
import { useSteady } from '../../shared/steady';

const unitsShown = 256;

export function ByHand(props: {
  readonly of: Found;
  readonly off: readonly number[];
  readonly thing: string;
  readonly model: string;
  readonly layer: string;
  readonly occurrence: number;
  readonly run: number;
  readonly strongest: readonly number[];
  readonly onOff: (off: readonly number[]) => void;
}) {
  const { of, off, thing, model, layer, occurrence, run, strongest, onOff } = props;
  const { shown, busy } = useSteady(
    useRequest('channelsOff', { model, layer, occurrence, off }, run),
    `${layer} ${occurrence} ${run}`
  );
  return (
    <section class="card" aria-label={t('Switched off by hand')}>
      <div class="tools">
        <strong>
          {off.length === 0
            ? t('All {0} on', thing)
            : t(
                '{0} of {1} {2} off: {3}',
                off.length,
                of.channels,
                thing,
                off.slice(0, 12).join(', ') + (off.length > 12 ? ' …' : '')
              )}
        </strong>
        <Button onClick={() => onOff(strongest)}>{t('The {0} strongest off', strongest.length)}</Button>
        {off.length > 0 && <Button onClick={() => onOff([])}>{t('Reset')}</Button>}
      </div>
      <BusyLine busy={busy} />
      <Loaded of={shown} skeleton="lines">
        {(value) => (
          <>
            <AnswerBars change={value} label={t('Answer with {0} {1} off', off.length, thing)} />
            {value.flipped && <p class="mask-flip">{t('Without them the answer is another one.')}</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** The units of a vector, strongest marked by their shade; a click switches one off or on. */
export function UnitButtons(props: {
  readonly of: Found;
  readonly off: readonly number[];
  readonly onToggle: (channel: number) => void;
}) {
  const { of, off, onToggle } = props;
  const shown = of.channels <= unitsShown ? of.strength.length : unitsShown;
  const units = [...of.strength.keys()]
    .sort((a, b) => (of.strength[b] ?? 0) - (of.strength[a] ?? 0) || a - b)
    .slice(0, shown)
    .sort((a, b) => a - b);
  const most = Math.max(1e-12, ...of.strength);
  return (
    <section aria-label={t('Units to switch off')}>
      <p class="quiet">
        {shown < of.channels
          ? t(
              'The {0} strongest of {1} units, the bar shows |a| up to {2}; click one to switch it off.',
              shown,
              formatExact(of.channels),
              formatValue(most)
            )
          : t('All {0} units, the bar shows |a| up to {1}; click one to switch it off.', shown, formatValue(most))}
      </p>
      <div class="unit-buttons">
        {units.map((unit) => (
          <button
            key={unit}
            type="button"
            aria-pressed={off.includes(unit)}
            title={t('unit {0}: |a| {1}', unit, formatValue(of.strength[unit] ?? 0))}
            onClick={() => onToggle(unit)}
          >
            {unit}
            <span aria-hidden="true" style={{ width: `${String((100 * (of.strength[unit] ?? 0)) / most)}%` }} />
          </button>
        ))}
      </div>
    </section>
  );
}
